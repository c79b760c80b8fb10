"""The calculation of one step of training, line by line: on one point, or on all with what they come to together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from torch import Tensor

from playground.analysis.backprop_walk import BackpropWalk, WalkStep
from playground.numerals import format_number


class Line(NamedTuple):
    """A line of the calculation: of what, the calculation written out, and what it comes to."""

    what: str
    written: str
    result: str


def write_line(walk: BackpropWalk, names: Sequence[str], step: WalkStep) -> Line:
    """What is calculated at a step.

    Args:
        walk: the step of training; names: of the network's inputs; step: of the walk.
    """
    if step.phase == "inputs":
        return _write_inputs(walk, names)
    if step.phase == "loss":
        return _write_loss(walk)
    write = {"forward": _forward, "delta": _delta, "gradient": _gradient, "update": _update}[step.phase]
    return Line(_name(step), *write(walk, step))


def say_step(walk: BackpropWalk, step: WalkStep) -> str:
    """What happens at a step, in a sentence."""
    unit = f"unit {step.unit} of layer {2 * step.layer}"
    one = walk.count == 1
    return {
        "inputs": "The point is given." if one else f"All {walk.count:,} points are given.",
        "forward": f"Forward: {unit} adds up what comes in, each times its weight, and its bias"
        + ("." if one else ", at each point."),
        "loss": "The loss compares what the network says with y."
        if one
        else f"The loss is the {_total(walk)} of what each point's own loss is.",
        "delta": f"Backward: δ of {unit} says how the {'' if one else 'point’s own '}loss changes with its sum"
        + ("." if one else " at a point."),
        "gradient": f"Backward: the gradient of each weight of {unit} is "
        + ("its δ times what came in." if one else f"the {_total(walk)} over the points of δ times what came in."),
        "update": f"Update: the optimizer moves the weights of {unit} by their gradients.",
    }[step.phase]


def _total(walk: BackpropWalk) -> str:
    """What the loss makes of the points' own losses."""
    return "sum" if walk.is_sum else "mean"


def _name(step: WalkStep) -> str:
    unit = f"layer {2 * step.layer}, unit {step.unit}"
    return {"delta": "δ of ", "gradient": "∇ of ", "update": "update of "}.get(step.phase, "") + unit


# ---- Its steps.


def _write_inputs(walk: BackpropWalk, names: Sequence[str]) -> Line:
    means = walk.network.x.mean(0).tolist()
    given = ", ".join(f"{name} = {format_number(one)}" for name, one in zip(names, means, strict=True))
    if walk.count == 1:
        return Line("the point", given, f"y = {format_number(walk.network.y[0])}")
    return Line(f"{walk.count:,} points", f"on average {given}", f"mean y = {format_number(walk.network.y.mean())}")


def _write_loss(walk: BackpropWalk) -> Line:
    name = walk.network.loss_name
    if walk.count == 1:
        written = f"{name}({_answer(walk)}, y = {format_number(walk.network.y[0])})"
    else:
        written = f"{_total(walk)} of {name}(ŷ, y) over the points: {_terms(walk, walk.losses)}"
    return Line("loss", written, format_number(walk.loss))


def _answer(walk: BackpropWalk) -> str:
    """What the loss compares with y: the last sums, or the probabilities that they stand for."""
    outputs = walk.flow[-1].outputs[0, 0]
    answer = walk.network.answer(outputs)
    said = "ŷ"
    if walk.network.has_classes:
        said = "σ(ŷ)" if answer.ndim == 0 else "softmax(ŷ)"
    return f"{said} = {', '.join(map(format_number, answer.reshape(-1).tolist()))}"


