// Numbers as text, and as MathML.

export const brief = (value) => String(Number(value.toPrecision(4))).replaceAll("-", "−");

export const whole = (value) => (Number.isFinite(value) ? String(value).replaceAll("-", "−") : format(value));

// Four decimals in a fixed place; powers of ten where four decimals would hide the number.
export function format(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "−inf";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : value.toFixed(4);
  return text.replaceAll("-", "−");
}

// Put a number into an empty <mrow>: a negative one in brackets, since it may stand anywhere in a formula.
export function fillNumber(row, value) {
  if (row.shown === value) return;
  row.shown = value;
  const text = value === undefined ? "…" : Number.isInteger(value) && Math.abs(value) < 1e5 ? whole(value) : format(value);
  const [mantissa, power] = text.split("e");
  const parts = [`<mn>${mantissa}</mn>`];
  if (power) parts.push(`<mo>·</mo><msup><mn>10</mn><mn>${power.replace("+", "")}</mn></msup>`);
  row.innerHTML = text.startsWith("−") ? `<mo>(</mo>${parts.join("")}<mo>)</mo>` : parts.join("");
}
