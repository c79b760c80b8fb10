// Reading the cards of a picture: it shows as many as can be read, follows the one where something happens, and a press
// on a card, or a key, shows all that there is of it.

import { element } from "./page.js";

const STILL = 4; // pixels that a press may move
const BESIDE = 0.1; // of a card's size, beside one that is moved into sight

/** @typedef {[Plotly.Range, Plotly.Range]} Ranges */

export class Reader {
  /** @param {import("./plot.js").Plot} on */
  constructor(on) {
    this.on = on;
    this.whole = element("div", { className: "gp-whole", ariaLive: "polite", hidden: true }, on.root);
    /** @type {string[]} */
    this.lines = [];
    /** @type {Ranges | null} the ranges that this chose last: others are a person's */
    this.given = null;
    this.layout = ""; // of the picture that they were chosen for
    /** @type {PointerEvent | null} where a press began */
    this.press = null;
    this.watching = new AbortController();
    const { signal } = this.watching;
    on.root.addEventListener("pointerdown", (event) => this.begin(event), { capture: true, signal });
    window.addEventListener("pointerup", (event) => this.end(event), { capture: true, signal });
  }

  stop() {
    this.watching.abort();
  }

  cards() {
    return this.on.following.find((one) => one.cards)?.cards;
  }

  /**
   * The ranges to draw: what a person looks at, or what can be read around the card at the cursor. Nothing where there
   * are no cards.
   *
   * @param {Record<string, any>} layout
   * @param {Play.Theme} theme
   * @param {[number, number]} room in pixels
   * @param {Play.Cards | undefined} cards
   * @returns {Ranges | null}
   */
  choose({ xaxis, yaxis }, theme, room, cards) {
    if (!cards) return null;
    const layout = JSON.stringify([xaxis.range, yaxis.range]);
    const seen = this.seen();
    if (seen && this.given && layout === this.layout && String(seen) !== String(this.given)) return seen;
    const units = cards.room(theme);
    const [left, right, low, high] = cards.edges(Math.max(0, cards.current(this.on.step)));
    this.layout = layout;
    this.given = [
      part(xaxis.range, room[0] / units[0], (left + right) / 2),
      part(yaxis.range, room[1] / units[1], (low + high) / 2),
    ];
    return [[...this.given[0]], [...this.given[1]]];
  }

  /** @returns {Ranges | null} */
  seen() {
    const { xaxis, yaxis } = this.on.graph._fullLayout ?? {};
    return xaxis && yaxis ? [[...xaxis.range], [...yaxis.range]] : null;
  }

  /** Move the picture to the card where something happens, as far as it takes. @param {number} step */
  follow(step) {
    const card = this.cards()?.current(step) ?? -1;
    if (card >= 0) this.reveal(card);
    this.tell();
  }

  /** @param {number} card */
  reveal(card) {
    const [cards, seen] = [this.cards(), this.seen()];
    if (!cards || !seen) return;
    const isOwn = String(seen) === String(this.given);
    const [left, right, low, high] = cards.edges(card);
    /** @type {Ranges} */
    const wanted = [holding(seen[0], left, right), holding(seen[1], low, high)];
    if (String(wanted) === String(seen)) return;
    if (isOwn) this.given = [[...wanted[0]], [...wanted[1]]];
    this.on.lookAt(...wanted);
  }

  /** @param {PointerEvent} event */
  begin(event) {
    const isOnPlot = this.on.graph.contains(/** @type {Node} */ (event.target));
    this.press = this.cards() && isOnPlot && event.isPrimary && event.button === 0 ? event : null;
  }

  /** @param {PointerEvent} event */
  end(event) {
    const { press } = this;
    this.press = null;
    if (!press || Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) >= STILL) return;
    const place = this.on.hand.onAxes(event);
    const card = place ? (this.cards()?.at(place.x, place.y) ?? null) : null;
    this.select(card === this.cards()?.selected ? null : card);
    this.on.takeKeys();
  }

  /** Read the card after the one that is read, or before it; at first the one where something happens. @param {number} by */
  selectBeside(by) {
    const cards = this.cards();
    if (!cards) return;
    const { selected, count } = cards;
    const card = selected === null ? Math.max(0, cards.current(this.on.step)) : (selected + by + count) % count;
    this.reveal(card);
    this.select(card);
  }

  /** @param {number | null} card */
  select(card) {
    const cards = this.cards();
    if (cards) cards.selected = card;
    this.tell();
    this.on.showFlat();
  }

  /** All that there is of the selected card at the cursor, in the half of the picture where the card isn't. */
  tell() {
    const cards = this.cards();
    const card = cards?.selected ?? null;
    this.whole.hidden = card === null || !cards;
    const lines = card === null || !cards ? [] : cards.whole(card, this.on.step);
    const seen = this.seen();
    if (card !== null && cards && seen) {
      const [, , low, high] = cards.edges(card);
      this.whole.dataset.above = String(low + high < seen[1][0] + seen[1][1]);
    }
    if (String(lines) === String(this.lines)) return;
    this.lines = lines;
    this.whole.textContent = "";
    for (const [row, textContent] of lines.entries()) element(row ? "div" : "b", { textContent }, this.whole);
  }
}

/**
 * As much of a range as has room, around a place in it.
 *
 * @param {Plotly.Range} range
 * @param {number} room
 * @param {number} middle
 * @returns {Plotly.Range}
 */
function part([low, high], room, middle) {
  if (room >= high - low) return [low, high];
  const from = Math.max(low, Math.min(middle - room / 2, high - room));
  return [from, from + room];
}

/**
 * A range, moved so that it holds what lies from one place to another.
 *
 * @param {Plotly.Range} range
 * @param {number} from
 * @param {number} to
 * @returns {Plotly.Range}
 */
function holding([low, high], from, to) {
  const beside = BESIDE * (to - from);
  if (from < low) return [from - beside, from - beside + high - low];
  if (to > high) return [to + beside - high + low, to + beside];
  return [low, high];
}
