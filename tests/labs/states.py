"""Random states of every lab, for properties that hold for all of them."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from playground.analysis.loop_lines import STYLES
from playground.analysis.loop_mistakes import MISTAKES
from playground.analysis.loop_program import MAX_EPOCHS
from playground.analysis.probe import Probe
from playground.data.datasets import DATASETS
from playground.data.features import feature_names
from playground.data.gallery import PRESETS
from playground.data.labelled import Labelled
from playground.data.points import Points
from playground.data.recipe import Recipe
from playground.data.sample import MIN_SAMPLE, Sample
from playground.data.shapes import SHAPES
from playground.engine.layers import ACTIVATIONS, INITIALISATIONS
from playground.engine.losses import LOSSES
from playground.engine.noise import NOISES
from playground.engine.optimizers import OPTIMIZERS, Optimizer
from playground.engine.runner import DrawnStart, Runner
from playground.engine.schedulers import SCHEDULERS
from playground.engine.settings import Hyperparameter
from playground.errors import InputError
from playground.figures.loss_colours import SCALES
from playground.labs.descent.presets import state_of
from playground.labs.descent.problem import Formula
from playground.labs.fit.problem import Regression
from playground.labs.fit.state import SIDES, FitState
from playground.labs.gradient.state import EXAMPLES, SUBJECTS, VIEWS, GradientState, named_probe
from playground.labs.network.loss_fields import SPANNED
from playground.labs.network.presets import PRESETS as NETWORKS
from playground.labs.network.presets import state_of as state_of_network
from playground.labs.network.problem import MAX_LAYER_UNITS, MAX_LAYERS, Training, losses_of
from playground.labs.network.state import SHOWN, WALKS, NetworkState, count_rows
from playground.labs.network.state import SIDES as NETWORK_SIDES
from playground.labs.network.state import VIEWS as NETWORK_VIEWS
from playground.labs.shared.race.state import (
    FARTHEST,
    LOSS_AXES,
    MAX_RUNNERS,
    Problem,
    Race,
    RaceState,
    Region,
    check_settings,
    most_steps,
    planes,
)

finite = st.floats(-FARTHEST, FARTHEST).map(lambda value: value + 0.0)  # a page has no -0

EVERY = tuple(OPTIMIZERS.values())
ON_GRADIENTS = tuple(record for record in EVERY if not record.needs)
ON_FUNCTIONS = tuple(record for record in EVERY if record.needs != "residuals")

FUNCTIONS = {"x^2": 1, "x^2 + 3y^2": 2, "a b - exp(z)": 3, "sum(x[i]^2 for i in range(8))": 8, PRESETS["Easom"].text: 2}
MODELS = {"a*x + b": 2, "a*x**2 + b*x + c": 3, "a*exp(b*x) + c": 3, "w_1*x": 1, "log(a)*x + sin(b)": 2}


# ---- Runners.


def component_values(
    one: Hyperparameter, component: object, low: float, high: float
) -> st.SearchStrategy[float | bool | str]:
    """What one component of a setting may be."""
    if isinstance(component, bool):
        return st.booleans()
    if one.choices:
        return st.sampled_from(one.choices)
    low, high = max(low, -1e6), min(high, 1e6)
    if one.is_integer:
        return st.integers(int(low), int(high))
    return st.floats(low, high, exclude_min=one.open_below, exclude_max=one.open_above)


@st.composite
def settings(draw: st.DrawFn, hyperparameters: tuple[Hyperparameter, ...]) -> tuple[tuple[str, Any], ...]:
    """Some of the settings, those that aren't as by default."""
    found = []
    for one in sorted(draw(st.sets(st.sampled_from(hyperparameters), max_size=3)), key=hyperparameters.index):
        parts = tuple(
            draw(component_values(one, component, low, high))
            for component, (low, high) in zip(one.components, one.bounds, strict=True)
        )
        value = parts if isinstance(one.default, tuple) else parts[0]
        if value != one.default:
            found.append((one.name, value))
    return tuple(found)


@st.composite
def runners(draw: st.DrawFn, size: int, records: tuple[Optimizer, ...] = EVERY, most: int = 9) -> Runner:
    """A runner that torch takes, on ``size`` parameters; its batches have 1 to ``most`` points."""
    record = draw(st.sampled_from(records))
    schedule = draw(st.none() | st.sampled_from(list(SCHEDULERS.values())))
    runner = Runner(
        record.name,
        draw(st.floats(0, 1e6)),
        draw(settings(record.hyperparameters)),
        schedule.name if schedule else None,
        draw(settings(schedule.hyperparameters)) if schedule else (),
        draw(st.none() | st.tuples(*[finite] * size)),
        draw(st.none() | st.integers(1, most)) if most else None,
    )
    try:
        check_settings(runner)
    except InputError as error:
        if "can't run so" not in str(error):  # not torch's refusal of a combination
            raise
        reject()
    return runner


# ---- Races.


