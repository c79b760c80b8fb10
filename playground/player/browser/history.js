// The browser's history has an entry for each thing that a person did. What the page writes into its address by itself,
// such as the state of a page that one comes to, or how far a run has got, takes the place of the entry before it.

let acted = false;

/** Begin to watch, once for the page. */
export function keepHistory() {
  const note = () => {
    acted = true;
  };
  for (const name of ["pointerdown", "keydown"]) window.addEventListener(name, note, { capture: true });
  window.addEventListener("popstate", () => {
    acted = false;
  });
  const push = history.pushState.bind(history);
  history.pushState = (data, unused, url) => {
    if (acted) push(data, unused, url);
    else history.replaceState(data, unused, url);
    acted = false;
  };
}
