import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from playground import Fit, Function, InputError, descend, loss_surface
from playground.analysis import landscape
from playground.analysis.frames import MAX_ASPECT_RATIO, frame_points, frame_run
from playground.analysis.landscape import Plane, axis_plane, plane_surface, principal_plane
from playground.analysis.minima import find_quadratic_minimum

X = np.array([0.5, 0.9, 1.4, 1.8])
Y = np.array([2.0, 3.8, 5.0, 7.2])
DESIGN = np.stack([X, np.ones(4)], axis=1)
AXES = ("a", "b")
START = (-0.486989, -0.563709)
MINIMUM = torch.tensor(np.linalg.lstsq(DESIGN, Y)[0])


@pytest.fixture
def surface(tutorial):
    return loss_surface(tutorial, x=("a", -2, 6, 5), y=("b", -4, 4, 3))


def test_a_surface_has_a_column_for_each_x_and_a_row_for_each_y(surface):
    assert surface.names == ("a", "b")
    assert surface.x.tolist() == [-2, 0, 2, 4, 6]
    assert surface.y.tolist() == [-4, 0, 4]
    assert surface.z.shape == (3, 5)
    assert {surface.x.dtype, surface.y.dtype, surface.z.dtype} == {torch.float64}


def test_each_value_of_a_surface_is_the_loss_at_its_row_and_column(surface):
    expected = [[np.mean((a * X + b - Y) ** 2) for a in surface.x.tolist()] for b in surface.y.tolist()]
    np.testing.assert_allclose(surface.z, expected, rtol=1e-13)


def test_exchanged_axes_transpose_the_surface(tutorial, surface):
    exchanged = loss_surface(tutorial, x=("b", -4, 4, 3), y=("a", -2, 6, 5))
    np.testing.assert_allclose(exchanged.z, surface.z.T, rtol=1e-14)


@pytest.mark.parametrize("at", [{"b": 7.0}, {"a": 0.0, "b": 7.0, "c": 0.0}, [0.0, 7.0, 0.0], torch.tensor([0.0, 7, 0])])
def test_the_other_parameters_are_held_where_at_says(at):
    surface = loss_surface(Function("a + 10*b + 100*c"), x=("c", 0, 1, 2), y=("a", 0, 1, 2), at=at)
    assert surface.z.tolist() == [[70, 170], [71, 171]]


def test_at_does_not_matter_along_the_axes(tutorial, surface):
    held = loss_surface(tutorial, x=("a", -2, 6, 5), y=("b", -4, 4, 3), at=[50, 60])
    assert torch.equal(held.z, surface.z)


@pytest.mark.parametrize("chunk", [1, 64, 1000])
@pytest.mark.parametrize(
    "objective", [Function("sin(a)*b + a**2"), Fit("a*x + b", x=X, y=Y, loss="huber")], ids=["function", "fit"]
)
def test_a_surface_made_in_chunks_is_the_same(monkeypatch, objective, chunk):
    def z_of_the_surface():
        return loss_surface(objective, x=("a", -2, 6, 23), y=("b", -4, 4, 17)).z

    whole = z_of_the_surface()
    monkeypatch.setattr(landscape, "CHUNK", chunk)
    np.testing.assert_allclose(z_of_the_surface(), whole, rtol=1e-14)


def test_chunks_bound_how_many_evaluations_run_at_once(monkeypatch, tutorial):
    sizes = []
    predict_at = tutorial.predict_from_columns

    def watched(columns, x=None):
        prediction = predict_at(columns, x)
        sizes.append(prediction.numel())
        return prediction

    monkeypatch.setattr(tutorial, "predict_from_columns", watched)
    monkeypatch.setattr(landscape, "CHUNK", 400)
    loss_surface(tutorial, x=("a", -2, 6, 20), y=("b", -4, 4, 30))
    assert max(sizes) <= 400
    assert sum(sizes) == 4 * 20 * 30


