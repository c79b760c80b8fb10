"""Write the messages of ``playground.player.message`` as types for the JavaScript: ``message.d.ts``.

Run it from the repository's root when they change: ``python -m tests.javascript.declare``.
"""

import inspect
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from playground.player import message

TARGET = Path(__file__).with_name("message.d.ts")
WIDTH = 120
_PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", NoneType: "null", Any: "any"}


def declarations() -> str:
    """The text of ``message.d.ts``."""
    # By their values: an alias is written by its name where another type holds it.
    aliases = {name: value for name, value in vars(message).items() if _is_alias(name, value)}
    lines = [
        "// Written by tests/javascript/declare.py from playground/player/message.py.",
        "",
        "declare namespace Wire {",
    ]
    for name, value in vars(message).items():
        if is_typeddict(value) and value.__module__ == message.__name__:
            lines += _interface(value, aliases)
        elif name in aliases:
            others = {other: one for other, one in aliases.items() if other != name}
            lines += [*_alias(name, _written(value, others)), ""]
    return "\n".join([*lines[:-1], "}", ""])


def _is_alias(name: str, value: object) -> bool:
    return name[0].isupper() and name != "TypeAlias" and get_origin(value) in (Union, UnionType, list)


def _alias(name: str, written: str) -> list[str]:
    line = f"  type {name} = {written};"
    if len(line) <= WIDTH:
        return [line]
    *rest, last = written.split(" | ")
    return [f"  type {name} =", *(f"    | {one}" for one in rest), f"    | {last};"]


def _interface(of: Any, aliases: dict[str, Any]) -> list[str]:
    text = " ".join((inspect.getdoc(of) or "").split())
    lines = [f"  /** {text} */", f"  interface {of.__name__} {{"]
    for name, hint in get_type_hints(of, include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        inner = get_args(hint)[0] if optional else hint
        lines.append(f"    {name}{'?' if optional else ''}: {_written(inner, aliases)};")
    return [*lines, "  }", ""]


def _written(hint: Any, aliases: dict[str, Any]) -> str:
    for name, value in aliases.items():
        if hint == value:
            return name
    if hint in _PLAIN:
        return _PLAIN[hint]
    if is_typeddict(hint):
        return str(hint.__name__)
    parts = get_args(hint)
    match get_origin(hint):
        case origin if origin is Literal:
            return " | ".join(f'"{one}"' for one in parts)
        case origin if origin in (Union, UnionType):
            return " | ".join(_written(one, aliases) for one in parts)
        case origin if origin is list:
            return f"Array<{_written(parts[0], aliases)}>"
        case origin if origin is tuple:
            return f"[{', '.join(_written(one, aliases) for one in parts)}]"
        case origin if origin is dict:
            return f"Record<string, {_written(parts[1], aliases)}>"
    raise TypeError(f"{hint} has no type in JavaScript here")


if __name__ == "__main__":
    TARGET.write_text(declarations(), encoding="utf-8")
