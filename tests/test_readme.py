"""What the README and the documents show is what happens."""

import re
from pathlib import Path

import pytest
import torch

from playground import Expression, Fit, descend
from playground.engine.optimizers import OPTIMIZERS, Optimizer
from playground.engine.settings import Hyperparameter
from playground.language.operations import FUNCTIONS
from playground.language.reference import TOPICS, write_reference
from tests.cases import each_case

ROOT = Path(__file__).parents[1]
DOCUMENTS = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
}


def examples(name: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", DOCUMENTS[name], re.DOTALL)


(CELLS,), (FITTING, NETWORK, MANY, MAPS, GRAPH), (FORMATS,), (RUN,), (ENTRY,) = map(
    examples, ("README.md", "library.md", "language.md", "optimizers.md", "CONTRIBUTING.md")
)


@pytest.mark.parametrize(("example", "count"), [(CELLS, 4), (FORMATS, 6)])
def test_each_line_of_the_librarys_examples_gives_what_stands_beside_it(example, count):
    names = {}
    shown = 0
    for line in example.splitlines():
        code, _, expected = line.partition("  # ")
        if not expected:
            exec(line, names)
            continue
        value = eval(code, names)
        assert (repr(value) if not isinstance(value, str) else f'"{value}"') == expected.replace(r"\\", "\\")
        shown += 1
    assert shown == count


def test_the_run_with_a_scheduler_and_noise_is_one():
    names = {}
    exec(RUN, names)
    assert names["run"].steps == 500
    assert names["run"].learning_rates[-1] < names["run"].learning_rates[0] == 0.05


def test_many_runs_go_together():
    names = {"Fit": Fit, "descend": descend, "torch": torch}
    exec(NETWORK, names)
    exec(MANY, names)
    line, _, expected = next(one for one in MANY.splitlines() if "many.parameters.shape" in one).partition("  # ")
    assert repr(eval(line, names)) == expected
    torch.testing.assert_close(names["many"].losses[:, 0], names["run"].losses, rtol=1e-9, atol=1e-12)


def test_the_maps_are_what_they_say():
    names = {}
    exec(MAPS, names)
    assert names["found"].minima.shape == (4, 2)
    assert names["found"].labels.shape == (40, 60)
    *_, losses = (line.partition("  # ")[0] for line in MAPS.splitlines())
    assert eval(losses, names)[-1] == float("inf")


def test_the_network_learns_xor_and_is_torchs_own():
    names = {"Fit": Fit, "descend": descend}
    exec(NETWORK, names)
    line, _, expected = next(one for one in NETWORK.splitlines() if "  # " in one).partition("  # ")
    assert repr(eval(line, names)) == expected
    said = names["xor"].module(names["run"].parameters[-1])(torch.tensor(names["x"], dtype=torch.float64))
    assert (said[:, 0] > 0).tolist() == [False, True, True, False]


def test_the_fit_with_batches_and_the_certified_values_are_what_they_say():
    names = {"Fit": Fit, "descend": descend}
    exec(FITTING, names)
    assert names["run"].batches.shape == (201, 2)
    line = FITTING.rstrip().splitlines()[-1].partition("  # ")[0]
    torch.testing.assert_close(eval(line, names), torch.tensor(names["nist"].fits[0].known, dtype=torch.float64))


def test_the_graph_and_the_loop_are_what_they_say():
    names = {"Fit": Fit}
    seen = {}
    for line in GRAPH.rstrip().splitlines():
        code, _, expected = line.partition("  # ")
        if not expected:
            exec(line, names)
        elif code.startswith("print("):
            assert "loss.backward()" in eval(code.removeprefix("print"), names)
        else:
            seen[code] = (eval(code, names), expected)
    (graph, expected), (error, quoted) = seen.values()
    assert repr(graph) == expected
    assert error.startswith(quoted.strip('"').rstrip("… "))


def test_the_language_is_the_one_that_is_read():
    (shown,) = re.findall(r"<!-- language -->\n(.*?)\n<!-- /language -->", DOCUMENTS["language.md"], re.DOTALL)
    assert shown == write_reference()


@each_case("example", [example for _, examples, _ in TOPICS for example in examples])
def test_each_example_of_the_language_is_read(example):
    expression = Expression(example)
    assert expression.nodes


def test_every_name_of_a_function_is_listed_and_its_call_is_one():
    listed = re.findall(r"`([^`]+)`", write_reference())
    for name, record in FUNCTIONS.items():
        assert {name, record.usage} & set(listed)
        assert bool(record.usage) == (record.max_arguments != 1)
        if record.usage:
            assert Expression(record.usage, names="abcxy").nodes[-1].operation == record.name


def test_the_entry_that_is_shown_makes_an_optimizer():
    settings = {"Optimizer": Optimizer, "Hyperparameter": Hyperparameter, "torch": torch, "_DOCS": ""}
    (record,) = eval("{" + ENTRY + "}", settings).values()
    assert record.cls is OPTIMIZERS[record.name].cls
    optimizer = record.build(torch.ones(1, requires_grad=True), 0.1, {"alpha": 0.5})
    assert optimizer.param_groups[0]["alpha"] == 0.5


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_link_of_a_document_leads_to_a_file(name):
    folder = ROOT if name == "README.md" else ROOT / "docs"
    for target in re.findall(r"\]\(([^)#]+)\)", DOCUMENTS[name]):
        assert target.startswith("https:") or (folder / target).exists(), target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_file_and_module_that_a_document_names_is_there(name):
    for path in re.findall(r"`((?:playground|tests)/[\w./]+)`", DOCUMENTS[name]):
        assert (ROOT / path).exists(), path
    for module, attribute in re.findall(r"`(playground(?:\.[a-z_]+)+)(?:\.|`|\()(\w*)", DOCUMENTS[name]):
        path = ROOT / module.replace(".", "/")
        parent = path.parent.with_suffix(".py")
        assert path.is_dir() or path.with_suffix(".py").exists() or f"def {path.name}(" in parent.read_text(), attribute


def test_the_readme_is_short():
    assert len(DOCUMENTS["README.md"].splitlines()) <= 120
