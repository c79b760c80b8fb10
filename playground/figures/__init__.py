"""Pictures: for each a function gathers its numbers, and another draws them with Plotly.

A picture covers the whole run. How its traces follow the player's cursor is said in ``playground.figures.cursor``;
shown without a player, each picture stands at the run's start. ``playground.figures.palette`` has the colours,
``playground.figures.traces`` makes lines, markers and arrows, ``playground.figures.axes`` the axes.
"""

from playground.figures.arrays import Array, Range
from playground.figures.backprop import backprop_figure, gather_backprop
from playground.figures.boundary import boundary_figure, describe_boundary, gather_boundary
from playground.figures.colour_maps import cell_middles
from playground.figures.components import components_figure, gather_components
from playground.figures.contours import (
    BATCH_GRADIENT,
    ELLIPSE_POINTS,
    ContourNumbers,
    Slice,
    contour_figure,
    gather_contours,
)
from playground.figures.convergence import convergence_figure, gather_convergence
from playground.figures.curve import curve_figure, gather_curve
from playground.figures.data import Curve, Residuals, data_figure, gather_curves, gather_data, span_data
from playground.figures.dial import dial_figure, gather_dial
from playground.figures.direction import direction_figure, gather_direction
from playground.figures.graph import gather_graph, graph_figure
from playground.figures.jacobian import gather_jacobian, jacobian_figure
from playground.figures.layers import gather_histograms, histogram_figure
from playground.figures.lines import LinesNumbers, gather_lines, lines_figure
from playground.figures.loop_data import gather_loop_data, loop_data_figure
from playground.figures.loop_path import gather_loop_curve, gather_loop_path, loop_curve_figure, loop_path_figure
from playground.figures.loss_colours import SCALES, ColourScale, Scale
from playground.figures.network import describe_network, gather_network, network_figure
from playground.figures.points import count_drawn
from playground.figures.spread import Spread, gather_spread, spread_figure
from playground.figures.steepness import gather_steepness, steepness_figure
from playground.figures.stems import gather_contributions, gather_residuals, stems_figure
from playground.figures.surface import gather_surface, surface_figure
from playground.figures.tangent import gather_tangent, tangent_figure
from playground.figures.tangent_plane import gather_tangent_plane, tangent_plane_figure
from playground.figures.traces import RunPath, part_paths, run_paths

__all__ = [
    "BATCH_GRADIENT",
    "ELLIPSE_POINTS",
    "SCALES",
    "Array",
    "ColourScale",
    "ContourNumbers",
    "Curve",
    "LinesNumbers",
    "Range",
    "Residuals",
    "RunPath",
    "Scale",
    "Slice",
    "Spread",
    "backprop_figure",
    "boundary_figure",
    "cell_middles",
    "components_figure",
    "contour_figure",
    "convergence_figure",
    "count_drawn",
    "curve_figure",
    "data_figure",
    "describe_boundary",
    "describe_network",
    "dial_figure",
    "direction_figure",
    "gather_backprop",
    "gather_boundary",
    "gather_components",
    "gather_contours",
    "gather_contributions",
    "gather_convergence",
    "gather_curve",
    "gather_curves",
    "gather_data",
    "gather_dial",
    "gather_direction",
    "gather_graph",
    "gather_histograms",
    "gather_jacobian",
    "gather_lines",
    "gather_loop_curve",
    "gather_loop_data",
    "gather_loop_path",
    "gather_network",
    "gather_residuals",
    "gather_spread",
    "gather_steepness",
    "gather_surface",
    "gather_tangent",
    "gather_tangent_plane",
    "graph_figure",
    "histogram_figure",
    "jacobian_figure",
    "lines_figure",
    "loop_curve_figure",
    "loop_data_figure",
    "loop_path_figure",
    "network_figure",
    "part_paths",
    "run_paths",
    "span_data",
    "spread_figure",
    "steepness_figure",
    "stems_figure",
    "surface_figure",
    "tangent_figure",
    "tangent_plane_figure",
]
