// Traces that follow the cursor, drawn on a canvas above their plot.

import { decode, keptArray } from "./arrays.js";
import { cards } from "./cards.js";
import { drawLine, drawMarkers, enlarged } from "./drawing.js";
import { frameAt } from "./figure.js";
import { links } from "./links.js";
import { boundaries, figures, maps, rings } from "./maps.js";

/** @typedef {{count: number, stride: number, width: number, since?: number[]}} Measures */

/**
 * Which of a trace's points are shown at a step, see playground/figures/cursor.py.
 *
 * @type {Record<string, (trace: Measures, step: number) => [number, number]>}
 */
const RANGES = {
  all: ({ count }) => [0, count],
  path: ({ stride }, step) => [0, step * stride + 1],
  point: (_, step) => [step, step + 1],
  rows: ({ width, since }, step) => {
    const row = since ? frameAt(since, step) : step;
    return [row * width, (row + 1) * width];
  },
};

/** @type {Record<string, (trace: Play.Trace, index: number) => Play.Follower>} */
const OTHERS = { cards, maps, boundaries, links, rings, figures };

/**
 * What draws a trace at each step; null for one that Plotly draws.
 *
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower | null}
 */
export function follower(trace, index) {
  const { cursor, width, halo = [], since, stride = 1 } = trace.meta ?? {};
  if (!cursor) return null;
  if (cursor in OTHERS) return OTHERS[cursor](trace, index);
  const [x, y] = [decode(trace.x), decode(trace.y)];
  const range = (/** @type {number} */ step) => RANGES[cursor]({ count: x.length, stride, width, since }, step);
  return {
    index,
    cursor,
    ...looksOf(trace),
    range,
    x,
    y,
    z: trace.z && decode(trace.z),
    draw(pen, locate, step, { scale }) {
      const [from, to] = range(step);
      const shift = x.length === y.length ? 0 : from; // x may be one row for all steps
      const points = [];
      for (let i = from; i < to; i++) points.push(locate(x[i - shift], y[i]));
      if (trace.mode.includes("lines")) {
        const line = { ...trace.line, width: scale * trace.line.width };
        drawLine(pen, points, line, halo);
        if (cursor === "path") drawLine(pen, points.slice(-stride - 1), { ...line, width: 1.8 * line.width }, []);
      }
      if (trace.mode.includes("markers")) drawMarkers(pen, points, enlarged(trace.marker, scale), halo);
    },
  };
}

/**
 * What stands still, and is Plotly's to draw: only whether it lies within the axes is told here.
 *
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower | null}
 */
export function watched(trace, index) {
  if (trace.type !== "scatter") return null;
  const [x, y] = [trace.x, trace.y].map((values) => decode(values?.shared ? keptArray(values.shared) : values));
  return { index, cursor: "", ...looksOf(trace), x, y, range: () => [0, y.length], draw() {} };
}

/** @param {Play.Trace} trace */
const looksOf = ({ mode, name, marker, line, meta }) => ({
  colour: mode.includes("markers") ? marker.color : line.color,
  isOpen: Boolean(meta?.open),
  isLine: mode.includes("lines"),
  name: meta?.runner?.name ?? name,
  says: meta?.says,
});
