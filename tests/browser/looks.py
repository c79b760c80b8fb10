"""What a look at a page finds: text that is cut, that overlaps, or is too small, and a page that scrolls sideways."""

SEEN = """
() => {
  // The boxes of all text that is seen: of HTML by its lines, of SVG by its elements.
  const found = [], numbers = [];
  const clip = (node) => {
    let box = {left: 0, top: 0, right: innerWidth, bottom: innerHeight}, scrolls = false;
    for (let one = node; one && one !== document.documentElement; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.overflow === 'visible' || one.tagName === 'svg' || one instanceof SVGElement) continue;
      const r = one.getBoundingClientRect();
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) scrolls = true;
      box = {left: Math.max(box.left, r.left), top: Math.max(box.top, r.top),
             right: Math.min(box.right, r.right), bottom: Math.min(box.bottom, r.bottom)};
    }
    return {...box, scrolls};
  };
  const isSeen = (node) => node.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && !node.closest('.gp-unseen, option, .gp-math, math, .hoverlayer, [data-testid=stHeader], [data-testid=stSidebar]')
    && getComputedStyle(node).clipPath === 'none';
  for (const root of document.querySelectorAll('.gp-player, .st-key-title')) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode, node = text.parentElement;
      if (!text.textContent.trim() || !isSeen(node)) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const edge = clip(node);
      const isSmall = Boolean(node.closest('.gp-cell[data-size=small]'));
      const panel = node.closest('.gp-panel')?.dataset.panel ?? '';
      const size = parseFloat(getComputedStyle(node.closest('text') ?? node).fontSize);  // an exponent is smaller
      const number = numbers.push(text);
      for (const r of range.getClientRects()) {
        if (r.width < 1) continue;
        const given = {number: node.closest('p') ? -1 : number, text: text.textContent.trim().slice(0, 40), panel, size, isSmall, isCaption: Boolean(node.closest('.st-key-title')),
                       left: r.left, top: r.top, right: r.right, bottom: r.bottom};
        const seen = r.right > edge.left + 1 && r.left < edge.right - 1 && r.bottom > edge.top + 1 && r.top < edge.bottom - 1;
        const whole = r.left >= edge.left - 2 && r.right <= edge.right + 2 && r.top >= edge.top - 3 && r.bottom <= edge.bottom + 3;
        if (edge.scrolls && !seen) continue;  // it can be scrolled to
        found.push({...given, isCut: !edge.scrolls && !whole});
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

MAX_OVERLAP = 3
"""Pixels in both directions: lines of type may touch."""


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
            if min(across, down) > MAX_OVERLAP and one["number"] != other["number"]:
                said.append(f"'{one['text']}' lies on '{other['text']}' in {one['panel']} {other['panel']}")
    return said
