"""What a link says of a picture of data that a hand holds where it is."""

from dataclasses import dataclass, replace

from playground.errors import InputError
from playground.labs.shared.fields import Query, as_number
from playground.labs.shared.race.state import FARTHEST, RaceState
from playground.labs.shared.view import Frame
from playground.numerals import format_exact


@dataclass(frozen=True, kw_only=True)
class FramedState(RaceState):
    """A race on data that are drawn and edited.

    Attributes:
        data_frame: where the picture of the data stays since a point was moved in it, as long as it holds all points;
            None: where they are seen best. It ends with every other change of the problem.
    """

    data_frame: Frame | None = None


@dataclass(frozen=True)
class DataFramePart:
    """Where the picture of the data is held: the ends of its axes."""

    def take(self, state: FramedState, query: Query) -> FramedState:
        """The state with the picture held there."""

        def read() -> FramedState:
            ends = [as_number(one) for one in query["data_frame"].split(";", 4)]
            left, right, low, high = ends if len(ends) == 4 else (0.0, 0.0, 0.0, 0.0)
            if not (left < right and low < high and max(map(abs, ends)) <= FARTHEST):
                raise InputError("it takes the ends of two axes, such as 0;2;1;8")
            return replace(state, data_frame=((left, right), (low, high)))

        return query.try_(state, read, "data_frame")

    def say(self, state: FramedState, _default: FramedState) -> dict[str, str]:
        """Nothing where nothing is held."""
        frame = state.data_frame
        return {} if frame is None else {"data_frame": ";".join(format_exact(end) for ends in frame for end in ends)}
