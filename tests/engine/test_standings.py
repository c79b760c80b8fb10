import math

import numpy as np
import pytest
import torch

from playground import Function, descend
from playground.data.gallery import PRESETS, find_known_minima
from playground.engine.runner import Runner
from playground.engine.standings import KnownMinima, pad_to, rank_runs

ROSENBROCK = Function("(1-x)^2 + 100(y-x^2)^2")
BOWL = Function("x^2 + 4y^2")
WELLS = Function("x^4/4 - x^2/2")


def plain_ranks(losses):
    """Ranks from losses (runners, steps), by counting."""
    size = [[math.inf if math.isnan(value) else value for value in row] for row in losses]
    return [
        [1 + sum(other[k] < row[k] for other in size) for k in range(len(row))]
        for row in size
    ]  # fmt: skip


def held(values, count):
    return [*values, *[values[-1]] * (count - len(values))]


@pytest.fixture(scope="module")
def runs():
    """One that leaves the numbers after a few hundred steps, one that is slow, one that is fast and shorter."""
    diverging = descend(BOWL, (1.0, 1.0), lr=3.0, steps=400)
    assert 20 < diverging.steps < 400
    slow = descend(BOWL, (3.0, -1.0), "Adam", 0.01, steps=300)
    fast = descend(BOWL, (3.0, -1.0), "LBFGS", 0.5, steps=40, max_iter=3)
    return [diverging, slow, fast]


def test_runs_stand_by_their_losses_and_shorter_ones_where_they_ended(runs):
    stand = rank_runs(runs, None, 1e-6)
    count = max(len(run.losses) for run in runs)
    losses = [held(run.losses.tolist(), count) for run in runs]
    np.testing.assert_array_equal(stand.losses, losses)
    assert stand.ranks.tolist() == plain_ranks(losses)
    assert {rank for row in stand.ranks.tolist() for rank in row} == {1, 2, 3}
    assert (stand.losses.dtype, stand.ranks.dtype, stand.evaluations.dtype) == (torch.float64, torch.int64, torch.int64)


def test_equal_losses_share_a_rank_and_the_next_one_is_passed_over():
    same = [descend(BOWL, start, lr=0.1, steps=5) for start in [(1.0, 2.0), (-1.0, 2.0), (3.0, 3.0), (0.0, 0.0)]]
    assert rank_runs(same, None, 1e-6).ranks.T.tolist() == [[2, 2, 4, 1]] * 6


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
def test_a_loss_that_is_no_number_is_the_last(order):
    function = Function("log(x)^2")
    lost = descend(function, [3.0], lr=5.0, steps=10)
    assert lost.losses[-1].isnan()
    every = [lost, descend(function, [3.0], lr=0.1, steps=10), descend(function, [30.0], lr=0.1, steps=10)]
    ranks = rank_runs([every[i] for i in order], None, 1e-6).ranks[:, -1].tolist()
    assert ranks == [[3, 1, 2][i] for i in order]


def test_distances_are_those_to_the_nearest_minimum():
    every = [
        descend(WELLS, [x], lr=lr, momentum=0.9, steps=steps) for x, lr, steps in [(1.8, 0.1, 60), (-3.0, 0.01, 9)]
    ]
    stand = rank_runs(every, find_known_minima(WELLS, (0.3,)), 1e-6)
    for run, row in zip(every, stand.distances.tolist(), strict=True):
        x = run.parameters[:, 0].numpy()
        assert row == held(np.minimum(np.abs(x - 1), np.abs(x + 1)).tolist(), 61)


def test_distances_in_more_dimensions_are_euclids(runs):
    points = np.array([[0.0, 0.0], [2.5, -1.0], [0.5, 0.5]])
    stand = rank_runs(runs, KnownMinima(torch.tensor(points), 0.0), 1e-6)
    for run, row in zip(runs, stand.distances.numpy(), strict=True):
        away = run.parameters.numpy()[:, None] - points
        expected = np.linalg.norm(away, axis=-1).min(1)
        np.testing.assert_allclose(row[: len(expected)], expected, rtol=1e-12)
        assert (row[len(expected) :] == row[len(expected) - 1]).all()


def test_without_a_known_minimum_there_are_no_distances(runs):
    assert rank_runs(runs, None, 1e-6).distances is None


@pytest.mark.parametrize("tolerance", [10.0, 1e-2, 1e-4])
@pytest.mark.parametrize(
    "known", [None, KnownMinima(torch.zeros(1, 2, dtype=torch.float64), 0.0)], ids=["unknown", "known"]
)
def test_a_run_arrives_at_its_first_step_within_the_tolerance(runs, known, tolerance):
    def arrival(run):
        for k, (loss, gradient) in enumerate(zip(run.losses.tolist(), run.gradients.tolist(), strict=True)):
            if (math.hypot(*gradient) if known is None else abs(loss)) <= tolerance:
                return k
        return None

    expected = [arrival(run) for run in runs]
    assert rank_runs(runs, known, tolerance).arrivals == expected
    assert expected[2] is not None
    assert (expected[0] is None) == (tolerance < 5)  # it begins at 5


def test_a_loss_far_below_the_known_minimum_is_no_arrival():
    preset = PRESETS["McCormick"]
    function = Function(preset.text)
    every = [runner.descent(function, preset.start).run(preset.steps) for runner in preset.runners]
    known = find_known_minima(function, preset.start)
    assert every[1].losses[-1] < known.loss - 10  # it has left the domain, and falls for ever
    assert rank_runs(every, known, 1e-6).arrivals == [None, None]


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [("SGD", {}), ("LBFGS", {}), ("LBFGS", {"max_iter": 7, "line_search_fn": "strong_wolfe"})],
)
def test_evaluations_are_the_calls_of_the_closure_in_torchs_own_loop(optimizer, settings):
    theta = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
    plain = getattr(torch.optim, optimizer)([theta], lr=1e-3, **settings)
    calls = []

    def closure():
        calls.append(1)
        plain.zero_grad()
        loss = (1 - theta[0]) ** 2 + 100 * (theta[1] - theta[0] ** 2) ** 2
        loss.backward()
        return loss

    counts = [0]
    for _ in range(12):
        plain.step(closure)
        counts.append(len(calls))
    runner = Runner(optimizer, 1e-3, tuple(settings.items()))
    short, long = (runner.descent(ROSENBROCK, (-1.2, 1.0)).run(steps) for steps in (5, 12))
    assert rank_runs([short, long], None, 1e-6).evaluations.tolist() == [held(counts[:6], 13), counts]


def test_one_run_of_no_steps_stands_first():
    stand = rank_runs([descend(BOWL, (1.0, 1.0), steps=0)], None, 1e-6)
    assert (stand.losses.tolist(), stand.ranks.tolist(), stand.arrivals) == ([[5.0]], [[1]], [None])


def test_rows_are_repeated_up_to_the_count():
    assert pad_to(torch.tensor([1, 2]), 4).tolist() == [1, 2, 2, 2]
    assert pad_to(torch.tensor([[1, 2], [3, 4]]), 3).tolist() == [[1, 2], [3, 4], [3, 4]]
