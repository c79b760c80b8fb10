"""The classic mistakes in a training loop: one record each, which says how it changes the loop's lines.

A record is all that there is of a mistake: its switch on the page, its key in the link, its explanation and its test
follow from it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from playground.analysis.loop_lines import BY_HAND, BY_OPTIMIZER, INDENT, Line, Part

Program: TypeAlias = tuple[Line, ...]


@dataclass(frozen=True)
class Mistake:
    """A mistake.

    Attributes:
        name: its key in a link.
        label: what a person does who makes it.
        explanation: what torch then does, and why, in one sentence; ``with_optimizer``: likewise of the loop that
            leaves the update to ``torch.optim``, where it can't be made without.
        make: the lines without it -> the lines with it. Another mistake may have changed them before.
        only_on_data: whether it means nothing without data.
    """

    name: str
    label: str
    explanation: str
    make: Callable[[Program], Program]
    with_optimizer: str = ""
    only_on_data: bool = False

    def explain(self, style: str) -> str:
        """What torch does in a loop of this style; nothing where the mistake can't be made in it."""
        return {BY_HAND: self.explanation, BY_OPTIMIZER: self.with_optimizer}[style]


# ---- What mistakes do to lines.


def _without(lines: Program, *parts: Part) -> Program:
    return tuple(line for line in lines if line.part not in parts)


def _move(lines: Program, parts: Sequence[Part], place: Callable[[Program], int]) -> Program:
    """The lines of some parts, in their order, at a place among the others."""
    others = _without(lines, *parts)
    at = place(others)
    return (*others[:at], *(line for line in lines if line.part in parts), *others[at:])


def _before(part: Part) -> Callable[[Program], int]:
    return lambda lines: next(i for i, line in enumerate(lines) if line.part == part)


def _after(part: Part) -> Callable[[Program], int]:
    return lambda lines: max(i for i, line in enumerate(lines) if line.part == part) + 1


def _rewrite(lines: Program, part: Part, change: Callable[[Line], Line], *, only_first: bool = False) -> Program:
    """The lines with those of a part changed."""
    first = next((i for i, line in enumerate(lines) if line.part == part), None)
    return tuple(
        change(line) if line.part == part and (i == first or not only_first) else line for i, line in enumerate(lines)
    )


def _edit(old: str, new: str, explanation: str = "") -> Callable[[Line], Line]:
    """A change of a line's text, and of what is said of it."""
    return lambda line: replace(line, code=line.code.replace(old, new, 1), explanation=explanation or line.explanation)


def _update_in_the_open(lines: Program) -> Program:
    dedented = _rewrite(lines, "update", lambda line: replace(line, code=line.code.removeprefix(INDENT)))
    return _without(dedented, "no_grad")


def _update_first(lines: Program) -> Program:
    return _move(lines, ("no_grad", "update"), _before("backward"))


def _zero_too_early(lines: Program) -> Program:
    return _move(lines, ("zero",), _after("backward"))


def _go_back_twice(lines: Program) -> Program:
    again = Line(f"{INDENT}loss.backward()", "backward", "Goes back through the same graph once more.")
    at = _after("backward")(lines)
    return (*lines[:at], again, *lines[at:])


def _assign(lines: Program) -> Program:
    def change(line: Line) -> Line:
        indent = line.code[: -len(line.code.lstrip())]
        name, rest = line.code.lstrip().split(" -= ", 1)
        said = f"Makes a new tensor, and calls it {name} from now on."
        return replace(line, code=f"{indent}{name} = {name} - {rest}", explanation=said)

    return _rewrite(lines, "update", change)


def _forget_to_ask(lines: Program) -> Program:
    said = "Where it starts. Without requires_grad=True torch takes it for a number that never changes."
    return _rewrite(lines, "parameters", _edit(", requires_grad=True)", ")", said), only_first=True)


def _ask_of_the_data(lines: Program) -> Program:
    def change(line: Line) -> Line:
        said = f"{line.explanation} With requires_grad=True it will get a gradient too."
        return _edit("dtype=torch.float64)", "dtype=torch.float64, requires_grad=True)", said)(line)

    return _rewrite(lines, "data", change)


def _detach(lines: Program) -> Program:
    def change(line: Line) -> Line:
        name, value = line.code.split(" = ", 1)
        said = "detach() gives the same numbers, and torch forgets where they come from."
        return replace(line, code=f"{name} = ({value}).detach()", explanation=said)

    computed: Part = "forward" if any(line.part == "forward" for line in lines) else "loss"
    return _rewrite(lines, computed, change, only_first=True)


