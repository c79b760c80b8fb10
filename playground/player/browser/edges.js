// What lies beyond the axes: at each edge a sign in its colour, and how far it goes.

import { drawText, stroke } from "./drawing.js";
import { brief } from "./numbers.js";

/** @typedef {"top" | "bottom" | "left" | "right"} Edge */
/** @typedef {{edge: Edge, colour: string, away: number, value: number, at: Play.Pixels}} Sign */

/**
 * The farthest points beyond each edge, one for each colour: a run's path and what else is drawn of it have one sign.
 *
 * @param {Play.Follower[]} followers
 * @param {Play.Locate} locate
 * @param {number} step
 * @param {Plotly.FullLayout} layout
 */
export function signsBeyond(followers, locate, step, layout) {
  /** @type {Map<string, Sign>} */
  const farthest = new Map();
  for (const follower of followers) {
    if (fits(follower, locate, layout)) continue;
    for (const sign of beyond(follower, locate, step, layout)) {
      const key = `${sign.edge} ${sign.colour}`;
      if (!(sign.away <= (farthest.get(key)?.away ?? 0))) farthest.set(key, sign);
    }
  }
  return [...farthest.values()];
}

/** @type {WeakMap<object, [number, number, number, number]>} left, right, bottom and top, by follower */
const extents = new WeakMap();

/**
 * Whether all of a trace lies within the axes, whatever of it a step shows: then no point of it needs to be looked at.
 *
 * @param {Play.Follower} follower
 * @param {Play.Locate} locate
 * @param {Plotly.FullLayout} layout
 */
function fits(follower, locate, { xaxis, yaxis }) {
  const { x, y } = follower;
  if (!x || !y) return true;
  const extent = extents.get(follower) ?? [...ends(x), ...ends(y)];
  extents.set(follower, /** @type {[number, number, number, number]} */ (extent));
  const [left, right, bottom, top] = extent;
  if (isBelowLogarithms(xaxis, left) || isBelowLogarithms(yaxis, bottom)) return false;
  const corners = [locate(left, bottom), locate(right, top)];
  return corners.every(
    ([across, down]) =>
      !shareBeyond(across - xaxis._offset, xaxis._length, 0) && !shareBeyond(down - yaxis._offset, yaxis._length, 0),
  );
}

/** The least and the largest of numbers. @param {Play.Numbers} values */
function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

const SLACK = 1; // pixels that a line at the edge may reach over it

/**
 * @param {Play.Follower} follower
 * @param {Play.Locate} locate
 * @param {number} step
 * @param {Plotly.FullLayout} layout
 * @returns {Generator<Sign>}
 */
function* beyond({ x, y, range, colour, isOpen }, locate, step, { xaxis, yaxis }) {
  if (isOpen || !x || !y || !range || typeof colour !== "string") return;
  const [from, to] = range(step);
  const shift = x.length === y.length ? 0 : from; // x may be one row for all steps
  for (let i = from; i < to; i++) {
    const [across, up] = [x[i - shift], y[i]];
    if (Number.isNaN(across) || Number.isNaN(up)) continue;
    const [left, top] = locate(across, up);
    const right = shareBeyond(left - xaxis._offset, xaxis._length, isBelowLogarithms(xaxis, across) ? -1 : 0);
    const down = shareBeyond(top - yaxis._offset, yaxis._length, isBelowLogarithms(yaxis, up) ? 1 : 0);
    const at = /** @type {Play.Pixels} */ ([left, top]);
    if (down) yield { edge: down < 0 ? "top" : "bottom", colour, away: Math.abs(down), value: up, at };
    if (right) yield { edge: right < 0 ? "left" : "right", colour, away: Math.abs(right), value: across, at };
  }
}

/** @param {Plotly.Axis} axis @param {number} value */
const isBelowLogarithms = (axis, value) => axis.type === "log" && value <= 0;

/**
 * By which part of an axis a place on it lies beyond its ends, below 0 before its beginning.
 *
 * @param {number} place
 * @param {number} length
 * @param {number} otherwise on which side what has no place is: it is as far as can be
 */
function shareBeyond(place, length, otherwise) {
  if (otherwise) return otherwise * Number.MAX_VALUE;
  if (place < -SLACK) return place / length;
  return place > length + SLACK ? place / length - 1 : 0;
}

const TIP = 9;
const LEADING = 1.3; // from a sign to the next, in sizes of type
const WHITE = "#FFFFFF";

/**
 * Triangles at the edges with what they stand for. Where one stands already, the next goes further inwards: two edges
 * share a corner.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Sign[]} signs
 * @param {Plotly.FullLayout} layout
 * @param {Play.Theme} theme
 */
export function drawSigns(pen, signs, { xaxis, yaxis }, theme) {
  const [left, right] = [xaxis._offset + TIP, xaxis._offset + xaxis._length - TIP];
  const [top, bottom] = [yaxis._offset + TIP, yaxis._offset + yaxis._length - TIP];
  const row = LEADING * theme.size;
  /** @type {{y: number, from: number, to: number}[]} */
  const taken = [];
  pen.font = `${theme.size}px ${theme.font}`;
  pen.textBaseline = "middle";
  for (const { edge, colour, value, at } of signs) {
    const places = {
      top: [clamp(at[0], left, right), top],
      bottom: [clamp(at[0], left, right), bottom],
      left: [left, clamp(at[1], top, bottom)],
      right: [right, clamp(at[1], top, bottom)],
    };
    const [x, edgeY] = places[edge];
    const isLeft = x < (left + right) / 2;
    const text = `to ${amount(value)}`;
    const width = 2 * TIP + 3 + pen.measureText(text).width;
    const [from, to] = isLeft ? [x - TIP, x - TIP + width] : [x + TIP - width, x + TIP];
    const inwards = edgeY < (top + bottom) / 2 ? row : -row;
    const y = freeRow(taken, edgeY, inwards, from, to);
    taken.push({ y, from, to });
    drawSign(pen, TURNS[edge], x, y, colour);
    pen.textAlign = isLeft ? "left" : "right";
    drawText(pen, text, [x + (isLeft ? TIP + 3 : -TIP - 3), y], theme);
  }
}

/**
 * The first height at which nothing stands between ``from`` and ``to``.
 *
 * @param {{y: number, from: number, to: number}[]} taken
 * @param {number} y
 * @param {number} inwards from row to row
 * @param {number} from
 * @param {number} to
 */
function freeRow(taken, y, inwards, from, to) {
  const isTaken = () =>
    taken.some((one) => Math.abs(one.y - y) < Math.abs(inwards) - SLACK && one.from < to && from < one.to);
  while (isTaken()) y += inwards;
  return y;
}

const TURNS = { top: -Math.PI / 2, bottom: Math.PI / 2, left: Math.PI, right: 0 };

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const clamp = (value, low, high) => Math.max(low, Math.min(value, high));

/** What is infinite is beyond the numbers that pictures are drawn with. @param {number} value */
const amount = (value) => (Number.isFinite(value) ? brief(value) : value < 0 ? "−∞" : "∞");

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} turn
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 */
function drawSign(pen, turn, x, y, colour) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(turn);
  pen.beginPath();
  pen.moveTo(8, 0);
  pen.lineTo(-5, -6);
  pen.lineTo(-5, 6);
  pen.closePath();
  stroke(pen, colour === WHITE ? "black" : "white", 3);
  pen.fillStyle = colour;
  pen.fill();
  pen.restore();
}
