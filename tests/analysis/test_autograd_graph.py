"""The autograd graph: torch's own graph and hooks judge names, gradients and order; differences judge the slopes."""

import math
from collections import Counter
from functools import partial

import pytest
import torch
from hypothesis import example, given, reject
from hypothesis import strategies as st

from playground import Expression, ExpressionError, Function, InputError
from playground.analysis.autograd_graph import MAX_NODES, jacobian, record_graph
from playground.language.operations import OPERATIONS
from tests.cases import each_case

LONG = " + ".join(f"sin({i}*x)" for i in range(2, 32))
"""Of 120 nodes: x, and four for each term, the first of which has no plus."""


def numbers(*components):
    return torch.tensor(components, dtype=torch.float64)


def point_of(**point):
    return {name: numbers(*components) for name, components in point.items()}


def graph_of(text, vector=None, **point):
    return record_graph(Expression(text), point_of(**point), vector)


def node_of(graph, text):
    (node,) = (one for one in graph.nodes if one.text == text)
    return node


def assert_same(found, expected, tolerance=0.0):
    assert (found is None) == (expected is None), (found, expected)
    if expected is not None:
        torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)


def walk(value):
    """The names of all of torch's nodes behind a value, each once."""
    waiting, met = [value.grad_fn], []
    while waiting:
        node = waiting.pop()
        if node is not None and node not in met:
            met.append(node)
            waiting.extend(one for one, _ in node.next_functions)
    return Counter(node.name().removeprefix("torch::autograd::") for node in met)


def reached_names(graph):
    """The names of torch's nodes in a graph of this project, as far as backward reached them."""
    reached = [graph.nodes[i] for i in graph.backward]
    return Counter(name for node in reached for name in node.inner_grad_fns or ("AccumulateGrad",))


def leaves_at(point):
    return {name: one.clone().requires_grad_() for name, one in point.items()}


# ---- Random expressions of every operation of the language, at points of one and of three components.

LEAVES = st.sampled_from(["x", "y", "z", "x", "y", "2", "0.5", "-1", "0", "π", "x[0]", "y[0]", "[x[0], 3, sin(y[0])]"])
COMPONENT = st.sampled_from([-1.7, -0.6, 0.0, 0.4, 0.9, 1.0, 2.1])
POINTS = st.fixed_dictionaries(
    {
        name: st.sampled_from([1, 3]).flatmap(
            lambda size: st.tuples(*[COMPONENT] * size).map(lambda one: numbers(*one))
        )
        for name in "xyz"
    }
)


def called(record, parts):
    """An operation on the fewest arguments that it takes; where it wants a condition two of the parts are compared."""
    taken = [
        f"({parts[2 * i]} < {parts[2 * i + 1]})" if record.arguments[i : i + 1] == ("truth",) else f"({parts[2 * i]})"
        for i in range(record.min_arguments)
    ]
    if record.name in ("and", "or"):
        return f"where({taken[0]} {record.name} {parts[2]} > {parts[3]}, {parts[0]}, {parts[1]})"
    if record.name in ("negate", "truth"):
        return f"-{taken[0]}" if record.name == "negate" else f"{parts[0]} + {taken[0]}"
    if record.group == "operator":
        text = f" {record.name} ".join(taken)
        return text if record.kind == "number" else f"where({text}, {parts[0]}, {parts[1]})"
    return f"{record.name}({', '.join(taken)})"


def larger(smaller):
    calls = [
        st.lists(smaller, min_size=2 * one.min_arguments, max_size=2 * one.min_arguments).map(partial(called, one))
        for one in OPERATIONS.values()
    ]
    joined = [st.builds(f"({{}}) {sign} ({{}})".format, smaller, smaller) for sign in "+-*/"]
    return st.one_of(st.one_of(joined), st.one_of(calls))


TEXTS = st.recursive(LEAVES, larger, max_leaves=8)


def expression_at(text, point):
    """A random expression, its point, and a vector for backward where its value wants one."""
    expression = Expression(text)
    if not expression.names:
        reject()
    point = {name: point[name] for name in expression.names}
    try:
        size = len(expression.evaluate(point))
    except ExpressionError:  # lengths that don't fit together
        reject()
    return expression, point, None if size == 1 else torch.linspace(0.5, 2, size, dtype=torch.float64)


