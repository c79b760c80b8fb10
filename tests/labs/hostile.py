"""What somebody sends who wants to break a lab: texts, links, entries of the player, tables."""

from typing import Any

from hypothesis import strategies as st

from playground.labs import LABS

NESTED = [f"{'(' * 40}x{')' * 40}", "(" * 5_000, "sin(" * 48 + "x" + ")" * 48, "[" * 2_000, "x[" * 300, "-" * 900 + "x"]
POWERS = [
    "9**9**9",
    "x**9**9**9",
    "x^" * 300 + "2",
    "(x^99)^99",
    "2^x^x^x^x^x",
    "1e999999999",
    "1e-999999999",
    "x*1e308*1e308",
    "(((x^9)^9)^9)^9 + y^(-9)^9",
    "exp(exp(exp(exp(x))))",
    "x^1e308 + y",
    "gamma(x)^x",
    "1/0",
    "0/0 + x",
    "(-1)^x",
]
LONG = [
    "x" * 5_000,
    "x*" * 5_000,
    "9" * 100_000,
    "1," * 50_000,
    "a" * 100_000,
    "+".join(["x"] * 300),
    " + ".join(f"sin({k}x)*exp(cos({k}y))" for k in range(30)),
    "*".join(f"(x - {k})" for k in range(60)),
    "+".join(f"x_{k}^2" for k in range(99)),
    "max(" + ",".join(["x"] * 200) + ")",
]
ODD = [
    *(
        "",
        " ",
        "\0",
        "x\0y",
        "\ud800",
        "\u202ex + y\u202c",
        "\u2066x\u2069",
        "x\u0301\u0301",
        "\ufeffx^2",
        "٣x + ٤",
        "１e３",
    ),
    *(
        "𝑥² + 𝟐",
        "x²³⁴",
        "½x",
        "∞",
        "−∞",
        "nan",
        "NaN",
        "inf*x",
        "-0",
        "0x10",
        "1_000",
        "True",
        "None",
        "{}",
        "[]",
        "[[]]",
    ),
    *("__import__('os').system('id')", "x.__class__", "lambda: 0", "<script>alert(1)</script>", "${x}", "%s%n", "';--"),
    *(
        "!" * 99,
        "&&",
        "x;y",
        "x=1",
        "\n\n\n",
        "\t",
        "../../etc/passwd",
        "data:text/html,x",
        "\\frac{" * 50,
        "=cmd|' /C calc'",
    ),
]
LISTS = [
    *(
        "1,2;" * 900,
        "0,0;" * 20_000 + "1,1",
        "1,2,h;" * 300,
        "1e120,-1e120;0,0",
        "nan,1;1,nan",
        ";;;;",
        ",,,,",
        "1;2;3,4;5",
    ),
    *(
        "SGD,lr=1e308",
        "LBFGS,max_iter=1000,lr=1e-9",
        "Adam," * 1_000,
        "Newton,start=" + "1;" * 500,
        "SGD,lr=0x1",
        "SGD,lr",
    ),
    *(
        "8,8,8",
        "8" * 500,
        "8,8,8,8,8,8",
        "-1",
        "0;0;0;0",
        "-1e300;1e300;-1e300;1e300",
        "0;1e-320;0;1",
        "2147483648",
        "1e400",
    ),
    *("x^2;0;1;1e9;0;0;0;0", "x;0;1;100000;0;0;0;0", "sin(x);-1e300;1e300;200;1e300;0;0;7", "LevenbergMarquardt,lr=9"),
    *("circles,n=10000,noise=10", "spirals,n=1e9", "moons;9999;9;9", "10000", "18000", "9999"),
]
HOSTILE = [*NESTED, *POWERS, *LONG, *ODD, *LISTS]

texts = st.sampled_from(HOSTILE) | st.builds(str.__add__, st.sampled_from(HOSTILE), st.sampled_from(HOSTILE))


def link_names(lab: str) -> list[str]:
    """What a link of the lab may say, and more."""
    fields = [one.name for one in LABS[lab].fields(LABS[lab].default)]
    more = "data made points points_left_out region frame data_frame vector preset set example plane plane_x plane_seed"
    return [
        *dict.fromkeys([*fields, *more.split(), *(f"runner_{k}" for k in range(9)), *(f"start_{n}" for n in "xyab")])
    ]


def links(lab: str) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(link_names(lab)), texts, max_size=6)


numbers = st.sampled_from(
    [0, -1, 1, True, None, "1", 1.5, 1e308, -1e308, 1e-320, float("nan"), float("inf"), 10**400, 2**63]
)
PANELS = (
    "contours",
    "curve",
    "surface",
    "data",
    "network",
    "standings",
    "loss",
    "picture",
    "graph",
    "loop",
    "",
    "x" * 999,
)
KINDS = "pick nudge add move delete choose scale see more look undo redo recall step".split()

entries = st.fixed_dictionaries(
    {"kind": st.sampled_from([*KINDS, "", "eval", None, 7])},
    optional={
        "panel": st.sampled_from(PANELS) | st.none(),
        **{name: numbers | st.floats(-3, 3) | st.integers(-1, 1) for name in ("x", "y")},
        **{name: numbers | st.integers(0, 20) for name in ("row", "step", "steps", "by")},
        "moving": st.booleans() | st.none(),
        "text": texts,
        "field": st.sampled_from(["fit-lr", "descent-steps", "", "x" * 999]),
    },
)
"""Entries of the outbox without their numbers."""

TABLES: list[Any] = [
    ",".join(["1"] * 100_000),
    "\n".join(["1,2"] * 100_000),
    "," * 999_999,
    "\n" * 999_999,
    '"' * 999_999,
    "x,y\n" + '"1\n' * 50_000,
    ";".join(["x"] * 5_000) + "\n1;2",
    "x," + "y" * 900_000 + "\n1,2",
    "x,y\n1e999,2\n-1e999,3",
    "x,y\n٣,٤\n٥,٦",
    "x,y\n\u202e1,2\u202c\n3,4",
    "\0\0\0",
    "x,y\n1,2\0\n3,4",
    b"\xff\xfe\x00x",
    b"PK\x03\x04" + b"\0" * 1000,
    b"\x80" * 999,
    "[" * 100_000,
    "[[1,2]," * 50_000,
    '{"a":' * 20_000,
    "x = [" + "1," * 90_000 + "]\ny = [" + "2," * 90_000 + "]",
    "x,y,class\n" + "".join(f"{k},{k % 7},{'c' * (k % 50)}{k}\n" for k in range(5_000)),
    "=cmd|' /C calc'!A0,1\n@SUM(1),2",
    "x,y\n" + "".join(f"{k % 3},{k % 5}\n" for k in range(90_000)),
    "1 2\n3 4\n5 nan\n7 inf",
    "x,y\n" + "9" * 5_000 + ",1\n2,3",
    *HOSTILE,
]
