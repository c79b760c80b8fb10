"""What a picture keeps of sizes that it had."""

from urllib.parse import urlencode

from tests.browser.driver import Player

LINK = "descent?" + urlencode(
    {
        "function": "(1-x)^2 + 100(y-x^2)^2",
        "start_x": "-1.2",
        "start_y": "1",
        "runner_1": "Adam,lr=0.05",
        "runner_2": "SGD,lr=0.0005,momentum=0.9",
        "steps": "20",
    }
)
HIDE = """addEventListener('DOMContentLoaded', () => {
  const hidden = document.head.appendChild(document.createElement('style'));
  hidden.id = 'hidden';
  hidden.textContent = '.st-key-controls, [data-testid=stLayoutWrapper]:has(> .st-key-controls) { display: none }';
});"""
ROOM = "node => (({width, _size: {l, r, t, b}}) => [width, l, r, t, b])(node._fullLayout)"
WIDTHS = """addEventListener('DOMContentLoaded', () => new MutationObserver((_, observer) => {
  const panels = document.querySelector('.gp-panels');
  if (!panels) return;
  observer.disconnect();
  window.widths = [];
  new ResizeObserver(() => widths.push(panels.clientWidth)).observe(panels);
}).observe(document.body, {childList: true, subtree: true}));"""


def opened(context, address):
    return Player(context.new_page(), address).open(LINK)


def test_a_picture_that_was_wider_has_the_margins_of_one_that_never_was(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    expected = opened(context, address).plot("contours").evaluate(ROOM)
    context.add_init_script(HIDE)
    player = opened(context, address)
    plot = player.plot("contours")
    wide, *_ = plot.evaluate(ROOM)
    assert wide > expected[0]
    player.page.evaluate("document.getElementById('hidden').remove()")
    player.page.wait_for_function(
        f"(wanted) => JSON.stringify(({ROOM})(document.querySelector('[data-panel=contours] .gp-plot'))) === wanted",
        arg=player.page.evaluate("(room) => JSON.stringify(room)", expected),
        timeout=10_000,
    )
    context.close()


def test_the_first_picture_is_drawn_in_the_width_that_stays(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.add_init_script(WIDTHS)
    for _ in range(3):  # the second visit has all files, and draws as soon as it can
        assert len(set(opened(context, address).page.evaluate("widths"))) == 1
    context.close()
