"""A lab of under a hundred lines, made of nothing but public names, and played: what a new lab takes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from streamlit.testing.v1 import AppTest

from playground import Function, InputError
from playground.labs.shared import widgets
from playground.labs.shared.fields import Choice, Field, Number, attribute, one_of
from playground.labs.shared.lab import Lab
from playground.labs.shared.page import FAULT
from playground.labs.shared.session import Session
from playground.labs.shared.view import View
from playground.player import Event, Panel
from tests.labs.driver import as_number, column, link, player, problems

# --- the lab begins here


@dataclass(frozen=True)
class Halving:
    """A bracket around a zero of a function's derivative, halved again and again."""

    text: str = "x^2"
    width: float = 4.0
    side: str = "both"


def _put_text(state: Halving, text: str) -> Halving:
    Function(text, names=["x"])
    return Halving(text, state.width, state.side)


def _check_width(width: float) -> float:
    if not width > 0:
        raise InputError(f"the width is {width:g}: it must be above 0")
    return float(width)


FUNCTION = Field[Halving]("function", "Function", lambda state: state.text, _put_text, widgets.Text())
WIDTH = attribute("width", "Width", Number("4"), _check_width)
SIDE = attribute("side", "Side", Choice(lambda _: ["both", "left", "right"]), one_of(["both", "left", "right"]))


def _view(session: Session[Halving]) -> View:
    state = session.state
    widths = state.width * 0.5 ** torch.arange(11, dtype=torch.float64)
    losses = Function(state.text, names=["x"]).loss(widths[:, None]).detach().numpy()
    figure = go.Figure(
        go.Scatter(x=widths.numpy(), y=losses, name=state.text),
        {"xaxis": {"title": "width"}, "yaxis": {"title": "loss"}},
    )
    return View(
        panels=[Panel("halves", "Halves", figure, f"{state.text} over the width")],
        columns={"loss": losses},
        readouts=[[f"the {state.side} half"]],
        status="Halved ten times.",
        subject=state.text,
    )


def _controls(session: Session[Halving], _view: View) -> None:
    for one in (FUNCTION, WIDTH, SIDE):
        widgets.draw(session, one)
        widgets.problems(session, one.name)


def _react(_session: Session[Halving], _view: View, event: Event, state: Halving) -> Halving:
    return WIDTH.with_choice(state, abs(event.x)) if event.kind == "pick" else state


HALVING: Lab[Halving] = Lab(
    name="halving",
    title="Halving",
    help="Halve the width.",
    default=Halving(),
    problem=(FUNCTION,),
    rest=(WIDTH, SIDE),
    blank=lambda state: Halving(state.text),
    fields=lambda _: [FUNCTION, WIDTH, SIDE],
    view=_view,
    controls=_controls,
    headline=lambda session: f"Half of {session.state.width:g}",
    react=_react,
)
# --- and ends here


def open_page(**query: str) -> AppTest:
    def script() -> None:
        from playground.labs.shared.page import show_lab
        from tests.labs.test_fourth_lab import HALVING

        show_lab(HALVING)

    at = AppTest.from_function(script, default_timeout=60)
    for name, text in query.items():
        at.query_params[name] = text
    return at.run()


def field(at: AppTest, label: str):
    return as_number(at, next(one for one in (*at.text_input, *at.selectbox) if one.label == label))


def test_it_takes_less_than_a_hundred_lines():
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    first, last = (lines.index(f"# --- {words} here") for words in ("the lab begins", "and ends"))
    assert last - first < 100


def test_it_plays():
    at = open_page()
    assert not at.exception
    assert link(at) == {}
    np.testing.assert_array_equal(column(at, "loss"), (4 * 0.5 ** np.arange(11)) ** 2)
    field(at, "Function").set_value("x^4").run()
    field(at, "Width").set_value(2.0).run()
    field(at, "Side").select("left").run()
    assert link(at) == {"function": "x^4", "width": "2", "side": "left"}
    np.testing.assert_array_equal(column(at, "loss"), (2 * 0.5 ** np.arange(11)) ** 4)
    assert player(open_page(**link(at)))["panels"] == player(at)["panels"]


def test_what_cannot_be_used_stays_in_its_field_with_a_sentence_and_is_tried_again():
    at = open_page()
    field(at, "Width").set_value(-1.0).run()
    assert problems(at) == ["The width is -1: it must be above 0."]
    assert field(at, "Width").value == -1.0
    field(at, "Width").set_value(None).run()
    assert problems(at) == ["Width is empty: type a number, for example 4."]
    assert column(at, "loss")[0] == 16
    field(at, "Width").set_value(3.0).run()
    assert problems(at) == []
    assert column(at, "loss")[0] == 9


def test_it_reacts_to_the_player():
    at = open_page()
    at.session_state["halving session"].note_events([Event("pick", "halves", -1.5, 0.0)])
    at.run()
    assert field(at, "Width").value == 1.5
    assert link(at) == {"width": "1.5"}


def test_a_link_loses_only_what_is_wrong_in_it():
    at = open_page(function="x^", width="3", side="up")
    assert field(at, "Width").value == 3.0
    (sentence,) = problems(at)
    assert sentence.startswith("Ignored in this link: function=x^ (")
    assert "side=up (choose one of both, left, right)" in sentence


def break_down(_session: Session[Halving]) -> View:
    raise RuntimeError("output with shape [1] doesn't match the broadcast shape [3]")


def refuse(_session: Session[Halving]) -> View:
    raise InputError("the width is too small to be halved")


@pytest.mark.faulty
@pytest.mark.parametrize(
    ("broken", "sentence", "logged"),
    [(break_down, FAULT, 1), (refuse, "This can't be drawn: the width is too small to be halved.", 0)],
)
def test_what_cannot_be_drawn_is_a_sentence_and_the_last_picture_stays(broken, sentence, logged, caplog, monkeypatch):
    at = open_page()
    field(at, "Width").set_value(2.0).run()
    shown = player(at)
    monkeypatch.setitem(vars(HALVING), "view", lambda session: (broken if session.state.width == 1 else _view)(session))
    field(at, "Width").set_value(1.0).run()
    assert not at.exception
    assert problems(at) == [sentence]
    assert player(at)["panels"] == shown["panels"]
    assert field(at, "Width").value == 2.0
    assert link(at) == {"width": "2"}
    assert sum(one.name.startswith("playground.") for one in caplog.records) == logged
    field(at, "Width").set_value(3.0).run()
    assert problems(at) == []
