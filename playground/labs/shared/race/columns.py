"""The numbers of a race along its steps, made as far as something that is seen reads them."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TypeAlias

from torch import Tensor

from playground.labs.shared.race.results import RaceResults

Maker: TypeAlias = Callable[[], Mapping[str, Tensor]]
"""Makes columns that belong together, by name: (steps + 1,) or (steps,) each, of the selected run."""


class Columns(Mapping[str, Tensor]):
    """The columns of a race, by name. What is asked for is made with those that belong to it, and kept."""

    def __init__(self, results: RaceResults, *makers: Maker) -> None:
        """Of ``results``, by ``makers``, which are asked in their order."""
        self.results = results
        self.makers: tuple[Maker, ...] = tuple(map(cache, makers))

    def __getitem__(self, name: str) -> Tensor:
        for make in self.makers:
            if name in make():
                return self.results.pad(make()[name])
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for make in self.makers for name in make()})

    def __len__(self) -> int:
        return len([*self])
