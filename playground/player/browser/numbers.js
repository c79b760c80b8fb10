// Numbers as text, as playground/numerals.py writes them, and as MathML.

/** A number as JavaScript writes it, with a true minus sign and without a sign before a power. @param {string} text */
const written = (text) => text.replace("e+", "e").replaceAll("-", "−");

/** Four digits, and no fewer than stand before the decimal point: ``format_number``. @param {number} value */
export function brief(value) {
  if (!Number.isFinite(value)) return format(value);
  const rounded = Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  const [mantissa, power] = value.toExponential(3).split("e");
  if (size !== 0 && (size < 1e-4 || size >= 1e5)) return written(`${Number(mantissa)}e${power}`);
  return written(String(size < 1e4 ? rounded : Math.round(value)));
}

/** @param {number} value */
export const whole = (value) => (Number.isFinite(value) ? written(String(value)) : format(value));

/**
 * Four decimals in a fixed place; powers of ten where four decimals would hide the number: ``format_decimals``.
 *
 * @param {number} value
 */
export function format(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "−inf";
  const size = Math.abs(value);
  return written(size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : value.toFixed(4));
}

/**
 * A number as the inside of a MathML row.
 *
 * @param {number} value
 * @param {boolean} isBare whether a negative one stands without brackets
 */
export function mathOf(value, isBare) {
  const text = Number.isInteger(value) && Math.abs(value) < 1e5 ? whole(value) : format(value);
  const [, sign, mantissa, power] = /** @type {string[]} */ (text.match(/^(−?)([^e]+)(?:e(.+))?$/));
  const times = power ? `<mo>·</mo><msup><mn>10</mn><mn>${power}</mn></msup>` : "";
  const number = `${sign && '<mo form="prefix">−</mo>'}<mn>${mantissa}</mn>${times}`;
  return sign && !isBare ? `<mo>(</mo>${number}<mo>)</mo>` : number;
}
