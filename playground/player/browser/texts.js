// Texts, and in them what follows the cursor.

import { drawMarkers } from "./drawing.js";
import { format, fillNumber, whole } from "./numbers.js";
import { element } from "./page.js";

// Put a line's parts into ``parent``, and return what turns each to a step: calls of (columns, step).
export function fill(parent, line) {
  return line.flatMap((part) => {
    if (typeof part === "string") return parent.append(part) ?? [];
    if ("colour" in part) return parent.append(swatch(part)) ?? [];
    if ("mathml" in part) return formula(parent, part);
    return [part.typeset ? typesetWords(parent, part) : "words" in part ? words(parent, part, line.length === 1) : number(parent, part)];
  });
}

const at = ({ column, ahead }, columns, step) => columns[column][step + ahead];

function formula(parent, { mathml, columns: read }) {
  const place = element("span", { className: "gp-math", innerHTML: mathml }, parent);
  const numbers = [...place.querySelectorAll("[data-column]")].map((one) => [one, read[one.dataset.column]]);
  return numbers.map(([one, column]) => (columns, step) => fillNumber(one, at(column, columns, step)));
}

function typesetWords(parent, part) {
  const place = element("span", { className: "gp-math" }, parent);
  let shown;
  return (columns, step) => {
    const chosen = columns[part.column][step];
    if (chosen !== shown) place.innerHTML = part.words[chosen];
    shown = chosen;
  };
}

function words(parent, part, isAlone) {
  const place = element("output", { className: "gp-words" }, parent);
  return (columns, step) => {
    const text = part.words[columns[part.column][step]];
    if (place.textContent === text) return;
    place.textContent = text;
    if (isAlone) place.title = text; // it may be too long to be seen whole
  };
}

function number(parent, part) {
  const place = element("output", {}, parent);
  return (columns, step) => {
    const value = at(part, columns, step);
    const text = value === undefined ? "…" : part.whole ? whole(value) : format(value);
    if (place.textContent !== text) place.textContent = text;
  };
}

function swatch({ colour, symbol }) {
  const made = Object.assign(document.createElement("canvas"), { className: "gp-swatch", width: 40, height: 40, ariaHidden: "true" });
  drawMarkers(made.getContext("2d"), [[20, 20]], { color: colour, symbol, size: 24, line: { color: "rgba(128,128,128,0.6)", width: 1.5 } });
  return made;
}
