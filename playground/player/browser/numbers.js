// Numbers as text, and as MathML.

/** @param {number} value */
export const brief = (value) => String(Number(value.toPrecision(4))).replaceAll("-", "−");

/** @param {number} value */
export const whole = (value) => (Number.isFinite(value) ? String(value).replaceAll("-", "−") : format(value));

/** Four decimals in a fixed place; powers of ten where four decimals would hide the number. @param {number} value */
export function format(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "−inf";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : value.toFixed(4);
  return text.replaceAll("-", "−");
}

/**
 * A number as the inside of a MathML row; a negative one in brackets, since it may stand anywhere in a formula.
 *
 * @param {number | undefined} value
 */
export function mathOf(value) {
  if (value === undefined) return "<mo>…</mo>";
  const text = Number.isInteger(value) && Math.abs(value) < 1e5 ? whole(value) : format(value);
  const [mantissa, power] = text.split("e");
  const times = power === undefined ? "" : `<mo>·</mo><msup><mn>10</mn><mn>${power.replace("+", "")}</mn></msup>`;
  const number = `<mn>${mantissa}</mn>${times}`;
  return text.startsWith("−") ? `<mo>(</mo>${number}<mo>)</mo>` : number;
}
