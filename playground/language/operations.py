"""The vocabulary of expressions: every operator, function and constant is one record.

The parser, evaluation by torch, LaTeX, PyTorch source, the symbolic derivative, the caveats about domains and
kinks, the reference in the README and the tests all read these records: a new function is one more entry.
"""

import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

Kind: TypeAlias = Literal["number", "truth"]


@dataclass(frozen=True)
class Caveat:
    """Arguments at which an operation has no value, no slope, or a kink, and what to say of them.

    Attributes:
        where: the arguments -> a mask of their broadcast shape.
        message: what happens there and what torch does; follows "ln(x) where x = 0: ".
        kind: ``"break"``, where value or slope isn't finite; ``"kink"``, where both are, but the slope jumps or
            the value does; ``"flat"``, where the slope is 0 at all arguments, so that none is worth naming.
    """

    where: Callable[..., Any]
    message: str
    kind: Literal["break", "kink", "flat"] = "break"


@dataclass(frozen=True)
class Operation:
    """What the language knows of one operation.

    Attributes:
        name: what it is called in texts and on tapes.
        function: torch's operation on float64 tensors; numbers that don't depend on a name may come as floats.
        min_arguments, max_arguments: how many it takes; no upper bound is None.
        group: where the reference lists it; ``"operator"`` for signs between or before operands.
        latex: how it is typeset; ``{}`` or ``{0}`` for the arguments, ``{all}`` for all with commas.
        argument_precedence: how tightly each argument must bind to stand without brackets in ``latex``, the last for
            all that follow.
        precedence: how tightly the operation itself binds there; 9 is never put in brackets.
        source: PyTorch source; None for a function of this module, whose own source is shown.
        sympy: what sympy calls it, or the module and the arguments -> sympy's expression; None where none is offered.
        aliases: other names.
        kind: what the value is; arguments: what each argument must be, the last for all that follow.
        caveats: where it has no value, no slope, or a kink.
        usage: how a call of several arguments is written; help: what it is, if the name doesn't say.
        reduces: whether it makes one number of a vector; reduces_single: whether it does so of a single argument.
        sympy_copies: how often sympy's formula holds each argument; None where that grows with their number.
        needs_tensors: whether torch wants numbers as tensors, though it is an operator.
    """

    name: str
    function: Callable[..., Any]
    min_arguments: int = 1
    max_arguments: int | None = 1
    group: str = "elementary"
    latex: str = ""
    argument_precedence: tuple[int, ...] = (0,)
    precedence: int = 9
    source: str | None = None
    sympy: str | Callable[..., Any] | None = None
    aliases: tuple[str, ...] = ()
    kind: Kind = "number"
    arguments: tuple[Kind, ...] = ("number",)
    caveats: tuple[Caveat, ...] = ()
    usage: str = ""
    help: str = ""
    reduces: bool = False
    reduces_single: bool = False
    sympy_copies: int | None = 1
    needs_tensors: bool = False

    def is_reduction(self, arguments: int) -> bool:
        """Whether, of so many arguments, it reduces vectors rather than working component by component."""
        return self.reduces or (self.reduces_single and arguments == 1)


# ---- Operations that torch doesn't have in one call, or not in the form that the language needs.


def cbrt(x: Tensor) -> Tensor:
    """The real cube root."""
    return torch.sign(x) * torch.abs(x) ** (1 / 3)


def softplus(x: Tensor) -> Tensor:
    """Torch's own is the identity from 20 on, where its slope jumps."""
    return torch.logaddexp(x, torch.zeros_like(x))


def leaky_relu(x: Tensor, slope: Any = 0.01) -> Tensor:
    """The slope may be a tensor, which torch's own doesn't take."""
    return torch.where(x > 0, x, slope * x)


def elu(x: Tensor, alpha: Any = 1.0) -> Tensor:
    """Alpha may be a tensor, which torch's own doesn't take."""
    return torch.where(x > 0, x, alpha * torch.expm1(torch.clamp(x, max=0)))


