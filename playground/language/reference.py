"""The language of expressions on a page, written from its records: for the README, the pages' help, and notebooks."""

from playground.language.operations import CONSTANTS, FUNCTIONS, GREEK_LETTERS, OPERATIONS, Operation
from playground.language.parser import MAX_DEPTH
from playground.language.ranges import MAX_COMPONENTS
from playground.language.tape import MAX_NODES
from playground.language.understand import MAX_LENGTH

TOPICS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("Powers", ("x^2", "x**2", "x²", "e^-x"), "2^3^2 is 2^9, and -x^2 is -(x^2)."),
    ("Products", ("2x", "3(x+1)", "x y", "xy", "2·x", "2 × x"), "As tight as *: 1/2x is half of x."),
    ("Quotients", ("x/y", "x ÷ y", "x // y", "x % y"), "// rounds down, and % is the remainder."),
    ("Functions", ("sin(x)", "sin x", "sin 2x", "sin²x", "sin^-1(x)", "√x", "|x|"), "sin^-1 is the inverse function."),
    (
        "Comparisons",
        ("where(x > 0, x, 0)", "(x > 0)*x", "(0 < x < 1 or x == 2)*x", "(x != 1 and x <= 2)*x"),
        "A comparison counts 1 where it holds and 0 elsewhere.",
    ),
    (
        "Vectors",
        ("sum(x**2)", "x[0] + x[1]", "dot(x, [1, 0, 2])", "sum((x[i+1] - x[i]^2)^2 for i in range(3))"),
        f"Components are counted from 0, as in Python; there are at most {MAX_COMPONENTS}.",
    ),
    ("Brackets", ("(x+1)(x-1)", "exp[-b*x]"), "Square ones around one value are parentheses."),
    (
        "Variables",
        ("x", "b1", "θ", "alpha", "w_1", "Ea"),
        f"Letters, Greek ones by name too ({', '.join(GREEK_LETTERS)}), and symbols of a capital letter with small "
        "ones, unless one of them is x, y, z or t: Ax is A*x.",
    ),
    ("Numbers", ("2", ".5", "1e-3"), "With a point, not a comma."),
    ("An equation's left side", ("y = 2x", "f(x) = 2x", "f(x, rate) = rate*x"), "Names that it lists are names."),
    (
        "Other notations",
        (
            "np.maximum(0, x)",
            "(x**2).sum()",
            "x => x*x",
            "lambda x: x*x",
            "x.^2",
            "y ~ a*x",
            "=2*x^2",
            r"\frac{1}{2}x^2",
        ),
        "What Python, numpy, torch, C, JavaScript, Matlab, Julia, R, Wolfram, LaTeX and spreadsheets write is read "
        "where it can mean one thing only.",
    ),
    (
        "Tau and e",
        ("A exp(-t/tau)", "a x^4 + b x^3 + c x^2 + d x + e"),
        "τ is a variable where something is divided by it or in exp, and e is one beside a, b, c and d.",
    ),
)
"""What there is, examples of it, and a word on it."""


def write_reference() -> str:
    """The whole language in Markdown."""
    topics = [f"- **{topic}** {_join_examples(examples)}. {remark}" for topic, examples, remark in TOPICS]
    constants = ", ".join([*(f"`{name}`" for name in CONSTANTS), "`π`", "`τ`"])
    groups = dict.fromkeys(one.group for one in OPERATIONS.values() if one.group != "operator")
    functions = [
        f"- **{group.capitalize()}:** "
        + ", ".join(_write_entry(one) for one in OPERATIONS.values() if one.group == group)
        + "."
        for group in groups
    ]
    limits = f"At most {MAX_LENGTH:,} characters, {MAX_NODES} operations and {MAX_DEPTH} levels of nesting are read."
    return "\n".join([*topics, f"- **Constants** {constants}.", *functions, "", limits])


def _write_entry(record: Operation) -> str:
    names = [name for name, one in FUNCTIONS.items() if one is record]
    said = " or ".join(f"`{record.usage if record.usage and name == record.name else name}`" for name in names)
    return said + (f" ({record.help})" if record.help else "")


def _join_examples(examples: tuple[str, ...]) -> str:
    return ", ".join(f"`{example}`" for example in examples)
