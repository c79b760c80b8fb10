// What is under the pointer, in words: a sentence on what is drawn there, or the values at a step.

import { element } from "./page.js";
import { brief } from "./numbers.js";

const REACH = { touch: 18, other: 8 }; // pixels around what is pointed at
export const SEEK = "gp-seek";

export class Told {
  /** @param {import("./plot.js").Plot} on */
  constructor(on) {
    this.on = on;
    this.box = element("div", { className: "gp-told-there", role: "status", hidden: true }, on.root);
    this.said = ""; // of what is drawn there
    this.values = ""; // of the place
    /** @type {number | null} the step under the pointer, where a click goes to it */
    this.step = null;
    for (const name of /** @type {const} */ (["pointermove", "pointerdown"]))
      on.root.addEventListener(name, (event) => this.point(event));
    on.root.addEventListener("pointerleave", () => this.tell("", null));
  }

  /** @param {PointerEvent} event */
  point(event) {
    const { on } = this;
    const entry = /** @type {Element} */ (event.target).closest(".legend .traces");
    if (entry) return this.tell(this.ofEntry(entry), null);
    const at = on.hand.onAxes(event);
    if (!at || event.buttons > (event.type === "pointerdown" ? 1 : 0)) return this.tell("", null);
    const step = on.panel?.seekable ? on.stepAt(at.x) : null;
    const reach = event.pointerType === "touch" ? REACH.touch : REACH.other;
    const said = step === null ? this.sentenceAt(at, reach) : this.valuesAt(step);
    this.tell(said, step);
    const { xaxis, yaxis } = on.graph._fullLayout ?? {};
    if (!xaxis || !yaxis) return;
    this.box.style.left = `${xaxis._offset + xaxis._length / 2}px`;
    this.box.style.maxWidth = `${xaxis._length - 8}px`;
    const isLow = at.top > yaxis._length / 2;
    // In the other half: it never lies on what is pointed at.
    this.box.style.top = isLow ? `${yaxis._offset + 2}px` : "auto";
    this.box.style.bottom = isLow ? "auto" : `${on.graph.clientHeight - yaxis._offset - yaxis._length + 2}px`;
  }

  /** Plotly's own words stand here as well: beside the pointer they would lie on what is looked at. */
  hear() {
    const { graph, isSolid } = this.on;
    const texts = isSolid ? [] : [...graph.querySelectorAll(".hoverlayer .nums")];
    const linesOf = (/** @type {Element} */ text) => [...text.querySelectorAll(".line")];
    const lines = texts.flatMap((text) => (linesOf(text).length ? linesOf(text) : text));
    this.values = lines.map(({ textContent }) => textContent).join(", ");
    this.write();
  }

  forget() {
    this.values = "";
    this.write();
  }

  /** Of an entry of Plotly's legend. @param {Element & {__data__?: any}} entry */
  ofEntry(entry) {
    const index = entry.__data__?.[0]?.trace?.index;
    return this.on.panel?.figure.data[index]?.meta?.says ?? "";
  }

  /**
   * Of what is drawn near a place, the nearest; of what is as near the one on top.
   *
   * @param {import("./hand.js").Place} at
   * @param {number} reach
   */
  sentenceAt(at, reach) {
    const { graph, placed, hand, step, panel } = this.on;
    const { _fullLayout: layout } = graph;
    if (!layout || !panel) return "";
    if (hand.aimed !== null && hand.points) return panel.figure.data[hand.points.index].meta?.says ?? "";
    const locate = this.on.locator(layout);
    /** @type {Play.Pixels} */
    const here = [at.left + layout.xaxis._offset, at.top + layout.yaxis._offset];
    let said = "";
    let least = reach;
    for (const one of placed.filter(this.on.isSeen, this.on)) {
      const away = one.says ? distanceTo(one, locate, step, here) : Infinity;
      if (away <= least) [said, least] = [one.says ?? "", away];
    }
    return said;
  }

  /** @param {number} step */
  valuesAt(step) {
    const { following, panel } = this.on;
    const what = panel?.figure.layout.yaxis?.title?.text ?? "";
    const lines = following.filter(({ cursor, y }) => cursor === "point" && y);
    const valueIn = (/** @type {Play.Follower} */ { y }) => (y && Number.isFinite(y[step]) ? brief(y[step]) : "–");
    if (lines.length === 1) return `step ${step}: ${what} ${valueIn(lines[0])}`;
    return `step ${step}: ${lines.map((one) => `${one.name} ${valueIn(one)}`).join(" · ")}`;
  }

  /**
   * @param {string} said
   * @param {number | null} step
   */
  tell(said, step) {
    const isOther = step !== this.step;
    this.step = step;
    this.said = said;
    this.write();
    if (isOther) this.on.showFlat();
  }

  write() {
    const text = [this.said, this.values].filter(Boolean).join("  ");
    this.box.hidden = !text;
    if (this.box.textContent !== text) this.box.textContent = text;
  }

  /**
   * A line at the step under the pointer.
   *
   * @param {CanvasRenderingContext2D} pen
   * @param {Plotly.FullLayout} layout
   * @param {Play.Theme} theme
   */
  draw(pen, { xaxis, yaxis }, theme) {
    const x = this.step === null ? undefined : this.on.abscissa(this.step);
    if (x === undefined) return;
    pen.fillStyle = theme.text;
    pen.globalAlpha = 0.5;
    pen.fillRect(xaxis._offset + xaxis.d2p(x), yaxis._offset, 1, yaxis._length);
    pen.globalAlpha = 1;
  }
}

/**
 * How far a place is from what is drawn of a trace at a step, in pixels.
 *
 * @param {Play.Follower} follower
 * @param {Play.Locate} locate
 * @param {number} step
 * @param {Play.Pixels} at
 */
function distanceTo({ x, y, range, isLine }, locate, step, at) {
  if (!x || !y || !range) return Infinity;
  const [from, to] = range(step);
  const shift = x.length === y.length ? 0 : from;
  let least = Infinity;
  /** @type {Play.Pixels | null} */
  let before = null;
  for (let i = from; i < to; i++) {
    const point = locate(x[i - shift], y[i]);
    const isThere = point.every(Number.isFinite);
    if (isThere) least = Math.min(least, toStretch(at, isLine && before ? before : point, point));
    before = isThere ? point : null;
  }
  return least;
}

/**
 * @param {Play.Pixels} at
 * @param {Play.Pixels} from
 * @param {Play.Pixels} to
 */
function toStretch(at, from, to) {
  const along = [to[0] - from[0], to[1] - from[1]];
  const length = along[0] ** 2 + along[1] ** 2;
  const share = length ? ((at[0] - from[0]) * along[0] + (at[1] - from[1]) * along[1]) / length : 0;
  const nearest = Math.max(0, Math.min(share, 1));
  return Math.hypot(at[0] - from[0] - nearest * along[0], at[1] - from[1] - nearest * along[1]);
}
