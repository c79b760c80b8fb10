// Arrays: those that travel apart from the message that names them, and their bytes as numbers.

const KEPT = 32; // of them the oldest leave
/** @type {Map<string, Wire.PackedArray>} by their hash */
const arrays = new Map();
/** @type {Set<() => void>} what to call when more of them have come */
const waiting = new Set();

/** @param {Record<string, Wire.PackedArray>} shared */
export function keepArrays(shared) {
  for (const [key, value] of Object.entries(shared)) {
    arrays.delete(key);
    arrays.set(key, value);
  }
  for (const key of [...arrays.keys()].slice(0, -KEPT)) arrays.delete(key);
  wake();
}

/** @param {string} key */
export const keptArray = (key) => arrays.get(key);

/** Let all that wait look again whether they still have to. */
export function wake() {
  for (const call of waiting) call();
}

/** @param {Wire.AnyPanel[]} panels */
export const tracesOf = (panels) => panels.flatMap((panel) => ("figure" in panel ? panel.figure.data : []));

/**
 * Whether all arrays that the panels name have come, once they have or the wait is called off.
 *
 * @param {Wire.AnyPanel[]} panels
 * @param {() => boolean} calledOff
 * @returns {Promise<boolean>}
 */
export function arrivalOf(panels, calledOff) {
  const named = tracesOf(panels).flatMap((trace) => Object.values(trace).map((value) => value?.shared));
  const complete = () => named.every((key) => !key || arrays.has(key));
  return new Promise((resolve) => {
    const check = () => {
      if (!complete() && !calledOff()) return;
      waiting.delete(check);
      resolve(complete());
    };
    waiting.add(check);
    check();
  });
}

/** Put the message's own arrays in the places that name them. @param {Wire.Run} run */
export function putIn({ panels, arrays: own }) {
  for (const trace of tracesOf(panels)) {
    for (const [name, value] of Object.entries(trace)) if (value?.once !== undefined) trace[name] = own[value.once];
    const fields = /** @type {Record<string, any[]>} */ (trace.meta?.frames?.fields ?? {});
    for (const states of Object.values(fields)) {
      for (const [i, state] of states.entries()) if (state.once !== undefined) states[i] = own[state.once];
    }
  }
}

const TYPES = {
  f8: Float64Array,
  f4: Float32Array,
  i4: Int32Array,
  i2: Int16Array,
  i1: Int8Array,
  u4: Uint32Array,
  u2: Uint16Array,
  u1: Uint8Array,
};

/** @type {WeakMap<Wire.PackedArray, Play.Numbers>} one that stands in several traces is decoded once */
const decoded = new WeakMap();

/**
 * The numbers of a packed array; what isn't packed is as it was.
 *
 * @param {any} packed
 * @returns {Play.Numbers}
 */
export function decode(packed) {
  if (packed?.bdata === undefined) return packed;
  let numbers = decoded.get(packed);
  if (!numbers) {
    const text = atob(packed.bdata);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); // ten times as fast as Uint8Array.from
    numbers = new TYPES[/** @type {keyof typeof TYPES} */ (packed.dtype)](bytes.buffer);
    decoded.set(packed, numbers);
  }
  return numbers;
}

/**
 * @param {any} values
 * @returns {values is ArrayLike<any>}
 */
export const isArray = (values) => Array.isArray(values) || ArrayBuffer.isView(values);