def test_the_random_expressions_hold_every_operation():
    for record in OPERATIONS.values():
        nodes = Expression(called(record, ["x", "y", "z", "2", "0.5", "x"])).nodes
        assert record.name in [node.operation for node in nodes]


# ---- Names.


@pytest.mark.parametrize(
    ("text", "by_hand", "names"),
    [
        ("x**2", lambda x, _: x**2, "PowBackward0 AccumulateGrad"),
        ("sum(x**2)", lambda x, _: (x**2).sum(-1, keepdim=True), "SumBackward1 PowBackward0 AccumulateGrad"),
        ("y*x + 3", lambda x, y: y * x + 3, "AddBackward0 MulBackward0 AccumulateGrad AccumulateGrad"),
        (
            "sin(x)*exp(y)",
            lambda x, y: x.sin() * y.exp(),
            "MulBackward0 SinBackward0 ExpBackward0 AccumulateGrad AccumulateGrad",
        ),
        ("sec(x)", lambda x, _: 1 / x.cos(), "MulBackward0 ReciprocalBackward0 CosBackward0 AccumulateGrad"),
        ("x*x", lambda x, _: x * x, "MulBackward0 AccumulateGrad"),
        ("x**y", lambda x, y: x**y, "PowBackward1 AccumulateGrad AccumulateGrad"),
        (
            "where(sin(x) > 0, y, x)",
            lambda x, y: torch.where(x.sin() > 0, y, x),
            "WhereBackward0 AccumulateGrad AccumulateGrad",
        ),
    ],
)
def test_torchs_nodes_are_those_of_a_line_written_by_hand(text, by_hand, names):
    graph = graph_of(text, x=[0.5], y=[1.5])
    x, y = (numbers(one).requires_grad_() for one in (0.5, 1.5))
    assert walk(by_hand(x, y)) == Counter(names.split())
    assert reached_names(graph) == Counter(names.split())


def test_each_node_has_the_name_that_torch_gives_its_value_and_what_is_inside_from_there_on():
    graph = graph_of("hypot(x, 2)*elu(x, 3) - 1/cos(x)", x=[-0.5])
    x = numbers(-0.5).requires_grad_()
    hypot, cosine = torch.hypot(x, numbers(2)), torch.cos(x)
    elu = torch.where(x > 0, x, 3 * torch.expm1(torch.clamp(x, max=0)))
    for text, value, inside in [
        ("hypot(x, 2)", hypot, ["HypotBackward0"]),
        ("elu(x, 3)", elu, ["WhereBackward0", "MulBackward0", "Expm1Backward0", "ClampBackward1"]),
        ("1 / cos(x)", 1 / cosine, ["MulBackward0", "ReciprocalBackward0"]),
        ("hypot(x, 2) * elu(x, 3)", hypot * elu, ["MulBackward0"]),
    ]:
        node = node_of(graph, text)
        assert node.grad_fn == value.grad_fn.name() == inside[0]
        assert list(node.inner_grad_fns) == inside
    assert (node_of(graph, "x").grad_fn, node_of(graph, "x").inner_grad_fns) == ("AccumulateGrad", ())
    assert (node_of(graph, "2").grad_fn, node_of(graph, "2").inner_grad_fns) == ("", ())


@given(TEXTS, POINTS)
@example("where(sin(x) > 0, y, 2)", point_of(x=[0.4], y=[1.0], z=[0.0]))
def test_all_nodes_together_are_torchs_graph_of_random_expressions(text, point):
    expression, point, vector = expression_at(text, point)
    graph = record_graph(expression, point, vector)
    value = expression.evaluate(leaves_at(point))
    # A leaf that is the whole has no node behind it that could be walked to.
    assert reached_names(graph) == (walk(value) if value.grad_fn else Counter(AccumulateGrad=int(value.requires_grad)))


