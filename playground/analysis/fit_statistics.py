"""What can be said of a fit beside its loss: how good it is, which points pull, what is exact, what is uncertain."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from playground.analysis.minima import LINEARITY_TOLERANCE, LinearMap, linearise
from playground.engine.fit import Fit
from playground.engine.losses import LOSSES
from playground.engine.second_order import LevenbergMarquardt

GRID_POINTS = 64
"""Two models are the same curve if they agree at so many places."""

MAX_SEARCH_STEPS = 60
"""A curve that wasn't found after so many steps is given up."""

MINIMUM_TOLERANCE = 0.01
"""A point is at the minimum if what is left of the way is no more than this part of the standard errors."""

ROUNDING_TOLERANCE = 1e-8
"""So is a point from which that moves the predictions by no more than this part of their terms: a perfect fit has no
standard errors."""


def r_squared(fit: Fit, theta: Tensor) -> Tensor:
    """The share of the targets' variance that a fit explains, 1 - Σ w e² / Σ w (y - mean)².

    Args:
        fit: on its points; theta: (..., P).

    Returns:
        (...) float64: 1 for a perfect fit, 0 for one no better than the mean, below 0 for one that is worse; NaN
        where all targets are equal (Draper and Smith 1998, Applied regression analysis, section 1.3).
    """
    weights = torch.ones_like(fit.y) if fit.weights is None else fit.weights
    mean = (weights * fit.y).sum() / weights.sum()
    total = (weights * (fit.y - mean) ** 2).sum()
    left = (weights * (fit.predict(theta, fit.x) - fit.y) ** 2).sum(-1)
    # The mean of equal targets may be off by a rounding, and the total with it.
    varies = (fit.y.min() < fit.y.max()) & (total > 0)
    return torch.where(varies, 1 - left / total, math.nan)


def residual_deviation(fit: Fit, theta: Tensor) -> Tensor:
    """The residual standard deviation, √(Σ w e² / (n - P)): how far the points scatter around the curve.

    Args:
        fit: on its n points, with P parameters; theta: (..., P).

    Returns:
        (...) float64, in the unit of y where the points weigh 1; NaN with no more points than parameters (Seber and
        Wild 1989, Nonlinear regression, section 2.1).
    """
    weights = torch.ones_like(fit.y) if fit.weights is None else fit.weights
    left = (weights * (fit.predict(theta, fit.x) - fit.y) ** 2).sum(-1)
    freedom = len(fit.x) - len(fit.parameters)
    return (left / freedom).sqrt() if freedom > 0 else torch.full_like(left, math.nan)


def jacobian(fit: Fit, theta: Tensor, x: Tensor | None = None) -> Tensor:
    """The derivatives of the predictions, and so of the errors prediction - target, by the parameters.

    Each point is given parameters of its own, so that one pass backwards finds the derivatives of all. Forwards, torch
    would load its deprecated ``torch.jit``.

    Args:
        fit: with P parameters.
        theta: (..., P).
        x: (M,), the data's n unless given.

    Returns:
        (..., M, P) float64.
    """
    x = fit.x if x is None else x
    own = theta.detach()[..., None, :].expand(*theta.shape[:-1], len(x), -1).clone().requires_grad_()
    with torch.enable_grad():
        prediction = fit.predict_from_columns(own.unbind(-1), fit.model_inputs(x))
        total = prediction.sum()
    if not total.requires_grad:  # no parameter moves it
        return torch.zeros_like(own)
    (slopes,) = torch.autograd.grad(total, own, materialize_grads=True)
    return slopes.detach()


def contributions(fit: Fit, theta: Tensor) -> Tensor:
    """What each point has in the gradient: its share of the loss, differentiated by the parameters.

    Together they are the gradient, but for what a penalty adds.

    Args:
        fit: with n points and P parameters.
        theta: (..., P).

    Returns:
        (..., n, P) float64.
    """
    pulls = prediction_gradient(fit, theta)
    # A point that doesn't pull has no part, even where its prediction has no slope.
    return torch.where(pulls[..., None] == 0, 0.0, pulls[..., None] * jacobian(fit, theta))


