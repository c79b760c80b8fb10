"""A field, and a link while it is read."""

from dataclasses import dataclass

import pytest

from playground import InputError
from playground.labs.shared.fields import (
    LADDER,
    MAX_LENGTH,
    MAX_QUOTED,
    MAX_REASON,
    Choice,
    EachOf,
    Field,
    Number,
    Query,
    Segments,
    Slider,
    Switch,
    Text,
    attribute,
    one_of,
)


@dataclass(frozen=True)
class Tea:
    leaf: str = "green"
    minutes: float = 3.0
    cups: int = 1
    is_hot: bool = True


def check_minutes(value: float) -> float:
    if value < 0:
        raise InputError(f"{value:g} minutes are over before they begin")
    return float(value)


LEAF = attribute("leaf", "Leaf", Choice(lambda _: ["green", "black"]), one_of(["green", "black"]))
MINUTES = attribute("minutes", "Minutes", Number("3"), check_minutes, "How long.")
CUPS = attribute("cups", "Cups", Number("1", integer=True), help="How many.")
HOT = attribute("is_hot", "Hot", Switch())


# ---- What a link's text says to a widget.


@pytest.mark.parametrize(
    ("widget", "text", "value"),
    [
        (Number("3"), "1.5", 1.5),
        (Number("3"), "-1e-3", -0.001),
        (Number("3", integer=True), "7", 7),
        (Number("3", integer=True), "1e3", 1000),
        (Switch(), "true", True),
        (Switch(), "false", False),
        (Slider((0.1, 1.0)), "0.25", 0.25),
        (Choice(list), "any", "any"),
        (Segments(list), "any", "any"),
        (Text(), "", ""),
    ],
)
def test_a_widget_reads_a_text_as_what_it_shows(widget, text, value):
    assert widget.read(text) == value
    assert type(widget.read(text)) is type(value)


@pytest.mark.parametrize(
    ("widget", "text", "part"),
    [
        (Number("3"), "", "'' is no number"),
        (Number("3"), "nan", "no finite number"),
        (Number("3", integer=True), "2.5", "2.5 isn't a whole number"),
        (Number("3", integer=True), "1e999", "no finite number"),
        (Switch(), "True", "'True' is neither true nor false"),
        (Switch(), "x" * 1000, "neither true nor false"),
        (Slider((0.1, 1.0)), "fast", "'fast' is no number"),
    ],
)
def test_a_text_that_a_widget_cannot_show_is_refused_in_a_short_sentence(widget, text, part):
    with pytest.raises(InputError, match=part) as error:
        widget.read(text)
    assert len(str(error.value)) < 100


# ---- Fields.


def test_a_field_gets_and_puts_an_attribute():
    tea = Tea()
    assert (MINUTES.get(tea), MINUTES.text(tea), HOT.text(tea), CUPS.text(tea)) == (3.0, "3", "true", "1")
    assert MINUTES.with_choice(tea, 4) == Tea(minutes=4.0)
    assert type(MINUTES.with_choice(tea, 4).minutes) is float
    assert HOT.with_choice(tea, False) == Tea(is_hot=False)
    assert (MINUTES.help, CUPS.help, HOT.help) == ("How long.", "How many.", None)


def test_what_cannot_be_chosen_is_refused_with_the_fields_name():
    for field, value, part in (
        (MINUTES, -1.0, "-1 minutes are over"),
        (MINUTES, None, "Minutes is empty: type a number, for example 3"),
        (LEAF, "coffee", "choose one of green, black"),
        (LEAF, None, "choose one of green, black"),
    ):
        with pytest.raises(InputError, match=part) as error:
            field.with_choice(Tea(), value)
        assert error.value.field == field.name


def test_an_empty_text_or_choice_is_for_the_field_to_judge():
    any_text = Field[Tea]("leaf", "Leaf", lambda tea: tea.leaf, lambda _, value: Tea(value or "none"), Text())
    assert any_text.with_choice(Tea(), None) == Tea("none")


def test_a_field_says_only_what_is_not_as_by_default():
    assert MINUTES.say(Tea(), Tea()) == {}
    assert MINUTES.say(Tea(minutes=1 / 3), Tea()) == {"minutes": "0.3333333333333333"}
    several = EachOf[Tea](lambda _: [LEAF, MINUTES, CUPS])
    assert several.say(Tea("black", 3.0, 2), Tea()) == {"leaf": "black", "cups": "2"}


