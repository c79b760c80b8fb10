"""The run of a network as a script of ``torch.nn`` and ``torch.optim``, the way a student would write it.

No script holds anything that a person typed: numbers are written out from checked values, and names, of classes,
losses and settings, come from the records of this package.
"""

import inspect
import itertools
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from playground.engine.layers import ACTIVATIONS, INITIALISATIONS
from playground.engine.network import NETWORK_LOSSES, Network
from playground.engine.noise import NOISES
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import DrawnStart, Runner
from playground.engine.schedulers import SCHEDULERS
from playground.engine.settings import Hyperparameter, Value
from playground.errors import InputError
from playground.numerals import quote

MAX_WRITTEN = 2_000
"""Of more points no script is written: it holds them all."""

WIDTH = 76
"""Characters in a line of numbers."""

LOSSES_PRINTED = 10
"""About so many losses are printed before the last."""

_INDENT = "    "

# Each tensor says its type: as torch's default it would change the optimizers that keep numbers of that type.
_DTYPE = "dtype=torch.float64"


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a network's inputs are made of.

    Attributes:
        columns: by name the points' coordinates, (N,) float64 each, those of points held out among them.
        codes: how torch's code makes each of the F inputs of these names.
    """

    columns: Mapping[str, Tensor]
    codes: Sequence[str]


def write_network_script(
    network: Network,
    start: Sequence[float] | Tensor,
    runner: Runner,
    steps: int = 100,
    *,
    inputs: Inputs | None = None,
    drawn: DrawnStart | None = None,
    noise: float = 0.0,
    noise_kind: str = "Gaussian",
    seed: int = 0,
) -> str:
    """A script that takes the same steps and prints the same losses, in full: a line ``step loss`` for each tenth.

    Args:
        network: what is trained.
        start: the P parameters' first values, for a runner without a start of its own.
        runner: who runs; steps: how far.
        inputs: what the network's inputs are made of; they are written as they are without it.
        drawn: what is written for ``start`` where it draws just that; else the start is written in numbers.
        noise, noise_kind, seed: as ``Descent`` takes them; the seed is that of the batches too.

    Raises:
        InputError: for a setting that can't be used, or a run that isn't written in a few lines of plain torch.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise InputError(f"a script takes at least one step, not {quote(steps)}", field="steps")
    _check_is_plain(network, runner)
    # It checks all that is given.
    live = runner.descent(network, network.check_theta(start).tolist(), noise=noise, noise_kind=noise_kind, seed=seed)
    theta = live.trajectory.parameters[0]
    size = network.check_batch_size(runner.batch_size)
    parts = [
        _write_imports(network, size),
        _write_points(network, inputs or _as_they_are(network)),
        _write_model(network, theta, runner.start if isinstance(runner.start, DrawnStart) else drawn),
        _write_loss(network),
        _write_optimizer(runner),
        *([_write_batches(size, seed)] if size else []),
        *([[f"noise = torch.Generator().manual_seed({seed})"]] if noise else []),
        _write_loop(runner, steps, bool(size), _write_noise(network, noise, noise_kind) if noise else []),
        _write_end(network, steps),
    ]
    return "\n".join("\n".join([*part, ""]) for part in parts)


def _check_is_plain(network: Network, runner: Runner) -> None:
    count = network.point_count + (network.held_out.point_count if network.held_out else 0)
    if count > MAX_WRITTEN:
        raise InputError(
            f"a script holds all points in its text: {MAX_WRITTEN:,} at most, and here are {count:,}", field="data"
        )
    record = OPTIMIZERS.get(runner.optimizer)
    if record and record.needs:
        raise InputError(f"{record.name} is this playground's own: torch.optim hasn't got it", field="optimizer")
    if record and record.is_by_tensor:
        raise InputError(
            f"{record.name} looks at each tensor as a whole. Here all parameters are one vector, and in torch.nn each "
            "layer has tensors of its own: a script would take other steps",
            field="optimizer",
        )


def _write_imports(network: Network, size: int | None) -> list[str]:
    code = NETWORK_LOSSES[network.loss_name].code
    return [
        *(["import math", ""] if "math." in code else []),
        "import torch",
        *(["from torch.utils.data import DataLoader, RandomSampler, TensorDataset"] if size else []),
    ]


