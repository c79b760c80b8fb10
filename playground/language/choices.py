"""Choices as people write them, as tokens: cases in braces, ``a if x > 0 else b``, ``x > 0 ? a : b``."""

from collections.abc import Sequence

from playground.errors import ExpressionError
from playground.language.lexer import Token
from playground.language.splicing import fill, split_at

_IF = ("if", "when", "for", "falls", "si")
_ELSE = ("otherwise", "else", "sonst", "elsewhere")


def choose(rows: Sequence[Sequence[list[Token]]], column: int) -> list[Token]:
    """``where`` or ``piecewise`` of rows with a value and its condition, the last without one or with *otherwise*.

    Raises:
        ExpressionError: for a row without a value or a condition, or if nothing is said of the rest.
    """
    pairs = [_split_row(row, column) for row in rows]
    values = [value for value, condition in pairs if not condition]
    if not pairs or len(values) != 1 or pairs[-1][1]:
        said = "the last case says what holds otherwise: write where(x > 0, a, b), or piecewise(x < 0, a, x < 1, b, c)"
        raise ExpressionError(said, column=column)
    names = {f"{kind}{i}": one for i, pair in enumerate(pairs[:-1]) for kind, one in zip("vc", pair, strict=True)}
    inside = ", ".join(f"{{c{i}}}, {{v{i}}}" for i in range(len(pairs) - 1))
    function = "where" if len(pairs) == 2 else "piecewise"
    return fill(f"{function}({inside}, {{last}})", {**names, "last": values[0]}, column)


def _split_row(row: Sequence[list[Token]], column: int) -> tuple[list[Token], list[Token]]:
    """The value and the condition of a row; no condition for the rest."""
    cells = [list(cell) for cell in row if cell]
    if len(cells) == 1:
        at = next((i for i, token in enumerate(cells[0]) if token.text in (*_IF, *_ELSE)), len(cells[0]))
        cells = [cells[0][:at], cells[0][at:]]
    if len(cells) != 2 or not cells[0]:
        raise ExpressionError("a case is a value and its condition, such as x^2 if x > 0", column=column)
    value, condition = cells
    if condition and condition[0].text in _ELSE:
        return value, []
    return value, condition[1:] if condition and condition[0].text in _IF else condition


def read_braces(tokens: Sequence[Token], opening: int, closing: int) -> list[Token]:
    """``{ x^2 if x > 0, 0 otherwise }`` between two braces."""
    inside = tokens[opening + 1 : closing]
    rows = split_at(inside, (";",)) if any(one.text == ";" for one in inside) else _join_rows(split_at(inside, (",",)))
    return choose([split_at(row, (",", ":")) for row in rows], tokens[opening].column)


def _join_rows(parts: list[list[Token]]) -> list[list[Token]]:
    """Parts between commas as rows: ``x^2, x > 0`` is one, and so is ``x^2 if x > 0``."""
    if any(one.text in (*_IF, *_ELSE) for part in parts[:1] for one in part):
        return parts
    comma = [Token("sign", ",", 0, ",")]
    return [parts[i] + (comma + parts[i + 1] if i + 1 < len(parts) else []) for i in range(0, len(parts), 2)]


def read_ternaries(tokens: list[Token]) -> list[Token]:
    """Python's ``a if x > 0 else b`` and C's ``x > 0 ? a : b``, of the whole text or of one bracket."""
    texts = [one.text for one in tokens]
    python = "if" in texts and "else" in texts and texts.index("if") < texts.index("else")
    if not python and "?" not in texts:
        return tokens
    parts = split_at(tokens[:-1], ("if", "else") if python else ("?", ":"))
    if len(parts) % 2 == 0 or len(parts) < 3 or not all(parts):
        return tokens
    pairs = [(parts[i], parts[i + 1]) for i in range(0, len(parts) - 1, 2)]
    rows = [[one, other] if python else [other, one] for one, other in pairs]
    return [*choose([*rows, [parts[-1]]], tokens[0].column), tokens[-1]]
