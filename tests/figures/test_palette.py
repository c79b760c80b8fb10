"""The palette: the one place of colours, which eyes can tell apart."""

import re
from pathlib import Path

import pytest

from playground import figures
from playground.figures import palette

FILES = [path for path in Path(figures.__file__).parent.glob("*.py") if path.name != "palette.py"]
A_COLOUR = re.compile(
    r"#[0-9A-Fa-f]{6}|rgba?\(|[\"'](?:white|black|red|green|blue|grey|gray|orange|yellow|purple)[\"']"
)


def test_no_picture_has_colours_of_its_own():
    assert len(FILES) > 20
    assert {path.name: found for path in FILES if (found := A_COLOUR.findall(path.read_text()))} == {}


def brightness(colour):
    """The relative luminance of the WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_runners_have_colours_of_their_own_that_stand_out_from_a_white_rim():
    assert len(set(palette.RUNNERS)) == len(palette.RUNNERS)
    assert all(brightness(colour) < 0.85 for colour in palette.RUNNERS)


@pytest.mark.parametrize(
    ("colour", "faint"), [("#0072B2", "rgba(0,114,178,0.16)"), ("#FFFFFF", "rgba(255,255,255,0.16)")]
)
def test_a_faint_colour_is_the_same_with_something_shining_through(colour, faint):
    assert palette.faint(colour, 0.16) == faint
