// Keys, while the player has the focus.

import { isLegible } from "./cards.js";
import { element } from "./page.js";

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @typedef {[keys: string, does: string]} Key */
/** @typedef {"draggable" | "zoomable" | "choosable"} Trait */

/** @type {Key[]} */
const ALWAYS = [
  ["Space", "plays and pauses"],
  ["← →", "step back and forward"],
  ["Home End", "jump to the start and to the end"],
  ["Esc", "makes a large picture small again"],
  ["Ctrl Z", "takes the last change back; with Shift, makes it again"],
  ["?", "shows these keys"],
];
/** @type {Record<Trait, Key[]>} */
const ON_PICTURES = {
  draggable: [["Shift ← → ↑ ↓", "move the point"]],
  zoomable: [
    ["+ −", "zoom the picture, as the wheel does"],
    ["Shift ← → ↑ ↓", "move the picture"],
    ["0", "shows all of the picture"],
  ],
  choosable: [["N P", "choose the next and the previous part of the picture"]],
};

/** @type {Key[]} */
const ON_CARDS = [
  ["N P", "read all of the next card, and of the previous one"],
  ["Esc", "closes it"],
];

/**
 * What each key does, where there are such panels, and steps that belong together.
 *
 * @param {Wire.AnyPanel[]} panels
 * @param {string} leap
 * @returns {Key[]}
 */
function keysFor(panels, leap) {
  /** @type {Key[]} */
  const leaps = leap ? [["PageUp PageDown", `the ${leap} before, and the next ${leap}`]] : [];
  const plots = panels.filter((panel) => "figure" in panel);
  const traits = /** @type {Trait[]} */ (Object.keys(ON_PICTURES)).filter((trait) => plots.some((plot) => plot[trait]));
  const onCards = plots.some(isLegible) ? ON_CARDS : [];
  return [...ALWAYS, ...leaps, ...traits.flatMap((trait) => ON_PICTURES[trait]), ...onCards];
}

/** A list of the keys, over the page until it is closed. */
export class KeysHelp {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.dialog = element("dialog", { className: "gp-keys", ariaLabel: "Keys" }, parent);
    this.dialog.onclick = () => this.dialog.close();
  }

  /**
   * @param {Wire.AnyPanel[]} panels
   * @param {string} leap
   */
  show(panels, leap) {
    this.dialog.textContent = "";
    const table = element("table", {}, this.dialog);
    for (const [keys, does] of keysFor(panels, leap)) {
      const row = element("tr", {}, table);
      element("th", { scope: "row", textContent: keys }, row);
      element("td", { textContent: does }, row);
    }
    element("button", { type: "button", textContent: "Close" }, this.dialog);
    this.dialog.showModal();
  }
}

const OWN_ARROWS = "[role=radiogroup], [role=listbox], [role=dialog], [role=tablist], [role=group]";

/** Whether the keys are the player's: nothing else has the focus, or a button that has no use for them. @param {EventTarget | null} target */
export function isFree(target) {
  if (target === document.body) return true;
  return target instanceof HTMLButtonElement && !target.closest(OWN_ARROWS);
}

const HAVE_A_HISTORY = "textarea, [contenteditable=true], input:not([type=range], [type=checkbox], [type=radio])";

/**
 * Undo and redo, wherever on the page the focus is but in a text, whose own they are. A list's field has nothing typed.
 *
 * @param {KeyboardEvent} event
 * @param {import("./player.js").Player} player
 */
export function pressHistory(event, player) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented) return;
  const key = event.key.toLowerCase();
  const target = /** @type {Element} */ (event.target);
  const isText = target.matches(HAVE_A_HISTORY) && target.role !== "combobox";
  if (isText || !(key === "z" || (key === "y" && event.ctrlKey)) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  player.post({ kind: key === "y" || event.shiftKey ? "redo" : "undo" });
}

/**
 * @param {KeyboardEvent} event
 * @param {import("./player.js").Player} player
 */
export function press(event, player) {
  const target = /** @type {Element} */ (event.target);
  if (target.tagName === "SELECT" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && target.tagName === "BUTTON") return; // the button's own key
  const act = event.shiftKey && event.key in ARROWS ? moved(event.key, player) : undefined;
  const chosen = act ?? acts(player)[event.key];
  if (!chosen) return;
  event.preventDefault();
  if (event.key !== " " || !event.repeat) chosen();
}

/**
 * @param {string} key
 * @param {import("./player.js").Player} player
 */
function moved(key, player) {
  const [x, y] = ARROWS[key];
  const draggable = player.grid.seenPlot("draggable");
  if (draggable) return () => player.post({ kind: "nudge", panel: draggable.name(), x, y });
  const zoomable = player.grid.seenPlot("zoomable");
  return zoomable && (() => zoomable.zoom(1, 0.1 * x, 0.1 * y));
}

/**
 * @param {import("./player.js").Player} player
 * @returns {Record<string, () => void>}
 */
function acts(player) {
  const zoomable = player.grid.seenPlot("zoomable");
  const choosable = player.grid.seenPlot("choosable");
  const edited = player.grid.selectedPlot();
  const reader = player.grid.readPlot()?.reader;
  const { wanted } = player.grid;
  return {
    ...(wanted && { Escape: () => player.grid.enlarge(wanted, false) }),
    ...(zoomable && { "+": () => zoomable.zoom(0.8), "-": () => zoomable.zoom(1.25), 0: () => zoomable.lookAtAll() }),
    ...(choosable && { n: () => choosable.chooseBeside(1), p: () => choosable.chooseBeside(-1) }),
    ...(reader && { n: () => reader.selectBeside(1), p: () => reader.selectBeside(-1) }),
    ...(reader && !reader.whole.hidden && { Escape: () => reader.select(null) }),
    ...(edited && {
      Delete: () => edited.hand.remove(),
      Backspace: () => edited.hand.remove(),
      Escape: () => edited.hand.select(null),
    }),
    "?": () => player.keys.show(player.run?.panels ?? [], player.run?.leap ?? ""),
    " ": () => player.playOrPause(),
    ArrowLeft: () => player.move(-1),
    ArrowRight: () => player.move(1),
    ...(player.run?.leap && { PageDown: () => player.leap(1), PageUp: () => player.leap(-1) }),
    Home: () => player.seek(0),
    End: () => player.toEnd(),
  };
}
