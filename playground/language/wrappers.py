"""What stands around a formula where it was written: ``x => …``, ``def f(x): return …``, ``y ~ …``, ``$…$``."""

import re
from typing import NamedTuple

_NAME = r"[^\W\d_]\w*"
_INSIDE = r"\([\w\s,:.=]*\)"
_ARGUMENTS = rf"(?:{_NAME}|\([\w\s,]*\))"
_FUNCTION_FOLLOWS = rf"(?=@\s*\(|lambda\b|function\b|\\\(|{_ARGUMENTS}\s*(?:=>|->))"
_FITTER = (
    rf"(?:{_NAME}(?:\s*,\s*{_NAME})?\s*(?:<-|=)\s*)?(?:\w+(?:::|\.))*"
    rf"(?P<fitter>\w*nls\w*|curve_fit)\s*\(\s*(?:formula\s*=\s*|f\s*=\s*)?(?={_NAME}\s*~|lambda\b)"
)
"""A call of R or scipy that fits a formula: nls(y ~ …, start = …), curve_fit(lambda x, a: …, …)."""

_TYPES = r"(?:(?:static|inline|const|float|double|function|func|fn)\s+)"

_BEFORE = tuple(
    re.compile(rf"\s*(?:{pattern})")
    for pattern in (
        rf"(?:(?:const|let|var|auto)\s+)?{_NAME}\s*(?:=|<-)\s*{_FUNCTION_FOLLOWS}",  # f = @(x) …, f <- function(x) …
        rf"lambda\s+{_NAME}[\w\s,]*:(?!=)",
        rf"def\s+\w+\s*{_INSIDE}\s*(?:->\s*[\w.]+\s*)?:\s*return\b",
        r"@\s*\([\w\s,]*\)",
        _FITTER,
        rf"(?:{_NAME}\s*:\s*)?{_ARGUMENTS}\s*(?:=>|\|?->|↦)",
        rf"{_NAME}\s*\[\s*{_NAME}_(?:\s*,\s*{_NAME}_)*\s*\]\s*:?=(?!=)",
        rf"{_NAME}\s*\([\w\s,]*\)\s*:=",
        rf"{_NAME}\s*(?:\([\w\s,]*\))?\s*~",
        r"=(?![=>])",
        rf"(?:{_TYPES}+(?:{_NAME}\s*)?|function\s*|\\)\([\w\s,]*\)(?:\s*\{{)?",
        r"return\b",
    )
)
"""What may stand before a formula, one after the other."""

_LISTED = re.compile(rf"lambda\s+([^:]*):|[(\[]([^()\[\]]*)[)\]]|({_NAME})\s*(?:=>|\|?->|↦)")
"""A function's arguments, in one of what may stand before its formula."""

_AFTER = re.compile(r"[\s;]*(?:\}[\s;]*)?$")
_DOLLARS = re.compile(
    r"\s*(?:\$([^$]*[^$\s][^$]*)\$|\\\(((?:(?!\\\)).)*)\\\)|\\\[((?:(?!\\\]).)*)\\\])[\s.]*$", re.DOTALL
)

MOST = 4
"""At most so many things are passed over, one after the other."""


class Unwrapped(NamedTuple):
    """A text whose wrappers are blank, so that columns stay.

    Attributes:
        text: as long as what was typed; is_latex: whether it stood between dollars; is_wolfram: after ``f[x_] :=``.
        is_matlab: after ``@(x)``.
        arguments: the names that stood before the formula as the function's.
        fitter: the function whose argument it was, such as R's nls.
    """

    text: str
    is_latex: bool = False
    is_wolfram: bool = False
    is_matlab: bool = False
    arguments: tuple[str, ...] = ()
    fitter: str = ""


def unwrap(text: str) -> Unwrapped:
    """``text`` with what stands around its formula blanked out."""
    dollars = _DOLLARS.match(text)
    if dollars:
        start, end = dollars.span(dollars.lastindex or 0)
        text = _blank(text, start, end)
    wolfram = matlab = False
    fitter = ""
    arguments: list[str] = []
    start = 0
    for _ in range(MOST):
        found = next((one for pattern in _BEFORE if (one := pattern.match(text, start))), None)
        if found is None:
            break
        wolfram = wolfram or ("_" in found[0] and "[" in found[0])
        matlab = matlab or found[0].lstrip().startswith("@")
        fitter = fitter or found.groupdict().get("fitter") or ""
        start = found.end()
        arguments += _find_arguments(found[0])
    if "~" in text[:start]:  # R's I() keeps a term as it stands
        text = text[:start] + re.sub(r"\bI(?=\()", " ", text[start:])
    if fitter:
        text = _blank(text, start, _end_of_argument(text, start))
    elif start or text.rstrip().endswith(";"):
        closes = "{" in text[:start]
        tail = _AFTER.search(text, start) if closes else re.compile(r"[\s;]*$").search(text, start)
        text = _blank(text, start, tail.start() if tail else len(text))
    return Unwrapped(text, bool(dollars), wolfram, matlab, tuple(arguments), fitter)


def _find_arguments(before: str) -> list[str]:
    """The names that ``def f(x, rate=1):``, ``lambda x, rate:`` or ``(double x, double rate) =>`` list."""
    listed = _LISTED.search(before)
    inside = next(filter(None, listed.groups()), "") if listed else ""
    parts = [re.split("[:=]", one)[0].split() for one in inside.split(",")]
    return [one[-1].rstrip("_") for one in parts if one]


def _end_of_argument(text: str, start: int) -> int:
    """Where the argument of a call that begins at ``start`` ends."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth < 0 or (depth == 0 and text[at] == ","):
            return at
    return len(text)


def _blank(text: str, start: int, end: int) -> str:
    return " " * start + text[start:end] + " " * (len(text) - end)
