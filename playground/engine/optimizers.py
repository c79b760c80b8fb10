"""The optimizers that a run can use, those of ``torch.optim`` and two of second order: one record each.

The record is the one place where an optimizer's hyperparameters, their bounds and their defaults, and its
update rule are written down; the widgets, the link, the checks and the tests follow from it.

Two of torch's optimizers are left out, since a run moves one vector by a dense gradient: ``LEFT_OUT`` says why.
Switches of the implementation (``foreach``, ``capturable``, ``differentiable``, ``fused``) are no settings.
"""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

import torch
from torch import Tensor

from playground.engine.second_order import LevenbergMarquardt, Newton
from playground.errors import InputError
from playground.language.expression import Expression
from playground.language.printing import name_to_latex, to_latex
from playground.numerals import as_float

Value: TypeAlias = float | bool | int | str | tuple[float, ...] | tuple[int, ...]
"""What a setting may be; a choice is written as a text, and torch's None among choices as ``"none"``."""


@dataclass(frozen=True)
class Hyperparameter:
    """One setting of an optimizer or a scheduler, beside the learning rate.

    Attributes:
        name: the keyword that torch's class takes.
        labels: what a person calls it; one label for each component of a tuple.
        default: torch's own default; its type (bool, float, int, str, or a tuple of floats or of ints) is the
            setting's type.
        help: one sentence.
        low, high: the bounds that torch checks, or that make sense, one for all components or one each;
            ``low`` is excluded if ``open_below``, ``high`` if ``open_above``.
        step: what one press of a widget's button adds.
        choices: for a text, all that it may be.
        symbols: what update rules call it; one symbol for each component.
        key: what widgets and links call it, the name unless another record's setting of that name differs.
    """

    name: str
    labels: tuple[str, ...]
    default: Value
    help: str
    low: float | tuple[float, ...] = 0.0
    high: float | tuple[float, ...] = 1.0
    open_below: bool = False
    open_above: bool = False
    step: float = 0.05
    choices: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    key: str = ""

    @property
    def components(self) -> tuple[float | bool | int | str, ...]:
        """The default, a value for each label."""
        return self.default if isinstance(self.default, tuple) else (self.default,)

    @property
    def keys(self) -> tuple[str, ...]:
        """What widgets and links call it: one key for each label."""
        key = self.key or self.name
        return (key,) if len(self.labels) == 1 else tuple(f"{key}_{i + 1}" for i in range(len(self.labels)))

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """The lowest and the highest value of each component."""
        lows, highs = (one if isinstance(one, tuple) else (one,) * len(self.labels) for one in (self.low, self.high))
        return tuple(zip(lows, highs, strict=True))

    @property
    def is_integer(self) -> bool:
        """Whether it is made of whole numbers."""
        return all(isinstance(one, int) and not isinstance(one, bool) for one in self.components)

    def checked(self, value: object) -> Value:
        """``value`` in the setting's type, or an InputError that names it."""
        if isinstance(self.default, bool):
            if not isinstance(value, bool):
                raise InputError(f"{self.labels[0]} must be true or false, not {value!r}", field=self.name)
            return value
        if self.choices:
            if not isinstance(value, str) or value not in self.choices:
                known = ", ".join(self.choices)
                raise InputError(f"{self.labels[0]} must be one of {known}, not {value!r}", field=self.name)
            return value
        given = value if isinstance(value, tuple | list) else (value,)
        if len(given) != len(self.labels):
            raise InputError(f"{self.name} takes {len(self.labels)} numbers, not {len(given)}", field=self.name)
        numbers = tuple(self.check_component(label, one) for label, one in zip(self.labels, given, strict=True))
        return numbers if isinstance(self.default, tuple) else numbers[0]

    def check_component(self, label: str, value: object) -> float:
        """One component as a float, or an int, within the bounds, or an InputError that names it."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{label} must be a number, not {value!r}", field=self.name)
        number = as_float(value)
        if not math.isfinite(number):
            raise InputError(f"{label} must be a finite number, not {number:g}", field=self.name)
        if self.is_integer and not number.is_integer():
            raise InputError(f"{label} must be a whole number, not {number:g}", field=self.name)
        low, high = self.bounds[self.labels.index(label)]
        above = number > low if self.open_below else number >= low
        below = number < high if self.open_above else number <= high
        if not (above and below):
            raise InputError(f"{label} is {number:g}: it must be {self._range(low, high)}", field=self.name)
        return int(number) if self.is_integer else number

    def to_torch(self, value: Value) -> Value | None:
        """``value`` as torch's class takes it."""
        return None if self.choices and value == "none" else value

    def _range(self, low: float, high: float) -> str:
        ends = []
        if math.isfinite(low):
            ends.append(f"above {low:g}" if self.open_below else f"at least {low:g}")
        if math.isfinite(high):
            ends.append(f"below {high:g}" if self.open_above else f"at most {high:g}")
        return " and ".join(ends)


