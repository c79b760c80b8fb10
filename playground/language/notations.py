"""How formulas are written elsewhere, read as tokens of the language, or refused with what to write instead.

Numpy, torch, C, JavaScript, Matlab, Julia, R, LaTeX, Wolfram and spreadsheets each have their own. What can be meant
in one way only is read so, by one pass over the tokens for each kind; what can't is refused, and where all of the text
can be written in the language the error brings that along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from playground.errors import ExpressionError
from playground.language.choices import read_braces, read_ternaries
from playground.language.foreign import (
    KEYWORD_NAMES,
    KEYWORDS,
    METHODS_REFUSED,
    MODULES,
    PRODUCTS,
    REFUSED,
    SAID,
    SAME,
    TEMPLATES,
    find_function,
    is_known,
)
from playground.language.latex import find_spelled_indices, read_latex
from playground.language.lexer import LOOK_ALIKES, Token, tokenize, write
from playground.language.names import Names, find_constant
from playground.language.operations import FUNCTIONS, Kind
from playground.language.readings import OTHER_FUNCTIONS, Said
from playground.language.splicing import fill, find_closing, find_opening, split_at
from playground.language.words import choose_words, describe_word, find_words, list_arguments
from playground.language.wrappers import Unwrapped, unwrap

_SUMS = ("sum", "mean", "prod")
_DOTTED = ("**", "*", "/")
_C_CONSTANTS = {"M_PI": "pi", "M_E": "e"}


@dataclass
class Reading:
    """Tokens of the language, and what was read otherwise than it is written.

    Attributes:
        tokens: the last of kind ``end``.
        words: names of several letters that are variables.
        notes: what is said of it.
    """

    tokens: list[Token]
    words: tuple[str, ...] = ()
    notes: list[Said] = field(default_factory=list)

    def note(self, sentence: str, swaps: Mapping[str, str] | None = None) -> None:
        """Add a sentence once, with what may be typed for names where the other reading is meant."""
        self.notes.append(Said(sentence, swaps or {}))


def read_notations(text: str, allowed: Sequence[str] | None, kind: Kind) -> Reading:
    """The tokens of ``text``, whatever notation it is in.

    Args:
        text: what a person typed; allowed: names that are variables, whatever else they might be.
        kind: what the text must come to.

    Raises:
        ExpressionError: for what can't be read, with the whole text's ``remedy`` where there is one.
    """
    unwrapped = unwrap(text) if kind == "number" else Unwrapped(text)
    reading = Reading(tokenize(unwrapped.text))
    if unwrapped.fitter:
        reading.note(f"of {unwrapped.fitter}(…) only the formula is read")
    if allowed is None and kind == "number":
        reading.words = choose_words([*unwrapped.arguments, *list_arguments(reading.tokens)])
    variables = (*reading.words, *(allowed or ()))
    texts = {token.text for token in reading.tokens}
    if reading.tokens[0].text == "def":
        raise ExpressionError("type the formula alone, as it stands behind 'return'", column=reading.tokens[0].column)
    _refuse_look_alikes(reading.tokens)
    if ";" in texts:
        _refuse_semicolons(reading.tokens)
    if "$" in texts and (plain := text.replace("$", "").strip("= ")) and text.strip().startswith(("$$", "=")):
        raise ExpressionError("'$' can't be used here", column=reading.tokens[0].column, remedy=plain)
    if unwrapped.is_latex or "\\" in texts:
        reading.tokens = read_latex(reading.tokens)
    elif "{" in texts:
        reading.tokens = _read_braces(reading.tokens)
    for index, name in find_spelled_indices(unwrapped.text):
        if name in {token.text for token in reading.tokens}:
            reading.note(f"{index} is read as the variable {name}")
    if unwrapped.is_wolfram:
        reading.tokens = [_rename(token, "e") if token.text == "E" else token for token in reading.tokens]
    if "." in texts or ":" in texts:
        _read_dots(reading)
    _read_calls(reading, variables)
    if texts & {"?", "else"}:
        _read_choices(reading)
    _read_indices(reading, variables, is_matlab=unwrapped.is_matlab)
    if allowed is None and kind == "number":
        _find_words(reading)
    return reading


def _find_words(reading: Reading) -> None:
    found = find_words(reading.tokens, Names(None, reading.words))
    for word in found:
        reading.note(*describe_word(word))
    reading.words += found


def _rename(token: Token, text: str) -> Token:
    return replace(token, text=text, typed=text)


# ---- Characters.


def _refuse_look_alikes(tokens: Sequence[Token]) -> None:
    first = next((token for token in tokens if token.kind == "other" and token.typed in LOOK_ALIKES), None)
    if first is None:
        return
    latin = LOOK_ALIKES[first.typed]
    why = f"'{first.typed}' only looks like an {latin} (it is U+{ord(first.typed):04X}): did you mean '{latin}'?"
    raise ExpressionError(why, column=first.column)


def _read_braces(tokens: list[Token]) -> list[Token]:
    """Braces outside of LaTeX's commands: cases, and indices with powers; of others it is said what they mean there."""
    at = next(i for i, token in enumerate(tokens) if token.text == "{")
    before = tokens[at - 1].text if at else "="
    closing = find_closing(tokens, at)
    if closing is None:
        raise ExpressionError("this { is never closed: add a }", column=tokens[at].column)
    has_rows = any(token.text in (",", ";") for token in tokens[at:closing])
    if before == "=" and has_rows and tokens[closing + 1].kind == "end":
        return read_latex([*tokens[:at], *read_braces(tokens, at, closing), tokens[-1]])
    plain = read_latex(tokens)
    signs = [tokens[i - 1].text for i, token in enumerate(tokens) if i and token.text == "{"]
    indices = [sign for sign in signs if sign.endswith("_")]
    if at and indices and all(sign == "**" for sign in signs if sign not in indices):
        return plain  # an index in braces is LaTeX's for certain
    right = plain[next((i + 1 for i, token in enumerate(plain) if token.text == "="), 0) : -1]
    raise ExpressionError("'{' can't be used here", column=tokens[at].column, remedy=write(right))


