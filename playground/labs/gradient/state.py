"""The state of the lab Gradient, its fields, and what a link says of it."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, NamedTuple

from playground.analysis.autograd_graph import check_graph_size
from playground.analysis.loop_lines import BY_HAND, STYLES
from playground.analysis.loop_mistakes import MISTAKES, Mistake
from playground.analysis.loop_program import check_epochs, check_is_plain, check_rate
from playground.analysis.probe import Probe, check_expression, default_points, format_point, read_point, read_probe
from playground.data.datasets import DATASETS
from playground.data.gallery import PRESETS, Preset
from playground.engine.fit import Fit
from playground.engine.function import Function
from playground.errors import InputError
from playground.labs.fit.problem import TUTORIAL_START
from playground.labs.shared.fields import (
    LADDER,
    Choice,
    Field,
    LinkPart,
    Number,
    Query,
    Segments,
    Switch,
    Text,
    as_number,
    one_of,
)
from playground.labs.shared.view import Frame
from playground.language.numbers import describe_separators
from playground.numerals import format_exact

VIEWS = ("Gradient", "Graph", "Loop")
"""What is shown of a gradient: the number and its picture, how backward() made it, and what a loop does with it."""

SUBJECTS = ("Tutorial's data", "Function")
"""What the loop goes down."""


# ---- Functions to begin with.


class Example(NamedTuple):
    """A function to begin with, and a point.

    Attributes:
        text: the function; point: of each variable its components.
        shows: one sentence for a student.
    """

    text: str
    point: tuple[tuple[float, ...], ...]
    shows: str


EXAMPLES: dict[str, Example] = {
    "Tutorial: x² at 3": Example("x**2", ((3.0,),), "y = x², y.backward(), and x.grad is 2·3 = 6."),
    "Tutorial: the loss of a line": Example(
        "mean((a*[0.5, 0.9, 1.4, 1.8] + b - [2, 3.8, 5, 7.2])**2)",
        tuple((value,) for value in TUTORIAL_START.values()),
        "The mean squared error of a·x + b on four points, and which way a and b should go.",
    ),
    "Tutorial: sum(x²) at [1, 2, 3]": Example(
        "sum(x**2)", ((1.0, 2.0, 3.0),), "A vector has a gradient of as many components: 2x for each."
    ),
    "x² of a vector, without sum": Example(
        "x**2", ((1.0, 2.0, 3.0),), "backward() wants one number: torch says so, and what it takes instead."
    ),
    "A product of two paths": Example(
        "(x + y)*x*sin(y)", ((2.0,), (1.0,)), "Where paths meet, what comes along them is added up."
    ),
    "A kink: |x| at 0": Example("abs(x)", ((0.0,),), "No slope is right at a kink; torch takes 0."),
    "relu at 0": Example("relu(x)", ((0.0,),), "The slope is 0 at the left and 1 at the right; torch takes 0."),
    "√x at 0": Example("sqrt(x)", ((0.0,),), "The slope grows without bound: torch says inf."),
    "The largest of equals": Example(
        "max(x, y)", ((1.0,), (1.0,)), "Two arguments are the largest: torch shares the gradient among them."
    ),
    "A sigmoid neuron": Example(
        "(sigmoid(w*x + b) - 1)**2", ((0.5,), (2.0,), (-1.0,)), "The chain rule through a neuron and its error."
    ),
}
"""Functions to begin with, by name; the gallery's come after them."""


def example_of(probe: Probe) -> str | None:
    """The name of the example that this is, or of the gallery's function at its start."""
    for name, example in EXAMPLES.items():
        if (example.text, example.point) == (probe.text, probe.point):
            return name
    return next((name for name, preset in PRESETS.items() if probe_of(preset) == replace(probe, vector=())), None)


def probe_of(preset: Preset) -> Probe:
    """A function of the gallery at its start."""
    components = check_expression(preset.text).components
    numbers = map(float, preset.start)
    names = check_expression(preset.text).names
    sizes = [components.get(name, 1) for name in names]
    if sum(sizes) < len(preset.start):  # one vector, whose length the text leaves open
        sizes[-1] += len(preset.start) - sum(sizes)
    return Probe(preset.text, tuple(tuple(next(numbers) for _ in range(size)) for size in sizes))


