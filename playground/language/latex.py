r"""Formulas in LaTeX as tokens of the language: ``\frac{1}{2}x^2``, ``\sum_{i=1}^{3} x_i``, ``\begin{cases}``."""

import re
from collections.abc import Sequence

from playground.errors import ExpressionError
from playground.language.choices import choose
from playground.language.lexer import Token
from playground.language.operations import FUNCTIONS, GREEK_LETTERS
from playground.language.splicing import fill, find_closing, split_at

_SIGNS = {
    **dict.fromkeys(("cdot", "times", "ast", "star", "bullet"), "*"),
    **dict.fromkeys(("le", "leq", "leqslant"), "<="),
    **dict.fromkeys(("ge", "geq", "geqslant"), ">="),
    **dict.fromkeys(("ne", "neq"), "!="),
    **dict.fromkeys(("vert", "lvert", "rvert", "mid"), "|"),
    **dict.fromkeys(("land", "wedge"), "and"),
    **dict.fromkeys(("lor", "vee"), "or"),
    **{"div": "/", "lt": "<", "gt": ">", "lbrack": "[", "rbrack": "]"},
}

_NOTHING = frozenset(
    "left right big Big bigl bigr Bigl Bigr quad qquad displaystyle textstyle limits nolimits thinspace , ; : !".split()
) | {" "}
"""Commands that change the looks alone."""

_UPRIGHT = frozenset("mathrm text operatorname mathbf mathit boldsymbol textrm mbox mathsf rm bm vec hat".split())
"""Commands whose braces hold a name."""

_VARIANTS = {one: one.removeprefix("var") for one in ("varepsilon", "vartheta", "varphi", "varrho", "varsigma")}
_NAMES = frozenset((*FUNCTIONS, *GREEK_LETTERS, "pi", "tau"))
_REPEATED = {"sum_": "sum", "prod_": "prod"}


def read_latex(tokens: list[Token]) -> list[Token]:
    """Tokens without commands and braces.

    Raises:
        ExpressionError: for a command that has no place in the language.
    """
    done = list(tokens)
    for i in range(len(done) - 1, -1, -1):
        # From the right, so that what stands in braces is read before the command that they belong to.
        if done[i].text == "\\":
            if i == 0 or done[i - 1].text != "\\":
                _read_command(done, i)
        elif done[i].kind == "name" and done[i].text.endswith("_") and done[i + 1].text == "{":
            _read_index(done, i)
    for i in range(len(done) - 5, -1, -1):
        if done[i].text in FUNCTIONS and [done[i + k].text for k in (1, 2, 4)] == ["**", "{", "}"]:
            done[i + 2 : i + 5] = [done[i + 3]]  # sin^{2}(x)
    return [_plain(token) for token in done]


def _plain(token: Token) -> Token:
    bracket = {"{": "(", "}": ")"}.get(token.text)
    return Token("sign", bracket, token.column, bracket) if bracket else token


def _read_command(tokens: list[Token], i: int) -> None:
    """Put what the command at ``i`` means in its place, and in that of its arguments."""
    name, end = tokens[i + 1], i + 2
    if name.text == "\\":
        tokens[i : i + 2] = [Token("other", "\\\\", tokens[i].column, "\\\\")]
        return
    word = name.text if name.text in _NAMES or name.kind != "name" else _WORD.match(name.text)[0]  # type: ignore[index]
    rest = name.text[len(word) :]
    if name.kind == "name" and rest.isdecimal():  # \frac12
        digits = [Token("number", one, name.column + len(word) + k, one) for k, one in enumerate(rest)]
        tokens[i + 2 : i + 2] = digits
    if word in ("frac", "dfrac", "tfrac", "cfrac"):
        above, end = _argument(tokens, end)
        below, end = _argument(tokens, end)
        made = fill("(({0})/({1}))", {"0": above, "1": below}, name.column)
    elif word == "sqrt":
        made, end = _read_root(tokens, end, name.column)
    elif word in _UPRIGHT:
        made, end = _argument(tokens, end)
    elif word == "begin":
        made, end = _read_cases(tokens, i)
    elif word in ("lfloor", "lceil"):
        made = fill("floor(" if word == "lfloor" else "ceil(", {}, name.column)
    elif word in ("rfloor", "rceil"):
        made = fill(")", {}, name.column)
    else:
        made = _read_word(name, word, rest)
    tokens[i:end] = made


_WORD = re.compile(r"[^\W\d_]+")
_LOGARITHMS = {"log_10": "log10", "log_2": "log2", "log_e": "ln"}


def _read_word(name: Token, word: str, rest: str) -> list[Token]:
    """A command without arguments."""
    if word in _NOTHING:
        return []
    if word in _SIGNS:
        return fill(_SIGNS[word], {}, name.column)
    if name.text in ("{", "}"):
        return fill("(" if name.text == "{" else ")", {}, name.column)
    known = _VARIANTS.get(word, word)
    if f"{word}_" in _REPEATED or known in _NAMES:
        underscore = rest if rest.startswith("_") or rest.isdecimal() is False else ""
        plain = _LOGARITHMS.get(known + underscore, known + underscore)
        return [Token("name", plain, name.column, plain)]
    if word == "end":
        return [Token("other", "\\end", name.column, "\\end")]
    raise ExpressionError(
        f"'\\{name.typed}' can't be used here: write numbers, names and functions alone", column=name.column
    )


