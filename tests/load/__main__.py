"""Let many people use a server at once, and tell how long each waits, what fails, and what it costs.

Run it from the repository's root: ``python -m tests.load --sessions 40 --every 3 --seconds 60``.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from websockets.exceptions import WebSocketException

from tests.load.server import Server, Usage, serve
from tests.load.students import ACTS, BEGINNINGS, Presser, Student
from tests.load.tab import Answer

PATIENCE = 60.0
"""Seconds after which an answer counts as none."""

STAY = (60.0, 240.0)
"""Seconds that somebody stays in a soak, at least and at most, before another one comes."""

MOST_TOLD = 10
"""Failures that are written out."""


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=40, help="how many people there are at once")
    parser.add_argument("--every", type=float, default=3.0, help="seconds between two acts of one person")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they act, once all have come")
    parser.add_argument("--soak", type=float, help="minutes of people who come and go, some of them hostile, instead")
    parser.add_argument("--acts", default="rate", help=f"all, or some of {','.join(ACTS)}: what they do")
    parser.add_argument("--pages", default="fit", help=f"all, or some of {','.join(BEGINNINGS)}: where")
    parser.add_argument("--address", help="of a server that runs; without it one is started here, and its use measured")
    parser.add_argument("--floor", action=argparse.BooleanOptionalAction, default=True, help="a minimal app beside it")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(words)
    if asked.soak:
        asked.acts, asked.pages, asked.floor, asked.seconds = "all", "all", False, 60 * asked.soak
    asked.acts = [*ACTS] if asked.acts == "all" else asked.acts.split(",")
    asked.pages = [*BEGINNINGS] if asked.pages == "all" else asked.pages.split(",")
    return asked


def measure(asked: argparse.Namespace) -> list[Load]:
    """The playground under load, and the minimal app."""
    if asked.address:
        loads = [Load("the playground", Server(asked.address), asked, Student)]
        loads[0].run()
    else:
        with serve("app.py") as server:
            loads = [Load("the playground", server, asked, Student)]
            loads[0].run()
    if asked.floor:
        asked = argparse.Namespace(**vars(asked) | {"acts": ["rate"]})
        with serve("tests/benchmarks/minimal_page.py") as server:
            loads.append(Load("a minimal app", server, asked, Presser))
            loads[1].run()
    return loads


@dataclass
class Load:
    """Many people at one server, and what came of it.

    Attributes:
        students: who was there; answers: by what was done; failures: in words.
        before, during, after: what the server used without anybody, at its most memory, and when all had left.
        spent: the processor's seconds for the acts, once all had come.
    """

    name: str
    server: Server
    asked: argparse.Namespace
    make: Callable[[str, str, random.Random], Student]
    students: list[Student] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    before: Usage | None = None
    during: Usage | None = None
    after: Usage | None = None
    spent: float = 0.0

    def run(self) -> None:
        """Measure, and check when all have left what each of them saw."""
        asyncio.run(self._run())
        self.failures += self.server.complaints()

    async def _run(self) -> None:
        first = self._student(0)
        await first.come()  # a cold server is another thing to measure
        await first.leave()
        self.before = self.server.usage()
        watch = asyncio.create_task(self._watch())
        self.students = [self._student(number) for number in range(self.asked.sessions)]
        await asyncio.gather(*(self._do("open", one.come()) for one in self.students))
        began, ends = self.server.usage(), time.monotonic() + self.asked.seconds
        await asyncio.gather(*(self._attend(one, ends) for one in self.students))
        watch.cancel()
        self.after = self.server.usage()
        self.failures += [wrong for one in self.students for wrong in one.wrong()]
        self.spent = self.after.seconds - began.seconds if self.after and began else 0.0

    def _student(self, number: int) -> Student:
        page = self.asked.pages[number % len(self.asked.pages)]
        return self.make(self.server.address, page, random.Random(f"{self.asked.seed} {number}"))

    async def _attend(self, student: Student, ends: float) -> None:
        """To act to the end; in a soak they leave sooner, and another one comes."""
        chance, acts, often = student.chance, self.asked.acts, [ACTS[kind][1] for kind in self.asked.acts]
        await asyncio.sleep(chance.uniform(0, self.asked.every))
        leaves = self._leaves(chance)
        while time.monotonic() < ends:
            due = time.monotonic() + self.asked.every
            (kind,) = chance.choices(acts, often)
            went_well = student.tab is not None and await self._do(kind, ACTS[kind][0](student))
            if not went_well or time.monotonic() > leaves:
                self.failures += await student.leave()
                leaves = self._leaves(chance)
                await self._do("open", student.come())
            await asyncio.sleep(due - time.monotonic())
        self.failures += await student.leave()

    def _leaves(self, chance: random.Random) -> float:
        return time.monotonic() + (chance.uniform(*STAY) if self.asked.soak else float("inf"))

    async def _do(self, kind: str, act: Awaitable[Answer]) -> bool:
        """Note how long an act took, or that it failed."""
        try:
            self.answers[kind].append(await asyncio.wait_for(act, PATIENCE))
        except (OSError, TimeoutError, WebSocketException) as error:
            self.failures.append(f"{kind}: {error!r}")
            return False
        return True

    async def _watch(self) -> None:
        """Note what the server uses; in a soak say so each minute."""
        for second in range(sys.maxsize):
            usage = self.server.usage()
            self.during = max(filter(None, (self.during, usage)), default=None)
            if self.asked.soak and second % 60 == 0:
                print(f"{second // 60:4} min, {sum(map(len, self.answers.values())):6} acts, {usage}", flush=True)
            await asyncio.sleep(1)

    def __str__(self) -> str:
        acts = sum(len(answers) for kind, answers in self.answers.items() if kind != "open")
        lines = [f"{self.name}: {acts} acts, {len(self.failures)} failures", *self.failures[:MOST_TOLD]]
        lines.append("  ms to the player's message: p50, p95, p99; to the end of the run: p50, p95, p99")
        for kind, answers in sorted(self.answers.items()):
            shown = [one.shown for one in answers if one.shown is not None]
            finished = percentiles([one.finished for one in answers])
            lines.append(f"  {kind:8}{len(answers):6}  {_row(percentiles(shown))}  {_row(finished)}")
        for when, usage in (("before", self.before), ("at most", self.during), ("after", self.after)):
            lines += [f"  {when}: {usage}"] if usage else []
        return "\n".join([*lines, f"  {1e3 * self.spent / max(acts, 1):.0f} ms of the processor for each act"])


def percentiles(seconds: Sequence[float]) -> list[float]:
    """The 50th, 95th and 99th, in ms; nothing of nothing."""
    if not seconds:
        return []
    cuts = statistics.quantiles([*seconds, *seconds[-1:]], n=100, method="inclusive")
    return [1e3 * cuts[percent - 1] for percent in (50, 95, 99)]


def _row(numbers: Sequence[float]) -> str:
    return "".join(f"{number:8.0f}" for number in numbers).rjust(24)


if __name__ == "__main__":
    loads = measure(read_options())
    print(*loads, sep="\n")
    sys.exit(any(load.failures for load in loads))
