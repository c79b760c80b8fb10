"""What the page shows behind Code: the script of each preset's runs, run by itself, and the popover."""

from dataclasses import replace

import pytest

from playground import InputError
from playground.engine.runner import Runner
from playground.labs.network.presets import PRESETS, race_of, state_of
from playground.labs.network.script import write_script
from playground.labs.network.state import DEFAULT
from tests.labs.driver import link, open_lab
from tests.scripts import read_losses, run_scripts

RUNNERS = {
    f"{name}, runner {place + 1}": (preset, place)
    for name, preset in PRESETS.items()
    for place in range(len(preset.runners))
}


STEPS = 60
"""How many steps of each run are compared: the last bit of one step decides the next."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    scripts = {
        name: write_script(replace(state_of(preset), selected=place).racing(steps=STEPS))
        for name, (preset, place) in RUNNERS.items()
    }
    return run_scripts(scripts, tmp_path_factory.mktemp("scripts"))


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNNERS)
def test_the_script_of_a_preset_prints_the_losses_of_its_run(name, printed):
    preset, place = RUNNERS[name]
    run = race_of(preset).descent(preset.runners[place]).run(STEPS)
    # A script goes on where a run stops: at the first loss that isn't finite.
    losses = {step: loss for step, loss in read_losses(printed[name]).items() if step < len(run.losses)}
    assert len(losses) > 5
    assert losses == {step: run.losses[step].item() for step in losses}


def test_a_script_makes_the_inputs_of_the_points():
    script = write_script(state_of(PRESETS["Squares as inputs"]))
    assert "X = torch.stack([x**2, y**2], dim=1)" in script.splitlines()
    assert "torch.manual_seed(0)" in script.splitlines()


def test_a_script_draws_the_batches_of_the_race():
    batched = DEFAULT.with_runner(Runner("SGD", 0.1, batch_size=20)).racing(seed=6)
    assert "RandomSampler(data, generator=torch.Generator().manual_seed(6))" in write_script(batched)


def test_a_script_draws_the_noise_of_the_race():
    noisy = DEFAULT.racing(noise=0.25, noise_kind="rare spikes", seed=6)
    assert "drawn = 0.25 * torch.where" in write_script(noisy)
    assert "noise = torch.Generator().manual_seed(6)" in write_script(noisy)
    assert "drawn" not in write_script(DEFAULT)


def test_what_no_script_can_be_written_of_is_said():
    with pytest.raises(InputError, match="as a whole"):
        write_script(DEFAULT.with_runner(Runner("Adafactor", 0.1)))


def open_code(at):
    """Open the popover, which Streamlit's tester can't press."""
    at.session_state["network code"] = True
    at.run()
    assert not at.exception
    return at


def test_the_page_writes_the_script_when_code_is_opened():
    at = open_lab("network", optimizer="RMSprop")
    assert not at.code
    before = link(at)
    (shown,) = open_code(at).code
    assert shown.language == "python"
    assert shown.value == write_script(at.session_state["network session"].state).rstrip()
    assert "torch.optim.RMSprop" in shown.value
    assert link(at) == before


def test_the_page_says_why_there_is_no_script():
    at = open_code(open_lab("network", optimizer="Adafactor"))
    assert not at.code
    assert any("as a whole" in text.value for text in at.text)
