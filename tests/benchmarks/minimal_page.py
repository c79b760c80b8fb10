"""The least that a page can do with a learning rate: redraw one small plot. The baseline of bench_page."""

import plotly.graph_objects as go
import streamlit as st

rate = st.number_input("Learning rate", value=0.01, format="%g")
curve = go.Scatter(y=[(1 - 2 * rate) ** k for k in range(101)], name=f"{rate:g}", showlegend=True)
st.plotly_chart(go.Figure(curve, {"height": 240}), key="plot")
