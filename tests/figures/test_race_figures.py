import math

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from playground import Function, loss_surface
from playground.analysis.curvature import curvature, trace_ellipses, trace_outlines
from playground.engine.runner import Runner
from playground.engine.standings import pad_to
from playground.figures.colours import gather_colours
from playground.figures.contours import ARROW
from playground.figures.race import (
    COLOURS,
    CURVATURE,
    ELLIPSE_POINTS,
    LEFT,
    SYMBOLS,
    Slice,
    curve_figure,
    gather_curve,
    gather_lines,
    gather_plane,
    gather_solid,
    lines_figure,
    plane_figure,
    solid_figure,
    ways,
)
from playground.labs.descent.problem import Formula
from playground.labs.shared.race.state import MAX_RUNNERS, MAX_VARIABLES, Race

NO_MINIMA = np.zeros((0, 2))
RUNNERS = (
    Runner("SGD", 0.1),
    Runner("Adam", 0.3, start=(-1.0, 2.0)),
    Runner("LBFGS", 0.5),
    Runner("SGD", 0.05, (("momentum", 0.9),)),
    Runner("RMSprop", 0.1),
    Runner("Rprop", 0.1),
)
SADDLE = "x^2 + 3y^2 + x y + cos(2x)"
WAVE = "x^4/4 - x^2/2 + sin(3x)/5"


def runs_of(race):
    return [race.descent(runner).run(race.steps) for runner in race.runners]


class Hill:
    """A race on a function of two variables, with the numbers of its pictures."""

    def __init__(self, text=SADDLE, scale="auto", runners=RUNNERS, steps=12, selected=1, minima=NO_MINIMA):
        self.race = Race(Formula(text), (2.0, 1.5), runners, steps)
        self.runs = runs_of(self.race)
        self.at = self.runs[selected]
        count = max(run.steps for run in self.runs) + 1
        self.paths = [pad_to(run.parameters, count).numpy() for run in self.runs]
        self.losses = [pad_to(run.losses, count).numpy() for run in self.runs]
        self.surface = loss_surface(self.race.objective, ("x", -3, 3, 13), ("y", -2, 2, 9))
        self.hessians = pad_to(curvature(self.race.objective, self.at.parameters).hessians, count)
        self.plane = gather_plane(
            [self.surface],
            ways(
                *zip(*[path.T for path in self.paths], strict=True), [f"{one.optimizer} {one.lr:g}" for one in runners]
            ),
            selected,
            pad_to(self.at.gradients, count).numpy(),
            [(key, pad_to(one, count).numpy()) for key, one in self.at.states.items() if one.ndim == 2],
            trace_ellipses(self.hessians, ELLIPSE_POINTS).numpy(),
            minima,
            scale,
        )
        self.solid = gather_solid(self.plane, self.losses)


class Curve:
    """A race on a function of one variable, with the numbers of its picture."""

    def __init__(self, text=WAVE, minima=NO_MINIMA, steps=12):
        self.race = Race(Formula(text), (1.9,), (Runner(lr=0.1), Runner("Adam", 0.3, start=(-1.5,))), steps)
        self.runs = runs_of(self.race)
        count = max(run.steps for run in self.runs) + 1
        self.x = np.linspace(-2, 2, 101)
        self.y = self.race.objective.loss(torch.tensor(self.x)[:, None]).numpy()
        self.xs = [pad_to(run.parameters[:, 0], count).numpy() for run in self.runs]
        self.losses = [pad_to(run.losses, count).numpy() for run in self.runs]
        slopes = pad_to(self.runs[1].gradients[:, 0], count).numpy()
        runners = ways(self.xs, self.losses, ["one", "two"])
        self.numbers = gather_curve("x", self.x, self.y, runners, slopes, 1, minima)


@pytest.fixture(scope="module")
def hill():
    return Hill()


@pytest.fixture(scope="module")
def curve():
    return Curve(minima=np.array([[-1.2, -0.3], [1.0, 0.1]]))