MANY = np.linspace(-1, 3, 50_000)


def many_points(model="a*x + b", loss="mse"):
    return Fit(model, MANY, 2 * MANY + np.sin(40 * MANY), loss)


def test_a_surface_of_many_points_is_the_plain_evaluation_and_tells_how_far_it_is():
    told = []
    surface = loss_surface(many_points(), ("a", -2, 6, 11), ("b", -3, 3, 7), progress=told.append)
    expected = [
        [np.mean((a * MANY + b - 2 * MANY - np.sin(40 * MANY)) ** 2) for a in np.linspace(-2, 6, 11)]
        for b in np.linspace(-3, 3, 7)
    ]
    np.testing.assert_allclose(surface.z, expected, rtol=1e-12)
    assert len(told) > 1
    assert told == sorted(set(told))
    assert told[0] > 0
    assert told[-1] == 1.0


def test_a_surface_of_more_points_than_are_evaluated_at_once_is_made_one_loss_at_a_time(monkeypatch):
    monkeypatch.setattr(landscape, "CHUNK", 999)
    fit, told, shapes = many_points(loss="huber"), [], []
    loss_at = fit.loss_from_columns
    monkeypatch.setattr(
        fit, "loss_from_columns", lambda columns: shapes.append(loss_at(columns).numel()) or loss_at(columns)
    )
    surface = loss_surface(fit, ("a", -2, 6, 5), ("b", -3, 3, 4), progress=told.append)
    error = np.abs([[a * MANY + b - 2 * MANY - np.sin(40 * MANY) for a in range(-2, 7, 2)] for b in range(-3, 4, 2)])
    expected = np.where(error <= 1, error**2 / 2, error - 0.5).mean(-1)
    np.testing.assert_allclose(surface.z, expected, rtol=1e-12)
    assert shapes == [1] * 20
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_a_plane_through_more_points_than_are_evaluated_at_once_is_the_same(monkeypatch):
    fit = many_points("a*x**2 + b*x + c")
    plane = Plane(("u", "v"), torch.tensor([0.0, 1.0, 2.0]).double(), torch.eye(3).double()[[0, 2]])
    told = []
    whole = plane_surface(fit, plane, (-1, 1), (-2, 2), 6, told.append)
    assert told[-1] == 1.0
    monkeypatch.setattr(landscape, "CHUNK", 1_000)
    np.testing.assert_allclose(plane_surface(fit, plane, (-1, 1), (-2, 2), 6).z, whole.z, rtol=1e-13)
    u, v = np.linspace(-1, 1, 6), np.linspace(-2, 2, 6)
    expected = [[np.mean((p * MANY**2 + MANY + 2 + q - 2 * MANY - np.sin(40 * MANY)) ** 2) for p in u] for q in v]
    np.testing.assert_allclose(whole.z, expected, rtol=1e-12)


def test_a_small_surface_tells_once_that_it_is_done(tutorial):
    told = []
    loss_surface(tutorial, ("a", -2, 6, 5), ("b", -3, 3, 4), progress=told.append)
    assert told == [1.0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x**2 + 0*y", [[1, 0, 1]] * 2),
        ("y + 0*x", [[0] * 3, [5] * 3]),
        ("relu(-1 - x**2) + relu(-1 - y**2)", [[0] * 3] * 2),
    ],
)
def test_a_surface_constant_along_an_axis_has_all_its_rows_and_columns(text, expected):
    surface = loss_surface(Function(text, names=["x", "y"]), x=("x", -1, 1, 3), y=("y", 0, 5, 2))
    assert surface.z.tolist() == expected


def test_a_surface_keeps_what_is_not_finite():
    z = loss_surface(Function("log(x) + y"), x=("x", -1, 1, 3), y=("y", 0, 1, 2)).z
    np.testing.assert_array_equal(z, [[np.nan, -np.inf, 0], [np.nan, -np.inf, 1]])


