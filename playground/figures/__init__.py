"""Pictures of runs: a pure function gathers the numbers of each, another draws them with Plotly.

A picture covers the whole run. A trace that follows the player's cursor says so in its ``meta``, see
``playground.figures.cursor``; shown without a player, each picture stands at the run's start.

Traces are written as dictionaries, not as Plotly's classes: the figure checks them just the same, once
instead of twice, and takes a third of the time.
"""

from playground.figures.contours import contour_figure, gather_contours
from playground.figures.data import data_figure, gather_data
from playground.figures.loss_curve import gather_loss_curve, loss_curve_figure
from playground.figures.points import gather_contributions, gather_residuals, stems_figure
from playground.figures.race import (
    BATCH_GRADIENT,
    COLOURS,
    ELLIPSE_POINTS,
    SYMBOLS,
    LinesNumbers,
    Slice,
    curve_figure,
    gather_curve,
    gather_lines,
    gather_plane,
    gather_solid,
    lines_figure,
    plane_figure,
    solid_figure,
    ways,
)
from playground.figures.surface import gather_surface, surface_figure

__all__ = [
    "BATCH_GRADIENT",
    "COLOURS",
    "ELLIPSE_POINTS",
    "SYMBOLS",
    "LinesNumbers",
    "Slice",
    "contour_figure",
    "curve_figure",
    "data_figure",
    "gather_contours",
    "gather_contributions",
    "gather_curve",
    "gather_data",
    "gather_lines",
    "gather_loss_curve",
    "gather_plane",
    "gather_residuals",
    "gather_solid",
    "gather_surface",
    "lines_figure",
    "loss_curve_figure",
    "plane_figure",
    "solid_figure",
    "stems_figure",
    "surface_figure",
    "ways",
]
