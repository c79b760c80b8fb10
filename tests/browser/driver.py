"""How the tests look at the page and press what is on it."""

from __future__ import annotations

from contextlib import suppress
from weakref import WeakKeyDictionary

from playwright.sync_api import Locator, Page, Request, WebSocket
from playwright.sync_api import TimeoutError as Late
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

READY = "[data-testid=player][data-step]"
SCRIPT_IS_DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
AT_REST = """async () => {
  for (let i = 0; i < 2; i++) {
    await new Promise(requestAnimationFrame);
    // After all that waits for its turn: which never ends where a slow machine draws picture upon picture.
    const late = new Promise((done) => setTimeout(done, 10_000));
    await Promise.race([scheduler.postTask(() => {}, { priority: "background" }), late]);
  }
}"""
A_MINUTE = 60_000

# Frames that a test draws itself, at the times that it says: ``frame(now)``, until ``restore()``.
FRAMES = """
  const real = [window.requestAnimationFrame, window.cancelAnimationFrame];
  const waiting = new Map();
  let number = 1e9;  // no frame of the browser's own has it
  window.requestAnimationFrame = (call) => { waiting.set(++number, call); return number; };
  window.cancelAnimationFrame = (one) => waiting.delete(one) || real[1].call(window, one);
  const frame = (now) => {
    const calls = [...waiting.values()];
    waiting.clear();
    for (const call of calls) call(now);
  };
  const restore = () => {
    [window.requestAnimationFrame, window.cancelAnimationFrame] = real;
    for (const call of waiting.values()) real[0].call(window, call);
  };
"""


class Runs:
    """The script's runs that a page asked for and those that ended, told by what goes over its socket."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.asked = self.ended = 0
        self.is_running = False
        self.is_seen = True  # whether a run has begun since the last one was asked for
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def wait(self) -> None:
        """Until all that was asked for has been answered."""
        while self.asked > self.ended:
            if self.is_running or not self.is_seen:
                self.socket.wait_for_event("framereceived", timeout=A_MINUTE)
                continue
            # Streamlit answers two requests by one run where the second comes before it has begun with the first.
            with suppress(Late):
                self.socket.wait_for_event("framereceived", timeout=300)
                continue
            self.ended = self.asked

    def _sent(self, frame: str | bytes) -> None:
        if BackMsg.FromString(frame).WhichOneof("type") == "rerun_script":
            self.asked += 1
            self.is_seen = False

    def _received(self, frame: str | bytes) -> None:
        message = ForwardMsg.FromString(frame)
        match message.WhichOneof("type"):
            case "new_session":
                self.is_running = self.is_seen = True
            case "script_finished":
                self.is_running = False
                # One that made way for the next has answered nothing.
                self.ended += message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN


class Player:
    """The page as a person sees it, with what the tests ask of it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.sent: list[object] = []
        self.runs: Runs | None = None
        self._listen()

    def _listen(self) -> None:
        """To the page, in the place of the player that had it before."""
        for event, handler in _listening.pop(self.page, {}).items():
            self.page.remove_listener(event, handler)
        handlers = {
            "request": lambda request: self.requests.append(request),
            "pageerror": lambda error: self.errors.append(str(error)),
            "websocket": self._connected,
        }
        for event, handler in handlers.items():
            self.page.on(event, handler)
        _listening[self.page] = handlers

    def _connected(self, socket: WebSocket) -> None:
        self.runs = Runs(socket)
        socket.on("framesent", lambda frame: self.sent.append(frame))

    def open(self, query: str = "") -> Player:
        self.page.goto(f"{self.address}/{query}")
        self.wait_until_ready()
        self.opened = self.page.url, self.steps
        self.speed = self.page.get_by_label("Speed").input_value()
        return self

    def reload(self) -> Player:
        self.page.reload()
        return self.wait_until_ready()

    def wait_until_ready(self) -> Player:
        self.page.wait_for_selector(READY, timeout=2 * A_MINUTE)
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until the script has run as often as it was asked to, and the page has nothing left to do."""
        self.page.evaluate(PAINTED)  # by then what was pressed has been sent
        while True:
            self.runs.wait()
            self.page.wait_for_selector(SCRIPT_IS_DONE, timeout=A_MINUTE)
            self.page.evaluate(AT_REST)
            if self.runs.asked == self.runs.ended:  # the player asks for more steps by itself
                return

    def rewind(self) -> bool:
        """Put the cursor back to where it was when the page was opened; whether the page is otherwise as it was."""
        if self.root.get_attribute("data-playing") == "true":
            self.press("Pause")
        self.press("To start")
        self.page.get_by_label("Speed").select_option(self.speed)
        self.page.mouse.move(0, 0)
        self.page.evaluate("() => document.activeElement?.blur()")
        self.settle()
        self.sent.clear()
        return (self.page.url, self.steps, self.errors) == (*self.opened, [])

    @property
    def root(self) -> Locator:
        return self.page.get_by_test_id("player")

    @property
    def step(self) -> int:
        return int(self.root.get_attribute("data-step") or -1)

    @property
    def steps(self) -> int:
        return int(self.root.get_attribute("data-steps") or -1)

    @property
    def loss(self) -> float:
        return float(self.root.get_attribute("data-loss") or "nan")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, tab: str) -> None:
        """Choose a tab, and wait for its picture or table: one that nobody has looked at is made then."""
        self.page.get_by_role("tab", name=tab, exact=True).click()
        self.wait_until_made()

    def wait_until_made(self) -> None:
        """Until all that is seen has been made."""
        self.page.wait_for_function("() => !document.querySelector('.gp-unmade:not([hidden])')", timeout=A_MINUTE)

    def enter(self, label: str, value: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Enter")

    def wait(self, condition: str, timeout: float = 30_000) -> None:
        """Until the JavaScript ``condition`` on the player's ``data`` holds."""
        script = f"() => {{ const data = document.querySelector('{READY}').dataset; return {condition} }}"
        self.page.wait_for_function(script, timeout=timeout)

    def plot(self, name: str) -> Locator:
        return self.page.locator(f"[data-panel={name}] .gp-plot")


_listening: WeakKeyDictionary[Page, dict[str, object]] = WeakKeyDictionary()
