// The parts of a picture that can be chosen: its links and maps, told by one row after the other.

/** @param {Play.Follower[]} following */
const choicesOf = (following) => following.flatMap(({ choices }) => choices ?? []);

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
  for (const { first, names, distance } of choicesOf(following)) {
    for (const i of names.keys()) {
      const away = distance(i, locate, at);
      if (away <= least) [nearest, least] = [first + i, away];
    }
  }
  return nearest;
}

/** The row that is the chosen one. @param {Play.Follower[]} following */
export const chosenRow = (following) => choicesOf(following)[0]?.chosen ?? null;

/**
 * The row after another one, or before it.
 *
 * @param {Play.Follower[]} following
 * @param {number} by
 */
export function rowBeside(following, by) {
  const count = choicesOf(following).reduce((sum, { names }) => sum + names.length, 0);
  const chosen = chosenRow(following);
  return chosen === null ? (by > 0 ? 0 : count - 1) : (chosen + by + count) % count;
}

/**
 * The choices of which a row is one, and its number among them.
 *
 * @param {Play.Follower[]} following
 * @param {number | null} row
 */
export function choiceAt(following, row) {
  for (const choices of choicesOf(following)) {
    const i = (row ?? -1) - choices.first;
    if (i in choices.names) return { choices, i };
  }
  return null;
}
