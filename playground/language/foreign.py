"""What other tools call what the language has: numpy, math, torch, TensorFlow, C, JavaScript, R, spreadsheets."""

from collections.abc import Mapping

from playground.language.operations import FUNCTIONS

MODULES = frozenset(
    "np numpy math cmath Math torch tf jnp jax sp sympy scipy special nn functional F keras activations linalg std "
    "K autograd Base WorksheetFunction".split()
)
"""What stands before a point and says whose function it is."""

_SAME = {
    **dict.fromkeys(("maximum", "fmax", "amax", "pmax", "reduce_max"), "max"),
    **dict.fromkeys(("minimum", "fmin", "amin", "pmin", "reduce_min"), "min"),
    **dict.fromkeys(("absolute",), "abs"),
    **dict.fromkeys(("reduce_sum", "nansum"), "sum"),
    **dict.fromkeys(("reduce_mean", "average"), "mean"),
    **dict.fromkeys(("reduce_prod", "product"), "prod"),
    **dict.fromkeys(("inner", "vdot"), "dot"),
    **dict.fromkeys(("ifelse", "cond"), "where"),
    **dict.fromkeys(("remainder", "floormod"), "mod"),
    **dict.fromkeys(("tg", "tang"), "tan"),
    **dict.fromkeys(("sen", "sinus"), "sin"),
    **dict.fromkeys(("sh",), "sinh"),
    **dict.fromkeys(("ch",), "cosh"),
    **dict.fromkeys(("th",), "tanh"),
    **dict.fromkeys(("clip_by_value", "clamped"), "clamp"),
    "ceiling": "ceil",
    "vector_norm": "norm",
    "arctan2": "atan2",
    "logarithm": "ln",
}

_C_FUNCTIONS = (
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log log10 log2 sqrt cbrt floor ceil round "
    "fabs erf erfc expm1 log1p atan2 hypot"
).split()

SAME: Mapping[str, str] = _SAME | {f"{name}f": name for name in _C_FUNCTIONS} | {"fmaxf": "max", "fminf": "min"}
"""Functions that have another name here."""

SAID = frozenset("fmax fmin tg sen sh ch th log clamp clip".split())
"""Those of them that could be meant otherwise, so that their reading is said."""

TEMPLATES: Mapping[tuple[str, int], str] = {
    **{(name, 2): "({0})**({1})" for name in ("pow", "powf", "power", "float_power")},
    ("square", 1): "({0})**2",
    ("reciprocal", 1): "1/({0})",
    ("rsqrt", 1): "1/sqrt({0})",
    ("exp2", 1): "2**({0})",
    ("exp2f", 1): "2**({0})",
    ("exp10", 1): "10**({0})",
    ("negative", 1): "-({0})",
    ("neg", 1): "-({0})",
    ("multiply", 2): "({0})*({1})",
    ("mul", 2): "({0})*({1})",
    ("add", 2): "({0}) + ({1})",
    ("subtract", 2): "({0}) - ({1})",
    ("sub", 2): "({0}) - ({1})",
    ("divide", 2): "({0})/({1})",
    ("div", 2): "({0})/({1})",
    ("sumsq", 1): "sum(({0})**2)",
    ("clamp", 2): "max({0}, {1})",
    ("clip", 2): "max({0}, {1})",
    ("log", 2): "ln({0})/ln({1})",
    **{(name, 1): "{0}" for name in ("array", "tensor", "constant", "asarray", "float", "double", "vec")},
}
"""Functions of so many arguments that are written otherwise here."""

KEYWORDS: Mapping[str, Mapping[tuple[str, ...], str]] = {
    "clamp": {
        ("min",): "max({0}, {min})",
        ("max",): "min({0}, {max})",
        ("min", "max"): "clamp({0}, {min}, {max})",
    },
    "leaky_relu": {("slope",): "leaky_relu({0}, {slope})"},
    "elu": {("alpha",): "elu({0}, {alpha})"},
}
"""Arguments by name, in the order in which their names come here."""

KEYWORD_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("min", "a_min", "clip_value_min", "min_value"), "min"),
    **dict.fromkeys(("max", "a_max", "clip_value_max", "max_value"), "max"),
    **dict.fromkeys(("negative_slope", "alpha", "slope"), "slope"),
}
"""What these arguments are called by other tools."""

METHODS_REFUSED: Mapping[str, str] = {
    "item": "a number is a number here already: leave out .item()",
    "detach": "the language takes every gradient: leave out .detach()",
    "backward": "type the function alone, its gradient is computed",
    "T": "write dot(u, v) for the product of vectors",
    "shape": "write the number itself",
}
"""Why there is none of these behind a point."""

REFUSED: Mapping[str, str] = {
    "gamma": "there is no gamma function, and a product with gamma needs its *",
    "Γ": "there is no gamma function, and a product with Γ needs its *",
    "zeta": "there is no zeta function, and a product with zeta needs its *",
    "lgamma": "there is no gamma function, and no logarithm of one",
    "factorial": "there is no factorial: write a product, such as prod(i for i in range(1, 6)) for 5!",
    "heaviside": "there is no step function by name: write where(x > 0, 1, 0)",
    "sinc": "there is no sinc: write sin(x)/x, or sin(pi*x)/(pi*x) for numpy's",
    "polyval": "write the polynomial out, such as a*x^2 + b*x + c",
    "matmul": "write dot(u, v) for the product of vectors",
}
"""Functions that the language doesn't have, and what to write instead."""

PRODUCTS = frozenset(("gamma", "Γ", "zeta"))
"""Those of them that are letters, too."""


def find_function(name: str) -> str:
    """What a function of another tool is called here, itself where it is the same; empty for none."""
    for one in (name, name.lower()):
        if one in FUNCTIONS:
            return one
        if one in SAME:
            return SAME[one]
    return ""


def is_known(name: str) -> bool:
    """Whether a call of it can be read or is refused with a reason."""
    low = name.lower()
    return bool(find_function(name)) or low in REFUSED or any(low == one for one, _ in TEMPLATES)
