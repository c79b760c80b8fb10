"""The gradient at a point in three ways, and its picture: the tangent, or the slope in any direction."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from playground.analysis.gradient_check import (
    DirectionSweep,
    Secants,
    Slope,
    compare_slopes,
    compute_secants,
    run_backward,
    sweep_directions,
)
from playground.analysis.probe import Probe
from playground.analysis.tensor_format import format_tensor
from playground.data.gallery import PRESETS
from playground.engine.function import Function
from playground.engine.kinks import explain_points
from playground.figures import (
    components_figure,
    convergence_figure,
    dial_figure,
    direction_figure,
    gather_components,
    gather_convergence,
    gather_dial,
    gather_direction,
    gather_steepness,
    gather_tangent,
    gather_tangent_plane,
    steepness_figure,
    tangent_figure,
    tangent_plane_figure,
)
from playground.labs.gradient.panels import CURVE_POINTS, GradientView, explain_refusal, surface_over, value_name
from playground.labs.gradient.state import example_of
from playground.labs.shared.view import Frame
from playground.numerals import format_count, format_number
from playground.player import Board, Column, Panel, Readout

MOST_APART = 1e-4
"""By which part of the gradient the three may differ and still be said to agree."""


NONE = "none"
"""In place of a number that can't be had where the function, or its derivative's formula, has no value."""

MAX_COLUMNS = 3
"""Up to how many parameters stand side by side in the table of the three gradients; more stand below each other."""


MOST_SHOWN = 3
"""Up to how many variables the lines beside the controls are about."""


def gradient_view(probe: Probe, function: Function, kept: Frame | None) -> GradientView:
    """The gradient at a point; ``kept`` is where the picture stays as long as the point lies in it."""
    theta = probe.theta
    found = compare_slopes(function, theta, probe.sizes)
    gradient = torch.tensor([one.autograd for one in found], dtype=torch.float64)
    value = float(probe.value)
    frame = kept if kept and _holds(kept, theta) else _frame(probe)
    said = explain_points(function, theta[None], probe.value, gradient[None])[0]
    real, refused = run_backward(probe)
    missing = {
        name
        for one, parts in zip(real.values(), _names_by_variable(probe), strict=True)
        for name in parts
        if one is None
    }
    table = _three_ways(found, probe.components, missing)
    if refused:
        said = f"{refused}. {explain_refusal(probe)}"
    elif said and not math.isfinite(value) and gradient.isfinite().all():
        said += " The derivative's formula has a value there all the same."
    if len(theta) == 1:
        panels, columns = _of_one(probe, function, found[0], frame, table)
        lines: list[Readout] = [
            ["h ", Column("h")],
            ["(f(x + h) − f(x − h)) / 2h = ", Column("central", none=NONE)],
        ]
    else:
        panels, columns = _of_many(probe, function, gradient, frame, table)
        lines = [
            ["angle of u ", Column("angle", whole=True), "°   u·∇f = ", Column("along")],
            ["measured along u ", Column("measured", none=NONE)],
        ]
    status = said or _agreement(found)
    columns["loss"] = np.full(np.shape(next(iter(columns.values()))), value)
    is_usable = math.isfinite(value) and bool(gradient.isfinite().all())
    alarming = bool(refused) or not is_usable
    return GradientView(
        panels=panels,
        columns=columns,
        readouts=[*_at_point(probe, real), *lines],
        status=status,
        alarming=alarming,
        frame=frame,
    )


def _names_by_variable(probe: Probe) -> list[tuple[str, ...]]:
    """The components of each variable."""
    names = iter(probe.components)
    return [tuple(next(names) for _ in components) for components in probe.point]


def _at_point(probe: Probe, gradients: Mapping[str, Tensor | None]) -> list[Readout]:
    """Point, value and gradient, as torch prints them."""
    lines: list[Readout] = [
        [f"{name} = {format_tensor(at)}   {name}.grad = {format_tensor(gradients[name])}"]
        for name, at in probe.tensors.items()
    ]
    value: Readout = [f"{value_name(probe.expression)} = {format_tensor(probe.value)}"]
    shown = lines[:MOST_SHOWN]
    # Two stand beside each other where there is room: what the cursor moves begins a row of its own.
    return [value, *shown] if len(shown) % 2 else [value, [], *shown]


def _agreement(found: Sequence[Slope]) -> str:
    """How well the three ways agree."""
    away = max(one.difference for one in found)
    ways = "Torch and central differences" if any(one.symbolic is None for one in found) else "The three gradients"
    if math.isnan(away):
        return f"{ways} can't be compared: one of them is no number here."
    if math.isinf(away):
        return f"{ways} don't agree: one of them is infinite here."
    if away > MOST_APART * max(1.0, *(abs(one.autograd) for one in found)):
        return f"{ways} differ by {format_number(away, 2)}: a kink is near, or the function bends within the step h."
    return f"{ways} agree to {format_number(away, 2)}." if away else f"{ways} are the same, to the last digit."


def _three_ways(found: Sequence[Slope], names: Sequence[str], missing: Collection[str]) -> Board:
    """The gradient by torch, by the formula, and by differences, with how far they lie apart.

    Args:
        found: of each component; names: theirs; missing: those for which torch has no gradient.
    """
    heads = ["", "torch: backward()", "symbolic, by sympy", "central difference", "its step h", "largest difference",
             "slope from the left", "slope from the right"]  # fmt: skip
    rows = [
        [
            f"∂f/∂{name}",
            "None" if name in missing else format_number(one.autograd, 10),
            NONE if one.symbolic is None else _measured(one.symbolic, 10),
            _measured(one.central, 10),
            format_number(one.step, 2),
            _measured(one.difference, 2),
            _one_sided(one.before, one.near, one.before_grows),
            _one_sided(one.after, one.near, one.after_grows),
        ]
        for name, one in zip(names, found, strict=True)
    ]
    table = [heads, *rows]
    if len(found) <= MAX_COLUMNS:
        table = [list(row) for row in zip(*table, strict=True)]
    why = next((one.why for one in found if one.why), "")
    if why:
        table.append([f"no symbolic one: {why}", *[""] * (len(table[0]) - 1)])
    cells: list[list[Readout]] = [[[cell] for cell in row] for row in table]
    return Board(
        "ways",
        "Three gradients",
        cells[0],
        cells[1:],
        f"The gradient of {format_count(len(found), 'parameter')} in three ways, and their difference",
        cell="numbers",
    )


def _measured(number: float, digits: int) -> str:
    """What was found, or that nothing could be."""
    return NONE if math.isnan(number) else format_number(number, digits)


def _one_sided(slope: float, step: float, grows: bool) -> str:
    """A slope from one side; of one that is infinite no number is its own, but only that of a step."""
    if not grows:
        return _measured(slope, 6)
    return f"grows as h shrinks: {format_number(slope)} at h = {format_number(step, 2)}"


# ---- One variable.


def _of_one(
    probe: Probe, function: Function, found: Slope, frame: Frame, table: Board
) -> tuple[list[Panel | Board], dict[str, ArrayLike]]:
    """The tangent, and the secants that become it, with what the cursor reads of them."""
    bounds, at = frame[0], float(probe.theta)
    secants = compute_secants(function, at, (bounds[1] - bounds[0]) / 4)
    panels: list[Panel | Board] = [
        _tangent_panel(probe, function, found, bounds, secants),
        table,
        _convergence_panel(secants, found),
        _differences_board(found),
    ]
    columns: dict[str, ArrayLike] = {
        "h": secants.steps,
        "central": secants.central,
        "before": secants.before,
        "after": secants.after,
    }
    return panels, columns


def _tangent_panel(
    probe: Probe, function: Function, found: Slope, bounds: tuple[float, float], secants: Secants
) -> Panel:
    name, at, value = probe.components[0], float(probe.theta), float(probe.value)
    x = torch.linspace(*bounds, CURVE_POINTS, dtype=torch.float64)
    with torch.no_grad():
        y = function.loss(x[:, None])
    numbers = gather_tangent(name, x.numpy(), y.numpy(), (at, value), found.autograd, secants.ends.numpy())
    return Panel(
        "picture",
        "Curve and tangent",
        tangent_figure(numbers),
        f"The function around {name} = {format_number(at, 6)}, where it is {format_number(value, 6)}, with its "
        f"tangent of slope {format_number(found.autograd, 6)}",
        pickable=True,
        draggable=True,
        cell="picture",
    )


def _convergence_panel(secants: Secants, found: Slope) -> Panel:
    slopes = {
        "central": secants.central.numpy(),
        "from the left": secants.before.numpy(),
        "from the right": secants.after.numpy(),
    }
    return Panel(
        "convergence",
        "From secant to tangent",
        convergence_figure(gather_convergence(secants.steps.numpy(), slopes, found.autograd)),
        "How far the differences lie from torch's slope, against their step h: smaller with h, until rounding",
        cell="direction",
    )


def _differences_board(found: Slope) -> Board:
    rows: list[list[Readout]] = [
        [["h"], [Column("h")]],
        [["(f(x) − f(x − h)) / h, from the left"], [Column("before", none=NONE)]],
        [["(f(x + h) − f(x)) / h, from the right"], [Column("after", none=NONE)]],
        [["(f(x + h) − f(x − h)) / 2h, central"], [Column("central", none=NONE)]],
        [["torch"], [format_number(found.autograd, 10)]],
    ]
    return Board("differences", "Differences", [], rows, "Differences with the step h at the cursor", cell="slopes")


# ---- Several.


def _of_many(
    probe: Probe, function: Function, gradient: Tensor, frame: Frame, table: Board
) -> tuple[list[Panel | Board], dict[str, ArrayLike]]:
    """The components, and the slope along a direction u that turns; of two variables also in space."""
    swept = sweep_directions(function, probe.theta)
    flat, solid = _planes(probe, function, gradient, frame, swept)
    panels: list[Panel | Board] = [
        *flat,
        _components_panel(probe, gradient, swept),
        table,
        *_direction_panels(probe, swept),
        *solid,
        _along_board(gradient),
    ]
    columns: dict[str, ArrayLike] = {
        "angle": swept.angles.numpy(),
        "along": swept.slopes.numpy(),
        "measured": swept.measured,
        "before": swept.before,
        "after": swept.after,
    }
    return panels, columns


def _planes(
    probe: Probe, function: Function, gradient: Tensor, frame: Frame, swept: DirectionSweep
) -> tuple[list[Panel], list[Panel]]:
    """The contours and the tangent plane of a function of two variables; nothing of others."""
    names = probe.components
    if len(names) != 2:
        return [], []
    surface = replace(surface_over(function, frame), names=(names[0], names[1]))
    point, slope, directions = probe.theta.numpy(), gradient.numpy(), swept.directions.numpy()
    contours = Panel(
        "picture",
        f"f over {names[0]} and {names[1]}",
        direction_figure(gather_direction(surface, point, slope, directions)),
        f"Contours of the function with the point {format_tensor(probe.theta)}, "
        f"the gradient {format_tensor(gradient)} and u",
        pickable=True,
        draggable=True,
        cell="picture",
        tab="Contours",
    )
    plane = Panel(
        "surface",
        "Tangent plane",
        tangent_plane_figure(gather_tangent_plane(surface, point, float(probe.value), slope, directions)),
        "The function as a surface, with the tangent plane at the point and the direction u on it",
        cell="solid",
    )
    return [contours], [plane]


def _components_panel(probe: Probe, gradient: Tensor, swept: DirectionSweep) -> Panel:
    names = probe.components
    return Panel(
        "bars",
        "Components",
        lambda: components_figure(gather_components(names, gradient.numpy(), swept.directions.numpy())),
        f"A bar for each of the {len(names)} components of the gradient: {format_tensor(gradient)}",
        cell="picture",
    )


def _direction_panels(probe: Probe, swept: DirectionSweep) -> list[Panel]:
    names, angles = probe.components, swept.angles.numpy()
    axes = (names[0], names[1]) if len(names) == 2 else ("along ∇f", "across")
    return [
        Panel(
            "steepness",
            "Slope along u",
            steepness_figure(gather_steepness(angles, swept.slopes.numpy(), swept.steepest)),
            "The directional derivative u·∇f against the angle of u",
            cell="direction",
        ),
        Panel(
            "dial",
            "Dial",
            lambda: dial_figure(gather_dial(angles, swept.steepest, axes)),
            "The direction of the gradient, u, and the part of u that lies along the gradient",
            cell="direction",
        ),
    ]


def _along_board(gradient: Tensor) -> Board:
    rows: list[list[Readout]] = [
        [["angle of u"], [Column("angle", whole=True), "°"]],
        [["u·∇f, by torch"], [Column("along")]],
        [["measured by central differences"], [Column("measured", none=NONE)]],
        [["from behind"], [Column("before", none=NONE)]],
        [["from ahead"], [Column("after", none=NONE)]],
        [["|∇f|, the most that u·∇f can be"], [format_number(gradient.norm(), 10)]],
    ]
    return Board("along", "Along u", [], rows, "The slope along the direction u at the cursor", cell="solid")


# ---- Where it is seen.


def _holds(frame: Frame, theta: Tensor) -> bool:
    return len(frame) == min(len(theta), 2) and all(
        low < at < high for (low, high), at in zip(frame, theta.tolist(), strict=False)
    )


def _frame(probe: Probe) -> Frame:
    """Around the point: where the gallery looks at the function, if that holds it, or else around 0 as well."""
    theta = probe.theta[:2]
    name = example_of(probe)
    preset = PRESETS.get(name or "") or next((one for one in PRESETS.values() if one.text == probe.text), None)
    if preset and _holds(preset.domain, probe.theta):
        return preset.domain
    reach = 1.4 * max(1.5, float(theta.abs().max()))
    if len(theta) == 1:
        return ((-reach, reach),)
    return ((-1.5 * reach, 1.5 * reach), (-reach, reach))