def named_probe(name: str) -> Probe:
    """The function and the point of an example, or of the gallery."""
    return Probe(EXAMPLES[name].text, EXAMPLES[name].point) if name in EXAMPLES else probe_of(PRESETS[name])


def shows(name: str) -> str:
    """What an example or a function of the gallery shows."""
    return EXAMPLES[name].shows if name in EXAMPLES else "A function of the gallery, at its start."


# ---- The state.


@dataclass(frozen=True, kw_only=True)
class GradientState:
    """A function at a point, how it is looked at, and the loop.

    Attributes:
        probe: the function and the point.
        view: one of ``VIEWS``.
        subject: one of ``SUBJECTS``, what the loop goes down.
        lr: its learning rate; epochs: how many times it goes around.
        style: one of ``STYLES``, who updates its parameters.
        mistakes: the names of those that are made in it.
        frame: where the picture stays since the point was moved in it, as long as the point lies in it; None: where
            it is seen best. It ends with a function or a point that is typed.

    Raises:
        InputError: with the field ``function``, for a function that can't be shown so.
    """

    probe: Probe
    view: str = VIEWS[0]
    subject: str = SUBJECTS[0]
    lr: float = 0.01
    epochs: int = 100
    style: str = BY_HAND
    mistakes: frozenset[str] = frozenset()
    frame: Frame | None = None

    def __post_init__(self) -> None:
        try:
            if self.view == "Loop":
                _ = self.objective
            if self.view == "Graph" or self.probe.function is None:
                check_graph_size(self.probe.expression)
        except InputError as error:
            error.field = "function"
            raise

    @cached_property
    def objective(self) -> Fit | Function:
        """What the loop goes down.

        Raises:
            InputError: for a function whose value is a vector, or of more parameters than a loop can show.
        """
        if self.is_on_data:
            return tutorial_fit()
        if self.probe.function is None:
            raise InputError(
                f"a loss is one number, and this function's value has {len(self.probe.value)} components: "
                "wrap it in sum(…)",
                field="function",
            )
        check_is_plain(self.probe.function)
        return self.probe.function

    @property
    def is_on_data(self) -> bool:
        """Whether the loop goes down the tutorial's loss."""
        return self.subject == SUBJECTS[0]

    @property
    def start(self) -> tuple[float, ...]:
        """Where the loop begins."""
        return tuple(TUTORIAL_START.values()) if self.is_on_data else tuple(self.probe.theta.tolist())


@cache
def tutorial_fit() -> Fit:
    """The tutorial's line through its four points."""
    points = DATASETS["Tutorial"].points
    return Fit("a*x + b", points.x, points.y)


DEFAULT = GradientState(probe=named_probe(next(iter(EXAMPLES))))
"""What the page opens on."""


# ---- The fields.


def _put_function(state: GradientState, text: str) -> GradientState:
    """Another function, at the same point as far as it has one."""
    names = check_expression(text).names
    before = dict(zip(state.probe.expression.names, state.probe.point, strict=True))
    blank = dict(zip(names, _blank_probe(text).point, strict=True))
    kept = tuple(before[name] if len(before.get(name, ())) >= len(blank[name]) else blank[name] for name in names)
    try:
        probe = Probe(text, kept)
        _ = probe.value
    except InputError:  # of other lengths than fit together in this function
        probe = _blank_probe(text)
    return _with_probe(state, probe)


def _with_probe(state: GradientState, probe: Probe) -> GradientState:
    """The state with another function or point, and with its vector where that is as long as the value."""
    with suppress(InputError):
        probe = replace(probe, vector=state.probe.vector)
    return replace(state, probe=probe, frame=None)


def _blank_probe(text: str) -> Probe:
    """A function at the point where every component is 1."""
    return read_probe(text, default_points(text, {}))


FUNCTION = Field[GradientState]("function", "Function", lambda state: state.probe.text, _put_function, Text())


