// The page's elements and frames, and the files that it loads.

const ICONS = {
  "To start": "M5 5h2.5v14H5zM19 5v14L8.5 12z",
  "Step back": "M8 5h2.5v14H8zM19 5v14l-7-7z",
  Play: "M7 4v16l13-8z",
  Pause: "M6 4h4.5v16H6zM13.5 4H18v16h-4.5z",
  "Step forward": "M5 5l7 7-7 7zM13.5 5H16v14h-2.5z",
  "To end": "M5 5l10.5 7L5 19zM16.5 5H19v14h-2.5z",
  Larger: "M5 5h6v2.5H7.5V11H5zM19 19h-6v-2.5h3.5V13H19z",
  Smaller: "M11 11H5V8.5h3.5V5H11zM13 13h6v2.5h-3.5V19H13z",
};

export function element(tag, properties, parent) {
  const made = Object.assign(document.createElement(tag), properties);
  parent.append(made);
  return made;
}

export function label(button, name) {
  button.ariaLabel = button.title = name;
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
}

// ``call``, asked once for each argument.
export function once(call) {
  const answers = new Map();
  return (argument) => {
    if (!answers.has(argument)) answers.set(argument, call(argument));
    return answers.get(argument);
  };
}

// After the frame that comes next is on the screen.
export function nextPaint() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

// Plotly from the address that Python names, below the app's own: this file stands two folders further down.
export const loadPlotly = once(
  (address) =>
    new Promise((resolve, reject) => {
      const src = new URL(`../../${address}`, import.meta.url).href;
      const failed = () => reject(new Error(`${src} could not be loaded`));
      element("script", { src, onload: resolve, onerror: failed }, document.head);
    }),
);

export const loadStyle = once(
  (address) =>
    new Promise((resolve) => {
      const href = new URL(address, import.meta.url).href;
      element("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }, document.head);
    }),
);
