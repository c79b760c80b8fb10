"""The pictures of one gradient, of its graph and of the loop: that the numbers in them are those they stand for."""

import json
from functools import partial
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from playground import Expression, Function, loss_surface
from playground.analysis.autograd_graph import record_graph
from playground.analysis.gradient_check import Probe
from playground.analysis.training_loop import run_loop
from playground.figures.gradient import (
    components_figure,
    convergence_figure,
    dial_figure,
    direction_figure,
    jacobian_figure,
    steepness_figure,
    tangent_figure,
    tangent_plane_figure,
)
from playground.figures.graph import CARD, COMPUTED, REACHED, WAITING, gather_graph, graph_figure
from playground.figures.loop import ARROW_SHARE, curve_path_figure, losses_figure, path_figure, pulls_figure
from playground.labs.gradient import view as gradient_view
from playground.labs.gradient.state import EXAMPLES, SUBJECTS, VIEWS, GradientState, named_probe
from playground.labs.gradient.view import view_of
from playground.player import Panel
from playground.player.encode import Once, encode_panel

BOWL = Function("x^2 + 3y^2")
POINT = np.array([1.0, -0.5])
SLOPE = np.array([2.0, -3.0])
ANGLES = np.linspace(0, 360, 73)
TURNING = np.stack([np.cos(np.deg2rad(ANGLES)), np.sin(np.deg2rad(ANGLES))], -1)


@pytest.fixture
def bowl():
    return loss_surface(BOWL, ("x", -2, 2, 9), ("y", -2, 2, 7))


def trace(figure, name):
    return next(one for one in figure.data if one.name == name)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", [*EXAMPLES, "Rosenbrock", "Powell's singular function", "|x| + |y|"])
def test_plotly_knows_all_that_is_in_the_pictures(view, name):
    probe = named_probe(name)
    subjects = SUBJECTS if view == "Loop" and probe.function else SUBJECTS[:1]
    for subject in subjects:
        shown = view_of(GradientState(probe=probe, view=view, subject=subject, epochs=3))
        lengths = {len(np.ravel(values)) for values in shown.columns.values()}
        assert len(lengths) == 1
        for panel in shown.panels:
            assert panel.description
            if isinstance(panel, Panel):
                json.dumps(encode_panel(panel, {}, Once()), allow_nan=False)  # a browser reads no Infinity
                go.Figure(panel.figure.to_dict())  # raises for a name or a value that it doesn't know


def test_the_tangent_and_the_secants_go_through_their_points():
    x = np.linspace(-4, 4, 9)
    ends = np.array([[[1.0, 1.0], [5.0, 25.0]], [[2.0, 4.0], [4.0, 16.0]]])
    figure = tangent_figure("x", x, x**2, (3.0, 9.0), 6.0, ends)
    tangent = trace(figure, "tangent")
    np.testing.assert_allclose(tangent.y, 9 + 6 * (np.array(tangent.x) - 3))
    secant = trace(figure, "secant from x − h to x + h")
    lines = np.stack([secant.x, secant.y], -1).reshape(2, 2, 2)
    slopes = np.diff(lines[..., 1])[:, 0] / np.diff(lines[..., 0])[:, 0]
    np.testing.assert_allclose(slopes, [6, 6])  # of a parabola every secant has the slope of the middle
    np.testing.assert_allclose(lines[:, 0, 1] - slopes * lines[:, 0, 0], [-5, -8])


def test_the_arrows_over_contours_point_uphill_and_along_u(bowl):
    figure = direction_figure(bowl, POINT, SLOPE, TURNING)
    for name, ways in (("direction of ∇f", SLOPE[None] / np.hypot(*SLOPE)), ("direction u", TURNING)):
        ends = np.stack([trace(figure, name).x, trace(figure, name).y], -1).reshape(-1, 2, 2)
        np.testing.assert_allclose(ends[:, 0], np.broadcast_to(POINT, ways.shape))
        way = ends[:, 1] - ends[:, 0]
        np.testing.assert_allclose(way / np.linalg.norm(way, axis=-1, keepdims=True), ways, atol=1e-12)


def test_where_nothing_slopes_no_arrow_is_drawn(bowl):
    ends = trace(direction_figure(bowl, np.zeros(2), np.zeros(2), TURNING), "direction of ∇f")
    assert np.isnan(ends.x[1])
    assert np.isnan(ends.y[1])


def test_the_tangent_plane_touches_the_surface_with_its_slope(bowl):
    plane = trace(tangent_plane_figure(bowl, POINT, 1.75, SLOPE, TURNING), "tangent plane")
    corners = np.stack([plane.x, plane.y], -1)
    np.testing.assert_allclose(plane.z, 1.75 + (corners - POINT) @ SLOPE)
    np.testing.assert_allclose(corners.mean(0), POINT)