# ---- Reading.


def test_each_part_takes_what_the_link_says_of_it():
    query = Query({"leaf": "black", "cups": "2", "other": "1"})
    several = EachOf[Tea](lambda _: [LEAF, MINUTES, CUPS])
    assert several.take(Tea(minutes=9.0), query) == Tea("black", 9.0, 2)
    assert (query.refused, query.problem) == ([], "")
    assert "cups" in query
    assert "minutes" not in query
    assert query["cups"] == "2"


def test_what_cannot_be_used_gives_way_alone_and_is_named():
    query = Query({"leaf": "coffee", "minutes": "-1", "cups": "2"})
    tea = EachOf[Tea](lambda _: [LEAF, MINUTES, CUPS]).take(Tea(), query)
    assert tea == Tea(cups=2)
    assert query.problem == (
        "Ignored in this link: leaf=coffee (choose one of green, black), "
        "minutes=-1 (-1 minutes are over before they begin)."
    )


def test_several_keys_that_belong_together_are_named_together():
    query = Query({"a": "1", "b": "2"})

    def refuse():
        raise InputError("they don't fit together.")

    assert query.try_("before", refuse, "a", "b", "c") == "before"
    assert query.problem == "Ignored in this link: a=1&b=2 (they don't fit together)."
    assert query.try_("before", refuse, "c") == "before"
    assert len(query.refused) == 1


def test_long_keys_texts_and_reasons_are_cut():
    query = Query({"k" * 1000: "t" * 1000})
    query.refuse("r" * 1000, "k" * 1000)
    assert query.problem == f"Ignored in this link: {'k' * MAX_QUOTED}…={'t' * MAX_QUOTED}… ({'r' * MAX_REASON}…)."


def test_a_text_longer_than_any_that_a_lab_writes_is_not_read():
    query = Query({"leaf": "b" * (MAX_LENGTH + 1), "minutes": "0" * MAX_LENGTH})
    assert EachOf[Tea](lambda _: [LEAF, MINUTES]).take(Tea(), query) == Tea(minutes=0.0)
    assert query.problem == (
        f"Ignored in this link: leaf={'b' * MAX_QUOTED}… (it has 10,001 characters, and at most 10,000 are read)."
    )


# ---- Numbers in fields.


def test_a_number_is_shown_in_ten_digits_and_kept_in_all():
    tea = Tea(minutes=1 / 3)
    assert MINUTES.shown(tea) == "0.3333333333"
    assert MINUTES.with_choice(tea, MINUTES.shown(tea)) == tea
    assert (CUPS.shown(Tea(cups=12345678901)), LEAF.shown(tea)) == ("12345678901", "green")


@pytest.mark.parametrize(("text", "minutes"), [("1e3", 1000), ("1/8", 0.125), ("7,5", 7.5), (" 2 ", 2), ("5%", 0.05)])
def test_what_is_typed_is_read_by_the_reader_of_numbers(text, minutes):
    assert MINUTES.with_choice(Tea(), text) == Tea(minutes=minutes)


@pytest.mark.parametrize(
    ("text", "part"), [("1,234", "can be 1.234 or 1234"), ("two", "'two' is no number"), ("", "is empty")]
)
def test_what_cannot_be_read_is_refused_at_its_field(text, part):
    with pytest.raises(InputError, match=part) as error:
        MINUTES.with_choice(Tea(), text)
    assert error.value.field == "minutes"
    with pytest.raises(InputError, match="isn't a whole number"):
        CUPS.with_choice(Tea(), "2.5")


def test_steps_go_by_rungs_or_by_one():
    rate, seed = Number("0.01", ladder=LADDER), Number("0", integer=True, stepped=True)
    assert (rate.has_steps, seed.has_steps, Number("3").has_steps) == (True, True, False)
    up = [rate.step(value, 1) for value in (0.0, 0.01, 0.0123, 0.05, 5e3)]
    assert up == [1e-6, 0.02, 0.02, 0.1, 5e3]
    down = [rate.step(value, -1) for value in (0.0, 0.01, 0.0123, 0.05, 1e9)]
    assert down == [0.0, 0.005, 0.01, 0.02, 5e3]
    assert (seed.step(7, 1), seed.step(7, -1)) == (8, 6)
