"""Two optimizers that use second derivatives, as ``torch.optim.Optimizer`` like torch's own.

Beside the parameters they are given what they differentiate: the loss, or the residuals whose squares add up to it.
Derivatives are taken backwards twice by ``torch.func``; forwards, torch would load its deprecated ``torch.jit``.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.func import jacrev, vjp

EPSILON = torch.finfo(torch.float64).eps

MIN_DAMPING = EPSILON**2
"""The least λ, below the square of what a singular value is known to; 1/MIN_DAMPING is the largest."""

MAX_TRIES = 100
"""A step tries so many lengths, or dampings, before it stays where it is."""

SETTLED = 1e-10
"""A decrease above this part of the loss is never taken for one that is lost in rounding."""

FLAT = 1e-15
"""An eigenvalue below this part of the largest is lost in rounding, and taken as so large."""


class _SecondOrder(torch.optim.Optimizer):
    """An optimizer of one tensor of parameters."""

    def __init__(self, params: Iterable[Any], lr: float, **settings: Any) -> None:
        if not lr >= 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, {"lr": lr, **settings})
        if len(self.param_groups) != 1 or len(self.param_groups[0]["params"]) != 1:
            raise ValueError(f"{type(self).__name__} moves one tensor of parameters")

    @property
    def _theta(self) -> Tensor:
        theta: Tensor = self.param_groups[0]["params"][0]
        return theta


class Newton(_SecondOrder):
    r"""Damped Newton steps with a line search of their own.

    The direction is :math:`d = -Q |\Lambda|^{-1} Q^T g`, with the Hessian's eigenvalues :math:`\Lambda`, each at its
    size plus the damping, and eigenvectors :math:`Q`: where all curve upwards it is Newton's, and elsewhere still
    downhill, away from saddles (Nocedal and Wright 2006, section 3.4; Dauphin et al. 2014). Its length is the first of
    ``lr``, ``lr * shrink``, ``lr * shrink**2``, … at which the loss is finite and has fallen by at least ``decrease``
    times what the slope promises (Armijo's condition, algorithm 3.1 there); 0 if there is none, as at a minimum.

    The closure is called once a step, for the loss and the gradient; the losses that the line search tries aren't
    counted. What is kept: ``direction`` (P,), ``length``, and ``least_eigenvalue``, before its size is taken.

    Args:
        params: a list of one tensor (P,).
        loss: (P,) -> the loss, a scalar, for ``torch.func`` to differentiate.
        lr: the length that is tried first, as a multiple of the direction.
        damping: added to each eigenvalue's size, from 0.
        line_search: whether lengths are tried; without it each step has the length ``lr``.
        decrease: the part of the promised decrease that is enough, above 0 and below 1.
        shrink: the factor from length to length, above 0 and below 1.

    Raises:
        ValueError: for settings outside of these bounds.
        ArithmeticError: in a step, where the Hessian isn't finite, or 0 beside a gradient that isn't.
    """

    def __init__(
        self,
        params: Iterable[Any],
        loss: Callable[[Tensor], Tensor],
        lr: float = 1.0,
        damping: float = 0.0,
        line_search: bool = True,
        decrease: float = 1e-4,
        shrink: float = 0.5,
    ) -> None:
        if not damping >= 0.0:
            raise ValueError(f"Invalid damping: {damping}")
        for name, value in (("decrease", decrease), ("shrink", shrink)):
            if not 0.0 < value < 1.0:
                raise ValueError(f"Invalid {name}: {value}")
        super().__init__(params, lr, damping=damping, line_search=line_search, decrease=decrease, shrink=shrink)
        self._loss = loss

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor]) -> Tensor:  # type: ignore[override]
        """One step; ``closure`` computes the loss and its gradient."""
        with torch.enable_grad():
            loss = closure()
        theta, group = self._theta, self.param_groups[0]
        if theta.grad is None or not len(theta):
            return loss
        eigenvalues, direction = self._direction(theta.detach(), theta.grad, group["damping"])
        slope = float(theta.grad @ direction)
        length = self._length(theta.detach(), float(loss), direction, slope) if group["line_search"] else group["lr"]
        self.state[theta] |= {"direction": direction, "length": length, "least_eigenvalue": float(eigenvalues[0])}
        if length:  # times 0, a direction that isn't finite would be nan
            theta.add_(direction, alpha=length)
        return loss

    def _direction(self, theta: Tensor, gradient: Tensor, damping: float) -> tuple[Tensor, Tensor]:
        """The Hessian's eigenvalues (P,), rising, and the direction (P,)."""
        with torch.enable_grad():
            hessian = jacrev(jacrev(self._loss))(theta).detach()
        if not bool(hessian.isfinite().all()):
            raise ArithmeticError("the Hessian isn't finite")
        eigenvalues, vectors = torch.linalg.eigh(hessian)
        sizes = eigenvalues.abs()
        sizes = sizes.clamp(min=FLAT * float(sizes.amax())) + damping
        if not bool(gradient.any()):
            return eigenvalues, torch.zeros_like(gradient)
        if not bool(sizes.any()):
            raise ArithmeticError("the Hessian is 0, and the gradient isn't: some damping gives it a step")
        return eigenvalues, -(vectors @ (vectors.mT @ gradient / sizes))

    def _length(self, theta: Tensor, loss: float, direction: Tensor, slope: float) -> float:
        """How far along the direction is good; 0 where no length that was tried is."""
        group = self.param_groups[0]
        length: float = group["lr"]
        for _ in range(MAX_TRIES):
            tried = theta + length * direction
            if torch.equal(tried, theta):
                break
            if float(self._loss(tried)) <= loss + group["decrease"] * length * slope:
                return length
            length *= group["shrink"]
        return 0.0


class LevenbergMarquardt(_SecondOrder):
    r"""Least squares by Levenberg's and Marquardt's damped Gauss-Newton steps.

    A step solves :math:`(J^T J + \lambda D^2)\,\delta = -J^T r`, by the singular values of :math:`J D^{-1}` rather
    than by that equation, whose condition is the square of theirs. :math:`D` holds the lengths of J's columns, the
    largest so far (Moré 1978, The Levenberg-Marquardt algorithm: implementation and theory). While a step doesn't
    lower the loss, λ is raised and another one tried. Then λ goes by how much of the decrease that the linear model
    promised has come: below a quarter it is raised, above three quarters lowered (Marquardt 1963; Madsen, Nielsen and
    Tingleff 2004, Methods for non-linear least squares problems, section 3.2).

    Near the minimum a step can still gain digits of the parameters where the loss can't tell any more: what the
    rounding of the parameters, in J, makes of it is more than what is left to gain. There a step is taken as long as
    the model promises less than ever before, and the loss changes by no more than that rounding; then the parameters
    stay where they are.

    The closure is called once a step, for its loss; the residuals of the steps that are tried aren't counted. What
    is kept: ``delta`` (P,), the step; ``damping``, λ for the next one; ``scale`` (P,), the diagonal of D.

    Args:
        params: a list of one tensor (P,).
        residuals: (P,) -> (M,), the squares of which add up to the loss, for ``torch.func`` to differentiate.
        lr: what each step is multiplied by.
        damping: the first λ, above 0; D makes it free of the residuals' and the parameters' units.
        raise_by: the factor by which λ is raised, above 1.
        lower_by: what it is divided by when it is lowered, above 1.

    Raises:
        ValueError: for settings outside of these bounds.
        ArithmeticError: in a step, where the Jacobian isn't finite.
    """

    def __init__(
        self,
        params: Iterable[Any],
        residuals: Callable[[Tensor], Tensor],
        lr: float = 1.0,
        damping: float = 1e-2,
        raise_by: float = 2.0,
        lower_by: float = 3.0,
    ) -> None:
        if not damping > 0.0:
            raise ValueError(f"Invalid damping: {damping}")
        for name, value in (("raise_by", raise_by), ("lower_by", lower_by)):
            if not value > 1.0:
                raise ValueError(f"Invalid {name}: {value}")
        super().__init__(params, lr, damping=damping, raise_by=raise_by, lower_by=lower_by)
        self._residuals = residuals

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor]) -> Tensor:  # type: ignore[override]
        """One step; ``closure`` computes the loss and its gradient."""
        with torch.enable_grad():
            loss = closure()
        theta, state = self._theta, self.state[self._theta]
        residuals, jacobian = differentiate(self._residuals, theta.detach())
        if not bool(jacobian.isfinite().all() and residuals.isfinite().all()):
            raise ArithmeticError("the Jacobian isn't finite")
        lengths = torch.linalg.vector_norm(jacobian, dim=0)
        state["scale"] = torch.maximum(state.get("scale", lengths), lengths)
        state.setdefault("damping", self.param_groups[0]["damping"])
        # A parameter that moves nothing has a column of zeros, and stays whatever its scale is.
        delta = self._find_step(
            theta.detach(), residuals, jacobian, torch.where(state["scale"] > 0, state["scale"], 1.0)
        )
        state["delta"] = torch.zeros_like(theta) if delta is None else delta
        if delta is not None:
            theta.add_(delta)
        return loss

    def _find_step(self, theta: Tensor, residuals: Tensor, jacobian: Tensor, scale: Tensor) -> Tensor | None:
        """The step (P,) by the first damping that gives a good one, or None; λ is kept for the next step."""
        state, group = self.state[self._theta], self.param_groups[0]
        left, sizes, right = torch.linalg.svd(jacobian / scale, full_matrices=False)
        parts, before = left.mT @ residuals, float(residuals @ residuals)
        least: float = state.get("promised", math.inf)
        rounding = min(4 * EPSILON * float(residuals.abs() @ jacobian.abs() @ theta.abs()), SETTLED * before)
        for _ in range(MAX_TRIES):
            # By this part of itself each component of the residuals shrinks, as far as they are linear.
            taken = group["lr"] * sizes**2 / (sizes**2 + state["damping"])
            delta: Tensor = -(right.mT @ torch.where(sizes > 0, parts * taken / sizes, 0.0)) / scale
            if torch.equal(theta + delta, theta):
                return None
            after = self._residuals(theta + delta)
            # The difference of the squares, with the digits that the difference of their sums would lose.
            came, promised = float((residuals - after) @ (residuals + after)), float(parts**2 @ (taken * (2 - taken)))
            settled = 0 <= promised <= rounding
            if promised < least and abs(came) <= rounding if settled else promised > 0 and 0 < came < math.inf:
                state["damping"] = self._next_damping(state["damping"], 1.0 if settled else came / promised)
                state["promised"] = min(promised, least)
                return delta
            if settled:
                return None
            state["damping"] = min(state["damping"] * group["raise_by"], 1 / MIN_DAMPING)
        return None

    def _next_damping(self, damping: float, gain: float) -> float:
        """λ for the next step, by the part of the promised decrease that has come."""
        group = self.param_groups[0]
        if gain < 0.25:
            return float(min(damping * group["raise_by"], 1 / MIN_DAMPING))
        return float(max(damping / group["lower_by"], MIN_DAMPING) if gain > 0.75 else damping)


def differentiate(function: Callable[[Tensor], Tensor], theta: Tensor) -> tuple[Tensor, Tensor]:
    """A function's value and its Jacobian.

    Backwards through the map u -> Jᵀu, which is linear: as many passes as there are parameters, not components.

    Args:
        function: (P,) -> (M,); theta: (P,).

    Returns:
        (M,) and (M, P), of ``theta``'s dtype, without a graph.
    """
    with torch.enable_grad():
        value, pull = vjp(function, theta)[:2]
        jacobian = jacrev(lambda along: pull(along)[0])(torch.zeros_like(value)).mT
    return value.detach(), jacobian.detach()