def _forward(walk: BackpropWalk, step: WalkStep) -> tuple[str, str]:
    flow = walk.flow[step.layer]
    weight, bias = walk.network.split(walk.theta)[step.layer]
    products = _products(weight[step.unit].tolist(), flow.inputs[0].mean(0).tolist())
    written = f"{products} + {_bracket(float(bias[step.unit]))}"
    total, output = (format_number(one[0, :, step.unit].mean()) for one in (flow.sums, flow.outputs))
    mean, activation = "" if walk.count == 1 else "mean ", walk.network.activation
    if step.layer == len(walk.flow) - 1:
        return written if walk.count == 1 else f"on average {written}", f"{mean}ŷ = {output}"
    if walk.count == 1:
        return written, f"z = {total}, a = {activation}(z) = {output}"
    return f"on average {written}", f"mean z = {total}, mean of {activation}(z) = {output}"


def _delta(walk: BackpropWalk, step: WalkStep) -> tuple[str, str]:
    deltas = walk.flow[step.layer].deltas[0, :, step.unit]
    result = f"δ = {format_number(walk.total(deltas))}"
    if walk.count > 1:
        result = f"{_total(walk)} of {result}"
    written = "∂loss/∂ŷ, by backward()" if step.layer == len(walk.flow) - 1 else _back(walk, step)
    return written if walk.count == 1 else f"{written}, at each point: {_terms(walk, deltas.tolist())}", result


def _back(walk: BackpropWalk, step: WalkStep) -> str:
    """A hidden unit's δ: what comes back to it, times the slope of its activation."""
    weight, _ = walk.network.split(walk.theta)[step.layer + 1]
    weights, name = weight[:, step.unit].tolist(), walk.network.activation
    if walk.count > 1:
        back = " + ".join(f"{_bracket(one)} · δ of unit {unit}" for unit, one in enumerate(weights))
        return f"({back}) · slope of {name}"
    back = _products(weights, walk.flow[step.layer + 1].deltas[0, 0].tolist())
    return f"({back}) · {format_number(walk.slopes[step.layer][0, step.unit])}, the slope of {name} at z"


def _gradient(walk: BackpropWalk, step: WalkStep) -> tuple[str, str]:
    flow = walk.flow[step.layer]
    deltas, inputs = flow.deltas[0, :, step.unit], flow.inputs[0]
    result = _listed(walk, walk.gradient, step)
    if walk.count == 1:
        delta = _bracket(float(deltas[0]))
        return f"{', '.join(f'{delta} · {_bracket(one)}' for one in inputs[0].tolist())}; bias: δ", result
    products = [_terms(walk, column.tolist()) for column in (deltas[:, None] * inputs).mT]
    return f"{_total(walk)} of δ · input: {', '.join(products)}; bias: {_total(walk)} of δ", result


def _update(walk: BackpropWalk, step: WalkStep) -> tuple[str, str]:
    return f"{_listed(walk, walk.theta, step)}, which become", _listed(walk, walk.after, step)


# ---- Numbers.


def _terms(walk: BackpropWalk, values: Sequence[float]) -> str:
    """The first points' values, and what is made of all of them: (0.2 − 0.5 + …) / 160."""
    first, *rest = (format_number(one, 3) for one in values[: len(walk.losses)])
    more = "".join(f" − {one[1:]}" if one.startswith("−") else f" + {one}" for one in rest)
    added = first + more + (" + …" if walk.count > len(walk.losses) else "")
    return added if walk.is_sum else f"({added}) / {walk.count:,}"


def _listed(walk: BackpropWalk, values: Tensor, step: WalkStep) -> str:
    """Of values (P,) those of a unit's weights and of its bias."""
    weight, bias = walk.network.split(values)[step.layer]
    weights = ", ".join(format_number(one, 3) for one in weight[step.unit].tolist())
    return f"{weights}; bias {format_number(bias[step.unit], 3)}"


def _products(weights: Iterable[float], values: Iterable[float]) -> str:
    return " + ".join(f"{_bracket(one)} · {_bracket(other)}" for one, other in zip(weights, values, strict=True))


def _bracket(value: float) -> str:
    """A number as a factor: a negative one in brackets."""
    text = format_number(value, 3)
    return f"({text})" if text.startswith("−") else text
