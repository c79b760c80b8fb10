"""The schedulers of ``torch.optim.lr_scheduler`` that a run can use: one record each.

The run's learning rate is torch's ``base_lr`` for CyclicLR and its ``max_lr``, the peak, for OneCycleLR. Both would
move the momentum too (``cycle_momentum``); that is off, since most optimizers have none and refuse it.

CyclicLR goes without ``step_size_down``, which follows ``step_size_up`` unless it is given, and ``scale_fn``, a Python
function.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import torch
from torch.optim import lr_scheduler

from playground.engine.settings import Hyperparameter, Value, check_settings, settings_to_torch
from playground.errors import InputError

TorchScheduler: TypeAlias = lr_scheduler.LRScheduler


@dataclass(frozen=True)
class Scheduler:
    """What the project knows of one scheduler of torch's.

    Attributes:
        cls: torch's class.
        label: one sentence on what it does to the learning rate.
        hyperparameters: the settings that a person may change.
        source: torch's documentation.
        project_defaults: the settings whose default is this project's, since torch demands them.
        takes_loss: whether its ``step`` takes the loss.
        lr_argument: the argument that is the run's learning rate, if torch's class takes it so.
        fixed_arguments: arguments that are always the same.
        step_limit: all settings -> how many steps it can take, or None for any number.
    """

    cls: Callable[..., TorchScheduler]
    label: str
    hyperparameters: tuple[Hyperparameter, ...]
    source: str
    project_defaults: tuple[str, ...] = ()
    takes_loss: bool = False
    lr_argument: str = ""
    fixed_arguments: tuple[tuple[str, Any], ...] = ()
    step_limit: Callable[[Mapping[str, Any]], int | None] = lambda _: None

    @property
    def name(self) -> str:
        """What torch calls the class."""
        return self.cls.__name__

    def check_settings(self, settings: Mapping[str, object]) -> dict[str, Value]:
        """All hyperparameters, from ``settings`` or their defaults.

        Raises:
            InputError: for an unknown name or a value out of bounds.
        """
        return check_settings(self.name, self.hyperparameters, settings)

    def build(self, optimizer: torch.optim.Optimizer, lr: float, settings: Mapping[str, object]) -> TorchScheduler:
        """torch's scheduler of ``optimizer``, whose learning rate is ``lr``.

        Raises:
            InputError: in our words, or for a combination that torch refuses, with torch's reason.
        """
        given = settings_to_torch(self.hyperparameters, self.check_settings(settings)) | dict(self.fixed_arguments)
        if self.lr_argument:
            given[self.lr_argument] = lr
        try:
            return self.cls(optimizer, **given)
        except (ValueError, ZeroDivisionError) as reason:
            raise InputError(f"{self.name} can't run so: {reason}", field="scheduler") from reason

    def max_steps(self, settings: Mapping[str, object]) -> int | None:
        """How many times ``step`` may be called before torch raises an error; None for ever."""
        return self.step_limit(self.check_settings(settings))


def _limit_halving_cycles(settings: Mapping[str, Any]) -> int | None:
    """After 1024 cycles torch divides by a power of two that no float holds."""
    return 2048 * int(settings["step_size_up"]) - 1 if settings["mode"] == "triangular2" else None


def _step_count(name: str, label: str, default: int, help: str, low: int = 1, key: str = "") -> Hyperparameter:
    """A number of steps."""
    return Hyperparameter(name, (label,), default, help, low=low, high=1_000_000, step=1, key=key)


_DOCS = "https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler."

_GAMMA = Hyperparameter("gamma", ("Gamma",), 0.1, "What the rate is multiplied by.")
_ITERS = _step_count("total_iters", "Iterations", 5, "After how many steps the rate stays.")
_FACTOR = Hyperparameter("factor", ("Factor",), 1 / 3, "What the rate is multiplied by.", open_below=True)
_ETA_MIN = Hyperparameter("eta_min", ("Lowest rate",), 0.0, "The rate at the end.", high=math.inf, step=1e-3)

_RECORDS = (
    Scheduler(
        lr_scheduler.StepLR,
        "Multiplies the rate by gamma every so many steps.",
        (_step_count("step_size", "Step size", 30, "Every how many steps."), _GAMMA),
        _DOCS + "StepLR.html",
        project_defaults=("step_size",),
    ),
    Scheduler(
        lr_scheduler.MultiStepLR,
        "Multiplies the rate by gamma at each milestone.",
        (
            Hyperparameter(
                "milestones",
                ("Milestone 1", "Milestone 2"),
                (30, 80),
                "The steps at which the rate changes.",
                low=1,
                high=1_000_000,
                step=1,
            ),
            _GAMMA,
        ),
        _DOCS + "MultiStepLR.html",
        project_defaults=("milestones",),
    ),
    Scheduler(
        lr_scheduler.ConstantLR,
        "Multiplies the rate by a factor for the first steps.",
        (_FACTOR, _ITERS),
        _DOCS + "ConstantLR.html",
    ),
    Scheduler(
        lr_scheduler.LinearLR,
        "Goes from one factor of the rate to another, in a line.",
        (
            Hyperparameter("start_factor", ("First factor",), 1 / 3, "The rate's factor at first.", open_below=True),
            Hyperparameter("end_factor", ("Last factor",), 1.0, "The rate's factor at the end."),
            _ITERS,
        ),
        _DOCS + "LinearLR.html",
    ),
    Scheduler(
        lr_scheduler.ExponentialLR,
        "Multiplies the rate by gamma at every step.",
        (replace(_GAMMA, default=0.95, key="exponentiallr_gamma"),),
        _DOCS + "ExponentialLR.html",
        project_defaults=("gamma",),
    ),
    Scheduler(
        lr_scheduler.PolynomialLR,
        "Lets the rate fall to 0 along a power.",
        (_ITERS, Hyperparameter("power", ("Power",), 1.0, "1 for a line.", high=math.inf)),
        _DOCS + "PolynomialLR.html",
    ),
    Scheduler(
        lr_scheduler.CosineAnnealingLR,
        "Lets the rate fall along half a cosine, and rise again after it.",
        (_step_count("T_max", "Half period", 100, "In how many steps it falls."), _ETA_MIN),
        _DOCS + "CosineAnnealingLR.html",
        project_defaults=("T_max",),
    ),
    Scheduler(
        lr_scheduler.CosineAnnealingWarmRestarts,
        "Lets the rate fall along half a cosine, again and again.",
        (
            _step_count("T_0", "First period", 25, "After how many steps it starts again."),
            Hyperparameter("T_mult", ("Period factor",), 1, "How much longer each period is.", low=1, high=100, step=1),
            _ETA_MIN,
        ),
        _DOCS + "CosineAnnealingWarmRestarts.html",
        project_defaults=("T_0",),
    ),
    Scheduler(
        lr_scheduler.CyclicLR,
        "Goes up from the rate to a highest one and back, again and again.",
        (
            Hyperparameter("max_lr", ("Highest rate",), 0.1, "The rate at the top.", high=math.inf),
            _step_count("step_size_up", "Steps up", 2000, "In how many steps it rises; it falls in as many."),
            Hyperparameter(
                "mode",
                ("Mode",),
                "triangular",
                "Whether the tops stay, are halved each time, or fall by gamma at each step.",
                choices=("triangular", "triangular2", "exp_range"),
            ),
            replace(_GAMMA, default=1.0, key="cycliclr_gamma"),
        ),
        _DOCS + "CyclicLR.html",
        project_defaults=("max_lr",),
        lr_argument="base_lr",
        step_limit=_limit_halving_cycles,
        fixed_arguments=(("cycle_momentum", False),),
    ),
    Scheduler(
        lr_scheduler.OneCycleLR,
        "Rises to the rate and then falls far below, once.",
        (
            # From 2 on: within one step torch divides by 0.
            _step_count("total_steps", "Steps in all", 100, "It can't take more than these.", low=2),
            # Torch takes 1 too, and then divides by 0 at the last step.
            Hyperparameter(
                "pct_start", ("Share of rising",), 0.3, "The part of the steps in which it rises.", open_above=True
            ),
            Hyperparameter(
                "anneal_strategy", ("Curve",), "cos", "Along a cosine or a line.", choices=("cos", "linear")
            ),
            Hyperparameter(
                "div_factor", ("First divisor",), 25.0, "The first rate is the peak over this.", low=1, high=1e30
            ),
            Hyperparameter(
                "final_div_factor", ("Last divisor",), 1e4, "The last rate is the first over this.", low=1, high=1e30
            ),
            Hyperparameter("three_phase", ("Three phases",), False, "Fall as slowly as it rose, then to the last."),
        ),
        _DOCS + "OneCycleLR.html",
        project_defaults=("total_steps",),
        lr_argument="max_lr",
        fixed_arguments=(("cycle_momentum", False),),
        step_limit=lambda settings: int(settings["total_steps"]),
    ),
    Scheduler(
        lr_scheduler.ReduceLROnPlateau,
        "Multiplies the rate by a factor where the loss has stopped falling.",
        (
            Hyperparameter(
                "mode",
                ("Mode",),
                "min",
                "Whether less or more is better.",
                choices=("min", "max"),
                key="reducelronplateau_mode",
            ),
            replace(_FACTOR, default=0.1, open_above=True, key="reducelronplateau_factor"),
            _step_count("patience", "Patience", 10, "For how many steps it waits.", low=0),
            Hyperparameter("threshold", ("Threshold",), 1e-4, "By how much better counts.", step=1e-4),
            Hyperparameter(
                "threshold_mode",
                ("Threshold is",),
                "rel",
                "A share of the best, or a number.",
                choices=("rel", "abs"),
            ),
            _step_count("cooldown", "Cooldown", 0, "For how many steps after a change it doesn't count.", low=0),
            Hyperparameter("min_lr", ("Least rate",), 0.0, "No rate is below this.", high=math.inf, step=1e-3),
            Hyperparameter(
                "eps",
                ("Least change",),
                1e-8,
                "A rate that would change by no more than this stays.",
                high=math.inf,
                step=1e-8,
                key="reducelronplateau_eps",
            ),
        ),
        _DOCS + "ReduceLROnPlateau.html",
        takes_loss=True,
    ),
)

SCHEDULERS: Mapping[str, Scheduler] = MappingProxyType({one.name: one for one in _RECORDS})
"""The schedulers by torch's class names; a new one is a new entry."""

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "LambdaLR": "It needs a Python function.",
        "MultiplicativeLR": "It needs a Python function.",
        "SequentialLR": "It is made of other schedulers.",
        "ChainedScheduler": "It is made of other schedulers.",
        "SWALR": "It serves the averaging of weights, which a run doesn't do.",
    }
)
"""Why torch's other schedulers have no record, in a sentence each."""
