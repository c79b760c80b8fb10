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

REACH = 3.0
"""λ holds a parameter to steps of about so many times its size; without it, a plateau would fling it far off."""

FAINT = 1e-10
"""A parameter is faint if a step of that length, or of ``REACH``, moves the residuals by less than this part of them,
to first order."""

TINY = 1e-20
"""A parameter that was never larger has no size yet."""

MAX_WALKED = 40
"""So many steps a run gropes its way over a plateau, where it sees no slope."""

HOPE = 1e-3
"""Where the linear model promises a decrease by this part of the loss, and no step brings any, the run can't go on."""


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

    The Hessian is scaled first, :math:`D^{-1} H D^{-1} = Q \Lambda Q^T` with :math:`D` the roots of its diagonal's
    sizes: the units of the parameters make no difference. The direction is
    :math:`d = -(D Q |\Lambda| Q^T D + \lambda I)^{-1} g`, with each eigenvalue :math:`\Lambda` at its size, and the
    damping :math:`\lambda`: where all curve upwards it is Newton's, and elsewhere still downhill, away from saddles
    (Nocedal and Wright 2006, section 3.4; Dauphin et al. 2014). Its length is the first of ``lr``, ``lr * shrink``,
    ``lr * shrink**2``, … at which the loss is finite and has fallen by at least ``decrease`` times what the slope
    promises (Armijo's condition, algorithm 3.1 there); 0 if there is none, as at a minimum.

    The closure is called once a step, for the loss and the gradient; the losses that the line search tries aren't
    counted. What is kept: ``direction`` (P,), ``length``, and ``least_eigenvalue`` of the Hessian as it is.

    Args:
        params: a list of one tensor (P,).
        loss: (P,) -> the loss, a scalar, for ``torch.func`` to differentiate.
        lr: the length that is tried first, as a multiple of the direction.
        damping: added to the Hessian's diagonal once its eigenvalues are at their sizes, from 0.
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
        least, direction = self._direction(theta.detach(), theta.grad, group["damping"])
        slope = float(theta.grad @ direction)
        length = self._length(theta.detach(), float(loss), direction, slope) if group["line_search"] else group["lr"]
        self.state[theta] |= {"direction": direction, "length": length, "least_eigenvalue": least}
        if length:  # times 0, a direction that isn't finite would be nan
            theta.add_(direction, alpha=length)
        return loss

    def _direction(self, theta: Tensor, gradient: Tensor, damping: float) -> tuple[float, Tensor]:
        """The Hessian's least eigenvalue, and the direction (P,)."""
        with torch.enable_grad():
            hessian = jacrev(jacrev(self._loss))(theta).detach()
        if not bool(hessian.isfinite().all()):
            raise ArithmeticError("the Hessian isn't finite")
        least = float(torch.linalg.eigvalsh(hessian)[0])
        if not bool(gradient.any()):
            return least, torch.zeros_like(gradient)
        if not bool(hessian.any()) and not damping:
            raise ArithmeticError("the Hessian is 0, and the gradient isn't: some damping gives it a step")
        scale = _scale_hessian(hessian)
        eigenvalues, vectors = torch.linalg.eigh(hessian / scale / scale[:, None])
        sizes = eigenvalues.abs().clamp(min=FLAT * float(eigenvalues.abs().amax()))
        if damping:
            sizes, vectors = torch.linalg.eigh((vectors * sizes) @ vectors.mT + (damping / scale**2).diag())
        return least, -(vectors @ (vectors.mT @ (gradient / scale) / sizes)) / scale

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


def _scale_hessian(hessian: Tensor) -> Tensor:
    """The roots (P,) of the diagonal's sizes; of a row whose diagonal is 0, the root of its longest entry, or 1."""
    sizes = torch.where(hessian.diagonal() != 0, hessian.diagonal().abs(), hessian.abs().amax(0))
    return torch.where(sizes > 0, sizes, 1.0).sqrt()


class LevenbergMarquardt(_SecondOrder):
    r"""Least squares by Levenberg's and Marquardt's damped Gauss-Newton steps.

    A step solves :math:`(J^T J + \lambda D^2)\,\delta = -J^T r`, by the singular values of :math:`J D^{-1}` rather
    than by that equation, whose condition is the square of theirs. :math:`D` makes it free of the parameters' units
    (Moré 1978, The Levenberg-Marquardt algorithm: implementation and theory): for each parameter the longer of its
    column in J, and of the residuals' length by ``REACH`` times the parameter's size, which is the largest that it has
    had. So no step is longer than :math:`\|D\delta\| = \|r\| / 2\sqrt\lambda`: it moves no parameter by much more than
    the residuals ask for, and none far beyond its size at once, where a plateau asks for any distance. While a step
    doesn't lower the loss, or leaves the finite numbers, λ is raised and another one tried. Then λ goes by how much of
    the decrease that the linear model promised has come: below a quarter it is raised, above three quarters lowered
    (Marquardt 1963; Madsen, Nielsen and Tingleff 2004, Methods for non-linear least squares problems, section 3.2).

    A parameter that moves the residuals by less than ``FAINT`` of them stays as long as the others gain. Then the
    faint ones walk, each by at most half its size and by its share of the slope, until something can be seen of them.

    Near the minimum a step can still gain digits of the parameters where the loss can't tell any more: what the
    rounding of the parameters, in J, makes of it is more than what is left to gain. There a step is taken as long as
    the model promises less than ever before, and the loss changes by no more than that rounding; then the parameters
    stay where they are.

    The closure is called once a step, for its loss; the residuals of the steps that are tried aren't counted. What
    is kept: ``delta`` (P,), the step; ``damping``, λ for the next one; ``scale`` (P,), the diagonal of D, infinite for
    parameters that stay; ``size`` (P,), the parameters' largest sizes; ``walked``, how often the faint ones did.

    Args:
        params: a list of one tensor (P,).
        residuals: (P,) -> (M,), the squares of which add up to the loss, for ``torch.func`` to differentiate.
        lr: what each step is multiplied by.
        damping: the first λ, above 0; D makes it free of the residuals' and the parameters' units.
        raise_by: the factor by which λ is raised, above 1.
        lower_by: what it is divided by when it is lowered, above 1.

    Raises:
        ValueError: for settings outside of these bounds.
        ArithmeticError: in a step, where the Jacobian isn't finite, or no step brings what the linear model promises.
    """

    def __init__(
        self,
        params: Iterable[Any],
        residuals: Callable[[Tensor], Tensor],
        lr: float = 1.0,
        damping: float = 1.0,
        raise_by: float = 2.0,
        lower_by: float = 5.0,
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
        state.setdefault("damping", self.param_groups[0]["damping"])
        state["size"] = torch.maximum(state.get("size", theta.abs()), theta.abs())
        state["scale"] = _scale_jacobian(jacobian, residuals, state["size"])
        delta = self._find_step(theta.detach(), residuals, jacobian)
        if delta is None:
            delta = self._walk(theta.detach(), residuals, jacobian)
        state["delta"] = torch.zeros_like(theta) if delta is None else delta
        if delta is not None:
            theta.add_(delta)
        return loss

    def _find_step(self, theta: Tensor, residuals: Tensor, jacobian: Tensor) -> Tensor | None:
        """The step (P,) by the first damping that gives a good one, or None; λ is kept for the next step."""
        state, group = self.state[self._theta], self.param_groups[0]
        scale = state["scale"]
        left, sizes, right = torch.linalg.svd(jacobian / scale, full_matrices=False)
        sizes = torch.where(sizes > EPSILON * sizes.amax(), sizes, 0.0)
        parts, before, hope = left.mT @ residuals, float(residuals @ residuals), 0.0
        least: float = state.get("promised", math.inf)
        # What the parameters' own rounding makes of each residual.
        noise = 4 * EPSILON * (jacobian.abs() @ theta.abs())
        rounding = min(float(residuals.abs() @ noise), SETTLED * before)
        for _ in range(MAX_TRIES):
            # By this part of itself each component of the residuals shrinks, as far as they are linear.
            taken = group["lr"] * sizes**2 / (sizes**2 + state["damping"])
            delta: Tensor = -(right.mT @ torch.where(sizes > 0, parts * taken / sizes, 0.0)) / scale
            if torch.equal(theta + delta, theta):
                break
            # The difference of the squares, with the digits that the difference of their sums would lose.
            came, promised = self._gain(theta + delta, residuals), float(parts**2 @ (taken * (2 - taken)))
            settled = 0 <= promised <= rounding
            if promised < least and abs(came) <= rounding if settled else promised > 0 and 0 < came < math.inf:
                state["damping"] = self._next_damping(state["damping"], 1.0 if settled else came / promised)
                state["promised"] = min(promised, least)
                return delta
            if settled:
                break
            hope = max(hope, promised)
            state["damping"] = min(state["damping"] * group["raise_by"], 1 / MIN_DAMPING)
        if hope > HOPE * before > HOPE * float(noise @ noise):  # residuals that are all rounding have no slope
            raise ArithmeticError(
                "no step lowers the loss, however short, though its slope promises that: there is a kink or a jump here"
            )
        return None

    def _gain(self, theta: Tensor, residuals: Tensor) -> float:
        """By how much the loss is lower at ``theta``; NaN where it, or its gradient, isn't finite."""
        with torch.enable_grad():
            after, pull = vjp(self._residuals, theta)[:2]
            is_finite = bool(pull(after)[0].isfinite().all())
        return float((residuals - after.detach()) @ (residuals + after.detach())) if is_finite else math.nan

    def _walk(self, theta: Tensor, residuals: Tensor, jacobian: Tensor) -> Tensor | None:
        """A step (P,) of the faint parameters alone, down their slope as far as it has one, or None."""
        state = self.state[self._theta]
        slopes = theta * (jacobian.mT @ (residuals / torch.linalg.vector_norm(residuals).clamp(min=1e-300)))
        slopes = torch.where(state["scale"].isinf(), slopes, 0.0)
        steepest = slopes.abs().amax()
        if not float(steepest) > 0 or not self.param_groups[0]["lr"] or state.get("walked", 0) == MAX_WALKED:
            return None
        delta = -0.5 * theta.abs() * slopes / steepest
        if not self._gain(theta + delta, residuals) >= -SETTLED * float(residuals @ residuals):
            return None
        state["walked"] = state.get("walked", 0) + 1
        state["damping"] = self.param_groups[0]["damping"]
        return delta

    def _next_damping(self, damping: float, gain: float) -> float:
        """λ for the next step, by the part of the promised decrease that has come."""
        group = self.param_groups[0]
        if gain < 0.25:
            return float(min(damping * group["raise_by"], 1 / MIN_DAMPING))
        return float(max(damping / group["lower_by"], MIN_DAMPING) if gain > 0.75 else damping)


def _scale_jacobian(jacobian: Tensor, residuals: Tensor, size: Tensor) -> Tensor:
    """The diagonal (P,) of Levenberg and Marquardt's D, infinite for faint parameters.

    Args:
        jacobian: (M, P); residuals: (M,); size: (P,), how large each parameter is known to be.
    """
    largest = jacobian.abs().amax(0)
    # Of numbers below 1e-162 the squares are 0.
    unit = torch.where(largest > 0, largest, 1.0)
    lengths, length = unit * torch.linalg.vector_norm(jacobian / unit, dim=0), torch.linalg.vector_norm(residuals)
    is_faint = (lengths * size.clamp(min=1.0) * REACH < FAINT * length) & (size > TINY)
    scale = torch.maximum(lengths, torch.where(size > TINY, length / (REACH * size), 0.0))
    # A parameter that moves nothing has a column of zeros, and stays whatever its scale is.
    return torch.where(is_faint, math.inf, torch.where(scale > 0, scale, 1.0))


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