def _put_example(state: GradientState, name: str | None) -> GradientState:
    """The state on an example; nothing else can be chosen."""
    return replace(state, probe=named_probe(name), frame=None) if name in (*EXAMPLES, *PRESETS) else state


EXAMPLE = Field[GradientState](
    "example",
    "Gallery",
    lambda state: example_of(state.probe),
    _put_example,
    Choice(lambda _: [*EXAMPLES, *PRESETS], empty="A function of your own"),
)

POINT_HELP = "A number such as 3 or pi/2, or a vector such as [1, 2, 3]. Drag the point, or press Shift and an arrow."


def start_fields(state: GradientState) -> list[Field[GradientState]]:
    """A field for the point of each variable."""
    names = state.probe.expression.names
    return [_start_field(i, name, POINT_HELP if i == 0 else None) for i, name in enumerate(names)]


def _start_field(i: int, name: str, help: str | None) -> Field[GradientState]:
    def put(state: GradientState, text: str) -> GradientState:
        point = state.probe.point
        _check_comma(text, name)
        moved = (*point[:i], read_point(text, name), *point[i + 1 :])
        return replace(state, probe=replace(state.probe, point=moved), frame=None)

    return Field(f"start_{name}", f"Start {name}", lambda state: format_point(state.probe.point[i]), put, Text(), help)


_ONE_COMMA = re.compile(r"\s*[+\-−]?\d+,\d+\s*", re.ASCII)


def _check_comma(text: str, name: str) -> None:
    """Refuse commas between digits that may be decimal, stand between thousands, or part components."""
    vector = re.sub(r",\s*", ", ", text.strip())
    if "," in text and not _ONE_COMMA.fullmatch(text) and (reason := describe_separators(text.strip())):
        raise InputError(f"{reason}, or [{vector}] for a vector", field=name)
    if _ONE_COMMA.fullmatch(text):
        number = text.strip().replace(",", ".")
        raise InputError(f"{name} can be the number {number} or the vector [{vector}]: write one of them", field=name)


def put_together(state: GradientState, said: Mapping[str, Any]) -> GradientState:
    """The state with several variables' points at once: vectors of a new length fit together only so."""
    names = state.probe.expression.names
    texts = {name: format_point(at) for name, at in zip(names, state.probe.point, strict=True)}
    texts |= {name: said[f"start_{name}"] for name in names if f"start_{name}" in said}
    return _with_probe(state, read_probe(state.probe.text, texts))


def _put_vector(state: GradientState, text: str) -> GradientState:
    return replace(state, probe=replace(state.probe, vector=read_point(text, "v") if text.strip() else ()))


VECTOR = Field[GradientState](
    "vector",
    "Vector v",
    lambda state: format_point(state.probe.vector) if state.probe.vector else "",
    _put_vector,
    Text("none"),
    "For y.backward(v), such as [1, 0, 0].",
)


def _attribute(name: str, label: str, widget: Any, check: Any) -> Field[GradientState]:
    return Field(
        name,
        label,
        lambda state: getattr(state, name),
        lambda state, value: replace(state, **{name: check(value)}),
        widget,
    )


VIEW = _attribute("view", "View", Segments(lambda _: VIEWS), one_of(VIEWS))
SUBJECT = _attribute("subject", "The loop goes down", Segments(lambda _: SUBJECTS), one_of(SUBJECTS))
LEARNING_RATE = _attribute("lr", "Learning rate", Number("0.01", ladder=LADDER), check_rate)
EPOCHS = _attribute("epochs", "Epochs", Number("100", integer=True), check_epochs)


STYLE = _attribute("style", "Updated", Segments(lambda _: STYLES), one_of(STYLES))


def _switch(mistake: Mistake) -> Field[GradientState]:
    name = mistake.name

    def put(state: GradientState, is_made: bool) -> GradientState:
        return replace(state, mistakes=state.mistakes | {name} if is_made else state.mistakes - {name})

    return Field(name, mistake.label, lambda state: name in state.mistakes, put, Switch(), mistake.explanation)


