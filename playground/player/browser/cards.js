// Cards: boxes with lines of text, which read and look differently from step to step.

import { decode } from "./arrays.js";
import { stroke } from "./drawing.js";
import { once } from "./page.js";

/** @typedef {{fill: string, edge: string, line: number}} Look */
/** @typedef {{left: number, top: number, width: number, height: number}} Box */
/** @typedef {[since: number, lines: string[], look: number, whole: string[], isCurrent: boolean]} State */

/** Whether a picture has cards whose type never shrinks. @param {Wire.AnyPanel} panel */
export const isLegible = (panel) => "figure" in panel && panel.figure.data.some(({ meta }) => meta?.legible);

/**
 * Boxes as large as ``size`` says in the plot's coordinates; each reads and looks as the last of its changes up to the
 * cursor says.
 *
 * @param {Play.Trace} trace
 * @param {number} index
 * @returns {Play.Follower}
 */
export function cards(trace, index) {
  const [x, y] = [decode(trace.x), decode(trace.y)];
  /** @type {{changes: State[][], looks: Look[], size: [number, number], legible: boolean}} */
  const { changes, looks, size, legible } = trace.meta;
  const [wide, tall] = size;
  const stateOf = (/** @type {number} */ card, /** @type {number} */ step) =>
    changes[card].findLast(([since]) => since <= step) ?? changes[card][0];
  /** @type {Play.Cards} */
  const known = {
    count: changes.length,
    selected: null,
    edges: (card) => [x[card] - wide / 2, x[card] + wide / 2, y[card] - tall / 2, y[card] + tall / 2],
    at: (atX, atY) => {
      const card = changes.findIndex((_, i) => Math.abs(atX - x[i]) <= wide / 2 && Math.abs(atY - y[i]) <= tall / 2);
      return card < 0 ? null : card;
    },
    current: (step) => changes.findIndex((_, card) => isCurrentAt(stateOf(card, step), step)),
    whole: (card, step) => stateOf(card, step)[3],
    room: (theme) => {
      const sizes = changes.flat().map(([, lines]) => extent(lines, theme));
      const most = (/** @type {0 | 1} */ side) => Math.max(...sizes.map((one) => one[side]));
      return [most(0) / wide, most(1) / tall];
    },
  };
  return {
    index,
    cursor: "cards",
    cards: legible ? known : undefined,
    draw(pen, locate, step, theme) {
      for (const card of changes.keys()) {
        const [, lines, look] = stateOf(card, step);
        const [from, to, low, high] = known.edges(card);
        const [left, top] = locate(from, high);
        const [right, bottom] = locate(to, low);
        const box = { left, top, width: right - left, height: bottom - top };
        drawBox(pen, box, looks[look], theme);
        if (card === known.selected) stroke(pen, theme.text, 3);
        drawLines(pen, box, lines, theme, legible);
      }
    },
  };
}

/**
 * @param {State} state
 * @param {number} step
 */
const isCurrentAt = ([since, , , , isCurrent], step) => isCurrent && since === step;

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
const LARGER = 1.25; // the first line than the others
const AROUND = 0.3; // above and below all lines, in heights of type
const SHARE = 0.92; // of a card's width that text may take
const SMALLEST = 5; // what would be smaller can't be read and isn't drawn

/** @param {number} row */
const sizeOf = (row) => (row ? 1 : LARGER);

/** How high lines are, in heights of type. @param {string[]} lines */
const heightOf = (lines) => LEADING * lines.reduce((sum, _, row) => sum + sizeOf(row), 0);

const ruler = once((/** @type {string} */ font) => {
  const pen = document.createElement("canvas").getContext("2d");
  if (pen) pen.font = font;
  return pen;
});

/**
 * How wide lines are in type of one pixel.
 *
 * @param {string[]} lines
 * @param {string} font
 */
function widthOf(lines, font) {
  const widths = lines.map(
    (text, row) => (ruler(`${row ? 400 : 600} 100px ${font}`)?.measureText(text).width ?? 0) * sizeOf(row),
  );
  return Math.max(...widths) / 100;
}

/**
 * The pixels that a card with these lines takes, in the page's type.
 *
 * @param {string[]} lines
 * @param {Play.Theme} theme
 * @returns {[number, number]}
 */
const extent = (lines, { font, size }) => [(size * widthOf(lines, font)) / SHARE, size * (heightOf(lines) + AROUND)];

/**
 * Text as large as fits, the first line larger than the others. Of a legible card it is the first line alone where all
 * would be smaller than the page's type, and nothing where that would be.
 *
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {string[]} lines
 * @param {Play.Theme} theme
 * @param {boolean} legible
 */
function drawLines(pen, box, lines, theme, legible) {
  const size = fit(box, lines, theme);
  if (!legible || size >= 0.999 * theme.size) {
    if (size >= SMALLEST) write(pen, box, lines, size, theme);
  } else {
    const name = lines.slice(0, 1);
    const alone = fit(box, name, theme);
    if (LARGER * alone >= theme.size) write(pen, box, name, alone, theme);
  }
}

/**
 * @param {Box} box
 * @param {string[]} lines
 * @param {Play.Theme} theme
 */
const fit = ({ width, height }, lines, { size, font }) =>
  Math.min(LARGER * size, height / (heightOf(lines) + AROUND), (SHARE * width) / widthOf(lines, font));

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Box} box
 * @param {string[]} lines
 * @param {number} size
 * @param {Play.Theme} theme
 */
function write(pen, { left, top, width, height }, lines, size, { text: colour, font }) {
  pen.fillStyle = colour;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  let middle = top + height / 2 - (size * heightOf(lines)) / 2;
  for (const [row, text] of lines.entries()) {
    const half = (size * LEADING * sizeOf(row)) / 2;
    pen.font = `${row ? 400 : 600} ${size * sizeOf(row)}px ${font}`;
    pen.fillText(text, left + width / 2, middle + half);
    middle += 2 * half;
  }
}
