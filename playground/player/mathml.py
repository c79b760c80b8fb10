"""LaTeX as MathML, which browsers draw themselves."""

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element, SubElement, tostring

from latex2mathml.converter import convert_to_element

_NUMBER = re.compile(r"0@(\d+)@0")
_FIRST = 0xE000  # of the private characters: each stands for a number that changes


@lru_cache(maxsize=2_000)
def typeset(latex: str) -> str:
    r"""``latex`` as an element ``<math>``, escaped as HTML wants it.

    In the place of ``0@3@0`` is an empty ``<mrow data-column="3">``. LaTeX that can't be read is shown as it is.
    """
    one_character = _NUMBER.sub(lambda match: chr(_FIRST + int(match[1])), latex)
    try:
        # A name with a digit, as in \operatorname{log1p}, would fall into letters.
        math = convert_to_element(one_character.replace(r"\operatorname", r"\mathrm"))
    except Exception:  # the converter raises one of many, IndexError among them
        math = Element("math")
        SubElement(math, "mtext").text = latex
    math.attrib.pop("xmlns", None)  # HTML knows the element by its name
    for element in math.iter():
        _finish(element)
    return tostring(math, encoding="unicode", short_empty_elements=False)


def _finish(element: Element) -> None:
    text = element.text = html.unescape(element.text or "")  # the converter writes characters as &#x003B1;
    if len(text) == 1 and ord(text) in range(_FIRST, _FIRST + 4_096):
        element.tag, element.text = "mrow", ""
        element.attrib = {"data-column": str(ord(text) - _FIRST)}
    elif element.tag == "mo" and len(text) > 1 and text.isalpha():
        element.tag = "mi"  # as an operator, max and sin would have space at both sides