def test_a_surface_keeps_no_graph():
    at = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert not loss_surface(Function("a*b*c"), x=("a", 0, 1, 2), y=("b", 0, 1, 2), at=at).z.requires_grad


def test_the_components_of_a_vector_can_be_axes():
    surface = loss_surface(
        Function("sum(x**2)", sizes={"x": 3}), x=("x1", 0, 2, 3), y=("x3", 0, 10, 2), at={"x2": 100.0}
    )
    assert surface.z.tolist() == [[10000, 10001, 10004], [10100, 10101, 10104]]


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"x": ("c", 0, 1, 3)}, "'c' is no parameter: the parameters are a, b"),
        ({"y": ("x", 0, 1, 3)}, "'x' is no parameter"),
        ({"y": ("a", 0, 1, 3)}, "'a' twice"),
        ({"x": ("a", 1, 1, 3)}, "axis of a"),
        ({"x": ("a", 2, 1, 3)}, "axis of a"),
        ({"y": ("b", 0, 1, 1)}, "axis of b"),
        ({"y": ("b", 0, 1, 0)}, "axis of b"),
        ({"y": ("b", math.nan, 1, 3)}, "axis of b"),
        ({"y": ("b", 0, math.inf, 3)}, "axis of b"),
    ],
    ids=str,
)
def test_an_axis_that_cannot_be_used_is_refused_by_its_name(tutorial, options, part):
    with pytest.raises(InputError, match=part):
        loss_surface(tutorial, **({"x": ("a", 0, 1, 3), "y": ("b", 0, 1, 3)} | options))


@pytest.mark.parametrize(
    ("at", "part"),
    [
        (None, "where to hold c, d"),
        ({"c": 1.0}, "where to hold d"),
        ([1.0, 2.0, 3.0], "3"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "5"),
    ],
    ids=str,
)
def test_a_parameter_that_nothing_holds_is_refused(at, part):
    with pytest.raises(InputError, match=part):
        loss_surface(Function("a + b + c + d"), x=("a", 0, 1, 2), y=("b", 0, 1, 2), at=at)


@pytest.mark.parametrize("loss", ["mse", "sse"])
@pytest.mark.parametrize("at", [[0.0, 0.0], [300.0, -500.0], {"b": 1.0, "a": 2.0}])
def test_the_minimum_of_the_tutorial_is_that_of_least_squares(loss, at):
    minimum = find_quadratic_minimum(Fit("a*x + b", x=X, y=Y, loss=loss), at)
    np.testing.assert_allclose(minimum, [3.79381443, 0.13711340], atol=5e-9)
    np.testing.assert_allclose(minimum, np.linalg.lstsq(DESIGN, Y)[0], rtol=1e-11)


@pytest.mark.parametrize(
    ("objective", "at"),
    [
        (Function("(1-x)**2 + 100*(y-x**2)**2"), [-1.2, 1.0]),
        (Function("(1-x)**2 + 100*(y-x**2)**2"), [0.0, 0.0]),
        (Function("(x + y - 2)**2"), [0.3, 0.1]),
        (Function("x**2 - y**2"), [1.0, 1.0]),
        (Function("-x**2 - y**2"), [1.0, 1.0]),
        (Function("x - 2y"), [1.0, 1.0]),
        (Function("log(x)"), [0.0]),
        (Function("3"), []),
        (Fit("a*x + b", x=[2.0], y=[3.0]), [0.1, 0.7]),
        (Fit("a*x + b", x=[2.0, 2.0, 2.0], y=[3.0, 1.0, 4.0]), [0.1, 0.7]),
        (Fit("a*x + b + c", x=X, y=Y), [0.1, 0.7, 0.2]),
    ],
    ids=str,
)
def test_a_loss_that_is_no_bowl_has_no_quadratic_minimum(objective, at):
    assert find_quadratic_minimum(objective, at) is None