def test_u_in_the_bars_is_the_gradient_where_it_is_steepest():
    u = np.array([SLOPE / np.hypot(*SLOPE), [1.0, 0.0]])
    figure = components_figure(("x", "y"), SLOPE, u)
    marks = np.array(trace(figure, "u, as long as ∇f").y).reshape(2, 2)
    np.testing.assert_allclose(marks[0], SLOPE)
    np.testing.assert_allclose(marks[1], [np.hypot(*SLOPE), 0], atol=1e-12)
    np.testing.assert_array_equal(trace(figure, "gradient ∇f").y, SLOPE)


def test_the_steepest_ascent_is_marked_at_the_top_of_the_curve():
    slopes = TURNING @ np.array([0.0, 3.0])
    figure = steepness_figure(ANGLES, slopes, 90.0)
    mark = trace(figure, "along ∇f")
    assert (mark.x[0], mark.y[0]) == (90, pytest.approx(3))
    assert len(steepness_figure(ANGLES, np.zeros(73), np.nan).data) == len(figure.data) - 1


def test_the_dial_shows_us_part_along_the_gradient():
    part = trace(dial_figure(ANGLES, 60.0, ("x", "y")), "u's part along ∇f")
    feet = np.stack([part.x, part.y], -1).reshape(-1, 2, 2)[:, 1]
    way = np.array([0.5, np.sqrt(0.75)])
    np.testing.assert_allclose(feet, np.outer(np.cos(np.deg2rad(ANGLES - 60)), way), atol=1e-12)


def test_distances_from_torch_are_drawn_and_those_of_0_left_out():
    figure = convergence_figure(np.array([1.0, 0.5]), {"central": np.array([6.5, 6.0])}, 6.0)
    central = trace(figure, "central")
    assert central.y[0] == pytest.approx(0.5)
    assert np.isnan(central.y[1])


def test_the_heat_map_is_the_jacobian_with_0_in_the_middle_of_its_colours():
    figure = jacobian_figure(np.array([[2.0, 0.0], [np.inf, -6.0]]), ["y[0]", "y[1]"], ["a", "b"])
    (heat,) = figure.data
    np.testing.assert_array_equal(heat.z, [[2, 0], [np.nan, -6]])
    assert (heat.zmin, heat.zmax) == (-6, 6)


# ---- The graph.


def graph_of(text, **point):
    expression = Expression(text)
    return record_graph(expression, {name: torch.tensor([value], dtype=torch.float64) for name, value in point.items()})


def test_the_cards_say_values_forward_and_gradients_backward():
    graph = graph_of("(x + y)*x", x=2.0, y=1.0)
    numbers = gather_graph(graph)
    texts = [node.text for node in graph.nodes]

    def reads(text, step):
        states = [card for card in numbers.changes[texts.index(text)] if card.since <= step]
        return states[-1]

    assert reads("x + y", 0).look == WAITING
    assert "[3.]" not in reads("x + y", 0).lines
    assert "[3.]" in reads("x + y", 1).lines
    assert reads("x + y", 2).look == COMPUTED
    assert "∇ [1.]" in reads("(x + y) * x", 3).lines
    assert "∇ [2.]" in reads("x + y", 4).lines
    assert ".grad [3.]" in reads("x", 4).lines  # along the first of two paths
    assert ".grad [5.]" in reads("x", 5).lines  # and with the second
    assert reads("x", 5).look == REACHED


def test_a_card_leaves_out_the_arguments_that_are_too_long_for_it():
    graph = graph_of("100*(y - x^2)^2 + ((sin(x) + 1)^2 + x)^3*x", x=2.0, y=1.0)
    numbers = gather_graph(graph)
    names = {node.text: cards[0].lines[0] for node, cards in zip(graph.nodes, numbers.changes, strict=True)}
    assert names["sin(x) + 1"] == "sin(x) + 1"
    assert names["(y - x**2)**2"] == "(…)**2"
    assert names["100 * (y - x**2)**2"] == "100 * …"
    assert names["(sin(x) + 1)**2 + x"] == "… + x"
    assert names[graph.nodes[-1].text] == "… + …"


def assert_edges_pass_beside_cards(numbers):
    """No point of an edge lies inside a card: looked at in a hundred places of each stretch."""
    ways = numbers.edges.T
    shares = np.linspace(0, 1, 101)[:, None]
    for start, end in pairwise(ways):
        stretch = start + shares * (end - start)
        inside = (np.abs(stretch[:, None] - numbers.places) < np.array(CARD) / 2 - 1e-6).all(-1)
        assert not inside.any(), (start, end)


@pytest.mark.parametrize(
    "text", ["x**2", "sin(cos(exp(ln(tanh(sqrt(x))))))", "((sin(x) + 1)^2 + x)^3 * x", "x*exp(x*sin(x*cos(x))) + x"]
)
def test_cards_never_overlap_and_edges_join_them(text):
    graph = graph_of(text, x=0.5)
    numbers = gather_graph(graph)
    places = numbers.places
    for i, one in enumerate(places):
        for other in places[i + 1 :]:
            assert (np.abs(one - other) >= np.array(CARD) - 1e-9).any()
    assert np.isnan(numbers.edges[0]).sum() == sum(len(node.arguments) for node in graph.nodes)
    assert_edges_pass_beside_cards(numbers)
    go.Figure(graph_figure(numbers).to_dict())


