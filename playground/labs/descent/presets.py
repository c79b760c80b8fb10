"""The gallery's functions as states: what each preset shows, and which of them a race is."""

from functools import lru_cache

from playground.data.gallery import PRESETS, Preset
from playground.labs.descent.problem import Formula
from playground.labs.shared.race.state import Race, RaceState


def race_of(preset: Preset) -> Race:
    """The race that a preset shows."""
    return Race(
        Formula(preset.text),
        tuple(map(float, preset.start)),
        preset.runners,
        preset.steps,
        preset.noise,
        preset.noise_kind,
    )


def state_of(preset: Preset) -> RaceState:
    """The state in which a preset is shown."""
    return RaceState(race=race_of(preset), colours="log" if preset.log_colours else "auto")


def preset_of_race(race: Race) -> Preset | None:
    """The preset that shows this very race."""
    return _by_race().get(race)


@lru_cache(maxsize=1)
def _by_race() -> dict[Race, Preset]:
    return {race_of(one): one for one in reversed([*PRESETS.values()])}
