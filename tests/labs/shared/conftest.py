import pytest
import streamlit as st


@pytest.fixture(autouse=True)
def fresh_widgets(monkeypatch):
    """What widgets say, in the place of Streamlit's session, which needs a running app."""
    monkeypatch.setattr(st, "session_state", {})
