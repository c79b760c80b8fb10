// Colour maps that follow the cursor, and the lines between their classes.

import { decode } from "./arrays.js";
import { choicesOf } from "./choices.js";
import { drawLine, drawText } from "./drawing.js";
import { frameAt } from "./figure.js";
import { strokeOf } from "./links.js";
import { brief } from "./numbers.js";

/**
 * Small pictures, one for each point of the trace. A frame is painted once, a pixel for each cell, and scaled as it is
 * drawn.
 *
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower}
 */
export function maps(trace, index) {
  const { since, shape, colours } = trace.meta;
  const [rows, columns] = shape;
  const [x, pixels] = [decode(trace.x), decode(trace.customdata)];
  const palette = new Uint32Array(decode(colours).buffer);
  const sheet = new OffscreenCanvas(columns * x.length, rows); // side by side
  let painted = -1;
  const paint = (/** @type {number} */ frame) => {
    const image = new ImageData(sheet.width, rows);
    const cells = new Uint32Array(image.data.buffer);
    const first = frame * x.length;
    for (let i = 0; i < cells.length; i++) {
      const [row, across] = [rows - 1 - Math.floor(i / sheet.width), i % sheet.width];
      const map = first + Math.floor(across / columns);
      cells[i] = palette[pixels[(map * rows + row) * columns + (across % columns)]];
    }
    sheet.getContext("2d")?.putImageData(image, 0, 0);
    painted = frame;
  };
  const boxOf = boxes(trace);
  const choices = choicesOf(trace, (map, locate, at) => distanceToBox(boxOf(map, locate), at));
  return {
    index,
    cursor: "maps",
    choices,
    draw(pen, locate, step, theme) {
      const frame = frameAt(since, step);
      if (frame !== painted) paint(frame);
      for (let map = 0; map < x.length; map++) {
        const box = boxOf(map, locate);
        pen.fillStyle = theme.background;
        pen.fillRect(...box);
        pen.drawImage(sheet, map * columns, 0, columns, rows, ...box);
        frameBox(pen, box, theme.line, 1);
      }
      for (const map of choices?.marked ?? []) frameBox(pen, widened(boxOf(map, locate), 8), theme.text, 2.5);
    },
  };
}

/** @typedef {[left: number, top: number, width: number, height: number]} Box in pixels */

/**
 * Where the maps of a trace lie.
 *
 * @param {Play.Trace} trace
 * @returns {(map: number, locate: Play.Locate) => Box}
 */
