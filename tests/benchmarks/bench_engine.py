"""How much the engine costs beside the same work written by hand.

Run it from the repository's root: ``.venv/bin/python tests/benchmarks/bench_engine.py``. It prints ratios of
medians. What is compared runs in turns, so that a slow moment of the machine falls on both.
"""

import contextlib
import math
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

sys.path.insert(0, str(Path(__file__).parents[2]))

from playground import (
    Expression,
    ExpressionError,
    Fit,
    Function,
    Network,
    basins,
    descend,
    descend_many,
    learning_rate_sweep,
    loss_surface,
)
from playground.analysis.autograd_graph import record_graph
from playground.analysis.landscape import plane_surface
from playground.analysis.planes import random_plane
from playground.analysis.sharpness import measure_sharpness
from playground.analysis.training_loop import run_loop
from playground.engine.runner import Runner
from playground.figures.graph import gather_graph, graph_figure

X, Y = [0.5, 0.9, 1.4, 1.8], [2.0, 3.8, 5.0, 7.2]
A, B, LR, STEPS = -0.486989, -0.563709, 1e-2, 100
TUTORIAL = Fit("a*x + b", x=X, y=Y)
ROSENBROCK = Function("(1-x)**2 + 100*(y-x**2)**2")

x, y = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)


def run_of_the_engine():
    descend(TUTORIAL, [A, B], optimizer="SGD", lr=LR, steps=STEPS)


