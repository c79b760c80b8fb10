"""Whatever is handed in, a sentence comes back: never an error of torch's, Python's or LAPACK's."""

import math
from contextlib import suppress

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import OPTIMIZERS, SCHEDULERS, Expression, Fit, Function, InputError, descend, loss_surface
from playground.analysis.curvature import curvature, measure_rate, trace_outlines
from playground.analysis.diagnosis import diagnose
from playground.analysis.fit_statistics import (
    contributions,
    data_gradients,
    r_squared,
    search_unstandardised,
    standard_errors,
    unstandardise,
)
from playground.analysis.frames import frame_run
from playground.analysis.landscape import plane_surface, principal_plane
from playground.analysis.minima import find_minimum
from playground.analysis.training_loop import run_loop
from playground.analysis.update_rule import trace_rule
from playground.engine.standings import rank_runs
from playground.numerals import quote
from tests.cases import each_case


class Unwilling:
    """Not even its text can be had."""

    def __repr__(self):
        raise RuntimeError


ODD = [
    *(
        None,
        True,
        "",
        "a",
        b"x",
        [],
        [[]],
        {},
        (),
        object(),
        Unwilling(),
        complex(1, 2),
        len,
        "\ud800",
        "\0",
        "x" * 2000,
    ),
    *(math.nan, math.inf, -math.inf, 1e308, -1e308, 10**5000, -(10**5000), 1.5, 0, -1, 2, "1"),
    *([1], [None], ["a"], [10**5000], [math.nan], {"a": 10**5000}, {1: 2}),
    *(torch.tensor(1.0), torch.zeros(2, 2), torch.zeros(0)),
]
"""What isn't asked for anywhere, and numbers that are too large, too long, or none."""

TWO, THREE = Fit("a*x + b", [1, 2, 3], [1, 2, 4]), Function("x^2 + y + z")


def calls(value):
    """Each argument of what a notebook calls, in turn, with an odd value."""
    yield lambda: Expression(value)
    yield lambda: Function(value)
    yield lambda: Function("x", names=value)
    yield lambda: Function("sum(x)", sizes=value)
    yield lambda: Function("sum(x)", sizes={"x": value})
    for name in ("model", "x", "y", "loss", "weights", "held_out", "penalties"):
        yield lambda name=name: Fit(**({"model": "a*x + b", "x": [1, 2, 3], "y": [1, 2, 4]} | {name: value}))
    yield lambda: Fit("a*x", [value, 1], [1, 2])
    yield lambda: Fit("a*x", [1, 2], [1, 2], penalties={"l2": value})
    yield lambda: descend(TWO, value, steps=1)
    yield lambda: descend(TWO, [value, 0.0], steps=1)
    yield lambda: descend(TWO, {"a": value, "b": 1}, steps=1)
    for name in ("optimizer", "lr", "scheduler", "scheduler_settings", "noise", "noise_kind", "seed", "batch_size"):
        yield lambda name=name: descend(TWO, [0.0, 0.0], **{name: value}, steps=1)
    yield lambda: descend(TWO, [0.0, 0.0], steps=value if not isinstance(value, int) else -1)
    for optimizer, name in (("SGD", "nesterov"), ("Adam", "betas"), ("LBFGS", "max_iter"), ("LBFGS", "line_search_fn")):
        yield lambda optimizer=optimizer, name=name: descend(TWO, [0.0, 0.0], optimizer, steps=1, **{name: value})
    yield lambda: descend(TWO, [0.0, 0.0], "Rprop", steps=1, step_sizes=(value, value))
    yield lambda: descend(TWO, [0.0, 0.0], steps=1, scheduler="MultiStepLR", milestones=(value, value))
    for objective in (TWO, THREE):
        yield lambda objective=objective: objective.loss(value)
        yield lambda objective=objective: objective.gradient(value)
        yield lambda objective=objective: objective.hessian(value)
    yield lambda: loss_surface(TWO, value, ("b", 0, 1, 3))
    for i in range(4):
        yield lambda i=i: loss_surface(TWO, (*("a", 0, 1, 3)[:i], value, *("a", 0, 1, 3)[i + 1 :]), ("b", 0, 1, 3))
    yield lambda: loss_surface(THREE, ("x", 0, 1, 3), ("y", 0, 1, 3), at=value)
    yield lambda: loss_surface(THREE, ("x", 0, 1, 3), ("y", 0, 1, 3), at={"z": value})
    for name in ("start", "lr", "epochs"):
        yield lambda name=name: run_loop(TWO, **({"start": [0.0, 0.0], "epochs": 1} | {name: value}))