@dataclass(frozen=True)
class State:
    """One tensor that torch keeps from step to step, in ``optimizer.state[theta]``.

    Attributes:
        key: torch's key.
        symbol: what the update rule calls it.
        label: what a person calls it.
        is_vector: whether it has a component for each parameter, rather than being one number.
        initial: what it is before the first step, in the language, of the settings' symbols and ``gamma``.
        requires: the setting without which torch doesn't keep it.
    """

    key: str
    symbol: str
    label: str
    is_vector: bool = True
    initial: str = "0"
    requires: str = ""


@dataclass(frozen=True)
class RuleLine:
    """One line of an update rule.

    Attributes:
        name: what is computed, a variable of the language: a state's symbol, ``theta``, or a quantity on the way
            such as ``m_hat``.
        text: how, in the language, component by component. ``theta`` stands for the parameters, ``g`` for the
            gradient, ``gamma`` for the learning rate, ``t`` for the number of this step, from 1. A name means
            its value before the step until a line has assigned it, and what the line made of it from then on.
    """

    name: str
    text: str


Rule: TypeAlias = Callable[[Mapping[str, Value]], tuple[RuleLine, ...]]


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


def no_rule(_settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of an optimizer that has none in lines."""
    return ()


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
    """

    cls: Callable[..., torch.optim.Optimizer]
    learning_rate: float
    hyperparameters: tuple[Hyperparameter, ...]
    source: str
    states: tuple[State, ...] = ()
    rule: Rule = no_rule
    explanation: str = ""
    needs: Takes = ""

    @property
    def name(self) -> str:
        """What torch calls the class."""
        return self.cls.__name__

    def checked(self, settings: Mapping[str, object]) -> dict[str, Value]:
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
            **settings_to_torch(self.hyperparameters, self.checked(settings)),
            **self._objective_argument(objective),
        }
        if "foreach" in inspect.signature(self.cls).parameters:
            given["foreach"] = False  # the default decides anew at each step, for a list of one tensor
        try:
            return self.cls([theta], lr=lr, **given)
        except ValueError as reason:
            raise InputError(f"{self.name} can't run so: {reason}", field="optimizer") from reason

    def _objective_argument(self, objective: HasLoss | None) -> dict[str, object]:
        """What the class is given of the objective, as a keyword argument."""
        if not self.needs:
            return {}
        if objective is None:
            return {self.needs: _without_objective}
        if self.needs == "residuals" and not objective.is_sum_of_squares:
            raise InputError(
                f"{self.name} needs a sum of squares: it runs on fits with the loss mse or sse. "
                "Newton runs on any loss",
                field="optimizer",
            )
        return {self.needs: getattr(objective, self.needs)}

    def active_states(self, settings: Mapping[str, object]) -> tuple[State, ...]:
        """What torch keeps from step to step under these settings."""
        checked = self.checked(settings)
        return tuple(one for one in self.states if not one.requires or checked[one.requires])

    def lines(self, settings: Mapping[str, object]) -> tuple[RuleLine, ...]:
        """The update rule under these settings; those left out have their defaults."""
        return self.rule(self.checked(settings))

    def constants(self, settings: Mapping[str, object], lr: float, step: int) -> dict[str, Tensor]:
        """What the rule's symbols stand for that no step changes: the settings, ``gamma`` and ``t``.

        Args:
            settings: those left out have their defaults.
            lr: the learning rate at this step.
            step: the number of the step, from 1.
        """
        checked = self.checked(settings)
        found: dict[str, object] = {"gamma": lr, "t": step}
        for one in self.hyperparameters:
            value = checked[one.name]
            found |= zip(one.symbols, value if isinstance(value, tuple) else (value,), strict=False)
        return {name: torch.tensor(value, dtype=torch.float64) for name, value in found.items()}


def _without_objective(_theta: Tensor) -> Tensor:
    """What stands for the loss or the residuals where settings are checked and no step is taken."""
    raise NotImplementedError


