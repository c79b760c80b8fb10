"""The colours of all pictures, by what they stand for.

Okabe and Ito 2008, "Color Universal Design": eight colours that colour-blind eyes tell apart as well.
"""

_VERMILION, _SKY, _PURPLE, _GREEN = "#D55E00", "#56B4E9", "#CC79A7", "#009E73"
_YELLOW, _ORANGE, _BLUE, _GREY = "#F0E442", "#E69F00", "#0072B2", "#999999"

RUNNERS = (_VERMILION, _SKY, _PURPLE, _GREEN, _YELLOW, _ORANGE)
"""One for each runner, which it keeps: neither the data nor what is drawn of them has one of these."""

PARTS = ("#332288", "#DDCC77", "#44AA99", "#AA4499", "#88CCEE", "#CC6677", "#117733", "#999933")
"""One for each part of a single run: a parameter, a layer (Tol 2021, "Colour schemes", muted)."""

SYMBOLS = ("circle", "square", "diamond", "cross", "x", "circle-open", "square-open", "diamond-open")
"""Plotly's markers beside the colours of ``RUNNERS`` and of ``PARTS``: those that it has in space as well."""

RUN = _VERMILION
"""A run by itself, the point that it is at, and what belongs to that point: a tangent, a tangent plane."""

GRADIENT = _BLUE
FUNCTION = _BLUE
"""The curve of a function beside its tangent, or below a run."""

BACKGROUND = "#808080"
"""What others stand on: an axis at zero, a circle, the curve below several runners, the edges of a graph."""

STEP = "#606060"
STATES = ("#7B3294", "#8C510A", "#35978F", "#B2182B")
"""The vectors that an optimizer keeps between steps."""

CURVATURE = "#4D4D4D"
CONTOUR_LINE = "rgba(0,0,0,0.35)"
DIRECTION = _ORANGE
"""The direction u, along which a slope is asked for."""

PROJECTION = _GREEN
"""The part of u along the gradient."""

SECANT = _PURPLE
DIFFERENCES = (_PURPLE, _BLUE, _GREEN)
"""Central differences, differences to the left, and differences to the right."""

DATA = _BLUE
RESIDUAL = _GREY
BATCH = "#882255"
BATCH_LOSS = BATCH
HELD_OUT_LOSS = DATA

FORWARD = _BLUE
"""A value that is known."""

BACKWARD = _VERMILION
"""A gradient that has arrived, and what travels along an edge."""

CLASSES = ("#B2182B", "#3B4CC0", "#A5CF45", "#C8A2F0")
"""One for each class of points, in their order: of hues that no runner has, two dark ones and two light ones."""

CLASS_SYMBOLS = ("circle", "square", "diamond", "cross")
"""The markers of the classes; each has an open form."""

NEGATIVE, POSITIVE = CLASSES[:2]
"""A weight, or what a unit puts out, by its sign: as the two classes that an output decides between."""

BOUNDARY = "#666666"
"""The line between classes."""

MINIMUM = "#FFFFFF"
OTHER_START = MINIMUM
"""A start that was tried beside those of the runs."""

RIM = "white"
"""The edge of markers: it makes them stand out from what is below them."""

DARK_RIM = "black"
"""The edge of markers that are light themselves."""

HALO_EDGES = ("rgba(0,0,0,0.6)", "rgba(255,255,255,0.9)")
"""Around a line, from outside: whatever lies below, the dark edge or the light one stands out from it."""

INVISIBLE = "rgba(0,0,0,0)"


def faint(colour: str, opacity: float) -> str:
    """A colour such as ``"#0072B2"`` that lets through what is below it; ``opacity`` is from 0 to 1."""
    red, green, blue = channels(colour)
    return f"rgba({red},{green},{blue},{opacity})"


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour such as ``"#0072B2"``, from 0 to 255."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue
