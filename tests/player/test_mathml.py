"""All LaTeX that the project's printers make for the player, as MathML."""

import re
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import OPTIMIZERS, Expression, ExpressionError, Function, InputError, descend
from playground.analysis.autograd_graph import record_graph
from playground.analysis.update_rule import PLACEHOLDER, trace_rule
from playground.language.operations import GREEK_LETTERS, OPERATIONS
from playground.language.printing import name_to_latex, to_latex
from playground.player.mathml import typeset

BOWL = Function("x^2 + y^2")
HALF = torch.tensor([0.5], dtype=torch.float64)
SOURCE = re.compile(r"[\\}@&_]|&#|0x|[\ue000-\uf8ff]")


def rules() -> list[str]:
    """The lines of all optimizers, each switch on and off."""
    found = []
    for name, record in OPTIMIZERS.items():
        switches = [{one.name: not one.default} for one in record.hyperparameters if isinstance(one.default, bool)]
        weights = [{one.name: 0.3} for one in record.hyperparameters if one.default == 0 and one.default is not False]
        for settings in ({}, *switches, *weights):
            try:
                run = descend(BOWL, [1.0, 2.0], name, steps=2, **settings)
            except InputError:  # not alone: nesterov, say, needs a momentum
                continue
            for line in trace_rule(name, settings, run):
                found += [
                    f"{line.left} = {line.right}",
                    f"= {line.template} = {PLACEHOLDER.format(len(line.inputs))}",
                ]
    return list(dict.fromkeys(found))


def forms() -> list[str]:
    """Each operation on one, two and three names, and the rules of its derivatives."""
    found = []
    for name, record in OPERATIONS.items():
        for count in (1, 2, 3):
            names = ["x", "y", "z"][:count]
            text = f" {name} ".join(names) if record.group == "operator" else f"{name}({', '.join(names)})"
            try:
                expression = Expression(text)
                graph = record_graph(expression, dict.fromkeys(expression.names, HALF))
            except (ExpressionError, InputError):
                continue
            found.append(to_latex(expression))
            found += [rule for node in graph.nodes for rule in (node.form, *node.rules) if rule]
    return list(dict.fromkeys(found))


RULES, FORMS = rules(), forms()


def parsed(mathml: str) -> ElementTree.Element:
    return ElementTree.fromstring(mathml)  # well-formed, or this raises


def test_there_are_many_of_them():
    assert len(RULES) > 60
    assert len(FORMS) > 100


def test_all_is_read_and_nothing_of_its_source_is_left():
    for latex in RULES + FORMS:
        math = parsed(typeset(latex))
        shown = "".join(math.itertext())
        assert not SOURCE.search(shown), latex
        assert shown.count("{") == latex.count("cases") / 2, latex  # the brace before the cases is meant
        assert shown.count("^") == latex.count(r"\hat"), latex
        places = [one.get("data-column") for one in math.iter("mrow") if one.get("data-column") is not None]
        assert sorted(places) == sorted(re.findall(r"0@(\d+)@0", latex)), latex


@pytest.mark.parametrize("letter", GREEK_LETTERS)
def test_greek_letters_are_one_character(letter):
    assert len("".join(parsed(typeset(name_to_latex(letter))).itertext())) == 1


@pytest.mark.parametrize("name", ["max", "log1p", "expm1", "softplus"])
def test_a_functions_name_stands_together(name):
    latex = rf"\{name}\left(x\right)" if name == "max" else rf"\operatorname{{{name}}}\left(x\right)"
    math = parsed(typeset(latex))
    assert "".join(math.itertext()) == f"{name}(x)"
    assert not [one for one in math.iter("mo") if (one.text or "").isalpha()]


def test_a_number_that_changes_is_one_thing_to_an_exponent():
    square = parsed(typeset("{0@1@0}^{2}")).find(".//msup")
    assert square is not None
    base, exponent = square
    assert [one.get("data-column") for one in base.iter() if one.get("data-column")] == ["1"]
    assert "".join(exponent.itertext()) == "2"


def test_more_than_ten_numbers_keep_their_columns():
    math = parsed(typeset(" + ".join(PLACEHOLDER.format(i) for i in range(12))))
    assert [one.get("data-column") for one in math.iter() if one.get("data-column")] == [str(i) for i in range(12)]


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<img src=x onerror=alert(1)>}",
        "a < b & c > d",
        r"\frac{1",
        "^",
        r"\left(",
        "",
        r"\end{array}",
        "&lt;b&gt;",
    ],
)
def test_what_no_printer_makes_is_harmless_all_the_same(latex):
    assert {one.tag for one in parsed(typeset(latex)).iter()} & {"img", "b", "script"} == set()


@given(st.text(alphabet=r"\{}^_&<>'\"xabcfrtmn 01@;#", max_size=40))
def test_no_text_leads_out_of_the_element(latex):
    mathml = typeset(latex)
    assert parsed(mathml).tag == "math"
    assert "<script" not in mathml