def prediction_gradient(fit: Fit, theta: Tensor) -> Tensor:
    """The derivative of the loss by each prediction: (..., P) -> (..., n); below 0 the point pulls the curve up."""
    prediction = fit.predict(theta.detach(), fit.x).detach().clone().requires_grad_()
    (slopes,) = torch.autograd.grad(fit.shares_from_prediction(prediction).sum(), prediction)
    return slopes


def data_gradients(fit: Fit, theta: Tensor | Sequence[object]) -> tuple[Tensor, Tensor]:
    """How the loss changes when the points in it move: its gradients by X and by Y, by torch.

    Args:
        fit: whose data; what its x are standardised by stays as it is.
        theta: (..., P), the parameters.

    Returns:
        Two tensors (..., n) float64.

    Raises:
        InputError: if the last axis of ``theta`` doesn't hold P parameters.
    """
    theta = fit.check_theta(theta).detach()
    # Each theta has data of its own, so that one sum over all losses keeps their gradients apart.
    x, y = (one.repeat(*theta.shape[:-1], 1).requires_grad_() for one in (fit.x, fit.y))
    given = fit.values_from_columns(theta.split(fit.sizes, -1)) | {"x": fit.model_inputs(x)}
    prediction = fit.expression.evaluate(given).expand_as(y)
    loss = LOSSES[fit.loss_name].compute(prediction, y, fit.weights)
    by_x, by_y = torch.autograd.grad(loss.sum(), (x, y), materialize_grads=True)
    return by_x, by_y


def linearise_model(fit: Fit, x: Tensor | None = None) -> LinearMap | None:
    """The predictions at ``x`` (M,), the data's unless given, as a linear map; None if they aren't one."""
    x = fit.x if x is None else x
    return linearise(lambda theta: fit.predict(theta, x), len(fit.parameters))


def standard_errors(fit: Fit, theta: Tensor) -> Tensor | None:
    """By how much each parameter would scatter, were the data drawn anew.

    For squared errors they are the roots of the diagonal of s² (JᵀWJ)⁻¹, s² the weighted squares of the errors by the
    n - P degrees of freedom (Seber and Wild 1989, Nonlinear regression, section 2.1); for the cross entropy of
    independent trials, of the inverse Hessian of the summed loss (Hosmer and Lemeshow 2000, section 1.3).

    Args:
        fit: its loss; theta: (P,), its minimum.

    Returns:
        (P,) float64, or None: for other losses, with a penalty, with no more points than parameters, where a
        parameter isn't determined, and where ``theta`` is no minimum.
    """
    covariance = _covariance(fit, theta)
    if covariance is None or not bool((covariance.diagonal() >= 0).all()):
        return None
    errors = covariance.diagonal().sqrt()
    return errors if _is_minimum(fit, theta, errors) else None


def correlations(fit: Fit, theta: Tensor) -> Tensor | None:
    """How far each two parameters would scatter together, were the data drawn anew.

    Args:
        fit: its loss; theta: (P,), its minimum.

    Returns:
        (P, P) float64 from -1 to 1, with 1 on the diagonal; or None where there are no standard errors, or one is 0.
    """
    errors = standard_errors(fit, theta)
    covariance = _covariance(fit, theta)
    if errors is None or covariance is None or not bool((errors > 0).all()):
        return None
    found: Tensor = (covariance / (errors * errors[:, None])).clamp(-1, 1)
    return found.fill_diagonal_(1)


def _covariance(fit: Fit, theta: Tensor) -> Tensor | None:
    count, size = len(fit.x), len(theta)
    if fit.penalties or count <= size or not (fit.is_sum_of_squares or fit.predicts_logits):
        return None
    weights = torch.ones_like(fit.y) if fit.weights is None else fit.weights
    if fit.predicts_logits:
        curvature = fit.hessian(theta) * weights.sum()
        lengths = curvature.diagonal().sqrt()
        scaled = curvature / (lengths * lengths[:, None])
        if not bool(scaled.isfinite().all()):
            return None
        factor, failed = torch.linalg.cholesky_ex(scaled)
        if bool(failed) or float(factor.diagonal().min()) < 1e-7:
            return None
        inverse: Tensor = torch.cholesky_inverse(factor) / (lengths * lengths[:, None])
        return inverse
    variance = residual_deviation(fit, theta) ** 2
    design = jacobian(fit, theta) * weights.sqrt()[:, None]
    lengths = design.norm(dim=0)
    if not bool(design.isfinite().all()) or not bool((lengths > 0).all()):
        return None
    triangle = torch.linalg.qr(design / lengths, mode="r").R
    if float(triangle.diagonal().abs().min()) < 1e-13:
        return None
    root = torch.linalg.solve_triangular(triangle, torch.eye(size, dtype=torch.float64), upper=True)
    covariance: Tensor = variance * (root @ root.mT) / (lengths * lengths[:, None])
    return covariance


