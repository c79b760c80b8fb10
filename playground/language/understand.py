"""Text -> tape, with what is said of how it was read, or with what to write instead."""

from collections.abc import Iterable, Sequence

from playground.errors import ExpressionError
from playground.language.operations import Kind
from playground.language.parser import Parser
from playground.language.readings import Said
from playground.language.tape import Node, Parsed
from playground.numerals import quote

MAX_LENGTH = 1000
"""The most characters that a text may have."""


def parse(text: str, names: Iterable[str] | None = None, kind: Kind = "number") -> Parsed:
    """The tape of ``text``, and how it was read.

    Args:
        text: what a person typed.
        names: the only names that may be variables; None for whatever looks like one.
        kind: what the text must come to, a number or a condition.

    Raises:
        ExpressionError: with a sentence and the column, for a text that is no expression.
    """
    if not isinstance(text, str):
        raise ExpressionError(f"an expression is a text, not {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the text has {len(text):,} characters: at most {MAX_LENGTH:,} are allowed")
    try:
        allowed = None if names is None else tuple(names)
    except TypeError:  # nothing to iterate over
        allowed = (names,)  # type: ignore[assignment]
    if not all(isinstance(name, str) for name in allowed or ()):
        raise ExpressionError(f"names= must be texts, not {quote(allowed)}")
    try:
        parser = Parser(text, allowed, kind)
        parsed = parser.parse()
        others = {one.sentence: _write_other(one, parser, text, parsed.nodes) for one in parser.notes}
        return parsed._replace(readings=others)
    except ExpressionError as reason:
        error = _with_remedy(reason, allowed, kind)
        error.text = text
        if pointer := error.pointer():
            error.add_note(pointer)
        raise error from None


def _with_remedy(error: ExpressionError, allowed: tuple[str, ...] | None, kind: Kind) -> ExpressionError:
    """The error with what to write instead, if that can be read."""
    if not error.remedy:
        return error
    try:
        Parser(error.remedy, allowed, kind).parse()
    except ExpressionError as reason:
        if not reason.remedy:
            return ExpressionError(f"{error}, and as plain text {reason}", column=error.column)
        # Two notations at once: what remains is told next.
    made = ExpressionError(f"{error}: write {error.remedy}", column=error.column, remedy=error.remedy)
    made.offer = error.offer
    return made


def _write_other(said: Said, parser: Parser, text: str, nodes: Sequence[Node]) -> str:
    """The text as it is typed where the other is meant, if it can be read and is another."""
    other = said.other(text)
    try:
        is_other = other != text and Parser(other, parser.names.allowed, parser.kind).parse().nodes != nodes
    except ExpressionError:
        return ""
    return other if is_other and len(other) <= MAX_LENGTH else ""