def clamp(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Torch's own, whose backward (2.13) raises where a bound has more components than x."""
    shape = torch.broadcast_shapes(x.shape, low.shape, high.shape)
    return torch.clamp(x if x.shape == shape else x.expand(shape), low, high)


def floor_divide(x: Any, y: Any) -> Tensor:
    """The quotient rounded down."""
    return torch.floor(x / y)


def vector_sum(x: Tensor) -> Tensor:
    """The sum over the components, kept as a last axis of 1."""
    return x.sum(-1, keepdim=True)


def vector_mean(x: Tensor) -> Tensor:
    """The mean over the components, kept as a last axis of 1."""
    return x.mean(-1, keepdim=True)


def vector_prod(x: Tensor) -> Tensor:
    """The product of the components, kept as a last axis of 1."""
    return x.prod(-1, keepdim=True)


def vector_norm(x: Tensor) -> Tensor:
    """The Euclidean length, kept as a last axis of 1."""
    length: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return length


def vector_dot(x: Tensor, y: Tensor) -> Tensor:
    """The sum of the products of the components, kept as a last axis of 1."""
    return (x * y).sum(-1, keepdim=True)


def largest(*values: Tensor) -> Tensor:
    """Of several, one by one; of one vector, its largest component."""
    if len(values) == 1:
        return values[0].amax(-1, keepdim=True)
    if len(values) == 2:
        return torch.maximum(*values)
    # At once: nested, maximum would halve the slope again and again among equals.
    return torch.stack(torch.broadcast_tensors(*values)).amax(0)


def smallest(*values: Tensor) -> Tensor:
    """Of several, one by one; of one vector, its smallest component."""
    if len(values) == 1:
        return values[0].amin(-1, keepdim=True)
    if len(values) == 2:
        return torch.minimum(*values)
    return torch.stack(torch.broadcast_tensors(*values)).amin(0)


def piecewise(*parts: Tensor) -> Tensor:
    """condition, value, condition, value, …, value otherwise: the first that holds."""
    result = parts[-1]
    for condition, value in zip(reversed(parts[:-1:2]), reversed(parts[1:-1:2]), strict=True):
        result = torch.where(condition, value, result)
    return result


def vector(*components: Tensor) -> Tensor:
    """The components side by side on the last axis."""
    return torch.cat(torch.broadcast_tensors(*[torch.atleast_1d(one) for one in components]), -1)


# ---- The records.

_NEGATIVE_LOG = "the logarithm of a negative number is no real number, so torch gives nan"
_OUTSIDE = "it is defined from -1 to 1 only, so torch gives nan"
_JUMP = "a jump from one step to the next; torch takes 0 as its slope"
_FLAT = "it is made of flat steps, so torch takes 0 as its slope everywhere"
_INFINITE = "it is infinite there"
_DIVISION = (
    Caveat(lambda a, b: (a == 0) & (b == 0), "0 divided by 0 has no value, so torch gives nan"),
    Caveat(lambda _, b: b == 0, "a number divided by 0 is infinite"),
)
_SHARED = "equal arguments are a kink, and torch shares the gradient among them"
_SIDES = Caveat(lambda a, b: a == b, "here the choice changes, and torch takes the slope of what is chosen", "kink")
_LEFT = "a kink; torch takes the slope at its left"
_REMAINDER = (
    Caveat(lambda _, b: b == 0, "a remainder after a division by 0 is nan"),
    Caveat(lambda a, b: (a / b).frac() == 0, "the remainder jumps to 0; torch takes the slope beside it", "kink"),
)


MOST_PAIRED = 4
"""Of more values than so many sympy's formula says nothing of its own about equal ones: it would be too long."""


def _extreme_to_sympy(sympy: Any, values: Sequence[Any], beats: Callable[[Any, Any], Any]) -> Any:
    """The extreme of several: the one that beats all others, or else the mean of two that are equal.

    So its derivative shares among equals, as torch does.

    Args:
        sympy: the module; values: of which the extreme is wanted; beats: the condition that one is more extreme.
    """
    if len(values) > MOST_PAIRED:
        return sympy.Piecewise(
            *(
                (one, sympy.And(*(sympy.Or(beats(one, other), sympy.Eq(one, other)) for other in values)))
                for one in values
            )
        )
    single = [
        (one, sympy.And(*(beats(one, other) for j, other in enumerate(values) if j != i)))
        for i, one in enumerate(values)
    ]
    if len(values) < 3:
        return sympy.Piecewise(*single, (sympy.Add(*values) / len(values), True))
    pairs = [
        ((one + other) / 2, sympy.And(sympy.Eq(one, other), *(beats(one, third) for third in others)))
        for (i, one), (j, other) in itertools.combinations(enumerate(values), 2)
        for others in [[third for k, third in enumerate(values) if k not in (i, j)]]
    ]
    return sympy.Piecewise(*single, *pairs, (sympy.Add(*values) / len(values), True))


def _ties(extreme: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Whether the extreme of several tensors, or of one vector's components, stands there more than once."""

    def mask(*values: Tensor) -> Tensor:
        one_vector = len(values) == 1
        together = values[0].movedim(-1, 0) if one_vector else torch.stack(torch.broadcast_tensors(*values))
        ties = (together == extreme(together, 0)).sum(0) > 1
        return ties.unsqueeze(-1) if one_vector else ties

    return mask


def _is_at_bound(x: Tensor, low: Tensor, high: Tensor) -> Tensor:
    raised = torch.maximum(x, low)
    return (raised == high) | ((x == low) & (raised < high))


def _log_caveats(name: str) -> tuple[Caveat, ...]:
    return (
        Caveat(lambda x: x < 0, _NEGATIVE_LOG),
        Caveat(lambda x: x == 0, f"{name}(0) is −inf, and the slope is infinite"),
    )


def _infix(name: str, of: Callable[..., Any], latex: str, needs: tuple[int, ...], holds: int, **more: Any) -> Operation:
    """An operation whose sign stands between its two operands."""
    return Operation(name, of, 2, 2, "operator", latex, needs, holds, **more)


_OPERATORS = (
    _infix("+", operator.add, "{} + {}", (1, 1), 1, source="{} + {}", sympy=lambda _, a, b: a + b),
    _infix("-", operator.sub, "{} - {}", (1, 2), 1, source="{} - {}", sympy=lambda _, a, b: a - b),
    _infix("*", operator.mul, r"{} \cdot {}", (2, 4), 2, source="{} * {}", sympy=lambda _, a, b: a * b),
    _infix(
        "/",
        operator.truediv,
        r"\frac{{{}}}{{{}}}",
        (0, 0),
        8,
        source="{} / {}",
        sympy=lambda _, a, b: a / b,
        caveats=_DIVISION,
    ),
    _infix(
        "//",
        floor_divide,
        r"\left\lfloor \frac{{{}}}{{{}}} \right\rfloor",
        (0, 0),
        9,
        caveats=(
            *_DIVISION,
            Caveat(lambda a, b: (a / b).isfinite(), _FLAT, "flat"),
        ),
    ),
    _infix(
        "%",
        torch.remainder,
        r"{} \bmod {}",
        (4, 4),
        0,
        source="torch.remainder({}, {})",
        needs_tensors=True,
        caveats=_REMAINDER,
    ),
    _infix(
        "**",
        operator.pow,
        "{{{}}}^{{{}}}",
        (9, 0),
        5,
        source="{} ** {}",
        sympy=lambda _, a, b: a**b,
        caveats=(
            Caveat(
                lambda a, b: (a < 0) & (b.frac() != 0),
                "a negative number to a power that isn't whole is no real number, so torch gives nan",
            ),
            Caveat(lambda a, b: (a == 0) & (b < 0), "0 to a negative power is infinite"),
            Caveat(
                lambda a, b: (a < 0) & (b.frac() == 0),
                "beside a whole power a negative number has none that is real, so torch gives nan as the power's slope",
            ),
            Caveat(lambda a, b: (a == 0) & (b > 0) & (b < 1), "the slope at 0 is infinite"),
        ),
    ),
    Operation("negate", operator.neg, 1, 1, "operator", "-{}", (4,), 3, "-{}", lambda _, a: -a),
    *(
        _infix(
            sign,
            of,
            f"{{}} {latex} {{}}",
            (1, 1),
            0,
            source=f"{{}} {sign} {{}}",
            sympy=sympy,
            kind="truth",
            caveats=(_SIDES,),
        )
        for sign, of, latex, sympy in (
            ("<", operator.lt, "<", "Lt"),
            ("<=", operator.le, r"\le", "Le"),
            (">", operator.gt, ">", "Gt"),
            (">=", operator.ge, r"\ge", "Ge"),
            ("==", operator.eq, "=", "Eq"),
            ("!=", operator.ne, r"\ne", "Ne"),
        )
    ),
    *(
        _infix(
            word,
            of,
            rf"{{}} \text{{{{ {word} }}}} {{}}",
            needs,
            holds,
            source=f"torch.logical_{word}({{}}, {{}})",
            sympy=word.capitalize(),
            kind="truth",
            arguments=("truth",),
        )
        for word, of, needs, holds in (("and", torch.logical_and, (0, 0), -1), ("or", torch.logical_or, (-1, -1), -2))
    ),
    Operation(
        "truth",
        torch.Tensor.double,
        group="operator",
        latex=r"\left[{}\right]",
        source="({}).double()",
        sympy=lambda s, a: s.Piecewise((1, a), (0, True)),
        arguments=("truth",),
        help="1 where a comparison holds, 0 elsewhere",
    ),
)

_FUNCTIONS = (
    Operation("exp", torch.exp, latex="e^{{{}}}", precedence=5, source="torch.exp({})", sympy=lambda s, a: s.exp(a)),
    Operation(
        "ln",
        torch.log,
        latex=r"\ln\left({}\right)",
        source="torch.log({})",
        sympy="log",
        aliases=("log",),
        caveats=_log_caveats("ln"),
        help="the natural logarithm",
    ),
    Operation(
        "log10",
        torch.log10,
        latex=r"\log_{{10}}\left({}\right)",
        source="torch.log10({})",
        sympy=lambda s, a: s.log(a) / s.log(10),
        aliases=("lg",),
        caveats=_log_caveats("log10"),
    ),
    Operation(
        "log2",
        torch.log2,
        latex=r"\log_{{2}}\left({}\right)",
        source="torch.log2({})",
        sympy=lambda s, a: s.log(a) / s.log(2),
        caveats=_log_caveats("log2"),
    ),
    Operation(
        "sqrt",
        torch.sqrt,
        latex=r"\sqrt{{{}}}",
        source="torch.sqrt({})",
        sympy="sqrt",
        aliases=("√",),
        caveats=(
            Caveat(lambda x: x < 0, "the square root of a negative number is no real number, so torch gives nan"),
            Caveat(lambda x: x == 0, "the slope of the square root at 0 is infinite"),
        ),
    ),
    Operation(
        "cbrt",
        cbrt,
        latex=r"\sqrt[3]{{{}}}",
        sympy=lambda s, a: s.sign(a) * s.Abs(a) ** s.Rational(1, 3),
        aliases=("∛",),
        caveats=(Caveat(lambda x: x == 0, "the slope of the cube root at 0 is infinite, and torch gives nan"),),
        help="the cube root",
        sympy_copies=2,
    ),
    Operation(
        "abs",
        torch.abs,
        latex=r"\left|{}\right|",
        source="torch.abs({})",
        sympy="Abs",
        aliases=("fabs",),
        caveats=(
            Caveat(
                lambda x: x == 0, "a kink, with slope -1 at its left and 1 at its right; torch takes 0 there", "kink"
            ),
        ),
        help="the absolute value, also |x|",
    ),
    Operation(
        "sign",
        torch.sign,
        latex=r"\operatorname{{sign}}\left({}\right)",
        source="torch.sign({})",
        sympy="sign",
        aliases=("sgn",),
        caveats=(Caveat(lambda x: x == 0, "a jump from -1 to 1; torch takes 0 as its slope", "kink"),),
    ),
    *(
        Operation(
            name,
            of,
            group="rounding",
            latex=latex,
            source=f"torch.{name}({{}})",
            caveats=(Caveat(jumps, _JUMP, "kink"), Caveat(torch.isfinite, _FLAT, "flat")),
        )
        for name, of, latex, jumps in (
            ("floor", torch.floor, r"\left\lfloor {} \right\rfloor", lambda x: x.frac() == 0),
            ("ceil", torch.ceil, r"\left\lceil {} \right\rceil", lambda x: x.frac() == 0),
            ("round", torch.round, r"\operatorname{{round}}\left({}\right)", lambda x: x.frac().abs() == 0.5),
        )
    ),
    *(
        Operation(
            name,
            getattr(torch, name),
            group="trigonometric",
            latex=rf"\{name}\left({{}}\right)",
            source=f"torch.{name}({{}})",
            sympy=name,
        )
        for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
    ),
    Operation(
        "sec",
        lambda x: 1 / torch.cos(x),
        group="trigonometric",
        latex=r"\sec\left({}\right)",
        source="(1 / torch.cos({}))",
        sympy="sec",
    ),
    Operation(
        "csc",
        lambda x: 1 / torch.sin(x),
        group="trigonometric",
        latex=r"\csc\left({}\right)",
        source="(1 / torch.sin({}))",
        sympy="csc",
        caveats=(Caveat(lambda x: x == 0, _INFINITE),),
        aliases=("cosec",),
    ),
    *(
        Operation(
            name,
            of,
            group="trigonometric",
            latex=rf"\operatorname{{{{{name}}}}}\left({{}}\right)",
            source=f"(1 / torch.{inverse}({{}}))",
            sympy=name,
            caveats=caveats,
        )
        for name, of, inverse, caveats in (
            ("sech", lambda x: 1 / torch.cosh(x), "cosh", ()),
            ("csch", lambda x: 1 / torch.sinh(x), "sinh", (Caveat(lambda x: x == 0, _INFINITE),)),
            ("coth", lambda x: 1 / torch.tanh(x), "tanh", (Caveat(lambda x: x == 0, _INFINITE),)),
        )
    ),
    Operation(
        "cot",
        lambda x: 1 / torch.tan(x),
        group="trigonometric",
        latex=r"\cot\left({}\right)",
        source="(1 / torch.tan({}))",
        sympy="cot",
        aliases=("cotan", "ctg"),
        caveats=(Caveat(lambda x: x == 0, _INFINITE),),
    ),
    *(
        Operation(
            name,
            getattr(torch, name),
            group="trigonometric",
            latex=rf"{latex}\left({{}}\right)",
            source=f"torch.{name}({{}})",
            sympy=name,
            aliases=aliases,
            caveats=caveats,
        )
        for name, latex, aliases, caveats in (
            (
                "asin",
                r"\arcsin",
                ("arcsin",),
                (Caveat(lambda x: x.abs() > 1, _OUTSIDE), Caveat(lambda x: x.abs() == 1, "the slope is infinite")),
            ),
            (
                "acos",
                r"\arccos",
                ("arccos",),
                (Caveat(lambda x: x.abs() > 1, _OUTSIDE), Caveat(lambda x: x.abs() == 1, "the slope is infinite")),
            ),
            ("atan", r"\arctan", ("arctan", "arctg"), ()),
            ("asinh", r"\operatorname{{arsinh}}", ("arsinh", "arcsinh"), ()),
            (
                "acosh",
                r"\operatorname{{arcosh}}",
                ("arcosh", "arccosh"),
                (
                    Caveat(lambda x: x < 1, "it is defined from 1 on only, so torch gives nan"),
                    Caveat(lambda x: x == 1, "the slope is infinite"),
                ),
            ),
            (
                "atanh",
                r"\operatorname{{artanh}}",
                ("artanh", "arctanh"),
                (Caveat(lambda x: x.abs() > 1, _OUTSIDE), Caveat(lambda x: x.abs() == 1, _INFINITE)),
            ),
        )
    ),
    Operation(
        "atan2",
        torch.atan2,
        2,
        2,
        "trigonometric",
        r"\operatorname{{atan2}}\left({all}\right)",
        source="torch.atan2({}, {})",
        sympy="atan2",
        aliases=("arctan2",),
        caveats=(
            Caveat(
                lambda a, b: (a == 0) & (b == 0), "the point (0, 0) has no angle; torch takes 0 as its slope", "kink"
            ),
            Caveat(lambda a, b: (a == 0) & (b < 0), "the angle jumps by 2π; torch takes the slope beside it", "kink"),
        ),
        usage="atan2(y, x)",
        help="the angle of the point (x, y)",
    ),
    Operation(
        "hypot",
        torch.hypot,
        2,
        2,
        "elementary",
        r"\operatorname{{hypot}}\left({all}\right)",
        source="torch.hypot({}, {})",
        sympy=lambda s, a, b: s.sqrt(a**2 + b**2),
        caveats=(
            Caveat(
                lambda a, b: (a == 0) & (b == 0), "a kink: the length of (0, 0) has no gradient, and torch gives nan"
            ),
        ),
        usage="hypot(x, y)",
        help="the length of (x, y)",
    ),
    Operation(
        "sigmoid",
        torch.sigmoid,
        group="networks",
        latex=r"\sigma\left({}\right)",
        source="torch.sigmoid({})",
        sympy=lambda s, a: 1 / (1 + s.exp(-a)),
        aliases=("logistic", "expit"),
        help="1 / (1 + exp(-x))",
    ),
    Operation(
        "softplus",
        softplus,
        group="networks",
        latex=r"\operatorname{{softplus}}\left({}\right)",
        sympy=lambda s, a: s.log(1 + s.exp(a)),
        help="ln(1 + exp(x))",
    ),
    Operation(
        "relu",
        torch.relu,
        group="networks",
        latex=r"\operatorname{{relu}}\left({}\right)",
        source="torch.relu({})",
        sympy=lambda s, a: s.Piecewise((a, a > 0), (0, True)),
        caveats=(
            Caveat(
                lambda x: x == 0, "a kink, with slope 0 at its left and 1 at its right; torch takes 0 there", "kink"
            ),
        ),
        help="max(x, 0)",
        sympy_copies=2,
    ),
    Operation(
        "leaky_relu",
        leaky_relu,
        1,
        2,
        "networks",
        r"\operatorname{{leakyrelu}}\left({all}\right)",
        sympy=lambda s, a, b=0.01: s.Piecewise((a, a > 0), (b * a, True)),
        caveats=(Caveat(lambda x, slope=0.01: (x == 0) & (slope != 1), _LEFT, "kink"),),
        usage="leaky_relu(x, 0.01)",
        help="x, or 0.01x below 0",
        sympy_copies=3,
    ),
    Operation(
        "elu",
        elu,
        1,
        2,
        "networks",
        r"\operatorname{{elu}}\left({all}\right)",
        sympy=lambda s, a, b=1: s.Piecewise((a, a > 0), (b * (s.exp(a) - 1), True)),
        caveats=(Caveat(lambda x, alpha=1.0: (x == 0) & (alpha != 1), _LEFT, "kink"),),
        usage="elu(x, 1)",
        help="x, or 1·(exp(x) - 1) below 0",
        sympy_copies=3,
    ),
    Operation(
        "gelu",
        functional.gelu,
        group="networks",
        latex=r"\operatorname{{gelu}}\left({}\right)",
        source="torch.nn.functional.gelu({})",
        sympy=lambda s, a: a * (1 + s.erf(a / s.sqrt(2))) / 2,
        sympy_copies=2,
    ),
    Operation(
        "silu",
        functional.silu,
        group="networks",
        latex=r"\operatorname{{silu}}\left({}\right)",
        source="torch.nn.functional.silu({})",
        sympy=lambda s, a: a / (1 + s.exp(-a)),
        aliases=("swish",),
        help="x·sigmoid(x)",
        sympy_copies=2,
    ),
    Operation(
        "erf",
        torch.erf,
        group="elementary",
        latex=r"\operatorname{{erf}}\left({}\right)",
        source="torch.erf({})",
        sympy="erf",
    ),
    Operation(
        "erfc",
        torch.erfc,
        latex=r"\operatorname{{erfc}}\left({}\right)",
        source="torch.erfc({})",
        sympy="erfc",
        help="1 - erf(x)",
    ),
    Operation(
        "expm1",
        torch.expm1,
        latex=r"\operatorname{{expm1}}\left({}\right)",
        source="torch.expm1({})",
        sympy=lambda s, a: s.exp(a) - 1,
        help="exp(x) - 1",
    ),
    Operation(
        "log1p",
        torch.log1p,
        latex=r"\operatorname{{log1p}}\left({}\right)",
        source="torch.log1p({})",
        sympy=lambda s, a: s.log(1 + a),
        caveats=(
            Caveat(lambda x: x < -1, _NEGATIVE_LOG),
            Caveat(lambda x: x == -1, "log1p(−1) is −inf, and the slope is infinite"),
        ),
        help="ln(1 + x)",
    ),
    Operation(
        "max",
        largest,
        1,
        None,
        "choice",
        r"\max\left({all}\right)",
        sympy=lambda s, *a: _extreme_to_sympy(s, a, lambda one, other: one > other),
        caveats=(Caveat(_ties(torch.amax), _SHARED, "kink"),),
        usage="max(x, y, 1)",
        help="the largest of several, or of a vector's components",
        sympy_copies=None,
        reduces_single=True,
    ),
    Operation(
        "min",
        smallest,
        1,
        None,
        "choice",
        r"\min\left({all}\right)",
        sympy=lambda s, *a: _extreme_to_sympy(s, a, lambda one, other: one < other),
        caveats=(Caveat(_ties(torch.amin), _SHARED, "kink"),),
        usage="min(x, y, 1)",
        help="the smallest of several, or of a vector's components",
        sympy_copies=None,
        reduces_single=True,
    ),
    Operation(
        "clamp",
        clamp,
        3,
        3,
        "choice",
        r"\operatorname{{clamp}}\left({all}\right)",
        source="torch.clamp({}, {}, {})",
        sympy=lambda s, a, b, c: s.Piecewise((b, a < b), (c, a > c), (a, True)),
        aliases=("clip",),
        usage="clamp(x, -1, 1)",
        help="x kept from -1 to 1",
        caveats=(Caveat(_is_at_bound, "a kink at the bound, where torch takes the slope of the value inside", "kink"),),
        sympy_copies=3,
    ),
    Operation(
        "where",
        torch.where,
        3,
        3,
        "choice",
        r"\begin{{cases}} {1} & {0} \\ {2} & \text{{otherwise}} \end{{cases}}",
        (-2, 0, 0),
        source="torch.where({}, {}, {})",
        sympy=lambda s, c, a, b: s.Piecewise((a, c), (b, True)),
        arguments=("truth", "number"),
        aliases=("if",),
        usage="where(x > 0, a, b)",
        help="a where the condition holds, else b",
    ),
    Operation(
        "piecewise",
        piecewise,
        3,
        None,
        "choice",
        r"\operatorname{{piecewise}}\left({all}\right)",
        (-2,),
        sympy=lambda s, *a: s.Piecewise(*zip(a[1:-1:2], a[:-1:2], strict=True), (a[-1], True)),
        arguments=("truth", "number"),
        usage="piecewise(x < 0, a, x < 1, b, c)",
        help="the value of the first condition that holds, else the last",
    ),
    Operation(
        "mod",
        torch.remainder,
        2,
        2,
        "rounding",
        r"{} \bmod {}",
        (4, 4),
        0,
        source="torch.remainder({}, {})",
        caveats=_REMAINDER,
        usage="mod(x, y)",
        help="the remainder, also x % y",
    ),
    Operation(
        "sum",
        vector_sum,
        group="vectors",
        latex=r"\textstyle\sum\left({}\right)",
        reduces=True,
        sympy="Add",
    ),
    Operation(
        "mean",
        vector_mean,
        group="vectors",
        latex=r"\operatorname{{mean}}\left({}\right)",
        reduces=True,
        sympy=lambda s, *a: s.Add(*a) / len(a),
    ),
    Operation(
        "prod",
        vector_prod,
        group="vectors",
        latex=r"\textstyle\prod\left({}\right)",
        reduces=True,
        sympy="Mul",
    ),
    Operation(
        "norm",
        vector_norm,
        group="vectors",
        latex=r"\left\lVert {} \right\rVert",
        reduces=True,
        sympy=lambda s, *a: s.sqrt(s.Add(*[one**2 for one in a])),
        caveats=(Caveat(lambda x: (x == 0).all(-1, keepdim=True), "a kink; torch takes 0 as its slope", "kink"),),
        help="the Euclidean length",
    ),
    Operation(
        "dot",
        vector_dot,
        2,
        2,
        "vectors",
        r"\operatorname{{dot}}\left({all}\right)",
        reduces=True,
        usage="dot(x, y)",
        help="the sum of the products",
    ),
)

PRECEDENCE: Mapping[str, int] = MappingProxyType(
    {
        "or": 1,
        "and": 2,
        **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 4),
        "+": 5,
        "-": 5,
        "*": 6,
        "/": 6,
        "//": 6,
        "%": 6,
        "negate": 7,
        "**": 8,
    }
)
"""How tightly operators bind in texts, as in Python: a sign between product and power, so that -x**2 is -(x**2)."""

OPERATIONS: Mapping[str, Operation] = MappingProxyType({one.name: one for one in (*_OPERATORS, *_FUNCTIONS)})
"""Every operation by the name that tapes use."""

FUNCTIONS: Mapping[str, Operation] = MappingProxyType(
    {name: one for one in _FUNCTIONS for name in (one.name, *one.aliases)}
)
"""Every function by each name that a text may use."""

CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e, "tau": math.tau})
"""The constants; π and τ are pi and tau."""

GREEK_LETTERS: Mapping[str, str] = MappingProxyType(
    dict(
        zip(
            "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda".split()
            + "mu nu xi rho sigma phi chi psi omega".split(),
            "αβγδεζηθικλμνξρσφχψω",
            strict=True,
        )
    )
)
"""The Greek letters that may be variables, by name; π and τ are constants, and omicron looks like an o."""

VECTOR = Operation("vector", vector, 1, None, "operator", r"\left[{all}\right]")
"""Components in square brackets; not a function that a text can call."""
