"""The state of the lab Network, and its fields beside those of the points and of how the loss is looked at."""

import itertools
from dataclasses import dataclass, replace
from typing import Any, Self, cast

from playground.data.features import FEATURES, feature_names
from playground.data.labelled import Labelled
from playground.data.sample import Sample
from playground.engine.layers import ACTIVATIONS
from playground.engine.runner import DrawnStart, Runner
from playground.errors import InputError
from playground.labs.network.loss_fields import LOSS_PARTS, check_loss_plane, is_loss_plane, loss_fields
from playground.labs.network.point_fields import (
    ADDED_CLASS,
    KIND,
    SAMPLE_FIELDS,
    PointsPart,
    own_fields,
    read_sample,
)
from playground.labs.network.problem import Training, check_hidden, losses_of
from playground.labs.network.start_fields import SEEDS, SHARED_START, START_FIELDS, of_training
from playground.labs.shared.fields import (
    Choice,
    Field,
    LinkPart,
    Number,
    Segments,
    Switch,
    Text,
    attribute,
    one_of,
)
from playground.labs.shared.frame_part import DataFramePart, FramedState
from playground.labs.shared.race.fields import (
    COLOURS,
    LOSS_AXIS,
    NOISE,
    NOISE_KIND,
    RATE_SLIDER,
    SEED,
    SELECTED,
    STEPS,
    TOLERANCE,
    blank,
    of_runner,
    runner_fields,
)
from playground.labs.shared.race.link import RegionPart, RunnersPart, SelectedPart, StepsPart
from playground.labs.shared.race.state import MAX_STEPS, PRINCIPAL, Problem, Race
from playground.numerals import format_count

SIDES = ("Network", "Data")
"""What the controls are about."""

VIEWS = ("Training", "One step")
"""What the player shows: a whole run, or one step of it, slowly."""

SHOWN = ("weights", "gradients", "updates")
"""What the lines of the drawn network stand for."""

WALKS = ("One point", "All points")
"""On what one step is taken."""


