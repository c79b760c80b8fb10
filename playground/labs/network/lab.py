"""The lab Network: backpropagation adjusts the weights and biases of a network, seen."""

from dataclasses import replace
from functools import partial
from typing import Any, cast

import streamlit as st

from playground.data.shapes import SHAPES
from playground.engine.layers import ACTIVATIONS, INITIALISATIONS
from playground.engine.optimizers import OPTIMIZERS
from playground.errors import InputError
from playground.labs.network.data_controls import data_controls, edit_points, points_download
from playground.labs.network.loss_controls import LOSS_PROBLEMS, loss_controls
from playground.labs.network.point_fields import find_set, left_out
from playground.labs.network.presets import PRESETS, Preset, preset_of_race, preset_of_training, state_of
from playground.labs.network.problem import MAX_LAYER_UNITS, MAX_LAYERS
from playground.labs.network.script import write_script
from playground.labs.network.start_controls import start_controls
from playground.labs.network.start_fields import INITIALISATION, START_FIELDS, START_SEED
from playground.labs.network.state import (
    ACTIVATION,
    DEFAULT,
    HIDDEN,
    LINES_SHOW,
    LOSS,
    PROBLEM_PARTS,
    REST_PARTS,
    SIDE,
    SIDES,
    VIEW,
    VIEWS,
    WALK_FROM,
    WALK_OVER,
    WALK_POINT,
    WALKS,
    NetworkState,
    blank_network,
    count_rows,
)
from playground.labs.network.state import fields as state_fields
from playground.labs.network.view import LOSS_PICTURES, NetworkView, network_view
from playground.labs.shared import widgets
from playground.labs.shared.downloads import run_download
from playground.labs.shared.fields import Field, gallery
from playground.labs.shared.lab import Download, Lab
from playground.labs.shared.race import controls
from playground.labs.shared.race.events import rescale
from playground.labs.shared.race.fields import COLOURS, LOSS_AXIS, NOISE, NOISE_KIND, SEED, TOLERANCE
from playground.labs.shared.race.finish import finish_surface
from playground.labs.shared.race.runs import Work
from playground.labs.shared.race.state import MAX_STEPS
from playground.labs.shared.session import Session
from playground.labs.shared.view import View
from playground.player import Event

OPTIMIZERS_OF_NETWORKS = [name for name, record in OPTIMIZERS.items() if not record.needs]
"""Those that take gradients alone: a Hessian of some hundred weights at each step takes long."""


def _preset(state: NetworkState) -> Preset | None:
    """The preset that is shown, or else one of the same network."""
    return preset_of_race(state.race) or preset_of_training(state.training)


PRESET = gallery(PRESETS, _preset, state_of, "A network of your own")


def fields(state: NetworkState) -> list[Field[Any]]:
    """All fields of the lab."""
    return [PRESET, *state_fields(state)]


SELDOM: tuple[Field[Any], ...] = (NOISE, NOISE_KIND, SEED, TOLERANCE, COLOURS, LOSS_AXIS)
"""What is seldom changed: noise, and how the training is looked at."""


# ---- What a person does in the player.


def _react(session: Session[NetworkState], view: View, event: Event, state: NetworkState) -> NetworkState:
    """The state after a point was edited, a part or a runner chosen, steps asked for, or one of them looked at."""
    if event.kind == "look" and state.view == VIEWS[1]:
        return replace(state, walk_from=min(event.step, MAX_STEPS))
    if not isinstance(view, NetworkView):  # of another view, that is gone
        return state
    match event.kind:
        case "add" | "delete":
            return edit_points(state, event, view.data_frame)
        case "move":  # nothing moves under the pointer but the point
            session.needed = event.step
            return replace(edit_points(state, event, view.data_frame), data_frame=view.data_frame)
        case "choose" if event.panel == "network" and event.row < count_rows(state.training.objective.widths):
            return replace(state, chosen=event.row)
        case "choose" if event.panel == "standings" and event.row < len(state.race.runners):
            return state if session.problems else replace(state, selected=event.row)
        case "scale":
            return rescale(state, view, event.panel)
        case "more":
            steps = min(max(event.steps, state.race.steps), state.race.most_steps)
            return replace(state.racing(steps=steps), region=view.region.held)
    return state


# ---- The page.


def _view(session: Session[NetworkState]) -> View:
    return network_view(session)


def _headline(session: Session[NetworkState]) -> str:
    """What the preset shows, or else what the points do."""
    preset, sample = preset_of_race(session.state.race), session.state.sample
    if preset:
        return f"**{preset.name}**: {preset.shows}"
    if sample:
        return f"**{sample.shape.label}**: {sample.shape.shows}"
    known = find_set(session.state.training.points)
    if known:
        return f"**{known.name}**: the network learns y as a curve over x, without being told its formula."
    return "Train a network, weight by weight."


