from dataclasses import replace

from playground import PRESETS
from playground.labs.descent.lab import LAB
from playground.labs.descent.presets import preset_of_race, race_of, state_of
from playground.labs.shared.race.fields import label_of


def test_the_race_of_a_preset_is_what_it_says():
    for preset in PRESETS.values():
        race = race_of(preset)
        assert (race.problem.subject, race.start, race.runners) == (preset.text, preset.start, preset.runners)
        assert (race.steps, race.noise, race.noise_kind) == (preset.steps, preset.noise, preset.noise_kind)
        assert all(type(value) is float for value in race.start)


def test_a_race_is_the_preset_that_it_was_made_of_until_it_is_changed():
    for preset in PRESETS.values():
        found = preset_of_race(race_of(preset))
        assert race_of(found) == race_of(preset)
        assert preset_of_race(replace(race_of(preset), steps=preset.steps + 1)) is None


def test_the_runners_of_a_preset_are_told_apart_by_their_labels():
    for preset in PRESETS.values():
        labels = [label_of(runner) for runner in preset.runners]
        assert len({*labels}) == len(labels), preset.name


def test_a_preset_is_read_from_its_own_link_whatever_the_lab_opens_on():
    noisy = LAB.default.racing(noise=2.0, noise_kind="rare spikes", seed=5, tolerance=0.1)
    for lab in (LAB, replace(LAB, default=noisy)):
        for preset in PRESETS.values():
            state = state_of(preset)
            assert lab.read_link(lab.write_link(state)) == (state, ""), preset.name