@st.composite
def ranges(draw: st.DrawFn) -> tuple[float, float]:
    """The ends of an axis."""
    low, high = sorted(draw(st.tuples(finite, finite)))
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        reject()
    return low, high


@st.composite
def regions(draw: st.DrawFn, size: int) -> Region:
    """Where an objective of so many parameters may be looked at."""
    frame = draw(st.tuples(ranges(), ranges()))
    if size <= 2:
        return Region(frame)
    i, j = draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    angle = draw(st.floats(0, 2 * math.pi))
    directions = [[0.0] * size, [0.0] * size]
    directions[0][i], directions[0][j] = math.cos(angle), math.sin(angle)
    directions[1][i], directions[1][j] = -math.sin(angle), math.cos(angle)
    return Region(frame, draw(st.tuples(*[finite] * size)), tuple(directions[0] + directions[1]))


@st.composite
def race_values(draw: st.DrawFn, problem: Problem, records: tuple[Optimizer, ...], most: int) -> dict[str, Any]:
    """What makes a state of races on a problem."""
    names = problem.objective.parameters
    size = len(names)
    racing = tuple(draw(st.lists(runners(size, records, most), min_size=1, max_size=2)))
    slots = draw(st.permutations(range(MAX_RUNNERS)))[: len(racing)]
    race = Race(
        problem,
        draw(st.tuples(*[finite] * size)),
        racing,
        draw(st.integers(1, most_steps(len(racing)))),
        draw(st.just(0.0) | st.floats(0, 1e300)),
        draw(st.sampled_from(list(NOISES))),
        draw(st.just(0) | st.integers(0, 2**31 - 1)),
        draw(st.just(1e-6) | st.floats(0, exclude_min=True, allow_infinity=False)),
        tuple(sorted(slots)),
    )
    return {
        "race": race,
        "selected": draw(st.integers(0, len(racing) - 1)),
        "plane": draw(st.sampled_from(planes(names))),
        "colours": draw(st.sampled_from(SCALES)),
        "loss_axis": draw(st.sampled_from(LOSS_AXES)),
        "region": draw(st.none() | regions(size)),
    }


@st.composite
def descent_states(draw: st.DrawFn) -> RaceState:
    if draw(st.integers(0, 4)) == 0:
        return state_of(draw(st.sampled_from(list(PRESETS.values()))))
    text = draw(st.sampled_from([*FUNCTIONS, PRESETS["Bowl, κ = 10"].text]))
    return RaceState(**draw(race_values(Formula(text), ON_FUNCTIONS, 0)))


# ---- Fits.

coordinates = st.floats(-1e6, 1e6)


@st.composite
def points(draw: st.DrawFn) -> Points:
    """A set that is built in, generated points, or a few, some of them weighted and held out."""
    kind = draw(st.integers(0, 4))
    if kind < 2:
        return DATASETS[draw(st.sampled_from(list(DATASETS)))].points
    if kind == 2:
        count, seed = draw(st.integers(2, 200)), draw(st.integers(0, 99))
        return Recipe("w*x + 1", (("w", draw(coordinates)),), 0.0, 9.0, count, noise=0.5, seed=seed).points
    rows = st.tuples(coordinates, coordinates, st.sampled_from([0.0, 0.5, 1.0, 1 / 3, 2e3]), st.booleans())
    try:
        return Points(*zip(*draw(st.lists(rows, min_size=1, max_size=5)), strict=True))
    except InputError:
        reject()  # none is left for the loss


@st.composite
def regressions(draw: st.DrawFn) -> Regression:
    factors = {name: draw(st.just(0.0) | st.floats(0, 1e6)) for name in ("l1", "l2")}
    try:
        return Regression(
            draw(st.sampled_from(list(MODELS))),
            draw(points()),
            draw(st.sampled_from(list(LOSSES))),
            tuple((name, factor) for name, factor in factors.items() if factor),
            draw(st.booleans()),
        )
    except InputError as error:
        if error.field not in ("loss", "standardise"):  # y outside 0 and 1, or equal x
            raise
        reject()


@st.composite
def fit_states(draw: st.DrawFn) -> FitState:
    regression = draw(st.just(Regression()) | regressions())
    fit = regression.objective
    records = EVERY if fit.is_sum_of_squares else ON_FUNCTIONS
    values = draw(race_values(regression, records, len(fit.x)))
    frame = draw(st.none() | st.tuples(ranges(), ranges()))
    return FitState(
        **values, side=draw(st.sampled_from(SIDES)), data_frame=frame, shows_starts=draw(st.integers(0, 9)) == 9
    )


# ---- Gradients.

vectors = st.lists(finite, min_size=1, max_size=5).map(tuple)


@st.composite
def vector_values(draw: st.DrawFn) -> Probe:
    """A function whose value is a vector, with or without a v for its product with the Jacobian."""
    size = draw(st.integers(2, 4))
    components = st.tuples(*[finite] * size)
    return Probe("3x", (draw(components),), draw(components | st.just(())))


