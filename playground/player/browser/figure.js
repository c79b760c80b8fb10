// Plotly's figures: their arrays, the state of them that a step shows, and the page's theme.

import { once } from "./page.js";

const arrays = new Map(); // large arrays by their hash, from the message that carries them; the oldest leave
const ARRAYS = 32;
const waiting = new Set(); // what to call when more of them have come

export function keepArrays(shared) {
  for (const [key, value] of Object.entries(shared)) {
    arrays.delete(key);
    arrays.set(key, value);
  }
  for (const key of [...arrays.keys()].slice(0, -ARRAYS)) arrays.delete(key);
  wake();
}

// Let all that wait look again whether they still have to.
export function wake() {
  for (const call of waiting) call();
}

// Whether all arrays that the panels name have come, once they have or the wait is called off.
export function arrivalOf(panels, calledOff) {
  const named = panels.flatMap(({ figure }) => (figure?.data ?? []).flatMap((trace) => Object.values(trace).map((value) => value?.shared)));
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

// Traces of several states say from which step on each is drawn, see playground/figures/cursor.py.
export function stateAt(figure, step) {
  const frames = figure.data.find((trace) => trace.meta?.frames)?.meta.frames;
  return frames ? Math.max(0, frames.since.findLastIndex((first) => first <= step)) : 0;
}

export function inState(figure, state) {
  let layout = figure.layout;
  const data = figure.data.map((trace) => {
    if (!trace.meta?.frames) return trace;
    const { fields, titles } = trace.meta.frames;
    if (titles.length) {
      const [x, y] = titles[state];
      layout = { ...layout, xaxis: { ...layout.xaxis, title: { text: x } }, yaxis: { ...layout.yaxis, title: { text: y } } };
    }
    const here = Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, values[state]]));
    return { ...trace, ...here, meta: { ...trace.meta, frames: undefined } };
  });
  return { data, layout };
}

export function withArrays(trace, theme) {
  const { meta, ...rest } = trace;
  for (const [name, value] of Object.entries(rest)) if (value?.shared) rest[name] = arrays.get(value.shared);
  if (meta?.reversescale) rest.reversescale = meta.reversescale[theme.dark ? "dark" : "light"];
  if (rest.colorbar) rest.colorbar = { ...rest.colorbar, outlinewidth: 0, x: 1.01, xpad: 2, ypad: 0 };
  return rest;
}

export function themeOf(style) {
  const [text, background, line] = ["text-color", "background-color", "border-color"].map((name) => style.getPropertyValue(`--st-${name}`).trim());
  const size = Math.max(12, Math.round(parseFloat(style.fontSize) * 0.9));
  return { text, background, line, size, dark: luminance(background) < 0.5, font: style.fontFamily };
}

export const drawsInSoftware = once(() => {
  const gl = document.createElement("canvas").getContext("webgl");
  const name = gl?.getParameter(gl.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER) ?? "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
});

const luminance = once((colour) => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
});

export function withTheme(layout, theme, width, height) {
  const axis = (given) => ({
    gridcolor: theme.line,
    zerolinecolor: theme.line,
    linecolor: theme.line,
    automargin: true,
    exponentformat: "power",
    ...given,
    title: { standoff: 4, ...given?.title },
  });
  const room = theme.size / 13;
  const themed = {
    ...layout,
    width,
    height,
    font: { family: theme.font, size: theme.size, color: theme.text },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: layout.margin ?? { l: 50 * room, r: 10, t: 31 * room, b: 42 * room },
    dragmode: layout.scene ? "orbit" : false,
    hovermode: "closest",
    uirevision: layout.uirevision ?? "kept", // what was switched on or off in the legend stays so in the next run
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1, yanchor: "bottom", bgcolor: theme.background, itemwidth: 30 },
  };
  if (layout.scene) {
    const solid = (given) => ({ ...axis(given), automargin: undefined, showbackground: false, showspikes: false });
    themed.scene = { ...layout.scene };
    for (const name of ["xaxis", "yaxis", "zaxis"]) themed.scene[name] = solid(layout.scene[name]);
    themed.margin = { l: 0, r: 0, t: 0, b: 0 };
    themed.showlegend = false;
  } else {
    themed.xaxis = axis(layout.xaxis);
    themed.yaxis = axis(layout.yaxis);
  }
  return themed;
}

const TYPES = { f8: Float64Array, f4: Float32Array, i4: Int32Array, i2: Int16Array, i1: Int8Array, u4: Uint32Array, u2: Uint16Array, u1: Uint8Array };

const decoded = new WeakMap(); // typed arrays by their specs: one that stands in several traces is decoded once

export function decode(spec) {
  if (spec.bdata === undefined) return spec;
  if (!decoded.has(spec)) {
    const bytes = Uint8Array.from(atob(spec.bdata), (character) => character.charCodeAt(0));
    decoded.set(spec, new TYPES[spec.dtype](bytes.buffer));
  }
  return decoded.get(spec);
}
