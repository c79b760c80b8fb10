// The runners of a picture: each with its marker, and with its name where there is room.

import { element } from "./page.js";
import { swatch } from "./texts.js";

const NAMED = 2; // of so many runners the names fit below a picture; of more their numbers, until it is made larger

const HEIGHT = 1.8; // in sizes of type, as all that follow
const NUMBER = 2.6; // the width of a marker with its number
const LETTER = 0.6; // of an axis's title
const BETWEEN = 2; // from that title to the legend

/**
 * The traces of the runners that the legend names, in their order; one that is alone needs no name.
 *
 * @param {Play.Trace[]} traces
 */
export function namedRunners(traces) {
  const runners = traces.filter((trace) => trace.meta?.runner).sort((a, b) => a.meta.runner.slot - b.meta.runner.slot);
  return runners.length > 1 ? runners : [];
}

/**
 * What a picture's lower margin grows by for its legend, in sizes of type: nothing where there are numbers alone, which
 * have room beside the axis's title.
 *
 * @param {number} count of runners
 * @param {string} title of the level axis
 * @param {number} width of the picture, in sizes of type
 * @param {boolean} isLarge
 */
export function heightOf(count, title, width, isLarge) {
  const room = width / 2 - (LETTER * title.length) / 2 - BETWEEN;
  const hasNames = isLarge || count <= NAMED;
  return count === 0 || (!hasNames && NUMBER * count < room) ? 0 : HEIGHT;
}

/**
 * @param {HTMLElement} place
 * @param {Play.Trace[]} traces
 */
export function showRunners(place, traces) {
  const runners = namedRunners(traces);
  const wanted = JSON.stringify(runners.map(({ meta, marker, line }) => [meta.runner, marker ?? line]));
  if (place.dataset.runners === wanted) return;
  place.dataset.runners = wanted;
  place.dataset.many = String(runners.length > NAMED);
  place.textContent = "";
  for (const { meta, marker, line } of runners) {
    const { name, slot, symbol } = meta.runner;
    const entry = element("span", { title: `Runner ${slot + 1}: ${name}` }, place);
    entry.append(swatch({ colour: marker?.color ?? line.color, symbol }));
    element("span", { className: "gp-number", textContent: String(slot + 1) }, entry);
    element("span", { className: "gp-name", textContent: name }, entry);
  }
}
