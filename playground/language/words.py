"""Names of several letters: those that a text lists as arguments, and those that can be nothing else."""

import re
from collections.abc import Sequence
from itertools import pairwise

from playground.errors import ExpressionError
from playground.language.explain import suggest
from playground.language.lexer import Token, write
from playground.language.names import MAX_NAME, RESERVED, Names, find_constant
from playground.language.operations import FUNCTIONS
from playground.language.readings import USUAL_FACTORS
from playground.language.splicing import find_closing

_NAME = re.compile(r"[^\W\d_]\w*")


def list_arguments(tokens: Sequence[Token]) -> tuple[str, ...]:
    """What stands in the brackets of ``f(x, rate) =`` at the beginning; nothing without them."""
    if len(tokens) < 4 or tokens[0].kind != "name" or tokens[1].text != "(":
        return ()
    closing = find_closing(tokens, 1)
    if closing is None or tokens[closing + 1].text != "=":
        return ()
    return tuple(one.text for one in tokens[2:closing] if one.kind == "name")


def choose_words(arguments: Sequence[str]) -> tuple[str, ...]:
    """Those of a function's arguments that would be read otherwise, were they not listed: ``rate``, ``e``."""
    plain = Names(None)
    return tuple(
        one
        for one in arguments
        if _NAME.fullmatch(one)
        and len(one) <= MAX_NAME
        and one not in FUNCTIONS
        and one not in (*RESERVED, "pi", "π")
        and not plain.is_variable(one)
    )


def find_words(tokens: Sequence[Token], names: Names) -> tuple[str, ...]:
    """Names of several letters that nobody listed.

    These are ``Vmax``, whose end is a function that has nothing to work on, beside it what looks like it, such as
    ``rate``; and symbols as sciences have them, a capital letter with small ones: ``Ea``, ``Km``, ``Hill``.
    """
    placed = [(one, after) for one, after in pairwise(tokens) if one.kind == "name" and after.text != "("]
    texts = [one.text for one, _ in placed]
    ends_so = any(_ends_in_reduction(one, names) for one in texts)
    beside = [one for one in texts if ends_so and (_ends_in_reduction(one, names) or is_word(one, names))]
    symbols = [one.text for one, after in placed if _is_symbol(one.text, after, names, frozenset(texts))]
    return tuple(one for one in dict.fromkeys(texts) if one in (*beside, *symbols))


def _is_symbol(text: str, after: Token, names: Names, typed: frozenset[str]) -> bool:
    """Whether it is a capital letter with small ones, and no product: Ax has an x, Ae^x a power of e.

    Args:
        text: a name; after: what follows it; names: those that the text may use; typed: all names in it.
    """
    letters = text.rstrip("0123456789")
    if len(letters) < 2 or not (letters.isalpha() and letters[0].isupper() and letters[1:].islower()):
        return False
    if _is_known(text, names) or (letters[-1] == "e" and (after.kind == "power" or after.text == "**")):
        return False
    pieces = names.split(text, before_bracket=False)
    if pieces is None:  # a word, unless it is a misspelt function with its argument
        return after.kind not in ("name", "number") or not suggest(text, FUNCTIONS)
    return not (USUAL_FACTORS & set(letters) or typed >= set(pieces))


def describe_word(word: str) -> tuple[str, dict[str, str]]:
    """What is said of one that was found, and what may be written for it where a product is meant."""
    pieces = Names(None).split(word, before_bracket=False)
    if pieces is None or any(one in FUNCTIONS for one in pieces):
        return f"{word} is read as one name", {}
    product = "*".join(pieces)
    return f"{word} is read as one name; write {product} for a product", {word: product}


def refuse_word(word: Token, message: str, tokens: Sequence[Token], names: Names) -> ExpressionError:
    """An error on a word, with the text in which it, and what looks like it, are listed as a function's arguments.

    Args:
        word: where it stands; message: what is wrong with it.
        tokens: the formula; empty where it shan't be a name.
        names: those that the text may use.
    """
    error = ExpressionError(message, column=word.column)
    texts = [one.text for one, after in pairwise([*tokens, *tokens[-1:]]) if one.kind == "name" and after.text != "("]
    words = list(dict.fromkeys(one for one in texts if one == word.text or _is_beside_words(one, names)))
    if words and max(map(len, words)) <= MAX_NAME:
        known = Names(None, (*names.words, *words))
        listed = dict.fromkeys(one for one in texts if known.is_variable(one))
        error.remedy = f"f({', '.join(listed)}) = {write(tokens)}"
        *rest, last = words
        error.offer = f"Use {', '.join(rest)} and {last} as names" if rest else f"Use {last} as a name"
    return error


def _is_beside_words(text: str, names: Names) -> bool:
    """Whether it is a word, or three letters that may be one beside words: top beside bottom."""
    return is_word(text, names) or (len(text) == 3 and text.isalpha() and not _is_known(text, names))


def is_word(text: str, names: Names) -> bool:
    """Whether it is a capital letter with small ones, or a word that is no product of letters."""
    if not text.isalnum() or _is_known(text, names):
        return False
    pieces = names.split(text, before_bracket=False)
    return pieces is None or (text[0].isupper() and text[1:].islower())


def _is_known(text: str, names: Names) -> bool:
    """Whether it means something by itself, or holds a function."""
    if names.is_variable(text) or text.lower() in FUNCTIONS or find_constant(text) or text in RESERVED:
        return True
    return any(one in FUNCTIONS for one in names.split(text, before_bracket=False) or ())


def _ends_in_reduction(text: str, names: Names) -> bool:
    """Whether it ends in max, min, sum, …, which stand before brackets; ``xsin`` may have its argument behind it."""
    if names.is_variable(text) or text.lower() in FUNCTIONS:
        return False
    pieces = names.split(text, before_bracket=False) or [""]
    return pieces[-1] in FUNCTIONS and FUNCTIONS[pieces[-1]].is_reduction(1)
