"""A run as a table, for a spreadsheet or another program."""

from playground.data.csv_text import write_csv
from playground.engine.trajectory import Trajectory


def run_to_csv(run: Trajectory, runner: str) -> str:
    """A run as CSV, a row a step from 0 on, in numbers from which the same float64 are read.

    The columns are the runner, as it is called, the step, the loss, the parameters by their names, the loss's
    derivative by each, ``d loss / d a``, and the learning rate of the step that comes next.
    """
    names = ["runner", "step", "loss", *run.names, *(f"d loss / d {name}" for name in run.names), "learning rate"]
    parts = (run.losses, run.parameters, run.gradients, run.learning_rates)
    rows = zip(*(part.tolist() for part in parts), strict=True)
    return write_csv(
        names,
        (
            (runner, str(step), *map(repr, (loss, *parameters, *gradient, rate)))
            for step, (loss, parameters, gradient, rate) in enumerate(rows)
        ),
    )