def lines(*every, scale="linear", **options):
    steps = np.arange(len(every[0]), dtype=float)
    labels = [f"runner {i}" for i in range(len(every))]
    return gather_lines(
        "loss", ways([steps] * len(every), [np.array(one, float) for one in every], labels), scale, **options
    )


def every_figure():
    minima = np.array([[0.0, 0.0], [1.0, 1.0]])
    for scale in ("auto", "log", "linear"):
        hill = Hill(scale=scale, minima=minima)
        yield plane_figure(hill.plane)
        yield plane_figure(hill.plane._replace(curvature=None, minima=NO_MINIMA))
        yield solid_figure(hill.solid)
        yield lines_figure(lines(*hill.losses, scale="log" if scale == "log" else "linear", named=True))
    yield curve_figure(Curve().numbers)
    yield curve_figure(Curve(minima=minima).numbers)
    short = Hill(steps=1)
    yield plane_figure(short.plane)
    yield solid_figure(short.solid)
    for scale in ("auto", "log", "linear"):
        _, plane = sliced(scale)
        yield plane_figure(plane)
        yield solid_figure(gather_solid(plane, [np.full(13, 2.0)]))
    lost = Hill("log(-1 - x^2) + y")
    yield plane_figure(lost.plane)
    yield solid_figure(lost.solid)
    yield lines_figure(lines(*lost.losses, scale="log"))
    yield curve_figure(Curve("log(-1 - x^2)").numbers)
    diverged = Hill("x^4 + y^4", runners=(Runner(lr=0.01), Runner(lr=5.0)), steps=30)
    yield plane_figure(diverged.plane)
    yield solid_figure(diverged.solid)
    yield lines_figure(lines(*diverged.losses))


def test_every_figure_is_one_that_plotly_accepts():
    for figure in every_figure():
        go.Figure(figure.to_dict())  # raises for a name or a value that it doesn't know
        layout = figure.layout.to_plotly_json()
        axes = [axis for name, axis in layout.get("scene", layout).items() if name.endswith("axis")]
        assert [bool(axis["title"]["text"]) for axis in axes] == [True] * (3 if "scene" in layout else 2)
        for axis in axes:
            low, high = axis["range"]
            assert low < high
            assert math.isfinite(high - low)


def test_what_follows_the_cursor_has_a_part_for_each_step():
    for figure in every_figure():
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


def test_each_runner_has_a_colour_and_a_marker_of_its_own(hill):
    most = max(MAX_RUNNERS, MAX_VARIABLES)
    assert len(set(COLOURS)) == len(set(SYMBOLS)) == len(COLOURS) == len(SYMBOLS)
    assert len(COLOURS) >= most
    for figure in (plane_figure(hill.plane), solid_figure(hill.solid), lines_figure(lines(*hill.losses))):
        shown = [trace.marker for trace in figure.data if (trace.meta or {}).get("cursor") == "point"]
        assert [(one.color, one.symbol) for one in shown] == list(zip(COLOURS, SYMBOLS, strict=True))[: len(RUNNERS)]


# ---- On a curve.


def with_meta(figure, **meta):
    return [trace for trace in figure.data if (trace.meta or {}).items() >= meta.items()]


def test_a_staircase_goes_along_at_the_old_height_and_then_down(curve):
    stairs = with_meta(curve_figure(curve.numbers), cursor="path", stride=2)
    assert len(stairs) == 2
    for trace, x, y in zip(stairs, curve.xs, curve.losses, strict=True):
        expected = [(x[0], y[0])]
        for k in range(1, len(x)):
            expected += [(x[k], y[k - 1]), (x[k], y[k])]
        assert list(zip(trace.x, trace.y, strict=True)) == expected