# ---- The points.


def _as_they_are(network: Network) -> Inputs:
    """The network's inputs themselves, as columns."""
    count = network.widths[0]
    names = ("x", "y")[:count] if count <= 2 else tuple(f"x{place + 1}" for place in range(count))
    return Inputs(dict(zip(names, _gather(network, lambda one: one.x).unbind(1), strict=True)), names)


def _gather(network: Network, of: Callable[[Network], Tensor]) -> Tensor:
    """What all points have, (N, ...), those held out in their places."""
    parts = [network, *([network.held_out] if network.held_out else [])]
    values, places = (torch.cat([get(one) for one in parts]) for get in (of, lambda one: one.indices))
    return values[places.argsort()]


def _write_points(network: Network, inputs: Inputs) -> list[str]:
    targets = _gather(network, lambda one: one.y)
    if NETWORK_LOSSES[network.loss_name].takes_classes:
        targets = targets.to(torch.int64)
    lines = ["# The points: what the network is given, and what it should answer."]
    for name, values in inputs.columns.items():
        lines += _write_tensor(name, values)
    lines += [f"X = torch.stack([{', '.join(inputs.codes)}], dim=1)", *_write_tensor("Y", targets)]
    if network.held_out:
        lines += [
            "",
            "# Some are held out: the network isn't trained on them.",
            "held_out = torch.zeros(len(X), dtype=torch.bool)",
            *_wrap("held_out[[", network.held_out.indices.tolist(), "]] = True"),
            "X_test, Y_test = X[held_out], Y[held_out]",
            "X, Y = X[~held_out], Y[~held_out]",
        ]
    return lines


def _write_tensor(name: str, values: Tensor) -> list[str]:
    return _wrap(f"{name} = torch.tensor([", values.tolist(), f"], {_DTYPE})" if values.is_floating_point() else "])")


def _wrap(head: str, values: Sequence[object], tail: str) -> list[str]:
    """Values between brackets, on one line if they fit."""
    text = ", ".join(map(repr, values))
    if len(head + text + tail) <= WIDTH:
        return [head + text + tail]
    return [head, *textwrap.wrap(text + ",", WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT), tail]


# ---- The network.


def _write_model(network: Network, theta: Tensor, drawn: DrawnStart | None) -> list[str]:
    activation = ACTIVATIONS[network.activation].code
    layers = [
        line
        for inwards, outwards in itertools.pairwise(network.widths)
        for line in (f"torch.nn.Linear({inwards}, {outwards}, {_DTYPE})", activation)
    ]
    model = ["model = torch.nn.Sequential(", *(f"{_INDENT}{one}," for one in layers[:-1]), ")"]
    if drawn is None or not torch.equal(network.start(drawn.initialisation, drawn.seed), theta):
        return ["# The network, and where it begins.", *model, *_write_start(network, theta)]
    seeded = f"torch.manual_seed({drawn.seed})"
    code = INITIALISATIONS[drawn.initialisation].code
    if not code:
        return ["# The network, which begins as torch draws it.", seeded, *model]
    return [
        "# The network, and where it begins.",
        *model,
        seeded,
        "for layer in model:",
        f"{_INDENT}if isinstance(layer, torch.nn.Linear):",
        *(f"{_INDENT * 2}{one}" for one in code),
    ]


def _write_start(network: Network, theta: Tensor) -> list[str]:
    lines = ["with torch.no_grad():"]
    for place, (weight, bias) in enumerate(network.split(theta)):
        for name, values in (("weight", weight), ("bias", bias)):
            filled = _wrap(f"model[{2 * place}].{name}.copy_(torch.tensor([", values.tolist(), f"], {_DTYPE}))")
            lines += [_INDENT + one for one in filled]
    return lines


def _write_loss(network: Network) -> list[str]:
    loss = NETWORK_LOSSES[network.loss_name]
    one_number = not loss.takes_classes and network.y.ndim == 1
    columns = ".squeeze(1)" if one_number else ""
    return [
        "",
        "def compute_loss(X, Y):",
        f"{_INDENT}predicted = model(X){columns}",
        f"{_INDENT}return {loss.code}",
        "",
    ]


# ---- The run.


