"""The controls of how a network's loss is looked at."""

from functools import partial

import streamlit as st

from playground.labs.network.loss_fields import PLANE_KIND, PLANE_SEED, PLANE_WEIGHTS, SHARPNESS, TWO_WEIGHTS
from playground.labs.network.sharpness import say_cost
from playground.labs.network.state import NetworkState
from playground.labs.shared import widgets
from playground.labs.shared.race.state import RANDOM
from playground.labs.shared.session import Session

LOSS_PROBLEMS = ("plane", "region", *(one.name for one in (PLANE_KIND, *PLANE_WEIGHTS, PLANE_SEED, SHARPNESS)))
"""The fields whose problems are said below these controls."""


def loss_controls(session: Session[NetworkState]) -> None:
    """The plane of the loss with what belongs to it, and the sharpness with what it costs."""
    state = session.state
    place = st.popover("Loss plane, sharpness", width="stretch", key=session.key("loss_more"), on_change="rerun")
    if not place.open:
        return
    with place:
        widgets.draw(session, PLANE_KIND)
        kind = PLANE_KIND.get(state)
        if kind == TWO_WEIGHTS:
            widgets.side_by_side([partial(widgets.draw, session, one) for one in PLANE_WEIGHTS], 2)
        if kind == RANDOM:
            widgets.draw(session, PLANE_SEED)
        widgets.draw(session, SHARPNESS)
        st.caption(say_cost(state))