# ---- The loop.


def test_the_loops_pictures_hold_the_path_and_the_losses(bowl):
    path = np.array([[1.0, 1.0], [0.5, 0.8], [0.2, 0.1]])
    for figure in (path_figure(bowl, path), curve_path_figure("x", path[:, 0], path[:, 1], path[:, 0], path[:, 1])):
        way = trace(figure, "path")
        np.testing.assert_array_equal(np.stack([way.x, way.y], -1), path)
    losses = trace(losses_figure(np.array([4.0, 1.0, 0.25]), np.arange(3.0)), "path")
    np.testing.assert_array_equal(losses.y, [4, 1, 0.25])


def test_the_arrows_on_the_data_point_along_their_gradients_and_the_longest_is_a_part_of_the_picture():
    x, y = np.array([0.0, 1.0]), np.array([0.0, 2.0])
    moves = np.array([[[1.0, 0.0], [0.0, 4.0]], [[0.5, 0.0], [0.0, -1.0]]])
    figure = pulls_figure(x, y, np.linspace(-1, 2, 5), np.zeros((2, 5)), moves)
    arrows = trace(figure, "− gradient of the data")
    ends = np.stack([arrows.x, arrows.y], -1).reshape(2, 2, 3, 2)
    np.testing.assert_allclose(ends[..., 0, :], np.broadcast_to(np.stack([x, y], -1), (2, 2, 2)))
    # In parts of the picture, 1 wide and 2 tall, the gradients are 1, 2, 0.5 and 0.5 long: an arrow as their roots.
    lengths = np.array([[1, 2], [0.5, 0.5]])
    way = (ends[..., 1, :] - ends[..., 0, :]) / np.array([1, 2])
    np.testing.assert_allclose(np.linalg.norm(way, axis=-1), ARROW_SHARE * np.sqrt(lengths / 2))
    np.testing.assert_allclose(
        way, moves / np.array([1, 2]) * np.linalg.norm(way, axis=-1, keepdims=True) / lengths[..., None]
    )
    assert np.isnan(ends[..., 2, :]).all()
    assert len(pulls_figure(x, y, x, np.zeros((1, 2)), None).data) == 2


# ---- Beyond the numbers.


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("1e308*sin(x)", ((1.0,),)),
        ("1.7e308*x + y", ((1.0,), (1.0,))),
        ("sinh(x)", ((507.0,),)),
        ("x**2", ((1e100,),)),
        ("x*y", ((1e100,), (-1e100,))),
        ("ln(x) + y", ((-1.0,), (0.0,))),
        ("exp(exp(exp(exp(x))))", ((1.0,),)),
        ("x*1e308", ((100.0,),)),
    ],
)
@pytest.mark.parametrize("view", VIEWS)
def test_what_is_beyond_the_numbers_is_drawn_as_far_as_it_goes(text, point, view):
    shown = view_of(GradientState(probe=Probe(text, point), view=view, subject=SUBJECTS[1], lr=10.0, epochs=300))
    for panel in shown.panels:
        if isinstance(panel, Panel):
            json.dumps(encode_panel(panel, {}, Once()), allow_nan=False)


def test_a_loop_that_falls_for_ever_is_shown_and_said_in_few_digits():
    probe = Probe("-x**2 - y**2", ((1.0,), (1.0,)))
    shown = view_of(GradientState(probe=probe, view="Loop", subject=SUBJECTS[1], lr=10.0, epochs=300))
    assert len(shown.status) < 160
    assert "try a smaller rate" in shown.status
    assert "After 300 epochs" in shown.status


def test_a_loop_that_was_cut_short_says_so(monkeypatch):
    monkeypatch.setattr(gradient_view, "run_loop", partial(run_loop, seconds=0.0))
    shown = view_of(GradientState(probe=named_probe("Rosenbrock"), view="Loop"))
    assert "Stopped, since it took too long" in shown.status


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("x**3", 2.0, "agree to"),
        ("sin(1e8*x)", 1.0, "differ by"),
        ("abs(x - 1e-7)", 0.0, "differ by"),
        ("1e12*x**3", 1.0, "agree to"),
    ],
)
def test_the_three_gradients_are_said_to_agree_only_where_they_do(text, at, words):
    assert words in view_of(GradientState(probe=Probe(text, ((at,),)))).status


def test_where_torch_leaves_no_gradient_none_is_shown():
    probe = Probe("y + where(x > 0, 1, 2)", ((3.0,), (1.0,)))
    shown = view_of(GradientState(probe=probe))
    said = json.dumps(shown.readouts, default=str)
    assert "x.grad = None" in said
    assert "y.grad = [1.]" in said
    refused = view_of(GradientState(probe=Probe("where(x > 0, 1, 2)", ((3.0,),))))
    assert "does not require grad" in refused.status
    assert refused.alarming
