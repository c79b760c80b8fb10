import math

import pytest
import torch

from playground import InputError
from playground.engine.noise import NOISES, SPIKE, check_noise_kind

DRAWS = 20_000
SPREAD = {"Gaussian": 1.0, "rare spikes": math.sqrt(SPIKE)}


def draws(kind, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([NOISES[kind].draw(3, generator) for _ in range(DRAWS)])


@pytest.mark.parametrize("kind", NOISES)
def test_the_mean_is_zero_and_the_spread_is_the_kinds_own(kind):
    drawn = draws(kind)
    assert drawn.dtype == torch.float64
    assert (drawn.mean(0).abs() < 4 * SPREAD[kind] / math.sqrt(DRAWS)).all()
    assert ((drawn.std(0) / SPREAD[kind] - 1).abs() < 0.06).all()


@pytest.mark.parametrize("kind", NOISES)
def test_a_seed_gives_the_same_noise_again_and_another_seed_another(kind):
    assert torch.equal(draws(kind, 1), draws(kind, 1))
    assert not torch.equal(draws(kind, 1), draws(kind, 2))


def test_spikes_are_rare_and_large():
    drawn = draws("rare spikes")
    assert set(drawn.unique().tolist()) == {-1.0, SPIKE}
    assert (drawn == SPIKE).double().mean().item() == pytest.approx(1 / (SPIKE + 1), rel=0.1)


@pytest.mark.parametrize("kind", NOISES)
def test_each_kind_has_a_label_and_a_source(kind):
    assert check_noise_kind(kind).label
    assert check_noise_kind(kind).source


@pytest.mark.parametrize("kind", ["pink", "", None, 1])
def test_an_unknown_kind_is_refused_with_those_that_are_known(kind):
    with pytest.raises(InputError, match="rare spikes") as error:
        check_noise_kind(kind)
    assert error.value.field == "noise_kind"
