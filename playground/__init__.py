"""Gradient Playground: see gradients, and descents by ``torch.optim``, on any function or fit.

The rooms of the package, from the ground up; imports point one way only:

- ``errors``, ``numerals``: what is wrong with an input, in one sentence; numbers as texts
- ``language``: what people type, as torch operations, text, LaTeX, PyTorch source and derivatives
- ``engine``: objectives and what goes down them: losses, optimizers, schedulers, noise, descents
- ``analysis``: what can be said of an objective or a run: surfaces, curvature, diagnosis, gradients, the training loop
- ``data``: points to fit, made, read and built in; a gallery of functions
- ``figures``: numbers in, Plotly figures out
- ``player``: the component that shows figures at a cursor
- ``labs``: the pages, each with its state, its controls and its view

The names below need neither Streamlit nor Plotly and serve in a notebook.
"""

from playground.analysis.atlas import Basins, Sweep, basins, learning_rate_sweep
from playground.analysis.landscape import LossSurface, loss_surface
from playground.analysis.start_search import find_start
from playground.data.gallery import PRESETS
from playground.data.table_points import read_points
from playground.engine.descent import Descent, descend
from playground.engine.fit import Fit
from playground.engine.function import Function
from playground.engine.layers import ACTIVATIONS, INITIALISATIONS
from playground.engine.losses import LOSSES
from playground.engine.many import ManyRuns, descend_many
from playground.engine.network import NETWORK_LOSSES, Network
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.outcome import Outcome
from playground.engine.schedulers import SCHEDULERS
from playground.engine.trajectory import Trajectory
from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression

__all__ = [
    "ACTIVATIONS",
    "INITIALISATIONS",
    "LOSSES",
    "NETWORK_LOSSES",
    "OPTIMIZERS",
    "PRESETS",
    "SCHEDULERS",
    "Basins",
    "Descent",
    "Expression",
    "ExpressionError",
    "Fit",
    "Function",
    "InputError",
    "LossSurface",
    "ManyRuns",
    "Network",
    "Outcome",
    "Sweep",
    "Trajectory",
    "basins",
    "descend",
    "descend_many",
    "find_start",
    "learning_rate_sweep",
    "loss_surface",
    "read_points",
]
