"""One sentence on each picture and table, which stands at its tab."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from playground.player import Board, Panel

HINTS: Mapping[str, str] = {
    "data": "The points, and what the model predicts with the parameters at the cursor.",
    "residuals": "How far each point lies from what the model predicts for it.",
    "pulls": "What each point contributes to the gradient.",
    "contours": "The loss from above: each line joins places of equal loss.",
    "surface": "The loss as a surface: drag to turn it.",
    "curve": "The loss over the one parameter, and its slope at the cursor.",
    "loss": "The loss at each step: a click goes to that step.",
    "losses": "The loss at each step.",
    "accuracy": "The share of points that the network gives their own class, at each step.",
    "rate": "The learning rate of each step.",
    "distance": "How far each runner is from the nearest known minimum, at each step.",
    "steps": "The parameters at each step.",
    "norms": "How long the gradient of each layer is, at each step.",
    "ratios": "How large the updates of each layer are, compared with its weights.",
    "standings": "How the runners stand at the cursor: press a row to choose one.",
    "step": "The update rule of the step that comes next, line by line.",
    "numbers": "The same update rule with its numbers put in.",
    "curvature": "The Hessian at the cursor, its eigenvalues, and the largest stable rate.",
    "fit": "How good the fit is: errors, and the exact least squares.",
    "jacobian": "How much each prediction changes with each parameter.",
    "scaling": "What standardising x does to the loss.",
    "chosen": "How the gradient of the chosen weight came about.",
    "weights_spread": "How the weights of each layer are spread.",
    "activations_spread": "How what the units of each layer put out is spread.",
    "seeds": "The same training from other random starts.",
}
"""By the names of panels."""


def with_hints(panels: Sequence[Panel | Board]) -> list[Panel | Board]:
    """The panels, each with its sentence."""
    return [replace(one, hint=one.hint or _hint(one.name)) for one in panels]


def _hint(name: str) -> str:
    if name.startswith("steps_"):
        return f"{name.removeprefix('steps_')} at each step: a click goes to that step."
    return HINTS.get(name, "")
