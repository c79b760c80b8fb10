// Straight lines whose colour says the sign of a number, and their width its size.

import { decode } from "./arrays.js";

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
  const { colours, width } = trace.meta;
  const [negative, positive, unknown] = colours;
  const count = x.length / 3; // two points and a gap
  /** @type {(link: number, locate: Play.Locate) => [Play.Pixels, Play.Pixels]} */
  const ends = (link, locate) => [locate(x[3 * link], y[3 * link]), locate(x[3 * link + 1], y[3 * link + 1])];
  const sizeOf = (/** @type {number} */ link, /** @type {number} */ step) => sizes[step * count + link];
  const widthOf = (/** @type {number} */ size) => (size === NOT_FINITE ? 0 : (width * Math.abs(size)) / LARGEST);
  /** @type {(pen: CanvasRenderingContext2D, link: number, locate: Play.Locate, step: number) => void} */
  const draw = (pen, link, locate, step) => {
    const size = sizeOf(link, step);
    const colour = size === NOT_FINITE ? unknown : size < 0 ? negative : positive;
    pen.setLineDash(size === NOT_FINITE ? [2, 4] : []);
    strokeBetween(pen, ends(link, locate), colour, widthOf(size));
    pen.setLineDash([]);
  };
  return {
    index,
    cursor: "links",
    draw(pen, locate, step) {
      pen.lineCap = "butt";
      for (let link = 0; link < count; link++) draw(pen, link, locate, step);
    },
    ...(trace.meta.choices && {
      choices: {
        ...trace.meta.choices,
        names: trace.text,
        distance: (link, locate, at) => distanceToStretch(ends(link, locate), at),
        mark: (pen, link, locate, step, theme) => {
          strokeBetween(pen, ends(link, locate), theme.text, widthOf(sizeOf(link, step)) + 4);
          draw(pen, link, locate, step);
        },
      },
    }),
  };
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {[Play.Pixels, Play.Pixels]} ends
 * @param {string} colour
 * @param {number} width
 */
function strokeBetween(pen, [from, to], colour, width) {
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.strokeStyle = colour;
  pen.lineWidth = Math.max(THINNEST, width);
  pen.stroke();
}

/**
 * @param {[Play.Pixels, Play.Pixels]} ends
 * @param {Play.Pixels} at
 */
function distanceToStretch([[left, top], [right, bottom]], [x, y]) {
  const [across, down] = [right - left, bottom - top];
  const along = ((x - left) * across + (y - top) * down) / (across ** 2 + down ** 2);
  const share = Math.max(0, Math.min(1, along));
  return Math.hypot(x - left - share * across, y - top - share * down);
}
