"""What students do in a lab, and what must come of it: each keeps count of what its own page has to show."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import cache
from operator import methodcaller

import torch

from playground.labs import LABS
from tests.load.tab import Answer, Tab

ROOM = 1e-6
"""How far a loss may be off, as a part of it: it comes in float32, or was added up in another order."""

X, Y = (0.5, 0.9, 1.4, 1.8), (2.0, 3.8, 5.0, 7.2)

HOSTILE_TEXTS = (
    "(" * 900,
    "x**" * 300 + "x",
    "9" * 5_000,
    "__import__('os').system('id')",
    "<img src=x onerror=alert(1)>",
    "lambda: 0",
    "\u202e\x00\ud7ff",
)
"""None of them is a function, a model, or a learning rate."""

HOSTILE_RATES = ("nan", "1e400", "-1e308", "1e-400x", "∞")

HOSTILE_ENTRIES: tuple[object, ...] = (
    None,
    "outbox",
    [[]] * 1_000,
    [{"number": 10**30, "kind": "pick"}],
    [{"number": True, "kind": "more", "steps": 500}],
    [{"number": 1e9, "kind": "undo"}],
    [{"number": "1", "kind": "redo"}],
    [{"kind": "recall", "text": "x" * 100_000}],
    {"kind": "pick", "panel": "contours", "x": float("nan"), "y": 0},
)
"""None of them says anything that a player can say."""

HOSTILE_LINKS = (
    "function=" + "(" * 9_000,
    "function=x%2A%2A" * 500,
    "steps=1e9&runner_1=SGD,lr=1e400",
    "runner_1=%00%ff&start=nan;nan&region=1;2;3",
    "&".join(f"key{i}={i}" for i in range(2_000)),
    "model=a*x%2Bb&x=" + "1;" * 20_000,
    "hidden=99999-99999&runner_1=Adam,lr=-1",
)


@dataclass(frozen=True)
class Run:
    """A run that a page has to show: of which lab, at which rate, how many steps, and, typed, (x − at)² + by y²."""

    page: str
    rate: float
    steps: int
    at: float = 3.0
    by: float = 1.0


BEGINNINGS = {"fit": Run("fit", 0.01, 100), "descent": Run("descent", 0.02, 60), "network": Run("network", 0.01, 200)}


@cache
def last_loss(run: Run) -> float:
    """The loss that the run must end with: by the plain loop, or for a network by the library alone."""
    if run.page == "network":
        state = LABS["network"].read_link({"runner_1": f"Adam,lr={run.rate}"}).state
        return float(state.race.descent(state.race.runners[0]).run(run.steps).losses[-1])
    start = (-0.486989, -0.563709) if run.page == "fit" else (2.0, 1.0)
    parameters = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    for _ in range(run.steps):
        (slope,) = torch.autograd.grad(_loss(run, parameters), parameters)
        with torch.no_grad():
            parameters -= run.rate * slope
    return float(_loss(run, parameters.detach()))


def _loss(run: Run, parameters: torch.Tensor) -> torch.Tensor:
    first, second = parameters
    if run.page == "descent":
        return (first - run.at) ** 2 + run.by * second**2
    x, y = torch.tensor((X, Y), dtype=torch.float64)
    return ((first * x + second - y) ** 2).mean()


@dataclass
class Student:
    """One person.

    Attributes:
        shows: the run that the page has to show; seen: such runs, and to how many steps and which loss it came.
    """

    address: str
    page: str
    chance: random.Random
    tab: Tab | None = None
    shows: Run = BEGINNINGS["fit"]
    seen: list[tuple[Run, int, float]] = field(default_factory=list)

    async def come(self) -> Answer:
        """Open the page, and make it one's own."""
        self.tab, answer = await Tab.open(self.address, "" if self.page == "fit" else self.page)
        self.shows = BEGINNINGS[self.page]
        if self.page == "descent":
            await self._tab.change("Function", f"(x - {self.shows.at})^2 + {self.shows.by} y^2")
        await self.change_rate()
        return answer

    async def leave(self) -> list[str]:
        """Close the tab; what the server said in it that it never should."""
        if self.tab is None:
            return []
        tab, self.tab = self.tab, None
        await tab.close()
        return tab.faults

    async def change_rate(self) -> Answer:
        """To one that leads slowly down, so that the run takes all its steps."""
        rate = self.chance.randrange(100, 400, 10) / 1e4
        answer = await self._tab.change("Learning rate", f"{rate:g}")
        return self._look(answer, replace(self.shows, rate=rate))

    async def type_function(self) -> Answer:
        """Another function, or on the other pages another rate."""
        if self.page != "descent":
            return await self.change_rate()
        at, by = self.chance.randrange(25, 40, 3) / 10, self.chance.randrange(10, 30, 5) / 10
        answer = await self._tab.change("Function", f"(x - {at})^2 + {by} y^2")
        return self._look(answer, replace(self.shows, at=at, by=by))

    async def play_on(self) -> Answer:
        """More steps, as the player asks for them."""
        steps = min(self.shows.steps + 40, 300)
        answer = await self._tab.post({"kind": "more", "steps": steps})
        return self._look(answer, replace(self.shows, steps=steps))

    async def see(self) -> Answer:
        """A tab that nobody has looked at, or has."""
        answer = await self._tab.post({"kind": "see", "panel": self.chance.choice(self._tab.panels())})
        return self._look(answer, self.shows)

    async def come_back(self) -> Answer:
        """In a new session, by the link."""
        left = self._tab
        await left.close()
        self.tab, answer = await Tab.open(self.address, "" if self.page == "fit" else self.page, left.query)
        self.tab.faults += left.faults
        return self._look(answer, self.shows)

    async def attack(self) -> Answer:
        """What no page sends: what was shown before must stay."""
        kind = self.chance.randrange(3)
        if kind == 0:
            label = {"fit": "Model", "descent": "Function"}.get(self.page, "Learning rate")
            answer = await self._tab.change(label, self.chance.choice(HOSTILE_TEXTS))
            answer = await self._tab.change("Learning rate", self.chance.choice(HOSTILE_RATES))
        elif kind == 1:
            answer = await self._tab.post_raw({"outbox": self.chance.choice(HOSTILE_ENTRIES)})
        else:
            stranger, answer = await Tab.open(self.address, self.page, self.chance.choice(HOSTILE_LINKS))
            self._tab.faults += stranger.faults
            await stranger.close()
        return self._look(answer, self.shows)

    def wrong(self) -> list[str]:
        """Where the page didn't show what it had to: to be asked last, since the plain loops take their time."""
        return [
            f"{run}: {steps} steps to {loss!r}, and not to {last_loss(run)!r}"
            for run, steps, loss in self.seen
            if steps != run.steps or abs(loss - last_loss(run)) > ROOM * last_loss(run)
        ]

    @property
    def _tab(self) -> Tab:
        assert self.tab, "came first"
        return self.tab

    def _look(self, answer: Answer, run: Run) -> Answer:
        self.shows = run
        losses = self._tab.losses()
        self.seen.append((run, len(losses) - 1, float(losses[-1])))
        return answer


class Presser(Student):
    """Somebody at the minimal app."""

    async def come(self) -> Answer:
        """Open the page."""
        self.tab, answer = await Tab.open(self.address)
        return answer

    async def change_rate(self) -> Answer:
        """To any other."""
        return await self._tab.change("Learning rate", self.chance.uniform(0.001, 0.1))


Act = Callable[[Student], Awaitable[Answer]]

ACTS: dict[str, tuple[Act, int]] = {
    "rate": (methodcaller("change_rate"), 8),
    "type": (methodcaller("type_function"), 3),
    "more": (methodcaller("play_on"), 4),
    "see": (methodcaller("see"), 2),
    "link": (methodcaller("come_back"), 1),
    "attack": (methodcaller("attack"), 2),
}
"""What students do by its name, and how often beside the others."""