@dataclass(frozen=True, kw_only=True)
class NetworkState(FramedState):
    """What a person chose on the page Network.

    Attributes:
        side: one of ``SIDES``.
        shown: one of ``SHOWN``.
        chosen: of the drawn network the edge or the unit that is told of: a row, first of the edges, then of the units.
        added_class: the class of a point that is added by a click.
        view: one of ``VIEWS``.
        walk_over: one of ``WALKS``; walk_point: which of the points in the loss one step is taken on, from 1.
        walk_from: after how many steps of the selected run that is; after all of them where it has fewer.
        plane_seed: of the random directions in which the loss may be drawn.
        sharpness: whether the largest curvature along the run is measured.
        seeds: whether the selected runner is also trained from many other starts.
    """

    side: str = SIDES[0]
    shown: str = SHOWN[0]
    chosen: int = 0
    added_class: int = 0
    view: str = VIEWS[0]
    walk_over: str = WALKS[0]
    walk_point: int = 1
    walk_from: int = 0
    plane_seed: int = 0
    sharpness: bool = False
    seeds: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        network = self.training.objective
        if not 0 <= self.chosen < count_rows(network.widths):
            raise InputError(f"the network has {count_rows(network.widths)} edges and units", field="chosen")
        if not 0 <= self.added_class < max(1, self.training.points.classes):
            raise InputError(f"there are {self.training.points.classes} classes", field="added_class")
        if not 1 <= self.walk_point <= network.point_count:
            raise InputError(
                f"there are {format_count(network.point_count, 'point')} to train on, and no number "
                f"{self.walk_point:,}",
                field="walk_point",
            )
        if not 0 <= self.walk_from <= MAX_STEPS:
            raise InputError(f"a run has 0 to {MAX_STEPS:,} steps, not {self.walk_from:,}", field="walk_from")

    def _check_plane(self) -> None:
        check_loss_plane(self.plane, self.names)

    @property
    def training(self) -> Training:
        """What is trained, and on what."""
        return cast(Training, self.race.problem)

    @property
    def sample(self) -> Sample | None:
        """The recipe of the points, if they are just as one made them."""
        points = self.training.points
        return read_sample(points.recipe) if points.recipe and not points.edits else None

    def with_problem(self, problem: Problem) -> Self:
        """The state on another training, which begins where its initialisation lets it."""
        training = cast(Training, problem)
        if training == self.training and training.points.origin == self.training.points.origin:
            return self
        most = len(training.points) - sum(training.points.held_out)
        runners = tuple(
            replace(
                one,
                start=one.start if isinstance(one.start, DrawnStart) else None,
                batch_size=None if (one.batch_size or 0) > most else one.batch_size,
            )
            for one in self.race.runners
        )
        steps = min(self.race.steps, replace(self.race, problem=training, start=training.start, steps=1).most_steps)
        race = replace(self.race, problem=training, start=training.start, runners=runners, steps=steps)
        keeps_shape = training.objective.widths == self.training.objective.widths
        return replace(
            self,
            race=race,
            plane=self.plane if is_loss_plane(self.plane, training.objective.parameters) else PRINCIPAL,
            region=None,
            data_frame=None,
            chosen=self.chosen if keeps_shape else 0,
            added_class=min(self.added_class, max(0, training.points.classes - 1)),
            walk_point=min(self.walk_point, most),
        )

    @property
    def shared_draw(self) -> DrawnStart:
        """How the start is drawn that all share who have none of their own."""
        return DrawnStart(self.training.initialisation, self.training.start_seed)

    @property
    def drawn(self) -> DrawnStart:
        """How the selected runner's start is drawn: its own, or the one that all share who have none of their own."""
        own = self.runner.start
        return own if isinstance(own, DrawnStart) else self.shared_draw

    def drawing(self, **changes: Any) -> Self:
        """The state on another start of the selected runner: its own, or that of all who share one."""
        drawn = replace(self.drawn, **changes)
        if isinstance(self.runner.start, DrawnStart):
            return self.with_runner(replace(self.runner, start=drawn))
        return self.training_on(initialisation=drawn.initialisation, start_seed=drawn.seed)

    def training_on(self, **changes: Any) -> Self:
        """The state on a training with some changes."""
        return self.with_problem(replace(self.training, **changes))

    def with_points(self, points: Labelled) -> Self:
        """The state on other points; inputs and loss are kept where they suit them."""
        before = self.training
        offered = feature_names(points.dimensions)
        inputs = tuple(name for name in before.inputs if name in offered)
        if points.dimensions != before.points.dimensions or not inputs:
            inputs = ("x", "y")[: points.dimensions]
        losses = losses_of(points)
        loss = before.loss if before.loss in losses else losses[0]
        return self.training_on(points=points, inputs=inputs, loss=loss)


def count_rows(widths: tuple[int, ...]) -> int:
    """How many edges and units a network of these widths has."""
    edges = sum(below * above for below, above in itertools.pairwise(widths))
    return edges + sum(widths)


def _begin() -> NetworkState:
    training = Training()
    race = Race(training, training.start, (Runner("Adam", 0.05),), steps=200)
    return NetworkState(race=race)


DEFAULT = _begin()
"""XOR by a network with one hidden layer."""


# ---- The fields of the network.


def read_hidden(text: str) -> tuple[int, ...]:
    """The widths of hidden layers, written one after the other: ``8, 8``; nothing for none.

    Raises:
        InputError: for anything else.
    """
    parts = [part.strip() for part in text.replace("×", ",").replace(";", ",").split(",")]
    if parts in ([""], ["0"]):
        return ()
    if not all(part.isdecimal() and len(part) < 10 for part in parts):
        raise InputError("write how many units each hidden layer has, such as 8, 8, or nothing for no hidden layer")
    return check_hidden(tuple(map(int, parts)))


HIDDEN = Field[NetworkState](
    "hidden",
    "Hidden layers",
    lambda state: ", ".join(map(str, state.training.hidden)),
    lambda state, text: state.training_on(hidden=read_hidden(text)),
    Text("none"),
    "How many units each has: 4, or 8, 8. Empty for a network without a hidden layer.",
)


ACTIVATION = of_training("activation", "Activation", Choice(lambda _: [*ACTIVATIONS]), one_of([*ACTIVATIONS]))
LOSS = of_training("loss", "Loss", Choice(lambda state: losses_of(state.training.points)), str)


