// The parts of a picture that can be chosen: its links and maps, told by one row after the other.

/**
 * Those of a trace, if it says that there are any.
 *
 * @param {Play.Trace} trace
 * @param {Play.Choices["distance"]} distance
 * @returns {Play.Choices | undefined}
 */
export function choicesOf({ meta, text }, distance) {
  return meta.choices && { ...meta.choices, names: text, distance, marked: [] };
}

/** @param {Play.Follower[]} following */
const allOf = (following) => following.flatMap(({ choices }) => choices ?? []);

/**
 * The row of what is nearest to a place in pixels, and no further than ``reach``; of what overlaps the one on top.
 *
 * @param {Play.Follower[]} following
 * @param {Play.Locate} locate
 * @param {Play.Pixels} at
 * @param {number} reach
 */
export function nearestChoice(following, locate, at, reach) {
  let nearest = null;
  let least = reach;
  for (const { first, names, distance } of allOf(following)) {
    for (const i of names.keys()) {
      const away = distance(i, locate, at);
      if (away <= least) [nearest, least] = [first + i, away];
    }
  }
  return nearest;
}

/**
 * The row after another one, or before it.
 *
 * @param {Play.Follower[]} following
 * @param {number} by
 */
export function rowBeside(following, by) {
  const count = allOf(following).reduce((sum, { names }) => sum + names.length, 0);
  const chosen = allOf(following)[0]?.chosen ?? null;
  return chosen === null ? (by > 0 ? 0 : count - 1) : (chosen + by + count) % count;
}

/**
 * Mark what is chosen, and the row at which the pointer is.
 *
 * @param {Play.Follower[]} following
 * @param {number | null} aimed
 */
export function markChoices(following, aimed) {
  for (const choices of allOf(following)) {
    const rows = new Set([choices.chosen ?? -1, aimed ?? -1]);
    choices.marked = [...rows].map((row) => row - choices.first).filter((i) => i in choices.names);
  }
}

/**
 * What a row is called.
 *
 * @param {Play.Follower[]} following
 * @param {number | null} row
 */
export function nameOf(following, row) {
  const names = allOf(following).map((choices) => choices.names[(row ?? -1) - choices.first]);
  return names.find((name) => name !== undefined) ?? "";
}
