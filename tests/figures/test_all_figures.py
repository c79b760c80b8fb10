"""What holds for every picture: Plotly knows it, it follows the cursor, and its axes are finite."""

import math

import numpy as np
import pytest
import torch

from playground import Fit, descend
from playground.engine.runner import Runner
from playground.figures import (
    boundary_figure,
    contour_figure,
    curve_figure,
    data_figure,
    gather_boundary,
    gather_contributions,
    gather_data,
    gather_residuals,
    gather_surface,
    histogram_figure,
    lines_figure,
    network_figure,
    stems_figure,
    surface_figure,
    traces,
)
from playground.figures.palette import PARTS, RUNNERS, SYMBOLS
from playground.labs.shared.race.state import MAX_RUNNERS, MAX_VARIABLES
from tests.figures.shared import (
    NO_MINIMA,
    POINTS,
    START,
    Curve,
    Hill,
    X,
    Y,
    classified,
    drawn_network,
    lines,
    metas,
    sliced,
    spread,
)


def fit_figures(fit, run):
    yield data_figure(gather_data(fit, [run.parameters]))
    yield stems_figure(gather_residuals(fit, run.parameters))
    yield stems_figure(gather_contributions(fit, run.parameters, fit.parameters))
    for scale in ("linear", "log"):
        yield lines_figure(lines(run.losses.numpy(), scale=scale))


def race_figures():
    minima = np.array([[0.0, 0.0], [1.0, 1.0]])
    for scale in ("auto", "log", "linear"):
        hill = Hill(scale=scale, minima=minima)
        yield contour_figure(hill.contours)
        yield contour_figure(hill.contours._replace(ellipses=None, minima=NO_MINIMA))
        yield surface_figure(hill.surface_numbers)
        yield lines_figure(lines(*hill.losses, scale="log" if scale == "log" else "linear", is_named=True))
    yield curve_figure(Curve().numbers)
    yield curve_figure(Curve(minima=minima).numbers)
    short = Hill(steps=1)
    yield contour_figure(short.contours)
    yield surface_figure(short.surface_numbers)
    for scale in ("auto", "log", "linear"):
        _, plane = sliced(scale)
        yield contour_figure(plane)
        yield surface_figure(gather_surface(plane, [np.full(13, 2.0)]))
    lost = Hill("log(-1 - x^2) + y")
    yield contour_figure(lost.contours)
    yield surface_figure(lost.surface_numbers)
    yield lines_figure(lines(*lost.losses, scale="log"))
    yield curve_figure(Curve("log(-1 - x^2)").numbers)
    diverged = Hill("x^4 + y^4", runners=(Runner(lr=0.01), Runner(lr=5.0)), steps=30)
    yield contour_figure(diverged.contours)
    yield surface_figure(diverged.surface_numbers)
    yield lines_figure(lines(*diverged.losses))


def network_figures():
    yield boundary_figure(classified())
    yield boundary_figure(classified(points=np.zeros((0, 2)), classes=np.zeros(0, int), held_out=None))
    probabilities = np.random.default_rng(0).dirichlet(np.ones(4), size=(1, 5, 5))
    yield boundary_figure(gather_boundary(probabilities, [0], (0.0, 1.0), (0.0, 1.0), POINTS, np.array([0, 3, 1])))
    yield network_figure(drawn_network())
    yield network_figure(drawn_network(edges=np.full((3, 15), np.nan), chosen=3))
    yield histogram_figure(spread([np.zeros((2, 3)), np.ones((2, 5))]))


def axes_of(figure):
    layout = figure.layout.to_plotly_json()
    return [axis for name, axis in layout.get("scene", layout).items() if name.endswith("axis")]


def test_plotly_knows_all_that_is_in_the_pictures_and_their_axes_are_named_and_finite(tutorial, run):
    assert traces.VALIDATE  # Plotly raises for a name or a value that it doesn't know
    for figure in [*race_figures(), *fit_figures(tutorial, run), *network_figures()]:
        axes = axes_of(figure)
        assert [bool(axis["title"]["text"]) for axis in axes] == [True] * (3 if figure.data[0].type == "surface" else 2)
        for axis in axes:
            low, high = axis["range"]
            assert low < high
            assert math.isfinite(high - low)


def test_what_plotly_does_not_know_is_refused_in_the_tests():
    with pytest.raises(ValueError, match="nonsense"):
        traces.make_figure([{"type": "scatter", "nonsense": 1}], {})


@pytest.mark.parametrize("bounds", [(-math.inf, 1.0), (0.0, math.nan)])
def test_a_range_that_no_browser_reads_is_left_out(bounds):
    figure = traces.make_figure([], {"xaxis": {"range": bounds}, "scene": {"zaxis": {"range": bounds}}})
    assert (figure.layout.xaxis.range, figure.layout.scene.zaxis.range) == (None, None)