probes = (
    st.builds(lambda x, y: Probe("x*y + sin(x)", ((x,), (y,))), finite, finite)
    | st.builds(lambda x: Probe("sum(x**2)", (x,)), vectors)
    | st.builds(lambda x: Probe("x**2", ((x,),)), finite)
    | vector_values()
    | st.sampled_from([*EXAMPLES, *PRESETS]).map(named_probe)
)


@st.composite
def gradient_states(draw: st.DrawFn) -> GradientState:
    """Of a number or a vector, in every view."""
    probe = draw(probes)
    axes = min(len(probe.theta), 2)
    state = GradientState(
        probe=probe,
        subject=draw(st.sampled_from(SUBJECTS)),
        lr=draw(st.just(0.01) | st.floats(1e-9, 1e6)),
        epochs=draw(st.just(100) | st.integers(1, MAX_EPOCHS)),
        style=draw(st.sampled_from(STYLES)),
        mistakes=draw(st.frozensets(st.sampled_from([*MISTAKES]))),
        frame=draw(st.none() | st.tuples(*[ranges()] * axes)),
    )
    try:
        return replace(state, view=draw(st.sampled_from(VIEWS)))
    except InputError:  # too large for a graph, or no loss for the loop
        return state


# ---- Networks.


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    """A recipe of few points, of every kind."""
    return Sample(
        draw(st.sampled_from(list(SHAPES))),
        n=draw(st.integers(MIN_SAMPLE, 40)),
        noise=draw(st.floats(0, 2)),
        test_share=draw(st.floats(0, 0.5)),
        seed=draw(st.integers(0, 99)),
        blobs=draw(st.integers(2, 4)),
    )


@st.composite
def labelled_points(draw: st.DrawFn) -> Labelled:
    """Points of a recipe, or a few of a person's own."""
    if draw(st.booleans()):
        return draw(samples()).points
    rows = draw(st.lists(st.tuples(coordinates, coordinates, st.integers(0, 2)), min_size=1, max_size=5))
    return Labelled(tuple(row[:2] for row in rows), tuple(float(row[2]) for row in rows), classes=3)


@st.composite
def trainings(draw: st.DrawFn) -> Training:
    points = draw(labelled_points())
    names = feature_names(points.dimensions)
    return Training(
        points,
        tuple(sorted(draw(st.sets(st.sampled_from(names), min_size=1, max_size=3)), key=names.index)),
        tuple(draw(st.lists(st.integers(1, MAX_LAYER_UNITS), max_size=MAX_LAYERS))),
        draw(st.sampled_from(list(ACTIVATIONS))),
        draw(st.sampled_from(losses_of(points))),
        draw(st.sampled_from(list(INITIALISATIONS))),
        draw(st.integers(0, 99)),
    )


@st.composite
def network_states(draw: st.DrawFn) -> NetworkState:
    if draw(st.integers(0, 9)) == 0:
        return state_of_network(draw(st.sampled_from([*NETWORKS.values()])))
    training = draw(st.just(Training()) | trainings())
    network = training.objective
    drawn = st.builds(DrawnStart, st.sampled_from(list(INITIALISATIONS)), st.integers(0, 2**31 - 1))
    racing = tuple(
        replace(one, start=draw(st.none() | drawn))
        for one in draw(st.lists(runners(1, ON_GRADIENTS, network.point_count), min_size=1, max_size=2))
    )
    race = Race(
        training,
        training.start,
        racing,
        draw(st.integers(1, 50)),
        slots=tuple(sorted(draw(st.permutations(range(MAX_RUNNERS)))[: len(racing)])),
    )
    weights = st.lists(st.sampled_from(network.parameters), min_size=2, max_size=2, unique=True).map(", ".join)
    return NetworkState(
        race=race,
        plane=draw(st.sampled_from(SPANNED) | weights),
        plane_seed=draw(st.just(0) | st.integers(0, 2**31 - 1)),
        sharpness=draw(st.booleans()),
        seeds=draw(st.booleans()),
        selected=draw(st.integers(0, len(racing) - 1)),
        loss_axis=draw(st.sampled_from(LOSS_AXES)),
        data_frame=draw(st.none() | st.tuples(ranges(), ranges())),
        side=draw(st.sampled_from(NETWORK_SIDES)),
        shown=draw(st.sampled_from(SHOWN)),
        chosen=draw(st.integers(0, count_rows(network.widths) - 1)),
        added_class=draw(st.integers(0, max(0, training.points.classes - 1))),
        view=draw(st.sampled_from(NETWORK_VIEWS)),
        walk_over=draw(st.sampled_from(WALKS)),
        walk_point=draw(st.integers(1, network.point_count)),
        walk_from=draw(st.integers(0, 60)),
    )


STATES: Mapping[str, st.SearchStrategy[Any]] = {
    "fit": fit_states(),
    "descent": descent_states(),
    "gradient": gradient_states(),
    "network": network_states(),
}
"""Any state of a lab, by its name."""
