"""The controls of where a network begins, and of how much that matters."""

import streamlit as st

from playground.labs.network.seeds import say_cost
from playground.labs.network.start_fields import OWN_START, SEEDS, START_SEED
from playground.labs.network.state import NetworkState
from playground.labs.shared import widgets
from playground.labs.shared.session import Session


def start_controls(session: Session[NetworkState]) -> None:
    """The seed of the selected runner's start, whether it is its own, and whether other seeds are tried."""
    state = session.state
    place = st.popover("Start", key=session.key("start"), on_change="rerun")
    if not place.open:
        return
    with place:
        widgets.draw(session, START_SEED)
        if len(state.race.runners) > 1:
            widgets.draw(session, OWN_START)
        widgets.draw(session, SEEDS)
        st.caption(say_cost(state))
