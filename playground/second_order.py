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

TRIES = 30
"""How many lengths, or dampings, a step tries before it stays where it is."""

FLAT = 1e-12
"""An eigenvalue below this part of the largest counts as so large, or a step along it would have no end."""


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
    ``lr``, ``lr * shrink``, ``lr * shrink**2``, … at which the loss has fallen by at least ``decrease`` times what
    the slope promises (Armijo's condition, algorithm 3.1 there).

    The closure is called once a step, for the gradient; the losses that the line search tries aren't counted.

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
        ArithmeticError: in a step, where the Hessian isn't finite.
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
        gradient = theta.grad
        assert gradient is not None
        with torch.enable_grad():
            hessian = jacrev(jacrev(self._loss))(theta.detach())
        if not bool(hessian.isfinite().all()):
            raise ArithmeticError("the Hessian isn't finite")
        eigenvalues, directions = torch.linalg.eigh(hessian.detach())
        sizes = eigenvalues.abs()
        sizes = torch.maximum(sizes, FLAT * sizes.amax()) + group["damping"]
        along = directions.mT @ gradient
        # Flat all around: there is no second order to go by, and no gradient either, or it would be no Hessian's.
        direction = -directions @ torch.where(sizes > 0, along / sizes, along)
        length = self._length(theta.detach().clone(), loss.detach(), direction, float(gradient @ direction), group)
        self.state[theta] |= {"direction": direction, "length": length, "least_eigenvalue": float(eigenvalues[0])}
        theta.add_(direction, alpha=length)
        return loss

    def _length(self, theta: Tensor, loss: Tensor, direction: Tensor, slope: float, group: dict[str, Any]) -> float:
        """How far along the direction is good; 0 where no length that was tried is."""
        length: float = group["lr"]
        if not group["line_search"]:
            return length
        for _ in range(TRIES):
            if float(self._loss(theta + length * direction)) <= float(loss) + group["decrease"] * length * slope:
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

    The closure is called once a step, for its loss; the residuals of the steps that are tried aren't counted.

    Args:
        params: a list of one tensor (P,).
        residuals: (P,) -> (M,), the squares of which add up to the loss, for ``torch.func`` to differentiate.
        lr: what each step is multiplied by.
        damping: the first λ, above 0, relative to D².
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
        theta, group = self._theta, self.param_groups[0]
        state = self.state[theta]
        residuals, jacobian = self._linearised(theta.detach())
        lengths = torch.linalg.vector_norm(jacobian, dim=0)
        state["scale"] = torch.maximum(state.get("scale", lengths), lengths)
        scale = torch.where(state["scale"] > 0, state["scale"], 1.0)
        left, sizes, right = torch.linalg.svd(jacobian / scale, full_matrices=False)
        parts = left.mT @ residuals
        damping = begun = state.get("damping", group["damping"])
        before, moved = float(residuals @ residuals), torch.zeros_like(theta)
        for _ in range(TRIES):
            filtered = group["lr"] * sizes * sizes / (sizes * sizes + damping)
            delta = -(right.mT @ torch.where(sizes > 0, parts * filtered / sizes, 0.0)) / scale
            if torch.equal(theta + delta, theta):
                break
            after = self._residuals(theta.detach() + delta)
            came, promised = before - float(after @ after), float((parts**2 * filtered * (2 - filtered)).sum())
            if math.isfinite(came) and came > 0 and promised > 0:
                moved, damping = delta, self._next(damping, came / promised, group)
                break
            if promised < 1e-3 * EPSILON * before:  # what is left to gain is lost in rounding
                break
            damping *= group["raise_by"]
        state["damping"] = damping if bool(moved.any()) else begun
        state["delta"] = moved
        theta.add_(moved)
        return loss

    def _linearised(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """The residuals (M,) and their Jacobian (M, P).

        Backwards through the map u -> Jᵀu, which is linear: as many passes as there are parameters, not residuals.
        """
        with torch.enable_grad():
            residuals, pull = vjp(self._residuals, theta)[:2]
            jacobian = jacrev(lambda along: pull(along)[0])(torch.zeros_like(residuals)).mT
        if not bool(jacobian.isfinite().all() and residuals.isfinite().all()):
            raise ArithmeticError("the Jacobian isn't finite")
        return residuals.detach(), jacobian.detach()

    @staticmethod
    def _next(damping: float, gain: float, group: dict[str, Any]) -> float:
        """λ for the next step, by the part of the promised decrease that has come."""
        if gain < 0.25:
            return float(damping * group["raise_by"])
        return float(max(damping / group["lower_by"], EPSILON**2) if gain > 0.75 else damping)