@each_case("value", ODD, ids=quote)
def test_an_argument_that_cannot_be_used_is_told_in_a_sentence(value):
    for call in calls(value):
        with suppress(InputError):
            call()


numbers = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.0]),
    st.floats(-5, 5),
    st.builds(lambda sign, power: sign * 10.0**power, st.sampled_from([1, -1]), st.floats(-320, 308)),
)
FUNCTIONS = [
    *("x^2 + y^2", "(1-x)^2 + 100(y-x^2)^2", "x + y", "exp(exp(x)) + y^2", "log(x) + y^2", "|x| + |y|", "1/x + y^2"),
    *("sqrt(x y)", "where(x > 0, x, y)", "x^y", "1e300*x^2 + y", "x^4 y^4", "max(x, y)", "clamp(x, 0, y)", "x % y"),
]
MODELS = ["a*x + b", "a*exp(b*x)", "a*x^b", "a/(b + x)", "a*sin(b*x)", "log(a)*x + b", "sqrt(a + b*x)", "a", "a*b*x"]


@st.composite
def objectives(draw):
    if draw(st.booleans()):
        return Function(draw(st.sampled_from(FUNCTIONS)))
    count = draw(st.integers(1, 5))
    some = st.lists(numbers, min_size=count, max_size=count)
    return Fit(
        draw(st.sampled_from(MODELS)),
        draw(some),
        draw(some),
        draw(st.sampled_from(["mse", "sse", "mae", "huber", "logcosh"])),
        weights=draw(st.none() | some.map(lambda them: [abs(one) for one in them])),
        penalties=draw(
            st.just({}) | st.sampled_from(["l1", "l2"]).flatmap(lambda n: numbers.map(lambda f: {n: abs(f)}))
        ),
        standardise=draw(st.booleans()),
    )


def settings_of(record):
    """Any of a record's settings, each anywhere within its bounds."""

    def component(one, low, high):
        low, high = max(low, -1e308), min(high, 1e308)
        low = math.nextafter(low, math.inf) if one.open_below else low
        high = math.nextafter(high, -math.inf) if one.open_above else high
        return st.integers(int(low), int(high)) if one.is_integer else st.floats(low, high)

    def values(one):
        if one.choices or isinstance(one.default, bool):
            return st.sampled_from(one.choices or (True, False))
        parts = st.tuples(*(component(one, *bounds) for bounds in one.bounds))
        return parts if isinstance(one.default, tuple) else parts.map(lambda them: them[0])

    return st.fixed_dictionaries({}, optional={one.name: values(one) for one in record.hyperparameters})


@given(st.data())
@settings(max_examples=150)
def test_random_runs_end_in_a_sentence_and_can_be_looked_at(data):
    try:
        objective = data.draw(objectives())
        optimizer = data.draw(st.sampled_from([*OPTIMIZERS]))
        scheduler = data.draw(st.none() | st.sampled_from([*SCHEDULERS]))
        own = data.draw(settings_of(OPTIMIZERS[optimizer]))
        start = [data.draw(numbers) for _ in objective.parameters]
        run = descend(
            objective,
            start,
            optimizer,
            lr=abs(data.draw(numbers)),
            steps=15,
            scheduler=scheduler,
            scheduler_settings=data.draw(settings_of(SCHEDULERS[scheduler])) if scheduler else None,
            noise=abs(data.draw(numbers)),
            **own,
        )
    except InputError:
        return
    assert run.outcome.message.endswith(".")
    look_at(objective, start, run, optimizer, own)


def look_at(objective, start, run, optimizer, own):
    """All that is said and drawn of a run."""
    curved = curvature(objective, run.parameters)
    assert len(diagnose(run, curved, objective)) == run.steps + 1
    assert curved.condition.shape == curved.limit.shape == (run.steps + 1,)
    trace_rule(optimizer, own, run)
    rank_runs([run, run], None, 1e-6)
    minimum = find_minimum(objective, start)
    if minimum is not None:
        measure_rate(run, minimum)
    if len(objective.parameters) == 2:
        trace_outlines(curved.hessians, 20)
        frame_run(run, objective.parameters, minimum)
        plane_surface(objective, principal_plane(run.parameters), (-1, 1), (-1, 1), 5)
    if isinstance(objective, Fit):
        theta = run.parameters[-1]
        for look in (r_squared, contributions, standard_errors, data_gradients):
            look(objective, theta)
        if objective.is_standardised:
            unstandardise(objective, run.parameters)
            search_unstandardised(objective, theta)
