"""What a page keeps in the session: the values of its widgets, and others."""

from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Memory:
    """A page's part of the session.

    Attributes:
        name: of the page; before the key of each of its widgets.
    """

    name: str

    def key(self, name: str) -> str:
        """The key of a widget."""
        return f"{self.name} {name}"

    def keep(self, name: str, value: object) -> None:
        """Keep a value that is no widget's."""
        st.session_state[f"{self.name}: {name}"] = value

    def kept(self, name: str, usual: Any = None) -> Any:
        """A value that was kept."""
        return st.session_state.get(f"{self.name}: {name}", usual)

    def drop(self, name: str, usual: Any = None) -> Any:
        """A value that was kept, which is kept no longer."""
        return st.session_state.pop(f"{self.name}: {name}", usual)

    def has(self, name: str) -> bool:
        """Whether there is a widget of this name, or was one on this page."""
        return self.key(name) in st.session_state

    def value(self, name: str, usual: Any = None) -> Any:
        """What a widget says."""
        return st.session_state.get(self.key(name), usual)

    def write(self, **values: object) -> None:
        """Let widgets say these values."""
        st.session_state.update({self.key(name): value for name, value in values.items()})

    def hold(self, *names: str) -> None:
        """Keep what fields say that this run of the page doesn't show.

        Streamlit forgets the value of a widget that isn't there, and one that comes back would be empty.
        """
        self.write(**{name: self.value(name) for name in names if self.has(name)})

    @property
    def values(self) -> dict[str, Any]:
        """What all widgets of the page say, by their names."""
        prefix = self.key("")
        given = {str(key): value for key, value in st.session_state.items()}
        return {key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)}
