"""The lab Descent: runners, each with an optimizer of its own, on a function that a person typed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from playground.data.gallery import PRESETS, Preset, find_preset
from playground.engine.optimizers import OPTIMIZERS
from playground.labs.descent.presets import preset_of_race, race_of, state_of
from playground.labs.descent.problem import Formula
from playground.labs.shared import widgets
from playground.labs.shared.downloads import run_download
from playground.labs.shared.fields import Field, Text, gallery
from playground.labs.shared.lab import Lab
from playground.labs.shared.race import controls
from playground.labs.shared.race.events import react
from playground.labs.shared.race.fields import blank, race_fields
from playground.labs.shared.race.link import RACE_PARTS
from playground.labs.shared.race.runs import Work
from playground.labs.shared.race.state import MAX_RUNNERS, MAX_VARIABLES, Problem, RaceState
from playground.labs.shared.race.view import RaceView, compute, keep_axes, race_view
from playground.labs.shared.session import Session
from playground.language.printing import name_to_latex
from playground.language.reference import write_reference

MAX_NAMED = 3
"""Up to how many variables stand before the formula, as in f(x, y)."""

FIRST = "Bowl, κ = 10"
"""The preset that the page opens on."""

OPTIMIZERS_OF_FUNCTIONS = [name for name, record in OPTIMIZERS.items() if record.needs != "residuals"]
"""A function isn't known as a sum of squares."""


# ---- The state.


def _put_function(state: RaceState, text: str) -> RaceState:
    """Another function is seen anew."""
    other = state.with_problem(Formula(text))
    return other if other is state else replace(other, colours="auto")


FUNCTION = Field[RaceState]("function", "Function", lambda state: _text(state.race.problem), _put_function, Text())


def _text(problem: Problem) -> str:
    return problem.subject


def _preset(state: RaceState) -> Preset | None:
    """The preset that is shown, or else that of the same function."""
    return preset_of_race(state.race) or find_preset(Formula(state.race.problem.subject).objective)


PRESET = gallery(PRESETS, _preset, state_of, "A function of your own")


def fields(state: RaceState) -> Sequence[Field[RaceState]]:
    """All fields of the lab."""
    return [PRESET, FUNCTION, *race_fields(state)]


# ---- The page.


def _view(session: Session[RaceState]) -> RaceView:
    results = compute(session)
    return race_view(results, keep_axes(session, results))


def _headline(session: Session[RaceState]) -> str:
    """What the preset shows."""
    preset = preset_of_race(session.state.race)
    return f"**{preset.name}**: {preset.shows}" if preset else "Race torch's optimizers down a function, step by step."


def _controls(session: Session[RaceState], view: Any) -> None:
    widgets.draw(session, PRESET, hide_label=True)
    widgets.draw(session, FUNCTION)
    widgets.problems(session, FUNCTION.name)
    objective = session.state.race.objective
    expression, left = objective.expression, _left(objective.variables)
    if expression and FUNCTION.name not in session.problems:
        with st.container(key="formula"):
            widgets.typeset(left, expression)
        widgets.readings(session, FUNCTION, expression)

    def derivatives() -> None:
        if expression:
            widgets.derivatives(left, expression, expression.names)

    controls.runners_line(session, derivatives)
    controls.optimizer_line(session, OPTIMIZERS_OF_FUNCTIONS)
    controls.rate_and_steps(session, view.stability)
    # Last: of many variables they don't fit on the screen.
    controls.start_controls(session)


def _left(names: Sequence[str]) -> str:
    """What stands before the formula: f of its variables, or f alone where they are many."""
    return f"f({', '.join(map(name_to_latex, names))})" if len(names) <= MAX_NAMED else "f"


_HELP = f"""
**Function**: a formula in one to {MAX_VARIABLES} variables, such as `x^2`, `(1-x)^2 + 100(y-x^2)^2` or `x y z + sin x`;
how to write it is explained below. `e` is Euler's number, not a variable. The gallery has {len(PRESETS)} functions,
each with runners that show something.

**Runners**: up to {MAX_RUNNERS}, each with an optimizer of `torch.optim`, its settings, a learning rate and a
scheduler. The fields are about the runner that is chosen, by its number or in the table. **Gradients** in the table
counts how often the optimizer asked for one: LBFGS asks many times a step.

**Pictures**: ∇ points where the loss grows fastest; the grey arrow is the step that comes next; what the optimizer
keeps (m, v, …) can be switched on in the legend. The dark outline is the curvature: an ellipse where the loss is a
bowl or a top, a cross at a saddle. λmax is the largest curvature: plain gradient descent is unstable with a learning
rate above 2/λmax. In a bowl it diverges then; elsewhere it may be thrown to a flatter place and settle there. Stars are
known minima.

**Start**: type it, click on the picture, or drag over it. The wheel zooms the contours; Shift and a drag, or two
fingers, move them.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump.
At the end Play and Step forward go on: torch computes more steps. Drag the surface to turn it.

The address of this page holds all that you chose: copy it to share the race.

#### How to write a function

{write_reference()}
"""

LAB: Lab[RaceState] = Lab(
    name="descent",
    title="Descent",
    help=_HELP,
    default=state_of(PRESETS[FIRST]),
    problem=(FUNCTION,),
    rest=RACE_PARTS,
    blank=lambda state: blank(state, steps=race_of(PRESETS[FIRST]).steps),
    fields=fields,
    view=_view,
    controls=_controls,
    headline=_headline,
    react=react,
    downloads=lambda _session, view: (run_download(view.results),),
    work=Work,
)
"""The lab."""