def tutorial_loop():
    a = torch.tensor(A, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(B, dtype=torch.float64, requires_grad=True)
    for _ in range(STEPS):
        loss = ((a * x + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            a -= LR * a.grad
            b -= LR * b.grad
        a.grad.zero_()
        b.grad.zero_()


def torch_loop_with_history():
    theta = torch.tensor([A, B], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=LR)
    parameters, losses, gradients = [], [], []

    def record():
        optimizer.zero_grad()
        loss = ((theta[0] * x + theta[1] - y) ** 2).mean()
        loss.backward()
        parameters.append(theta.detach().clone())
        losses.append(loss.detach().clone())
        gradients.append(theta.grad.clone())

    record()
    for _ in range(STEPS):
        optimizer.step()
        record()
    return torch.stack(parameters), torch.stack(losses), torch.stack(gradients)


MANY = torch.linspace(0, 2, 100, dtype=torch.float64)
HUNDRED = Fit("a*x + b", x=MANY, y=2 * MANY + 1)


def surface_of_the_engine(fit):
    loss_surface(fit, x=("a", -2, 6, 101), y=("b", -4, 4, 101))


def surface_by_hand(fit):
    a = torch.linspace(-2, 6, 101, dtype=torch.float64).view(1, -1, 1)
    b = torch.linspace(-4, 4, 101, dtype=torch.float64).view(-1, 1, 1)
    return ((a * fit.x + b - fit.y) ** 2).mean(-1)


def rosenbrock_of_the_engine():
    loss_surface(ROSENBROCK, x=("x", -2, 2, 101), y=("y", -1, 3, 101))


def rosenbrock_by_hand():
    across = torch.linspace(-2, 2, 101, dtype=torch.float64).view(1, -1)
    up = torch.linspace(-1, 3, 101, dtype=torch.float64).view(-1, 1)
    return (1 - across) ** 2 + 100 * (up - across**2) ** 2


EXPRESSIONS = {
    "(1-x)**2 + 100*(y-x**2)**2": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "-20exp(-0.2sqrt(0.5(x^2+y^2)))-exp(0.5(cos(2pi x)+cos(2pi y)))+e+20": lambda x, y: (
        -20 * torch.exp(-0.2 * torch.sqrt(0.5 * (x**2 + y**2)))
        - torch.exp(0.5 * (torch.cos(2 * math.pi * x) + torch.cos(2 * math.pi * y)))
        + math.e
        + 20
    ),
    "sin(x y) + x^2/(1 + y^2)": lambda x, y: torch.sin(x * y) + x**2 / (1 + y**2),
}
"""Texts, and each as a person would write it in torch."""

BOMB = "sum(sum(sum(x + i for i in range(40)) + j for j in range(40)) + k for k in range(40))"
HOSTILE = ["(" * 999, "sin " * 249 + "x", "abc" * 333, BOMB]


def evaluation(text, by_hand, points):
    """The expression and the line by hand at the same points."""
    expression = Expression(text)
    values = dict(zip("xy", points, strict=True))
    return lambda: expression.evaluate(values), lambda: by_hand(*points)


def slowest_refusal():
    """The text that takes longest to be refused, and its seconds."""

    def refused(text):
        with contextlib.suppress(ExpressionError):
            Expression(text)

    return max((medians([lambda text=text: refused(text)], 5)[0], text) for text in HOSTILE)


RACE_STEPS = 500
RACE_START = (-1.2, 1.0)
RACE = (
    Runner("SGD", 1e-3),
    Runner("SGD", 1e-3, (("momentum", 0.9),)),
    Runner("Adam", 0.05),
    Runner("RMSprop", 0.01),
    Runner("Adagrad", 0.3),
    Runner("Rprop", 0.01),
)


def race():
    for runner in RACE:
        runner.descent(ROSENBROCK, RACE_START).run(RACE_STEPS)


def plain_loops():
    for runner in RACE:
        theta = torch.tensor(RACE_START, dtype=torch.float64, requires_grad=True)
        optimizer = getattr(torch.optim, runner.optimizer)([theta], lr=runner.lr, **dict(runner.settings))
        for _ in range(RACE_STEPS):
            optimizer.zero_grad()
            loss = (1 - theta[0]) ** 2 + 100 * (theta[1] - theta[0] ** 2) ** 2
            loss.backward()
            optimizer.step()


GRAPH = Expression(" + ".join(f"sin({i}*x)" for i in range(2, 17)))
"""Of 60 nodes."""


def graph_of_the_engine():
    graph = record_graph(GRAPH, {"x": torch.tensor([0.3], dtype=torch.float64)})
    graph_figure(gather_graph(graph))


def plain_backward():
    GRAPH.evaluate({"x": torch.tensor([0.3], dtype=torch.float64, requires_grad=True)}).backward()


def loop_line_by_line():
    run_loop(TUTORIAL, [A, B], lr=LR, epochs=STEPS)


INPUTS = torch.randn(200, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
TARGETS = (INPUTS.prod(1) > 0).double()
NETWORK = Network(INPUTS, TARGETS, (8, 8), "tanh", "bce")
NETWORK_STEPS = 500


def network_of_the_engine():
    descend(NETWORK, NETWORK.start(), "Adam", lr=LR, steps=NETWORK_STEPS)


def network_by_hand():
    network = NETWORK.module(NETWORK.start())
    optimizer = torch.optim.Adam(network.parameters(), lr=LR)
    for _ in range(NETWORK_STEPS):
        optimizer.zero_grad()
        binary_cross_entropy_with_logits(network(INPUTS).squeeze(1), TARGETS).backward()
        optimizer.step()


SEEDS, SEED_STEPS = 50, 300


def seeds_of_the_engine():
    descend_many(NETWORK, torch.stack([NETWORK.start(seed=one) for one in range(SEEDS)]), "Adam", LR, SEED_STEPS)


def seed_of_the_engine():
    descend(NETWORK, NETWORK.start(), "Adam", lr=LR, steps=SEED_STEPS)


HIMMELBLAU = Function("(x^2 + y - 11)^2 + (x + y^2 - 7)^2")
MAP_POINTS, MAP_STEPS = 200, 200


def basins_of_the_engine(optimizer, lr):
    axis = -5, 5, MAP_POINTS
    basins(HIMMELBLAU, ("x", *axis), ("y", *axis), optimizer, lr, MAP_STEPS)


def run_by_hand(optimizer, lr):
    theta = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    stepper = getattr(torch.optim, optimizer)([theta], lr=lr)
    for _ in range(MAP_STEPS):
        stepper.zero_grad()
        a, b = theta
        ((a**2 + b - 11) ** 2 + (a + b**2 - 7) ** 2).backward()
        stepper.step()


RATES = torch.linspace(0.001, 0.02, 1_200, dtype=torch.float64)


def sweep_of_the_engine():
    learning_rate_sweep(HIMMELBLAU, [1.0, 1.0], "SGD", RATES, 900)


SLICE_POINTS = 61
AROUND = random_plane(NETWORK, NETWORK.start(), 0)
ACROSS = torch.linspace(-1, 1, SLICE_POINTS, dtype=torch.float64)


def slice_of_the_engine():
    plane_surface(NETWORK, AROUND, (-1, 1), (-1, 1), SLICE_POINTS)


def slice_by_hand():
    """Row by row, each layer's products for all points of the row at once."""
    rows = []
    with torch.no_grad():
        for up in ACROSS:
            theta = AROUND.origin + torch.stack([ACROSS, up.expand(SLICE_POINTS)], 1) @ AROUND.directions
            first, bias, second, its_bias, last, shift = theta.split([16, 8, 64, 8, 8, 1], 1)
            inner = (INPUTS @ first.view(-1, 8, 2).mT + bias[:, None]).tanh()
            inner = (inner @ second.view(-1, 8, 8).mT + its_bias[:, None]).tanh()
            said = (inner @ last[:, :, None]).squeeze(-1) + shift
            targets = TARGETS.expand_as(said)
            rows.append(binary_cross_entropy_with_logits(said, targets, reduction="none").mean(1))
    return torch.stack(rows)


SHARP = Network(INPUTS, TARGETS, (16, 16), "tanh", "bce")
SHARP_POINTS = descend(SHARP, SHARP.start(), "SGD", lr=0.5, steps=149).parameters


def sharpness_of_the_engine():
    measure_sharpness(SHARP, SHARP_POINTS)


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def medians(functions, repetitions):
    """The median seconds of each function, called in turns."""
    for function in functions:
        for _ in range(5):  # imports and caches
            function()
    rounds = [[seconds(function) for function in functions] for _ in range(repetitions)]
    return [median(times) for times in zip(*rounds, strict=True)]


def report(what, ours, baselines, repetitions):
    """Print a line for each baseline: its name, its function, and the target or None."""
    mine, *others = medians([ours, *(function for _, function, _ in baselines)], repetitions)
    for (name, _, target), other in zip(baselines, others, strict=True):
        aim = "no target" if target is None else f"target <= {target:.2f}"
        print(f"{what}: {mine / other:.2f} x {name} ({aim}; {mine * 1e3:.3f} ms against {other * 1e3:.3f} ms)")


def main():
    torch.set_num_threads(1)
    report(
        f"{STEPS} SGD steps with history",
        run_of_the_engine,
        [
            ("the tutorial's loop by hand, no history", tutorial_loop, 2.0),
            ("a torch.optim.SGD loop with cloned history", torch_loop_with_history, 1.25),
        ],
        repetitions=200,
    )
    report(
        f"{len(RACE)} runners, {RACE_STEPS} steps each on Rosenbrock, with all history",
        race,
        [("as many plain torch.optim loops, no history", plain_loops, 1.3)],
        repetitions=7,
    )
    report(
        f"{NETWORK_STEPS} Adam steps of a network of {len(NETWORK.parameters)} parameters, with all history",
        network_of_the_engine,
        [("a plain torch.nn loop, no history", network_by_hand, 1.3)],
        repetitions=7,
    )
    report(
        f"{SEEDS} seeds of that network, {SEED_STEPS} Adam steps each at once, with all history",
        seeds_of_the_engine,
        [("the run of one seed", seed_of_the_engine, 10)],
        repetitions=7,
    )
    for optimizer, lr in (("SGD", 0.01), ("Adam", 0.1)):
        report(
            f"{MAP_POINTS}x{MAP_POINTS} basins of Himmelblau, {MAP_STEPS} {optimizer} steps each",
            partial(basins_of_the_engine, optimizer, lr),
            [("a plain torch run of one start", partial(run_by_hand, optimizer, lr), 8)],
            repetitions=3,
        )
    report(
        f"{len(RATES):,} rates, 900 SGD steps each",
        sweep_of_the_engine,
        [("a plain torch run of 200 steps", partial(run_by_hand, "SGD", 0.01), None)],
        repetitions=3,
    )
    report(
        f"{SLICE_POINTS}x{SLICE_POINTS} slice of that network's loss at {len(INPUTS)} points (budget 300 ms)",
        slice_of_the_engine,
        [("batched products by hand", slice_by_hand, 1.5)],
        repetitions=7,
    )
    (taken,) = medians([sharpness_of_the_engine], repetitions=7)
    print(
        f"the sharpness of {len(SHARP.parameters)} parameters at {len(SHARP.x)} points: "
        f"{len(SHARP_POINTS) / taken:.0f} steps a second (at least 150)"
    )
    for what, fit, repetitions in (("the tutorial's fit", TUTORIAL, 2000), ("a fit of 100 points", HUNDRED, 100)):
        report(
            f"101x101 surface of {what}",
            partial(surface_of_the_engine, fit),
            [("the broadcast expression by hand", partial(surface_by_hand, fit), 1.5)],
            repetitions=repetitions,
        )
    report(
        "101x101 surface of Rosenbrock",
        rosenbrock_of_the_engine,
        [("the broadcast expression by hand", rosenbrock_by_hand, 1.5)],
        repetitions=2000,
    )
    grid = torch.meshgrid(*[torch.linspace(-2, 2, 101, dtype=torch.float64)] * 2, indexing="xy")
    point = tuple(torch.tensor([one], dtype=torch.float64, requires_grad=True) for one in (0.3, -0.7))
    for text, by_hand in EXPRESSIONS.items():
        for where, points, target in (("on a 101x101 grid", grid, 1.2), ("at a point", point, 1.6)):
            ours, theirs = evaluation(text, by_hand, points)
            report(f"{text[:28]} {where}", ours, [("the line by hand", theirs, target)], repetitions=2000)
    report(
        f"a graph of {len(GRAPH.nodes)} nodes recorded, laid out and drawn (budget 1 s)",
        graph_of_the_engine,
        [("backward() alone", plain_backward, None)],
        repetitions=50,
    )
    report(
        f"{STEPS} epochs line by line, with every tensor kept",
        loop_line_by_line,
        [("the tutorial's loop by hand, no history", tutorial_loop, None)],
        repetitions=20,
    )
    taken, text = slowest_refusal()
    print(f"the slowest text to refuse, {text[:20]}…: {taken * 1e3:.1f} ms (budget 100 ms)")


if __name__ == "__main__":
    main()
