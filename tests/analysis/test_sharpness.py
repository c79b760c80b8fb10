"""The largest eigenvalue of the Hessian along a run, beside that of the whole Hessian by LAPACK."""

import numpy as np
import pytest
import torch

from playground import Function, Network, descend
from playground.analysis import sharpness
from playground.analysis.network_measures import pick_steps
from playground.analysis.sharpness import SMALL, measure_sharpness, predict_seconds
from playground.data.sample import Sample

POINTS = Sample("XOR", n=60, noise=0.2).points
BLOBS = Sample("blobs", n=40, noise=0.2).points


def network(hidden=(8, 8), activation="tanh", loss="bce", points=POINTS):
    return Network(points.input_tensor, points.target_tensor, hidden, activation, loss)


def largest_of(objective, points):
    return torch.stack([torch.linalg.eigvalsh(objective.hessian(point))[-1] for point in points])


@pytest.mark.parametrize("optimizer", [("SGD", 0.5), ("Adam", 0.05)], ids=lambda one: one[0])
@pytest.mark.parametrize(
    "objective",
    [
        network(),
        network(activation="relu"),
        network((6, 5, 4), "sigmoid"),
        network((8,), "silu", "mse"),
        network((8, 4), "tanh", "cross_entropy", BLOBS),
        network((4,)),
    ],
    ids=repr,
)
def test_along_a_run_it_is_the_largest_eigenvalue_of_the_whole_hessian(objective, optimizer):
    name, lr = optimizer
    points = descend(objective, objective.start(seed=3), name, lr=lr, steps=60).parameters
    measured = measure_sharpness(objective, points)
    assert (measured.shape, measured.dtype) == (points.shape[:1], torch.float64)
    np.testing.assert_allclose(measured[::6], largest_of(objective, points[::6]), rtol=1e-4)


@pytest.mark.parametrize("initialisation", ["zeros", "constant", "large_normal"])
def test_a_hessian_of_low_rank_or_of_large_numbers_has_its_largest_eigenvalue_too(initialisation):
    objective = network()
    start = objective.start(initialisation)[None]
    np.testing.assert_allclose(measure_sharpness(objective, start), largest_of(objective, start), rtol=1e-4)


@pytest.mark.parametrize("size", [3, SMALL, SMALL + 1, 40])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(x**2)", lambda _: 2.0),
        ("-sum((i + 1)*x[i]**2 for i in range({size}))", lambda _: -2.0),
        ("sum((i + 1)*x[i]**2 for i in range({size}))", lambda size: 2.0 * size),
        ("sum(x)", lambda _: 0.0),
    ],
)
def test_of_functions_with_a_known_hessian_it_is_the_known_one(text, expected, size):
    objective = Function(text.format(size=size), sizes={"x": size})
    measured = measure_sharpness(objective, torch.linspace(-1, 1, 2 * size, dtype=torch.float64).reshape(2, size))
    np.testing.assert_allclose(measured, [expected(size)] * 2, rtol=1e-3, atol=1e-12)


@pytest.mark.parametrize("hidden", [(4,), (8, 8)])
def test_where_the_hessian_is_not_finite_it_is_nan_and_the_other_points_keep_theirs(hidden):
    objective = network(hidden)
    points = torch.stack([objective.start(seed=seed) for seed in range(3)])
    points[1, 0] = torch.nan
    measured = measure_sharpness(objective, points)
    assert measured.isnan().tolist() == [False, True, False]
    np.testing.assert_allclose(measured[[0, 2]], largest_of(objective, points[[0, 2]]), rtol=1e-4)


def test_points_measured_in_parts_are_those_measured_at_once(monkeypatch):
    objective = network()
    points = torch.stack([objective.start(seed=seed) for seed in range(5)])
    whole = measure_sharpness(objective, points)
    monkeypatch.setattr(sharpness, "MAX_AT_ONCE", 2)
    np.testing.assert_allclose(measure_sharpness(objective, points), whole, rtol=1e-4)


def test_no_point_takes_more_products_than_it_may(monkeypatch):
    monkeypatch.setattr(sharpness, "TOLERANCE", -1.0)  # never near enough
    monkeypatch.setattr(sharpness, "MAX_PRODUCTS", 12)
    products = []

    def count(objective, points):
        product = original(objective, points)
        return lambda vectors: products.append(len(vectors)) or product(vectors)

    original = sharpness.hessian_product
    monkeypatch.setattr(sharpness, "hessian_product", count)
    objective = network()
    measure_sharpness(objective, objective.start()[None])
    assert products == [1] * 12


def test_what_it_costs_grows_with_the_points_of_the_run_and_of_the_data():
    small, large = network(), network(points=Sample("XOR", n=500).points)
    assert predict_seconds(small, 200) == pytest.approx(2 * predict_seconds(small, 100))
    assert predict_seconds(large, 100) > predict_seconds(small, 100) > 0


@pytest.mark.slow
def test_at_the_edge_of_stability_the_sharpness_rises_to_two_by_the_rate_and_stays_there():
    """Cohen et al. 2021, Gradient descent on neural networks typically occurs at the edge of stability."""
    points = Sample("function", n=30, noise=0.1, test_share=0.0, function="sin(3x)").points
    objective = Network(points.input_tensor, points.target_tensor, (8, 8), "tanh", "mse")

    def run_at(lr, steps):
        run = descend(objective, objective.start(), "SGD", lr=lr, steps=steps)
        assert run.outcome.name == "FINISHED"
        picked = torch.tensor(pick_steps(len(run.losses), 80))
        return run, picked, measure_sharpness(objective, run.parameters[picked])

    run, picked, measured = run_at(0.3, 2000)
    parts = measured * 0.3 / 2
    assert parts[0] < 0.7  # it begins where gradient descent is stable,
    near = parts[picked >= 400]
    assert near.min() > 0.9  # and stays near the edge,
    assert near.max() < 1.15
    assert near.mean() == pytest.approx(1.0, abs=0.03)
    late = run.losses[400:]
    assert (late.diff() > 0).any()  # where the loss rises now and then,
    assert late[-1] < 0.5 * late[0]  # and falls all the same.
    # It is the rate that holds it there: at a third of it the Hessian becomes sharper than this edge.
    assert run_at(0.1, 2000)[2].max() > 1.3 * 2 / 0.3
