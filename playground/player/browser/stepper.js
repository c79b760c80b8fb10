// The − and + beside a number. Streamlit makes one press of all those that come while Python is busy: here each is an
// act of its own.

const BUTTON = "[class*='-stepped'] button";

/**
 * Post a press of such a button, in place of what Streamlit would send.
 *
 * @param {MouseEvent} event
 * @param {import("./player.js").Player} player
 */
export function pressStepper(event, player) {
  const button = /** @type {Element} */ (event.target).closest(BUTTON);
  const field = named(button, /^st-key-(.+)-stepped$/);
  const word = named(button, /^st-key-.+-(Increase|Decrease)$/);
  if (!field || !word || button?.matches(":disabled") || !player.setStateValue) return;
  event.stopImmediatePropagation(); // nor shall another player post it
  player.post({ kind: "step", field, by: word === "Increase" ? 1 : -1 });
}

/**
 * What the class of one of the elements around a button says, which Streamlit makes of a key.
 *
 * @param {Element | null} button
 * @param {RegExp} pattern
 */
function named(button, pattern) {
  for (let one = button; one; one = one.parentElement) {
    for (const name of one.classList) {
      const found = pattern.exec(name);
      if (found) return found[1];
    }
  }
  return "";
}