def _is_minimum(fit: Fit, theta: Tensor, errors: Tensor) -> bool:
    """Whether a Newton step from here is nothing beside the standard errors."""
    if fit.is_sum_of_squares:
        roots = torch.ones_like(fit.y) if fit.weights is None else fit.weights.sqrt()
        design = jacobian(fit, theta) * roots[:, None]
        lengths = design.norm(dim=0)
        left = (fit.y - fit.predict(theta, fit.x)) * roots
        step = torch.linalg.lstsq(design / lengths, left[:, None], driver="gelsd").solution[:, 0] / lengths
        rounding = ROUNDING_TOLERANCE * (theta.abs() * lengths).max() / lengths
    else:
        step = torch.linalg.lstsq(fit.hessian(theta), -fit.gradient(theta)[:, None], driver="gelsd").solution[:, 0]
        rounding = ROUNDING_TOLERANCE * theta.abs()
    return bool((step.abs() <= MINIMUM_TOLERANCE * errors + rounding).all())


def unstandardise(fit: Fit, theta: Tensor) -> Tensor | None:
    """The parameters of the same curves for x as it is given, of a fit to standardised x.

    Args:
        fit: with standardised x and a model that is linear in its parameters.
        theta: (..., P).

    Returns:
        (..., P) float64, NaN for a curve that isn't finite; or None where the model isn't linear in its parameters,
        or cannot say the same of x as it is given: ``a*x`` alone has no place for what the mean adds.
    """
    # Not the data: places enough to tell any two curves of the model apart.
    low, high = float(fit.x.min()), float(fit.x.max())
    grid = torch.linspace(low, high, GRID_POINTS, dtype=torch.float64)
    here, there = linearise_model(fit, grid), linearise_model(fit.without_standardising(), grid)
    if here is None or there is None:
        return None
    wanted = here.offset - there.offset + theta @ here.design.mT
    lengths = there.design.norm(dim=0)
    if not bool((lengths > 0).all()):
        return None
    rows = wanted.reshape(-1, GRID_POINTS).mT
    finite = rows.isfinite().all(0)
    rows = torch.where(finite, rows, 0.0)  # LAPACK takes no others
    found = torch.linalg.lstsq(there.design / lengths, rows, driver="gelsd").solution
    left = there.design / lengths @ found - rows
    if not bool((left.abs().amax(0) <= LINEARITY_TOLERANCE * rows.abs().amax(0).clamp(min=1e-300)).all()):
        return None
    back = torch.where(finite, found / lengths[:, None], math.nan).mT
    return back.reshape(theta.shape)


def search_unstandardised(fit: Fit, theta: Tensor) -> Tensor | None:
    """The parameters of the same curve for x as it is given, found by Levenberg-Marquardt.

    Args:
        fit: with standardised x, of any model; theta: (P,).

    Returns:
        (P,) float64, or None where none were found that give the same curve to rounding.
    """
    plain = fit.without_standardising()
    grid = torch.linspace(float(fit.x.min()), float(fit.x.max()), GRID_POINTS, dtype=torch.float64)
    wanted = fit.predict(theta.detach(), grid)
    size = float(wanted.abs().max())

    def residuals(at: Tensor) -> Tensor:
        return plain.predict(at, grid) - wanted

    # A rate or a frequency is smaller by the spread; the others may be anything.
    for guess in (theta, theta / fit.x_std):
        found = guess.detach().clone().requires_grad_()
        optimizer = LevenbergMarquardt([found], residuals)
        try:
            for _ in range(MAX_SEARCH_STEPS):
                optimizer.step(lambda at=found: residuals(at).square().sum())  # type: ignore[misc]
        except ArithmeticError:  # the curve has left the numbers on the way
            continue
        if bool(residuals(found.detach()).abs().max() <= LINEARITY_TOLERANCE * size):
            return found.detach()
    return None