def check_settings(
    owner: str, hyperparameters: Sequence[Hyperparameter], settings: Mapping[str, object], others: Sequence[str] = ()
) -> dict[str, Value]:
    """All hyperparameters, from ``settings`` or their defaults.

    Args:
        owner: whose they are, for the message.
        hyperparameters: the known ones.
        settings: what was given, by name.
        others: names that are known too, for the message.

    Raises:
        InputError: for an unknown name or a value out of bounds.
    """
    known = {one.name: one for one in hyperparameters}
    for name in settings:
        if name not in known:
            raise InputError(f"{owner} has no setting '{name}': it has {', '.join([*others, *known])}", field=name)
    return {name: one.checked(settings.get(name, one.default)) for name, one in known.items()}


def settings_to_torch(
    hyperparameters: Sequence[Hyperparameter], checked: Mapping[str, Value]
) -> dict[str, Value | None]:
    """Checked settings as torch's class takes them."""
    return {one.name: one.to_torch(checked[one.name]) for one in hyperparameters}


def run_rule(lines: Sequence[RuleLine], values: Mapping[str, Tensor]) -> list[Tensor]:
    """What the lines make, one after the other: a tensor for each line.

    Args:
        lines: an update rule.
        values: by symbol: theta, g, gamma, t, the settings and the states before the step, float64.
    """
    known = dict(values)
    made = []
    for line in lines:
        known[line.name] = cached_expression(line.text).evaluate(known)
        made.append(known[line.name])
    return made


@lru_cache(maxsize=1000)
def cached_expression(text: str) -> Expression:
    """The right side of a line, or a state's initial value, as an expression."""
    return Expression(text)


def rule_to_latex(lines: Sequence[RuleLine], states: Sequence[State]) -> list[tuple[str, str]]:
    """The left and the right side of each line, typeset with ``t`` and ``t-1`` for after and before."""
    before = {"theta", *(one.symbol for one in states)}
    changing = before | {line.name for line in lines} | {"g"}
    found = []
    for line in lines:
        names = {
            name: symbol_to_latex(name, "t-1" if name in before else "t") if name in changing else name_to_latex(name)
            for name in cached_expression(line.text).names
        }
        before.discard(line.name)
        found.append((symbol_to_latex(line.name, "t"), to_latex(cached_expression(line.text), names)))
    return found


def symbol_to_latex(name: str, index: str) -> str:
    r"""A quantity that changes with the steps, typeset: ``m_hat`` at ``t`` is ``\hat{m}_{t}``."""
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    head, _, tail = name.partition("_")
    letter = name_to_latex(head)
    if tail == "hat":
        return rf"\hat{{{letter}}}_{{{index}}}"
    return letter + (rf"^{{\mathrm{{{tail}}}}}" if tail else "") + f"_{{{index}}}"


_SYMBOLS = {"mu_next": r"\mu_{t+1}", "rho_inf": r"\rho_{\infty}"}
"""What is typeset with an index of its own."""

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


# ---- The update rules.


def _transform_gradient(settings: Mapping[str, Value], decoupled: bool = False) -> list[RuleLine]:
    """What is done to the gradient first."""
    lines = [RuleLine("g", "-g")] if settings["maximize"] else []
    if settings.get("weight_decay") and not decoupled:
        lines.append(RuleLine("g", "g + lambda*theta"))
    return lines


def _decay_parameters(settings: Mapping[str, Value], decoupled: bool) -> str:
    """The parameters that a step starts from."""
    return "(1 - gamma*lambda)*theta" if settings["weight_decay"] and decoupled else "theta"


_MEAN = RuleLine("m", "beta_1*m + (1 - beta_1)*g")
_SQUARES = RuleLine("v", "beta_2*v + (1 - beta_2)*g**2")
_UNBIASED = RuleLine("m_hat", "m/(1 - beta_1**t)")