def test_what_follows_the_cursor_has_a_part_for_each_step():
    for figure in race_figures():
        points = {len(trace.x) for trace in figure.data if (trace.meta or {}).get("cursor") == "point"}
        assert len(points) == 1
        steps = points.pop() - 1
        for trace in figure.data:
            meta = trace.meta or {}
            sizes = {len(trace.x), len(trace.y), *([len(trace.z)] if trace.type == "scatter3d" else [])}
            if meta.get("cursor") in ("all", "path"):
                assert sizes == {meta.get("stride", 1) * steps + 1}
            elif meta.get("cursor") == "rows":
                assert sizes == {meta["width"] * (steps + 1)}


@pytest.mark.parametrize("model", ["a*x + b", "a*exp(b*x)"])
@pytest.mark.parametrize("steps", [0, 1, 17])
def test_what_follows_the_cursor_is_as_long_as_the_run(model, steps):
    fit = Fit(model, X, Y)
    for figure in fit_figures(fit, descend(fit, [1.0, 0.5], lr=1e-3, steps=steps)):
        for trace, cursor in zip(figure.data, metas(figure), strict=True):
            if cursor is None:
                continue
            width = trace.meta["width"] if cursor == "rows" else 1
            assert len(trace.y) == (steps + 1) * width
            assert len(trace.x) in ({width, (steps + 1) * width} if cursor == "rows" else {steps + 1})


def test_each_runner_has_a_colour_and_a_marker_of_its_own_and_the_selected_one_lies_on_top(hill):
    assert len(set(RUNNERS)) == len(RUNNERS) >= MAX_RUNNERS
    assert len(set(PARTS)) == len(PARTS) >= MAX_VARIABLES
    assert len(set(SYMBOLS)) == len(SYMBOLS) >= len(PARTS)
    looks = list(zip(RUNNERS, SYMBOLS, strict=False))[: len(hill.runs)]
    looks.append(looks.pop(hill.selected))
    for figure in (contour_figure(hill.contours), surface_figure(hill.surface_numbers)):
        shown = [trace.marker for trace in figure.data if (trace.meta or {}).get("cursor") == "point"]
        assert [(one.color, one.symbol) for one in shown] == looks


def test_pictures_of_several_runners_have_them_all_in_the_legend(hill, curve, tutorial):
    paths = [descend(tutorial, START, lr=lr, steps=5).parameters for lr in (0.01, 0.02)]
    many = [
        (contour_figure(hill.contours), len(hill.runs)),
        (surface_figure(hill.surface_numbers), len(hill.runs)),
        (curve_figure(curve.numbers), 2),
        (lines_figure(lines([3, 2], [4, 5])), 2),
        (data_figure(gather_data(tutorial, paths, 1, names=["one", "two"])), 2),
    ]
    for figure, count in many:
        runners = [(trace.meta or {}).get("runner") for trace in figure.data]
        assert sorted(one["slot"] for one in runners if one) == list(range(count))
        assert all(one["name"] for one in runners if one)
        assert {one["slot"]: one["symbol"] for one in runners if one} == dict(enumerate(SYMBOLS[:count]))


@pytest.mark.parametrize(
    ("model", "start", "lr", "outcome"),
    [
        ("a*x + b", START, 1e300, "DIVERGED"),
        ("a*x + b", START, 1.0, "DIVERGED"),
        ("a*exp(b*x)", (1.0, 1.0), 1e300, "DIVERGED"),
        ("log(a)*x + b", (0.5, -0.5), 1e-2, "FINISHED"),
        ("log(a)*x + b", (0.1, 9.0), 1.0, "OUT_OF_DOMAIN"),
        ("log(a)*x + b", (-1.0, 0.5), 1e-2, "OUT_OF_DOMAIN"),
        ("a*x + b/0", START, 1e-2, "OUT_OF_DOMAIN"),
    ],
)
def test_a_run_that_leaves_the_numbers_is_drawn_as_far_as_they_go(model, start, lr, outcome):
    fit = Fit(model, X, Y)
    run = descend(fit, start, lr=lr, steps=400)
    assert run.outcome.name == outcome
    for figure in fit_figures(fit, run):
        figure.to_json()
        for axis in axes_of(figure):
            low, high = axis.get("range") or (0, 1)
            assert -math.inf < low < high < math.inf


def test_pictures_do_not_change_the_run(tutorial, run):
    before = run.parameters.clone(), run.losses.clone(), run.gradients.clone()
    list(fit_figures(tutorial, run))
    for kept, now in zip(before, (run.parameters, run.losses, run.gradients), strict=True):
        assert torch.equal(kept, now)
