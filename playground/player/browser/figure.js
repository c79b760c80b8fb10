// Plotly's figures: the state of them that a step shows, and the page's theme.

import { decode, keptArray } from "./arrays.js";
import { once } from "./page.js";

/**
 * Traces of several states say from which step on each is drawn, see playground/figures/cursor.py.
 *
 * @param {Wire.Figure} figure
 * @param {number} step
 */
export function stateAt(figure, step) {
  const frames = figure.data.find((trace) => trace.meta?.frames)?.meta.frames;
  if (!frames) return 0;
  return frameAt(frames.since, step);
}

/**
 * Which of several frames a step shows.
 *
 * @param {number[]} since from which step on each is drawn
 * @param {number} step
 */
export function frameAt(since, step) {
  return Math.max(
    0,
    since.findLastIndex((first) => first <= step),
  );
}

/**
 * The figure as it is in one of its states.
 *
 * @param {Wire.Figure} figure
 * @param {number} state
 * @returns {Wire.Figure}
 */
export function inState(figure, state) {
  let layout = figure.layout;
  const data = figure.data.map((trace) => {
    if (!trace.meta?.frames) return trace;
    const { fields, titles } = trace.meta.frames;
    if (titles.length) {
      const [x, y] = titles[state];
      const titled = (/** @type {object} */ axis, /** @type {string} */ text) => ({ ...axis, title: { text } });
      layout = { ...layout, xaxis: titled(layout.xaxis, x), yaxis: titled(layout.yaxis, y) };
    }
    const here = Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, values[state]]));
    return { ...trace, ...here, meta: { ...trace.meta, frames: undefined } };
  });
  return { data, layout };
}

/**
 * A trace with the arrays that travelled apart, as the theme wants it.
 *
 * @param {Play.Trace} trace
 * @param {Play.Theme} theme
 * @param {number} height of the picture
 */
export function withArrays(trace, theme, height) {
  const { meta: _, ...rest } = trace;
  for (const [name, value] of Object.entries(rest)) if (value?.shared) rest[name] = keptArray(value.shared);
  if (rest.line?.width) rest.line = { ...rest.line, width: theme.scale * rest.line.width };
  if (Number.isFinite(rest.marker?.size)) rest.marker = { ...rest.marker, size: theme.scale * rest.marker.size };
  const labels = Math.max(1, Math.floor((height - (MARGINS + TITLE) * theme.size) / theme.size / LEADING));
  if (rest.colorbar) {
    rest.colorbar = { ...withFewer(rest.colorbar, labels), outlinewidth: 0, x: 1.01, xpad: 2, ypad: 0 };
  }
  return rest;
}

/**
 * @param {CSSStyleDeclaration} style
 * @returns {Play.Theme}
 */
export function themeOf(style) {
  const [text, background, line] = ["text-color", "background-color", "border-color"].map((name) =>
    style.getPropertyValue(`--st-${name}`).trim(),
  );
  const share = Number(style.getPropertyValue("--gp-type-share")) || 1;
  const size = Math.max(12, Math.round(parseFloat(style.fontSize) * share));
  const scale = Number(style.getPropertyValue("--gp-scale")) || 1;
  return { text, background, line, size, scale, dark: luminance(background) < 0.5, font: style.fontFamily };
}

export const drawsInSoftware = once(() => {
  const gl = document.createElement("canvas").getContext("webgl");
  const unmasked = gl?.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL;
  const name = gl?.getParameter(unmasked ?? gl.RENDERER) ?? "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
});

const luminance = once((/** @type {string} */ colour) => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  if (!pen) return 1;
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
});

const BARE = { showticklabels: false, ticks: "", title: { text: "" } };

/**
 * A figure as a small picture shows it: without type, which nobody could read.
 *
 * @param {Wire.Figure} figure
 * @returns {Wire.Figure}
 */
export function withoutType({ data, layout }) {
  const { scene, xaxis, yaxis, ...rest } = layout;
  const bare = (/** @type {object | undefined} */ axis) => ({ ...axis, ...BARE });
  const axes = scene
    ? { scene: { ...scene, xaxis: bare(scene.xaxis), yaxis: bare(scene.yaxis), zaxis: bare(scene.zaxis) } }
    : { xaxis: bare(xaxis), yaxis: bare(yaxis) };
  const plain = data.map(({ colorbar, marker, ...trace }) => ({
    ...trace,
    ...(marker && { marker: { ...marker, showscale: false, colorbar: undefined } }),
    showscale: false,
  }));
  return {
    data: plain,
    layout: { ...rest, ...axes, showlegend: false, annotations: [], margin: { l: 8, r: 8, t: 8, b: 8 } },
  };
}

/**
 * A layout in the theme's colours and type.
 *
 * @param {Record<string, any>} layout
 * @param {Play.Theme} theme
 * @param {number} width
 * @param {number} height
 */