def _input_field(name: str) -> Field[NetworkState]:
    def put(state: NetworkState, is_on: bool) -> NetworkState:
        chosen = {*state.training.inputs} | {name} if is_on else {*state.training.inputs} - {name}
        return state.training_on(inputs=tuple(one for one in FEATURES if one in chosen))

    return Field(f"input {name}", FEATURES[name].label, lambda state: name in state.training.inputs, put, Switch())


def input_fields(state: NetworkState) -> list[Field[NetworkState]]:
    """A switch for each input that the network may be given."""
    return [_input_field(name) for name in feature_names(state.training.points.dimensions)]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or value != value // 1:
        raise InputError(f"it must be a whole number, not {value!r}")
    return int(value)


VIEW = attribute("view", "View", Segments(lambda _: VIEWS), one_of(VIEWS))
WALK_OVER = attribute("walk_over", "One step on", Segments(lambda _: WALKS), one_of(WALKS))
WALK_POINT = attribute(
    "walk_point", "Point", Number("1", integer=True, stepped=True), _whole, "Its number among those trained on."
)
WALK_FROM = attribute(
    "walk_from",
    "After step",
    Number("0", integer=True, stepped=True),
    _whole,
    "After how many steps of the run it is taken.",
)
SIDE = attribute("side", "Controls", Segments(lambda _: SIDES), one_of(SIDES))
LINES_SHOW = attribute("shown", "Lines show", Segments(lambda _: SHOWN), one_of(SHOWN))


def fields(state: NetworkState) -> list[Field[Any]]:
    """All fields of the lab."""
    return [
        KIND,
        *(SAMPLE_FIELDS if state.sample else []),
        *own_fields(state),
        *input_fields(state),
        HIDDEN,
        ACTIVATION,
        LOSS,
        SIDE,
        VIEW,
        WALK_OVER,
        *([WALK_POINT] if state.walk_over == WALKS[0] else []),
        WALK_FROM,
        LINES_SHOW,
        *([ADDED_CLASS] if state.training.points.classes else []),
        SELECTED,
        *START_FIELDS,
        *map(of_runner, (*runner_fields(state.runner), RATE_SLIDER)),
        STEPS,
        NOISE,
        NOISE_KIND,
        SEED,
        TOLERANCE,
        COLOURS,
        LOSS_AXIS,
        *loss_fields(state),
    ]


# ---- The link.

INPUTS = Field[NetworkState](
    "inputs",
    "Inputs",
    lambda state: ",".join(state.training.inputs),
    lambda state, text: state.training_on(inputs=tuple(text.split(",", len(FEATURES)))),
    Text(),
)
CHOSEN = attribute("chosen", "Chosen", Number("0", integer=True), int)


PROBLEM_PARTS: tuple[LinkPart[Any], ...] = (
    PointsPart(),
    INPUTS,
    HIDDEN,
    ACTIVATION,
    LOSS,
    *SHARED_START,
)

REST_PARTS: tuple[LinkPart[Any], ...] = (
    RunnersPart(),
    SelectedPart(),
    StepsPart(),
    NOISE,
    NOISE_KIND,
    SEED,
    TOLERANCE,
    COLOURS,
    LOSS_AXIS,
    *LOSS_PARTS,
    SEEDS,
    RegionPart(),
    DataFramePart(),
    SIDE,
    VIEW,
    WALK_OVER,
    WALK_POINT,
    WALK_FROM,
    LINES_SHOW,
    CHOSEN,
    ADDED_CLASS,
)


def blank_network(state: NetworkState) -> NetworkState:
    """The state of the same training in which all else is as nobody chose it."""
    begun = cast(NetworkState, blank(state, steps=1))
    begun = begun.racing(runners=DEFAULT.race.runners)
    begun = begun.racing(steps=min(DEFAULT.race.steps, begun.race.most_steps))
    return replace(
        begun,
        data_frame=None,
        side=SIDES[0],
        shown=SHOWN[0],
        chosen=0,
        added_class=0,
        view=VIEWS[0],
        walk_over=WALKS[0],
        walk_point=1,
        walk_from=0,
        plane_seed=0,
        sharpness=False,
        seeds=False,
    )
