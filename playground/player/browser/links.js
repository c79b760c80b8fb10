// Straight lines whose colour says the sign of a number, and their width its size.

import { decode } from "./arrays.js";
import { choicesOf } from "./choices.js";

const LARGEST = 127;
const NOT_FINITE = -128;
const THINNEST = 0.6; // a line of size 0 is there, too

/**
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower}
 */
export function links(trace, index) {
  const [x, y, sizes] = [decode(trace.x), decode(trace.y), decode(trace.customdata)];
  const count = x.length / 3; // two points and a gap
  /** @type {(link: number, locate: Play.Locate) => Ends} */
  const endsOf = (link, locate) => [locate(x[3 * link], y[3 * link]), locate(x[3 * link + 1], y[3 * link + 1])];
  const choices = choicesOf(trace, (link, locate, at) => distanceToStretch(endsOf(link, locate), at));
  return {
    index,
    cursor: "links",
    choices,
    draw(pen, locate, step, theme) {
      pen.lineCap = "butt";
      const marked = choices?.marked ?? [];
      for (const link of [...sizes.subarray(0, count).keys(), ...marked]) {
        const { colour, width, dash } = strokeOf(sizes[step * count + link], trace.meta);
        const ends = endsOf(link, locate);
        if (marked.includes(link)) strokeBetween(pen, ends, theme.text, width + 5);
        pen.setLineDash(dash);
        strokeBetween(pen, ends, colour, width);
        pen.setLineDash([]);
      }
    },
  };
}

/** @typedef {[Play.Pixels, Play.Pixels]} Ends */

/**
 * How a number from -127 to 127 is seen in a line; what isn't finite is dotted.
 *
 * @param {number} size
 * @param {{colours: [string, string, string], width: number}} meta
 */
export function strokeOf(size, { colours: [negative, positive, unknown], width }) {
  if (size === NOT_FINITE) return { colour: unknown, width: 1.5, dash: [2, 4] };
  const wide = Math.max(THINNEST, (width * Math.abs(size)) / LARGEST);
  return { colour: size < 0 ? negative : positive, width: wide, dash: [] };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Ends} ends
 * @param {string} colour
 * @param {number} width
 */
function strokeBetween(pen, [from, to], colour, width) {
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

/**
 * @param {Ends} ends
 * @param {Play.Pixels} at
 */
function distanceToStretch([[left, top], [right, bottom]], [x, y]) {
  const [across, down] = [right - left, bottom - top];
  const along = ((x - left) * across + (y - top) * down) / (across ** 2 + down ** 2);
  const share = Math.max(0, Math.min(1, along));
  return Math.hypot(x - left - share * across, y - top - share * down);
}