def _argument(tokens: Sequence[Token], at: int) -> tuple[list[Token], int]:
    """What stands in the braces at ``at``, or the one token there; and where the text goes on."""
    if tokens[at].text != "{":
        return [tokens[at]] if tokens[at].kind != "end" else [], at + (tokens[at].kind != "end")
    closing = find_closing(tokens, at)
    if closing is None:
        raise ExpressionError("this { is never closed: add a }", column=tokens[at].column)
    return list(tokens[at + 1 : closing]), closing + 1


def _read_root(tokens: Sequence[Token], at: int, column: int) -> tuple[list[Token], int]:
    degree: list[Token] = []
    if tokens[at].text == "[" and (closing := find_closing(tokens, at)):
        degree, at = list(tokens[at + 1 : closing]), closing + 1
    inside, end = _argument(tokens, at)
    template = "(({1})**(1/({0})))" if degree else "sqrt({1})"
    return fill(template, {"0": degree, "1": inside}, column), end


_SPELLED = re.compile(r"([^\W\d_]\w*_)\{\s*(?:(\d+)\s*/\s*(\d+)|([+\-−–])\s*(\w*))\s*\}")
"""An index that isn't a name or a number: t_{1/2}, k_{-1}, n_{+}."""


def spell_index(text: str) -> str:
    """``1/2`` as ``half``, ``1/4`` as ``1_4``, ``-1`` as ``minus1``; nothing for another index."""
    found = _SPELLED.fullmatch(f"x_{{{text}}}")
    if found is None:
        return ""
    _, above, below, sign, rest = found.groups()
    if sign:
        return ("plus" if sign == "+" else "minus") + rest
    return "half" if (above, below) == ("1", "2") else f"{above}_{below}"


def find_spelled_indices(text: str) -> list[tuple[str, str]]:
    """What such variables are typed as, and their names here."""
    found = {one[0]: one for one in _SPELLED.finditer(text)}
    return [(typed, one[1] + spell_index(typed[len(one[1]) + 1 : -1])) for typed, one in found.items()]


def _read_index(tokens: list[Token], i: int) -> None:
    """``x_{1}`` as x_1, ``log_{10}`` as log10, ``t_{1/2}`` as t_half; sums are read when their term is known."""
    name = tokens[i]
    inside, end = _argument(tokens, i + 1)
    if name.text in _REPEATED:
        tokens[i:] = _read_repeated(tokens, i, inside, end)
        return
    words = "_".join(one.text for one in inside if one.text != ",")
    if spelled := spell_index("".join(one.typed for one in inside)):
        text = name.text + spelled
        tokens[i:end] = [Token("name", text, name.column, text)]
        return
    simple = bool(inside) and all(one.kind in ("name", "number") for one in inside if one.text != ",")
    if not simple or not words.replace("_", "").isalnum():
        letter = name.text.rstrip("_")
        message = f"an index like this has no place here: write {letter}[0], {letter}[1], … for components"
        raise ExpressionError(message, column=name.column)
    text = _LOGARITHMS.get(name.text + words, name.text + words)
    tokens[i:end] = [Token("name", text, name.column, text)]


def _read_repeated(tokens: Sequence[Token], i: int, below: list[Token], end: int) -> list[Token]:
    r"""``sum_{i=1}^{3} x_i^2 + …`` from its name on."""
    name = tokens[i]
    if len(below) < 3 or below[1].text != "=" or tokens[end].text != "**":
        message = "write what is summed over as for i in range(3), in sum(x[i]**2 for i in range(3))"
        raise ExpressionError(message, column=name.column)
    above, end = _argument(tokens, end + 1)
    index = below[0].text
    first = "".join(one.text for one in below[2:])
    last = "".join(one.text for one in above)
    if not (first.isdecimal() and last.isdecimal()):
        message = f"a sum ends at a number here, not at {last or 'nothing'}: write ^{{3}} for three terms"
        raise ExpressionError(message, column=name.column)
    following = list(tokens[end:-1])
    term = _first_term(following)
    stop = len(term)
    shift = f"-{first}" if first != "0" else ""
    read: list[Token] = []
    for token in term:
        head, _, tail = token.text.partition("_")
        components = token.kind == "name" and head and tail == index
        read += fill(f"{head}[{index}{shift}]", {}, token.column) if components else [token]
    template = f"{_REPEATED[name.text]}({{0}} for {index} in range({first}, {int(last) + 1}))"
    return [*fill(template, {"0": read}, name.column), *following[stop:], tokens[-1]]


def _first_term(tokens: Sequence[Token]) -> Sequence[Token]:
    """What a sum is over: up to the next sum or difference, or the end of the brackets around it."""
    depth = 0
    for i, token in enumerate(tokens):
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if depth < 0 or (depth == 0 and i and token.text in ("+", "-", ",", "<", ">", "=")):
            return tokens[:i]
    return tokens


def _read_cases(tokens: Sequence[Token], i: int) -> tuple[list[Token], int]:
    """``\\begin{cases} value & condition \\\\ … \\end{cases}``."""
    begin = tokens[i + 1]
    what, at = _argument(tokens, i + 2)
    end = next((k for k in range(at, len(tokens)) if tokens[k].text == "\\end"), None)
    if [one.text for one in what] != ["cases"] or end is None:
        raise ExpressionError("of LaTeX's environments, cases alone can be read", column=begin.column)
    rows = [split_at(row, ("&", ",")) for row in split_at(tokens[at:end], ("\\\\",)) if row]
    return choose(rows, begin.column), _argument(tokens, end + 1)[1]
