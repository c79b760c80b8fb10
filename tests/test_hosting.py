"""What is written down for whoever hosts fits what is installed."""

import base64
import hashlib
import re
from pathlib import Path

import streamlit

ROOT = Path(__file__).parents[1]


def test_the_policy_names_each_script_inside_streamlits_page():
    page = Path(streamlit.__file__).with_name("static").joinpath("index.html").read_text("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
    allowed = re.findall(r"'sha256-([^']+)'", (ROOT / "docs/hosting/Caddyfile").read_text("utf-8"))
    assert sorted(allowed) == sorted(base64.b64encode(digest).decode() for digest in digests)


def test_the_container_gets_all_that_the_app_reads():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split() if line.startswith("!")}
    copied = set(re.findall(r"^COPY (?!--)(\S+)", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE))
    assert kept == copied == {"app.py", "playground", "requirements.txt", ".streamlit"}
