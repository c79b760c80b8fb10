"""What a person chose on the page of gradients, checked, and in a link."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

from playground.analysis.autograd_graph import check_graph_size
from playground.analysis.gradient_check import Probe, check_expression, default_points, format_point, read_probe
from playground.analysis.loop_program import MAX_EPOCHS, Switches, check_epochs, check_is_plain, check_rate
from playground.data.datasets import DATASETS
from playground.data.gallery import PRESETS, Preset
from playground.engine.fit import Fit
from playground.engine.function import Function
from playground.errors import InputError
from playground.labs.shared.scenario import TUTORIAL_START, as_number

VIEWS = ("Gradient", "Graph", "Loop")
"""What is shown of a gradient: the number and its picture, how backward() made it, and what a loop does with it."""

SUBJECTS = ("Tutorial's data", "Function")
"""What the loop goes down."""


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


@dataclass(frozen=True)
class GradientScenario:
    """A function at a point, how it is looked at, and the loop.

    Attributes:
        probe: the function and the point.
        view: one of ``VIEWS``.
        subject: one of ``SUBJECTS``, what the loop goes down.
        lr: its learning rate; epochs: how many times it goes around.
        switches: the mistakes that are made in it.
    """

    probe: Probe
    view: str = VIEWS[0]
    subject: str = SUBJECTS[0]
    lr: float = 0.01
    epochs: int = 100
    switches: Switches = field(default_factory=Switches)

    @cached_property
    def objective(self) -> Fit | Function:
        """What the loop goes down.

        Raises:
            InputError: for a function whose value is a vector, or of more parameters than a loop can show.
        """
        if self.subject == SUBJECTS[0]:
            points = DATASETS["Tutorial"].points
            return Fit("a*x + b", points.x, points.y)
        if self.probe.function is None:
            raise InputError(
                f"a loss is one number, and this function's value has {len(self.probe.value)} components: "
                "wrap it in sum(…)",
                field="function",
            )
        check_is_plain(self.probe.function)
        return self.probe.function

    @property
    def start(self) -> tuple[float, ...]:
        """Where the loop begins."""
        return tuple(TUTORIAL_START.values()) if self.subject == SUBJECTS[0] else tuple(self.probe.theta.tolist())


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


FIRST = GradientScenario(named_probe(next(iter(EXAMPLES))))
"""What the page opens on."""


class ScenarioFields(NamedTuple):
    """What the fields say: the scenario if they make one, and what is wrong, by field."""

    scenario: GradientScenario | None
    problems: dict[str, InputError]


def read_scenario(values: Mapping[str, Any]) -> ScenarioFields:
    """The scenario of what the fields say.

    Args:
        values: ``function``, ``vector`` and ``start_<variable>`` as texts; ``view``, ``subject``, ``lr``, ``epochs``,
            and the switches by their names. What is missing is as usual.
    """
    problems: dict[str, InputError] = {}
    probe = None
    starts = {key.removeprefix("start_"): value for key, value in values.items() if key.startswith("start_")}
    try:
        probe = read_probe(values.get("function", ""), starts, values.get("vector") or "")
    except InputError as error:
        problems[error.field or "function"] = error
    checked: dict[str, Any] = {}
    for name, what, check in (("lr", "learning rate", check_rate), ("epochs", "number of epochs", check_epochs)):
        value = values.get(name, getattr(FIRST, name))
        try:
            if value is None:
                raise InputError(f"the {what} is empty: type a number such as {getattr(FIRST, name)}", field=name)
            checked[name] = check(value)
        except InputError as error:
            problems[name] = error
    view = values.get("view") if values.get("view") in VIEWS else VIEWS[0]
    subject = values.get("subject") if values.get("subject") in SUBJECTS else SUBJECTS[0]
    usual = Switches()
    switches = Switches(**{one.name: bool(values.get(one.name, getattr(usual, one.name))) for one in fields(Switches)})
    if probe is None or problems:
        return ScenarioFields(None, problems)
    scenario = GradientScenario(probe, str(view), str(subject), switches=switches, **checked)
    try:
        if scenario.view == "Loop":
            _ = scenario.objective
        if scenario.view == "Graph" or (scenario.view == "Gradient" and probe.function is None):
            check_graph_size(probe.expression)
    except InputError as error:
        return ScenarioFields(None, {error.field or "function": error})
    return ScenarioFields(scenario, {})


def to_fields(scenario: GradientScenario) -> dict[str, Any]:
    """What the fields say of a scenario: ``read_scenario`` makes it again."""
    probe = scenario.probe
    starts = {
        f"start_{name}": format_point(components)
        for name, components in zip(probe.expression.names, probe.point, strict=True)
    }
    return {
        "function": probe.text,
        "vector": format_point(probe.vector) if probe.vector else "",
        "view": scenario.view,
        "subject": scenario.subject,
        "lr": scenario.lr,
        "epochs": scenario.epochs,
        **{one.name: getattr(scenario.switches, one.name) for one in fields(Switches)},
        **starts,
    }


_USUAL = to_fields(FIRST)


def to_link(scenario: GradientScenario) -> dict[str, str]:
    """The scenario as a link's query: the function, the point, and what isn't as usual."""
    return {
        name: _text(value)
        for name, value in to_fields(scenario).items()
        if name == "function" or name.startswith("start_") or value != _USUAL.get(name)
    }


def _text(value: object) -> str:
    return (
        str(value).lower() if isinstance(value, bool) else f"{value:.17g}" if isinstance(value, float) else str(value)
    )


class ScenarioLink(NamedTuple):
    """What was read from a link, and one sentence on what can't be used, or nothing."""

    scenario: GradientScenario
    problem: str


