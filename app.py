"""Gradient Playground: its title, its pages, and the routes of its server.

``streamlit run`` imports this file once for the server, and runs it as a script for each visit.
"""

from functools import partial

# pandas first: tabs that hit a cold server together fail on one that is half imported.
import pandas  # noqa: F401
import streamlit as st

if __name__ == "__main__":
    st.set_page_config(
        page_title="Gradient Playground", page_icon="⛰️", layout="wide", initial_sidebar_state="collapsed"
    )

    with st.spinner("Starting torch…"):
        from playground.labs import LABS, warm_up
        from playground.labs.shared import STYLE
        from playground.labs.shared.page import show_lab

    warm_up.prepare()
    # Of a style alone Streamlit makes an event, in whose place the next toast comes.
    with st.container(key="style"):
        st.html(f"<i></i><style>{STYLE.read_text('utf-8')}</style>")
    first = next(iter(LABS))
    pages = [
        st.Page(partial(show_lab, lab), title=lab.title, url_path=name, default=name == first)
        for name, lab in LABS.items()
    ]
    st.navigation(pages, position="top").run()
else:
    from playground.player.serve import open_window, page_middleware, player_routes

    app = st.App(__file__, routes=player_routes(), middleware=page_middleware(), lifespan=open_window)
