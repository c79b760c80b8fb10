"""Kinds of objectives that the package doesn't have: all that takes an objective takes them too."""

import inspect

import numpy as np
import pytest
import torch

from playground import OPTIMIZERS, InputError, descend, loss_surface
from playground.analysis.curvature import curvature
from playground.analysis.diagnosis import diagnose
from playground.analysis.landscape import axis_plane, plane_surface
from playground.analysis.minima import find_quadratic_minimum
from playground.analysis.training_loop import run_loop
from playground.analysis.update_rule import trace_rule
from playground.data.gallery import find_known_minima, find_preset
from playground.engine.kinks import explain_points
from playground.engine.objectives import Objective

MATRIX = torch.tensor([[3.0, 1.0, 0.5], [1.0, 2.0, 0.25], [0.5, 0.25, 1.0]], dtype=torch.float64)
CENTRE = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)


class QuadraticForm(Objective):
    """(θ - c)ᵀ A (θ - c)/2: its parameters, its loss, and nothing else."""

    parameters = ("p", "q", "r")

    def loss(self, theta):
        away = self.check_theta(theta) - CENTRE
        return ((away @ MATRIX) * away).sum(-1) / 2


X = torch.linspace(-2, 2, 12, dtype=torch.float64)
Y = torch.tanh(2 * X) + 0.3 * X
SHAPES = {"0.weight": (3, 1), "0.bias": (3,), "2.weight": (1, 3), "2.bias": (1,)}