def _controls(session: Session[NetworkState], _view: Any) -> None:
    widgets.draw(session, SIDE, hide_label=True, width="stretch")
    if session.state.side == SIDES[1]:
        data_controls(session)
        return
    widgets.draw(session, VIEW, hide_label=True, width="stretch")
    widgets.draw(session, PRESET, hide_label=True)
    _network_controls(session)
    if session.state.view == VIEWS[1]:
        _walk_controls(session)
    race = cast(Session[Any], session)
    controls.runners_line(race, partial(_code, session))
    controls.optimizer_line(race, OPTIMIZERS_OF_NETWORKS, batches=True)
    controls.learning_rate(race)
    if session.state.view == VIEWS[1]:
        controls.steps_and_more(race, (START_SEED, *SELDOM))
        return
    controls.steps_and_more(race, SELDOM)
    widgets.draw(session, LINES_SHOW, hide_label=True, width="stretch")
    with st.container(key=session.key("start_line"), horizontal=True, gap="xsmall"):
        start_controls(session)
        loss_controls(session)
    widgets.problems(session, *(one.name for one in START_FIELDS), *LOSS_PROBLEMS)


def _code(session: Session[NetworkState]) -> None:
    """On demand the selected runner's run as a script."""
    place = st.popover("Code", type="tertiary", key=session.key("code"), on_change="rerun")
    if not place.open:
        return
    with place:
        try:
            st.code(write_script(session.state), language="python", height=260)
        except InputError as reason:
            widgets.problem("code", reason)


def _network_controls(session: Session[NetworkState]) -> None:
    for pair in ((HIDDEN, ACTIVATION), (LOSS, INITIALISATION)):
        widgets.side_by_side([partial(widgets.draw, session, one) for one in pair], 2)
        widgets.problems(session, *(one.name for one in pair))


def _walk_controls(session: Session[NetworkState]) -> None:
    """On what one step is taken, and from where."""
    widgets.draw(session, WALK_OVER, hide_label=True, width="stretch")
    on = (WALK_POINT, WALK_FROM) if session.state.walk_over == WALKS[0] else (WALK_FROM,)
    widgets.side_by_side([partial(widgets.draw, session, one) for one in on], 2)
    widgets.problems(session, *(one.name for one in on))


def _finish(session: Session[NetworkState], view: View) -> None:
    """Make a surface that takes long in full detail, where somebody looks at it."""
    if isinstance(view, NetworkView) and view.is_coarse and session.seen & LOSS_PICTURES:
        finish_surface(session.state.training, view.region)


def _downloads(session: Session[NetworkState], view: View) -> list[Download]:
    points = points_download(session.state)
    return [points, run_download(view.results)] if isinstance(view, NetworkView) else [points]


_HELP = f"""
**Gallery**: {len(PRESETS)} networks, each of which shows something; the line beside the title says what to look for.

**Network**: fully connected layers of `torch.nn`. Hidden layers are written by their widths: `8, 8` for two of 8 units,
nothing for none; there may be up to {MAX_LAYERS} of up to {MAX_LAYER_UNITS} units. Activations:
{", ".join(one.label for one in ACTIVATIONS.values())}. The initialisation and its seed decide where training begins:
{", ".join(one.label for one in INITIALISATIONS.values())}. Under **Start** a runner gets a start of its own, so that
several initialisations run side by side, and *50 seeds* trains the selected runner from as many starts at once.

**Data**: {", ".join(one.label for one in SHAPES.values())}; the sets of the page Fit; or your own, pasted or from a CSV
file, whose columns you choose. On the picture a click adds a point of the chosen class, a
drag moves one, and Delete removes the one that was clicked. Points held out are hollow:
the network isn't trained on them.

**Pictures**: the points over what the network says of each place, with the boundary between the classes; the network,
each unit with what it puts out over the plane, and lines for the weights, their gradients or their updates, coloured by
sign and as wide as they are large. Click a line or a unit, and *Chosen* tells how its gradient came about: the δ of
the unit that it leads to, which `backward()` brings, times the output of the unit that it comes from, summed over the
points. *Loss plane* and *Surface* show the loss in a plane of your choice: that of the path's two principal
directions, two random directions (Li et al. 2018), the Hessian's two steepest, or two weights. **∇** and **Updates**
show how each layer learns.

**One step** walks a single step of training, forward, back and through the updates: on one point, or on all of them,
whose gradient is the mean of what each point has for a gradient.

**Code**: the run as a script of `torch.nn`, which prints the same losses.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump.
At the end Play and Step forward go on: torch computes more steps.

The address of this page holds all that you chose, the points too if they are few: copy it to share the run.
"""

LAB: Lab[NetworkState] = Lab(
    name="network",
    title="Network",
    help=_HELP,
    default=DEFAULT,
    problem=PROBLEM_PARTS,
    rest=REST_PARTS,
    blank=blank_network,
    fields=fields,
    view=_view,
    controls=_controls,
    headline=_headline,
    react=_react,
    work=Work,
    finish=_finish,
    left_out=left_out,
    downloads=_downloads,
)
"""The lab."""
