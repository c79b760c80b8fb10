// What a person does on a plot with a pointer: pick a place, drag one along, and add, move and delete points.
// What was done to points and waits for an answer counts as done, so that the picture never waits for Python, and
// Python has the last word.

import { decode, isArray } from "./arrays.js";
import { nameOf, nearestChoice } from "./choices.js";
import { RING, drawLabel, drawMarkers, enlarged } from "./drawing.js";
import { brief } from "./numbers.js";

const BEFORE_TELLING = 40; // milliseconds that a dragged point rests or moves on before Python is told
const STILL = 4; // pixels that a click may move
const REACH = { touch: 22, other: 12 }; // pixels around a point in which a press grabs it
const HELD = 350; // milliseconds after which a finger that rests drags: one that moves before scrolls the page

/** @typedef {{x: number, y: number, marker: Play.Marker}} Point */
/** @typedef {{x: number, y: number, left: number, top: number}} Place in the plot's coordinates, and in pixels */

/**
 * The points of the trace whose points can be edited, each with its own marker; one that is added looks like the last, if it isn't said how.
 *
 * @param {Play.Trace[]} traces
 */
export function pointsOf(traces) {
  const index = traces.findIndex((trace) => trace.meta?.points);
  if (index < 0) return null;
  const [x, y] = [decode(traces[index].x), decode(traces[index].y)];
  /** @type {[string, any][]} */
  const looks = Object.entries(traces[index].marker).map(([name, values]) => [name, decode(values)]);
  /** @type {(row: number) => any} */
  const markerOf = (row) =>
    Object.fromEntries(looks.map(([name, values]) => [name, isArray(values) ? values[row] : values]));
  /** @type {Point[]} */
  const given = Array.from(x, (value, row) => ({ x: value, y: y[row], marker: markerOf(row) }));
  return { index, given, marker: traces[index].meta.added ?? markerOf(x.length - 1) };
}

export class Hand {
  /** @param {import("./plot.js").Plot} on */
  constructor(on) {
    this.on = on;
    /** @type {ReturnType<typeof pointsOf>} the points that can be edited; they are told by their rows */
    this.points = null;
    /** @type {{event: PointerEvent, row: number | null, mayDrag: boolean} | null} where the pointer went down, and what it grabbed */
    this.press = null;
    /** @type {number | undefined} */
    this.holding = undefined;
    /** @type {{x: number, y: number, row: number | null} | null} where what follows the pointer is */
    this.dragged = null;
    /** @type {Hand["dragged"]} what Python was told last of it */
    this.told = null;
    /** @type {number | undefined} */
    this.telling = undefined;
    /** @type {number | null} the row of the point, or of the part of the picture, under the pointer */
    this.aimed = null;
    /** @type {number | null} that of the point that a key deletes */
    this.selected = null;
    this.count = 0;
    this.watching = new AbortController();
    this.watch(on.root);
  }

  /** Plotly takes the pointer for its own drags, so a click is told by where it began and ended. @param {HTMLElement} figure */
  watch(figure) {
    const { signal } = this.watching;
    figure.addEventListener("pointerdown", (event) => this.begin(event), { capture: true, signal });
    figure.addEventListener("pointermove", (event) => this.press || this.aim(this.nearest(event)), { signal });
    figure.addEventListener("pointerleave", () => this.press || this.aim(null), { signal });
    window.addEventListener("pointermove", (event) => this.pull(event), { capture: true, signal });
    window.addEventListener("pointerup", (event) => this.end(event), { capture: true, signal });
    window.addEventListener("pointercancel", (event) => this.end(event), { capture: true, signal });
    // What a finger holds moves in place of the page.
    figure.addEventListener("touchmove", (event) => this.press?.mayDrag && event.preventDefault(), {
      passive: false,
      signal,
    });
  }

  stop() {
    this.watching.abort();
    clearTimeout(this.telling);
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (!event.isPrimary || this.on.look.from) return;
    const row = this.nearest(event);
    const counts =
      event.button === 0 && this.on.graph.contains(/** @type {Node} */ (event.target)) && this.placeOf(event);
    const isTouch = event.pointerType === "touch";
    this.press = counts ? { event, row, mayDrag: !isTouch || (row !== null && row === this.selected) } : null;
    this.on.root.dataset.pressed = String(Boolean(counts));
    if (!counts) return;
    this.aim(row);
    clearTimeout(this.holding);
    if (isTouch) this.holding = window.setTimeout(() => this.hold(), HELD);
  }

