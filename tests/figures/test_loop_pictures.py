"""The pictures of a training loop: the path, and the data with their gradients."""

import numpy as np

from playground import Function, loss_surface
from playground.figures import (
    gather_loop_curve,
    gather_loop_data,
    gather_loop_path,
    loop_curve_figure,
    loop_data_figure,
    loop_path_figure,
)
from playground.figures.loop_data import ARROW_SHARE
from tests.figures.shared import metas, trace_named


def test_the_path_is_drawn_over_the_loss():
    bowl = loss_surface(Function("x^2 + 3y^2"), ("x", -2, 2, 9), ("y", -2, 2, 7))
    path = np.array([[1.0, 1.0], [0.5, 0.8], [0.2, 0.1]])
    over_two = loop_path_figure(gather_loop_path(bowl, path))
    over_one = loop_curve_figure(gather_loop_curve("x", path[:, 0], path[:, 1], path[:, 0], path[:, 1]))
    for figure in (over_two, over_one):
        trace = trace_named(figure, "path")
        np.testing.assert_array_equal(np.stack([trace.x, trace.y], -1), path)
        assert metas(figure)[1:] == ["all", "path", "point"]


def test_the_arrows_on_the_data_point_along_their_gradients_and_the_longest_is_a_part_of_the_picture():
    x, y = np.array([0.0, 1.0]), np.array([0.0, 2.0])
    moves = np.array([[[1.0, 0.0], [0.0, 4.0]], [[0.5, 0.0], [0.0, -1.0]]])
    figure = loop_data_figure(gather_loop_data(x, y, np.linspace(-1, 2, 5), np.zeros((2, 5)), moves))
    arrows = trace_named(figure, "− gradient of the data")
    ends = np.stack([arrows.x, arrows.y], -1).reshape(2, 2, 3, 2)
    np.testing.assert_allclose(ends[..., 0, :], np.broadcast_to(np.stack([x, y], -1), (2, 2, 2)))
    # In parts of the picture, 1 wide and 2 tall, the gradients are 1, 2, 0.5 and 0.5 long: an arrow as their roots.
    lengths = np.array([[1, 2], [0.5, 0.5]])
    along = (ends[..., 1, :] - ends[..., 0, :]) / np.array([1, 2])
    np.testing.assert_allclose(np.linalg.norm(along, axis=-1), ARROW_SHARE * np.sqrt(lengths / 2))
    np.testing.assert_allclose(
        along, moves / np.array([1, 2]) * np.linalg.norm(along, axis=-1, keepdims=True) / lengths[..., None]
    )
    assert np.isnan(ends[..., 2, :]).all()


def test_data_without_gradients_have_no_arrows():
    x, y = np.array([0.0, 1.0]), np.array([0.0, 2.0])
    assert len(loop_data_figure(gather_loop_data(x, y, x, np.zeros((1, 2)), None)).data) == 2
