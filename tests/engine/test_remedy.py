import pytest

from playground import Fit, Function, descend

FALLING = Fit("c/(1 + exp(-k*(x - m))) + d", [821.0, 576, 473, 377, 326], [255.0, 235, 208, 166, 157])
START = {"c": 1.0, "k": 1.0, "m": 473.0, "d": 208.0}


def test_a_line_search_that_helps_is_named_with_what_it_brings():
    run = descend(FALLING, START, "LBFGS", steps=30)
    assert not run.losses[-1].isfinite()
    helped = descend(FALLING, START, "LBFGS", steps=20, line_search_fn="strong_wolfe")
    assert helped.losses[-1] < helped.losses[0] / 2
    assert "line_search_fn=strong_wolfe helps" in run.outcome.message
    assert f"{helped.losses[0].item():.4g}" in run.outcome.message
    assert "smaller learning rate" not in run.outcome.message


def test_one_that_does_not_help_is_not_named():
    run = descend(Function("ln(x)"), [3.0], "LBFGS", steps=20)
    assert run.outcome.name == "OUT_OF_DOMAIN"
    assert "strong_wolfe" not in run.outcome.message
    assert "Try" in run.outcome.message


def test_a_search_between_losses_that_are_no_numbers_stops_with_a_sentence():
    run = descend(Function("ln(x)"), [3.0], "LBFGS", steps=20, line_search_fn="strong_wolfe")
    assert run.outcome.name == "STOPPED"
    assert "losses that aren't numbers" in run.outcome.message


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "Rprop"])
def test_others_have_no_such_remedy(optimizer):
    run = descend(Function("x^4"), [100.0], optimizer, lr=1e3, steps=60)
    assert "helps" not in run.outcome.message
