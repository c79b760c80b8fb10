"""The script of the selected runner's run: what the page shows behind Code."""

from playground.data.features import FEATURES
from playground.engine.network_code import Inputs, write_network_script
from playground.engine.runner import DrawnStart
from playground.labs.network.state import NetworkState


def write_script(state: NetworkState) -> str:
    """The selected runner's run as a script of ``torch.nn``.

    Raises:
        InputError: for a run that isn't written in a few lines of plain torch.
    """
    training, race = state.training, state.race
    columns = dict(zip("xy", training.points.input_tensor.unbind(1), strict=False))
    return write_network_script(
        training.objective,
        race.start,
        state.runner,
        race.steps,
        inputs=Inputs(columns, [FEATURES[name].code for name in training.inputs]),
        drawn=DrawnStart(training.initialisation, training.start_seed),
        noise=race.noise,
        noise_kind=race.noise_kind,
        seed=race.seed,
    )