def test_labels_are_short_and_texts_are_whole():
    graph = graph_of("-x[1]*2^π/sin(y)/1234567 + sum([y, tau])*(y <= 1)", x=[1, 2], y=[0.5])
    assert {node.text: node.label for node in graph.nodes} == {
        "x": "x",
        "x[1]": "[1]",
        "-x[1]": "−",
        "2": "2",
        "pi": "π",
        "2**pi": "^",
        "-x[1] * 2**pi": "·",
        "y": "y",
        "sin(y)": "sin",
        "-x[1] * 2**pi / sin(y)": "÷",
        "1234567": "1.23457e6",
        "-x[1] * 2**pi / sin(y) / 1234567": "÷",
        "tau": "τ",
        "[y, tau]": "[…]",
        "sum([y, tau])": "sum",
        "1": "1",
        "y <= 1": "≤",
        "(y <= 1)": "1 or 0",
        "sum([y, tau]) * (y <= 1)": "·",
        "-x[1] * 2**pi / sin(y) / 1234567 + sum([y, tau]) * (y <= 1)": "+",
    }


def test_a_constant_is_a_node_without_gradient():
    graph = graph_of("x*(2 + 3) + sum([1, 2])", x=[4.0])
    for text, value in [("2", [2.0]), ("2 + 3", [5.0]), ("[1, 2]", [1.0, 2.0]), ("sum([1, 2])", [3.0])]:
        node = node_of(graph, text)
        assert node.value.tolist() == value
        assert node.value.dtype == torch.float64
        assert (node.requires_grad, node.is_leaf, node.grad_fn, node.gradient) == (False, False, "", None)
        assert set(node.sent) | set(node.local) <= {None}


# ---- Values and gradients.


def test_the_tutorials_gradients():
    assert graph_of("x**2", x=[3.0]).leaf("x").gradient.tolist() == [6]
    graph = graph_of("sum(x**2)", x=[1.0, 2.0, 3.0])
    assert graph.value.tolist() == [14]
    assert graph.seed.tolist() == [1]
    assert graph.error == ""
    assert graph.leaf("x").gradient.tolist() == [2, 4, 6]


def test_each_number_is_that_of_lines_written_by_hand():
    graph = graph_of("(a*x + b)*sin(x)*x", a=[2.0], x=[0.7], b=[-1.0])
    a, x, b = (numbers(one).requires_grad_() for one in (2.0, 0.7, -1.0))
    line = {"a * x": a * x, "sin(x)": x.sin()}
    line["a * x + b"] = line["a * x"] + b
    line["(a * x + b) * sin(x)"] = line["a * x + b"] * line["sin(x)"]
    line["(a * x + b) * sin(x) * x"] = line["(a * x + b) * sin(x)"] * x
    seen = {}
    for text, value in line.items():
        value.grad_fn.register_prehook(lambda arrived, text=text: seen.update({text: arrived[0]}))
    line["(a * x + b) * sin(x) * x"].backward()
    for text, value in line.items():
        assert_same(node_of(graph, text).value, value.detach())
        assert_same(node_of(graph, text).gradient, seen[text])
    for name, leaf in [("a", a), ("x", x), ("b", b)]:
        assert_same(graph.leaf(name).gradient, leaf.grad)
    assert len(line) + 3 == len(graph.nodes)


def test_what_is_sent_is_upstream_times_local_in_numbers_worked_out_by_hand():
    # y = sum((a*x)**2) at a = 2, x = [1, 3]: upstream of a*x is 2*a*x = [4, 12].
    graph = graph_of("sum((a*x)**2)", a=[2.0], x=[1.0, 3.0])
    product, square, total = (node_of(graph, text) for text in ("a * x", "(a * x)**2", "sum((a * x)**2)"))
    assert [one.tolist() for one in total.local] == [[[1, 1]]]
    assert [one.tolist() for one in total.sent] == [[1, 1]]
    assert square.local[0].tolist() == square.sent[0].tolist() == [4, 12]
    assert square.local[1] is square.sent[1] is None
    assert product.gradient.tolist() == [4, 12]
    assert [one.tolist() for one in product.local] == [[[1], [3]], [2, 2]]
    assert [one.tolist() for one in product.sent] == [[4 * 1 + 12 * 3], [8, 24]]
    assert graph.leaf("a").gradient.tolist() == [40]


