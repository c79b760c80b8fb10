"""Maps of many runs, beside runs by themselves and minima that are known in closed form."""

import math

import pytest
import torch

from playground import OPTIMIZERS, Fit, Function, InputError, basins, descend, learning_rate_sweep
from playground.analysis import atlas

HIMMELBLAU = Function("(x^2 + y - 11)^2 + (x + y^2 - 7)^2")
ITS_MINIMA = {(3.0, 2.0), (-2.80512, 3.13131), (-3.77931, -3.28319), (3.58443, -1.84813)}
WELL = Function("(x^2 - 1)^2 + y^2")
LINE = Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])


def test_himmelblaus_four_minima_are_found_and_each_start_leads_to_where_its_own_run_ends():
    found = basins(HIMMELBLAU, ("x", -5, 5, 30), ("y", -5, 5, 20), "Adam", lr=0.1, steps=200)
    assert found.ends.shape == (20, 30, 2)
    assert {tuple(round(one, 5) for one in row) for row in found.minima.tolist()} == ITS_MINIMA
    assert not found.diverged.any()
    assert (found.labels >= 0).float().mean() > 0.95
    for row, column in [(0, 0), (3, 17), (19, 29), (10, 5)]:
        run = descend(HIMMELBLAU, (found.x[column], found.y[row]), "Adam", lr=0.1, steps=200)
        assert torch.equal(found.ends[row, column], run.parameters[-1])
        label = int(found.labels[row, column])
        distances = (found.minima - run.parameters[-1]).norm(dim=1)
        assert label in (-1, int(distances.argmin()))
        assert (label == -1) == bool(distances.min() > atlas.ARRIVED * math.hypot(10, 10))


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [("SGD", {"lr": 0.02, "momentum": 0.8}), ("Adam", {"lr": 0.1}), ("RMSprop", {"lr": 0.05}), ("SGD", {"lr": 0.5})],
    ids=str,
)
def test_any_pixel_is_the_end_of_its_own_run_to_the_last_bit(optimizer, settings):
    found = basins(HIMMELBLAU, ("x", -6, 6, 25), ("y", -6, 6, 23), optimizer, steps=40, **settings)
    drawn = torch.Generator().manual_seed(3)
    for row, column in torch.randint(0, 23, (60, 2), generator=drawn).tolist():
        run = descend(HIMMELBLAU, (found.x[column], found.y[row]), optimizer, steps=40, **settings)
        is_finite = math.isfinite(run.losses[-1]) and bool(run.gradients[-1].isfinite().all())
        assert bool(found.diverged[row, column]) is not is_finite
        assert int(found.steps_taken[row, column]) == run.steps - (not is_finite)
        assert torch.equal(found.ends[row, column], run.parameters[-1 if is_finite else -2])


def test_the_side_of_the_ridge_decides_and_the_ridge_itself_leads_to_no_minimum():
    found = basins(WELL, ("x", -2, 2, 41), ("y", -1, 1, 5), "SGD", lr=0.02, steps=400)
    torch.testing.assert_close(found.minima, torch.tensor([[-1.0, 0.0], [1.0, 0.0]]).double(), atol=1e-9, rtol=0)
    expected = torch.where(found.x.abs() < 1e-9, -1, (found.x > 0).long())
    assert torch.equal(found.labels, expected.expand(5, -1))


def test_where_nothing_has_a_value_or_all_diverge_there_are_no_minima():
    nowhere = basins(Function("ln(-1 - x^2 - y^2)"), ("x", -1, 1, 4), ("y", -1, 1, 3), steps=3)
    away = basins(Function("x^4 + y^4"), ("x", 5, 9, 4), ("y", 5, 9, 3), "SGD", lr=10, steps=30)
    for found in (nowhere, away):
        assert found.diverged.all()
        assert (found.labels == -1).all()
        assert found.minima.shape == (0, 2)
        assert torch.equal(found.ends[0, :, 0], found.x) == (found is nowhere)


def test_a_saddle_and_a_valley_are_no_minima():
    assert not len(basins(Function("x^2 - y^2"), ("x", -1, 1, 5), ("y", -1e-9, 1e-9, 3), "SGD", lr=0.1).minima)
    assert not len(basins(Function("(x - y)^2"), ("x", -1, 1, 5), ("y", -1, 1, 5), "SGD", lr=0.1).minima)


def test_parameters_without_an_axis_start_where_they_are_held():
    three = Function("(x - 1)^2 + (y - 2)^2 + (z - 3)^2")
    found = basins(three, ("z", 0, 5, 3), ("x", 0, 5, 2), "SGD", lr=0.3, steps=0, at={"y": 7.0})
    assert found.ends[1, 2].tolist() == [5.0, 7.0, 5.0]
    ended = basins(three, ("z", 0, 5, 3), ("x", 0, 5, 2), "SGD", lr=0.3, steps=60, at={"y": 7.0})
    torch.testing.assert_close(ended.minima, torch.tensor([[1.0, 2.0, 3.0]]).double())
    with pytest.raises(InputError, match="where to hold y"):
        basins(three, ("z", 0, 5, 3), ("x", 0, 5, 2))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_sweep_ends_where_runs_by_themselves_do(optimizer):
    rates, start = [0.001, 0.01, 0.1, 1.0, 30.0], (-0.486989, -0.563709)
    found = learning_rate_sweep(LINE, start, optimizer, lrs=rates, steps=60)
    for rate, loss, end in zip(rates, found.losses, found.ends, strict=True):
        run = descend(LINE, start, optimizer, lr=rate, steps=60)
        assert torch.equal(loss, run.losses[-1]) or (loss.isnan() and run.losses[-1].isnan())
        assert math.isfinite(loss) or bool(end.isfinite().all())


def test_a_fine_sweep_of_gradient_descent_is_the_closed_form_on_a_parabola():
    rates = torch.linspace(0.01, 1.3, 200, dtype=torch.float64)
    found = learning_rate_sweep(Function("2 x^2"), [3.0], "SGD", lrs=rates, steps=25)
    torch.testing.assert_close(found.ends[:, 0], 3 * (1 - 4 * rates) ** 25, rtol=1e-11, atol=1e-14)
    torch.testing.assert_close(found.losses, 18 * (1 - 4 * rates) ** 50, rtol=1e-11, atol=1e-20)


def test_too_much_work_is_refused_with_what_would_do(monkeypatch):
    monkeypatch.setattr(atlas, "MOST_WORK", 1_000 * WELL.work * 10)
    with pytest.raises(InputError, match="at most 1,000 such runs"):
        basins(WELL, ("x", -1, 1, 50), ("y", -1, 1, 50), steps=10)
    with pytest.raises(InputError, match="at most 1,000 such runs"):
        learning_rate_sweep(WELL, [1.0, 1.0], lrs=[0.1] * 1_001, steps=10)


@pytest.mark.parametrize("lrs", [[], 0.1, [0.1, -1], [0.1, math.nan]])
def test_rates_that_can_not_be_used_are_refused(lrs):
    with pytest.raises(InputError):
        learning_rate_sweep(WELL, [1.0, 1.0], lrs=lrs)