function boxes(trace) {
  const [x, y] = [decode(trace.x), decode(trace.y)];
  const { size, square } = trace.meta;
  const [wide, tall] = size;
  return (map, locate) => {
    const [left, top] = locate(x[map] - wide / 2, y[map] + tall / 2);
    const [right, bottom] = locate(x[map] + wide / 2, y[map] - tall / 2);
    const [width, height] = [right - left, bottom - top];
    if (!square) return [left, top, width, height];
    const side = Math.min(width, height);
    return [left + (width - side) / 2, top + (height - side) / 2, side, side];
  };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {string} colour
 * @param {number} width
 */
function frameBox(pen, box, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.strokeRect(...box);
}

/**
 * @param {Box} box
 * @param {number} by
 * @returns {Box}
 */
const widened = ([left, top, width, height], by) => [left - by, top - by, width + 2 * by, height + 2 * by];

/**
 * @param {Box} box
 * @param {Play.Pixels} at
 */
function distanceToBox([left, top, width, height], [x, y]) {
  return Math.hypot(Math.max(left - x, 0, x - left - width), Math.max(top - y, 0, y - top - height));
}

/**
 * Frames around maps, in which a number is seen as in links.
 *
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower}
 */
export function rings(trace, index) {
  const [x, sizes] = [decode(trace.x), decode(trace.customdata)];
  const boxOf = boxes(trace);
  return {
    index,
    cursor: "rings",
    draw(pen, locate, step) {
      for (let map = 0; map < x.length; map++) {
        const { colour, width, dash } = strokeOf(sizes[step * x.length + map], trace.meta);
        pen.setLineDash(dash);
        frameBox(pen, widened(boxOf(map, locate), width / 2), colour, width);
      }
      pen.setLineDash([]);
    },
  };
}

/**
 * Numbers at the lower edge of maps, where they are large enough to be read.
 *
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower}
 */
export function figures(trace, index) {
  const [x, values] = [decode(trace.x), decode(trace.customdata)];
  const boxOf = boxes(trace);
  return {
    index,
    cursor: "figures",
    draw(pen, locate, step, theme) {
      const [, , width] = boxOf(0, locate);
      const size = Math.min(theme.size, width / 3);
      if (size < SMALLEST) return;
      pen.font = `${size}px ${theme.font}`;
      pen.textAlign = "center";
      pen.textBaseline = "bottom";
      for (let map = 0; map < x.length; map++) {
        const [left, top, , height] = boxOf(map, locate);
        const digits = Number(values[step * x.length + map].toPrecision(2));
        drawText(pen, brief(digits), [left + width / 2, top + height - 1], theme);
      }
    },
  };
}

const SMALLEST = 8; // pixels

/**
 * The lines between the classes of each map.
 *
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower}
 */
export function boundaries(trace, index) {
  const { since, shape, levels, halo } = trace.meta;
  const [rows, columns] = shape;
  const [x, pixels] = [decode(trace.x), decode(trace.customdata)];
  const boxOf = boxes(trace);
  let traced = -1;
  /** @type {Play.Pixels[][]} */
  let lines = [];
  return {
    index,
    cursor: "boundaries",
    draw(pen, locate, step) {
      const frame = frameAt(since, step);
      if (frame !== traced) {
        const cells = (/** @type {number} */ map) => pixels.subarray(map * rows * columns, (map + 1) * rows * columns);
        lines = Array.from(x, (_, map) => outline(cells(frame * x.length + map), rows, columns, levels));
        traced = frame;
      }
      for (const [map, points] of lines.entries()) {
        const [left, top, width, height] = boxOf(map, locate);
        const inBox = (/** @type {Play.Pixels} */ [column, row]) =>
          /** @type {Play.Pixels} */ ([
            left + ((column + 0.5) / columns) * width,
            top + height - ((row + 0.5) / rows) * height,
          ]);
        drawLine(pen, points.map(inBox), trace.line, halo);
      }
    },
  };
}

/**
 * Where one class gives way to another, by marching squares: of each class its strength, and of all others the
 * negative of theirs, is 0 on the line around it.
 *
 * @param {Play.Numbers} pixels
 * @param {number} rows
 * @param {number} columns
 * @param {number} levels
 * @returns {Play.Pixels[]} pairs of points [column, row] with a gap behind each
 */
function outline(pixels, rows, columns, levels) {
  const classes = pixels.map((pixel) => Math.floor(pixel / levels));
  /** @type {Play.Pixels[]} */
  const points = [];
  // Beyond the outermost middles of cells the map goes on as it is there.
  for (let row = -1; row < rows; row++) {
    const [low, high] = [within(row, rows) * columns, within(row + 1, rows) * columns];
    for (let column = -1; column < columns; column++) {
      const [left, right] = [within(column, columns), within(column + 1, columns)];
      const corners = [low + left, low + right, high + right, high + left];
      const first = classes[corners[0]];
      if (corners.every((at) => classes[at] === first)) continue; // most are of one class
      if (corners.some((at) => pixels[at] === NOWHERE)) continue;
      for (const one of [...new Set(corners.map((at) => classes[at]))].slice(1)) {
        // A place on the line still has its class.
        const strengths = corners.map((at) => ((pixels[at] % levels) + 0.5) * (classes[at] === one ? 1 : -1));
        points.push(...crossings(strengths, column, row));
      }
    }
  }
  return points;
}

/**
 * @param {number} place
 * @param {number} count
 */
const within = (place, count) => Math.max(0, Math.min(place, count - 1));

const NOWHERE = 255; // of no class
const CORNERS = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
];
/** @type {Play.Pixels} */
const GAP = [Number.NaN, Number.NaN];

/**
 * The stretches of the line at 0 in one cell, by the values at its corners.
 *
 * @param {number[]} values
 * @param {number} column
 * @param {number} row
 */
function crossings(values, column, row) {
  /** @type {Play.Pixels[]} */
  const points = [];
  for (const [i, [x, y]] of CORNERS.entries()) {
    const j = (i + 1) % 4;
    if (values[i] > 0 === values[j] > 0) continue;
    const share = values[i] / (values[i] - values[j]);
    points.push([column + x + share * (CORNERS[j][0] - x), row + y + share * (CORNERS[j][1] - y)]);
    if (points.length % 3 === 2) points.push(GAP);
  }
  return points;
}
