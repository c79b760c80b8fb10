"""What the labs share: state, link, session, widgets, and the race."""

from pathlib import Path

STYLE = Path(__file__).parent / "page.css"
