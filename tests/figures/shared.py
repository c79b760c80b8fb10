"""What the tests of pictures share: the tutorial's run, races, and what they ask of a figure."""

import numpy as np
import torch

from playground import Fit, Function, loss_surface
from playground.analysis.curvature import curvature, trace_ellipses
from playground.data.points import Points
from playground.engine.runner import Runner
from playground.engine.standings import pad_to
from playground.figures import (
    ELLIPSE_POINTS,
    Slice,
    cell_middles,
    gather_boundary,
    gather_contours,
    gather_curve,
    gather_histograms,
    gather_lines,
    gather_network,
    gather_surface,
    run_paths,
)
from playground.labs.descent.problem import Formula
from playground.labs.shared.race.state import Race

X = np.array([0.5, 0.9, 1.4, 1.8])
Y = np.array([2.0, 3.8, 5.0, 7.2])
START = (-0.486989, -0.563709)
WEIGHED = Points(tuple(X), tuple(Y), (1.0, 4.0, 0.0, 2.0), (False, False, False, True))

NO_MINIMA = np.zeros((0, 2))
RUNNERS = (
    Runner("SGD", 0.1),
    Runner("Adam", 0.3, start=(-1.0, 2.0)),
    Runner("LBFGS", 0.5),
    Runner("SGD", 0.05, (("momentum", 0.9),)),
    Runner("RMSprop", 0.1),
    Runner("Rprop", 0.1),
)
SADDLE = "x^2 + 3y^2 + x y + cos(2x)"
WAVE = "x^4/4 - x^2/2 + sin(3x)/5"


def metas(figure):
    """How each trace follows the cursor."""
    return [(trace.meta or {}).get("cursor") for trace in figure.data]


def with_meta(figure, **meta):
    """The traces whose meta has these items."""
    return [trace for trace in figure.data if (trace.meta or {}).items() >= meta.items()]


def trace_named(figure, name):
    """The first trace of a name."""
    return next(one for one in figure.data if one.name == name)


def weighed_fit(loss="mse", **more):
    return Fit("a*x + b", X, Y, loss, weights=WEIGHED.weights, held_out=WEIGHED.held_out, **more)


def runs_of(race):
    return [race.descent(runner).run(race.steps) for runner in race.runners]


class Hill:
    """A race on a function of two variables, with the numbers of its pictures."""

    def __init__(self, text=SADDLE, scale="auto", runners=RUNNERS, steps=12, selected=1, minima=NO_MINIMA):
        self.race = Race(Formula(text), (2.0, 1.5), runners, steps)
        self.runs, self.selected = runs_of(self.race), selected
        self.at = self.runs[selected]
        count = max(run.steps for run in self.runs) + 1
        self.paths = [pad_to(run.parameters, count).numpy() for run in self.runs]
        self.losses = [pad_to(run.losses, count).numpy() for run in self.runs]
        self.surface = loss_surface(self.race.objective, ("x", -3, 3, 13), ("y", -2, 2, 9))
        self.hessians = pad_to(curvature(self.race.objective, self.at.parameters).hessians, count)
        self.contours = gather_contours(
            [self.surface],
            run_paths(
                *zip(*[path.T for path in self.paths], strict=True),
                [f"{one.optimizer} {one.lr:g}" for one in runners],
                selected=selected,
            ),
            selected,
            pad_to(self.at.gradients, count).numpy(),
            minima,
            states=[(key, pad_to(one, count).numpy()) for key, one in self.at.states.items() if one.ndim == 2],
            shapes=trace_ellipses(self.hessians, ELLIPSE_POINTS).numpy(),
            scale=scale,
        )
        self.surface_numbers = gather_surface(self.contours, self.losses)


class Curve:
    """A race on a function of one variable, with the numbers of its picture."""

    def __init__(self, text=WAVE, minima=NO_MINIMA, steps=12):
        self.race = Race(Formula(text), (1.9,), (Runner(lr=0.1), Runner("Adam", 0.3, start=(-1.5,))), steps)
        self.runs = runs_of(self.race)
        count = max(run.steps for run in self.runs) + 1
        self.x = np.linspace(-2, 2, 101)
        self.y = self.race.objective.loss(torch.tensor(self.x)[:, None]).numpy()
        self.xs = [pad_to(run.parameters[:, 0], count).numpy() for run in self.runs]
        self.losses = [pad_to(run.losses, count).numpy() for run in self.runs]
        slopes = pad_to(self.runs[1].gradients[:, 0], count).numpy()
        runners = run_paths(self.xs, self.losses, ["one", "two"])
        self.numbers = gather_curve("x", self.x, self.y, runners, slopes, 1, minima)


def lines(*every, scale="linear", **options):
    steps = np.arange(len(every[0]), dtype=float)
    labels = [f"runner {i}" for i in range(len(every))]
    return gather_lines(
        "loss", run_paths([steps] * len(every), [np.array(one, float) for one in every], labels), scale, **options
    )


BOWLS = [("x^2 + y^2 + 1", 0), ("3x^2 + y^2 + 2", 4), ("x^2 + 5y^2 + 9", 9)]


def sliced(scale="linear", bowls=BOWLS):
    surfaces = [loss_surface(Function(text), ("x", -3, 3, 13), ("y", -2, 2, 9)) for text, _ in bowls]
    slices = [Slice(since, f"x since {since}", f"y since {since}") for _, since in bowls]
    still = run_paths([np.zeros(13)], [np.ones(13)], ["still"])
    plane = gather_contours(surfaces, still, 0, np.zeros((13, 2)), NO_MINIMA, scale=scale, slices=slices)
    return surfaces, plane


POINTS = np.array([[-1.5, 0.0], [0.0, 1.0], [1.5, 0.5]])


def classified(**changes):
    """The numbers of a boundary at x = 0, from step 7 on at x = 1; the output is surer of itself further up."""
    x, y = cell_middles((-2.0, 2.0), 8), cell_middles((-1.0, 2.0), 6)
    output = np.stack([0.5 + (x - place) * (y[:, None] + 1.1) / 40 for place in (0.0, 1.0)])
    given = {"points": POINTS, "classes": np.array([0, 1, 1]), "held_out": np.array([0, 0, 1], bool)}
    given |= {"class_names": ["below", "above"]} | changes
    return gather_boundary(output, [0, 7], (-2.0, 2.0), (-1.0, 2.0), **given)


SIZES = (3, 2, 3, 1)


def drawn_network(**changes):
    """The numbers of a network of 15 weights and 6 biases."""
    generator = np.random.default_rng(1)
    given = {"edges": generator.normal(size=(3, 15)), "biases": generator.normal(size=(3, 6))}
    given |= {"output": generator.normal(size=(2, 9, 4, 4)), "since": [0, 2]} | changes
    return gather_network(SIZES, ["x", "y", "x y"], **given)


def spread(values, since=(0, 1, 2), **options):
    names = [f"layer {i}" for i in range(len(values))]
    return gather_histograms("weight", names, values, since[: len(values[0])], **options)
