"""What the page of gradients shows of a state: the panels, and what they say at each step."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from playground.analysis.autograd_graph import (
    ARGUMENT_LETTERS,
    AutogradGraph,
    GraphNode,
    jacobian,
    record_graph,
)
from playground.analysis.fit_statistics import data_gradients
from playground.analysis.frames import frame_points
from playground.analysis.gradient_check import (
    Slope,
    compare_slopes,
    compute_secants,
    run_backward,
    sweep_directions,
)
from playground.analysis.graph_walk import GraphStep, track_progress, walk_graph
from playground.analysis.landscape import LossSurface, loss_surface
from playground.analysis.minima import least_squares
from playground.analysis.probe import FARTHEST, Probe
from playground.analysis.tensor_format import format_tensor
from playground.analysis.training_loop import LoopRun, run_loop
from playground.data.gallery import PRESETS
from playground.engine.fit import Fit
from playground.engine.function import Function
from playground.engine.kinks import explain_points
from playground.engine.objectives import Objective
from playground.figures import (
    components_figure,
    convergence_figure,
    dial_figure,
    direction_figure,
    gather_components,
    gather_convergence,
    gather_dial,
    gather_direction,
    gather_graph,
    gather_jacobian,
    gather_lines,
    gather_loop_curve,
    gather_loop_data,
    gather_loop_path,
    gather_steepness,
    gather_tangent,
    gather_tangent_plane,
    graph_figure,
    jacobian_figure,
    lines_figure,
    loop_curve_figure,
    loop_data_figure,
    loop_path_figure,
    run_paths,
    steepness_figure,
    tangent_figure,
    tangent_plane_figure,
)
from playground.labs.gradient.state import GradientState, example_of
from playground.labs.shared.view import Frame, View
from playground.language.expression import Expression
from playground.numerals import format_decimals, format_number
from playground.player import Board, Column, Panel, Readout, Words

POINTS = 61
"""Of a surface, along each axis."""

CURVE_POINTS = 401

MOST_APART = 1e-4
"""By which part of the gradient the three may differ and still be said to agree."""

MAX_COLUMNS = 3
"""Up to how many parameters stand side by side in the table of the three gradients; more stand below each other."""

RULE_HEADS = ("to", "rule", "upstream × local", "= sent", "gradient there")

MOST_SHOWN = 3
"""Up to how many variables the lines beside the controls are about."""

SPEEDS = {"Gradient": 20, "Graph": 1, "Loop": 2}
"""Steps a second at first: a step through the graph or the loop is to be read."""


@dataclass(frozen=True, kw_only=True)
class GradientView(View):
    """What the player shows; ``frame`` are the ranges of the picture that a point can be picked in."""

    frame: Frame = ()


def view_of(state: GradientState) -> GradientView:
    """The view of a state."""
    view, probe = _view_of(state), state.probe
    subject = state.subject if state.view == "Loop" else probe.text
    return replace(view, speed=SPEEDS[state.view], subject=f"{state.view}\n{subject}")


def _view_of(state: GradientState) -> GradientView:
    if state.view == "Loop":
        return _loop_view(state)
    if state.view == "Graph":
        return _graph_view(state.probe)
    if state.probe.function is None:
        return _vector_view(state.probe)
    return _gradient_view(state.probe, state.probe.function, state.frame)


# ---- The number and its picture.


def _gradient_view(probe: Probe, function: Function, kept: Frame | None) -> GradientView:
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
        said = f"{refused}. {_explained(probe)}"
    elif said and not math.isfinite(value) and gradient.isfinite().all():
        said += " The derivative's formula has a value there all the same."
    if len(theta) == 1:
        panels, columns = _of_one(probe, function, found[0], frame, table)
        lines: list[Readout] = [
            ["h ", Column("h")],
            ["(f(x + h) − f(x − h)) / 2h = ", Column("central")],
        ]
    else:
        panels, columns = _of_many(probe, function, gradient, frame, table)
        lines = [
            ["angle of u ", Column("angle", whole=True), "°   u·∇f = ", Column("along")],
            ["measured along u ", Column("measured")],
        ]
    status = said or _agreement(found)
    columns["loss"] = np.full(np.shape(next(iter(columns.values()))), value)
    is_usable = math.isfinite(value) and bool(gradient.isfinite().all())
    alarming = bool(refused) or not is_usable
    # The point in the first column, what the cursor moves in the second.
    pairs = zip_longest(_at_point(probe, real), lines)
    readouts = [line for pair in pairs for line in pair if line is not None]
    return GradientView(
        panels=panels, columns=columns, readouts=readouts, status=status, alarming=alarming, frame=frame
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
    return [[f"{value_name(probe.expression)} = {format_tensor(probe.value)}"], *lines[:MOST_SHOWN]]


def value_name(expression: Expression) -> str:
    """What the value is called: y as in the tutorial, if no variable is."""
    return "f" if "y" in expression.names else "y"


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
            "none" if one.symbolic is None else format_number(one.symbolic, 10),
            format_number(one.central, 10),
            format_number(one.step, 2),
            format_number(one.difference, 2),
            format_number(one.before, 6),
            format_number(one.after, 6),
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
        f"The gradient of {len(found)} parameters in three ways, and their difference",
        cell="numbers",
    )


def _of_one(
    probe: Probe, function: Function, found: Slope, frame: Frame, table: Board
) -> tuple[list[Panel | Board], dict[str, ArrayLike]]:
    (name,), (at,) = probe.expression.names, probe.theta.tolist()
    (bounds,) = frame
    x = torch.linspace(*bounds, CURVE_POINTS, dtype=torch.float64)
    with torch.no_grad():
        y = function.loss(x[:, None])
    width = (bounds[1] - bounds[0]) / 4
    beside = compute_secants(function, at, width)
    columns: dict[str, ArrayLike] = {
        "h": beside.steps,
        "central": beside.central,
        "before": beside.before,
        "after": beside.after,
    }
    value = float(probe.value)
    differences = Board(
        "differences",
        "Differences",
        [],
        [
            [["h"], [Column("h")]],
            [["(f(x) − f(x − h)) / h, from the left"], [Column("before")]],
            [["(f(x + h) − f(x)) / h, from the right"], [Column("after")]],
            [["(f(x + h) − f(x − h)) / 2h, central"], [Column("central")]],
            [["torch"], [format_number(found.autograd, 10)]],
        ],
        "Differences with the step h at the cursor",
        cell="slopes",
    )
    panels: list[Panel | Board] = [
        Panel(
            "picture",
            "Curve and tangent",
            tangent_figure(
                gather_tangent(name, x.numpy(), y.numpy(), (at, value), found.autograd, beside.ends.numpy())
            ),
            f"The function around {name} = {format_number(at, 6)}, where it is {format_number(value, 6)}, with its "
            f"tangent of slope {format_number(found.autograd, 6)}",
            pickable=True,
            draggable=True,
            cell="picture",
        ),
        table,
        Panel(
            "convergence",
            "From secant to tangent",
            convergence_figure(
                gather_convergence(
                    beside.steps.numpy(),
                    {
                        "central": beside.central.numpy(),
                        "from the left": beside.before.numpy(),
                        "from the right": beside.after.numpy(),
                    },
                    found.autograd,
                )
            ),
            "How far the differences lie from torch's slope, against their step h: smaller with h, until rounding",
            cell="direction",
        ),
        differences,
    ]
    return panels, columns


def _of_many(
    probe: Probe, function: Function, gradient: Tensor, frame: Frame, table: Board
) -> tuple[list[Panel | Board], dict[str, ArrayLike]]:
    theta = probe.theta
    turned = sweep_directions(function, theta)
    angles, along = turned.angles.numpy(), turned.slopes.numpy()
    columns: dict[str, ArrayLike] = {
        "angle": angles,
        "along": along,
        "measured": turned.measured,
        "before": turned.before,
        "after": turned.after,
    }
    names = probe.components
    panels: list[Panel | Board] = []
    solid: list[Panel | Board] = []
    bars = Panel(
        "bars",
        "Components",
        components_figure(gather_components(names, gradient.numpy(), turned.directions.numpy())),
        f"A bar for each of the {len(names)} components of the gradient: {format_tensor(gradient)}",
        cell="picture",
    )
    if len(names) == 2:
        surface = replace(_surface(function, frame), names=(names[0], names[1]))
        point, slope, directions = theta.numpy(), gradient.numpy(), turned.directions.numpy()
        panels.append(
            Panel(
                "picture",
                f"f over {names[0]} and {names[1]}",
                direction_figure(gather_direction(surface, point, slope, directions)),
                f"Contours of the function with the point {format_tensor(theta)}, "
                f"the gradient {format_tensor(gradient)} and u",
                pickable=True,
                draggable=True,
                cell="picture",
                tab="Contours",
            )
        )
        solid.append(
            Panel(
                "surface",
                "Tangent plane",
                tangent_plane_figure(gather_tangent_plane(surface, point, float(probe.value), slope, directions)),
                "The function as a surface, with the tangent plane at the point and the direction u on it",
                cell="solid",
            )
        )
        axes = names[0], names[1]
    else:
        axes = ("along ∇f", "across")
    along_u = Board(
        "along",
        "Along u",
        [],
        [
            [["angle of u"], [Column("angle", whole=True), "°"]],
            [["u·∇f, by torch"], [Column("along")]],
            [["measured by central differences"], [Column("measured")]],
            [["from behind"], [Column("before")]],
            [["from ahead"], [Column("after")]],
            [["|∇f|, the most that u·∇f can be"], [format_number(gradient.norm(), 10)]],
        ],
        "The slope along the direction u at the cursor",
        cell="solid",
    )
    panels += [
        bars,
        table,
        Panel(
            "steepness",
            "Slope along u",
            steepness_figure(gather_steepness(angles, along, turned.steepest)),
            "The directional derivative u·∇f against the angle of u",
            cell="direction",
        ),
        Panel(
            "dial",
            "Dial",
            dial_figure(gather_dial(angles, turned.steepest, axes)),
            "The direction of the gradient, u, and the part of u that lies along the gradient",
            cell="direction",
        ),
        *solid,
        along_u,
    ]
    return panels, columns


def _surface(objective: Objective, frame: Frame) -> LossSurface:
    (across, up), ((left, right), (low, high)) = objective.parameters, frame
    return loss_surface(objective, (across, left, right, POINTS), (up, low, high, POINTS))


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


# ---- A value of several components.


def _vector_view(probe: Probe) -> GradientView:
    """What torch says to a vector, the Jacobian, and the product with the vector v."""
    graph = record_graph(probe.expression, probe.tensors, _vector(probe))
    matrix = jacobian(probe.expression, probe.tensors)
    outputs = [f"{value_name(probe.expression)}[{i}]" for i in range(len(probe.value))]
    picture = Panel(
        "jacobian",
        "Jacobian",
        jacobian_figure(gather_jacobian(matrix.numpy(), outputs, probe.components)),
        f"The Jacobian, {len(outputs)} by {len(probe.components)}: a row for each component of the value",
        cell="picture",
    )
    name_of_value = value_name(probe.expression)
    rows: list[list[Readout]] = [[[name_of_value], [format_tensor(probe.value)]]]
    if graph.error:
        rows.append([[f"{name_of_value}.backward()"], [graph.error.partition(":")[0]]])
        status = f"{graph.error}. {_explained(probe)}"
    else:
        rows.append([["v"], [format_tensor(graph.seed)]])
        status = f"{name_of_value}.backward(v): row i of the Jacobian counts v[i] times, and .grad is the sum, v·J."
    for name in probe.expression.names:
        gradient = graph.leaf(name).gradient
        rows.append([[f"{name}.grad"], [format_tensor(gradient)]])
    board = Board(
        "vjp", "Vector–Jacobian product", [], rows, "The value, v, and what backward(v) gives", cell="numbers"
    )
    readouts: list[Readout] = [[f"{name_of_value} = {format_tensor(probe.value)}"]]
    readouts += [
        [f"{name} = {format_tensor(at)}   {name}.grad = {format_tensor(graph.leaf(name).gradient)}"]
        for name, at in list(probe.tensors.items())[:MOST_SHOWN]
    ]
    columns: dict[str, ArrayLike] = {"loss": np.full(1, math.nan)}
    return GradientView(
        panels=[picture, board], columns=columns, readouts=readouts, status=status, alarming=bool(graph.error)
    )


def _vector(probe: Probe) -> Tensor | None:
    return torch.tensor(probe.vector, dtype=torch.float64) if probe.vector else None


def _explained(probe: Probe) -> str:
    """Why torch refused to go backward."""
    if len(probe.value) == 1:
        return "No variable can move this value by a little, so torch has recorded nothing to go back through."
    return (
        f"The value has {len(probe.value)} components, and only one number has a gradient: "
        "wrap it in sum(…), or type a vector v for backward(v)."
    )


# ---- The graph.


def _graph_view(probe: Probe) -> GradientView:
    graph = record_graph(probe.expression, probe.tensors, _vector(probe))
    steps = walk_graph(graph)
    last = len(steps)
    table = _rules(graph, steps)
    height = max(1, *map(len, table))
    filled = [[*rows, *[("",) * len(RULE_HEADS)] * (height - len(rows))] for rows in table]
    at: dict[str, ArrayLike] = {
        "at": np.arange(last),
        "loss": np.full(last, _one(probe.value)),
        "node": _current(steps),
    }
    rows: list[list[Readout]] = [
        [
            [Words("at", tuple(rows[row][column] for rows in filled), typeset=column == 1)]
            for column in range(len(RULE_HEADS))
        ]
        for row in range(height)
    ]
    panels: list[Panel | Board] = [
        Panel(
            "graph",
            "Autograd graph",
            graph_figure(gather_graph(graph)),
            f"The graph of {probe.text[:80]} as torch recorded it: {len(graph.nodes)} nodes, from "
            f"{', '.join(probe.expression.names)} to the value {format_tensor(probe.value)}",
            zoomable=True,
            tall=True,
            cell="picture",
        ),
        Board(
            "rule",
            "This step",
            [[head] for head in RULE_HEADS],
            rows,
            "What the node at the cursor sends to its arguments: upstream times local",
            cell="numbers",
        ),
        _nodes(graph, steps, at),
    ]
    readouts: list[Readout] = [[Words("at", tuple(_said(graph, step) for step in steps))]]
    if graph.error:
        status = f"{graph.error}. {_explained(probe)}"
        return GradientView(panels=panels, columns=at, readouts=readouts, status=status, alarming=True)
    found = ", ".join(f"{node.text}.grad = {format_tensor(node.gradient)}" for node in graph.nodes if node.is_leaf)
    notes = ["Step forward through the values, then backward."] * (last - 1) + [""]
    status = f"Backward is done: {found}."
    return GradientView(panels=panels, columns=at, readouts=readouts, status=status, notes=notes)


def _one(value: Tensor) -> float:
    return float(value) if len(value) == 1 else math.nan


def _current(steps: Sequence[GraphStep]) -> np.ndarray:
    """The row of the node table that is highlighted at each step; none at the start."""
    return np.array([-1 if step.kind == "start" else step.node for step in steps])


def _said(graph: AutogradGraph, step: GraphStep) -> str:
    """What happens at a step, in one line, and what torch made of it."""
    node = graph.nodes[step.node]
    if step.kind == "start":
        leaves = ", ".join(f"{one.text} = {format_tensor(one.value)}" for one in graph.nodes if one.is_leaf)
        return f"The leaves: {leaves}   requires_grad=True, .grad is None"
    if step.kind == "forward":
        return f"forward: {_short(node.text)} = {format_tensor(node.value)}   grad_fn = {node.grad_fn or 'None'}"
    if step.kind == "seed":
        return f"backward() begins: the gradient of the value is {format_tensor(graph.seed)}   into {node.grad_fn}"
    reached = format_tensor(node.gradient)
    return f"backward through {_short(node.text)}: {reached} has reached it   grad_fn = {node.grad_fn}"


def _rules(graph: AutogradGraph, steps: Sequence[GraphStep]) -> list[list[tuple[str, ...]]]:
    """For each step and each argument: its name, the local rule, the product, what is sent, and the sum there."""
    table: list[list[tuple[str, ...]]] = []
    coming = [iter(one) for one in track_progress(graph, steps).arrived]
    arrived: dict[int, Tensor] = {}
    for step in steps:
        node = graph.nodes[step.node]
        rows: list[tuple[str, ...]] = []
        if step.kind == "backward":
            for place, (one, local, sent) in enumerate(zip(node.arguments, node.local, node.sent, strict=True)):
                if sent is None:
                    continue
                total = f"{format_tensor(arrived[one])} + {format_tensor(sent)} = " if one in arrived else ""
                _, arrived[one] = next(coming[one])
                product = f"{format_tensor(node.gradient)} × {format_tensor(local)}"
                rows.append(
                    (*_ruled(graph, node, place), product, format_tensor(sent), total + format_tensor(arrived[one]))
                )
        table.append(rows)
    return table


def _ruled(graph: AutogradGraph, node: GraphNode, place: int) -> tuple[str, str]:
    """An argument under its letter in the rule, and the rule in LaTeX, on two lines: the table is narrow."""
    to, rule = _short(graph.nodes[node.arguments[place]].text, 14), node.rules[place]
    if not rule:
        return to, ""
    letter = ARGUMENT_LETTERS[place]
    asked = rf"\frac{{\partial}}{{\partial {letter}}} \left({node.form}\right)"
    return f"{letter} = {to}", rf"\begin{{array}}{{l}} {asked} \\ = {rule} \end{{array}}"


def _short(text: str, most: int = 28) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _nodes(graph: AutogradGraph, steps: Sequence[GraphStep], columns: dict[str, ArrayLike]) -> Board:
    """All nodes, each with what is known of it at the cursor; ``columns`` get what says at which step that is."""
    known, arrived = track_progress(graph, steps)
    at = np.arange(len(steps))
    rows: list[list[Readout]] = []
    for i, node in enumerate(graph.nodes):
        columns[f"value {i}"] = (at >= known[i]).astype(np.uint8)
        columns[f"gradient {i}"] = np.searchsorted([step for step, _ in arrived[i]], at, "right").astype(np.uint16)
        totals = [format_tensor(total) for _, total in arrived[i]]
        rows.append(
            [
                [_short(node.text)],
                ["a leaf" if node.is_leaf else node.grad_fn or ("" if node.arguments else "a number")],
                [Words(f"value {i}", ("", format_tensor(node.value)))],
                [Words(f"gradient {i}", ("None" if node.is_leaf else "", *totals))],
            ]
        )
    heads: list[Readout] = [["node"], ["grad_fn"], ["value"], ["gradient"]]
    return Board(
        "nodes",
        "All nodes",
        heads,
        rows,
        "Every node with its grad_fn, its value and the gradient that reached it",
        current="node",
        cell="all",
    )


# ---- The loop.


def _loop_view(state: GradientState) -> GradientView:
    objective = state.objective
    run = run_loop(objective, state.start, lr=state.lr, epochs=state.epochs, switches=state.switches)
    says = [*(line.explanation for line in run.lines), "This line fails, and the loop ends here."]
    said = run.line_indices.clone()
    if run.error:
        said[-1] = len(run.lines)
    columns: dict[str, ArrayLike] = {"loss": run.losses, "line": run.line_indices, "says": said, "epoch": run.epochs}
    rows: list[list[Readout]] = []
    for name in run.names:
        value, gradient = _texts(run.values[name], "not yet"), _texts(run.gradients[name], "None")
        columns[f"{name} value"], columns[f"{name} grad"] = value[0], gradient[0]
        rows.append([[name], [Words(f"{name} value", value[1])], [Words(f"{name} grad", gradient[1])]])
    code = Board(
        "code",
        "The loop, line by line",
        [],
        [[[line.code]] for line in run.lines],
        "The training loop as code; the line that was just run is highlighted",
        current="line",
        code=True,
        tall=True,
        cell="picture",
    )
    tensors = Board(
        "tensors",
        "Tensors",
        [["tensor"], ["value"], [".grad"]],
        rows,
        "The value and the gradient of every tensor after the line at the cursor",
        cell="numbers",
    )
    panels: list[Panel | Board] = [code, tensors, *_loop_pictures(objective, run, state)]
    readouts: list[Readout] = [
        [Words("says", tuple(says))],
        ["epoch ", Column("epoch", whole=True), "   loss at the parameters as they are now ", Column("loss")],
    ]
    status = f"{run.error.rstrip('.')}. {run.explanation}" if run.error else _end(run, state)
    return GradientView(panels=panels, columns=columns, readouts=readouts, status=status, alarming=bool(run.error))


def _texts(states: Sequence[Tensor | None], missing: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which of the different texts stands after each line, and the texts."""
    numbers: dict[str, int] = {}
    # A tensor that hasn't changed is the same object, and writing one down takes a while.
    known: dict[int, int] = {}
    which = []
    for one in states:
        if id(one) not in known:
            text = missing if one is None else format_tensor(one)
            known[id(one)] = numbers.setdefault(text, len(numbers))
        which.append(known[id(one)])
    return np.array(which), tuple(numbers)


