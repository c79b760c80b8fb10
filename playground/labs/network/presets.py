"""A gallery of networks to train: one record each, with what it shows, and the state in which it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from playground.data.gallery import index_by_name
from playground.data.sample import Sample
from playground.engine.layers import INITIALISATIONS
from playground.engine.runner import DrawnStart, Runner
from playground.labs.network.problem import Training
from playground.labs.network.state import DEFAULT, SHOWN, NetworkState
from playground.labs.shared.race.state import Race


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A network, what it learns from, and runners that show something on it.

    Attributes:
        name: what a person calls it.
        training: the network and its points.
        runners: who runs; steps: for how long.
        lines: what the lines of the drawn network stand for, one of ``SHOWN``.
        source: where what it shows is written down.
        shows: one sentence for a student: what to look for.
    """

    name: str
    training: Training
    runners: tuple[Runner, ...]
    steps: int
    lines: str = SHOWN[0]
    source: str
    shows: str


_MOONS, _CIRCLE = Sample("moons").points, Sample("circle").points
_WAVE = Sample("function", n=40, noise=0.0, test_share=0.0).points
_DEEP_LEARNING = "Goodfellow, Bengio and Courville 2016, Deep Learning, section "

PRESETS: Mapping[str, Preset] = index_by_name(
    [
        # What layers and units are for.
        Preset(
            name="XOR",
            training=DEFAULT.training,
            runners=DEFAULT.race.runners,
            steps=DEFAULT.race.steps,
            source=_DEEP_LEARNING + "6.1",
            shows="Each hidden unit draws one soft line, and the output weighs the four of them against each other: "
            "together they part what no single line parts.",
        ),
        Preset(
            name="XOR without a hidden layer",
            training=Training(points=DEFAULT.training.points, hidden=()),
            runners=DEFAULT.race.runners,
            steps=DEFAULT.race.steps,
            source="Minsky and Papert 1969, Perceptrons",
            shows="All that it can draw is one straight line: its loss comes down to ln 2 ≈ 0.693, that of a coin's "
            "toss, and stays there.",
        ),
        Preset(
            name="Squares as inputs",
            training=Training(points=_CIRCLE, inputs=("x^2", "y^2"), hidden=()),
            runners=(Runner("Adam", 0.1),),
            steps=200,
            source="https://github.com/tensorflow/playground",
            shows="A line in x² and y² is an ellipse in x and y: with the right inputs the circle needs no hidden "
            "layer.",
        ),
        Preset(
            name="Layers without an activation",
            training=Training(points=_MOONS, hidden=(8, 8), activation="identity"),
            runners=(Runner("Adam", 0.02),),
            steps=200,
            source=_DEEP_LEARNING + "6.1",
            shows="The boundary stays a straight line: without an activation all layers together are one linear map.",
        ),
        Preset(
            name="One bend for each unit",
            training=Training(
                points=Sample("function", n=100).points,
                inputs=("x",),
                hidden=(8,),
                activation="relu",
                loss="mse",
                start_seed=2,
            ),
            runners=(Runner("Adam", 0.05),),
            steps=400,
            source="Montúfar et al. 2014, On the number of linear regions of deep neural networks",
            shows="The curve is made of straight pieces: each of eight ReLU units can put one bend into it, and "
            "training moves them.",
        ),
        Preset(
            name="Three classes",
            training=Training(points=Sample("blobs").points, hidden=(), loss="cross_entropy"),
            runners=(Runner("SGD", 0.5),),
            steps=100,
            source=_DEEP_LEARNING + "6.2.2.3",
            shows="One output for each class, and the largest wins: between any two classes the boundary is a "
            "straight line.",
        ),
        # Where training begins.
        Preset(
            name="All weights zero",
            training=Training(points=_CIRCLE, hidden=(4,), activation="sigmoid", initialisation="zeros"),
            runners=(Runner("Adam", 0.1),),
            steps=300,
            source=_DEEP_LEARNING + "8.4",
            shows="Units that begin equal get equal gradients and stay equal for ever: the four do no more than one, "
            "and the boundary never closes.",
        ),
        Preset(
            name="A start too large",
            training=Training(points=_CIRCLE, hidden=(8, 8, 8), initialisation="large_normal"),
            runners=(Runner("SGD", 0.1),),
            steps=300,
            source="Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks",
            shows="Most tanh units begin beyond ±0.99, where their slope is almost 0, and stay there. Try Xavier: "
            "it finds the circle.",
        ),
        Preset(
            name="Six initialisations",
            training=Training(points=_CIRCLE, hidden=(8, 8, 8)),
            runners=(
                Runner("SGD", 0.3),
                *(Runner("SGD", 0.3, start=DrawnStart(name)) for name in INITIALISATIONS if name != "default"),
            ),
            steps=200,
            source="Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks",
            shows="Xavier and Kaiming set off at once, torch's default waits for 100 steps; zeros and a constant "
            "keep units equal and never find the circle.",
        ),
        # How gradients go through layers.
        Preset(
            name="Vanishing gradients",
            training=Training(points=_CIRCLE, hidden=(8, 8, 8), activation="sigmoid"),
            runners=(Runner("SGD", 0.3),),
            steps=300,
            lines="gradients",
            source="Hochreiter 1998, The vanishing gradient problem during learning recurrent neural nets",
            shows="Each sigmoid cuts the gradient to a quarter or less: hardly any reaches the first layer. Try "
            "ReLU: it finds the circle.",
        ),
        Preset(
            name="Dead ReLUs",
            training=Training(points=_MOONS, hidden=(8,), activation="relu"),
            runners=(Runner("Adam", 0.3), Runner("Adam", 0.03)),
            steps=200,
            source="Lu et al. 2019, Dying ReLU and initialization",
            shows="A rate of 0.3 pushes most units below 0 at every point, where no gradient reaches them; 0.03 "
            "keeps most alive.",
        ),
        # How it generalises.
        Preset(
            name="Overfitting",
            training=Training(points=Sample("circle", n=40, noise=0.5, test_share=0.5).points, hidden=(8, 8)),
            runners=(Runner("Adam", 0.02),),
            steps=500,
            source=_DEEP_LEARNING + "7.8",
            shows="It learns 20 noisy points by heart: their loss goes to 0, and from step 20 or so that of the "
            "points held out rises.",
        ),
        Preset(
            name="Weight decay",
            training=Training(points=Sample("circle", n=60, noise=0.5, test_share=0.5).points, hidden=(8, 8)),
            runners=(
                Runner("AdamW", 0.02, (("weight_decay", 1.0),)),
                Runner("AdamW", 0.02, (("weight_decay", 0.0),)),
            ),
            steps=500,
            source="Loshchilov and Hutter 2019, Decoupled weight decay regularization",
            shows="It keeps the weights small. Without it the loss falls further, but on the points held out it is "
            "several times as large.",
        ),
        # How it is stepped.
        Preset(
            name="Spirals, Adam and SGD",
            training=Training(points=Sample("spirals").points, hidden=(8, 8)),
            runners=(Runner("Adam", 0.03), Runner("SGD", 0.03)),
            steps=500,
            source="Lang and Witbrock 1988, Learning to tell two spirals apart",
            shows="At the same rate and in as many steps Adam winds the boundary around both arms, and SGD has hardly "
            "begun.",
        ),
        Preset(
            name="A rate over the edge",
            training=Training(
                points=Sample("function", n=60).points, inputs=("x",), hidden=(8,), activation="tanh", loss="mse"
            ),
            runners=(Runner("SGD", 0.2), Runner("SGD", 0.4), Runner("SGD", 0.8)),
            steps=200,
            source=_DEEP_LEARNING + "8.2.4",
            shows="A rate of 0.2 goes down at every step, 0.4 leaps far above the start and comes back, and 0.8 "
            "leaves the finite numbers.",
        ),
        Preset(
            name="Edge of stability",
            training=Training(points=_WAVE, inputs=("x",), hidden=(8,), activation="tanh", loss="mse"),
            runners=(Runner("SGD", 0.3), Runner("SGD", 0.25)),
            steps=2000,
            source="Cohen et al. 2021, Gradient descent on neural networks typically occurs at the edge of stability",
            shows="Each run grows steeper until the largest curvature is about 2/rate, and stays there: the loss "
            "zigzags, and yet falls.",
        ),
    ]
)
"""The gallery, in the order in which it is offered; a new preset is a new record."""


def race_of(preset: Preset) -> Race:
    """The race that a preset shows."""
    return Race(preset.training, preset.training.start, preset.runners, preset.steps)


def state_of(preset: Preset) -> NetworkState:
    """The state in which a preset is shown."""
    return NetworkState(race=race_of(preset), shown=preset.lines)


def preset_of_race(race: Race) -> Preset | None:
    """The preset that shows this very race."""
    return _by_race().get(race)


def preset_of_training(training: Training) -> Preset | None:
    """The first preset that trains this network."""
    return next((one for one in PRESETS.values() if one.training == training), None)


@lru_cache(maxsize=1)
def _by_race() -> dict[Race, Preset]:
    return {race_of(one): one for one in reversed([*PRESETS.values()])}