SWITCHES = [_switch(one) for one in MISTAKES.values()]
"""A switch for each mistake, on where it is made."""


def can_be_made(mistake: Mistake, state: GradientState) -> bool:
    """Whether a mistake means something in the state's loop."""
    return bool(mistake.explain(state.style)) and (state.is_on_data or not mistake.only_on_data)


def fields(state: GradientState) -> list[Field[GradientState]]:
    """All fields of the lab."""
    return [EXAMPLE, FUNCTION, *start_fields(state), VECTOR, SUBJECT, LEARNING_RATE, EPOCHS, STYLE, *SWITCHES, VIEW]


# ---- The link.


def blank(state: GradientState) -> GradientState:
    """The same function, where each component of its point is 1, and all else as nobody chose it."""
    return GradientState(probe=_blank_probe(state.probe.text))


@dataclass(frozen=True)
class PointPart:
    """The point of each variable: ``start_x=[1, 2, 3]&start_y=2``."""

    def take(self, state: GradientState, query: Query) -> GradientState:
        """The state at the point that the link says, or at those parts of it that can be used."""
        if query.said.get(FUNCTION.name, state.probe.text) != state.probe.text:
            return state  # the function gave way, and the point was that function's
        parts = start_fields(state)
        try:
            return put_together(state, {one.name: query[one.name] for one in parts if one.name in query})
        except InputError:  # one by one, to find which
            for one in parts:
                state = one.take(state, query)
            return state

    def say(self, state: GradientState, default: GradientState) -> dict[str, str]:
        """What isn't as in the default."""
        before = dict(zip(default.probe.expression.names, default.probe.point, strict=True))
        return {
            one.name: one.text(state)
            for one, name, at in zip(start_fields(state), state.probe.expression.names, state.probe.point, strict=True)
            if before.get(name) != at
        }


@dataclass(frozen=True)
class FramePart:
    """Where the picture is held: the ends of its axes, ``frame=-3;3`` or ``frame=-3;3;-2;2``."""

    def take(self, state: GradientState, query: Query) -> GradientState:
        """The state with the picture held there."""

        def read() -> GradientState:
            ends = [as_number(one) for one in query["frame"].split(";", 4)]
            frame = tuple(zip(ends[::2], ends[1::2], strict=False))
            if len(ends) != 2 * min(len(state.probe.theta), 2) or not all(low < high for low, high in frame):
                raise InputError("it takes the ends of each axis, such as -3;3")
            return replace(state, frame=frame)

        return query.try_(state, read, "frame")

    def say(self, state: GradientState, _default: GradientState) -> dict[str, str]:
        """Nothing where nothing is held."""
        return (
            {}
            if state.frame is None
            else {"frame": ";".join(format_exact(end) for ends in state.frame for end in ends)}
        )


@dataclass(frozen=True)
class OldSwitch:
    """``zero_grad=false``: what links said of a mistake when its switch was on for what is right. None says it now.

    Attributes:
        key: in the link; name: of the mistake.
    """

    key: str
    name: str

    def take(self, state: GradientState, query: Query) -> GradientState:
        """The state with the mistake, if the link says so."""

        def read() -> GradientState:
            is_right = Switch().read(query[self.key])
            return state if is_right else replace(state, mistakes=state.mistakes | {self.name})

        return query.try_(state, read, self.key)

    def say(self, _state: GradientState, _default: GradientState) -> dict[str, str]:
        """Nothing."""
        return {}


OLD_SWITCHES = (OldSwitch("zero_grad", "no_zero"), OldSwitch("no_grad", "recorded_update"))


PROBLEM_PARTS: tuple[LinkPart[GradientState], ...] = (FUNCTION,)

# The view last: whether it can be had depends on the function and on what the loop goes down.
REST_PARTS: tuple[LinkPart[GradientState], ...] = (
    PointPart(),
    VECTOR,
    SUBJECT,
    LEARNING_RATE,
    EPOCHS,
    STYLE,
    *OLD_SWITCHES,
    *SWITCHES,
    VIEW,
    FramePart(),
)
