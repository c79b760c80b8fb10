"""What each thing in a picture is, in one sentence: the player says it of an entry in a legend and of what is drawn."""

from collections.abc import Mapping

SAYS: Mapping[str, str] = {
    # Descent and Fit
    "curvature": "The curvature at the cursor: the narrower the ellipse, the more the loss bends across it; at a "
    "saddle it is a cross.",
    "gradient ∇": "The gradient at the cursor: it points where the loss grows fastest, and the longer, the steeper.",
    "gradient of the batch": "The gradient of this step's minibatch alone, which the optimizer is given.",
    "noisy gradient": "The gradient with its noise, which the optimizer is given.",
    "step": "The step that comes next, from the point at the cursor to the one after it.",
    "minimum": "A known minimum: nowhere around it is the loss lower.",
    "other starts": "Starts of low loss that were tried beside the one that was chosen.",
    "function": "The function itself: the loss at each place.",
    "tangent": "The tangent: the line that touches the curve here, whose slope is the gradient.",
    "loss": "The loss at each place.",
    "data": "The points that the model is fitted to.",
    "model": "What the model predicts at each x, with the parameters at the cursor.",
    "residuals": "Residuals: how far each point lies from what the model predicts for it.",
    "batch": "The points of this step's minibatch.",
    "held out": "Points that no step learns from: they show how well the model does on what it hasn't seen.",
    "of the batch": "The loss of each step's minibatch alone.",
    # Gradient
    "f": "The function that was typed.",
    "path": "The steps that the loop has taken.",
    "direction of ∇f": "The direction in which f grows fastest.",
    "direction u": "The direction u that you chose, along which the slope is asked for.",
    "u": "The direction u that you chose, one long.",
    "u·∇f": "The slope of f along u, for each direction u.",
    "∇f / |∇f|": "The direction of the gradient, one long.",
    "projection of u on ∇f": "The part of u along the gradient: the slope along u is |∇f| times its length.",
    "along ∇f": "The direction of the gradient, in which the slope is largest.",
    "secant from x − h to x + h": "The secant: its slope is the central difference, near the tangent's if h is small.",
    "central": "Central differences: how far (f(x + h) − f(x − h)) / 2h lies from torch's slope.",
    "from the left": "Differences from the left: how far (f(x) − f(x − h)) / h lies from torch's slope.",
    "from the right": "Differences from the right: how far (f(x + h) − f(x)) / h lies from torch's slope.",
    "− gradient of the data": "Where each point would have to go for the loss to fall fastest.",
    # Network
    "boundary": "The boundary: on it the network finds two classes equally likely.",
}
"""By the names of traces, which are those in legends."""

STARTS: Mapping[str, str] = {
    "class ": "Points of one class; the colour below them is the class that the network gives to a place.",
    "data (": "Some of the points, at even distances in their order; the loss is that of all of them.",
    "layer ": "The weights of one layer, taken together.",
    "to ∂/∂": "What each point contributes to this part of the gradient.",
    "weight ": "The sign of a weight; the line is the wider, the larger the weight is.",
    "gradient ": "The sign of a gradient; the line is the wider, the larger the gradient is.",
    "update ": "The sign of an update; the line is the wider, the larger the update is.",
    "size ": "How large a number the line of this width stands for.",
}
"""Of names that go on after these beginnings."""


def says(name: str) -> str:
    """What a trace of a name is, or nothing where no more is to be said than its name."""
    found = SAYS.get(name)
    return found or next((said for begin, said in STARTS.items() if name.startswith(begin)), "")
