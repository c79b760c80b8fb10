"""What things in pictures are called, and the sentences on them."""

import pytest

from playground.figures import contour_figure
from playground.figures.traces import make_figure
from playground.figures.words import SAYS, STARTS, says


@pytest.mark.parametrize("said", [*SAYS.values(), *STARTS.values()])
def test_each_is_one_sentence(said):
    assert said[0].isupper() or said[0] == "−"
    assert said.endswith(".")
    assert ". " not in said


def test_a_trace_has_the_sentence_of_its_name_and_keeps_what_it_has():
    named = {"type": "scatter", "x": [1], "y": [1], "name": "minimum"}
    with_meta = named | {"meta": {"cursor": "all"}}
    own = named | {"meta": {"says": "My own."}}
    other = named | {"name": "nothing that is known"}
    metas = [one.meta for one in make_figure([named, with_meta, own, other], {}).data]
    assert metas == [
        {"says": SAYS["minimum"]},
        {"cursor": "all", "says": SAYS["minimum"]},
        {"says": "My own."},
        None,
    ]


def test_names_that_go_on_are_known_by_their_beginning():
    assert says("class 2") == STARTS["class "]
    assert says("class") == says("") == ""


def test_everything_in_the_legend_of_the_contours_says_what_it_is(hill):
    shown = [one for one in contour_figure(hill.contours).data if one.name and one.showlegend is not False]
    assert {"gradient ∇", "step", "curvature", "exp_avg"} <= {one.name for one in shown}
    assert all(one.meta["says"].endswith(".") for one in shown)