  /** A finger has rested: what it is on follows it from now on. */
  hold() {
    if (!this.press || !this.canDrag()) return;
    this.press.mayDrag = true;
    this.on.root.dataset.held = "true";
    navigator.vibrate?.(10);
  }

  /** What was pressed is for something else. */
  giveUp() {
    clearTimeout(this.holding);
    this.press = this.dragged = null;
    this.on.root.dataset.held = "false";
    this.on.showFlat();
  }

  canDrag() {
    return this.isEditing() ? this.press?.row !== null : Boolean(this.on.panel?.draggable);
  }

  /** @param {PointerEvent} event */
  pull(event) {
    if (!this.press || event.pointerId !== this.press.event.pointerId) return;
    const { row, mayDrag } = this.press;
    const moved = this.dragged || hasMoved(this.press.event, event);
    if (moved && !mayDrag) clearTimeout(this.holding); // a swipe
    const place = moved && mayDrag && this.placeOf(event);
    if (!place || !this.canDrag()) return;
    this.dragged = { x: place.x, y: place.y, row };
    this.on.showFlat();
    this.tell();
  }

  /** @param {PointerEvent} event */
  end(event) {
    if (!this.press || event.pointerId !== this.press.event.pointerId) return;
    const { press, dragged } = this;
    const place = this.placeOf(event);
    clearTimeout(this.telling);
    clearTimeout(this.holding);
    this.press = this.dragged = null;
    this.telling = undefined;
    this.on.root.dataset.pressed = this.on.root.dataset.held = "false";
    if (dragged) this.drop({ ...dragged, ...(place && { x: place.x, y: place.y }) }, false);
    else if (event.type === "pointerup" && place && !hasMoved(press.event, event)) this.click(place, press.row);
    this.on.showFlat();
    this.aim(this.nearest(event));
    if (this.isEditing() || this.on.panel?.choosable) this.on.takeKeys();
  }

  /**
   * Where the pointer is on the plot; null beside it, or where presses mean nothing.
   *
   * @param {PointerEvent} event
   * @returns {Place | null}
   */
  placeOf(event) {
    const { panel } = this.on;
    if (!(panel?.pickable || panel?.choosable || panel?.seekable || this.isEditing())) return null;
    return this.onAxes(event);
  }