def _refuse_semicolons(tokens: Sequence[Token]) -> None:
    """Some countries' spreadsheets have them between arguments."""
    opening = next((i for i, token in enumerate(tokens) if token.text == "("), len(tokens))
    first = next((token for token in tokens[opening:] if token.text == ";"), None)
    closing = find_closing(tokens, opening) if first else None
    if first and closing and first.column < tokens[closing].column:
        plain = [Token("sign", ",", one.column, ",") if one.text == ";" else one for one in tokens[:-1]]
        raise ExpressionError("arguments are separated by commas", column=first.column, remedy=write(plain))


# ---- Points: x.^2, np.sin(x), x.pow(2).


def _read_dots(reading: Reading) -> None:
    tokens = reading.tokens
    for i in range(len(tokens) - 2, -1, -1):
        dotted = tokens[i].text == "." and tokens[i].kind == "other" and tokens[i + 1].text in _DOTTED
        if dotted and i and tokens[i - 1].ends_an_operand:
            del tokens[i]
    i = 1
    while i < len(tokens) - 1:
        i = _read_member(reading, i) if _is_point(tokens, i) else i + 1


def _is_point(tokens: Sequence[Token], i: int) -> bool:
    colons = tokens[i].text == tokens[i - 1].text == ":" and i > 1 and tokens[i - 2].text == "std"
    return tokens[i + 1].kind == "name" and (colons or (tokens[i].text == "." and tokens[i].kind == "other"))


def _read_member(reading: Reading, i: int) -> int:
    """Read the point at ``i`` and the name behind it; where to go on."""
    tokens = reading.tokens
    member, start = tokens[i + 1], i - 1 - (tokens[i].text == ":")
    is_call = tokens[i + 2].text == "("
    if tokens[start].text in MODULES and tokens[start].kind == "name":
        if (member.text in MODULES and tokens[i + 2].text == ".") or (is_call and is_known(member.text)):
            del tokens[start : i + 1]
            return max(start, 1)
        if constant := {"E": "e"}.get(member.text, find_constant(member.text)):
            tokens[start : i + 2] = [_rename(member, constant)]
            return start + 1
    if member.text in METHODS_REFUSED:
        raise ExpressionError(METHODS_REFUSED[member.text], column=tokens[i].column)
    if tokens[start].text in MODULES or not (is_call and is_known(member.text)):
        return i + 1
    return _read_method(tokens, i)


def _read_method(tokens: list[Token], i: int) -> int:
    """``x.pow(2)`` as pow(x, 2)."""
    begin = _operand_begin(tokens, i - 1)
    closing = find_closing(tokens, i + 2)
    if begin is None or closing is None:
        return i + 1
    operand, rest = tokens[begin:i], tokens[i + 3 : closing]
    if operand[0].text == "(" and find_closing(operand, 0) == len(operand) - 1:
        operand = operand[1:-1]
    comma = fill(",", {}, tokens[i].column) if rest else []
    tokens[begin : closing + 1] = [tokens[i + 1], tokens[i + 2], *operand, *comma, *rest, tokens[closing]]
    return begin + 1