def test_a_tangent_touches_the_selected_runners_point_with_the_functions_slope(curve):
    x = curve.xs[1]
    tangents = curve.numbers.tangents
    rise = tangents[:, 1] - tangents[:, 0]
    np.testing.assert_allclose(rise[:, 1] / rise[:, 0], x**3 - x + 3 * np.cos(3 * x) / 5, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(tangents.mean(1)[:, 0], x, rtol=1e-12)
    np.testing.assert_allclose(tangents.mean(1)[:, 1], x**4 / 4 - x**2 / 2 + np.sin(3 * x) / 5, rtol=1e-9, atol=1e-12)
    assert rise[:, 0] == pytest.approx(np.full(len(x), rise[0, 0]))
    assert 0.1 < rise[0, 0] / 4 < 0.5  # x goes from -2 to 2


def test_the_curve_and_its_minima_are_drawn_where_they_are(curve):
    figure = curve_figure(curve.numbers)
    function, stars = figure.data[0], figure.data[-1]
    np.testing.assert_allclose(
        function.y, function.x**4 / 4 - function.x**2 / 2 + np.sin(3 * function.x) / 5, atol=1e-15
    )
    assert list(zip(stars.x, stars.y, strict=True)) == [(-1.2, -0.3), (1.0, 0.1)]
    assert list(figure.layout.xaxis.range) == [-2, 2]
    low, high = figure.layout.yaxis.range
    assert low < curve.y.min() < curve.y.max() < high
    assert high - low < 1.5 * np.ptp(curve.y)


def test_a_runner_that_leaves_a_curve_does_not_flatten_it():
    low, high = Curve("x^4", steps=30).numbers.y_range
    assert (low < 0, 16 < high < 20) == (True, True)


def test_a_flat_curve_has_an_axis_of_positive_size():
    low, high = Curve("0x + 3").numbers.y_range
    assert low < 3 < high


# ---- From above.


def test_paths_are_those_of_the_runs(hill):
    for way, path, run in zip(hill.plane.ways, hill.paths, hill.runs, strict=True):
        assert way.x.tolist() == path[:, 0].tolist()
        assert way.y[: run.steps + 1].tolist() == run.parameters[:, 1].tolist()


def slope(x, y):
    return np.column_stack([2 * x + y - 2 * np.sin(2 * x), 6 * y + x])


def test_the_gradients_arrows_point_uphill_from_the_selected_runners_points(hill):
    ends = hill.plane.arrows[0].ends
    np.testing.assert_array_equal(ends[:, 0], hill.paths[1])
    expected, along = slope(*hill.paths[1].T), ends[:, 1] - ends[:, 0]
    lengths, sizes = np.hypot(*along.T), np.hypot(*expected.T)
    np.testing.assert_allclose(along / lengths[:, None], expected / sizes[:, None], atol=1e-9)
    np.testing.assert_allclose(lengths, ARROW * 4 * np.sqrt(sizes / sizes[0]), rtol=1e-9)  # y goes from -2 to 2


def test_a_steps_arrow_goes_to_the_next_point_and_the_last_point_has_none(hill):
    ends, path = hill.plane.arrows[1].ends, hill.paths[1]
    np.testing.assert_array_equal(ends[:, 0], path)
    np.testing.assert_array_equal(ends[:-1, 1], path[1:])
    assert np.isnan(ends[-1, 1]).all()


def test_the_arrows_of_what_an_optimizer_keeps_wait_in_the_legend(hill):
    by_name = {arrow.name: arrow for arrow in hill.plane.arrows[2:]}
    assert list(by_name) == ["exp_avg", "exp_avg_sq"]
    shown = {trace.name: trace.visible for trace in with_meta(plane_figure(hill.plane), width=2)}
    assert list(shown.values()) == [True, True, "legendonly", "legendonly"]
    # Adam's first mean is a tenth of the first gradient (Kingma and Ba 2015), and there is none before the first step.
    first = by_name["exp_avg"].ends[1, 1] - hill.paths[1][1]
    gradient = slope(*hill.paths[1][:1].T)[0]
    np.testing.assert_allclose(first / np.hypot(*first), gradient / np.hypot(*gradient), atol=1e-9)
    assert np.isnan(by_name["exp_avg"].ends[0, 1]).all()


@pytest.mark.parametrize("shape", [trace_ellipses, trace_outlines])
def test_a_curvatures_ellipse_is_a_level_curve_of_its_quadratic_around_the_point(hill, shape):
    shapes = shape(hill.hessians, ELLIPSE_POINTS).numpy()
    plane = gather_plane(
        [hill.surface], hill.plane.ways, 1, slope(*hill.paths[1].T), [], shapes, NO_MINIMA, "auto"
    )  # fmt: skip
    checked = 0
    for at, ellipse in zip(hill.paths[1], plane.curvature, strict=True):
        hessian = np.array([[2 - 4 * np.cos(2 * at[0]), 1], [1, 6]])
        if np.linalg.eigvalsh(hessian)[0] <= 0:
            assert shape is trace_outlines or np.isnan(ellipse).all()
            continue
        away = ellipse - at
        heights = np.einsum("ni,ij,nj->n", away, hessian, away)
        np.testing.assert_allclose(heights, heights[0], rtol=1e-9)
        assert np.hypot(*away.T).max() == pytest.approx(CURVATURE * 4, rel=1e-2)
        np.testing.assert_allclose(ellipse[0], ellipse[-1], atol=1e-12)
        checked += 1
    assert 0 < checked < len(hill.paths[1])


@pytest.mark.parametrize(("y", "anchor"), [((-2, 2), "x"), ((-100, 100), False)])
def test_axes_of_like_size_have_one_scale(hill, y, anchor):
    surface = loss_surface(hill.race.objective, ("x", -3, 3, 13), ("y", *y, 9))
    plane = hill.plane._replace(x=surface.x.numpy(), y=surface.y.numpy(), z=surface.z.numpy()[None])
    assert plane_figure(plane).layout.yaxis.scaleanchor == anchor


# ---- Slices.

BOWLS = [("x^2 + y^2 + 1", 0), ("3x^2 + y^2 + 2", 4), ("x^2 + 5y^2 + 9", 9)]


def sliced(scale="linear", bowls=BOWLS):
    surfaces = [loss_surface(Function(text), ("x", -3, 3, 13), ("y", -2, 2, 9)) for text, _ in bowls]
    slices = [Slice(since, f"x since {since}", f"y since {since}") for _, since in bowls]
    still = ways([np.zeros(13)], [np.ones(13)], ["still"])
    plane = gather_plane(surfaces, still, 0, np.zeros((13, 2)), [], None, NO_MINIMA, scale, slices)
    return surfaces, plane


def test_each_slice_is_its_own_surface():
    surfaces, plane = sliced()
    assert plane.z.shape == (3, 9, 13)
    x, y = np.linspace(-3, 3, 13), np.linspace(-2, 2, 9)[:, None]
    for z, expected in zip(plane.z, (x**2 + y**2 + 1, 3 * x**2 + y**2 + 2, x**2 + 5 * y**2 + 9), strict=True):
        np.testing.assert_allclose(z, expected, rtol=1e-6)
    assert [one.since for one in plane.slices] == [0, 4, 9]
    assert len(surfaces) == 3


@pytest.mark.parametrize("scale", ["auto", "linear", "log"])
def test_slices_change_with_the_cursor_and_share_their_colours(scale):
    _, plane = sliced(scale)
    contours = plane_figure(plane).data[0]
    meta = contours.meta["frames"]
    values = np.log10(plane.z) if scale == "log" else plane.z
    assert meta["since"] == [0, 4, 9]
    assert meta["titles"] == [(f"x since {since}", f"y since {since}") for since in (0, 4, 9)]
    np.testing.assert_allclose(np.array(meta["fields"]["z"]), values, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.array(meta["fields"]["customdata"]), plane.z, rtol=1e-6)
    np.testing.assert_allclose(contours.z, values[0], rtol=1e-5, atol=1e-6)
    assert contours.zmin <= np.quantile(values, 0.011)
    assert contours.zmax == pytest.approx(values.max(), rel=1e-6)


def test_slices_in_space_stand_on_one_axis_of_heights():
    _, plane = sliced()
    numbers = gather_solid(plane, [np.full(13, 2.0)])
    surface = solid_figure(numbers).data[0]
    assert numbers.z.shape == (3, 9, 13)
    assert surface.meta["frames"]["since"] == [0, 4, 9]
    np.testing.assert_allclose(np.array(surface.meta["frames"]["fields"]["z"]), plane.z, rtol=1e-6)
    np.testing.assert_allclose(surface.z, plane.z[0], rtol=1e-6)
    low, high = numbers.z_range
    assert low < plane.z.min() < plane.z.max() < high
    assert (surface.cmin, surface.cmax) == (low, high)


@pytest.mark.parametrize("bowls", [BOWLS[:1], []], ids=["one", "none"])
def test_a_surface_that_is_the_same_at_all_steps_has_no_frames(hill, bowls):
    plane = sliced(bowls=bowls)[1] if bowls else hill.plane
    for figure in (plane_figure(plane), solid_figure(gather_solid(plane, [np.full(13, 2.0)] * len(plane.ways)))):
        assert all("frames" not in (trace.meta or {}) for trace in figure.data)


def test_slices_of_which_one_is_nowhere_finite_are_drawn_without_it():
    bowls = [("log(-1 - x^2) + y", 0), ("x^2 + y^2 + 1", 5)]
    _, plane = sliced("log", bowls)
    figure = plane_figure(plane)
    assert not figure.layout.annotations
    assert np.isnan(np.array(figure.data[0].meta["frames"]["fields"]["z"][0])).all()
    go.Figure(figure.to_dict())
    go.Figure(solid_figure(gather_solid(plane, [np.full(13, 2.0)])).to_dict())


# ---- Colours and heights.


BASES = {"x^2 + y^2 + 1": 0.0, "x^2 + y^2": 0.0, "x^2 + y^2 - 5": -5.0, "exp(6x) + y^2/1e9": 0.0}


@pytest.mark.parametrize("scale", ["auto", "log", "linear"])
@pytest.mark.parametrize("text", BASES)
def test_a_loss_of_the_surface_is_as_high_as_the_surface_there(text, scale):
    surface = loss_surface(Function(text), ("x", -3, 3, 13), ("y", -3, 3, 13))
    still = ways([np.zeros(13)], [np.zeros(13)], ["still"])
    solid = gather_solid(
        gather_plane([surface], still, 0, np.zeros((13, 2)), [], None, NO_MINIMA, scale), list(surface.z.numpy())
    )
    np.testing.assert_allclose(np.array(solid.heights), solid.z[0], rtol=1e-5, atol=1e-5)
    (low, high), z = solid.z_range, surface.z.numpy()
    expected = z
    if scale == "log" or (scale == "auto" and solid.colours.ticks is not None):
        with np.errstate(divide="ignore"):
            expected = np.log10(z - BASES[text])
    assert (solid.colours.ticks is None) == (expected is z)
    floor = low if solid.colours.low is None else solid.colours.low
    shown = expected > floor  # a few lowest ones lie on the floor
    assert np.mean(shown) > 0.95
    np.testing.assert_allclose(solid.z[0][shown], expected[shown], rtol=1e-5, atol=1e-5)
    assert low < np.quantile(solid.z, 0.01) < solid.z.max() < high


def test_a_negative_minimum_is_taken_off_before_the_logarithm():
    losses = np.array([[-2.0, -1.0, 8.0], [98.0, math.nan, math.inf]])
    colours = gather_colours(losses, "log")
    np.testing.assert_allclose(colours.values, [[-10, 0, 1], [2, math.nan, math.nan]], atol=1e-9)
    np.testing.assert_array_equal(colours.of(losses), colours.values)
    np.testing.assert_allclose(colours.of(np.array([-1.9, 998.0, -math.inf])), [-1, 3, math.nan], atol=1e-9)
    assert (colours.base, colours.title) == (-2, "loss − (-2)")


@pytest.mark.parametrize("least", [1e-6, 0.0, -3.0])
def test_a_loss_below_the_surfaces_stands_at_its_bottom(least):
    colours = gather_colours(np.array([least, 1.0, 1e6]), "log")
    below = colours.of(np.array([least, least - 1e-9, least - 1e9, -1e300]))
    assert below.tolist() == [colours.values[0]] * 4


def test_a_runner_at_a_minimum_of_zero_is_still_drawn():
    hill = Hill("(x^2 + y^2)^2", "log", runners=(Runner(lr=0.1, start=(0.0, 0.0)),), selected=0)
    surface = loss_surface(hill.race.objective, ("x", -3, 3, 12), ("y", -2, 2, 8))  # no point at (0, 0)
    plane = gather_plane([surface], hill.plane.ways, 0, np.zeros((13, 2)), [], None, NO_MINIMA, "log")
    solid = gather_solid(plane, hill.losses)
    assert hill.losses[0].tolist() == [0] * 13
    np.testing.assert_allclose(solid.heights[0], solid.z.min(), rtol=1e-6)


@pytest.mark.parametrize("text", ["x^2 + y^2", "x^2 + y^2 - 5"])
def test_nothing_lies_below_the_upright_axis_where_it_would_not_be_drawn(text):
    runner = Runner(lr=0.5, start=(3.0, 1.0))  # half the inverse curvature: one step leads to the minimum
    solid = Hill(text, "log", (runner,), selected=0).solid
    low, high = solid.z_range
    for z in (solid.z, *solid.heights):
        assert low <= z.min() <= z.max() <= high


def test_twelve_orders_of_magnitude_have_a_tick_every_few():
    losses = 10 ** np.linspace(-6, 6, 1001)
    for colours in (gather_colours(losses), gather_colours(losses, "log")):
        np.testing.assert_allclose(colours.values, np.linspace(-6, 6, 1001), atol=1e-12)
        ticks = colours.ticks.tolist()
        assert ticks == [*range(int(ticks[0]), 7, 2)]
        assert -6 <= ticks[0] <= -4
        assert [float(label) for label in colours.labels] == [10.0**tick for tick in ticks]


@pytest.mark.parametrize("losses", [[2.0, 3.0], [0.02, 0.9], [1.0, 1.5], [11.0, 99.0]], ids=str)
def test_a_logarithm_over_less_than_two_decades_has_ticks_as_well(losses):
    colours = gather_colours(np.array(losses), "log")
    assert len(colours.ticks) >= 2
    assert np.log10(losses[0]) - 1e-9 <= colours.ticks.min() < colours.ticks.max() <= np.log10(losses[1]) + 1e-9
    np.testing.assert_allclose([float(label) for label in colours.labels], 10**colours.ticks, rtol=1e-3)


def test_linear_colours_leave_losses_as_they_are():
    colours = gather_colours(np.array([1.0, 1e9]), "linear")
    np.testing.assert_array_equal(colours.of(np.array([-5.0, math.inf, 1e12])), [-5, math.nan, 1e12])
    assert (colours.ticks, colours.title) == (None, "loss")


def test_paths_in_space_lie_a_little_above_the_surface(hill):
    figure = solid_figure(hill.solid)
    paths, markers = (with_meta(figure, cursor=cursor) for cursor in ("path", "point"))
    height = np.ptp(hill.plane.colours.values)
    for lifted, most in ((paths, 0.05), (markers, 0.15)):
        for trace, path, losses in zip(lifted, hill.paths, hill.losses, strict=True):
            np.testing.assert_array_equal(np.column_stack([trace.x, trace.y]), path)
            lift = trace.z - losses
            np.testing.assert_allclose(lift, lift[0], atol=1e-4)
            assert 0 < lift[0] < most * height


@pytest.mark.parametrize("lost", [True, False])
def test_where_no_loss_is_finite_no_surface_is_drawn_and_it_is_said(lost):
    hill = Hill("log(-1 - x^2) + y" if lost else SADDLE, steps=2)
    said = ["Nothing has a finite value here"] if lost else []
    for figure in (plane_figure(hill.plane), solid_figure(hill.solid)):
        assert [note.text for note in figure.layout.annotations] == said
    assert solid_figure(hill.solid).data[0].visible == (not lost)
    figure = curve_figure(Curve("log(-1 - x^2)" if lost else WAVE).numbers)
    assert [note.text for note in figure.layout.annotations] == said


# ---- Against the step.


def test_lines_are_drawn_whole_and_up_to_the_cursor_and_at_it():
    figure = lines_figure(lines([3.0, 2, 1], [5.0, 4, 4.5]))
    for cursor in ("all", "path", "point"):
        traces = with_meta(figure, cursor=cursor)
        assert [trace.y.tolist() for trace in traces] == [[3, 2, 1], [5, 4, 4.5]]
        assert [trace.x.tolist() for trace in traces] == [[0, 1, 2]] * 2
    low, high = figure.layout.xaxis.range
    assert low < 0 < 2 < high


@pytest.mark.parametrize("named", [True, False])
def test_the_legend_names_each_line_once_or_not_at_all(named):
    figure = lines_figure(lines([3.0, 2], [5.0, 4], named=named))
    assert [trace.name for trace in figure.data if trace.showlegend] == (["runner 0", "runner 1"] if named else [])


def test_a_linear_axis_holds_all_lines():
    low, high = lines([3.0, 2, -1], [5.0, 4, 4.5]).y_range
    assert low < -1 < 5 < high
    assert high - low < 9


def test_a_logarithmic_axis_is_in_powers_of_ten():
    numbers = lines([1e6, 1.0, 1e-6], [5.0, 2.0, 1.0], [math.nan, math.inf, 1.0], scale="log")
    assert numbers.scale == "log"
    assert numbers.y_range[0] < -6 < 6 < numbers.y_range[1]
    assert np.ptp(numbers.y_range) < 16
    assert lines_figure(numbers).layout.yaxis.type == "log"


@pytest.mark.parametrize("every", [[[-1.0, -2.0]], [[0.0, 0.0]], [[math.nan, math.nan], [-3.0, math.inf]]], ids=str)
def test_without_a_positive_value_the_axis_is_linear(every):
    numbers = lines(*every, scale="log")
    assert numbers.scale == "linear"
    assert numbers.y_range[0] < numbers.y_range[1]
    finite = np.array(every)[np.isfinite(every)]
    assert numbers.y_range[0] <= finite.min() <= finite.max() <= numbers.y_range[1]


def test_where_no_value_is_finite_the_axis_has_a_size():
    low, high = lines([math.nan, math.nan]).y_range
    assert low < high


DIVERGING, CONVERGING = 5 * 9.0 ** np.arange(301), 5 * 0.9 ** np.arange(301)


def test_a_runner_that_diverges_does_not_flatten_the_others():
    for every in ([DIVERGING, CONVERGING], [CONVERGING, -DIVERGING]):
        low, high = lines(*every).y_range
        assert low <= 0 < 5 < high
        assert high - low < 3 * LEFT["linear"] * 5


def test_a_runner_that_diverges_does_not_flatten_the_others_on_a_logarithmic_axis_either():
    numbers = lines(DIVERGING, CONVERGING, scale="log")
    decades = np.log10(CONVERGING[0] / CONVERGING[-1])
    assert np.ptp(numbers.y_range) < 2 * decades


@pytest.mark.parametrize(
    "every",
    [
        [np.linspace(0, 3, 30)],
        [1 - 0.9 ** np.arange(60)],
        [1e-3 * 1.2 ** np.arange(38)],
        [np.linspace(0.004, 0.1, 30), np.linspace(0.004, 0.05, 30)],
        [np.linspace(0.01, 0.001, 30), np.linspace(-5, -1, 30)],
    ],
    ids=["from 0", "saturating", "slowly off a saddle", "a rate that warms up", "a negative start"],
)
def test_lines_that_stay_finite_and_small_are_all_held(every):
    low, high = lines(*every).y_range
    assert low <= min(one.min() for one in every)
    assert max(one.max() for one in every) <= high