def _end(run: LoopRun, state: GradientState) -> str:
    """Where the loop ended."""
    is_whole = int(run.line_indices[-1]) == len(run.lines) - 1
    done = int(run.epochs[-1]) + is_whole
    at = ", ".join(
        f"{name} = {format_decimals(value)}"
        for name, value in zip(_names_in_loop(state), run.parameters[-1].tolist(), strict=True)
    )
    cut = "" if done == state.epochs else "Stopped, since it took too long. "
    loss = float(run.losses[-1])
    why = "" if math.isfinite(loss) else _why(run)
    return f"{cut}After {done} epochs {at}, and the loss there is {format_number(loss)}.{why}"


def _names_in_loop(state: GradientState) -> tuple[str, ...]:
    """The parameters' names, a vector's as the page writes them."""
    objective = state.objective
    return objective.parameters if isinstance(objective, Fit) else state.probe.components


def _why(run: LoopRun) -> str:
    """Why a loop ended where the loss is no finite number."""
    if not run.losses[0].isfinite():
        return " The loss has no finite value at the start: choose another."
    first = [next((one for one in run.gradients[name] if one is not None), None) for name in run.names]
    if not all(one.isfinite().all() for one in first if one is not None):
        return " The gradient isn't finite at the start: choose another."
    return " The steps outgrew what numbers hold, or left the domain: try a smaller rate."


