// The page's elements and frames, and the files that it loads.

const ICONS = {
  "To start": "M5 5h2.5v14H5zM19 5v14L8.5 12z",
  "Step back": "M8 5h2.5v14H8zM19 5v14l-7-7z",
  Play: "M7 4v16l13-8z",
  Pause: "M6 4h4.5v16H6zM13.5 4H18v16h-4.5z",
  "Step forward": "M5 5l7 7-7 7zM13.5 5H16v14h-2.5z",
  "To end": "M5 5l10.5 7L5 19zM16.5 5H19v14h-2.5z",
  Larger: "M5 5h6v2.5H7.5V11H5zM19 19h-6v-2.5h3.5V13H19z",
  Controls: "M4 6h9v2H4zM17 6h3v2h-3zM13.5 4H16v6h-2.5zM4 16h3v2H4zM11 16h9v2h-9zM7.5 14H10v6H7.5z",
  Smaller: "M11 11H5V8.5h3.5V5H11zM13 13h6v2.5h-3.5V19H13z",
};

/** @typedef {keyof typeof ICONS} Icon */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @param {Element} parent
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, properties, parent) {
  const made = document.createElement(tag);
  Object.assign(made, properties);
  parent.append(made);
  return made;
}

/**
 * @param {HTMLButtonElement} button
 * @param {Icon} name
 */
export function label(button, name) {
  button.ariaLabel = button.title = name;
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
}

/**
 * ``call``, asked once for each argument.
 *
 * @template Argument, Answer
 * @param {(argument: Argument) => Answer} call
 */
export function once(call) {
  /** @type {Map<Argument, Answer>} */
  const answers = new Map();
  return (/** @type {Argument} */ argument) => {
    const answer = answers.get(argument) ?? call(argument);
    answers.set(argument, answer);
    return answer;
  };
}

/** After the frame that comes next is on the screen. */
export function nextPaint() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

/** @param {number} milliseconds */
export function rest(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether the window is a phone's, upright or on its side: page.css asks the same. */
export const phone = window.matchMedia("(max-width: 767px), (max-height: 480px)");

/**
 * Write on the page's root what page.css asks for.
 *
 * @param {"gpControls" | "gpProjected"} name
 * @param {boolean} value
 */
export function tellPage(name, value) {
  document.documentElement.dataset[name] = String(value);
}

/** How far all that holds an element is scrolled down. @param {Element} held */
export function scrolledBy(held) {
  let scrolled = 0;
  for (let one = held.parentElement; one; one = one.parentElement) scrolled += one.scrollTop;
  return scrolled;
}

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * Let the page load a file, once.
 *
 * @param {string} address as seen from this file
 * @param {(href: string) => HTMLElement} make
 */
function load(address, make) {
  const { href } = new URL(address, import.meta.url);
  const loaded =
    loading.get(href) ??
    new Promise((resolve, reject) => Object.assign(make(href), { onload: resolve, onerror: reject }));
  loading.set(href, loaded);
  return loaded.catch(() => {
    loading.delete(href); // so that the next message tries again
    throw new Error(`${href} could not be loaded`);
  });
}

/**
 * Plotly, which makes itself a global name.
 *
 * @param {string} address below the app's own: this file stands two folders further down
 */
export function loadPlotly(address) {
  return load(`../../${address}`, (src) => element("script", { src }, document.head));
}

export function loadStyle() {
  return load("player.css", (href) => element("link", { rel: "stylesheet", href }, document.head));
}