@pytest.mark.parametrize("power", ["3", "0.5", "-1", "4"])
def test_what_is_sent_is_what_arrives_to_the_last_digit(power):
    graph = graph_of(f"sum(x**({power}))", x=torch.linspace(0.004, 3, 100, dtype=torch.float64).tolist())
    (consumer, place), *_ = graph.consumers(0)
    assert_same(graph.nodes[consumer].sent[place], graph.leaf("x").gradient)


@given(TEXTS, POINTS)
def test_hooks_of_torch_see_the_same_in_the_same_order_at_random(text, point):
    expression, point, vector = expression_at(text, point)
    graph = record_graph(expression, point, vector)
    leaves = leaves_at(point)
    values = expression.evaluate_nodes(leaves)[: len(expression.nodes)]
    arrived, kept = {}, []
    for i, value in enumerate(values):
        if isinstance(value, torch.Tensor) and value.requires_grad:
            # A leaf's node is the one that writes its gradient; it stands behind any view of it.
            view = value.view_as(value).grad_fn
            node = value.grad_fn or view.next_functions[0][0]
            kept.append(node)
            node.register_prehook(lambda gradients, i=i: arrived.update({i: gradients[0]}))
    if values[-1].requires_grad:
        values[-1].backward(vector)
    assert list(graph.backward) == list(arrived)
    for i, node in enumerate(graph.nodes):
        assert_same(node.gradient, arrived.get(i))
    for name, leaf in leaves.items():
        assert_same(graph.leaf(name).gradient, leaf.grad)


@given(TEXTS, POINTS)
def test_a_gradient_is_the_sum_of_what_the_consumers_sent_at_random(text, point):
    expression, point, vector = expression_at(text, point)
    graph = record_graph(expression, point, vector)
    for i, node in enumerate(graph.nodes[:-1]):
        parts = [graph.nodes[taker].sent[place] for taker, place in graph.consumers(i)]
        parts = [part for part in parts if part is not None]
        if node.gradient is None:
            assert not parts
        elif torch.stack(parts).isfinite().all():  # inf - inf is nan, in the order in which they come
            scale = max(1.0, float(torch.stack(parts).abs().max()))
            assert_same(node.gradient / scale, torch.stack(parts).sum(0) / scale, 1e-14)
    if not graph.error:
        assert_same(graph.nodes[-1].gradient, graph.seed)


@given(TEXTS, POINTS)
def test_what_is_sent_is_upstream_times_local_at_random(text, point):
    expression, point, vector = expression_at(text, point)
    graph = record_graph(expression, point, vector)
    for node in graph.nodes:
        for argument, sent, local in zip(node.arguments, node.sent, node.local, strict=True):
            taken = graph.nodes[argument]
            if not (taken.requires_grad and node.requires_grad):
                assert sent is local is None
                continue
            by_component = node.operation in OPERATIONS and not OPERATIONS[node.operation].is_reduction(
                len(node.arguments)
            )
            plain = len(node.value) == len(taken.value) and (by_component or len(node.value) == 1)
            assert local.shape == (taken.value.shape if plain else (len(node.value), len(taken.value)))
            if node.gradient is None:
                assert sent is None
                continue
            assert sent.shape == taken.value.shape
            product = node.gradient * local if plain else node.gradient @ local
            if product.isfinite().all() and local.isfinite().all():  # torch masks where 0 × inf is nan
                scale = max(1.0, float(local.abs().max() * node.gradient.abs().max()))
                if math.isfinite(scale):
                    assert_same(sent / scale, product / scale, 1e-14)


SMOOTH_AT = {"acosh": [1.4], "clamp": [0.5, 0.2, 0.9]}
ON_NUMBERS = [one.name for one in OPERATIONS.values() if one.kind == "number" and set(one.arguments) == {"number"}]


