"""What a page's requests cost."""

from urllib.parse import urlsplit

from playwright.sync_api import Page


class Traffic:
    """Bytes on the wire since this was made, by the address below the host."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, int] = {}
        self._addresses: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._begin)
        session.on("Network.loadingFinished", self._end)
        session.send("Network.enable")

    def of_player(self) -> dict[str, int]:
        """Those of the player's own files and of Plotly."""
        return {path: size for path, size in self.bytes.items() if "/player/" in path}

    def _begin(self, event: dict) -> None:
        self._addresses[event["requestId"]] = urlsplit(event["request"]["url"]).path

    def _end(self, event: dict) -> None:
        self.bytes[self._addresses.get(event["requestId"], "")] = int(event["encodedDataLength"])
