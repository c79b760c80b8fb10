"""The training loop line by line, against loops written by hand, closed forms and ``descend``."""

import ast
import math
import re
import warnings
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import LOSSES, Fit, Function, InputError, descend
from playground.analysis.fit_statistics import data_gradients
from playground.analysis.loop_lines import BY_HAND, BY_OPTIMIZER, STYLES, Line
from playground.analysis.loop_mistakes import MISTAKES
from playground.analysis.loop_program import MAX_EPOCHS, check_epochs, check_rate
from playground.analysis.tensor_format import format_tensor
from playground.analysis.training_loop import LoopRun
from playground.analysis.training_loop import run_loop as run_in_time
from playground.engine.code import MAX_INLINE
from tests.cases import each_case

run_loop = partial(run_in_time, seconds=60.0)  # on a busy machine the usual time may be too short

START = (-0.486989, -0.563709)
TUTORIAL = """\
import torch

X = torch.tensor([0.5, 0.9, 1.4, 1.8], dtype=torch.float64)
Y = torch.tensor([2.0, 3.8, 5.0, 7.2], dtype=torch.float64)
a = torch.tensor([-0.486989], dtype=torch.float64, requires_grad=True)
b = torch.tensor([-0.563709], dtype=torch.float64, requires_grad=True)
for epoch in range(100):
    predicted = a * X + b
    loss = ((predicted - Y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        a -= 0.01 * a.grad
        b -= 0.01 * b.grad
    a.grad.zero_()
    b.grad.zero_()
"""
LEAF = "RuntimeError: a leaf Variable that requires grad is being used in an in-place operation."
NONE = "TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'"
NO_METHOD = "AttributeError: 'float' object has no attribute 'backward'"
TWICE = "RuntimeError: Trying to backward through the graph a second time"
NO_GRAPH = "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"


def by_hand(start, lr, epochs, zero=True):
    """The tutorial's loop, and the gradient that each update used."""
    x = torch.tensor([0.5, 0.9, 1.4, 1.8], dtype=torch.float64)
    y = torch.tensor([2.0, 3.8, 5.0, 7.2], dtype=torch.float64)
    a, b = (torch.tensor([one], dtype=torch.float64, requires_grad=True) for one in start)
    path, used = [[*start]], []
    for _ in range(epochs):
        loss = ((a * x + b - y) ** 2).mean()
        loss.backward()
        used.append([a.grad.item(), b.grad.item()])
        with torch.no_grad():
            a -= lr * a.grad
            b -= lr * b.grad
        if zero:
            a.grad.zero_()
            b.grad.zero_()
        path.append([a.item(), b.item()])
    return torch.tensor(path, dtype=torch.float64), torch.tensor(used, dtype=torch.float64)


def after(run: LoopRun, part: str) -> list[int]:
    """The states that the lines of a part led to, where they stand last of their part."""
    last = max(i for i, line in enumerate(run.lines) if line.part == part)
    return (run.line_indices == last).nonzero()[:, 0].tolist()


def ends(run: LoopRun) -> torch.Tensor:
    """The parameters at the start and after each epoch."""
    return run.parameters[[0, *after(run, "update")]]


def executed(run: LoopRun) -> dict:
    namespace = {}
    exec(run.source, namespace)
    return namespace


def last_of(run: LoopRun, name: str) -> torch.Tensor:
    return run.values[name][-1]


def same(left: torch.Tensor, right: torch.Tensor) -> bool:
    return torch.equal(left.nan_to_num(nan=7e77), right.nan_to_num(nan=7e77))


# ---- The tutorial.


def test_the_program_is_the_tutorials_letter_by_letter(tutorial):
    assert run_loop(tutorial, START).source == TUTORIAL


def test_it_ends_where_the_tutorial_ends_bit_for_bit(tutorial):
    run = run_loop(tutorial, START)
    path, _ = by_hand(START, 0.01, 100)
    assert torch.equal(ends(run), path)
    assert [round(one, 4) for one in run.parameters[-1].tolist()] == [2.7157, 1.4730]
    assert (run.error, run.explanation) == ("", "")


def test_it_is_what_descend_does(tutorial):
    run, known = run_loop(tutorial, dict(zip("ba", START[::-1], strict=True))), descend(tutorial, START, lr=0.01)
    torch.testing.assert_close(ends(run), known.parameters, rtol=0, atol=1e-12)
    torch.testing.assert_close(run.losses[[0, *after(run, "update")]], known.losses, rtol=0, atol=1e-12)