def _operand_begin(tokens: Sequence[Token], end: int) -> int | None:
    """Where the operand that ends at ``end`` begins, with the name of its function or vector."""
    if tokens[end].kind in ("name", "number"):
        return end
    if tokens[end].text not in (")", "]"):
        return None
    begin = find_opening(tokens, end)
    if begin is None:
        return None
    before = tokens[begin - 1] if begin else None
    named = before is not None and before.kind == "name" and (tokens[end].text == "]" or is_known(before.text))
    return begin - 1 if named else begin


# ---- Calls: pow(x, 2), fmax(x, 0), clamp(x, min=0).


def _read_calls(reading: Reading, allowed: Sequence[str]) -> None:
    """Functions that have other names, or none, in the language; from the right, so that arguments come first."""
    tokens = reading.tokens
    c_floats = False
    for i in range(len(tokens) - 2, -1, -1):
        token = tokens[i]
        if token.kind != "name" or token.text in allowed:
            continue
        if token.text in _C_CONSTANTS:
            tokens[i] = _rename(token, _C_CONSTANTS[token.text])
            reading.note(f"{token.text} is read as {_C_CONSTANTS[token.text]}")
        elif tokens[i + 1].text == "(":
            c_floats = c_floats or (token.text in SAME and token.text.endswith("f")) or token.text == "powf"
            _read_call(reading, i)
        elif token.text == "tg" and tokens[i + 1].kind in ("name", "number"):
            tokens[i] = _rename(token, "tan")
            reading.note("tg is read as tan; write t*g for a product", {"tg": "t*g"})
    if c_floats:
        suffixes = [i for i in range(1, len(tokens)) if tokens[i].text == "f" and _is_suffix(tokens[i - 1], tokens[i])]
        for i in reversed(suffixes):
            del tokens[i]


def _is_suffix(number: Token, letter: Token) -> bool:
    return number.kind == "number" and number.column + len(number.typed) == letter.column


def _read_call(reading: Reading, i: int) -> None:
    tokens, name = reading.tokens, reading.tokens[i]
    low = name.text.lower()
    if find_constant(name.text) and tokens[i + 2].text == ")":  # PI()
        del tokens[i + 1 : i + 3]
        return
    known = name.text in FUNCTIONS or low in FUNCTIONS
    if reason := REFUSED.get(name.text) or REFUSED.get(low):
        times = fill("*", {}, name.column) if name.text in PRODUCTS else []
        remedy = write([*tokens[: i + 1], *times, *tokens[i + 1 : -1]]) if times else ""
        raise ExpressionError(reason, column=name.column, remedy=remedy)
    if not is_known(name.text) or (closing := find_closing(tokens, i + 1)) is None:
        return
    arguments = split_at(tokens[i + 2 : closing], (",",))
    named = [one for one in arguments if len(one) > 2 and one[0].kind == "name" and one[1].text == "="]
    same = find_function(name.text)
    if named:
        made = _read_keywords(name, same, arguments, len(named))
    elif (low, len(arguments)) in TEMPLATES and all(arguments):
        template = f"({TEMPLATES[low, len(arguments)]})"
        made = fill(template, {str(k): one for k, one in enumerate(arguments)}, name.column)
        if low in SAID:
            reading.note(f"{name.text}(u, v) is read as {TEMPLATES[low, len(arguments)].format('u', 'v')}")
    elif same and not known:
        tokens[i] = _rename(name, same)
        if low in SAID:
            product = {name.text: "*".join(name.text)} if low in OTHER_FUNCTIONS else None
            reading.note(f"{name.text}(…) is read as {same}(…)", product)
        return
    else:
        return
    tokens[i : closing + 1] = made


def _read_keywords(name: Token, same: str, arguments: list[list[Token]], count: int) -> list[Token]:
    """A call with arguments by name."""
    plain, named = arguments[:-count], arguments[-count:]
    forms = KEYWORDS.get(FUNCTIONS[same].name if same in FUNCTIONS else "", {})
    given = {KEYWORD_NAMES.get(one[0].text, one[0].text): one[2:] for one in named}
    if "alpha" in next(iter(forms), ()):  # elu's
        given = {"alpha" if key == "slope" else key: one for key, one in given.items()}
    key = tuple(sorted(given, reverse=True))
    if key not in forms or len(plain) != 1 or "=" in {one[0].text for one in plain}:
        if set(given) <= {"axis", "dim", "keepdim", "keepdims"} and len(plain) == 1:
            return (
                [name, *fill("({0})", {"0": plain[0]}, name.column)]
                if len(plain[0]) > 1
                else fill(f"{same}({{0}})", {"0": plain[0]}, name.column)
            )
        first = named[0][0]
        message = f"{name.typed} takes no argument called {first.typed} here: write the values alone, in their order"
        raise ExpressionError(message, column=first.column)
    return fill(forms[key], {"0": plain[0], **given}, name.column)


