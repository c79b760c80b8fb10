"""A gallery of functions to descend: one record each, with what is known of it and what it shows."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Protocol, TypeVar

import torch

from playground.analysis.minima import find_minimum
from playground.engine.function import Function
from playground.engine.objectives import Objective
from playground.engine.runner import Runner
from playground.engine.standings import KnownMinima

Point = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A function, where to look at it, and runners that show something on it.

    Attributes:
        name: what a person calls it.
        text: the formula, for ``Function``.
        domain: the least and the largest value that is drawn, for each parameter.
        start: where the runners begin that have no start of their own.
        minima: all global minima in the domain; empty where the function falls for ever.
        minimum: the value at the minima, or None where there are none.
        critical: other points where the gradient is zero: saddles and maxima.
        kinks: whether torch's gradient at a minimum says nothing, as at the tip of |x|.
        source: where the function, or what it shows, is written down.
        shows: one sentence for a student: what to look for.
        runners: who runs; steps: for how long.
        log_colours: whether the loss is best coloured by its logarithm.
        noise: the scale of the noise that is added to each gradient.
        noise_kind: ``"Gaussian"``, or ``"rare spikes"``: 20 times the scale upwards once in 21 steps, and the scale
            downwards in all others, so that the mean is zero.
    """

    name: str
    text: str
    domain: tuple[tuple[float, float], ...]
    start: Point
    minima: tuple[Point, ...] = ()
    minimum: float | None = None
    critical: tuple[Point, ...] = ()
    kinks: bool = False
    source: str
    shows: str
    runners: tuple[Runner, ...]
    steps: int
    log_colours: bool = False
    noise: float = 0.0
    noise_kind: str = "Gaussian"


class Named(Protocol):
    """A record of a gallery."""

    @property
    def name(self) -> str:
        """What a person calls it."""


_Record = TypeVar("_Record", bound=Named)


def index_by_name(presets: Iterable[_Record]) -> Mapping[str, _Record]:
    """The presets by their names, in order.

    Raises:
        ValueError: if two have the same name.
    """
    gallery: dict[str, _Record] = {}
    for preset in presets:
        if preset.name in gallery:
            raise ValueError(f"two presets are called {preset.name!r}")
        gallery[preset.name] = preset
    return MappingProxyType(gallery)


_MOMENTUM = (("momentum", 0.9),)
_SURJANOVIC = "Surjanovic and Bingham, Virtual Library of Simulation Experiments, https://www.sfu.ca/~ssurjano/"
_QUADRATICS = "Nocedal and Wright 2006, Numerical Optimization, section 3.3"
_DEEP_LEARNING = "Goodfellow, Bengio and Courville 2016, Deep Learning, section "
_SADDLES = (
    "Dauphin et al. 2014, Identifying and attacking the saddle point problem in high-dimensional non-convex "
    "optimization"
)
_REDDI = "Reddi, Kale and Kumar 2018, On the Convergence of Adam and Beyond, Theorem 3"