@each_case("name", ON_NUMBERS)
@each_case("vector", [False, True])
def test_local_slopes_are_central_differences(name, vector):
    record, step = OPERATIONS[name], 1e-6
    at = [numbers(one) for one in SMOOTH_AT.get(name, [0.7, 0.4, 0.9])[: record.min_arguments]]
    if vector:  # the first argument a vector, the others numbers beside it
        at[0] = torch.cat([at[0], at[0] + 0.07, at[0] + 0.11])
    letters = "xyz"[: len(at)]
    text = called(record, [letter for letter in letters for _ in range(2)])
    graph = record_graph(Expression(text), dict(zip(letters, at, strict=True)), torch.ones_like(record.function(*at)))
    node = graph.nodes[-1]
    assert node.operation == name
    for i, taken in enumerate(at):
        columns = []
        for nudge in step * torch.eye(len(taken), dtype=torch.float64):
            before, after = (record.function(*at[:i], taken + way * nudge, *at[i + 1 :]) for way in (-1, 1))
            columns.append((after - before) / (2 * step))
        expected = torch.stack(columns, -1)
        found = node.local[i] if node.local[i].ndim == 2 else torch.diag(node.local[i])
        assert_same(found, expected, 1e-7)


@pytest.mark.parametrize("text", ["sum(x**2)", "x[0]*x[1]*y + norm(x)", "dot(x, [1, y, 2]) + max(x)", "mean(sin(x)*y)"])
def test_the_leaves_gradients_are_the_functions(text):
    function = Function(text, sizes={"x": 3})
    theta = numbers(0.3, -1.2, 0.8, 1.7)[: len(function.parameters)]
    parts = dict(zip(function.expression.names, theta.split(function.sizes), strict=True))
    graph = record_graph(function.expression, parts)
    assert_same(torch.cat([graph.leaf(name).gradient for name in parts]), function.gradient(theta))
    assert_same(jacobian(function.expression, parts), function.gradient(theta).unsqueeze(0))


# ---- A value of several components.


def test_a_vector_has_no_gradient_and_torchs_error_is_quoted():
    graph = graph_of("x**2", x=[1.0, 2.0, 3.0])
    with pytest.raises(RuntimeError) as raised:
        (numbers(1, 2, 3).requires_grad_() ** 2).backward()
    assert graph.error == f"RuntimeError: {raised.value}"
    assert "grad can be implicitly created only for scalar outputs" in graph.error
    assert graph.value.tolist() == [1, 4, 9]
    assert graph.backward == ()
    assert [node.gradient for node in graph.nodes] == [None] * 3
    assert graph.nodes[-1].sent == (None, None)
    assert graph.nodes[-1].local[0].tolist() == [2, 4, 6]


def test_with_a_vector_the_gradient_is_the_product_with_the_jacobian():
    x, v = numbers(1, 2, 3), numbers(10, 0, -1)
    graph = graph_of("x**2", v, x=x.tolist())
    assert graph.error == ""
    assert graph.seed.tolist() == v.tolist()
    assert graph.leaf("x").gradient.tolist() == (v * 2 * x).tolist()
    assert jacobian(Expression("x**2"), {"x": x}).tolist() == torch.diag(2 * x).tolist()


def test_a_vector_that_is_given_is_left_alone_and_scales_a_number_too():
    v = torch.tensor([3], dtype=torch.int64)
    graph = graph_of("x**2", v, x=[5.0])
    assert graph.leaf("x").gradient.tolist() == [30]
    assert graph.seed.dtype == torch.float64
    assert v.tolist() == [3]


@given(TEXTS, POINTS)
def test_the_jacobian_is_torchs_at_random(text, point):
    expression, point, vector = expression_at(text, point)
    found = jacobian(expression, point)
    names = list(point)
    parts = torch.autograd.functional.jacobian(
        lambda *values: expression.evaluate(dict(zip(names, values, strict=True))), tuple(point.values())
    )
    assert_same(found, torch.cat(parts, -1))
    graph = record_graph(expression, point, vector)
    if not graph.error and found.isfinite().all():
        scale = max(1.0, float(found.abs().max()))
        gradient = torch.cat(
            [torch.zeros_like(point[n]) if (g := graph.leaf(n).gradient) is None else g for n in names]
        )
        assert_same(gradient / scale, graph.seed @ found / scale, 1e-13)


