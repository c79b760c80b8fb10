"""The optimizers that a run can use, those of ``torch.optim`` and two of second order: one record each.

The record is the one place where an optimizer's hyperparameters, their bounds and their defaults, and its
update rule are written down; the widgets, the link, the checks and the tests follow from it.

Two of torch's optimizers are left out, since a run moves one vector by a dense gradient: ``LEFT_OUT`` says why.
Switches of the implementation (``foreach``, ``capturable``, ``differentiable``, ``fused``) are no settings.
"""

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

import torch
from torch import Tensor

from playground.engine import update_rules as rules
from playground.engine.second_order import LevenbergMarquardt, Newton
from playground.engine.settings import Hyperparameter, Value, check_settings, settings_to_torch
from playground.engine.update_rules import Rule, RuleLine, State, no_rule
from playground.errors import InputError

Takes: TypeAlias = Literal["", "loss", "residuals"]


class HasLoss(Protocol):
    """What an optimizer may need of an objective, or of the batch of it that a step looks at."""

    @property
    def is_sum_of_squares(self) -> bool:
        """Whether the loss is the sum of squared residuals."""

    def loss(self, theta: Tensor) -> Tensor:
        """The loss at ``theta``: (..., P) -> (...)."""

    def residuals(self, theta: Tensor) -> Tensor:
        """What the loss is the sum of the squares of, where it is one: (..., P) -> (..., M)."""


@dataclass(frozen=True)
class Optimizer:
    """What the project knows of one class of ``torch.optim``.

    Attributes:
        cls: torch's class.
        learning_rate: the default, torch's own.
        hyperparameters: the settings that a person may change.
        source: torch's documentation, where the update rule is written down.
        states: what torch keeps from step to step, under whatever settings.
        rule: all settings -> the lines of the update rule under these.
        explanation: one sentence where the rule can't be written in lines.
        needs: what the class is given of the objective beside its parameters, by that argument's name: ``"loss"``,
            ``"residuals"``, or nothing.
        is_by_tensor: whether it looks at each tensor of parameters as a whole, so that one vector of them takes other
            steps than the same parameters in several tensors.
        remedy: a setting and its value that often help where a run breaks off; it is tried before it is named.
        coupling: why rows of one tensor wouldn't be runs of their own, in half a sentence; empty where the update is
            elementwise, and they are.
        is_linear_in_rate: whether a step is proportional to the rate, with all that is kept from step to step the same
            whatever the rate.
    """

    cls: Callable[..., torch.optim.Optimizer]
    learning_rate: float
    hyperparameters: tuple[Hyperparameter, ...]
    source: str
    states: tuple[State, ...] = ()
    rule: Rule = no_rule
    explanation: str = ""
    needs: Takes = ""
    is_by_tensor: bool = False
    remedy: tuple[str, Value] | None = None
    coupling: str = ""
    is_linear_in_rate: bool = False

    @property
    def name(self) -> str:
        """What torch calls the class."""
        return self.cls.__name__

    def check_settings(self, settings: Mapping[str, object]) -> dict[str, Value]:
        """All hyperparameters, from ``settings`` or their defaults.

        Raises:
            InputError: for an unknown name or a value out of bounds.
        """
        return check_settings(self.name, self.hyperparameters, settings, ("lr",))

    def build(
        self, theta: Tensor, lr: float, settings: Mapping[str, object], objective: HasLoss | None = None
    ) -> torch.optim.Optimizer:
        """torch's optimizer over the one tensor ``theta``.

        Args:
            theta: (P,), a leaf.
            lr: the learning rate.
            settings: those left out have their defaults.
            objective: what ``theta`` are the parameters of. Without one the optimizer can't be stepped if it takes
                something of it; that serves to check settings.

        Raises:
            InputError: in our words, or for a combination that torch refuses, with torch's reason; or for an
                objective that hasn't what the optimizer takes.
        """
        given: dict[str, object] = {
            **settings_to_torch(self.hyperparameters, self.check_settings(settings)),
            **self._objective_argument(objective),
        }
        if "foreach" in inspect.signature(self.cls).parameters:
            given["foreach"] = False  # the default decides anew at each step, for a list of one tensor
        try:
            return self.cls([theta], lr=lr, **given)
        except ValueError as reason:
            raise InputError(f"{self.name} can't run so: {reason}", field="optimizer") from reason

    def check_objective(self, objective: HasLoss) -> None:
        """Refuse an objective that hasn't what the optimizer needs of it.

        Raises:
            InputError: that names what it needs.
        """
        if self.needs == "residuals" and not objective.is_sum_of_squares:
            raise InputError(
                f"{self.name} needs a sum of squares: it runs on fits with the loss mse or sse. "
                "Newton runs on any loss",
                field="optimizer",
            )

    def _objective_argument(self, objective: HasLoss | None) -> dict[str, object]:
        """What the class is given of the objective, as a keyword argument."""
        if not self.needs:
            return {}
        if objective is None:
            return {self.needs: _without_objective}
        self.check_objective(objective)
        return {self.needs: getattr(objective, self.needs)}

    def active_states(self, settings: Mapping[str, object]) -> tuple[State, ...]:
        """What torch keeps from step to step under these settings."""
        checked = self.check_settings(settings)
        return tuple(one for one in self.states if not one.requires or checked[one.requires])

    def update_rule(self, settings: Mapping[str, object]) -> tuple[RuleLine, ...]:
        """The update rule under these settings; those left out have their defaults."""
        return self.rule(self.check_settings(settings))

    def constants(self, settings: Mapping[str, object], lr: float, step: int) -> dict[str, Tensor]:
        """What the rule's symbols stand for that no step changes: the settings, ``gamma`` and ``t``.

        Args:
            settings: those left out have their defaults.
            lr: the learning rate at this step.
            step: the number of the step, from 1.
        """
        checked = self.check_settings(settings)
        found: dict[str, object] = {"gamma": lr, "t": step}
        for one in self.hyperparameters:
            value = checked[one.name]
            found |= zip(one.symbols, value if isinstance(value, tuple) else (value,), strict=False)
        return {name: torch.tensor(value, dtype=torch.float64) for name, value in found.items()}