# ---- Choices.


def _read_choices(reading: Reading) -> None:
    """Each bracket's choice, the innermost first; then that of the whole text."""
    tokens = reading.tokens
    for i in range(len(tokens) - 1, -1, -1):
        if tokens[i].text == "(" and (closing := find_closing(tokens, i)):
            end = [Token("end", "", tokens[closing].column, "")]
            tokens[i + 1 : closing] = read_ternaries(tokens[i + 1 : closing] + end)[:-1]
    reading.tokens = read_ternaries(tokens)


# ---- Components: x(1), x(:, 2), x(2:end), x[1:].


def _read_indices(reading: Reading, allowed: Sequence[str], *, is_matlab: bool) -> None:
    """A variable's brackets that other tools take for components or slices.

    Components are read where they can be nothing else, of x(1) only where Matlab's ``@(x)`` says that; of the rest it
    is said what it is here.
    """
    tokens = reading.tokens
    made, found, slices = list(tokens), [], False
    for i in range(len(tokens) - 2, -1, -1):
        if not _is_indexed(tokens, i, allowed) or (i and tokens[i - 1].text == "."):
            continue
        closing = find_closing(tokens, i + 1)
        inside = [one.text for one in tokens[i + 2 : closing]]
        place = _find_place(inside, 1 if tokens[i + 1].text == "(" else 0)
        if closing is None or place is None:
            continue
        slices = slices or "i" in place
        made[i + 1 : closing + 1] = fill(f"[{place}]", {}, tokens[i + 1].column)
        found.append((tokens[i], write(tokens[i : closing + 1]), place, len(inside) == 1))
    if not found:
        return
    asked = [one for one in found if one[3]]
    name, typed, place, _ = (asked or found)[-1]
    if not slices and (is_matlab or not asked):
        reading.tokens = made
        reading.note(f"{typed} is read as {name.typed}[{place}], since components are counted from 0 here")
        return
    if slices:
        why = "a slice is written as a sum over an index"
        if not any(one.text in _SUMS for one in made):
            raise ExpressionError(f"{why}: write sum((x[i+1] - x[i])^2 for i in range(2))", column=name.column)
        made, why = _close_sums(made), f"{why}, for three components here"
    else:
        number = typed[len(name.typed) + 1 : -1]
        why = f"{typed} can mean {name.typed}*{number} or a component, and those are counted from 0 in square brackets"
    start = next((i + 1 for i, token in enumerate(made) if token.text == "="), 0)
    raise ExpressionError(why, column=name.column, remedy=write(made[start:-1]))


def _is_indexed(tokens: Sequence[Token], i: int, allowed: Sequence[str]) -> bool:
    name, bracket = tokens[i], tokens[i + 1]
    adjacent = name.column + len(name.typed) == bracket.column
    variable = name.kind == "name" and name.text != "range" and not find_constant(name.text) and not is_known(name.text)
    return (variable or name.text in allowed) and adjacent and bracket.text in ("(", "[")


def _find_place(inside: list[str], first: int) -> str | None:
    """The place of a component in the language, by i where it is a slice's; None for other brackets."""
    if first and len(inside) == 1 and inside[0].isdecimal() and len(inside[0]) < 3:
        return str(max(int(inside[0]) - first, 0))
    if len(inside) == 3 and inside[:2] == [":", ","] and inside[2].isdecimal():
        return str(max(int(inside[2]) - first, 0))
    if (len(inside) == 2 and inside[0] == "...") or ":" not in inside:
        return None
    at = inside.index(":")
    begin, end = "".join(inside[:at]), "".join(inside[at + 1 :])
    if not (begin == "" or begin.isdecimal()) or not (end in ("", "end") or end.startswith(("-", "end-"))):
        return None
    offset = int(begin) - first if begin else 0
    return "i" if offset <= 0 else f"i+{offset}"


def _close_sums(tokens: list[Token]) -> list[Token]:
    """Sums over slices run over an index."""
    made = list(tokens)
    for i in range(len(made) - 2, -1, -1):
        if made[i].text in _SUMS and made[i + 1].text == "(":
            closing = find_closing(made, i + 1)
            if closing is not None:
                made[closing:closing] = fill(" for i in range(2)", {}, made[closing].column)
    return made
