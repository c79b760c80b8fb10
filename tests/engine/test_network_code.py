"""The script of a network's run, run by itself where nothing of this project can be found, beside the engine's run."""

import ast
import subprocess
import sys
from typing import NamedTuple

import pytest
import torch

from playground import INITIALISATIONS, NETWORK_LOSSES, OPTIMIZERS, SCHEDULERS, InputError, Network
from playground.engine.layers import ACTIVATIONS
from playground.engine.network_code import MAX_WRITTEN, Inputs, write_network_script
from playground.engine.noise import NOISES
from playground.engine.runner import DrawnStart, Runner
from tests.scripts import read_losses, run_scripts

GENERATOR = torch.Generator().manual_seed(1)
X = torch.randn(61, 2, generator=GENERATOR, dtype=torch.float64)
XOR = (X.prod(1) > 0).double()
CORNERS = (X[:, 0] > 0).double() + (X[:, 1] > 0).double()
WAVE = torch.sin(3 * X[:, 0])
HELD_OUT = (torch.arange(61) % 4 == 1).tolist()
NETWORKS = {
    "xor": Network(X, XOR, (8, 8), "tanh", "bce", held_out=HELD_OUT),
    "wave": Network(X[:, :1], WAVE, (5, 3, 2), "relu", "mse"),
    "corners": Network(X, CORNERS, (7,), "gelu", "cross_entropy", held_out=HELD_OUT),
    "plane": Network(X, WAVE, (), "silu", "huber"),
    "both": Network(X, torch.stack([XOR, WAVE], 1), (4,), "sigmoid", "mse"),
    "one point": Network([[0.5]], [2.0], (1,), "identity", "sse"),
    "three inputs": Network(torch.cat([X, X[:, :1] ** 2], 1), XOR, (3,), "leaky_relu", "bce"),
}
FEATURES = {
    "x": (lambda at: at[:, 0], "x"),
    "sin y": (lambda at: torch.sin(at[:, 1]), "torch.sin(y)"),
    "xy": (lambda at: at[:, 0] * at[:, 1], "x * y"),
    "x^2": (lambda at: at[:, 0] ** 2, "x**2"),
}
COLUMNS = dict(zip("xy", X.unbind(1), strict=True))
MADE = Inputs(COLUMNS, [code for _, code in FEATURES.values()])
OF_FEATURES = Network(
    torch.stack([make(X) for make, _ in FEATURES.values()], 1), XOR, (6,), "tanh", "bce", held_out=HELD_OUT
)
ON_GRADIENTS = [name for name, one in OPTIMIZERS.items() if not one.needs and not one.is_by_tensor]


class Case(NamedTuple):
    network: Network
    runner: Runner
    steps: int = 30
    inputs: Inputs | None = None
    drawn: DrawnStart | None = None
    seed: int = 0
    noise: float = 0.0
    noise_kind: str = "Gaussian"

    @property
    def start(self):
        drawn = self.drawn or DrawnStart("default", 3)
        return self.network.start(drawn.initialisation, drawn.seed)

    @property
    def script(self):
        return write_network_script(
            self.network,
            self.start,
            self.runner,
            self.steps,
            inputs=self.inputs,
            drawn=self.drawn,
            **self.by_chance,
        )

    @property
    def by_chance(self):
        return {"noise": self.noise, "noise_kind": self.noise_kind, "seed": self.seed}

    @property
    def run(self):
        return self.runner.descent(self.network, self.start.tolist(), **self.by_chance).run(self.steps)


