"""Links that people have kept from before states were typed: each still opens what it meant."""

import json
from pathlib import Path
from typing import Any

import pytest

from playground.data.datasets import DATASETS
from playground.data.points import Points
from playground.engine.optimizers import OPTIMIZERS
from playground.engine.runner import Runner
from playground.engine.schedulers import SCHEDULERS
from playground.labs import LABS
from playground.labs.fit.state import FitState
from playground.labs.gradient.state import GradientState
from playground.labs.shared.race.state import RaceState

# As the program of that day wrote them, with what it meant by each.
LINKS = [json.loads(line) for line in (Path(__file__).parent / "links.jsonl").read_text("utf-8").splitlines()]


def settings(pairs: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs}


def runner(one: Runner) -> dict[str, Any]:
    said = {
        "optimizer": one.optimizer,
        "lr": one.lr,
        "settings": settings(one.settings),
        "scheduler": one.scheduler,
        "schedule": settings(one.schedule),
        "start": None if one.start is None else list(one.start),
        "batch_size": one.batch_size,
    }
    return {name: value for name, value in said.items() if value not in (None, {})}


def points(one: Points) -> dict[str, Any]:
    """A set by its name, or what tells many points from others."""
    name = next((name for name, known in DATASETS.items() if known.points == one), None)
    if name and len(one) > 60:
        return {"set": name}
    if one.recipe or len(one) > 60:
        first, last = [one.x[0], one.y[0]], [one.x[-1], one.y[-1]]
        return {"count": len(one), "first": first, "last": last, "sum_y": sum(one.y)}
    said = {"x": list(one.x), "y": list(one.y), "weights": list(one.weights), "held_out": list(one.held_out)}
    return {name: column for name, column in said.items() if column}


def race(state: RaceState) -> dict[str, Any]:
    one = state.race
    if isinstance(state, FitState):
        fitted = state.regression
        what = {
            "model": fitted.model,
            "points": points(fitted.points),
            "loss": fitted.loss,
            "penalties": dict(fitted.penalties),
            "standardise": fitted.standardise,
        }
    else:
        what = {"function": one.problem.subject}
    return what | {
        "start": list(one.start),
        "runners": [runner(each) for each in one.runners],
        **{name: getattr(one, name) for name in ("steps", "noise", "noise_kind", "seed", "tolerance")},
        **{name: getattr(state, name) for name in ("plane", "colours", "loss_axis")},
    }


def gradient(state: GradientState) -> dict[str, Any]:
    return {
        "function": state.probe.text,
        "point": [list(one) for one in state.probe.point],
        "vector": list(state.probe.vector),
        **{name: getattr(state, name) for name in ("view", "subject", "lr", "epochs")},
        "switches": {
            "zero_grad": "no_zero" not in state.mistakes,
            "no_grad": "recorded_update" not in state.mistakes,
            **{name: name in state.mistakes for name in ("update_first", "data_requires_grad")},
        },
    }


def plain(state: Any) -> dict[str, Any]:
    return gradient(state) if isinstance(state, GradientState) else race(state)


@pytest.mark.parametrize("lab", LABS)
def test_an_old_link_opens_what_it_meant(lab: str) -> None:
    for one in LINKS:
        if one["lab"] == lab:
            state, problem = LABS[lab].read_link(one["link"])
            assert (plain(state), problem) == (one["state"], ""), one["link"]


def test_the_old_links_have_every_kind_of_what_a_link_may_say() -> None:
    said = {part for one in LINKS for text in one["link"].values() for part in text.split(",")}
    assert {*OPTIMIZERS} <= said
    assert {*SCHEDULERS} <= {part.removeprefix("scheduler=") for part in said}
    keys = {key for one in LINKS for key in one["link"]}
    assert {"data", "made", "points", "plane", "colours", "loss_axis", "noise_kind", "tolerance", "vector"} <= keys
    assert any(part.startswith("start=") for part in said)
    assert {one["link"].get("data") for one in LINKS} >= {*DATASETS}
