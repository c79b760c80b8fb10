"""Update rules of optimizers, line by line in the project's own language, and what torch keeps between steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from torch import Tensor

from playground.engine.settings import Value
from playground.language.expression import Expression
from playground.language.printing import name_to_latex, to_latex


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


def no_rule(_settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of an optimizer that has none in lines."""
    return ()


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


def sgd(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of SGD."""
    lines = _transform_gradient(settings)
    step = "g"
    if settings["momentum"]:
        # The first buffer is the gradient itself, undamped.
        damped = "where(t > 1, mu*b + (1 - delta)*g, g)"
        lines.append(RuleLine("b", damped if settings["dampening"] else "mu*b + g"))
        step = "(g + mu*b)" if settings["nesterov"] else "b"
    return (*lines, RuleLine("theta", f"theta - gamma*{step}"))


def adam(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rules of Adam and AdamW."""
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


def adamax(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of Adamax."""
    return (
        *_transform_gradient(settings),
        _MEAN,
        RuleLine("u", "max(beta_2*u, abs(g) + epsilon)"),
        _UNBIASED,
        RuleLine("theta", "theta - gamma*m_hat/u"),
    )


def nadam(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of NAdam."""
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


def radam(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of RAdam."""
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


def rmsprop(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of RMSprop."""
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


def rprop(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of Rprop."""
    factor = "piecewise(g*g_prev > 0, eta_up, g*g_prev < 0, eta_down, 1)"
    return (
        *_transform_gradient(settings),
        RuleLine("s", f"clamp(s*{factor}, gamma_min, gamma_max)"),
        RuleLine("g", "where(g*g_prev < 0, 0, g)"),
        RuleLine("g_prev", "g"),
        RuleLine("theta", "theta - s*sign(g)"),
    )


def adagrad(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of Adagrad."""
    slower = (RuleLine("gamma_hat", "gamma/(1 + (t - 1)*eta)"),) if settings["lr_decay"] else ()
    return (
        *_transform_gradient(settings),
        *slower,
        RuleLine("s", "s + g**2"),
        RuleLine("theta", f"theta - {'gamma_hat' if slower else 'gamma'}*g/(sqrt(s) + epsilon)"),
    )


def adadelta(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of Adadelta."""
    return (
        *_transform_gradient(settings),
        RuleLine("v", "rho*v + (1 - rho)*g**2"),
        RuleLine("delta", "sqrt(u + epsilon)/sqrt(v + epsilon)*g"),
        RuleLine("u", "rho*u + (1 - rho)*delta**2"),
        RuleLine("theta", "theta - gamma*delta"),
    )


def adafactor(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of Adafactor."""
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


def asgd(settings: Mapping[str, Value]) -> tuple[RuleLine, ...]:
    """The rule of ASGD."""
    return (
        *_transform_gradient(settings),
        RuleLine("theta", "(1 - lambda_0*eta)*theta - eta*g"),
        RuleLine("a", "a + mu*(theta - a)"),
        # For the next step:
        RuleLine("eta", "gamma/(1 + lambda_0*gamma*t)**alpha"),
        RuleLine("mu", "1/max(1, t - t_0)"),
    )
