// Keys, while the player has the focus.

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {Wire.AnyPanel[]} panels */
export function help(panels) {
  const keys = ["space plays and pauses", "← and → step", "Home and End jump"];
  const plots = panels.filter((panel) => "figure" in panel);
  if (plots.some(({ draggable }) => draggable)) keys.push("Shift and an arrow move the point");
  if (plots.some(({ zoomable }) => zoomable)) {
    keys.push("+ and − zoom", "Shift and an arrow move the picture", "0 shows all of it");
  }
  if (plots.some(({ choosable }) => choosable))
    keys.push("N and P choose the next and the previous part of the picture");
  return `Keys: ${keys.join(", ")}`;
}

/**
 * @param {KeyboardEvent} event
 * @param {import("./player.js").Player} player
 */
export function press(event, player) {
  const target = /** @type {Element} */ (event.target);
  if (target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
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
  return zoomable && (() => zoomable.look(1, 0.1 * x, 0.1 * y));
}

/**
 * @param {import("./player.js").Player} player
 * @returns {Record<string, () => void>}
 */
function acts(player) {
  const zoomable = player.grid.seenPlot("zoomable");
  const choosable = player.grid.seenPlot("choosable");
  const edited = player.grid.selectedPlot();
  /** @type {HTMLElement | null} */
  const smaller = player.grid.root.querySelector(".gp-large .gp-grow");
  return {
    ...(smaller && { Escape: () => smaller.click() }),
    ...(zoomable && { "+": () => zoomable.look(0.8), "-": () => zoomable.look(1.25), 0: () => zoomable.lookAtAll() }),
    ...(choosable && { n: () => choosable.chooseBeside(1), p: () => choosable.chooseBeside(-1) }),
    ...(edited && {
      Delete: () => edited.hand.remove(),
      Backspace: () => edited.hand.remove(),
      Escape: () => edited.hand.select(null),
    }),
    " ": () => player.playOrPause(),
    ArrowLeft: () => player.move(-1),
    ArrowRight: () => player.move(1),
    Home: () => player.seek(0),
    End: () => player.toEnd(),
  };
}