def _without_objective(_theta: Tensor) -> Tensor:
    """What stands for the loss or the residuals where settings are checked and no step is taken."""
    raise NotImplementedError


_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.optim."


# ---- The settings that several optimizers share.

_MOMENTUM = Hyperparameter(
    "momentum", ("Momentum",), 0.0, "How much of the last step's direction is kept.", high=2.0, symbols=("mu",)
)
_BETAS = Hyperparameter(
    "betas",
    ("Beta 1", "Beta 2"),
    (0.9, 0.999),
    "Decay of the running means of the gradient and of its square.",
    open_above=True,
    symbols=("beta_1", "beta_2"),
)
_EPS_HELP = "Added to the denominator, so that it is never 0."
_EPS = Hyperparameter("eps", ("Epsilon",), 1e-8, _EPS_HELP, step=1e-8, symbols=("epsilon",))
_DECAY_HELP = "Pulls the parameters towards 0, by this times their value."
_WEIGHT_DECAY = Hyperparameter(
    "weight_decay", ("Weight decay",), 0.0, _DECAY_HELP, high=math.inf, step=0.01, symbols=("lambda",)
)
_DECOUPLED = Hyperparameter(
    "decoupled_weight_decay",
    ("Decoupled weight decay",),
    False,
    "Take the weight decay off the parameters themselves, not into the gradient.",
)
_AMSGRAD = Hyperparameter(
    "amsgrad", ("AMSGrad",), False, "Divide by the largest running mean of the squared gradient so far."
)
_MAXIMIZE = Hyperparameter("maximize", ("Maximize",), False, "Climb instead of descending.")

_M = State("exp_avg", "m", "first moment (momentum)")
_V = State("exp_avg_sq", "v", "second moment (squared gradient)")
_BUFFER = State("momentum_buffer", "b", "momentum buffer", requires="momentum")


# ---- The records.

