"""What a look at a page finds: text that is cut, that overlaps, or is too small, and a page that scrolls sideways."""

SEEN = """
() => {
  // The boxes of all text that is seen: of HTML by its lines, of SVG by its elements.
  const found = [], texts = [];
  const meet = (one, other) => ({left: Math.max(one.left, other.left), top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right), bottom: Math.min(one.bottom, other.bottom)});
  // What is out of ``seen`` isn't seen; what leaves ``whole`` is cut, since nothing below it scrolls.
  const everywhere = {left: -1e9, top: -1e9, right: 1e9, bottom: 1e9};
  const frameOf = (node) => {
    let seen = {left: 0, top: 0, right: innerWidth, bottom: innerHeight}, hidden = everywhere, scrolls = false;
    for (let one = node; one && one !== document.documentElement; one = one.parentElement) {
      const {overflow} = getComputedStyle(one);
      if (overflow === 'visible' || one instanceof SVGElement) continue;
      const box = one.getBoundingClientRect();
      scrolls ||= /auto|scroll/.test(overflow);
      seen = meet(seen, box);
      if (!scrolls) hidden = meet(hidden, box);
    }
    return {seen, whole: scrolls ? hidden : seen};
  };
  // Of a table in a small view only its lines are to be known: all of it is one button.
  const unseen = '.gp-unseen, option, .gp-cell[data-size=small] .gp-board, .gp-math, math, .hoverlayer, '
    + '[data-testid=stHeader], [data-testid=stSidebar]';
  const isSeen = (node) => node.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && !node.closest(unseen) && getComputedStyle(node).clipPath === 'none';
  for (const root of document.querySelectorAll('.gp-player, .st-key-title')) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim().slice(0, 40);
      if (!text || !isSeen(node)) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      const {seen, whole} = frameOf(node);
      const number = node.closest('p') ? -1 : texts.push(text);  // lines of one paragraph may touch
      const size = parseFloat(getComputedStyle(node.closest('text') ?? node).fontSize);  // an exponent is smaller
      const panel = node.closest('.gp-panel')?.dataset.panel ?? '', isCaption = Boolean(node.closest('.st-key-title'));
      for (const {left, top, right, bottom, width} of range.getClientRects()) {
        const inside = meet(seen, {left, top, right, bottom});
        if (width < 1 || inside.right - inside.left < 1 || inside.bottom - inside.top < 1) continue;
        const cut = Math.max(whole.left - left, right - whole.right, whole.top - top - 1, bottom - whole.bottom - 1);
        found.push({text, panel, number, size, isCaption, left, top, right, bottom, isCut: cut > 2});
      }
    }
  }
  return found;
}
"""
"""All text in the player and the page's own line: what it says, where it stands, how large it is, whether it is cut."""

ROOM = """
() => ({
  sideways: document.documentElement.scrollWidth > innerWidth + 1
    || document.querySelector('[data-testid=stMain]').scrollWidth > innerWidth + 1,
  downwards: document.querySelector('[data-testid=stMain]').scrollHeight > innerHeight + 1,
  bar: document.querySelector('.gp-transport').getBoundingClientRect().bottom <= innerHeight,
})
"""

MAX_OVERLAP = 0.3
"""Of the size of type, in both directions: boxes of text hold room above and below their letters."""


def faults(page, least: float) -> list[str]:
    """What is wrong with the page as it is seen, one sentence each.

    Args:
        page: with a lab that is drawn.
        least: how large type must be, in pixels.
    """
    room, texts = page.evaluate(ROOM), page.evaluate(SEEN)
    said = [f"the page scrolls {way}" for way in ("sideways", "downwards") if room[way]]
    said += [] if room["bar"] else ["the player's bar is below the window"]
    said += [f"cut: {one['text']} in {one['panel']}" for one in texts if one["isCut"]]
    said += [f"{one['size']:.1f} px: {one['text']}" for one in texts if one["size"] < least and not one["isCaption"]]
    for i, one in enumerate(texts):
        for other in texts[i + 1 :]:
            across = min(one["right"], other["right"]) - max(one["left"], other["left"])
            down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
            if min(across, down) > MAX_OVERLAP * min(one["size"], other["size"]) and one["number"] != other["number"]:
                said.append(f"'{one['text']}' lies on '{other['text']}' in {one['panel']} {other['panel']}")
    return said