export function withTheme(layout, theme, width, height) {
  const unit = theme.size / 13; // the margins below add up to MARGINS
  const themed = {
    ...layout,
    width,
    height,
    font: { family: theme.font, size: theme.size, color: theme.text },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hovermode: "closest",
    uirevision: layout.uirevision ?? "kept", // what was switched on or off in the legend stays so in the next run
  };
  if (layout.scene) {
    const flat = (/** @type {any} */ given) => ({ ...themedAxis(given, theme), ...FLOATING });
    const { xaxis, yaxis, zaxis } = layout.scene;
    const [wide, tall] = [width / theme.size / BETWEEN, height / theme.size / LEADING / 2];
    const scene = {
      ...layout.scene,
      xaxis: withFewer(flat(xaxis), ticksIn(wide)),
      yaxis: withFewer(flat(yaxis), ticksIn(wide)),
      zaxis: withFewer(flat(zaxis), ticksIn(tall)),
      ...(xaxis.showticklabels !== false && {
        aspectratio: inside(layout.scene.aspectratio, width, height, theme.size),
      }),
    };
    return { ...themed, scene, margin: { l: 0, r: 0, t: 0, b: 0 }, dragmode: "turntable", showlegend: false };
  }
  const margin = layout.margin ?? { l: 50 * unit, r: 10, t: 31 * unit, b: 42 * unit };
  const level = themedAxis(layout.xaxis, theme);
  const below = inLines(level.title.text, (width - margin.l - margin.r) / theme.size);
  level.title = { ...level.title, text: below };
  const deeper = below?.includes("<br>") ? LINE * theme.size : 0; // a legend stands below the title, not on it
  const [across, up] = [width - margin.l - margin.r, height - margin.t - margin.b - deeper];
  const room = Math.min(up, across * tallness(layout)) / theme.size; // for the upright axis, in sizes of type
  const upright = withFewer(themedAxis(layout.yaxis, theme), Math.max(1, Math.floor(room / LEADING)));
  upright.title = { ...upright.title, text: inLines(upright.title.text, room) };
  return {
    ...themed,
    xaxis: beside(level, across / theme.size),
    yaxis: upright,
    margin: { ...margin, b: margin.b + deeper },
    dragmode: /** @type {string | false} */ (false),
    legend: { ...ABOVE, bgcolor: theme.background },
  };
}

/** How tall a plot of one scale in both directions can be, as a part of its width. @param {Record<string, any>} layout */
function tallness({ xaxis, yaxis }) {
  if (!yaxis?.scaleanchor || !xaxis?.range || !yaxis.range) return Infinity;
  return Math.abs((yaxis.range[1] - yaxis.range[0]) / (xaxis.range[1] - xaxis.range[0]));
}

/**
 * An axis with no more ticks than its labels have room for.
 *
 * @param {any} axis
 * @param {number} most
 */
function withFewer(axis, most) {
  const every = (/** @type {number} */ count) => Math.max(1, Math.ceil(count / most));
  if (axis.tickvals) {
    const values = Array.from(decode(axis.tickvals));
    const kept = (/** @type {unknown} */ _, /** @type {number} */ i) => i % every(values.length) === 0;
    return { ...axis, tickvals: values.filter(kept), ticktext: axis.ticktext?.filter(kept) };
  }
  if (!axis.dtick) return { nticks: most, ...axis };
  return { ...axis, dtick: axis.dtick * every((axis.range[1] - axis.range[0]) / axis.dtick) };
}

/**
 * A level axis whose ticks Plotly chooses, of no more than have room: it looks at the width alone, not at the type.
 *
 * @param {any} axis
 * @param {number} room in sizes of type
 */
function beside(axis, room) {
  const isChosen = axis.tickvals || axis.dtick || axis.nticks || axis.type === "category";
  return isChosen ? axis : { nticks: Math.max(2, Math.floor(room / APART)), ...axis };
}

/**
 * A scene's sides, smaller where its axes' names, which stand around it, would be cut: Plotly draws it as large as its
 * height allows, and on an upright screen it would be wider than that.
 *
 * @param {Record<string, number> | undefined} sides
 * @param {number} width
 * @param {number} height
 * @param {number} size of type
 */
function inside(sides, width, height, size) {
  const scale = Math.min(Math.max(0.75, Math.min(1, height / size / SPACIOUS)), (ASLANT * width) / height);
  return sides && Object.fromEntries(Object.entries(sides).map(([axis, side]) => [axis, scale * side]));
}

/** How many ticks an axis of a scene has: its type grows with the scene. @param {number} room in labels of ticks */
const ticksIn = (room) => Math.max(3, Math.min(Math.floor(room), 4));

const MARGINS = 73 / 13; // above and below a plot, in sizes of type
const TITLE = 3; // above a colour bar
const BETWEEN = 8; // sizes of type of a scene's width for each tick: its axes are seen aslant
const APART = 4; // sizes of type from the label of a level axis to the next
const SPACIOUS = 22; // sizes of type of a scene's height that leave room for its axes' names
const ASLANT = 0.75; // a scene's height, as a part of what its axes and their names are wide
const LEADING = 2.3; // from the label of a tick to the next, in sizes of type
const LINE = 1.6; // the height of a title's line, in sizes of type
const WIDE = 0.5; // the width of a letter, in sizes of type

/**
 * A title in two lines if it is longer than its axis, which is so many sizes of type long.
 *
 * @param {string | undefined} text
 * @param {number} room
 */
function inLines(text, room) {
  if (!text || text.length * WIDE <= room) return text;
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  const middle = Math.min(...spaces.map((index) => Math.abs(index - text.length / 2)));
  const at = spaces.find((index) => Math.abs(index - text.length / 2) === middle);
  return at === undefined ? text : `${text.slice(0, at)}<br>${text.slice(at + 1)}`;
}

const FLOATING = { automargin: undefined, showbackground: false, showspikes: false };
const ABOVE = { orientation: "h", x: 1, xanchor: "right", y: 1, yanchor: "bottom", itemwidth: 30 };

/**
 * @param {any} given
 * @param {Play.Theme} theme
 */
function themedAxis(given, theme) {
  return {
    gridcolor: theme.line,
    zerolinecolor: theme.line,
    linecolor: theme.line,
    automargin: true,
    exponentformat: "power",
    ...given,
    title: { standoff: 4, ...given?.title },
  };
}