class TinyNet(Objective):
    """The squared error of a network of two layers, by ``torch.nn`` itself, on points that batches can be made of."""

    kind = "network"

    def __init__(self, x=X, y=Y):
        self.module = torch.nn.Sequential(torch.nn.Linear(1, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).double()
        self.counts = [one.numel() for one in self.module.parameters()]
        self.parameters = tuple(
            f"{name}[{i}]"
            for (name, _), count in zip(self.module.named_parameters(), self.counts, strict=True)
            for i in range(count)
        )
        self.x, self.y = x, y

    def _errors(self, theta):
        parts = self.check_theta(theta).split(self.counts, -1)
        first, bias, second, last = (
            part.unflatten(-1, shape) for part, shape in zip(parts, SHAPES.values(), strict=True)
        )
        hidden = torch.tanh(self.x[:, None] @ first.mT + bias[..., None, :])
        return (hidden @ second.mT + last[..., None, :])[..., 0] - self.y

    def loss(self, theta):
        return (self._errors(theta) ** 2).mean(-1)

    @property
    def is_sum_of_squares(self):
        return True

    def residuals(self, theta):
        return self._errors(theta) / len(self.x) ** 0.5

    @property
    def point_count(self):
        return len(self.x)

    def batch(self, points):
        return TinyNet(self.x[points], self.y[points])


def start_of(objective):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(len(objective.parameters), generator=generator, dtype=torch.float64)


KINDS = [QuadraticForm(), TinyNet()]
ABLE = [
    pytest.param(objective, name, id=f"{type(objective).__name__}-{name}")
    for objective in KINDS
    for name, record in OPTIMIZERS.items()
    if record.needs != "residuals" or objective.is_sum_of_squares
]


def plain_loop(objective, start, name, steps):
    """torch's own optimizer on the loss, without the package's loop."""
    theta = start.clone().requires_grad_()
    record = OPTIMIZERS[name]
    options = {"foreach": False} if "foreach" in inspect.signature(record.cls).parameters else {}
    if record.needs:
        options[record.needs] = getattr(objective, record.needs)
    optimizer = record.cls([theta], lr=record.learning_rate, **options)
    path = [theta.detach().clone()]

    def closure():
        optimizer.zero_grad()
        loss = objective.loss(theta)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
        path.append(theta.detach().clone())
    return torch.stack(path)


@pytest.mark.parametrize(("objective", "name"), ABLE)
def test_every_optimizer_goes_down_it_as_torch_does(objective, name):
    start = start_of(objective)
    run = descend(objective, start, name, steps=12)
    assert torch.equal(run.parameters, plain_loop(objective, start, name, 12))
    assert run.losses.tolist() == [objective.loss(one).item() for one in run.parameters]
    assert run.losses[-1] < run.losses[0]


@pytest.mark.parametrize("objective", KINDS, ids=lambda one: type(one).__name__)
def test_its_run_can_be_looked_at_in_every_way(objective):
    run = descend(objective, start_of(objective), "Adam", lr=0.05, steps=30)
    curved = curvature(objective, run.parameters)
    count = len(objective.parameters)
    assert curved.hessians.shape == (31, count, count)
    assert len(diagnose(run, curved, objective)) == 31
    assert explain_points(objective, run.parameters, run.losses, run.gradients) == [""] * 31
    assert len(trace_rule("Adam", {}, run)[-1].values) == 30


@pytest.mark.parametrize("objective", KINDS, ids=lambda one: type(one).__name__)
def test_its_surfaces_are_its_losses(objective):
    at, (first, second, *_) = start_of(objective), objective.parameters
    surface = loss_surface(objective, (first, -1, 1, 5), (second, -2, 2, 5), at=at)
    plane = plane_surface(objective, axis_plane(objective, (first, second), at), (-1, 1), (-2, 2), 5)
    points = at.repeat(5, 5, 1)
    points[..., 0], points[..., 1] = torch.meshgrid(surface.x, surface.y, indexing="xy")
    expected = [[objective.loss(point).item() for point in row] for row in points]
    np.testing.assert_allclose(surface.z, expected, rtol=1e-14)
    np.testing.assert_allclose(plane.z, expected, rtol=1e-14)


@pytest.mark.parametrize("objective", KINDS, ids=lambda one: type(one).__name__)
def test_its_derivatives_are_those_of_torch_func(objective):
    at = start_of(objective)
    np.testing.assert_allclose(objective.gradient(at), torch.func.grad(objective.loss)(at), rtol=1e-12)
    np.testing.assert_allclose(
        objective.hessian(at), torch.func.jacrev(torch.func.jacrev(objective.loss))(at), rtol=1e-10, atol=1e-14
    )


def test_a_step_looks_at_a_batch_of_its_points():
    net = TinyNet()
    run = descend(net, start_of(net), lr=0.05, steps=6, batch_size=5, seed=3)
    assert sorted(run.batches[:3].flatten().tolist()) == [-1, -1, -1, *range(12)]
    for k in range(6):
        part = net.batch(run.batches[k][run.batches[k] >= 0])
        assert run.batch_losses[k] == part.loss(run.parameters[k])
        np.testing.assert_allclose(run.parameters[k] - 0.05 * part.gradient(run.parameters[k]), run.parameters[k + 1])


def test_what_it_has_not_is_refused_in_its_own_words():
    form, net = KINDS
    with pytest.raises(InputError, match="batches are made of data points, and this objective has none") as refused:
        descend(form, CENTRE, batch_size=2)
    assert refused.value.field == "batch_size"
    with pytest.raises(InputError, match="from 1 to 12, the number of points, not 13"):
        descend(net, start_of(net), batch_size=13)
    with pytest.raises(InputError, match="needs a sum of squares"):
        descend(form, CENTRE, "LevenbergMarquardt")
    with pytest.raises(InputError, match="this objective isn't written in lines of code") as refused:
        run_loop(form, [0.0, 0.0, 0.0])
    assert refused.value.field == "objective"


def test_what_is_known_of_its_minimum_is_found_out():
    form, net = KINDS
    np.testing.assert_allclose(find_quadratic_minimum(form, [5.0, 5.0, 5.0]), CENTRE, atol=1e-14)
    known = find_known_minima(form, (5.0, 5.0, 5.0))
    np.testing.assert_allclose(known.points, CENTRE[None], atol=1e-14)
    assert known.loss == pytest.approx(0, abs=1e-25)
    assert find_preset(form) is find_preset(net) is find_known_minima(net, tuple(start_of(net))) is None
    assert form.default_start == (1.0, 1.0, 1.0)