XOR_NETWORK = NETWORKS["xor"]
RUNNERS = {
    "SGD": Runner("SGD", 0.1),
    "momentum": Runner("SGD", 0.05, (("momentum", 0.9), ("nesterov", True))),
    "Adam": Runner("Adam", 0.02, (("betas", (0.8, 0.99)), ("amsgrad", True))),
    "RMSprop": Runner("RMSprop", 0.01, (("centered", True),)),
}
CASES = {
    **{
        f"{name} by {runner}": Case(network, RUNNERS[runner])
        for name, network in NETWORKS.items()
        for runner in RUNNERS
    },
    **{name: Case(XOR_NETWORK, Runner(name, OPTIMIZERS[name].learning_rate)) for name in ON_GRADIENTS},
    "a line search": Case(XOR_NETWORK, Runner("LBFGS", 1.0, (("line_search_fn", "strong_wolfe"),)), 5),
    **{f"scheduled by {name}": Case(XOR_NETWORK, Runner("SGD", 0.3, (), name)) for name in SCHEDULERS},
    "a schedule that ends": Case(XOR_NETWORK, Runner("SGD", 0.3, (), "OneCycleLR", (("total_steps", 12),))),
    "a schedule with settings": Case(
        XOR_NETWORK, Runner("SGD", 0.3, (), "MultiStepLR", (("milestones", (4, 9)), ("gamma", 0.5)))
    ),
    "a rate that waits": Case(XOR_NETWORK, Runner("SGD", 3.0, (), "ReduceLROnPlateau", (("patience", 1),)), 60),
    "batches": Case(XOR_NETWORK, Runner("Adam", 0.02, batch_size=10), seed=5),
    "batches for LBFGS": Case(XOR_NETWORK, Runner("LBFGS", 0.1, batch_size=16), 12),
    "batches of classes": Case(NETWORKS["corners"], Runner("SGD", 0.1, batch_size=7), seed=2),
    "a batch of all": Case(XOR_NETWORK, Runner("SGD", 0.1, batch_size=XOR_NETWORK.point_count)),
    "waits in batches": Case(
        XOR_NETWORK, Runner("SGD", 3.0, (), "ReduceLROnPlateau", (("patience", 1),), batch_size=9), 60
    ),
    "inputs": Case(OF_FEATURES, Runner("Adam", 0.05), inputs=MADE),
    **{f"begins by {name}": Case(XOR_NETWORK, Runner(), 3, None, DrawnStart(name, 7)) for name in INITIALISATIONS},
    **{f"with {name}": Case(Network(X, WAVE, (6,), name, "mae"), Runner("Adam", 0.01)) for name in ACTIVATIONS},
    **{f"loss {name}": Case(Network(X, XOR, (6,), "tanh", name), Runner("Adam", 0.01)) for name in NETWORK_LOSSES},
    **{f"noise, {kind}": Case(XOR_NETWORK, RUNNERS["Adam"], seed=8, noise=0.1, noise_kind=kind) for kind in NOISES},
    "noise in batches": Case(XOR_NETWORK, Runner("SGD", 0.1, batch_size=10), seed=8, noise=0.1),
    "noise for LBFGS": Case(XOR_NETWORK, Runner("LBFGS", 0.1), 6, seed=8, noise=0.01),
    "its own start": Case(XOR_NETWORK, Runner("SGD", 0.1, start=tuple(XOR_NETWORK.start("xavier", 9).tolist()))),
    "one step": Case(XOR_NETWORK, Runner("SGD", 0.1), 1),
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    return run_scripts({name: case.script for name, case in CASES.items()}, tmp_path_factory.mktemp("scripts"))


@pytest.mark.parametrize("name", CASES)
def test_a_script_prints_the_losses_of_the_run_to_the_last_digit(name, printed):
    case = CASES[name]
    losses, run = read_losses(printed[name]), case.run
    assert max(losses) == case.steps == len(run.losses) - 1
    assert len(losses) >= min(case.steps, 10) + 1
    assert losses == {step: run.losses[step].item() for step in losses}
    if case.network.held_out:
        assert (
            float(printed[name].splitlines()[-1].removeprefix("held out:"))
            == case.network.held_out.loss(run.parameters[-1]).item()
        )


def test_an_optimizer_is_refused_only_where_a_script_would_take_other_steps():
    start = XOR_NETWORK.start(seed=3)
    for name in [name for name, one in OPTIMIZERS.items() if one.is_by_tensor]:
        module = XOR_NETWORK.module(start)
        optimizer = OPTIMIZERS[name].cls(module.parameters(), lr=0.1)
        XOR_NETWORK.loss_from_outputs(module(XOR_NETWORK.x)).backward()
        optimizer.step()
        run = Runner(name, 0.1).descent(XOR_NETWORK, start.tolist()).run(1)
        assert (XOR_NETWORK.join(module) - run.parameters[-1]).abs().max() > 1e-4, name


def test_one_script_runs_by_itself(tmp_path):
    case = CASES["batches"]
    (tmp_path / "run.py").write_text(case.script, encoding="utf-8")
    run = subprocess.run([sys.executable, "-I", "run.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    *_, last, _ = run.stdout.splitlines()
    assert last == f"{case.steps} {case.run.losses[-1].item()}"


def test_a_script_is_what_a_student_writes():
    script = write_network_script(
        XOR_NETWORK, XOR_NETWORK.start(seed=4), Runner("Adam", 0.05), 50, drawn=DrawnStart("default", 4)
    )
    assert "playground" not in script
    for line in (
        "torch.manual_seed(4)",
        "    torch.nn.Linear(2, 8, dtype=torch.float64),",
        "optimizer = torch.optim.Adam(model.parameters(), lr=0.05)",
        "    optimizer.zero_grad()",
        "    loss.backward()",
        "    optimizer.step()",
    ):
        assert line in script.splitlines(), line
    assert "copy_" not in script
    assert max(map(len, script.splitlines())) <= 120


@pytest.mark.parametrize("name", CASES)
def test_a_script_names_nothing_but_torch_and_itself(name):
    tree = ast.parse(CASES[name].script)
    imported = [one for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names]
    assert {one.name for one in imported} <= {"torch", "math"}
    assert {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} <= {"torch.utils.data"}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert called <= own | {
        *("model print len range zip isinstance".split()),
        *("DataLoader RandomSampler TensorDataset".split()),
    }


def test_a_start_of_other_numbers_is_written_out():
    other = XOR_NETWORK.start(seed=4)
    other[3] += 1e-12
    script = write_network_script(XOR_NETWORK, other, Runner(), 5, drawn=DrawnStart("default", 4))
    assert repr(other[3].item()) in script
    assert "manual_seed" not in script


@pytest.mark.parametrize(
    ("runner", "field", "said"),
    [
        (Runner("Adafactor", 0.01), "optimizer", "as a whole"),
        (Runner("Newton", 1.0), "optimizer", "torch.optim hasn't got it"),
        (Runner("Adam\n)", 0.1), "optimizer", "unknown optimizer"),
        (Runner("SGD", 0.1, (("momentum); exit(", 0.9),)), "momentum); exit(", "no setting"),
        (Runner("LBFGS", 0.1, (("line_search_fn", "exit()"),)), "line_search_fn", "must be one of"),
        (Runner("SGD", 0.1, (), "exit()"), "scheduler", "unknown scheduler"),
        (Runner("SGD", "exit()"), "lr", "must be a number"),
        (Runner("SGD", float("nan")), "lr", "finite"),
        (Runner("SGD", 0.1, batch_size=99), "batch_size", "1 to"),
        (Runner("SGD", 0.1, start=(float("inf"),) * len(XOR_NETWORK.parameters)), "start", "finite"),
    ],
    ids=str,
)
def test_what_no_script_can_be_written_of_is_refused(runner, field, said):
    with pytest.raises(InputError, match=said) as refused:
        write_network_script(XOR_NETWORK, XOR_NETWORK.start(), runner, 5)
    assert refused.value.field == field


def test_too_many_points_and_no_step_are_refused():
    many = Network(torch.zeros(MAX_WRITTEN + 1, 1), torch.zeros(MAX_WRITTEN + 1), (1,))
    with pytest.raises(InputError, match="2,000 at most, and here are 2,001"):
        write_network_script(many, many.start(), Runner())
    for steps in (0, -1, 1.5, True, "exit()"):
        with pytest.raises(InputError, match="at least one step"):
            write_network_script(XOR_NETWORK, XOR_NETWORK.start(), Runner(), steps)