@given(
    start=st.tuples(*[st.floats(-1e3, 1e3)] * 2), lr=st.floats(1e-6, 2), epochs=st.integers(1, 20), zero=st.booleans()
)
@settings(max_examples=settings.default.max_examples // 2)
def test_any_start_and_rate_give_the_loop_by_hand(start, lr, epochs, zero):
    fit = Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
    run = run_loop(fit, start, lr=lr, epochs=epochs, mistakes=[] if zero else ["no_zero"], seconds=60)
    path, used = by_hand(start, lr, epochs, zero)
    assert same(ends(run), path)
    backward = after(run, "backward")
    for column, name in enumerate("ab"):
        assert same(torch.cat([run.gradients[name][k] for k in backward]), used[:, column])
    again = executed(run)
    assert same(torch.cat([again["a"], again["b"]]).detach(), run.parameters[-1])


# ---- The states in between.


def test_each_line_of_the_loop_is_a_state_in_its_epoch(tutorial):
    run = run_loop(tutorial, START, epochs=3)
    inside = list(range(4, len(run.lines)))
    assert run.line_indices.tolist() == [0, 1, 2, 3, *inside * 3]
    assert run.epochs.tolist() == [-1] * 4 + [0] * len(inside) + [1] * len(inside) + [2] * len(inside)
    assert run.line_indices.dtype == run.epochs.dtype == torch.int64
    assert [line.part for line in run.lines] == (
        "data data parameters parameters loop forward loss backward no_grad update update zero zero".split()
    )
    assert run.names == ("X", "Y", "a", "b", "predicted", "loss")
    assert run.parameter_names == ("a", "b")
    states = len(run.line_indices)
    assert run.parameters.shape == (states, 2)
    assert run.losses.shape == (states,)
    for name in run.names:
        assert len(run.values[name]) == len(run.gradients[name]) == states


def test_the_gradient_is_none_and_then_a_number_and_then_0(tutorial):
    run = run_loop(tutorial, START, epochs=2)
    at, grad = run.line_indices.tolist(), run.gradients["a"]
    backward = at.index(7)
    assert all(one is None for one in grad[:backward])
    # By hand: dL/da is the mean of 2 r x.
    known = sum(2 * (START[0] * x + START[1] - y) * x for x, y in zip(tutorial.x, tutorial.y, strict=True)) / 4
    assert float(grad[backward]) == pytest.approx(float(known), rel=1e-14)
    zeroed = at.index(11)
    assert all(torch.equal(one, grad[backward]) for one in grad[backward:zeroed])
    assert grad[zeroed].tolist() == [0.0]
    assert run.gradients["b"][zeroed].item() != 0
    assert run.gradients["b"][zeroed + 1].tolist() == [0.0]
    assert all(one is None for name in ("X", "Y", "predicted", "loss") for one in run.gradients[name])


def test_values_come_into_being_and_stay_as_they_were(tutorial):
    run = run_loop(tutorial, START, epochs=2)
    at = run.line_indices.tolist()
    forward, loss, update = at.index(5), at.index(6), at.index(9)
    assert run.values["predicted"][forward - 1] is None
    assert run.values["loss"][loss - 1] is None
    torch.testing.assert_close(run.values["predicted"][forward], START[0] * tutorial.x + START[1], rtol=0, atol=1e-15)
    assert format_tensor(run.values["loss"][loss]) == "36.1501"
    assert run.values["a"][update - 1].tolist() == [START[0]]
    assert run.values["a"][update].item() == START[0] - 0.01 * run.gradients["a"][update].item()
    assert [one is None for one in run.values["a"][:4]] == [True, True, False, False]
    assert run.parameters[0].tolist() == [*START]  # where they begin, before the lines that make them
    assert run.values["a"][update - 1] is run.values["a"][2]  # one object where nothing changed
    assert not any(one is not None and one.requires_grad for kept in run.values.values() for one in kept)
    # The parameters and the loss of a state are those after its line: the tensor called loss is older.
    assert run.parameters[update].tolist() == [run.values["a"][update].item(), START[1]]
    assert run.losses[update] == pytest.approx(float(tutorial.loss(run.parameters[update])), rel=1e-14)
    assert run.losses[update] < run.values["loss"][update]


def test_a_prediction_that_is_the_parameter_itself_moves_with_it():
    run = run_loop(Fit("a", x=[1.0, 2.0], y=[3.0, 5.0]), [0.0], lr=0.1, epochs=1)
    assert run.values["predicted"][after(run, "backward")[0]].tolist() == [0.0, 0.0]
    assert run.values["predicted"][-1].tolist() == [run.parameters[-1].item()] * 2 != [0.0, 0.0]


# ---- Mistakes.


def test_gradients_that_are_not_zeroed_are_the_sums_of_all_so_far(tutorial):
    run = run_loop(tutorial, START, mistakes=["no_zero"])
    assert not any(line.part == "zero" for line in run.lines)
    path, _ = by_hand(START, 0.01, 100, zero=False)
    assert torch.equal(ends(run), path)
    sums = tutorial.gradient(path[:-1]).cumsum(0)
    for column, name in enumerate("ab"):
        kept = torch.cat([run.gradients[name][k] for k in after(run, "backward")])
        torch.testing.assert_close(kept, sums[:, column], rtol=1e-12, atol=1e-12)
    assert (run.error, run.explanation) == ("", MISTAKES["no_zero"].explanation)


def as_a_script(source: str) -> tuple[dict, str]:
    """What a plain script comes to, and the error that ends it."""
    namespace: dict = {}
    try:
        exec(source, namespace)
    except Exception as error:
        return namespace, f"{type(error).__name__}: {error}"
    return namespace, ""


def same_tensor(left, right) -> bool:
    return left is right is None or (left is not None and right is not None and torch.equal(left, right))


@each_case("style", STYLES)
@each_case("mistake", [*MISTAKES.values()])
def test_each_mistake_does_what_a_plain_script_with_it_does_and_is_no_loop_as_it_should_be(tutorial, mistake, style):
    usual, run = run_loop(tutorial, START, style=style), run_loop(tutorial, START, style=style, mistakes=[mistake.name])
    if not mistake.explain(style):
        assert run.source == usual.source
        return
    namespace, error = as_a_script(run.source)
    assert run.error == error
    for name in (*"XYab", "predicted"):
        if last_of(run, name) is not None:
            torch.testing.assert_close(namespace[name].detach(), last_of(run, name), rtol=1e-12, atol=1e-12)
            if namespace[name].is_leaf:
                assert same_tensor(namespace[name].grad, run.gradients[name][-1])
    assert run.explanation == mistake.explain(style)
    went_well = not error and all(same_tensor(last_of(run, name), last_of(usual, name)) for name in "ab")
    assert not went_well or namespace["X"].grad is not None


@each_case(
    ("mistakes", "error", "line", "mistake"),
    [
        (["recorded_update"], LEAF, "    a -= 0.01 * a.grad", "recorded_update"),
        (["update_first"], NONE, "        a -= 0.01 * a.grad", "update_first"),
        (["update_first", "recorded_update"], NONE, "    a -= 0.01 * a.grad", "update_first"),
        (["update_first", "no_zero"], NONE, "        a -= 0.01 * a.grad", "update_first"),
        (["backward_twice"], TWICE, "    loss.backward()", "backward_twice"),
        (["assigned"], "AttributeError: 'NoneType' object has no attribute 'zero_'", "    a.grad.zero_()", "assigned"),
        (["assigned", "no_zero"], NO_GRAPH, "    loss.backward()", "assigned"),
        (["assigned", "recorded_update"], "AttributeError: 'NoneType' object", "    a.grad.zero_()", "assigned"),
        (["no_requires_grad"], NONE, "        a -= 0.01 * a.grad", "no_requires_grad"),
        (["detached"], NO_GRAPH, "    loss.backward()", "detached"),
        (
            ["item_first"],
            "AttributeError: 'float' object has no attribute 'backward'",
            "    loss.backward()",
            "item_first",
        ),
        (["item_first", "backward_twice"], NO_METHOD, "    loss.backward()", "item_first"),
    ],
)
@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_what_torch_refuses_is_quoted_at_its_line_and_explained(tutorial, mistakes, error, line, mistake):
    run = run_loop(tutorial, START, mistakes=mistakes)
    assert run.error.startswith(error)
    assert run.explanation == MISTAKES[mistake].explanation
    assert run.lines[run.line_indices[-1]].code == line
    assert as_a_script(run.source)[1] == run.error


@each_case(
    ("mistakes", "end"),
    [
        ([], [2.7157, 1.4730]),
        (["no_zero"], [6.9183, 1.9152]),
        (["zero_early"], [-0.4870, -0.5637]),
        (["update_first"], [-0.4870, -0.5637]),
        (["no_requires_grad"], [-0.4870, 4.3142]),
        (["recorded_update", "assigned"], [2.7157, 1.4730]),
    ],
)
def test_the_loop_by_an_optimizer_goes_wrong_without_a_word(tutorial, mistakes, end):
    run = run_loop(tutorial, START, style=BY_OPTIMIZER, mistakes=mistakes)
    assert run.error == ""
    assert run.parameters[-1].tolist() == pytest.approx(end, abs=5e-5)


def test_the_loop_by_an_optimizer_is_the_loop_by_hand(tutorial):
    by_hand, by_optimizer = (run_loop(tutorial, START, style=style) for style in STYLES)
    assert [line.code for line in by_optimizer.lines[4:]] == [
        "optimizer = torch.optim.SGD([a, b], lr=0.01)",
        "for epoch in range(100):",
        "    predicted = a * X + b",
        "    loss = ((predicted - Y) ** 2).mean()",
        "    loss.backward()",
        "    optimizer.step()",
        "    optimizer.zero_grad()",
    ]
    torch.testing.assert_close(ends(by_optimizer), ends(by_hand), rtol=1e-12, atol=1e-12)
    assert all(by_optimizer.gradients["a"][k] is None for k in after(by_optimizer, "zero"))
    assert by_hand.lines[0] == by_optimizer.lines[0]
    assert run_loop(tutorial, START, style=BY_HAND).source == TUTORIAL


def test_a_second_backward_adds_the_gradient_again_where_nothing_was_freed():
    once, twice = (
        run_loop(Function("x + y"), [1.0, 2.0], epochs=1, mistakes=made) for made in ([], ["backward_twice"])
    )
    assert twice.error == ""
    assert once.parameters[-1].tolist() == [0.99, 1.99]
    assert twice.parameters[-1].tolist() == [0.98, 1.98]


@given(st.sets(st.sampled_from([*MISTAKES])), st.sampled_from(STYLES))
def test_any_mistakes_together_are_a_program_that_does_what_its_text_does(made, style):
    run = run_loop(Fit("a*x + b", [0.5, 0.9], [2.0, 3.8]), START, epochs=3, style=style, mistakes=made)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert as_a_script(run.source)[1] == run.error
    known = {one.explain(style) for one in MISTAKES.values() if one.name in made} - {""}
    if run.error:
        assert run.explanation in known


@each_case(("setting", "value"), [("style", "by magic"), ("mistakes", ["forgot"])])
def test_an_unknown_style_or_mistake_is_named(tutorial, setting, value):
    with pytest.raises(InputError, match=value if setting == "style" else value[0]) as raised:
        run_loop(tutorial, START, **{setting: value})
    assert raised.value.field == setting


def test_updates_without_no_grad_stand_in_the_loop_itself(tutorial):
    usual, mistaken = (run_loop(tutorial, START, mistakes=made) for made in ([], ["recorded_update"]))
    assert [line.depth for line in usual.lines if line.part == "update"] == [2, 2]
    assert [line.depth for line in mistaken.lines if line.part == "update"] == [1, 1]
    assert "no_grad" not in mistaken.source
    first = run_loop(tutorial, START, mistakes=["update_first"]).lines
    assert [line.part for line in first[6:11]] == ["loss", "no_grad", "update", "update", "backward"]


def test_gradients_of_the_data_land_in_them_and_add_up(tutorial):
    run = run_loop(tutorial, START, epochs=3, mistakes=["data_requires_grad"])
    usual = run_loop(tutorial, START, epochs=3)
    assert torch.equal(run.parameters, usual.parameters)
    assert [line.code.endswith("requires_grad=True)") for line in run.lines[:2]] == [True, True]
    theta = usual.parameters[[0, *after(usual, "update")[:-1]]]
    residual = theta[:, :1] * tutorial.x + theta[:, 1:] - tutorial.y
    for k, state in enumerate(after(run, "backward")):
        by_x = (2 / 4 * residual * theta[:, :1])[: k + 1].sum(0)
        by_y = (-2 / 4 * residual)[: k + 1].sum(0)
        torch.testing.assert_close(run.gradients["X"][state], by_x, rtol=1e-13, atol=0)
        torch.testing.assert_close(run.gradients["Y"][state], by_y, rtol=1e-13, atol=0)
    assert executed(run)["X"].grad.tolist() == run.gradients["X"][-1].tolist()


def test_a_function_has_no_data_that_could_want_a_gradient():
    usual, asked = (run_loop(Function("x**2"), [3.0], mistakes=made) for made in ([], ["data_requires_grad"]))
    assert (usual.source, usual.explanation) == (asked.source, asked.explanation)
    assert MISTAKES["data_requires_grad"].only_on_data


@pytest.mark.parametrize("objective", [Function("where(x > 0, 1, 2)"), Fit("(a > 0)*x", x=[1.0, 2.0], y=[1.0, 2.0])])
def test_a_loss_that_no_parameter_moves_has_nothing_to_go_back_through(objective):
    run = run_loop(objective, [1.0])
    assert run.error == NO_GRAPH
    assert "depends on no parameter" in run.explanation
    assert run.lines[run.line_indices[-1]].code == "    loss.backward()"


def test_a_variable_that_no_gradient_reaches_is_named_by_pythons_error():
    run = run_loop(Function("x**2 + (y > 0)"), [1.0, 2.0])
    assert run.error == NONE
    assert "No gradient has reached" in run.explanation
    assert run.lines[run.line_indices[-1]].code == "        y -= 0.01 * y.grad"
    assert run.parameters[-1].tolist() == [0.98, 2.0]


def test_any_other_error_is_quoted_too(monkeypatch):
    monkeypatch.setattr("playground.engine.function.as_function", lambda _: lambda _: math.sqrt(-1))
    run = run_loop(Function("sum(x**2)"), [3.0])  # a sum over components is a function of the source's own: f
    assert run.error == "ValueError: math domain error"
    assert run.explanation == "Torch can't run this line with these values."
    assert run.lines[run.line_indices[-1]].part == "loss"


def test_each_mistake_is_explained_in_one_sentence():
    for name, mistake in MISTAKES.items():
        assert name == mistake.name
        assert mistake.label
        for sentence in filter(None, map(mistake.explain, STYLES)):
            assert re.fullmatch(r"[^.].*[^.]\.", sentence)
            assert not re.search(r"\. [A-Z]", sentence)  # one sentence


# ---- Functions, models, losses.


@pytest.mark.parametrize(
    ("function", "start", "lr"),
    [
        (Function("x**2"), [3.0], 0.1),
        (Function("sum(x**2)", sizes={"x": 3}), [1.0, 2.0, 3.0], 0.1),
        (Function("(1-x)**2 + 100*(y-x**2)**2"), [-1.2, 1.0], 1e-3),
        (Function("dot(v, w) + norm(v) + w[1]**2", sizes={"v": 2}), [1.0, 2.0, 3.0, 4.0], 0.01),
        (Function("x"), [1.0], 0.1),
        (Function("cbrt(x) + pi*y + max(x, y)"), [1.0, 2.0], 0.01),
    ],
)
def test_functions_go_down_as_descend_and_as_their_source(function, start, lr):
    run, known = run_loop(function, start, lr=lr), descend(function, start, lr=lr)
    assert run.error == ""
    torch.testing.assert_close(ends(run), known.parameters, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(run.losses[after(run, "update")], known.losses[1:], rtol=1e-12, atol=1e-12)
    names = [name for name in run.names if name != "loss"]
    assert torch.cat([last_of(run, name) for name in names]).tolist() == run.parameters[-1].tolist()
    again = executed(run)
    torch.testing.assert_close(
        torch.cat([again[name] for name in names]).detach(), run.parameters[-1], rtol=1e-12, atol=1e-12
    )


def test_the_square_shrinks_by_a_factor_each_epoch():
    run = run_loop(Function("x**2"), [3.0], lr=0.1, epochs=20)
    torch.testing.assert_close(ends(run)[:, 0], 3 * 0.8 ** torch.arange(21, dtype=torch.float64))
    assert run.names == ("x", "loss")
    assert [line.code for line in run.lines[:3]] == [
        "x = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)",
        "for epoch in range(20):",
        "    loss = x ** 2",
    ]
    assert format_tensor(run.gradients["x"][after(run, "backward")[0]]) == "[6.]"


def test_a_vector_is_one_tensor():
    run = run_loop(Function("sum(x**2)", sizes={"x": 3}), [1.0, 2.0, 3.0], epochs=1)
    assert run.names == ("x", "loss")
    assert run.parameter_names == ("x1", "x2", "x3")
    assert format_tensor(run.gradients["x"][after(run, "backward")[0]]) == "[2., 4., 6.]"


@each_case("loss", LOSSES)
@each_case("model", ["a*x + b", "a", "a*exp(-b*x) + cbrt(c_1)", "pi*a + ln(2)*x", "softplus(a)"])
def test_every_loss_and_model_goes_down_as_descend(loss, model):
    fit = Fit(model, x=[0.5, 0.9, 1.4, 1.8], y=[0.0, 1.0, 0.0, 1.0], loss=loss)
    start = [0.4, 0.3, 0.7][: len(fit.parameters)]
    run, known = run_loop(fit, start, lr=0.05), descend(fit, start, lr=0.05)
    assert run.error == ""
    torch.testing.assert_close(ends(run), known.parameters, rtol=1e-12, atol=1e-12)
    again = executed(run)
    for name in run.names:
        torch.testing.assert_close(again[name].detach(), last_of(run, name), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("model", "line"),
    [
        ("ax + b", "predicted = a * X + b"),
        ("a x^2 + b x + c", "predicted = a * X ** 2 + b * X + c"),
        ("a*sin(2 pi x)", "predicted = a * torch.sin(6.283185307179586 * X)"),
        ("a - b", "predicted = (a - b).expand_as(Y)"),
        ("a*cbrt(x)", "predicted = f(a, X)"),
        ("a" + " + a*x" * 30, "predicted = f(a, X)"),
    ],
)
def test_simple_models_are_written_out_and_others_called(model, line):
    fit = Fit(model, x=[1.0, 2.0], y=[1.0, 2.0])
    run = run_loop(fit, [0.1] * len(fit.parameters), epochs=2)
    assert f"    {line}" in [one.code for one in run.lines]


def test_a_start_of_any_bits_comes_through_the_text():
    for number in (-0.0, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, 1 / 3):
        run = run_loop(Function("x*0.5"), [number], epochs=1)
        assert math.copysign(1, run.parameters[0].item()) == math.copysign(1, number)
        assert run.parameters[0].item() == number


def test_what_is_not_finite_goes_on_to_the_end(tutorial):
    run = run_loop(tutorial, START, lr=1e6, epochs=60)
    assert run.error == ""
    assert run.epochs[-1] == 59
    assert run.parameters[-1].isnan().all()
    assert run.losses[-1].isnan()


def test_the_time_given_ends_it_without_an_error(tutorial):
    run = run_loop(tutorial, START, epochs=MAX_EPOCHS, seconds=0.0)
    assert run.line_indices.tolist() == [0, 1, 2, 3]
    assert run.losses.tolist() == [float(tutorial.loss([*START]))] * 4
    assert (run.error, run.explanation) == ("", "")


def test_an_error_inside_of_no_grad_leaves_torch_recording(tutorial):
    run_loop(tutorial, START, mistakes=["update_first"])
    assert torch.is_grad_enabled()


# ---- Names.

HOSTILE = "lambda torch f loss X Y x epoch range math predicted f_ loss_ cbrt Tensor Any class None True".split()


def test_names_of_pythons_and_of_the_programs_own_are_variables_too():
    for first in range(0, len(HOSTILE), 6):
        names = HOSTILE[first : first + 6]
        text = " + ".join(f"{i + 1}*({name} - {i})**2" for i, name in enumerate(names)) + f" + cbrt({names[0]} + 9)"
        function = Function(text, names=names)
        assert function.parameters == tuple(names)
        start = [0.5 * i + 0.25 for i in range(len(names))]
        run = run_loop(function, start, epochs=20)
        assert run.error == ""
        torch.testing.assert_close(ends(run), descend(function, start, lr=0.01, steps=20).parameters)
        again = executed(run)
        assert len(set(run.names)) == len(names) + 1
        ended = torch.cat([again[name] for name in run.names[:-1]]).detach()
        torch.testing.assert_close(ended, run.parameters[-1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("model", ["X*x + Y + f", "lambda*x + X_1", "f x + X", "cbrt(f x) + lambda + Y"])
def test_a_models_parameters_may_be_called_like_the_data(model):
    fit = Fit(model, x=[0.5, 0.9, 1.4], y=[2.0, 3.8, 5.0])
    start = [0.3 + i for i in range(len(fit.parameters))]
    run, known = run_loop(fit, start, lr=0.05), descend(fit, start, lr=0.05)
    assert run.error == ""
    torch.testing.assert_close(ends(run), known.parameters, rtol=1e-12, atol=1e-12)
    assert last_of(run, "X").tolist() == fit.x.tolist()
    again = executed(run)
    ended = torch.cat([again[name] for name in run.names[2:-2]]).detach()
    torch.testing.assert_close(ended, run.parameters[-1], rtol=1e-12, atol=1e-12)


@given(
    st.lists(
        st.sampled_from(HOSTILE) | st.from_regex(r"[A-Za-zα-ω][A-Za-zα-ω0-9_]{0,8}", fullmatch=True),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
def test_lines_hold_nothing_but_the_programs_words_and_names_of_variables(names):
    try:
        function = Function(" + ".join(f"({name})**2" for name in names), names=names)
    except InputError:
        return  # no names of the language
    run = run_loop(function, [0.5] * len(function.parameters), epochs=1)
    assert run.error == ""
    tree = ast.parse("\n".join(line.code for line in run.lines))
    own = {"torch", "range", "epoch", "f", "loss"}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    loss = next(line.code for line in run.lines if line.part == "loss")
    assert used == (own if "f(" in loss else own - {"f"}) | set(run.names)
    assert len(loss) < MAX_INLINE + 20
    assert not own & set(run.names[:-1])
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert attributes == {"tensor", "float64", "backward", "no_grad", "grad", "zero_"}


@pytest.mark.parametrize("text", ["__import__('os').system('ls')", "x.grad", "exec(x)", "x; y", "x\nimport os", "'x'"])
def test_what_is_no_expression_never_comes_near_a_line(text):
    with pytest.raises(InputError):
        run_loop(Function(text), [1.0])


# ---- What can't be used.

LINE = {"model": "a*x + b", "x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]}


@each_case(
    ("objective", "start", "settings", "words", "field"),
    [
        (Function("x**2"), [3.0], {"epochs": 0}, "epochs must be a whole number from 1 to 300, not 0", "epochs"),
        (Function("x**2"), [3.0], {"epochs": 1001}, "not 1001", "epochs"),
        (Function("x**2"), [3.0], {"epochs": 2.0}, "not 2.0", "epochs"),
        (Function("x**2"), [3.0], {"epochs": True}, "not True", "epochs"),
        (Function("x**2"), [3.0], {"lr": 0}, "the learning rate is 0", "lr"),
        (Function("x**2"), [3.0], {"lr": -1.0}, "below 0 the loop would climb", "lr"),
        (Function("x**2"), [3.0], {"lr": math.inf}, "finite", "lr"),
        (Function("x**2"), [3.0], {"lr": math.nan}, "finite", "lr"),
        (Function("x**2"), [3.0], {"lr": None}, "must be a number", "lr"),
        (Function("x**2"), [3.0, 4.0], {}, "needs 1 numbers", "start"),
        (Function("x**2"), {"y": 1.0}, {}, "must name x", "start"),
        (Function("x**2"), [math.nan], {}, "finite", "start"),
        (Function("3 + 4"), [], {}, "depends on no variable", "function"),
        (Function("sum(x**2)", sizes={"x": 9}), [1.0] * 9, {}, "8 parameters at most, and here are 9", "function"),
        (Fit(" + ".join(f"{one}*x" for one in "abcdfghkm"), [1.0], [1.0]), [1.0] * 9, {}, "here are 9", "model"),
        (Fit(**LINE, weights=[1, 2, 1]), [0.0, 0.0], {}, "without weights", "data"),
        (Fit(**LINE, held_out=[True, False, False]), [0.0, 0.0], {}, "without points held out", "data"),
        (Fit(**LINE, penalties={"l2": 0.1}), [0.0, 0.0], {}, "without penalties", "penalties"),
        (Fit(**LINE, standardise=True), [0.0, 0.0], {}, "without standardised x", "standardise"),
        (Fit("a*x", [1.0] * 101, [1.0] * 101), [0.0], {}, "100 points at most, and here are 101", "data"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(objective, start, settings, words, field):
    with pytest.raises(InputError, match=words) as raised:
        run_loop(objective, start, **settings)
    assert raised.value.field == field


def test_a_hundred_points_and_eight_parameters_are_taken():
    run = run_loop(Fit("a*x", [0.1] * 100, [1.0] * 100), [0.0], epochs=2, seconds=60)
    assert last_of(run, "X").shape == (100,)
    assert run_loop(Function("sum(x**2)", sizes={"x": 8}), [1.0] * 8, epochs=2).parameters.shape[1] == 8


def test_settings_are_given_back_checked():
    assert check_rate(1) == 1.0
    assert isinstance(check_rate(1), float)
    assert check_epochs(MAX_EPOCHS) == MAX_EPOCHS


# ---- The gradients of the data.


@given(theta=st.tuples(*[st.floats(-100, 100)] * 2))
def test_the_datas_gradients_are_those_of_the_closed_form(theta):
    fit = Fit("a*x + b", x=[0.5, 0.9, 1.4, 1.8], y=[2.0, 3.8, 5.0, 7.2])
    by_x, by_y = data_gradients(fit, theta)
    residual = theta[0] * fit.x + theta[1] - fit.y
    torch.testing.assert_close(by_x, 2 / 4 * residual * theta[0], rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(by_y, -2 / 4 * residual, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_datas_gradients_are_the_slopes_of_every_loss(loss):
    x, y = [0.5, 0.9, 1.4], [0.2, 0.7, 0.4]
    theta, by = [0.8, -0.3], 1e-6
    found = data_gradients(Fit("sin(a*x) + b*x", x, y, loss=loss), theta)
    for which, gradient in enumerate(found):
        for i in range(3):
            moved = []
            for sign in (1, -1):
                points = [list(x), list(y)]
                points[which][i] += sign * by
                moved.append(float(Fit("sin(a*x) + b*x", *points, loss=loss).loss(theta)))
            assert float(gradient[i]) == pytest.approx((moved[0] - moved[1]) / (2 * by), abs=1e-8)


def test_a_model_without_x_has_no_slope_in_it():
    by_x, by_y = data_gradients(Fit("a", x=[1.0, 2.0], y=[3.0, 5.0]), [1.0])
    assert by_x.tolist() == [0.0, 0.0]
    assert by_y.tolist() == [2.0, 4.0]


@each_case("loss", LOSSES)
@each_case("model", ["a*x + b", "a + b"])
def test_the_datas_gradients_at_many_points_are_those_at_each(loss, model):
    weighted = Fit(model, x=[0.5, 0.9, 1.4], y=[0.2, 0.7, 0.4], loss=loss, weights=[1, 2, 0.5], standardise=True)
    theta = torch.tensor([[[0.8, -0.3], [1.0, 2.0]], [[0.0, 0.0], [-4.0, 1.0]]], dtype=torch.float64)
    by_x, by_y = data_gradients(weighted, theta)
    assert by_x.shape == by_y.shape == (2, 2, 3)
    for i in range(2):
        for j in range(2):
            alone = data_gradients(weighted, theta[i, j])
            torch.testing.assert_close((by_x[i, j], by_y[i, j]), alone, rtol=1e-14, atol=1e-16)


def test_the_datas_gradients_want_all_parameters(tutorial):
    with pytest.raises(InputError, match="2 parameters"):
        data_gradients(tutorial, [1.0])


# ---- Tensors as texts.


@pytest.mark.parametrize(
    ("tensor", "text"),
    [
        (None, "None"),
        (torch.tensor([6.0], dtype=torch.float64), "[6.]"),
        (torch.tensor([2.0, 4.0, 6.0], requires_grad=True), "[2., 4., 6.]"),
        (torch.tensor(36.15009, dtype=torch.float64), "36.1501"),
        (torch.tensor([math.nan, -math.inf], dtype=torch.float64), "[nan, -inf]"),
        (torch.tensor([1, 20]), "[ 1, 20]"),
        (torch.tensor([True, False]), "[ True, False]"),
        (torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64), "[[1., 2.], [3., 4.]]"),
        (torch.tensor([], dtype=torch.float64), "[]"),
        (torch.tensor([1e-10, 1e10], dtype=torch.float64), "[1.0000e-10, 1.0000e+10]"),
        (torch.arange(12.0), "[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11.]"),
    ],
)
def test_a_tensor_is_shown_as_torch_prints_it(tensor, text):
    assert format_tensor(tensor) == text


@pytest.mark.parametrize("shape", [(2000,), (40, 60), (2, 1500), (1500, 2), (12,), (2, 12), (12, 12)])
def test_a_tensor_is_shortened_and_put_on_one_line_as_torch_would(shape):
    tensor = 10 * torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    text = format_tensor(tensor)
    torch.set_printoptions(linewidth=100_000)  # a row a line
    printed = str(tensor)
    torch.set_printoptions(profile="default")
    assert text == printed.removeprefix("tensor(").removesuffix(", dtype=torch.float64)").replace("\n        ", " ")


def test_lines_know_how_deep_they_stand():
    assert [Line(code, "loop", "").depth for code in ("x", "    x", "        x")] == [0, 1, 2]
