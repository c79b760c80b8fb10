import pytest
import streamlit as st


class Address(dict[str, str]):
    """What a browser's address says, and how often a page wrote it."""

    writes = 0

    def to_dict(self) -> dict[str, str]:
        return dict(self)

    def from_dict(self, said: dict[str, str]) -> None:
        self.writes += 1
        self.clear()
        self.update(said)


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> Address:
    """An empty one, and widgets that say nothing yet, in the place of Streamlit's, which need a running app."""
    monkeypatch.setattr(st, "session_state", {})
    found = Address()
    monkeypatch.setattr(st, "query_params", found)
    return found
