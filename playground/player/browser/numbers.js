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
 * A number as the inside of a MathML row.
 *
 * @param {number} value
 * @param {boolean} isBare whether a negative one stands without brackets
 */
export function mathOf(value, isBare) {
  const text = Number.isInteger(value) && Math.abs(value) < 1e5 ? whole(value) : format(value);
  const [, sign, mantissa, power] = /** @type {string[]} */ (text.match(/^(−?)([^e]+)(?:e\+?(.+))?$/));
  const times = power ? `<mo>·</mo><msup><mn>10</mn><mn>${power}</mn></msup>` : "";
  const number = `${sign && '<mo form="prefix">−</mo>'}<mn>${mantissa}</mn>${times}`;
  return sign && !isBare ? `<mo>(</mo>${number}<mo>)</mo>` : number;
}
