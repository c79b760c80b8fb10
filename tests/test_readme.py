"""What the README shows is what happens."""

import re
from pathlib import Path

import torch

from playground.optimizers import OPTIMIZERS, Hyperparameter, Optimizer

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
CELLS, ENTRY = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_each_line_of_the_librarys_example_gives_what_stands_beside_it():
    names = {}
    shown = 0
    for line in CELLS.splitlines():
        code, _, expected = line.partition("  # ")
        if not expected:
            exec(line, names)
            continue
        value = eval(code, names)
        assert (repr(value) if not isinstance(value, str) else f'"{value}"') == expected
        shown += 1
    assert shown == 4


def test_the_entry_that_is_shown_makes_an_optimizer():
    settings = {"Optimizer": Optimizer, "Hyperparameter": Hyperparameter, "torch": torch, "_DOCS": ""}
    (record,) = eval("{" + ENTRY + "}", settings).values()
    assert record.name not in OPTIMIZERS
    optimizer = record.build(torch.ones(1, requires_grad=True), 0.1, {"alpha": 0.5})
    assert optimizer.param_groups[0]["alpha"] == 0.5
