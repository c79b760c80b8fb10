"""Gradient Playground: its title, its pages, and the routes of its server.

``streamlit run`` imports this file once for the server, and runs it as a script for each visit.
"""

# pandas first: tabs that hit a cold server together fail on one that is half imported.
import pandas  # noqa: F401
import streamlit as st

if __name__ == "__main__":
    st.set_page_config(page_title="Gradient Playground", page_icon="⛰️", layout="wide")

    with st.spinner("Starting torch…"):
        from playground.labs import warm_up
        from playground.labs.descent import page as descent
        from playground.labs.fit import page as fit
        from playground.labs.gradient import page as gradient
        from playground.labs.shared import STYLE

    warm_up.prepare()
    st.html(STYLE)
    pages = [
        st.Page(fit.page, title="Fit", url_path="fit", default=True),
        st.Page(descent.page, title="Descent", url_path="descent"),
        st.Page(gradient.page, title="Gradient", url_path="gradient"),
    ]
    st.navigation(pages, position="top").run()
else:
    from playground.player.serve import player_routes

    app = st.App(__file__, routes=player_routes())