  /** Where on the axes a pointer is; null beside them. @param {PointerEvent} event @returns {Place | null} */
  onAxes(event) {
    const { graph } = this.on;
    const { xaxis, yaxis } = graph._fullLayout ?? {};
    if (!xaxis || !yaxis) return null;
    const box = graph.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset];
    const inside = left >= 0 && left <= xaxis._length && top >= 0 && top <= yaxis._length;
    return inside ? { x: xaxis.p2d(left), y: yaxis.p2d(top), left, top } : null;
  }

  /** The row of the point that a press would grab, or of what it would choose. @param {PointerEvent} event */
  nearest(event) {
    const at = this.placeOf(event);
    const { _fullLayout: layout } = this.on.graph;
    if (!at || !layout) return null;
    const { xaxis, yaxis } = layout;
    const reach = event.pointerType === "touch" ? REACH.touch : REACH.other;
    if (this.on.panel?.choosable) {
      return nearestChoice(this.on.seen(), this.on.locator(layout), this.on.locator(layout)(at.x, at.y), reach);
    }
    if (!this.isEditing()) return null;
    let nearest = null;
    let least = reach;
    for (const [row, { x, y }] of this.currentPoints().entries()) {
      const distance = Math.hypot(xaxis.d2p(x) - at.left, yaxis.d2p(y) - at.top);
      if (distance <= least) [nearest, least] = [row, distance];
    }
    return nearest;
  }

  /** @param {number | null} row */
  aim(row) {
    this.on.root.style.setProperty("--gp-cursor", this.pointerOver(row));
    if (row === this.aimed) return;
    this.aimed = row;
    if (this.on.panel?.choosable) this.on.graph.title = nameOf(this.on.seen(), row);
    this.on.showFlat();
  }

  /** @param {number | null} row */
  pointerOver(row) {
    if (this.on.panel?.choosable) return row === null ? "default" : "pointer";
    if (row === null) return "crosshair";
    return this.press ? "grabbing" : "grab";
  }

  /**
   * @param {Place} place
   * @param {number | null} row
   */
  click({ x, y }, row) {
    const { panel, post } = this.on;
    if (panel?.choosable) row !== null && post({ kind: "choose", panel: panel.name, row });
    else if (panel?.seekable) this.on.seek(x);
    else if (!this.isEditing()) this.drop({ x, y, row }, false);
    else if (row === null) this.on.post({ kind: "add", panel: this.on.name(), x, y });
    else this.select(row === this.selected ? null : row);
  }

  // A point that is dragged goes to Python as often as Python answers, and where it is dropped at last. Not at once:
  // a drop that comes right after a move would wait until Python has answered the move.
  tell() {
    this.telling ??= window.setTimeout(() => {
      this.telling = undefined;
      if (!this.dragged || this.dragged === this.told || this.on.unanswered().length) return;
      this.told = this.dragged;
      this.drop(this.dragged, true);
    }, BEFORE_TELLING);
  }

  /**
   * @param {{x: number, y: number, row: number | null}} where
   * @param {boolean} moving
   */
  drop({ x, y, row }, moving) {
    const kind = row === null ? "pick" : "move";
    this.on.post({ kind, panel: this.on.name(), x, y, row, moving, step: this.on.step });
  }

  // ---- Points that a person edits.

  isEditing() {
    return Boolean(this.on.panel?.editable && this.isSeen());
  }

  isSeen() {
    return this.points !== null && this.on.graph._fullData?.[this.points.index]?.visible === true;
  }

  /** The points as they are once all edits are answered; none while the legend hides them. @returns {Point[]} */
  currentPoints() {
    if (!this.points || !this.isSeen()) return [];
    const points = [...this.points.given];
    for (const act of this.on.unanswered()) if ("panel" in act && act.panel === this.on.name()) this.edit(points, act);
    if (this.dragged) this.edit(points, { kind: "move", ...this.dragged });
    return points;
  }

  /**
   * @param {Point[]} points
   * @param {{kind: string, row?: number | null, x?: number, y?: number}} act
   */
  edit(points, { kind, row, x = 0, y = 0 }) {
    if (kind === "add" && this.points) points.push({ x, y, marker: this.points.marker });
    if (row === undefined || row === null) return;
    if (kind === "move" && row in points) points[row] = { ...points[row], x, y };
    if (kind === "delete") points.splice(row, 1);
  }

  /** @param {number | null} row */
  select(row) {
    this.selected = row;
    this.on.remover.hidden = row === null;
    this.on.showFlat();
  }

  remove() {
    if (this.selected !== null) this.on.post({ kind: "delete", panel: this.on.name(), row: this.selected });
    this.select(null);
    this.on.takeKeys(); // the button that was pressed is gone
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Play.Locate} locate
   */
  draw(pen, locate) {
    const { theme, graph } = this.on;
    if (!theme) return;
    if (this.dragged?.row === null)
      drawMarkers(pen, [locate(this.dragged.x, this.dragged.y)], enlarged(RING, theme.scale));
    if (!this.points) return;
    if (this.currentPoints().length !== this.count) this.letGo(); // the rows may be those of other points
    const points = this.currentPoints();
    this.count = points.length;
    for (const { x, y, marker } of points) drawMarkers(pen, [locate(x, y)], enlarged(marker, theme.scale));
    const held = points[this.dragged?.row ?? this.selected ?? -1];
    if (held) drawMarkers(pen, [locate(held.x, held.y)], { ...RING, size: theme.scale * held.marker.size + 8 });
    const named = points[this.dragged?.row ?? this.aimed ?? this.selected ?? -1];
    if (!named || !graph._fullLayout) return;
    const text = `(${brief(named.x)}, ${brief(named.y)})`;
    drawLabel(pen, locate(named.x, named.y), (theme.scale * named.marker.size) / 2 + 5, text, theme, graph._fullLayout);
  }

  letGo() {
    this.press = this.dragged = this.aimed = this.selected = null;
    this.on.remover.hidden = true;
  }
}

/**
 * @param {PointerEvent} from
 * @param {PointerEvent} to
 */
const hasMoved = (from, to) => Math.hypot(to.clientX - from.clientX, to.clientY - from.clientY) >= STILL;
