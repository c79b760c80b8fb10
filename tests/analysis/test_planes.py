"""Random planes, planes of the largest curvature, and how much of a path a plane holds."""

import numpy as np
import pytest
import torch

from playground import Fit, Network, descend
from playground.analysis.landscape import Plane, principal_plane
from playground.analysis.planes import curvature_plane, normalise_filters, random_plane, variance_share
from playground.data.sample import Sample

POINTS = Sample("XOR", n=40, noise=0.2).points
NETWORK = Network(POINTS.input_tensor, POINTS.target_tensor, (5, 3), "tanh", "bce")
RUN = descend(NETWORK, NETWORK.start(seed=1), "Adam", lr=0.05, steps=50)
END = RUN.parameters[-1]


def assert_orthonormal(directions):
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)


def test_each_filter_of_a_direction_is_as_long_as_the_filter_itself_and_biases_are_not_moved():
    drawn = torch.randn(2, len(END), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    made = normalise_filters(NETWORK, drawn, END)
    for direction, noise in zip(made, drawn, strict=True):
        modules = [NETWORK.module(one) for one in (direction, noise, END)]
        for parts in zip(*(module.parameters() for module in modules), strict=True):
            scaled, random, weight = (part.detach().numpy() for part in parts)
            if weight.ndim == 1:  # biases
                assert not scaled.any()
                continue
            for row, of_noise, filter_ in zip(scaled, random, weight, strict=True):
                assert np.linalg.norm(row) == pytest.approx(np.linalg.norm(filter_), rel=1e-12)
                cosine = row @ of_noise / (np.linalg.norm(row) * np.linalg.norm(of_noise))
                assert cosine == pytest.approx(1, rel=1e-12)


def test_a_random_plane_goes_through_its_point_moves_no_bias_and_is_another_for_another_seed():
    plane = random_plane(NETWORK, END, seed=4)
    assert torch.equal(plane.points(torch.zeros(2, dtype=torch.float64)), END)
    assert_orthonormal(plane.directions.numpy())
    biases = [".bias[" in name for name in NETWORK.parameters]
    assert not plane.directions[:, biases].any()
    assert plane.directions[:, ~torch.tensor(biases)].all()
    assert torch.equal(random_plane(NETWORK, END, seed=4).directions, plane.directions)
    assert not torch.allclose(random_plane(NETWORK, END, seed=5).directions, plane.directions)


@pytest.mark.parametrize("hidden", [(), (1,), (5, 3)])
def test_weights_that_are_all_zero_have_random_planes_too(hidden):
    network = Network(POINTS.input_tensor, POINTS.target_tensor, hidden, "tanh", "bce")
    assert_orthonormal(random_plane(network, network.start("zeros")).directions.numpy())


def test_two_filters_of_one_weight_each_of_which_one_is_zero_have_a_random_plane():
    network = Network([0.0, 1.0, 2.0], [1.0, 0.0, 2.0], (1,))
    assert_orthonormal(random_plane(network, torch.tensor([2.0, 0.0, 0.0, 0.0])).directions.numpy())


def test_the_plane_of_largest_curvature_holds_the_two_largest_eigenvalues():
    plane = curvature_plane(NETWORK, END)
    hessian = NETWORK.hessian(END).numpy()
    first, second = np.linalg.eigvalsh(hessian)[:-3:-1]
    directions = plane.directions.numpy()
    assert_orthonormal(directions)
    np.testing.assert_allclose(directions @ hessian @ directions.T, np.diag([first, second]), atol=1e-12 * first)
    assert torch.equal(plane.origin, END)
    assert (directions.max(1) == np.abs(directions).max(1)).all()


def test_where_the_hessian_is_not_finite_there_is_no_plane_of_largest_curvature():
    assert curvature_plane(NETWORK, torch.full_like(END, torch.inf)) is None


def test_the_principal_plane_holds_the_part_of_the_variance_that_its_singular_values_say():
    centred = RUN.parameters.numpy() - RUN.parameters.numpy().mean(0)
    squares = np.linalg.svd(centred, compute_uv=False) ** 2
    share = variance_share(principal_plane(RUN.parameters), RUN.parameters)
    assert share == pytest.approx(squares[:2].sum() / squares.sum(), rel=1e-12)
    assert share > variance_share(random_plane(NETWORK, END), RUN.parameters)


@pytest.mark.parametrize("unit", [1.0, 1e100])
def test_points_beside_a_plane_lie_in_it_by_the_share_of_their_squares(unit):
    plane = Plane(("a", "b"), torch.zeros(3, dtype=torch.float64), torch.eye(3, dtype=torch.float64)[:2])
    points = unit * torch.tensor([[3.0, 0, 0], [-3, 0, 0], [0, 0, 4], [0, 0, -4]], dtype=torch.float64)
    assert variance_share(plane, points) == pytest.approx(9 / 25)
    assert variance_share(plane, points[:1]) == 1.0


def test_any_objective_has_a_plane_of_largest_curvature():
    fit = Fit("a*x**2 + b*x + c", x=[0.0, 1, 2, 3], y=[1.0, 0, 2, 5])
    plane = curvature_plane(fit, torch.zeros(3, dtype=torch.float64))
    design = np.stack([np.arange(4.0) ** p for p in (2, 1, 0)], 1)
    vectors = np.linalg.eigh(design.T @ design)[1]
    np.testing.assert_allclose(np.abs(plane.directions.numpy()), np.abs(vectors[:, :-3:-1].T), atol=1e-10)
