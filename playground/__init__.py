"""Gradient Playground: see gradients, and descents by ``torch.optim``, on any function or fit.

The package, from the ground up; imports point one way only:

- ``errors``: what is wrong with an input, in one sentence
- ``language``: the vocabulary, one record for each operation and function
- ``parser``: text -> a tape of checked operations, or one sentence on what is wrong
- ``expression``: the tape -> torch operations
- ``formats``: the tape -> text, LaTeX, PyTorch source, sympy and its derivatives
- ``reference``: the language on a page
- ``objectives``: ``Function`` and ``Fit``, with loss, gradient and Hessian
- ``fitting``: what can be said of a fit: exact least squares, standard errors, each point's part in the gradient
- ``edges``: kinks, and points without a value or a slope, in words
- ``second_order``: Newton and Levenberg-Marquardt as optimizers like torch's own
- ``optimizers``: one record for each optimizer
- ``schedulers``: one record for each scheduler of ``torch.optim.lr_scheduler``
- ``noise``: the kinds of noise that a gradient can have
- ``datasets``: data points: built in, made up, in a link
- ``tables``: data points from text and files
- ``descent``: a run down an objective, step by step, with all its history
- ``landscape``: the loss over a plane of parameters, and its curvature
- ``curvature``: second derivatives along a run, and how fast it must go
- ``diagnosis``: how a run is doing at each step, in one sentence
- ``update``: an optimizer's update rule along a run, in symbols and in numbers
- ``probe``: a function at a point, and its gradient in three ways and in all directions
- ``autograd_graph``: the graph that torch recorded: values forward, gradients backward
- ``training_loop``: the training loop, line by line, and the classic mistakes in it
- ``scenario``: what a person chose to fit, checked
- ``race``: runners on one objective, and all that a link carries
- ``gradient_scenario``: what a person chose to look at of a gradient, and its link
- ``presets``: named functions with their known minima, and what each shows
- ``figures``: numbers in, Plotly figures out
- ``player``: the component that shows figures at a cursor
- ``pages``: the Streamlit pages

The names below need neither Streamlit nor Plotly and serve in a notebook.
"""

from playground.analysis.landscape import LossSurface, loss_surface
from playground.data.gallery import PRESETS
from playground.engine.descent import Descent, descend
from playground.engine.fit import Fit
from playground.engine.function import Function
from playground.engine.losses import LOSSES
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.outcome import Outcome
from playground.engine.schedulers import SCHEDULERS
from playground.engine.trajectory import Trajectory
from playground.errors import ExpressionError, InputError
from playground.language.expression import Expression

__all__ = [
    "LOSSES",
    "OPTIMIZERS",
    "PRESETS",
    "SCHEDULERS",
    "Descent",
    "Expression",
    "ExpressionError",
    "Fit",
    "Function",
    "InputError",
    "LossSurface",
    "Outcome",
    "Trajectory",
    "descend",
    "loss_surface",
]
