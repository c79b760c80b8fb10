// Texts, and in them what follows the cursor.

import { drawMarkers } from "./drawing.js";
import { format, mathOf, whole } from "./numbers.js";
import { element } from "./page.js";

/**
 * Put a line's parts into ``parent``, and return what turns them to a step.
 *
 * @param {Element} parent
 * @param {Wire.Line} line
 * @returns {Play.Update[]}
 */
export function fill(parent, line) {
  return line.flatMap((part) => {
    if (typeof part === "string") parent.append(part);
    else if ("colour" in part) parent.append(swatch(part));
    else if ("mathml" in part) return formula(parent, part);
    else if ("lines" in part) return [cases(parent, part)];
    else if (!("words" in part)) return [number(parent, part)];
    else return [part.typeset ? formulas(parent, part) : words(parent, part, line.length === 1)];
    return [];
  });
}

/**
 * @param {Wire.ColumnPart} part
 * @param {Play.Columns} columns
 * @param {number} step
 * @returns {number}
 */
const numberAt = ({ column, ahead }, columns, step) => columns[column][step + ahead];

/**
 * A line that isn't the one isn't turned either: its numbers may be missing.
 *
 * @param {Element} parent
 * @param {Wire.CasesPart} part
 * @returns {Play.Update}
 */
function cases(parent, { column, lines }) {
  const place = element("span", {}, parent);
  const made = lines.map((line) => {
    const root = document.createElement("span");
    return { root, updates: fill(root, line) };
  });
  return (columns, step) => {
    const { root, updates } = made[columns[column][step]];
    for (const update of updates) update(columns, step);
    if (place.firstChild !== root) place.replaceChildren(root);
  };
}

/**
 * @param {Element} parent
 * @param {Wire.FormulaPart} part
 * @returns {Play.Update[]}
 */
function formula(parent, { mathml, columns: read }) {
  const place = element("span", { className: "gp-math", innerHTML: mathml }, parent);
  return [...place.querySelectorAll("[data-column]")].map((row) => {
    const column = read[Number(row.getAttribute("data-column"))];
    const isBare = row.previousElementSibling?.textContent === "=";
    let shown = "";
    return (columns, step) => {
      const math = mathOf(numberAt(column, columns, step), isBare);
      if (math !== shown) row.innerHTML = shown = math;
    };
  });
}

/**
 * @param {Element} parent
 * @param {Wire.WordsPart} part
 * @returns {Play.Update}
 */
function formulas(parent, { column, words: mathml }) {
  const place = element("span", { className: "gp-math" }, parent);
  let shown = "";
  return (columns, step) => {
    const math = mathml[columns[column][step]];
    if (math !== shown) place.innerHTML = shown = math;
  };
}

/**
 * @param {Element} parent
 * @param {Wire.WordsPart} part
 * @param {boolean} isAlone
 * @returns {Play.Update}
 */
function words(parent, { column, words: texts }, isAlone) {
  const place = element("output", { className: "gp-words", ariaLive: "off" }, parent);
  return (columns, step) => {
    const text = texts[columns[column][step]];
    if (place.textContent === text) return;
    place.textContent = text;
    if (isAlone) place.title = text; // it may be too long to be seen whole
  };
}

/**
 * @param {Element} parent
 * @param {Wire.ColumnPart} part
 * @returns {Play.Update}
 */
function number(parent, part) {
  const place = element("output", { ariaLive: "off" }, parent);
  return (columns, step) => {
    const value = numberAt(part, columns, step);
    const said = part.whole ? whole(value) : format(value);
    const text = Number.isNaN(value) ? (part.none ?? said) : said;
    if (place.textContent !== text) place.textContent = text;
  };
}

/** A marker, as in a legend. @param {Wire.SwatchPart} part */
export function swatch({ colour, symbol }) {
  const made = document.createElement("canvas");
  Object.assign(made, { className: "gp-swatch", width: 40, height: 40, ariaHidden: "true" });
  const pen = made.getContext("2d");
  const line = { color: "rgba(128,128,128,0.6)", width: 1.5 };
  if (pen) drawMarkers(pen, [[20, 20]], { color: colour, symbol, size: 24, line });
  return made;
}
