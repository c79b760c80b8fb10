"""How the tests look at the page and press what is on it."""

from playwright.sync_api import Locator, Page, Request

READY = "[data-testid=player][data-step]"


class Player:
    """The page as a person sees it, with what the tests ask of it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.sent: list[object] = []
        page.on("request", lambda request: self.requests.append(request))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self.sent.append(frame)))

    def open(self, query: str = "") -> "Player":
        self.page.goto(f"{self.address}/{query}")
        self.page.wait_for_selector(READY, timeout=120_000)
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until the script has run and the player shows what it was given."""
        self.page.wait_for_timeout(200)  # a busy server takes a moment to begin
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
        self.page.wait_for_timeout(300)

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
