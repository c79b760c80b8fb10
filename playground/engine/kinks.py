"""What deserves a word at a point: where an expression has no value, no slope, or a kink, and what torch does there."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from playground.engine.objectives import Objective
from playground.language.expression import Expression
from playground.language.operations import OPERATIONS, Caveat
from playground.language.printing import to_text
from playground.numerals import format_number

NUDGE = 1e-7
"""The sides of a point are looked at this far from it, as a part of its distance from 0, or of 1."""

CHUNK = 256_000
"""The expression is evaluated at no more points at once, data points counted each."""

MAX_TEXT = 40
"""Of a longer subexpression only the beginning is quoted."""


def explain_points(objective: Objective, parameters: Tensor, losses: Tensor, gradients: Tensor) -> list[str]:
    """A sentence for each point where something is to be explained, and an empty text for the others.

    Args:
        objective: whose expression was evaluated.
        parameters: (K, P) float64, the points.
        losses: (K,) and gradients: (K, P), what torch computed there.

    Returns:
        K texts. Where loss and gradient are finite they name a kink, if the loss bends or jumps there or
        the gradient is 0; at the first point where they aren't, the first operation that made them so, if it
        is one of the expression's, and the gradient; or what else the objective knows of it.
    """
    finite = losses.isfinite() & gradients.isfinite().all(-1)
    first_broken = [*(~finite).nonzero().flatten().tolist(), None][0]
    if objective.expression is None:
        said = "" if first_broken is None else objective.explain_break(parameters[first_broken])
        return [said if row == first_broken else "" for row in range(len(losses))]
    # Each node's value at all points of all parameters would fill the memory.
    size = max(1, CHUNK // objective.cost)
    found: list[str] = []
    for points, these, slopes in zip(parameters.split(size), finite.split(size), gradients.split(size), strict=True):
        found += _explain_kinks(objective, objective.expression, points, these, slopes)
    if first_broken is not None:
        found[first_broken] = _explain_break(
            objective,
            objective.expression,
            parameters[first_broken],
            gradients[first_broken],
            bool(losses[first_broken].isfinite()),
        )
    return found


def explain_curvature(objective: Objective, point: Tensor) -> str:
    """A sentence on the first operation whose second derivatives aren't finite at a point (P,), or empty.

    Args:
        objective: whose expression is evaluated, if it has one; loss and gradient are finite at the point.
    """
    if objective.expression is None:
        return ""
    return _NodeValues(objective, objective.expression, point[None]).curvature_breakage(0)


def _explain_kinks(
    objective: Objective, expression: Expression, parameters: Tensor, finite: Tensor, gradients: Tensor
) -> list[str]:
    """The sentences for those of some points whose loss and gradient are ``finite``, (K,) bool."""
    found = [""] * len(finite)
    depends = _depends_on(objective.variables, expression)
    kinks = [
        i
        for i, node in enumerate(expression.nodes)
        if depends[i] and any(one.kind != "break" for one in _caveats(node.operation))
    ]
    if not kinks:
        return found
    values = _NodeValues(objective, expression, parameters)
    for position in kinks:
        for row, text in values.caveats(position, "kink", finite).items():
            found[row] = found[row] or text
    said = torch.tensor([bool(one) for one in found])
    for row in (said & ~_has_kink(objective, parameters, said)).nonzero().flatten().tolist():
        found[row] = ""  # what it is part of is smooth there, such as x*|x|
    still = finite & (gradients == 0).all(-1)
    for position in kinks:
        for row, text in values.caveats(position, "flat", still).items():
            found[row] = found[row] or text
    return found


def _explain_break(
    objective: Objective, expression: Expression, point: Tensor, gradient: Tensor, loss_is_finite: bool
) -> str:
    """The sentence for a point (P,) whose loss or gradient (P,) isn't finite; empty where the reason isn't known."""
    why = _NodeValues(objective, expression, point[None]).breakage(0, loss_is_finite) or objective.unexplained
    parts = ", ".join(map(format_number, gradient.tolist()))
    return why and f"{why} Torch's gradient here is ({parts})."


def _depends_on(variables: Sequence[str], expression: Expression) -> list[bool]:
    """Of each node, whether one of the variables moves it."""
    depends: list[bool] = []
    for node in expression.nodes:
        own = node.operation == "name" and node.value in variables
        depends.append(own or any(depends[argument] for argument in node.arguments))
    return depends


def _has_kink(objective: Objective, parameters: Tensor, rows: Tensor) -> Tensor:
    """At which of ``rows`` the loss or its gradient jumps when a parameter is nudged across: (K,) bool."""
    bends = torch.zeros_like(rows)
    at = parameters[rows].unsqueeze(-2)  # (rows, 1, P)
    nudge = torch.diag_embed(NUDGE * (1 + at.squeeze(-2).abs()))  # (rows, P, P): one parameter each
    with torch.no_grad():
        left, here, right = (objective.loss(one) for one in (at - nudge, at, at + nudge))
    before, after = objective.gradient(at - nudge), objective.gradient(at + nudge)
    jumps = (right - left).abs() > NUDGE**0.5 * (1 + here.abs())
    turns = ((after - before).abs() > NUDGE**0.5 * (1 + before.abs().maximum(after.abs()))).any(-1)
    bends[rows] = (jumps | turns | ~(left.isfinite() & right.isfinite())).any(-1)
    return bends


def _caveats(operation: str) -> Sequence[Caveat]:
    return OPERATIONS[operation].caveats if operation in OPERATIONS else ()


def _slopes(value: Tensor, arguments: Sequence[Tensor]) -> Tensor:
    """The derivatives (L, n) of a value by those of its arguments (n,) that require a gradient, with their graph."""
    leaves = [one for one in arguments if one.requires_grad]
    if not leaves or not value.requires_grad:
        return torch.zeros(1, len(arguments[0]), dtype=torch.float64)
    return torch.stack(torch.autograd.grad(value.sum(), leaves, create_graph=True, materialize_grads=True))


class _NodeValues:
    """An expression with the values that its nodes have at K points, for each data point if there are data."""

    def __init__(self, objective: Objective, expression: Expression, parameters: Tensor) -> None:
        with torch.no_grad():
            values = objective.values_from_columns(parameters.split(objective.sizes, -1))
            self.values = expression.evaluate_nodes(values)
        self.expression = expression
        self.depends = _depends_on(objective.variables, expression)
        self.data = objective.data

    def caveats(self, position: int, kind: str, rows: Tensor) -> dict[int, str]:
        """A sentence by row, for those of ``rows`` at which the node has a value that has a caveat of this kind."""
        node = self.expression.nodes[position]
        arguments = [torch.as_tensor(self.values[argument], dtype=torch.float64) for argument in node.arguments]
        here = torch.as_tensor(self.values[position], dtype=torch.float64)
        found: dict[int, str] = {}
        for caveat in _caveats(node.operation):
            if caveat.kind != kind:
                continue
            mask = torch.atleast_1d(caveat.where(*arguments) & here.isfinite())
            mask = mask.expand(len(rows), mask.shape[-1])
            for row in (mask.any(-1) & rows).nonzero().flatten().tolist():
                where = self.where(position, row, int(mask[row].nonzero()[0])) if kind == "kink" else ""
                found.setdefault(row, f"{self.quoted(position)}{where}: {caveat.message}.")
        return found

    def breakage(self, row: int, loss_is_finite: bool) -> str:
        """The first operation on finite numbers whose value, or else whose slope, isn't finite at ``row``."""
        slope = ""
        for position, here, arguments in self.operations(row):
            broken = ~here.isfinite()
            if broken.any():
                size = "the result is too large for a number" if here[broken][0].isinf() else "it has no value there"
                left_out = ". The loss leaves that out, but the gradient counts it times 0, and that is nan"
                return self.why(position, row, broken, arguments, size) + (left_out if loss_is_finite else "") + "."
            broken = ~_slopes(here, arguments).isfinite().all(0)
            if not slope and broken.any():
                slope = self.why(position, row, broken, arguments, "its slope isn't finite there") + "."
        return slope

    def curvature_breakage(self, row: int) -> str:
        """The first operation on finite numbers whose slope, or whose slope's slope, isn't finite at ``row``."""
        for position, here, arguments in self.operations(row):
            slopes = _slopes(here, arguments)
            broken = ~torch.cat([slopes, *(_slopes(one, arguments) for one in slopes)]).isfinite().all(0)
            if broken.any():
                where = self.where(position, row, int(broken.nonzero()[0]))
                return f"{self.quoted(position)}{where}: its second derivative isn't finite there."
        return ""

    def operations(self, row: int) -> Iterator[tuple[int, Tensor, list[Tensor]]]:
        """The operations on finite numbers: the position, the value (n,) and the arguments, each of them (n,) as well.

        Each place has arguments of its own, so that a slope that isn't finite is found at its place. Only what the
        objective's variables move has a slope that counts.
        """
        for position, node in enumerate(self.expression.nodes):
            record = OPERATIONS.get(node.operation)
            if record is None or record.kind == "truth" or "truth" in record.arguments:
                continue
            arguments = [self.at(argument, row) for argument in node.arguments]
            if not all(bool(one.isfinite().all()) for one in arguments):
                continue
            arguments = [one.clone() for one in torch.broadcast_tensors(*arguments)]
            for one, argument in zip(arguments, node.arguments, strict=True):
                one.requires_grad_(self.depends[argument])
            yield position, record.function(*arguments), arguments

    def why(self, position: int, row: int, broken: Tensor, arguments: Sequence[Tensor], otherwise: str) -> str:
        """What the record says of the first broken place, or else ``otherwise``."""
        place = int(broken.nonzero()[0])
        there = [one.detach()[min(place, len(one) - 1)] for one in arguments]
        caveats = _caveats(self.expression.nodes[position].operation)
        said = next(
            (caveat.message for caveat in caveats if caveat.kind == "break" and caveat.where(*there)), otherwise
        )
        return f"{self.quoted(position)}{self.where(position, row, place)}: {said}"

    def where(self, position: int, row: int, place: int) -> str:
        """`` where x - 2 = -0.5``, for what depends on a variable."""
        said, data = [], ""
        for argument in dict.fromkeys(self.expression.nodes[position].arguments):
            if self.expression.constant(argument) is None:
                here = self.at(argument, row)
                component = f"[{place}]" if not self.data and len(here) > 1 else ""
                said.append(f"{self.quoted(argument)}{component} = {format_number(here[min(place, len(here) - 1)])}")
                if len(here) > 1 and self.quoted(argument) not in self.data:
                    data = self.data_point(place)
        return f" where {' and '.join(said)}{data}" if said else ""

    def data_point(self, place: int) -> str:
        """`` for the data point x = 1.5``; empty without data."""
        said = ", ".join(f"{name} = {format_number(values[place])}" for name, values in self.data.items())
        return said and f" for the data point {said}"

    def at(self, position: int, row: int) -> Tensor:
        """A node's value at one row, one for each component or data point: (n,) float64."""
        values = torch.atleast_1d(torch.as_tensor(self.values[position], dtype=torch.float64))
        one: Tensor = values[row] if values.ndim > 1 else values
        return one.detach().clone()

    def quoted(self, position: int) -> str:
        """A part of the expression as text, its end left out if it is long."""
        text = to_text(self.expression, position)
        return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