def _write_optimizer(runner: Runner) -> list[str]:
    record = OPTIMIZERS[runner.optimizer]
    given = _write_settings(record.hyperparameters, record.check_settings(dict(runner.settings)))
    lines = [f"optimizer = torch.optim.{record.name}({', '.join(['model.parameters()', f'lr={runner.lr!r}', *given])})"]
    if runner.scheduler is None:
        return lines
    schedule = SCHEDULERS[runner.scheduler]
    checked = schedule.check_settings(dict(runner.schedule))
    more = [f"{schedule.lr_argument}={runner.lr!r}"] if schedule.lr_argument else []
    more += _write_settings(schedule.hyperparameters, checked, schedule.project_defaults)
    more += [f"{name}={value!r}" for name, value in schedule.fixed_arguments]
    return [*lines, f"scheduler = torch.optim.lr_scheduler.{schedule.name}({', '.join(['optimizer', *more])})"]


def _write_settings(
    hyperparameters: Sequence[Hyperparameter], checked: Mapping[str, Value], demanded: Sequence[str] = ()
) -> list[str]:
    """The settings that aren't torch's default, as keyword arguments."""
    return [
        f"{one.name}={one.to_torch(checked[one.name])!r}"
        for one in hyperparameters
        if checked[one.name] != one.default or one.name in demanded
    ]


def _write_batches(size: int, seed: int) -> list[str]:
    return [
        "# Each epoch goes once through the points, shuffled anew.",
        "data = TensorDataset(X, Y)",
        f"shuffled = RandomSampler(data, generator=torch.Generator().manual_seed({seed}))",
        f"loader = DataLoader(data, batch_size={size}, sampler=shuffled)",
        "",
        "",
        "def draw_batches():",
        f"{_INDENT}while True:",
        f"{_INDENT * 2}yield from loader",
        "",
    ]


def _write_noise(network: Network, noise: float, kind: str) -> list[str]:
    sizes = [
        size for inwards, outwards in itertools.pairwise(network.widths) for size in (inwards * outwards, outwards)
    ]
    return [
        f"drawn = {noise!r} * {NOISES[kind].code.format(count=len(network.parameters))}",
        f"for parameter, part in zip(model.parameters(), drawn.split({sizes})):",
        f"{_INDENT}parameter.grad += part.view_as(parameter)",
    ]


def _write_loop(runner: Runner, steps: int, in_batches: bool, noise: Sequence[str]) -> list[str]:
    points = "x_batch, y_batch" if in_batches else "X, Y"
    head = f"for step, ({points}) in zip(range({steps}), draw_batches()):"
    forward = ["optimizer.zero_grad()", f"loss = compute_loss({points})", "loss.backward()", *noise]
    body = [f"if step % {max(1, steps // LOSSES_PRINTED)} == 0:", f"{_INDENT}print(step, compute_loss(X, Y).item())"]
    if _takes_closure(runner):
        function = ["def closure():", *(_INDENT + line for line in (*forward, "return loss"))]
        body += ["", *function, "", "optimizer.step(closure)"]
    else:
        body += [*forward, "optimizer.step()"]
    body += _write_schedule(runner, steps)
    return [head if in_batches else f"for step in range({steps}):", *(_INDENT + line if line else "" for line in body)]


def _takes_closure(runner: Runner) -> bool:
    """Whether the optimizer must be given a function that it may call for the loss and the gradient more than once."""
    step = inspect.signature(OPTIMIZERS[runner.optimizer].cls.step)  # type: ignore[attr-defined]
    return step.parameters["closure"].default is inspect.Parameter.empty


def _write_schedule(runner: Runner, steps: int) -> list[str]:
    if runner.scheduler is None:
        return []
    schedule = SCHEDULERS[runner.scheduler]
    line = f"scheduler.step({'compute_loss(X, Y).item()' if schedule.takes_loss else ''})"
    most = schedule.max_steps(dict(runner.schedule))
    return [line] if most is None or most >= steps else [f"if step < {most}:", _INDENT + line]


def _write_end(network: Network, steps: int) -> list[str]:
    lines = [f"print({steps}, compute_loss(X, Y).item())"]
    return [*lines, 'print("held out:", compute_loss(X_test, Y_test).item())'] if network.held_out else lines