def test_the_jacobian_of_what_nothing_moves_is_zero():
    assert jacobian(Expression("where(x > y, [1, 2], 3)"), point_of(x=[1, 2], y=[0])).tolist() == [[0] * 3] * 2
    assert jacobian(Expression("[1, 2]"), {}).shape == (2, 0)


def test_where_no_variable_moves_the_value_torch_says_so():
    graph = graph_of("2*(x > 0)", x=[1.0])
    with pytest.raises(RuntimeError) as raised:
        (2 * (numbers(1).requires_grad_() > 0).double()).backward()
    assert graph.error == f"RuntimeError: {raised.value}"
    assert graph.value.tolist() == [2]
    assert graph.leaf("x").gradient is None
    assert graph.backward == ()
    assert node_of(graph, "x > 0").value.dtype == torch.bool


# ---- Order, and who takes a value.


@given(TEXTS, POINTS)
def test_backward_reaches_a_node_after_all_that_send_to_it_at_random(text, point):
    expression, point, vector = expression_at(text, point)
    graph = record_graph(expression, point, vector)
    turn = {i: at for at, i in enumerate(graph.backward)}
    assert len(turn) == len(graph.backward)
    assert not graph.backward or graph.backward[0] == len(graph.nodes) - 1
    assert set(turn) == {i for i, node in enumerate(graph.nodes) if node.gradient is not None}
    for i, at in turn.items():
        assert all(turn[taker] < at for taker, _ in graph.consumers(i) if taker in turn)


def test_what_a_comparison_takes_is_not_reached():
    graph = graph_of("where(sin(x) > 0, y, 2)*y", x=[1.0], y=[3.0])
    assert node_of(graph, "sin(x)").requires_grad
    assert [graph.nodes[i].text for i in graph.backward] == [graph.nodes[-1].text, "where(sin(x) > 0, y, 2)", "y"]
    assert graph.leaf("x").gradient is None
    assert node_of(graph, "sin(x)").sent == (None,)
    assert node_of(graph, "sin(x)").local[0].item() == pytest.approx(math.cos(1))
    assert node_of(graph, "sin(x) > 0").local == (None, None)


def test_each_place_that_takes_a_value_counts():
    graph = graph_of("x*x + x", x=[3.0])
    assert [node.text for node in graph.nodes] == ["x", "x * x", "x * x + x"]
    assert graph.consumers(0) == ((1, 0), (1, 1), (2, 1))
    assert graph.consumers(2) == ()
    assert [one.tolist() for one in graph.nodes[1].sent] == [[3], [3]]
    assert graph.leaf("x").gradient.tolist() == [7]


# ---- Where there is no slope.


@pytest.mark.parametrize(
    ("text", "point", "gradient"),
    [
        ("abs(x)", [0.0], [0.0]),
        ("relu(x)", [0.0], [0.0]),
        ("max(x, 0)", [0.0], [0.5]),
        ("max(x, x)", [2.0], [1.0]),
        ("max(x)", [2.0, 2.0, 1.0], [0.5, 0.5, 0.0]),
        ("norm(x)", [0.0, 0.0], [0.0, 0.0]),
        ("floor(x)", [0.5], [0.0]),
        ("sqrt(x)", [0.0], [math.inf]),
        ("ln(x)", [-1.0], [-1.0]),
        ("sin(x)/x", [0.0], [math.nan]),
        ("where(x > 0, sqrt(x), 0)", [0.0], [math.nan]),
    ],
)
def test_at_a_kink_the_gradient_is_torchs(text, point, gradient):
    graph = graph_of(text, x=point)
    assert_same(graph.leaf("x").gradient, numbers(*gradient))
    sent = [graph.nodes[taker].sent[place] for taker, place in graph.consumers(0)]
    assert_same(torch.stack([one for one in sent if one is not None]).sum(0), numbers(*gradient))


def test_of_equal_arguments_each_gets_its_share():
    node = graph_of("max(x, x)", x=[2.0]).nodes[-1]
    assert [one.tolist() for one in node.local] == [one.tolist() for one in node.sent] == [[0.5], [0.5]]


