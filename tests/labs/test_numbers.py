"""The numbers of lines and tables: each that stands at a step is there, in every lab and state."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings

from playground.errors import InputError
from playground.labs import LABS
from playground.labs.shared.session import Session
from playground.labs.shared.view import View
from playground.player import Board, Cases, Column, Formula, Words
from tests.labs.states import STATES

LINKS = [
    ("fit", {"steps": "9"}),
    ("fit", {"steps": "9", "runner_1": "SGD,lr=0.1,batch_size=2", "runner_2": "LBFGS"}),
    ("fit", {"steps": "9", "runner_1": "LevenbergMarquardt"}),
    ("descent", {"steps": "9"}),
    ("descent", {"function": "x^4 + y^2", "start_x": "3", "steps": "50", "runner_1": "SGD,lr=1", "runner_2": "Adam"}),
    ("descent", {"function": "a^2 + b^2 + c^2", "steps": "9", "runner_1": "Adafactor"}),
    ("gradient", {}),
    ("gradient", {"function": "x^2"}),
    ("gradient", {"view": "Loop"}),
    ("network", {"steps": "9"}),
    ("network", {"steps": "9", "view": "One step"}),
]


def show(lab: str, link: dict[str, str]) -> View:
    reading = LABS[lab].read_link(link)
    assert not reading.problem
    return view_of(lab, reading.state)


def view_of(lab: str, state: Any) -> View:
    view = LABS[lab].view(Session(LABS[lab], state, LABS[lab].work()))
    return replace(view, panels=[one.drawn() for one in view.panels])


def lines_of(view: View) -> Iterator[Any]:
    """All lines of text that a view has."""
    yield from view.readouts
    for board in view.panels:
        if isinstance(board, Board):
            yield from board.heads
            for row in board.rows:
                yield from row


def read(view: View, line: Any, step: int) -> list[str | float]:
    """The texts and the numbers of a line at a step; a number that isn't there raises an ``IndexError``."""
    said: list[str | float] = []
    for part in line:
        match part:
            case Cases(column, lines):
                said += read(view, lines[int(at(view, column, step))], step)
            case Column(column, ahead, _, none):
                value = float(at(view, column, step + ahead))
                said.append(none if none and np.isnan(value) else value)
            case Words(column, words):
                said.append(words[int(at(view, column, step))])
            case Formula(_, columns):
                said += read(view, columns, step)
            case str():
                said.append(part)
    return said


def at(view: View, column: str, step: int) -> Any:
    return np.asarray(view.columns[column])[step]


def read_board(view: View, name: str, step: int) -> list[str]:
    """The cells of a table that say something at a step, from left to right and from the top."""
    board = next(one for one in view.panels if isinstance(one, Board) and one.name == name)
    cells = ["".join(map(str, read(view, cell, step))) for row in board.rows for cell in row]
    return [one for one in cells if one]


def check_all_are_there(view: View) -> None:
    last = len(view.columns["loss"]) - 1
    for step in {0, min(1, last), max(0, last - 1), last}:
        for line in lines_of(view):
            read(view, line, step)


@pytest.mark.parametrize(("lab", "link"), LINKS, ids=str)
def test_each_number_is_there_at_each_step(lab, link):
    check_all_are_there(show(lab, link))


@pytest.mark.parametrize("lab", STATES)
def test_each_number_is_there_in_any_state(lab):
    @settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(state=STATES[lab])
    def holds(state):
        try:
            view = view_of(lab, state)
        except InputError:
            reject()  # a race that can't be run, as the page says
        check_all_are_there(view)

    holds()


def test_a_number_that_is_not_there_is_found():
    view = show("descent", {"steps": "3"})
    with pytest.raises(IndexError):
        read(view, [Column("x", ahead=1)], 3)


@pytest.mark.parametrize("board", ["step", "numbers"])
@pytest.mark.parametrize("optimizer", ["SGD,lr=0.1", "Adam,lr=0.1"])
def test_after_the_last_step_one_sentence_says_so(board, optimizer):
    view = show("descent", {"function": "x^2 + y^2", "steps": "3", "runner_1": optimizer})
    sentence = "No step follows: this is the last one that was computed. Play goes on."
    assert sentence not in read_board(view, board, 2)
    assert sentence in read_board(view, board, 3)
    assert len(read_board(view, board, 3)) < len(read_board(view, board, 2))
    assert read_board(view, "numbers", 3) == [sentence]