def _loop_pictures(objective: Objective, run: LoopRun, state: GradientState) -> list[Panel | Board]:
    path = run.parameters
    pictures: list[Panel | Board] = []
    names = _names_in_loop(state)
    usable = (path.abs() <= FARTHEST).all(-1) & run.losses.isfinite() & (run.losses <= run.losses[0])
    usable[0] = True
    points = path[usable]
    if len(names) == 2:
        minimum = least_squares(objective) if isinstance(objective, Fit) else None
        if minimum is not None:  # where it leads to is to be seen as well
            points = torch.cat([points, minimum[None]])
        frame = frame_points(points, padding=0.25)
        surface = replace(_surface(objective, frame), names=(names[0], names[1]))
        pictures.append(
            Panel(
                "path",
                f"Path of {names[0]} and {names[1]}",
                loop_path_figure(gather_loop_path(surface, path.numpy())),
                "Contours of the loss with the path of the parameters, up to the cursor",
                cell="all",
                tab="Path",
            )
        )
    elif len(names) == 1:
        reach = max(1.5, 1.4 * float(points.abs().max()))
        x = torch.linspace(-reach, reach, CURVE_POINTS, dtype=torch.float64)
        with torch.no_grad():
            y = objective.loss(x[:, None])
        pictures.append(
            Panel(
                "path",
                f"Path of {names[0]}",
                loop_curve_figure(
                    gather_loop_curve(names[0], x.numpy(), y.numpy(), path[:, 0].numpy(), run.losses.numpy())
                ),
                "The loss with the way of the parameter over it, up to the cursor",
                cell="all",
                tab="Path",
            )
        )
    if isinstance(objective, Fit):
        pictures.append(_loop_data(objective, run, state))
    epochs = np.linspace(0, int(run.epochs[-1]) + 1, len(path))
    pictures.append(
        Panel(
            "losses",
            "Loss",
            lines_figure(
                gather_lines("loss", run_paths([epochs], [run.losses.numpy()], ["loss"]), "log", x_title="epoch")
            ),
            "The loss against the epochs",
            cell="all",
        )
    )
    return pictures


def _loop_data(fit: Fit, run: LoopRun, state: GradientState) -> Panel:
    x, y = fit.x, fit.y
    low, high = float(x.min()), float(x.max())
    air = 0.25 * (high - low)
    grid = torch.linspace(low - air, high + air, 61, dtype=torch.float64)
    with torch.no_grad():
        predictions = fit.predict(run.parameters, grid)
    moves = None
    if state.switches.data_requires_grad:
        moves = -torch.stack(data_gradients(fit, run.parameters), -1).numpy()
    said = "; arrows point where each point would have to move to lower the loss" if moves is not None else ""
    return Panel(
        "data",
        "Data",
        loop_data_figure(gather_loop_data(x.numpy(), y.numpy(), grid.numpy(), predictions.numpy(), moves)),
        f"{len(x)} data points and the model at the line at the cursor{said}",
        cell="all",
    )
