"""The gallery's functions as races: what each preset shows, and which of them a race is."""

from functools import lru_cache

from playground.data.gallery import PRESETS, Preset
from playground.labs.shared.race import Race


def race_of(preset: Preset) -> Race:
    """The race that a preset shows."""
    return Race(
        preset.text,
        tuple(map(float, preset.start)),
        preset.runners,
        preset.steps,
        preset.noise,
        preset.noise_kind,
    )


def preset_of_race(race: Race) -> Preset | None:
    """The preset that shows this very race."""
    return _by_race().get(race)


@lru_cache(maxsize=1)
def _by_race() -> dict[Race, Preset]:
    return {race_of(one): one for one in reversed([*PRESETS.values()])}