_RECORDS = (
    Optimizer(
        cls=torch.optim.SGD,
        learning_rate=1e-3,
        is_linear_in_rate=True,
        hyperparameters=(
            _MOMENTUM,
            Hyperparameter(
                "nesterov", ("Nesterov",), False, "Look ahead along the momentum; needs a momentum above 0."
            ),
            Hyperparameter(
                "dampening",
                ("Dampening",),
                0.0,
                "How much of each new gradient is kept out of the momentum.",
                symbols=("delta",),
            ),
            _WEIGHT_DECAY,
            _MAXIMIZE,
        ),
        source=_DOCS + "SGD.html",
        states=(_BUFFER,),
        rule=rules.sgd,
    ),
    Optimizer(
        cls=torch.optim.Adam,
        learning_rate=1e-3,
        is_linear_in_rate=True,
        hyperparameters=(_BETAS, _EPS, _WEIGHT_DECAY, _DECOUPLED, _AMSGRAD, _MAXIMIZE),
        source=_DOCS + "Adam.html",
        states=(_M, _V, State("max_exp_avg_sq", "v_max", "largest second moment", requires="amsgrad")),
        rule=rules.adam,
    ),
    Optimizer(
        cls=torch.optim.AdamW,
        learning_rate=1e-3,
        is_linear_in_rate=True,
        hyperparameters=(
            _BETAS,
            _EPS,
            replace(_WEIGHT_DECAY, default=0.01, key="adamw_weight_decay"),
            _AMSGRAD,
            _MAXIMIZE,
        ),
        source=_DOCS + "AdamW.html",
        states=(_M, _V, State("max_exp_avg_sq", "v_max", "largest second moment", requires="amsgrad")),
        rule=rules.adam,
    ),
    Optimizer(
        cls=torch.optim.Adamax,
        learning_rate=2e-3,
        is_linear_in_rate=True,
        hyperparameters=(_BETAS, _EPS, _WEIGHT_DECAY, _MAXIMIZE),
        source=_DOCS + "Adamax.html",
        states=(_M, State("exp_inf", "u", "largest gradient, decayed")),
        rule=rules.adamax,
    ),
    Optimizer(
        cls=torch.optim.NAdam,
        learning_rate=2e-3,
        is_linear_in_rate=True,
        hyperparameters=(
            _BETAS,
            _EPS,
            _WEIGHT_DECAY,
            Hyperparameter(
                "momentum_decay",
                ("Momentum decay",),
                4e-3,
                "How fast the momentum approaches beta 1.",
                high=math.inf,
                step=1e-3,
                symbols=("psi",),
            ),
            _DECOUPLED,
            _MAXIMIZE,
        ),
        source=_DOCS + "NAdam.html",
        states=(_M, _V, State("mu_product", "mu_prod", "product of the momenta", is_vector=False, initial="1")),
        rule=rules.nadam,
    ),
    Optimizer(
        cls=torch.optim.RAdam,
        learning_rate=1e-3,
        is_linear_in_rate=True,
        hyperparameters=(_BETAS, _EPS, _WEIGHT_DECAY, _DECOUPLED, _MAXIMIZE),
        source=_DOCS + "RAdam.html",
        states=(_M, _V),
        rule=rules.radam,
    ),
    Optimizer(
        cls=torch.optim.RMSprop,
        learning_rate=1e-2,
        is_linear_in_rate=True,
        hyperparameters=(
            Hyperparameter(
                "alpha", ("Alpha",), 0.99, "Decay of the running mean of the squared gradient.", symbols=("alpha",)
            ),
            _EPS,
            _WEIGHT_DECAY,
            _MOMENTUM,
            Hyperparameter("centered", ("Centered",), False, "Divide by the gradient's spread about its mean."),
            _MAXIMIZE,
        ),
        source=_DOCS + "RMSprop.html",
        states=(
            State("square_avg", "v", "running mean of the squared gradient"),
            State("grad_avg", "g_avg", "running mean of the gradient", requires="centered"),
            _BUFFER,
        ),
        rule=rules.rmsprop,
    ),
    Optimizer(
        cls=torch.optim.Rprop,
        learning_rate=1e-2,
        hyperparameters=(
            Hyperparameter(
                "etas",
                ("Eta down", "Eta up"),
                (0.5, 1.2),
                "A step size's factor where the gradient's sign has changed, and where it hasn't.",
                low=(0.0, 1.0),
                high=(1.0, math.inf),
                open_below=True,
                open_above=True,
                symbols=("eta_down", "eta_up"),
            ),
            Hyperparameter(
                "step_sizes",
                ("Smallest step", "Largest step"),
                (1e-6, 50.0),
                "The bounds of the step sizes.",
                high=math.inf,
                symbols=("gamma_min", "gamma_max"),
            ),
            _MAXIMIZE,
        ),
        source=_DOCS + "Rprop.html",
        states=(
            State("prev", "g_prev", "last gradient, 0 where its sign had changed"),
            State("step_size", "s", "step sizes", initial="gamma"),
        ),
        rule=rules.rprop,
    ),
    Optimizer(
        cls=torch.optim.Adagrad,
        learning_rate=1e-2,
        is_linear_in_rate=True,
        hyperparameters=(
            Hyperparameter(
                "lr_decay",
                ("Rate decay",),
                0.0,
                "The learning rate is divided by 1 + this times the steps taken.",
                high=math.inf,
                step=0.01,
                symbols=("eta",),
            ),
            _WEIGHT_DECAY,
            Hyperparameter(
                "initial_accumulator_value",
                ("First sum",),
                0.0,
                "What the sum of squared gradients begins with.",
                high=math.inf,
                symbols=("s_0",),
            ),
            replace(_EPS, default=1e-10, step=1e-10, key="adagrad_eps"),
            _MAXIMIZE,
        ),
        source=_DOCS + "Adagrad.html",
        states=(State("sum", "s", "sum of the squared gradients", initial="s_0"),),
        rule=rules.adagrad,
    ),
    Optimizer(
        cls=torch.optim.Adadelta,
        learning_rate=1.0,
        is_linear_in_rate=True,
        hyperparameters=(
            Hyperparameter(
                "rho", ("Rho",), 0.9, "Decay of the running means of squared gradients and steps.", symbols=("rho",)
            ),
            replace(_EPS, default=1e-6, step=1e-6, key="adadelta_eps"),
            _WEIGHT_DECAY,
            _MAXIMIZE,
        ),
        source=_DOCS + "Adadelta.html",
        states=(
            State("square_avg", "v", "running mean of the squared gradient"),
            State("acc_delta", "u", "running mean of the squared step"),
        ),
        rule=rules.adadelta,
    ),
    Optimizer(
        cls=torch.optim.Adafactor,
        learning_rate=1e-2,
        hyperparameters=(
            Hyperparameter(
                "beta2_decay",
                ("Beta 2 decay",),
                -0.8,
                "The power of the step with which the running mean's newest share falls.",
                low=-math.inf,
                high=0.0,
                symbols=("kappa",),
            ),
            Hyperparameter(
                "eps",
                ("Epsilon 1", "Epsilon 2"),
                # torch writes None for the first, and takes the machine epsilon of the parameters for it.
                (torch.finfo(torch.float64).eps, 1e-3),
                "The least root of the running mean, by default what torch's None stands for; and the least scale of "
                "the parameters.",
                step=1e-3,
                symbols=("epsilon_1", "epsilon_2"),
                key="adafactor_eps",
            ),
            Hyperparameter(
                "d",
                ("Clipping d",),
                1.0,
                "Steps whose root mean square is above this are made shorter.",
                low=1.0,
                high=math.inf,
                symbols=("d",),
            ),
            _WEIGHT_DECAY,
            _MAXIMIZE,
        ),
        source=_DOCS + "Adafactor.html",
        states=(State("variance", "v", "running mean of the squared gradient"),),
        rule=rules.adafactor,
        is_by_tensor=True,
        coupling="it measures a step by the root mean square of all parameters",
    ),
    Optimizer(
        cls=torch.optim.ASGD,
        learning_rate=1e-2,
        hyperparameters=(
            Hyperparameter(
                "lambd",
                ("Decay of rate and parameters",),
                1e-4,
                "How fast the step falls and the parameters are pulled towards 0.",
                high=math.inf,
                step=1e-4,
                symbols=("lambda_0",),
            ),
            Hyperparameter(
                "alpha",
                ("Power",),
                0.75,
                "The power with which the step falls.",
                high=math.inf,
                symbols=("alpha",),
                key="asgd_alpha",
            ),
            Hyperparameter(
                "t0",
                ("Averaging from",),
                1e6,
                "The step from which the parameters are averaged.",
                high=math.inf,
                step=10.0,
                symbols=("t_0",),
            ),
            _WEIGHT_DECAY,
            _MAXIMIZE,
        ),
        source=_DOCS + "ASGD.html",
        states=(
            State("ax", "a", "averaged parameters"),
            State("eta", "eta", "rate of the next step", is_vector=False, initial="gamma"),
            State("mu", "mu", "share of the newest in the average", is_vector=False, initial="1"),
        ),
        rule=rules.asgd,
    ),
    # max_eval is left out: it follows max_iter unless it is given, and a number here would stand still.
    Optimizer(
        cls=torch.optim.LBFGS,
        learning_rate=1.0,
        hyperparameters=(
            Hyperparameter("max_iter", ("Iterations a step",), 20, "How many at most.", low=1, high=1000, step=1),
            Hyperparameter(
                "tolerance_grad",
                ("Gradient tolerance",),
                1e-7,
                "A step ends where no component of the gradient is above this.",
                high=math.inf,
                step=1e-7,
            ),
            Hyperparameter(
                "tolerance_change",
                ("Change tolerance",),
                1e-9,
                "A step ends where the loss or the parameters change by no more than this.",
                high=math.inf,
                step=1e-9,
            ),
            Hyperparameter(
                "history_size",
                ("History",),
                100,
                "From how many of the last changes the curvature is worked out.",
                low=1,
                high=1000,
                step=1,
            ),
            Hyperparameter(
                "line_search_fn",
                ("Line search",),
                "none",
                "Whether each iteration searches along its direction for a good length.",
                choices=("none", "strong_wolfe"),
            ),
        ),
        source=_DOCS + "LBFGS.html",
        states=(
            State("d", "d", "direction"),
            State("prev_flat_grad", "g_prev", "last gradient"),
            State("H_diag", "H", "scale of the first guess of the inverse Hessian", is_vector=False, initial="1"),
        ),
        explanation="Each step is a loop: up to so many times it takes the direction that the last changes of the "
        "gradient suggest, and goes along it by the learning rate or as far as a line search finds good.",
        remedy=("line_search_fn", "strong_wolfe"),
        coupling="its direction and its length come from all parameters together",
    ),
    Optimizer(
        cls=Newton,
        learning_rate=1.0,
        hyperparameters=(
            Hyperparameter(
                "damping",
                ("Damping",),
                0.0,
                "Added to the Hessian's diagonal: steps grow shorter and turn to the gradient.",
                high=math.inf,
                step=0.1,
                symbols=("lambda",),
                key="newton_damping",
            ),
            Hyperparameter(
                "line_search", ("Search the length",), True, "Shorten a step until the loss falls by enough."
            ),
            Hyperparameter(
                "decrease",
                ("Enough decrease",),
                1e-4,
                "The part of what the slope promises that is enough.",
                open_below=True,
                open_above=True,
            ),
            Hyperparameter(
                "shrink", ("Shorten by",), 0.5, "The factor from try to try.", open_below=True, open_above=True
            ),
        ),
        source="Nocedal and Wright 2006, Numerical Optimization, section 3.4",
        states=(
            State("direction", "d", "direction"),
            State("length", "alpha", "length", is_vector=False),
            State("least_eigenvalue", "lambda_min", "least eigenvalue of the Hessian", is_vector=False),
        ),
        explanation="d = −(D Q |Λ| Qᵀ D + λI)⁻¹ g, with the eigenvalues Λ of the Hessian scaled by D, at their sizes; "
        "then the first length at which the loss falls by enough.",
        needs="loss",
        coupling="it solves equations in all parameters together",
    ),
    Optimizer(
        cls=LevenbergMarquardt,
        learning_rate=1.0,
        hyperparameters=(
            Hyperparameter(
                "damping",
                ("First damping",),
                1.0,
                "λ at the first step, relative to the scales D of the parameters: the larger, the shorter the step.",
                high=math.inf,
                open_below=True,
                step=0.01,
                symbols=("lambda_0",),
                key="lm_damping",
            ),
            Hyperparameter(
                "raise_by",
                ("Raise damping by",),
                2.0,
                "The factor after a step that kept little of its promise, or none.",
                low=1.0,
                high=math.inf,
                open_below=True,
                step=0.5,
            ),
            Hyperparameter(
                "lower_by",
                ("Lower damping by",),
                5.0,
                "What λ is divided by after a step that kept its promise.",
                low=1.0,
                high=math.inf,
                open_below=True,
                step=0.5,
            ),
        ),
        source="Moré 1978, The Levenberg-Marquardt algorithm: implementation and theory",
        states=(
            State("delta", "delta", "step"),
            State("damping", "lambda", "damping λ of the next step", is_vector=False, initial="lambda_0"),
            State("scale", "D", "scale of each parameter, infinite where it stays"),
            State("size", "s", "largest size that each parameter has had"),
        ),
        explanation="δ solves (JᵀJ + λD²) δ = −Jᵀr with the residuals' Jacobian J; λ is raised until the loss falls. "
        "D scales each parameter by its column of J, and by its own size where the column asks for more than that; "
        "parameters of no visible effect stay until the others have gained all they can, then walk by halves.",
        needs="residuals",
        coupling="it solves equations in all parameters together",
    ),
)

OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType({one.name: one for one in _RECORDS})
"""The optimizers by their class names; a new one is a new entry."""

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "SparseAdam": "It needs sparse gradients, and those of a run are dense.",
        "Muon": "It moves matrices only, and the parameters of a run are one vector.",
    }
)
"""Why the other optimizers of ``torch.optim`` have no record, in a sentence each."""