def _take_the_number(lines: Program) -> Program:
    item = Line(f"{INDENT}loss = loss.item()", "item", "The loss as a plain number of Python's, which has no graph.")
    at = _before("backward")(lines)
    return (*lines[:at], item, *lines[at:])


# ---- The mistakes. Those that put lines in another place come first: what is written into a line stays with it.

_MISTAKES = (
    Mistake(
        "no_zero",
        "Forget to zero the gradients",
        "backward() adds to .grad and doesn't replace it, so each step follows the sum of all gradients so far, and "
        "the parameters swing past the minimum, or away.",
        lambda lines: _without(lines, "zero"),
        with_optimizer="backward() adds to .grad and doesn't replace it, so without zero_grad() each step follows the "
        "sum of all gradients so far, and the parameters swing past the minimum, or away.",
    ),
    Mistake(
        "zero_early",
        "Zero them before the update",
        "zero_() empties .grad before the update has used it, so every step is 0 and no parameter moves.",
        _zero_too_early,
        with_optimizer="zero_grad() throws the gradients away before step() has used them, and step() passes over what "
        "has none, so no parameter moves.",
    ),
    Mistake(
        "update_first",
        "Update before backward()",
        "Before the first backward() there is no gradient: .grad is None, and Python can't multiply a number by None.",
        _update_first,
        with_optimizer="Before backward() there is no gradient, and step() passes over what has none without a word: "
        "with zero_grad() behind backward() no parameter ever moves.",
    ),
    Mistake(
        "recorded_update",
        "Update without no_grad()",
        "Torch records what is done with a tensor that requires a gradient, and a leaf that is changed in place would "
        "be a result and no leaf any more, so torch refuses it unless torch.no_grad() stops the recording.",
        _update_in_the_open,
    ),
    Mistake(
        "assigned",
        "a = a − lr·a.grad instead of −=",
        "The name then stands for a new tensor, a result and no longer the leaf that asked for a gradient, so its "
        ".grad is None and the next line that needs it fails.",
        _assign,
    ),
    Mistake(
        "backward_twice",
        "Call backward() twice",
        "The first backward() frees what the graph had kept for it, so the second one fails without retain_graph=True; "
        "where nothing had to be kept it adds the same gradient once more.",
        _go_back_twice,
        with_optimizer="The first backward() frees what the graph had kept for it, so the second one fails without "
        "retain_graph=True; where nothing had to be kept it adds the same gradient once more.",
    ),
    Mistake(
        "no_requires_grad",
        "Forget requires_grad on one",
        "Without requires_grad=True torch takes the first parameter for a plain number: no gradient ever reaches it, "
        "and its .grad stays None.",
        _forget_to_ask,
        with_optimizer="Without requires_grad=True torch takes the first parameter for a plain number: its .grad stays "
        "None, and step() passes over it without a word.",
    ),
    Mistake(
        "detached",
        ".detach() in the middle",
        "detach() cuts the graph: the numbers go on without their history, so backward() finds no way to the "
        "parameters.",
        _detach,
        with_optimizer="detach() cuts the graph: the numbers go on without their history, so backward() finds no way "
        "to the parameters.",
    ),
    Mistake(
        "item_first",
        "loss.item() before backward()",
        "item() makes a plain number of Python's of the loss, which has neither a graph nor a backward().",
        _take_the_number,
        with_optimizer="item() makes a plain number of Python's of the loss, which has neither a graph nor a "
        "backward().",
    ),
    Mistake(
        "data_requires_grad",
        "requires_grad on the data",
        "backward() then fills X.grad and Y.grad too, how the loss would change if a point moved: work that no update "
        "uses, and since nothing empties them they add up over the epochs.",
        _ask_of_the_data,
        with_optimizer="backward() then fills X.grad and Y.grad too, how the loss would change if a point moved: work "
        "that no step() uses, and since zero_grad() doesn't know of them they add up over the epochs.",
        only_on_data=True,
    ),
)

MISTAKES: Mapping[str, Mistake] = MappingProxyType({one.name: one for one in _MISTAKES})
"""The mistakes, by name, in the order in which they are made where there are several."""


def make_mistakes(lines: Program, names: Collection[str], style: str) -> Program:
    """The lines with these mistakes in them, but for those that can't be made in a loop of this style."""
    for mistake in MISTAKES.values():
        if mistake.name in names and mistake.explain(style):
            lines = mistake.make(lines)
    return lines
