"""The palette: the one place of colours, which eyes can tell apart."""

import colorsys
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from plotly.colors import sample_colorscale, unlabel_rgb

from playground import figures
from playground.figures import palette
from playground.figures.loss_colours import COLOUR_MAP

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


def contrast(one, other):
    """The contrast of the WCAG 2.2 between two colours."""
    dark, light = sorted(map(brightness, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def laid_over(colour, below):
    """What is seen of a translucent colour, such as ``"rgba(0,0,0,0.5)"``, over an opaque one."""
    *parts, opacity = (float(part) for part in re.findall(r"[\d.]+", colour))
    mixed = opacity * np.array(parts) + (1 - opacity) * np.array(palette.channels(below))
    return "#{:02X}{:02X}{:02X}".format(*mixed.round().astype(int))


PLACES = [
    "#{:02X}{:02X}{:02X}".format(*(round(part) for part in unlabel_rgb(colour)))
    for colour in sample_colorscale(COLOUR_MAP, 256)
]
"""The colours of a surface, from one end of its map to the other."""


@pytest.mark.parametrize("place", [*PLACES, "#FFFFFF", "#0E1117"])
def test_a_path_stands_out_from_any_place_of_a_surface_and_from_the_page(place):
    outside, inside = palette.HALO_EDGES
    dark = laid_over(outside, place)
    light = laid_over(inside, dark)
    assert max(contrast(dark, place), contrast(light, place)) >= 3  # of what it takes for graphics, WCAG 2.2, 1.4.11


def test_the_classes_have_hues_that_no_runner_has():
    for one, runner in [(one, runner) for one in palette.CLASSES for runner in palette.RUNNERS]:
        away = abs(hue(one) - hue(runner))
        assert min(away, 360 - away) > 15, (one, runner)


def hue(colour):
    """In degrees."""
    return 360 * colorsys.rgb_to_hls(*(part / 255 for part in palette.channels(colour)))[0]


def test_runners_have_colours_of_their_own_that_stand_out_from_a_white_rim():
    assert len(set(palette.RUNNERS)) == len(palette.RUNNERS)
    assert all(brightness(colour) < 0.85 for colour in palette.RUNNERS)


def test_no_runner_shares_a_colour_with_the_data_or_with_what_is_drawn_of_them():
    data = {palette.DATA, palette.RESIDUAL, palette.BATCH, palette.BATCH_LOSS, palette.HELD_OUT_LOSS}
    assert data.isdisjoint(palette.RUNNERS)
    assert len({palette.DATA, palette.RESIDUAL, palette.BATCH}) == 3


@pytest.mark.parametrize(
    ("colour", "faint"), [("#0072B2", "rgba(0,114,178,0.16)"), ("#FFFFFF", "rgba(255,255,255,0.16)")]
)
def test_a_faint_colour_is_the_same_with_something_shining_through(colour, faint):
    assert palette.faint(colour, 0.16) == faint


# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency": what
# linear red, green and blue become to eyes without one kind of cones.
EYES = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(colour, eye):
    """A colour in CIELAB (white D65), in which distances are about those that are seen."""
    parts = np.array(palette.channels(colour)) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = np.cbrt(to_xyz @ (np.array(EYES[eye]) @ linear).clip(0, 1) / to_xyz.sum(1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("eye", EYES)
def test_eyes_of_all_kinds_tell_the_classes_and_the_signs_apart(eye):
    for one, other in combinations(palette.CLASSES, 2):
        assert np.linalg.norm(lab(one, eye) - lab(other, eye)) > 25  # 2.3 is just seen, and their markers differ, too
    assert np.linalg.norm(lab(palette.NEGATIVE, eye) - lab(palette.POSITIVE, eye)) > 40
