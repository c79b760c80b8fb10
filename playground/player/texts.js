// Texts, and in them what follows the cursor.

import { drawMarkers } from "./drawing.js";
import { element, load } from "./page.js";

let katex; // what typesets formulas

export async function loadKatex(file) {
  katex = (await load(file)).default;
}

// Put a line's parts into ``parent``, and return what turns each to a step: calls of (columns, step).
export function fill(parent, parts) {
  return parts.flatMap((part) => {
    if (typeof part === "string") {
      parent.append(part);
      return [];
    }
    if (part.colour) {
      parent.append(swatch(part));
      return [];
    }
    const at = ({ column, ahead }, columns, step) => columns[column][step + ahead];
    if (part.latex !== undefined) {
      const place = element("span", { className: "gp-math" }, parent);
      if (!part.columns.length) typeset(part.latex, place);
      return part.columns.length ? [(columns, step) => typeset(withNumbers(part.latex, part.columns.map((one) => at(one, columns, step))), place)] : [];
    }
    if (part.typeset) {
      const place = element("span", { className: "gp-math" }, parent);
      return [(columns, step) => typeset(part.words[at(part, columns, step)], place)];
    }
    const place = element("output", {}, parent);
    if (part.words) place.className = "gp-words";
    return [
      (columns, step) => {
        const value = at(part, columns, step);
        const text = value === undefined ? "…" : part.words ? part.words[value] : part.whole ? whole(value) : format(value);
        if (place.textContent === text) return;
        place.textContent = text;
        if (part.words && parts.length === 1) place.title = text; // it may be too long to be seen whole
      },
    ];
  });
}

function swatch({ colour, symbol }) {
  const made = Object.assign(document.createElement("canvas"), { className: "gp-swatch", width: 40, height: 40, ariaHidden: "true" });
  drawMarkers(made.getContext("2d"), [[20, 20]], { color: colour, symbol, size: 24, line: { color: "rgba(128,128,128,0.6)", width: 1.5 } });
  return made;
}

// ``0@0@0`` stands for the first number, and so on; a negative one is put in brackets.
function withNumbers(latex, values) {
  return latex.replace(/0@(\d+)@0/g, (_, index) => {
    const value = values[index];
    if (value === undefined) return "\\ldots";
    const text = (Number.isInteger(value) && Math.abs(value) < 1e5 ? whole(value) : format(value)).replace(/e\+?([−\d]+)/, " \\cdot 10^{$1}").replaceAll("−", "-").replace(/^(-?)(nan|inf)$/, "$1\\text{$2}");
    return text.startsWith("-") ? `{\\left(${text}\\right)}` : `{${text}}`;
  });
}

function typeset(latex, place) {
  if (place.latex === latex) return;
  place.latex = latex;
  // MathML, which browsers draw themselves: the styles that Streamlit brings are those of another KaTeX.
  katex.render(latex, place, { output: "mathml", throwOnError: false });
}

export const brief = (value) => String(Number(value.toPrecision(4))).replaceAll("-", "−");

const whole = (value) => (Number.isFinite(value) ? String(value) : format(value));

// Four decimals in a fixed place; powers of ten where four decimals would hide the number.
function format(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "−inf";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : value.toFixed(4);
  return text.replaceAll("-", "−");
}
