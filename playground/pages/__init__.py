"""The Streamlit pages, one module each, and what they share. Pages only wire."""

from pathlib import Path

STYLE = Path(__file__).parent / "page.css"
