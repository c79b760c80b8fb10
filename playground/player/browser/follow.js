// Traces that follow the cursor, drawn on a canvas above their plot.

import { decode, keptArray } from "./arrays.js";
import { drawLine, drawMarkers, enlarged, stroke } from "./drawing.js";
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

/**
 * Boxes with lines of text, as large as ``size`` says in the plot's coordinates; each reads and looks as the last of its
 * changes up to the cursor says.
 *
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower}
 */
function cards(trace, index) {
  const [x, y] = [decode(trace.x), decode(trace.y)];
  /** @type {{changes: [number, string[], number][][], looks: Look[], size: [number, number]}} */
  const { changes, looks, size } = trace.meta;
  const [wide, tall] = size;
  return {
    index,
    cursor: "cards",
    draw(pen, locate, step, theme) {
      for (const [card, states] of changes.entries()) {
        const [, lines, look] = states.findLast(([since]) => since <= step) ?? states[0];
        const [left, top] = locate(x[card] - wide / 2, y[card] + tall / 2);
        const [right, bottom] = locate(x[card] + wide / 2, y[card] - tall / 2);
        const box = { left, top, width: right - left, height: bottom - top };
        drawBox(pen, box, looks[look], theme);
        drawLines(pen, box, lines, theme);
      }
    },
  };
}

/** @typedef {{fill: string, edge: string, line: number}} Look */
/** @typedef {{left: number, top: number, width: number, height: number}} Box */

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {Look} look
 * @param {Play.Theme} theme
 */
function drawBox(pen, { left, top, width, height }, { fill, edge, line }, theme) {
  pen.beginPath();
  pen.roundRect(left, top, width, height, Math.min(8, height / 6));
  for (const colour of [theme.background, fill]) {
    pen.fillStyle = colour;
    pen.fill();
  }
  stroke(pen, edge || theme.line, line);
}

const LEADING = 1.25; // from a line to the next, in heights of type
const SMALLEST = 5; // what would be smaller can't be read and isn't drawn

/**
 * Text as large as fits, the first line larger than the others.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {string[]} lines
 * @param {Play.Theme} theme
 */
function drawLines(pen, { left, top, width, height }, lines, theme) {
  const sizes = lines.map((_, row) => (row ? 1 : 1.25));
  const taken = LEADING * sizes.reduce((sum, one) => sum + one, 0);
  pen.font = `100px ${theme.font}`;
  const widest = Math.max(...lines.map((text, row) => (pen.measureText(text).width * sizes[row]) / 100));
  const size = Math.min(1.25 * theme.size, height / (taken + 0.3), (0.92 * width) / widest);
  if (size < SMALLEST) return;
  pen.fillStyle = theme.text;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  let middle = top + height / 2 - (size * taken) / 2;
  for (const [row, text] of lines.entries()) {
    const half = (size * LEADING * sizes[row]) / 2;
    pen.font = `${row ? 400 : 600} ${size * sizes[row]}px ${theme.font}`;
    pen.fillText(text, left + width / 2, middle + half);
    middle += 2 * half;
  }
}