# ---- Rules.


@each_case(
    ("text", "rules"),
    [
        ("x*y", ("v", "u")),
        ("x + y", ("1", "1")),
        ("x - y", ("1", "-1")),
        ("-x", ("-1",)),
        ("x/y", (r"\frac{1}{v}", r"- \frac{u}{v^{2}}")),
        ("sin(x)", (r"\cos{\left(u \right)}",)),
        ("x**y", (r"\frac{u^{v} v}{u}", r"u^{v} \ln{\left(u \right)}")),
        ("x**2", ("2 u", "")),
        ("2**x", ("", r"2^{v} \ln{\left(2 \right)}")),
        ("x*π", (r"\pi", "")),
        ("x*(2 + 3)", ("v", "u")),
        ("floor(x)", ("",)),
        ("where(x > 0, x, y)", ("", "", "")),
        ("max(x, y, x, y)", ("", "", "", "")),
        ("mean(x)", ("",)),
        ("x[0]", ("",)),
        ("[x, y]", ("", "")),
    ],
)
def test_the_local_rule_is_typeset(text, rules):
    graph = graph_of(text, **{name: [0.5] for name in Expression(text).names})
    assert graph.nodes[-1].rules == rules


# ---- Limits and bad input.


def test_a_graph_may_have_so_many_nodes_and_no_more():
    assert len(graph_of(LONG, x=[0.3]).nodes) == MAX_NODES
    with pytest.raises(InputError, match=r"^the graph has 121 nodes, and at most 120 are drawn: [a-z ]+$") as raised:
        graph_of(f"-({LONG})", x=[0.3])
    assert raised.value.field == "function"


@pytest.mark.parametrize(
    ("text", "point", "vector", "sentence", "field"),
    [
        ("3 + 4", {}, None, "this depends on no variable: there is nothing to differentiate", "function"),
        ("x*y", {"x": numbers(1)}, None, "the point says nothing of y", None),
        (
            "x*y",
            {"x": numbers(1, 2), "y": numbers(1, 2, 3)},
            None,
            "vectors of these lengths don't fit together: x has 2, y has 3",
            None,
        ),
        ("x[2]", {"x": numbers(1, 2)}, None, "vectors of these lengths don't fit together: x has 2", None),
        ("x", {"x": torch.tensor(1.0)}, None, r"x must have one axis of components, and its shape is ()", None),
        ("x", {"x": torch.ones(2, 2)}, None, r"x must have one axis of components, and its shape is (2, 2)", None),
        ("x", {"x": numbers()}, None, r"x must have one axis of components, and its shape is (0,)", None),
        (
            "x**2",
            {"x": numbers(1, 2)},
            numbers(1, 2, 3),
            "v must have as many components as the value, 2, and its shape is (3,)",
            "vector",
        ),
        (
            "x**2",
            {"x": numbers(1)},
            torch.tensor(1.0),
            "v must have as many components as the value, 1, and its shape is ()",
            "vector",
        ),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_one_sentence(text, point, vector, sentence, field):
    with pytest.raises(InputError) as raised:
        record_graph(Expression(text), point, vector)
    assert str(raised.value) == sentence
    assert raised.value.field == field
    if point and vector is None:
        with pytest.raises(InputError) as raised:
            jacobian(Expression(text), point)
        assert str(raised.value) == sentence


def test_a_leaf_that_is_none_is_refused_by_name():
    graph = graph_of("x*2", x=[1.0])
    assert graph.leaf("x").text == "x"
    for name in ("y", "2", "x * 2"):
        with pytest.raises(InputError, match="is no variable of this function"):
            graph.leaf(name)


def test_the_point_is_left_alone():
    point = {"x": torch.tensor([3], dtype=torch.int32)}
    graph = record_graph(Expression("x**2"), point)
    assert graph.leaf("x").value.dtype == torch.float64
    assert point["x"].dtype == torch.int32
    leaf = numbers(3).requires_grad_()
    record_graph(Expression("x**2"), {"x": leaf})
    assert leaf.grad is None
