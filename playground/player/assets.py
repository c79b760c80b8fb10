"""The player's files: which they are, where they stand on the server, and what is missing.

They reach the browser by routes of ``st.App``. Streamlit's manifest of components serves only the files of installed
distributions, uncompressed on disk and without leave to keep them: each visit would fetch Plotly's 1.5 MB again.
Each address holds the hash of what stands there, so that a browser may keep it for ever, and a tab that is open across
an upgrade never mixes two versions. All are below the page's own address: a base path needs no care.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
from plotly import __version__ as plotly_version
from plotly.offline import get_plotlyjs

_FOLDER = Path(__file__).parent / "browser"
_SHIM = _FOLDER / "shim.js"

WANTED = {"streamlit": "streamlit[performance]==1.67.0", "plotly": "plotly>=7.1,<8"}
"""The versions that the player is tested with, as in requirements.txt."""

_INSTALL = "Install the versions of this project: python -m pip install -r requirements.txt"


@dataclass(frozen=True)
class Asset:
    """A file for the browser: its address below the app's own, its bytes, and what they are."""

    address: str
    body: bytes
    media_type: str


@cache
def player_assets() -> tuple[Asset, ...]:
    """The player's own files, all below the hash of all."""
    bodies = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir()) if path != _SHIM}
    version = _hash(json.dumps([(name, _hash(body)) for name, body in bodies.items()]).encode())
    types = {".js": "text/javascript", ".css": "text/css"}
    return tuple(Asset(f"player/{version}/{name}", body, types[Path(name).suffix]) for name, body in bodies.items())


@cache
def plotly_asset() -> Asset:
    """Plotly, as the wheel that checks the figures brings it.

    Raises:
        OSError: if this version of Plotly keeps it elsewhere.
    """
    body = get_plotlyjs().encode()
    return Asset(f"player/{_hash(body)}/plotly.min.js", body, "text/javascript")


def find_problem() -> str:
    """What is missing and how to install it, in two sentences; empty where all is there."""
    if not hasattr(st, "App") or not hasattr(st.components, "v2"):
        return (
            f"The player needs {WANTED['streamlit']}, and this is Streamlit {st.__version__}, which can't serve its "
            f"files. {_INSTALL}"
        )
    try:
        plotly_asset()
    except Exception:  # what a library without the file raises is for that version to say
        return (
            f"The player draws with the plotly.min.js of {WANTED['plotly']}, and Plotly {plotly_version} doesn't "
            f"bring it. {_INSTALL}"
        )
    return ""


@cache
def shim() -> str:
    """The component's own script, with the addresses of the files that it imports."""
    (entry,) = (one.address for one in player_assets() if one.address.endswith("/player.js"))
    unserved = (
        "The player's files don't come from this server. Reload the page; if this stays, start the app by "
        f"“streamlit run app.py” with {WANTED['streamlit']}. {_INSTALL}"
    )
    text = _SHIM.read_text(encoding="utf-8")
    for place, value in {"PLAYER": entry, "PLOTLY": plotly_asset().address, "UNSERVED": unserved}.items():
        text = text.replace(json.dumps(place), json.dumps(value))
    return text


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]
