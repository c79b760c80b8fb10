// Looking closer at a picture, or beside what it shows: Shift and a drag move it, two fingers move and zoom it, and a
// button shows again what it showed at first. The wheel is Plotly's, and so is the turning of scenes.

import { element } from "./page.js";

const SLIGHT = 1e-6; // of an axis: as far as rounding goes

export class Look {
  /** @param {import("./plot.js").Plot} on */
  constructor(on) {
    this.on = on;
    this.back = element("button", { type: "button", className: "gp-back", hidden: true }, on.root);
    this.back.onclick = () => {
      on.lookAtAll();
      on.takeKeys();
    };
    /** @type {Map<number, PointerEvent>} those that move the picture, by their numbers */
    this.pointers = new Map();
    /** @type {{ranges: Plotly.Range[], middle: Play.Pixels, spread: number} | null} as it was when the move began */
    this.from = null;
    /** @type {[Plotly.Range, Plotly.Range] | undefined} what the next frame shows */
    this.wanted = undefined;
    /** @type {number | undefined} */
    this.asked = undefined;
    this.watching = new AbortController();
    const { signal } = this.watching;
    on.root.addEventListener("pointerdown", (event) => this.begin(event), { capture: true, signal });
    window.addEventListener("pointermove", (event) => this.move(event), { capture: true, signal });
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"]))
      window.addEventListener(name, (event) => this.end(event), { capture: true, signal });
  }

  stop() {
    this.watching.abort();
  }

  /** @param {PointerEvent} event */
  begin(event) {
    const { panel, hand } = this.on;
    if (!panel?.zoomable || !panel.pickable || !hand.placeOf(event)) return; // of others a drag is Plotly's
    if (event.pointerType !== "touch" && !(event.shiftKey && event.button === 0)) return;
    this.pointers.set(event.pointerId, event);
    if (event.pointerType === "touch" && this.pointers.size < 2) return;
    hand.giveUp();
    this.mark();
  }

  /** Count from here. */
  mark() {
    const { xaxis, yaxis } = this.on.graph._fullLayout ?? {};
    if (xaxis && yaxis) this.from = { ranges: [[...xaxis.range], [...yaxis.range]], ...this.hold() };
  }

  /** Where the pointers are: their middle, and how far they are from each other. */
  hold() {
    const places = [...this.pointers.values()].map(({ clientX, clientY }) => [clientX, clientY]);
    const [first, second = first] = places;
    /** @type {Play.Pixels} */
    const middle = [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2];
    return { middle, spread: Math.hypot(second[0] - first[0], second[1] - first[1]) };
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.pointers.has(event.pointerId)) return;
    this.pointers.set(event.pointerId, event);
    const { xaxis, yaxis } = this.on.graph._fullLayout ?? {};
    if (!this.from || !xaxis || !yaxis) return;
    const { ranges, middle, spread } = this.from;
    const now = this.hold();
    const scale = spread && now.spread ? spread / now.spread : 1;
    const [across, down] = [now.middle[0] - middle[0], now.middle[1] - middle[1]];
    const x = scaled(ranges[0], scale, -across / xaxis._length);
    const y = scaled(ranges[1], scale, down / yaxis._length);
    this.wanted = [x, y];
    this.asked ??= requestAnimationFrame(() => {
      this.asked = undefined;
      if (this.wanted) this.on.lookAt(...this.wanted);
    });
  }

  /** @param {PointerEvent} event */
  end(event) {
    if (this.pointers.delete(event.pointerId)) this.from = null;
  }

  /** Whether the picture isn't as it was drawn at first. */
  isMoved() {
    const { panel, graph, isSolid, scene } = this.on;
    if (isSolid) return scene.camera !== undefined;
    const { xaxis, yaxis } = panel?.figure.layout ?? {};
    const { xaxis: x, yaxis: y } = graph._fullLayout ?? {};
    if (!panel?.zoomable || !xaxis?.range || !yaxis?.range || !x || !y) return false;
    return differ(x.range, xaxis.range) || differ(y.range, yaxis.range);
  }

  offer() {
    this.back.textContent = this.on.isSolid ? "Set upright" : this.on.panel?.pickable ? "Fit to the run" : "Show all";
    this.back.hidden = !this.isMoved();
    const { xaxis, yaxis } = this.on.graph._fullLayout ?? {};
    if (this.on.isSolid || this.on.cards || !xaxis || !yaxis) return; // cards stand everywhere but beside the title
    Object.assign(this.back.style, { left: `${xaxis._offset + 4}px`, top: `${yaxis._offset + 4}px`, bottom: "auto" });
  }
}

/** @param {Plotly.Range} one @param {Plotly.Range} other */
const differ = (one, other) => one.some((end, i) => Math.abs(end - other[i]) > SLIGHT * Math.abs(other[1] - other[0]));

/**
 * A range of ``scale`` times the length, moved by a share of it.
 *
 * @param {Plotly.Range} range
 * @param {number} scale
 * @param {number} share
 * @returns {Plotly.Range}
 */
export function scaled([low, high], scale, share) {
  const middle = (low + high) / 2 + share * (high - low);
  const half = (scale * (high - low)) / 2;
  return [middle - half, middle + half];
}