def test_where_the_run_can_not_go_on_the_sentence_says_that_it_ends():
    view = show("descent", {"function": "x^4 + y^2", "start_x": "3", "steps": "50", "runner_1": "SGD,lr=1"})
    assert not view.can_go_on
    assert read_board(view, "numbers", len(view.columns["loss"]) - 1) == ["No step follows: the run ends here."]


def test_the_line_of_the_update_tells_the_last_point_where_none_follows():
    view = show("descent", {"function": "x^2", "start_x": "3", "steps": "2", "runner_1": "SGD,lr=0.5"})
    assert read(view, view.readouts[0], 0)[:2] == ["x ← ", 3.0]
    assert read(view, view.readouts[0], 0)[-1] == 0.0
    assert read(view, view.readouts[0], 2) == ["x = ", 0.0, ", and no step follows"]


def test_the_chosen_weight_of_a_network_says_that_no_step_follows():
    view = show("network", {"steps": "3"})
    assert "no step follows" not in read_board(view, "chosen", 2)
    assert "no step follows" in read_board(view, "chosen", 3)


# ---- What isn't a number.

UNDEFINED = [
    ("descent", {"function": "x^2 - y^2"}),
    ("descent", {"function": "sqrt(x)*y", "start_x": "1", "runner_1": "SGD,lr=0.5"}),
    ("descent", {"function": "log(x) + y^2", "start_x": "-1"}),
    ("descent", {"function": "0x + 0y"}),
    ("descent", {"function": "sqrt(x)", "start_x": "0"}),
    ("fit", {"model": "log(a)*x + b", "start_a": "-1"}),
    ("gradient", {"function": "sqrt(x)", "start_x": "0"}),
    ("gradient", {"function": "ln(x)", "start_x": "-1"}),
    ("gradient", {"function": "sqrt(x^2 + y^2)", "start_x": "0", "start_y": "0"}),
]
TORCH = ("loss", "∂", "Δ", "line", "given", "state", "hessian", "residual", "slope", "along")
"""Of these torch says itself that they are nan, and so does the page."""


def shown_as_nan(view: View) -> set[str]:
    """The columns of which a nan is shown at some step."""
    found = set()
    for step in range(len(view.columns["loss"])):
        for line in lines_of(view):
            found |= {name for name in columns_in(view, line, step) if np.isnan(at(view, name, step))}
    return found


def columns_in(view: View, line: Any, step: int) -> Iterator[str]:
    """The columns whose numbers a line shows at a step, as numbers even where they are none."""
    for part in line:
        if isinstance(part, Cases):
            yield from columns_in(view, part.lines[int(at(view, part.column, step))], step)
        elif isinstance(part, Formula):
            yield from columns_in(view, part.columns, step)
        elif isinstance(part, Column) and not part.none and not part.ahead:
            yield part.name


@pytest.mark.parametrize(("lab", "link"), UNDEFINED, ids=str)
def test_only_what_torch_itself_calls_nan_is_shown_so(lab, link):
    assert all(name.startswith(TORCH) for name in shown_as_nan(show(lab, link)))


def test_a_nan_is_found():
    assert "loss 0" in shown_as_nan(show("descent", {"function": "log(x) + y^2", "start_x": "-1"}))


@pytest.mark.parametrize(
    ("function", "start", "condition", "limit"),
    [
        ("x^2 + 4y^2", {}, ["4.0"], ["0.25"]),
        ("x^2 - y^2", {}, ["none", "the loss curves down one way"], ["1.0"]),
        ("-x^2 - y^2", {}, ["none", "the loss curves down one way"], ["none", "nothing curves upwards"]),
        ("0x + 0y", {}, ["none", "the loss is flat"], ["none", "nothing curves upwards"]),
        ("x^2", {}, ["1.0"], ["1.0"]),
        ("sqrt(x)", {"start_x": "0"}, ["none", "the Hessian isn't finite"], ["none", "the Hessian isn't finite"]),
    ],
)
def test_where_there_is_no_condition_number_and_no_limit_the_table_says_why(function, start, condition, limit):
    view = show("descent", {"function": function, "steps": "1", "runner_1": "Adam,lr=0.1"} | start)
    cells = read_board(view, "curvature", 0)
    after = cells.index("condition number κ") + 1
    assert cells[after : after + len(condition)] == condition
    assert cells[after + len(condition)] == "limit of plain SGD, 2/λmax"
    assert cells[after + len(condition) + 1 :] == limit


def test_a_difference_with_a_place_without_a_value_is_none():
    cells = read_board(show("gradient", {"function": "sqrt(x)", "start_x": "0"}), "ways", 0)
    assert "none" in cells
    assert "nan" not in cells