def from_link(said: Mapping[str, str]) -> ScenarioLink:
    """The scenario of a link's query; what it doesn't say, or says wrongly, is as usual.

    Each field is read once, beside those before it: what can't be used gives way alone, and reading comes to an end.
    """
    wrong = []
    values: dict[str, Any] = dict(_USUAL)
    if "function" in said:
        try:
            values = _checked(_of_function(said["function"]))
        except InputError as error:
            wrong.append(_refused("function", said, error))
            said = {
                name: text for name, text in said.items() if not _is_of_probe(name)
            }  # the point was that function's
    # The point first: a vector and a view are of use or not at a point.
    for name in sorted(values.keys() & said.keys() - {"function"}, key=lambda one: (not one.startswith("start_"), one)):
        try:
            values = _checked(values | {name: _read(name, said[name], values[name])})
        except InputError as error:
            wrong.append(_refused(name, said, error))
    problem = f"Not used of this link: {' and '.join(dict.fromkeys(wrong))}" if wrong else ""
    return ScenarioLink(read_scenario(values).scenario or FIRST, problem)


def _of_function(text: str) -> dict[str, Any]:
    """The fields of a function that a link names, at the point where each variable is 1; the rest is as usual."""
    rest = {name: value for name, value in _USUAL.items() if not _is_of_probe(name)}
    starts = {f"start_{name}": at for name, at in default_points(text, {}).items()}
    return rest | {"function": text, "vector": ""} | starts


def _is_of_probe(name: str) -> bool:
    return name in ("function", "vector") or name.startswith("start_")


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """``values``, if they make a scenario; otherwise what is wrong with them is raised."""
    for problem in read_scenario(values).problems.values():
        raise problem
    return values


def _refused(name: str, said: Mapping[str, str], why: InputError) -> str:
    return f"{name}={said[name][:40]}: {why}"


def _read(name: str, text: str, usual: object) -> object:
    if isinstance(usual, bool):
        if text not in ("true", "false"):
            raise InputError("it is true or false")
        return text == "true"
    if name in ("view", "subject") and text not in (VIEWS if name == "view" else SUBJECTS):
        raise InputError("it is no choice")
    if isinstance(usual, int):
        number = as_number(text)
        if not number.is_integer() or abs(number) > MAX_EPOCHS:
            raise InputError(f"it is no whole number from 1 to {MAX_EPOCHS}")
        return int(number)
    return as_number(text) if isinstance(usual, float) else text