PRESETS: Mapping[str, Preset] = index_by_name(
    [
        # One variable.
        Preset(
            name="Parabola",
            text="x^2",
            domain=((-4, 4),),
            start=(3,),
            minima=((0,),),
            minimum=0.0,
            source=_DEEP_LEARNING + "4.3",
            shows="The gradient at 3 is 6: a rate of 0.1 walks down, 0.9 jumps across at each step and is just as "
            "fast, and 1 swaps 3 and -3 for ever.",
            runners=(Runner(lr=0.1), Runner(lr=0.9), Runner(lr=1.0)),
            steps=50,
        ),
        Preset(
            name="Double well",
            text="x^4/4 - x^2/2",
            domain=((-2, 2),),
            start=(1.8,),
            minima=((-1,), (1,)),
            minimum=-0.25,
            critical=((0,),),
            source="Strogatz 1994, Nonlinear Dynamics and Chaos, section 2.7",
            shows="From 1.8 plain SGD stops in the near well at 1, and momentum carries the other runner over the hill "
            "into the well at -1.",
            runners=(Runner(lr=0.1), Runner(lr=0.1, settings=_MOMENTUM)),
            steps=200,
        ),
        Preset(
            name="Adam's limit cycle",
            text="x^2/2",
            domain=((-4, 4),),
            start=(3,),
            minima=((0,),),
            minimum=0.0,
            source="Bock and Weiß 2019, Non-convergence and Limit Cycles in the Adam Optimizer",
            shows="With beta 1 at 0 Adam reaches the minimum, leaves it again and ends up stepping from -0.25 to 0.25 "
            "and back for ever, half its rate from the minimum, and SGD converges at the same rate.",
            runners=(
                Runner("SGD", lr=0.5),
                Runner("Adam", lr=0.5, settings=(("betas", (0.0, 0.9)),)),
            ),
            steps=500,
        ),
        Preset(
            name="Rare spikes fool Adam",
            # The slope stays below 1, so that the noise decides which way Adam goes wherever it is.
            text="sqrt(1 + x^2)",
            domain=((-4, 7),),
            start=(-1,),
            minima=((0,),),
            minimum=1.0,
            source=_REDDI,
            shows="The noise has mean zero, and SGD stays about the minimum; Adam divides each rare spike by its own "
            "size, so that the many small pushes win and drive it past 0 and up the right side.",
            runners=(
                Runner("SGD", lr=0.01),
                # A spike must be forgotten before the next one comes, after 21 steps on average.
                Runner("Adam", lr=0.02, settings=(("betas", (0.0, 0.5)),)),
            ),
            steps=500,
            noise=1.25,
            noise_kind="rare spikes",
        ),
        Preset(
            name="Rare spikes, two variables",
            text="sqrt(1 + x^2) + sqrt(1 + y^2)",
            domain=((-4, 7), (-4, 7)),
            start=(-1, -0.5),
            minima=((0, 0),),
            minimum=2.0,
            source=_REDDI,
            shows="Each component has rare spikes of its own, and Adam is driven away from the minimum to the upper "
            "right, while SGD stays about it.",
            runners=(
                Runner("SGD", lr=0.01),
                Runner("Adam", lr=0.02, settings=(("betas", (0.0, 0.5)),)),
            ),
            steps=500,
            noise=1.25,
            noise_kind="rare spikes",
        ),
        # Quadratics.
        Preset(
            name="Bowl, κ = 1",
            text="(x^2 + y^2)/2",
            domain=((-3, 3), (-3, 3)),
            start=(2, 1),
            minima=((0, 0),),
            minimum=0.0,
            source=_QUADRATICS,
            shows="The gradient of a round bowl points straight away from the minimum: a rate of 1 arrives in one "
            "step, and 0.1 walks there on a straight line.",
            runners=(Runner(lr=1.0), Runner(lr=0.1)),
            steps=50,
        ),
        Preset(
            name="Bowl, κ = 10",
            text="(x^2 + 10y^2)/2",
            domain=((-3, 3), (-3, 3)),
            start=(2, 1),
            minima=((0, 0),),
            minimum=0.0,
            source=_QUADRATICS,
            shows="The rate must suit the steep direction y: 0.18 zigzags across the valley and arrives, and 0.02 "
            "settles y at once and leaves x far away.",
            runners=(Runner(lr=0.18), Runner(lr=0.02)),
            steps=60,
        ),
        Preset(
            name="Bowl, κ = 100",
            text="(x^2 + 100y^2)/2",
            domain=((-3, 3), (-3, 3)),
            start=(2, 1),
            minima=((0, 0),),
            minimum=0.0,
            source=_QUADRATICS,
            shows="SGD is stable up to a rate of 2/100: 0.019 settles y and creeps along x, 0.0202 diverges, and "
            "momentum 0.9 at 0.01 comes much closer in the same time.",
            runners=(Runner(lr=0.019), Runner(lr=0.0202), Runner(lr=0.01, settings=_MOMENTUM)),
            steps=200,
            log_colours=True,
        ),
        Preset(
            name="Sum of three squares",
            text="x[0]^2 + x[1]^2 + x[2]^2",
            domain=((-4, 4), (-4, 4), (-4, 4)),
            start=(1, 2, 3),
            minima=((0, 0, 0),),
            minimum=0.0,
            source=_DEEP_LEARNING + "4.3",
            shows="The gradient at (1, 2, 3) is (2, 4, 6), and each step at a rate of 0.1 leaves 0.8 of every "
            "component.",
            runners=(Runner(lr=0.1),),
            steps=50,
        ),
        Preset(
            name="Noisy bowl",
            text="(x^2 + y^2)/2",
            domain=((-3, 3), (-3, 3)),
            start=(2, 2),
            minima=((0, 0),),
            minimum=0.0,
            source="Bottou, Curtis and Nocedal 2018, Optimization Methods for Large-Scale Machine Learning, section 4",
            shows="With noisy gradients SGD never settles: a rate of 0.3 is soon near the minimum and wanders widely, "
            "and 0.03 comes slowly and stays closer.",
            runners=(Runner(lr=0.3), Runner(lr=0.03)),
            steps=500,
            noise=1.0,
        ),
        Preset(
            name="Badly scaled bowl",
            text="x^2/2 + 5000y^2",
            domain=((-3, 3), (-1.5, 1.5)),
            start=(2, 1),
            minima=((0, 0),),
            minimum=0.0,
            source="Kingma and Ba 2015, Adam: A Method for Stochastic Optimization, section 2.1",
            shows="The steep y allows SGD rates below 0.0002 only: at 0.00019 x hardly moves and at 0.00021 y "
            "diverges, and Adam, which scales each gradient by its own size, arrives.",
            runners=(Runner("SGD", lr=1.9e-4), Runner("SGD", lr=2.1e-4), Runner("Adam", lr=0.1)),
            steps=300,
            log_colours=True,
        ),
        Preset(
            name="Booth",
            text="(x + 2y - 7)^2 + (2x + y - 5)^2",
            domain=((-10, 10), (-10, 10)),
            start=(-8, 8),
            minima=((1, 3),),
            minimum=0.0,
            source=_SURJANOVIC + "booth.html",
            shows="The curvatures are 2 and 18, so that 2/(2 + 18) = 0.1 is the best rate for SGD: it needs half the "
            "steps that 0.05 does.",
            runners=(Runner(lr=0.1), Runner(lr=0.05)),
            steps=100,
        ),
        Preset(
            name="Matyas",
            text="0.26(x^2 + y^2) - 0.48x y",
            domain=((-10, 10), (-10, 10)),
            start=(-8, 6),
            minima=((0, 0),),
            minimum=0.0,
            source=_SURJANOVIC + "matya.html",
            shows="The steep direction crosses the axes: SGD drops into the valley x = y within a few steps and then "
            "creeps along it, and momentum is faster there.",
            runners=(Runner(lr=0.5), Runner(lr=0.5, settings=_MOMENTUM)),
            steps=150,
            log_colours=True,
        ),
        # Saddles.
        Preset(
            name="Saddle",
            text="x^2 - y^2",
            domain=((-2, 2), (-2, 2)),
            start=(1.5, 0.001),
            critical=((0, 0),),
            source=_SADDLES,
            shows="SGD seems to converge to the saddle, where the gradient all but vanishes, until the little it has "
            "of y has grown and carries it off.",
            runners=(Runner(lr=0.1),),
            steps=40,
        ),
        Preset(
            name="Bounded saddle",
            text="x^2/2 + y^4/4 - y^2/2",
            domain=((-2, 2), (-1.75, 1.75)),
            start=(1.5, 0.001),
            minima=((0, -1), (0, 1)),
            minimum=-0.25,
            critical=((0, 0),),
            source="Nesterov 2004, Introductory Lectures on Convex Optimization, section 1.2.3",
            shows="SGD needs more than 60 steps to leave the saddle at the origin and fall to (0, 1), momentum less "
            "than half as many, and Adam, which scales up the tiny slope, fewer than 10.",
            runners=(Runner("SGD", lr=0.1), Runner("SGD", lr=0.1, settings=_MOMENTUM), Runner("Adam", lr=0.1)),
            steps=200,
        ),
        Preset(
            name="Monkey saddle",
            text="x^3 - 3x y^2",
            domain=((-2, 2), (-2, 2)),
            start=(1, 0),
            critical=((0, 0),),
            source="https://mathworld.wolfram.com/MonkeySaddle.html",
            shows="From (1, 0) the steps shrink towards the origin, which is no minimum and has no curvature at all, "
            "and from (1, 0.1) SGD finds a way down.",
            runners=(Runner(lr=0.02), Runner(lr=0.02, start=(1, 0.1))),
            steps=45,
        ),
        # Valleys and plateaus.
        Preset(
            name="Rosenbrock",
            text="(1-x)^2 + 100(y-x^2)^2",
            domain=((-2, 2), (-1, 3)),
            start=(-1.2, 1),
            minima=((1, 1),),
            minimum=0.0,
            source="Rosenbrock 1960, An Automatic Method for Finding the Greatest or Least Value of a Function",
            shows="All are soon in the curved valley and then slow down: after 500 steps SGD isn't half way, and even "
            "momentum and Adam aren't quite at (1, 1).",
            runners=(
                Runner("SGD", lr=0.001),
                Runner("SGD", lr=0.001, settings=_MOMENTUM),
                Runner("Adam", lr=0.1),
            ),
            steps=500,
            log_colours=True,
        ),
        Preset(
            name="Chained Rosenbrock",
            text="sum((1-x[i])^2 + 100(x[i+1]-x[i]^2)^2 for i in range(3))",
            domain=((-2, 2), (-2, 2), (-2, 2), (-2, 2)),
            start=(-1.2, 1, -1.2, 1),
            minima=((1, 1, 1, 1),),
            minimum=0.0,
            source="Shang and Qiu 2006, A Note on the Extended Rosenbrock Function",
            shows="In four variables there is a second, local minimum of about 3.70 near (-0.78, 0.61, 0.38, 0.15): "
            "the runner that starts beside it stays, and the other follows the valley towards (1, 1, 1, 1).",
            runners=(
                Runner(lr=5e-4, settings=_MOMENTUM),
                Runner(lr=5e-4, settings=_MOMENTUM, start=(-0.8, 0.6, 0.4, 0.1)),
            ),
            steps=500,
            log_colours=True,
        ),
        Preset(
            name="Powell's singular function",
            text="(x[0]+10x[1])^2 + 5(x[2]-x[3])^2 + (x[1]-2x[2])^4 + 10(x[0]-x[3])^4",
            domain=((-4, 4), (-4, 4), (-4, 4), (-4, 4)),
            start=(3, -1, 0, 1),
            minima=((0, 0, 0, 0),),
            minimum=0.0,
            source="Moré, Garbow and Hillstrom 1981, Testing Unconstrained Optimization Software",
            shows="Two directions have no curvature at the minimum: the loss of all three runners falls a thousandfold "
            "and more, and x1 is still 0.09 or more from 0.",
            runners=(
                Runner("SGD", lr=0.004),
                Runner("SGD", lr=0.001, settings=_MOMENTUM),
                Runner("Adam", lr=0.1),
            ),
            steps=500,
            log_colours=True,
        ),
        Preset(
            name="Beale",
            text="(1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2",
            domain=((-4.5, 4.5), (-4.5, 4.5)),
            start=(1, 1.5),
            minima=((3, 0.5),),
            minimum=0.0,
            source=_SURJANOVIC + "beale.html",
            shows="Cliffs stand round a flat valley: SGD's first 20 steps take nine tenths of the loss, and the next "
            "480 creep towards (3, 0.5), where Adam comes closer.",
            runners=(Runner("SGD", lr=0.01), Runner("Adam", lr=0.1)),
            steps=500,
            log_colours=True,
        ),
        Preset(
            name="Goldstein–Price",
            text="(1 + (x+y+1)^2 (19 - 14x + 3x^2 - 14y + 6x y + 3y^2)) "
            "(30 + (2x-3y)^2 (18 - 32x + 12x^2 + 48y - 36x y + 27y^2))",
            domain=((-2, 2), (-2, 2)),
            start=(-0.5, -1.5),
            minima=((0, -1),),
            minimum=3.0,
            source=_SURJANOVIC + "goldpr.html",
            shows="The larger rate, 0.0001, jumps out of the basin of the minimum 3 and ends in a local one, 30 at "
            "(-0.6, -0.4); 0.00001 stays.",
            runners=(Runner(lr=1e-4), Runner(lr=1e-5)),
            steps=500,
            log_colours=True,
        ),
        Preset(
            name="Ravine",
            text="x^2/20 + 5(y - sin(x))^2",
            domain=((-6, 6), (-3, 3)),
            start=(-5, 1.5),
            minima=((0, 0),),
            minimum=0.0,
            source="Goh 2017, Why Momentum Really Works, https://distill.pub/2017/momentum/",
            shows="SGD drops to the floor of the winding ravine and creeps along it, and momentum gathers speed and "
            "arrives in a fraction of the steps.",
            runners=(Runner(lr=0.05), Runner(lr=0.05, settings=_MOMENTUM)),
            steps=300,
            log_colours=True,
        ),
        Preset(
            name="Plateau",
            text="tanh((x^2 + y^2)/4)",
            domain=((-5, 5), (-5, 5)),
            start=(4, 3),
            minima=((0, 0),),
            minimum=0.0,
            source=_DEEP_LEARNING + "8.2.2",
            shows="Where tanh saturates the gradient all but vanishes: SGD hardly leaves the start, and Adam, whose "
            "steps don't depend on the gradient's scale, walks to the minimum.",
            runners=(Runner("SGD", lr=0.5), Runner("Adam", lr=0.1)),
            steps=300,
        ),
        Preset(
            name="Easom",
            text="-cos(x) cos(y) exp(-(x-π)^2 - (y-π)^2)",
            domain=((-2, 8), (-2, 8)),
            start=(0.5, 1),
            minima=((math.pi, math.pi),),
            minimum=-1.0,
            source=_SURJANOVIC + "easom.html",
            shows="Far from its one hole the function is flat: SGD hardly moves, and Adam walks into a dip of less "
            "than 0.0001 at (1.305, 1.305) and not into the hole.",
            runners=(Runner("SGD", lr=0.5), Runner("Adam", lr=0.1)),
            steps=500,
        ),
        Preset(
            name="|x| + |y|",
            text="|x| + |y|",
            domain=((-2, 2), (-2, 2)),
            start=(1.337, 0.454),
            minima=((0, 0),),
            minimum=0.0,
            # The slope jumps from -1 to 1 along both axes; torch's 0 at the kink is a convention.
            kinks=True,
            source="Boyd, Xiao and Mutapcic 2003, Subgradient Methods",
            shows="The slope doesn't shrink near the kink, so that SGD hops about the minimum for ever, each time as "
            "far as its rate: 0.01 comes closer than 0.1 and needs ten times the steps.",
            runners=(Runner(lr=0.1), Runner(lr=0.01)),
            steps=200,
        ),
        # Many minima.
        Preset(
            name="Himmelblau",
            text="(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
            domain=((-5, 5), (-5, 5)),
            start=(-0.3, -0.9),
            minima=(
                (3, 2),
                (-2.805118086952745, 3.131312518250573),
                (-3.779310253377747, -3.283185991286169),
                (3.5844283403304917, -1.8481265269644034),
            ),
            minimum=0.0,
            critical=(
                (-0.2708445906673476, -0.9230385564799816),
                (0.08667750455539634, 2.884254701174776),
                (-3.0730257507643897, -0.08135304428796751),
                (3.385154183607021, 0.07385187983774928),
                (-0.12796134673068005, -1.9537149802445766),
            ),
            source="Himmelblau 1972, Applied Nonlinear Programming",
            shows="Of the four minima, each 0, SGD and Adam find two different ones from the same start beside the "
            "hilltop.",
            runners=(Runner("SGD", lr=0.01), Runner("Adam", lr=0.1)),
            steps=200,
            log_colours=True,
        ),
        Preset(
            name="Six-hump camel",
            text="(4 - 2.1x^2 + x^4/3)x^2 + x y + (-4 + 4y^2)y^2",
            domain=((-2, 2), (-1.1, 1.1)),
            start=(-1, 0),
            minima=((0.08984201310031807, -0.7126564030207396), (-0.08984201310031807, 0.7126564030207396)),
            minimum=-1.0316284534898774,
            critical=((0, 0),),
            source=_SURJANOVIC + "camel6.html",
            shows="The starts (-1, 0) and (1, 0) lead to the two global minima, and (-1.6, 0.05) to a local one, "
            "-0.2155.",
            runners=(Runner(lr=0.05), Runner(lr=0.05, start=(1, 0)), Runner(lr=0.05, start=(-1.6, 0.05))),
            steps=100,
        ),
        Preset(
            name="Three-hump camel",
            text="2x^2 - 1.05x^4 + x^6/6 + x y + y^2",
            domain=((-2.5, 2.5), (-2.5, 2.5)),
            start=(-2, 1),
            minima=((0, 0),),
            minimum=0.0,
            source=_SURJANOVIC + "camel3.html",
            shows="From (-2, 1) SGD, momentum and Adam all end in the left one of two local minima, 0.2986: the "
            "gradient tells none of them that the origin lies lower.",
            runners=(Runner("SGD", lr=0.05), Runner("SGD", lr=0.05, settings=_MOMENTUM), Runner("Adam", lr=0.1)),
            steps=200,
            log_colours=True,
        ),
        Preset(
            name="Styblinski–Tang",
            text="(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y)/2",
            domain=((-5, 5), (-5, 5)),
            start=(4.5, 4.5),
            minima=((-2.903534027771177, -2.903534027771177),),
            minimum=-78.33233140754284,
            critical=((0.1567312567803401, 0.1567312567803401), (2.746802770990837, 0.1567312567803401)),
            source=_SURJANOVIC + "stybtang.html",
            shows="From (4.5, 4.5) SGD and Adam stop in the nearest of four minima, -50.06, and momentum rolls through "
            "it to the lowest, -78.33.",
            runners=(Runner("SGD", lr=0.01), Runner("SGD", lr=0.01, settings=_MOMENTUM), Runner("Adam", lr=0.1)),
            steps=200,
        ),
        Preset(
            name="McCormick",
            text="sin(x + y) + (x - y)^2 - 1.5x + 2.5y + 1",
            domain=((-1.5, 4), (-3, 4)),
            start=(3, 3.5),
            minima=((0.5 - math.pi / 3, -0.5 - math.pi / 3),),
            minimum=-math.sqrt(3) / 2 - math.pi / 3,
            source=_SURJANOVIC + "mccorm.html",
            shows="SGD stops in a local minimum at (2.594, 1.594), and momentum leaves the drawing to the lower left, "
            "where the same valley goes on and falls for ever.",
            runners=(Runner(lr=0.1), Runner(lr=0.1, settings=_MOMENTUM)),
            steps=100,
        ),
        Preset(
            name="Rastrigin",
            text="20 + x^2 - 10cos(2πx) + y^2 - 10cos(2πy)",
            domain=((-5.12, 5.12), (-5.12, 5.12)),
            start=(3.3, 2.7),
            minima=((0, 0),),
            minimum=0.0,
            critical=((0.5025460365546747, 0),),
            source=_SURJANOVIC + "rastr.html",
            shows="SGD, momentum and Adam all end in the local minimum (2.985, 2.985), one of 121 in the drawing: "
            "a gradient knows nothing of the bowl beneath the waves.",
            runners=(Runner("SGD", lr=0.002), Runner("SGD", lr=0.002, settings=_MOMENTUM), Runner("Adam", lr=0.1)),
            steps=200,
        ),
        Preset(
            name="Ackley",
            text="-20exp(-0.2sqrt((x^2+y^2)/2)) - exp((cos(2πx)+cos(2πy))/2) + e + 20",
            domain=((-5, 5), (-5, 5)),
            start=(2.5, 1.5),
            minima=((0, 0),),
            minimum=0.0,
            # The published formula has the tip of a cone there: torch's slope of sqrt at 0 is infinite, times 0: NaN.
            kinks=True,
            source=_SURJANOVIC + "ackley.html",
            shows="SGD and Adam stop in the local minimum (1.965, 0.982), and momentum rolls through the waves to the "
            "sharp tip at the origin and hops about it.",
            runners=(Runner("SGD", lr=0.01), Runner("SGD", lr=0.01, settings=_MOMENTUM), Runner("Adam", lr=0.1)),
            steps=300,
        ),
        Preset(
            name="Griewank",
            text="(x^2 + y^2)/4000 - cos(x) cos(y/√2) + 1",
            domain=((-10, 10), (-10, 10)),
            start=(6, 6),
            minima=((0, 0),),
            minimum=0.0,
            source=_SURJANOVIC + "griewank.html",
            shows="The waves are all but equally deep: SGD, momentum and Adam end at (6.280, 8.877), only 0.0296 above "
            "the minimum.",
            runners=(Runner("SGD", lr=0.1), Runner("SGD", lr=0.1, settings=_MOMENTUM), Runner("Adam", lr=0.5)),
            steps=300,
        ),
        Preset(
            name="Lévy N. 13",
            text="sin(3πx)^2 + (x-1)^2 (1 + sin(3πy)^2) + (y-1)^2 (1 + sin(2πy)^2)",
            domain=((-3, 3), (-3, 3)),
            start=(-2, 2.5),
            minima=((1, 1),),
            minimum=0.0,
            source=_SURJANOVIC + "levy13.html",
            shows="SGD stops in the first ripple, and momentum crosses them to x = 1 and is held in y by the wider "
            "waves near 2.48.",
            runners=(Runner(lr=0.002), Runner(lr=0.002, settings=_MOMENTUM)),
            steps=300,
            log_colours=True,
        ),
    ]
)
"""The presets by name, in the order in which they are offered; a new one is a new entry."""


def find_preset(objective: Objective) -> Preset | None:
    """The preset of the same formula, however it was typed."""
    return _presets_by_formula().get(objective.formula)


def find_known_minima(objective: Objective, at: Sequence[float]) -> KnownMinima | None:
    """The minima that the gallery knows, or one that can be worked out; None where none is known.

    Args:
        objective: any; at: a point (P,) to take its curvature at.
    """
    preset = find_preset(objective)
    if preset and preset.minima and preset.minimum is not None:
        return KnownMinima(torch.tensor(preset.minima, dtype=torch.float64), preset.minimum)
    minimum = find_minimum(objective, at)
    return None if minimum is None else KnownMinima(minimum[None], float(objective.loss(minimum)))


@lru_cache(maxsize=1)
def _presets_by_formula() -> dict[str, Preset]:
    # The first of several with one formula: they differ in their runners, hardly in their minima.
    return {Function(one.text).formula: one for one in reversed([*PRESETS.values()])}