def test_a_critical_point_of_another_function_is_no_quadratics_minimum():
    assert find_quadratic_minimum(Function("cosh(x) + y**2"), [0.0, 0.0]) is None
    assert find_quadratic_minimum(Function("x**2 + y**2"), [0.0, 0.0]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("start", [[-0.5, -0.5], [-7.0, 3.0]])
def test_the_frame_of_a_start_without_a_loss_shows_where_there_is_one(start):
    fit = Fit("ln(a*x) + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
    bounds = frame_run(descend(fit, start, steps=5), ("a", "b"))
    assert all(low < value < high and low < -value < high for value, (low, high) in zip(start, bounds, strict=True))
    surface = loss_surface(fit, ("a", *bounds[0], 21), ("b", *bounds[1], 21))
    assert 0.3 < surface.z.isfinite().double().mean() < 0.7


CLOUDS = {
    "two parameters": np.random.default_rng(1).normal(size=(30, 2)),
    "three": np.random.default_rng(2).normal(size=(40, 3)) * [5, 1, 0.1] + [100, -7, 0],
    "eight": np.random.default_rng(3).normal(size=(60, 8)) @ np.random.default_rng(4).normal(size=(8, 8)),
    "fewer points than parameters": np.random.default_rng(5).normal(size=(2, 5)),
    "on one line": np.linspace(-1, 3, 9)[:, None] * [1, 2, -2] + [0, 1, 5],
    "along an axis": np.linspace(-1, 3, 9)[:, None] * [0, 1, 0],
    "one point": np.array([[1.0, 2.0, 3.0]]),
    "one point many times": np.full((7, 4), 0.1),
    "small": np.random.default_rng(6).normal(size=(20, 3)) * 1e-9,
    "large": np.random.default_rng(7).normal(size=(20, 3)) * 1e150,
}


@pytest.fixture(params=CLOUDS.values(), ids=CLOUDS)
def cloud(request):
    return request.param


def test_the_directions_of_a_principal_plane_are_orthonormal_and_point_up_their_longest_axis(cloud):
    plane = principal_plane(torch.tensor(cloud))
    assert plane.directions.shape == (2, cloud.shape[1])
    np.testing.assert_allclose(plane.directions @ plane.directions.mT, np.eye(2), atol=1e-14)
    assert all(row[np.abs(row).argmax()] > 0 for row in plane.directions.numpy())
    np.testing.assert_allclose(plane.origin, cloud.mean(0), rtol=1e-12, atol=1e-14 * np.abs(cloud).max())


@pytest.mark.parametrize("name", ["two parameters", "three", "eight", "small"])
def test_the_principal_directions_are_the_first_eigenvectors_of_the_covariance(name):
    cloud = CLOUDS[name]
    plane = principal_plane(torch.tensor(cloud))
    eigenvectors = np.linalg.eigh(np.cov(cloud.T))[1].T[::-1][:2]
    np.testing.assert_allclose(np.abs(np.sum(plane.directions.numpy() * eigenvectors, axis=1)), 1, atol=1e-10)


def test_no_plane_lies_nearer_to_the_points_than_the_principal_one(cloud):
    plane = principal_plane(torch.tensor(cloud))
    size = np.abs(cloud).max()
    squares = float((plane.distances(torch.tensor(cloud)) / size).square().sum())
    # Eckart and Young 1936: what is left of the centred points is in the singular values from the third on.
    left = np.linalg.svd((cloud - cloud.mean(0)) / size, compute_uv=False)[2:]
    assert squares == pytest.approx(np.sum(left**2), rel=1e-9, abs=1e-24)


def test_the_distances_from_a_plane_are_the_residuals_of_least_squares(cloud):
    points = cloud + 0.5 * np.abs(cloud).max()  # not those that the plane was laid through
    plane = principal_plane(torch.tensor(cloud))
    origin, directions = plane.origin.numpy(), plane.directions.numpy()
    feet = [np.linalg.lstsq(directions.T, point - origin)[0] for point in points]
    away = [np.linalg.norm(point - origin - directions.T @ foot) for point, foot in zip(points, feet, strict=True)]
    size = np.abs(points).max()
    np.testing.assert_allclose(plane.coordinates(torch.tensor(points)) / size, np.array(feet) / size, atol=1e-12)
    np.testing.assert_allclose(plane.distances(torch.tensor(points)) / size, np.array(away) / size, atol=1e-12)


def test_a_point_of_a_plane_has_the_coordinates_it_was_made_from(cloud):
    plane = principal_plane(torch.tensor(cloud))
    coordinates = torch.tensor(np.random.default_rng(8).normal(size=(4, 5, 2)) * np.ptp(cloud))
    points = plane.points(coordinates)
    size = np.abs(cloud).max()
    assert points.shape == (4, 5, cloud.shape[1])
    np.testing.assert_allclose(plane.coordinates(points), coordinates, atol=1e-13 * size)
    np.testing.assert_allclose(plane.distances(points), np.zeros((4, 5)), atol=1e-13 * size)


def test_points_that_are_not_finite_are_left_out_of_the_plane():
    cloud = torch.tensor(CLOUDS["three"])
    lost = torch.tensor([[math.nan, 0.0, 0.0], [1.0, math.inf, 2.0]], dtype=torch.float64)
    plane, other = principal_plane(cloud), principal_plane(torch.cat([cloud[:7], lost, cloud[7:]]))
    assert torch.equal(plane.origin, other.origin)
    assert torch.equal(plane.directions, other.directions)


def test_where_no_point_is_finite_the_plane_goes_through_the_origin():
    plane = principal_plane(torch.full((3, 4), math.nan))
    assert plane.origin.tolist() == [0] * 4
    np.testing.assert_allclose(plane.directions @ plane.directions.mT, np.eye(2), atol=1e-14)


def test_the_points_of_long_runs_have_a_plane_at_once():
    # All left singular vectors of these would be 29 GB.
    cloud = np.random.default_rng(9).normal(size=(60_000, 4)) * [1, 2, 3, 4]
    np.testing.assert_allclose(principal_plane(torch.tensor(cloud)).directions, np.eye(4)[[3, 2]], atol=0.05)


def test_the_coordinates_in_the_plane_of_two_axes_are_the_parameters_themselves():
    function = Function("a + 10*b + 100*c")
    at = torch.tensor([5.0, 6.0, 7.0], dtype=torch.float64)
    plane = axis_plane(function, ("c", "a"), at)
    assert plane.names == ("c", "a")
    assert plane.coordinates(at).tolist() == [7, 5]
    assert plane.points(torch.tensor([[1.0, 2.0], [0.0, 0.0]], dtype=torch.float64)).tolist() == [[2, 6, 1], [0, 6, 0]]
    assert plane.distances(torch.tensor([[9.0, 6.0, 9.0], [9.0, 3.5, 9.0]], dtype=torch.float64)).tolist() == [0, 2.5]
    assert at.tolist() == [5, 6, 7]


@pytest.mark.parametrize("names", [("a", "a"), ("a", "x"), ("z", "b")])
def test_the_plane_of_two_axes_needs_two_parameters(names):
    with pytest.raises(InputError, match="two of the parameters a, b, c"):
        axis_plane(Function("a + 10*b + 100*c"), names, torch.zeros(3))


@pytest.mark.parametrize("names", [("a", "b"), ("c", "a")])
def test_the_surface_over_a_plane_of_axes_is_the_one_over_the_axes(names):
    function = Function("sin(a)*b + exp(c/3)*a - log(c + b)")
    at = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    surface = plane_surface(function, axis_plane(function, names, at), (-2, 2), (0.5, 3), 17)
    other = loss_surface(function, (names[0], -2, 2, 17), (names[1], 0.5, 3, 17), at)
    assert surface.names == other.names
    assert torch.equal(surface.x, other.x)
    assert torch.equal(surface.y, other.y)
    np.testing.assert_allclose(surface.z, other.z, rtol=1e-14, atol=1e-15)
    assert surface.z.isnan().any() == (names == ("c", "a"))


@pytest.mark.parametrize("chunk", [1, 100, 256_000])
@pytest.mark.parametrize(
    "objective",
    [Function("(x - 1)^2 + x*y*z - exp(z/9)"), Fit("a*x^2 + b*x + c", x=X, y=Y), Function("0x + 0y + 0z + 3")],
    ids=["function", "fit", "constant"],
)
def test_each_value_over_a_plane_is_the_loss_at_its_point(monkeypatch, objective, chunk):
    monkeypatch.setattr(landscape, "CHUNK", chunk)
    origin, along = [1.0, -1.0, 0.5], [[0.6, 0.0, 0.8], [0.0, 1.0, 0.0]]
    plane = Plane(("u", "v"), *(torch.tensor(one, dtype=torch.float64) for one in (origin, along)))
    surface = plane_surface(objective, plane, (-2, 3), (0, 1), 6)
    assert surface.names == ("u", "v")
    assert surface.z.shape == (6, 6)
    for row, v in enumerate(np.linspace(0, 1, 6)):
        for column, u in enumerate(np.linspace(-2, 3, 6)):
            point = [1 + 0.6 * u, -1 + v, 0.5 + 0.8 * u]
            assert surface.z[row, column].item() == pytest.approx(float(objective.loss(point)), rel=1e-12)


@pytest.mark.parametrize(("x", "y"), [((1, 1), (0, 1)), ((0, 1), (2, 1)), ((0, math.inf), (0, 1))])
def test_a_rectangle_of_a_plane_has_an_area(x, y):
    plane = axis_plane(Function("a + b"), ("a", "b"), torch.zeros(2))
    with pytest.raises(InputError, match="must rise"):
        plane_surface(Function("a + b"), plane, x, y, 3)


@pytest.mark.parametrize(
    "points", [[[1.0, 2.0]], [[0.0, 0.0], [3.0, 4.0]], [[1e6, 0.0], [1e6, 1e-3]], [[-1e-9, 1e9], [1e-9, -1e9]]], ids=str
)
def test_a_frame_holds_its_points_with_air_on_all_sides(points):
    bounds = frame_points(torch.tensor(points, dtype=torch.float64))
    for (low, high), values in zip(bounds, np.array(points).T, strict=True):
        assert low < values.min() <= values.max() < high
        assert values.min() - low >= 0.2 * np.ptp(values)


@pytest.mark.slow
def test_a_surface_of_a_hundred_thousand_points_stays_below_300_megabytes():
    # A process of its own: what others took before would hide it.
    code = (
        "import resource, torch; torch.set_num_threads(1); from playground import Fit, loss_surface\n"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "x = torch.linspace(0, 1, 100_000, dtype=torch.float64); fit = Fit('a*x + b', x, 2 * x)\n"
        "fit.loss([0.0, 0.0]); before = used()\n"
        "loss_surface(fit, ('a', -1, 1, 15), ('b', -1, 1, 101)); print(used() - before)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unit = 1024 if sys.platform == "darwin" else 1  # bytes there, elsewhere kilobytes
    assert int(run.stdout) / unit < 300 * 1024


# ---- Frames around runs.


def strictly_inside(ranges, point):
    return all(low < value < high for (low, high), value in zip(ranges, point, strict=True))


@pytest.mark.parametrize("lr", [1e-3, 1e-2, 0.1, 0.35, 0.3999])
def test_a_frame_holds_the_run_and_the_minimum(tutorial, lr):
    trajectory = descend(tutorial, START, lr=lr, steps=100)
    ranges = frame_run(trajectory, AXES, MINIMUM)
    assert strictly_inside(ranges, START)
    assert strictly_inside(ranges, MINIMUM.tolist())
    low_enough = trajectory.losses <= trajectory.losses[0]
    assert low_enough.any()
    assert all(strictly_inside(ranges, point) for point in trajectory.parameters[low_enough].tolist())


def test_a_frame_goes_along_the_axes_asked_for(tutorial):
    trajectory = descend(tutorial, START, lr=0.1, steps=100)
    along_b, along_a = frame_run(trajectory, ("b", "a"), MINIMUM)
    assert along_b[0] < START[1] < along_b[1]
    assert along_a[0] < START[0] < MINIMUM[0] < along_a[1]


def test_runs_that_differ_a_little_share_one_frame_run(tutorial):
    first, second = (frame_run(descend(tutorial, START, lr=lr, steps=100), AXES, MINIMUM) for lr in (0.010, 0.011))
    assert first == second


@pytest.mark.parametrize("lr", [0.002, 0.0123, 0.2])
@pytest.mark.parametrize("minimum", [None, MINIMUM], ids=["unknown", "known"])
def test_the_bounds_of_a_frame_are_round(tutorial, lr, minimum):
    for low, high in frame_run(descend(tutorial, START, lr=lr, steps=100), AXES, minimum):
        hundredth = 10 ** math.floor(math.log10((high - low) / 1.1)) / 100
        for bound in (low, high):
            assert bound / hundredth == pytest.approx(round(bound / hundredth), abs=1e-6)


@pytest.mark.parametrize("lr", [0.5, 1.0, 1e3, 1e300])
def test_a_run_that_diverges_does_not_flatten_the_frame_run(tutorial, lr):
    still = frame_run(descend(tutorial, START, lr=0.01, steps=0), AXES, MINIMUM)
    ranges = frame_run(descend(tutorial, START, lr=lr, steps=100), AXES, MINIMUM)
    assert ranges == still
    assert all(high - low < 20 for low, high in ranges)


@pytest.mark.parametrize("start", [START, (0.0, 0.0), (1e6, -3.0), (1e-9, 1e9), (1e150, 1.0)], ids=str)
def test_a_run_that_has_not_moved_gets_a_frame_of_positive_size(tutorial, start):
    ranges = frame_run(descend(tutorial, start, lr=1e-2, steps=0), AXES)
    assert strictly_inside(ranges, start)


def test_a_run_outside_the_domain_from_the_start_gets_a_frame_of_positive_size():
    trajectory = descend(Fit("log(a)*x + b", X, Y), [-1.0, 0.5], lr=1e-2, steps=10)
    assert strictly_inside(frame_run(trajectory, AXES), (-1.0, 0.5))


@pytest.mark.parametrize("aspect", [0.8, 1.0, 1.6, 2.5])
def test_ranges_of_like_size_fill_the_picture(tutorial, aspect):
    (left, right), (bottom, top) = frame_run(descend(tutorial, START, lr=0.1, steps=100), AXES, MINIMUM, aspect)
    # Rounded outwards at both ends, by a tenth of the range at most each.
    assert aspect / 1.25 < (right - left) / (top - bottom) < aspect * 1.25


@pytest.mark.parametrize("swapped", [False, True])
def test_ranges_of_unlike_size_keep_their_own(swapped):
    names = ("b", "a") if swapped else AXES
    trajectory = descend(Function("a**2/1e6 + b**2"), [1000.0, 1.0], lr=0.1, steps=100)
    spans = dict(
        zip(
            names,
            (high - low for low, high in frame_run(trajectory, names, torch.tensor([0.0, 0.0], dtype=torch.float64))),
            strict=True,
        )
    )
    assert spans["a"] > 50 * MAX_ASPECT_RATIO * spans["b"]
    assert spans["b"] < 2
