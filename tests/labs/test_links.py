"""What holds of every lab's link, of its fields and of its state, whatever they say."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from playground import InputError
from playground.analysis.probe import read_point
from playground.data.datasets import DATASETS
from playground.engine.losses import LOSSES
from playground.engine.noise import NOISES
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.schedulers import SCHEDULERS
from playground.labs import LABS
from playground.labs.fit.state import FitState
from playground.labs.gradient.state import VIEWS
from playground.labs.network.state import read_hidden
from playground.labs.shared.fields import MAX_LENGTH, MAX_REASON, Choice, Field, Number, Segments, Slider, Switch, Text
from playground.labs.shared.lab import Lab
from tests.labs.states import FUNCTIONS, MODELS, STATES

MILLION = 1_000_000

labs = pytest.mark.parametrize("lab", LABS.values(), ids=LABS)


UNHELD = {"region": None, "data_frame": None, "frame": None, "selected": 0, "view": VIEWS[0]}
"""What a hand holds, or has picked out, or can't be had of each function: no lab opens on that."""


# ---- Links.


@labs
@given(st.data())
def test_a_random_state_is_read_from_its_own_link(lab: Lab[Any], data: st.DataObject) -> None:
    state = data.draw(STATES[lab.name])
    said = lab.write_link(state)
    assert all(isinstance(text, str) for text in said.values())
    assert lab.read_link(said) == (state, "")


@labs
@settings(max_examples=settings().max_examples // 3)  # of two states each
@given(st.data())
def test_a_random_state_is_read_from_its_own_link_whatever_the_lab_opens_on(lab: Lab[Any], data: st.DataObject) -> None:
    begun = data.draw(STATES[lab.name])
    if isinstance(begun, FitState):  # no lab opens on what few data fit
        assume(begun.regression.loss != "bce" and not begun.regression.standardise)
    unheld = {name: value for name, value in UNHELD.items() if hasattr(begun, name)}
    other = replace(lab, default=replace(begun, **unheld))
    state = data.draw(STATES[lab.name])
    assert other.read_link(other.write_link(state)) == (state, "")


@labs
@pytest.mark.parametrize("said", [{}, {"utm_source": "x", "embed": "true", "start_qq": "7"}], ids=str)
def test_a_link_that_says_nothing_is_the_default_and_the_default_says_nothing(
    lab: Lab[Any], said: dict[str, str]
) -> None:
    assert lab.read_link(said) == (lab.default, "")
    assert lab.write_link(lab.default) == {}


KEYS = (
    "function model data made points points_left_out loss l1 l2 standardise side shows_starts data_frame "
    "start_x start_y start_a start_b steps noise noise_kind seed tolerance optimizer lr batch_size scheduler momentum "
    "nesterov gamma d "
    "lm_damping mode runner_1 runner_2 runner_6 runner_7 runner_x selected plane colours loss_axis region vector view "
    "subject epochs zero_grad no_grad data_requires_grad frame x utm"
).split()

SHORT = [
    *FUNCTIONS, *MODELS, *OPTIMIZERS, *SCHEDULERS, *NOISES, *DATASETS, *LOSSES, *VIEWS,
    "true", "false", "", "nan", "inf", "1e999", "-1", "0.5", "3", "1.5", "2", "a, b", "log", "linear", "Data",
    "Function", "SGD,start=1;2", "Adam,lr=0.1", "SGD,batch_size=9", "LevenbergMarquardt,lr=0.5,batch_size=2",
    "Newton,start=1;2", "1,2;3,4", "1,0;1,1,2", "1,2,h;2,3", "-3;3", "-3;3;-2;2", "3;-3;1;2", "0;0;1;0;1;0;0;0;0;1;0",
    "2x;0;1;20;0;0;0;0", "1/x;0;1;20;0;0;0;0", "[1, 2, 3]", "[1", "pi/2", "sum(x**2)*x1", "x[0] + x[1]",
]  # fmt: skip
"""What a link may say somewhere."""

PIECES = [
    "(",
    "[",
    "[]",
    "[ ",
    ") ",
    "x",
    "9",
    "0.",
    "-",
    ";",
    "1;",
    ",",
    "1,2;",
    "lr=1,",
    ",start=1;",
    "SGD,",
    " ",
    "\0",
    "é",
]
"""Of which long texts are made."""

texts = (
    st.sampled_from(SHORT)
    | st.floats().map(str)
    | st.integers().map(str)
    | st.text(max_size=30)
    | st.builds(
        lambda head, piece: head + piece * (MILLION // len(piece)),
        st.sampled_from(["", "SGD,start=", "x + ", "[1, "]),
        st.sampled_from(PIECES),
    )
)
queries = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), texts, max_size=8)