def _sgd(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    lines = _transform_gradient(settings)
    step = "g"
    if settings["momentum"]:
        # The first buffer is the gradient itself, undamped.
        damped = "where(t > 1, mu*b + (1 - delta)*g, g)"
        lines.append(RuleLine("b", damped if settings["dampening"] else "mu*b + g"))
        step = "(g + mu*b)" if settings["nesterov"] else "b"
    return (*lines, RuleLine("theta", f"theta - gamma*{step}"))


def _adam(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    decoupled = bool(settings.get("decoupled_weight_decay", True))  # AdamW has no such switch: it always is
    largest = (RuleLine("v_max", "max(v_max, v)"),) if settings["amsgrad"] else ()
    return (
        *_transform_gradient(settings, decoupled),
        _MEAN,
        _SQUARES,
        _UNBIASED,
        *largest,
        RuleLine("v_hat", f"{'v_max' if largest else 'v'}/(1 - beta_2**t)"),
        RuleLine("theta", f"{_decay_parameters(settings, decoupled)} - gamma*m_hat/(sqrt(v_hat) + epsilon)"),
    )


def _adamax(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    return (
        *_transform_gradient(settings),
        _MEAN,
        RuleLine("u", "max(beta_2*u, abs(g) + epsilon)"),
        _UNBIASED,
        RuleLine("theta", "theta - gamma*m_hat/u"),
    )


def _nadam(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    decoupled = bool(settings["decoupled_weight_decay"])
    return (
        *_transform_gradient(settings, decoupled),
        RuleLine("mu", "beta_1*(1 - 0.96**(t*psi)/2)"),
        RuleLine("mu_next", "beta_1*(1 - 0.96**((t + 1)*psi)/2)"),
        RuleLine("mu_prod", "mu_prod*mu"),
        _MEAN,
        _SQUARES,
        RuleLine("m_hat", "mu_next*m/(1 - mu_prod*mu_next) + (1 - mu)*g/(1 - mu_prod)"),
        RuleLine("v_hat", "v/(1 - beta_2**t)"),
        RuleLine("theta", f"{_decay_parameters(settings, decoupled)} - gamma*m_hat/(sqrt(v_hat) + epsilon)"),
    )


def _radam(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    decoupled = bool(settings["decoupled_weight_decay"])
    rectified = "l*sqrt((rho - 4)*(rho - 2)*rho_inf/((rho_inf - 4)*(rho_inf - 2)*rho))"
    return (
        *_transform_gradient(settings, decoupled),
        _MEAN,
        _SQUARES,
        _UNBIASED,
        RuleLine("rho_inf", "2/(1 - beta_2) - 1"),
        RuleLine("rho", "rho_inf - 2*t*beta_2**t/(1 - beta_2**t)"),
        RuleLine("l", "sqrt(1 - beta_2**t)/(sqrt(v) + epsilon)"),
        RuleLine("r", f"where(rho > 5, {rectified}, 1)"),
        RuleLine("theta", f"{_decay_parameters(settings, decoupled)} - gamma*r*m_hat"),
    )


def _rmsprop(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    lines = [*_transform_gradient(settings), RuleLine("v", "alpha*v + (1 - alpha)*g**2")]
    spread = "v"
    if settings["centered"]:
        lines += [RuleLine("g_avg", "alpha*g_avg + (1 - alpha)*g"), RuleLine("v_hat", "v - g_avg**2")]
        spread = "v_hat"
    step = f"g/(sqrt({spread}) + epsilon)"
    if settings["momentum"]:
        lines.append(RuleLine("b", f"mu*b + {step}"))
        step = "b"
    return (*lines, RuleLine("theta", f"theta - gamma*{step}"))


def _rprop(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    factor = "piecewise(g*g_prev > 0, eta_up, g*g_prev < 0, eta_down, 1)"
    return (
        *_transform_gradient(settings),
        RuleLine("s", f"clamp(s*{factor}, gamma_min, gamma_max)"),
        RuleLine("g", "where(g*g_prev < 0, 0, g)"),
        RuleLine("g_prev", "g"),
        RuleLine("theta", "theta - s*sign(g)"),
    )


def _adagrad(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    slower = (RuleLine("gamma_hat", "gamma/(1 + (t - 1)*eta)"),) if settings["lr_decay"] else ()
    return (
        *_transform_gradient(settings),
        *slower,
        RuleLine("s", "s + g**2"),
        RuleLine("theta", f"theta - {'gamma_hat' if slower else 'gamma'}*g/(sqrt(s) + epsilon)"),
    )


def _adadelta(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    return (
        *_transform_gradient(settings),
        RuleLine("v", "rho*v + (1 - rho)*g**2"),
        RuleLine("delta", "sqrt(u + epsilon)/sqrt(v + epsilon)*g"),
        RuleLine("u", "rho*u + (1 - rho)*delta**2"),
        RuleLine("theta", "theta - gamma*delta"),
    )


def _adafactor(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    return (
        *_transform_gradient(settings, decoupled=True),
        RuleLine("beta", "1 - t**kappa"),
        RuleLine("rho", "min(gamma, 1/sqrt(t))"),
        RuleLine("alpha", "max(epsilon_2, sqrt(mean(theta**2)))*rho"),
        RuleLine("v", "beta*v + (1 - beta)*g**2"),
        RuleLine("u", "g/sqrt(max(v, epsilon_1**2))"),
        RuleLine("u_hat", "u/max(1, sqrt(mean(u**2))/d)"),
        RuleLine("theta", f"{_decay_parameters(settings, True)} - alpha*u_hat"),
    )


def _asgd(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    return (
        *_transform_gradient(settings),
        RuleLine("theta", "(1 - lambda_0*eta)*theta - eta*g"),
        RuleLine("a", "a + mu*(theta - a)"),
        # For the next step:
        RuleLine("eta", "gamma/(1 + lambda_0*gamma*t)**alpha"),
        RuleLine("mu", "1/max(1, t - t_0)"),
    )


# ---- The records.

_RECORDS = (
    Optimizer(
        cls=torch.optim.SGD,
        learning_rate=1e-3,
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
        rule=_sgd,
    ),
    Optimizer(
        cls=torch.optim.Adam,
        learning_rate=1e-3,
        hyperparameters=(_BETAS, _EPS, _WEIGHT_DECAY, _DECOUPLED, _AMSGRAD, _MAXIMIZE),
        source=_DOCS + "Adam.html",
        states=(_M, _V, State("max_exp_avg_sq", "v_max", "largest second moment", requires="amsgrad")),
        rule=_adam,
    ),
    Optimizer(
        cls=torch.optim.AdamW,
        learning_rate=1e-3,
        hyperparameters=(
            _BETAS,
            _EPS,
            replace(_WEIGHT_DECAY, default=0.01, key="adamw_weight_decay"),
            _AMSGRAD,
            _MAXIMIZE,
        ),
        source=_DOCS + "AdamW.html",
        states=(_M, _V, State("max_exp_avg_sq", "v_max", "largest second moment", requires="amsgrad")),
        rule=_adam,
    ),
    Optimizer(
        cls=torch.optim.Adamax,
        learning_rate=2e-3,
        hyperparameters=(_BETAS, _EPS, _WEIGHT_DECAY, _MAXIMIZE),
        source=_DOCS + "Adamax.html",
        states=(_M, State("exp_inf", "u", "largest gradient, decayed")),
        rule=_adamax,
    ),
    Optimizer(
        cls=torch.optim.NAdam,
        learning_rate=2e-3,
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
        rule=_nadam,
    ),
    Optimizer(
        cls=torch.optim.RAdam,
        learning_rate=1e-3,
        hyperparameters=(_BETAS, _EPS, _WEIGHT_DECAY, _DECOUPLED, _MAXIMIZE),
        source=_DOCS + "RAdam.html",
        states=(_M, _V),
        rule=_radam,
    ),
    Optimizer(
        cls=torch.optim.RMSprop,
        learning_rate=1e-2,
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
        rule=_rmsprop,
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
        rule=_rprop,
    ),
    Optimizer(
        cls=torch.optim.Adagrad,
        learning_rate=1e-2,
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
        rule=_adagrad,
    ),
    Optimizer(
        cls=torch.optim.Adadelta,
        learning_rate=1.0,
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
        rule=_adadelta,
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
        rule=_adafactor,
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
        rule=_asgd,
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
    ),
    Optimizer(
        cls=Newton,
        learning_rate=1.0,
        hyperparameters=(
            Hyperparameter(
                "damping",
                ("Damping",),
                0.0,
                "Added to the size of each eigenvalue of the Hessian: steps grow shorter and turn to the gradient.",
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
        explanation="d = −Q |Λ|⁻¹ Qᵀ g, with the Hessian's eigenvalues at their sizes; then the first length at which "
        "the loss falls by enough.",
        needs="loss",
    ),
    Optimizer(
        cls=LevenbergMarquardt,
        learning_rate=1.0,
        hyperparameters=(
            Hyperparameter(
                "damping",
                ("First damping",),
                1e-2,
                "λ at the first step, relative to the Jacobian's columns.",
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
                3.0,
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
            State("scale", "D", "largest lengths of the Jacobian's columns"),
        ),
        explanation="δ solves (JᵀJ + λD²) δ = −Jᵀr with the residuals' Jacobian J; λ is raised until the loss falls.",
        needs="residuals",
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
