"""What reaches the browser is JSON that every browser reads, whatever a link asks for."""

import json

import pytest

from tests.labs.driver import open_lab

LINKS = [
    ("fit", {"points": "1e308,1;-1e308,-1;0,0"}),
    ("fit", {"points": "1e308,1e300;-1e308,-1e300;0,0"}),
    ("fit", {"model": "a*exp(b*x)", "start_a": "1e300", "start_b": "700"}),
    ("descent", {"function": "1e308*x^2", "start_x": "1e10"}),
    ("descent", {"function": "exp(x) + y", "start_x": "709", "start_y": "-1e308"}),
    ("gradient", {"function": "1e308*x", "start_x": "1e308"}),
    ("gradient", {"view": "Graph", "function": "exp(x)*exp(y)", "start_x": "700", "start_y": "700"}),
]


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


@pytest.mark.parametrize(("lab", "link"), LINKS, ids=str)
def test_every_message_holds_only_what_json_can_hold(lab, link):
    at = open_lab(lab, **link)
    assert not at.exception
    messages = at.get("bidi_component")
    assert len(messages) == 2
    for one in messages:
        json.loads(one.proto.json, parse_constant=refuse)