def check_reading(lab: Lab[Any], said: Mapping[str, str]) -> None:
    """That a query is read at once, as a state that its own link says too."""
    begun = time.thread_time()
    state, problem = lab.read_link(said)
    seconds = time.thread_time() - begun
    assert seconds < 1, f"{seconds:.1f} s for {str(said)[:200]}"
    assert len(problem) < (len(said) + 1) * 2 * MAX_REASON
    assert problem == "" or (problem.startswith("Ignored in this link: ") and problem.endswith("."))
    assert lab.read_link(lab.write_link(state)) == (state, "")


@labs
@given(queries)
def test_any_query_is_read_at_once_as_a_state_that_its_own_link_says(lab: Lab[Any], said: dict[str, str]) -> None:
    check_reading(lab, said)


@labs
def test_each_key_may_say_any_long_text(lab: Lab[Any]) -> None:
    """What chance would seldom pair."""
    for piece in PIECES:
        for key in KEYS:
            check_reading(lab, {key: piece * (900 // len(piece))})


@labs
def test_all_keys_may_say_any_long_text_at_once(lab: Lab[Any]) -> None:
    for head in ("", "SGD,start=", "[1, "):
        for piece in PIECES:
            for length in (900, MAX_LENGTH - len(head), MILLION):
                check_reading(lab, dict.fromkeys(KEYS, head + piece * (length // len(piece))))


# ---- Fields.


def choices(one: Field[Any], state: Any) -> st.SearchStrategy[Any]:
    """What a field's widget may give."""
    match one.widget:
        case Number(integer=True):
            return st.integers(-3, 20_000) | st.integers()
        case Number() | Slider():
            return st.floats()
        case Choice(empty=""):
            return st.sampled_from([*one.widget.options(state), "nonsense"])
        case Choice():
            return st.sampled_from([*one.widget.options(state), None])
        case Segments():
            return st.sampled_from([*one.widget.options(state), -1])
        case Switch():
            return st.booleans()
        case Text():
            return st.sampled_from([*SHORT, "[1, 2]", "0.25"])


SHOWS_ANOTHER = {"set", "preset", "example", "points_kind"}
"""Of these several names may show the same."""


def shown_of(one: Field[Any], value: Any) -> Any:
    """What a field shows of a choice: places and layers may be typed in several ways."""
    if one.name == "hidden":
        return read_hidden(value)
    if isinstance(one.widget, Text) and one.name.startswith(("start_", "vector")):
        return read_point(value, one.name.removeprefix("start_")) if value.strip() else ""
    return value


@labs
@given(st.data())
def test_a_field_says_what_was_put_into_it_or_why_it_cannot_be_used(lab: Lab[Any], data: st.DataObject) -> None:
    state = data.draw(STATES[lab.name])
    for _ in range(data.draw(st.integers(1, 6))):
        fields = {one.name: one for one in lab.fields(state)}
        one = fields[data.draw(st.sampled_from([*fields]))]
        value = data.draw(choices(one, state))
        try:
            changed = one.with_choice(state, value)
        except InputError as error:
            assert (error.field, bool(str(error))) == (one.name, True)  # noqa: PT017
            continue
        again = next(each for each in lab.fields(changed) if each.name == one.name)
        if one.name not in SHOWS_ANOTHER:
            assert shown_of(again, again.get(changed)) == shown_of(one, value)
        state = changed
    assert lab.read_link(lab.write_link(state)) == (state, "")


@labs
@given(st.data())
def test_what_a_field_shows_already_changes_nothing_that_is_chosen(lab: Lab[Any], data: st.DataObject) -> None:
    state = data.draw(STATES[lab.name])
    for one in lab.fields(state):
        if one.name not in SHOWS_ANOTHER:
            again = one.with_choice(state, one.get(state))
            chosen = [{each.name: each.get(of) for each in lab.fields(of)} for of in (state, again)]
            assert chosen[0] == chosen[1], one.name


@labs
def test_the_names_and_labels_of_fields_tell_them_apart(lab: Lab[Any]) -> None:
    names = [one.name for one in lab.fields(lab.default)]
    assert len({*names}) == len(names)
    assert all(one.label for one in lab.fields(lab.default))


@labs
def test_a_number_that_is_missing_is_asked_for(lab: Lab[Any]) -> None:
    numbers = [one for one in lab.fields(lab.default) if isinstance(one.widget, Number)]
    assert numbers
    for one in numbers:
        with pytest.raises(InputError) as error:
            one.with_choice(lab.default, None)
        assert str(error.value).startswith(f"{one.label} is empty: type a number, for example ")
        assert error.value.field == one.name


# ---- The choices that fill many fields at once.


def test_a_preset_an_example_or_a_set_shows_itself_or_its_like() -> None:
    for lab, name in (("descent", "preset"), ("gradient", "example"), ("fit", "set")):
        state = LABS[lab].default
        one = next(each for each in LABS[lab].fields(state) if each.name == name)
        for choice in one.widget.options(state):
            chosen = one.with_choice(state, choice)
            shown = one.get(chosen)
            assert one.with_choice(state, shown) == chosen, choice
            assert shown == choice or name != "set"
            assert one.with_choice(chosen, None) == chosen
