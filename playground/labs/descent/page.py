"""The page "Descent": runners, each with an optimizer of its own, on a function that a person typed."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.data.gallery import PRESETS, find_preset
from playground.engine.function import Function
from playground.engine.objectives import Objective
from playground.engine.optimizers import OPTIMIZERS
from playground.labs.descent.presets import preset_of_race, race_of
from playground.labs.shared import controls, racing
from playground.labs.shared.race import MAX_RUNNERS, MAX_VARIABLES, RaceFields
from playground.labs.shared.racing import Lab
from playground.labs.shared.scenario import OTHER_START
from playground.labs.shared.shown import View
from playground.language.printing import name_to_latex
from playground.language.reference import write_reference

MAX_NAMED = 3
"""Up to how many variables stand before the formula, as in f(x, y)."""

FIRST = "Bowl, κ = 10"
"""The preset that the page opens on."""

LAB = Lab("descent", race_of(PRESETS[FIRST]))

OPTIMIZERS_OF_FUNCTIONS = [name for name, record in OPTIMIZERS.items() if record.needs != "residuals"]
"""A function isn't known as a sum of squares."""


def page() -> None:
    """Controls at the left, the player beside them."""
    headline, left, right = controls.layout(_HELP)
    LAB.begin()
    _body(headline, left, right)


@st.fragment
def _body(headline: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """All that changes: the player first, since it is what one waits for."""
    fields = LAB.read()
    needed = LAB.drop("needed")
    with right:
        view = racing.stage(
            LAB,
            needed,
            racing.view_of(LAB, needed),
            lambda _: None,
            may_go_on=not fields.problems,
            subject=str(LAB.race.function),
        )
    if needed is not None:
        racing.finish()
    with left:
        _controls(fields, view)
    with headline:
        _headline()
    if fields.race:
        LAB.write_link()


def _on_preset() -> None:
    name = LAB.value("preset")
    if name:
        preset = PRESETS[name]
        LAB.fill(race_of(preset), 0)
        LAB.write(colours="log" if preset.log_colours else "auto")


def _on_function() -> None:
    """Another function is seen anew."""
    LAB.write(colours="auto")


def _headline() -> None:
    """What the preset shows; or what is wrong with the link."""
    preset = preset_of_race(LAB.race)
    if LAB.link_problem():
        return
    if preset:
        st.caption(f"**{preset.name}**: {preset.shows}")
    else:
        st.caption("Race torch's optimizers down a function, step by step.")


def _controls(fields: RaceFields, view: View) -> None:
    race, problems = LAB.race, fields.problems
    known = preset_of_race(race) or (find_preset(fields.objective) if isinstance(fields.objective, Function) else None)
    LAB.write(preset=known.name if known else None)
    st.selectbox(
        "Gallery",
        list(PRESETS),
        index=None,
        key=LAB.key("preset"),
        placeholder="A function of your own",
        label_visibility="collapsed",
        on_change=_on_preset,
    )
    st.session_state.setdefault(LAB.key("function"), race.function)
    st.text_input("Function", key=LAB.key("function"), on_change=_on_function)
    controls.problem("function", problems)
    if fields.objective and fields.objective.expression:
        with st.container(key="formula"):
            controls.typeset(_left(fields.objective), fields.objective.expression)
    racing.runners_line(LAB, problems, lambda: _derivatives(fields.objective))
    racing.optimizer_line(LAB, OPTIMIZERS_OF_FUNCTIONS)
    racing.lines_below(problems, ("settings", "optimizer", "runner"))
    racing.rate_and_steps(LAB, view.stability, problems)
    # Last: of many variables they don't fit on the screen.
    racing.start_fields(LAB, (fields.objective or race.objective).parameters, lambda _: OTHER_START, problems)


def _derivatives(function: Objective | None) -> None:
    if function and function.expression:
        controls.derivatives(_left(function), function.expression, function.expression.names)


def _left(function: Objective) -> str:
    """What stands before the formula: f of its variables, or f alone where they are many."""
    names = function.variables
    return f"f({', '.join(map(name_to_latex, names))})" if len(names) <= MAX_NAMED else "f"


_HELP = f"""
**Function**: a formula in one to {MAX_VARIABLES} variables, such as `x^2`, `(1-x)^2 + 100(y-x^2)^2` or `x y z + sin x`;
how it may be written stands below. `e` is Euler's number, no variable. The gallery has {len(PRESETS)} functions, each
with runners that show something.

**Runners**: up to {MAX_RUNNERS}, each with an optimizer of `torch.optim`, its settings, a learning rate and a
scheduler. The fields are about the runner that is chosen, by its number or in the table. **Gradients** in the table
counts how often the optimizer asked for one: LBFGS asks many times a step.

**Pictures**: ∇ points where the loss grows fastest; the grey arrow is the step that comes next; what the optimizer
keeps (m, v, …) can be switched on in the legend. The dark outline is the curvature: an ellipse where the loss is a
bowl or a top, a cross at a saddle. λmax is the largest curvature: plain gradient descent is unstable with a learning
rate above 2/λmax. Stars are known minima.

**Start**: type it, click on the picture, or drag over it.

**Player**: with the focus on it, space plays and pauses, ← and → step, Home and End jump.
At the end Play and Step forward go on: torch computes more steps. Drag the surface to turn it.

The address of this page holds all that you chose: copy it to share the race.

#### How to write a function

{write_reference()}
"""
