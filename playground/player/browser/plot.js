// One picture: what stands still is Plotly's, what follows the cursor is drawn over it (2D) or handed to it (3D).

import { isLegible } from "./cards.js";
import { markChoices, rowBeside } from "./choices.js";
import { drawWayOut } from "./drawing.js";
import { drawSigns, signsBeyond } from "./edges.js";
import { drawsInSoftware, inState, stateAt, themeOf, withArrays, withTheme, withoutType } from "./figure.js";
import { follower, watched } from "./follow.js";
import { Hand, pointsOf } from "./hand.js";
import { element, nextPaint } from "./page.js";
import { Look, scaled } from "./look.js";
import { Reader } from "./reader.js";
import { heightOf, namedRunners, showRunners } from "./legend.js";
import { Scene } from "./scene.js";
import { SEEK, Told } from "./told.js";

/** @implements {Play.View} */
export class Plot {
  /**
   * @param {Element} parent
   * @param {Play.Post} post
   * @param {() => Wire.Entry[]} unanswered the events that wait for an answer
   */
  constructor(parent, post, unanswered) {
    this.post = post;
    this.unanswered = unanswered;
    this.root = element("figure", { className: "gp-panel" }, parent);
    const caption = element("figcaption", {}, this.root);
    this.title = element("b", {}, caption);
    this.description = element("span", { className: "gp-unseen" }, caption);
    const spoken = element("span", { ariaLive: "polite" }, caption);
    this.remover = element("button", { type: "button", textContent: "Delete point", hidden: true }, spoken);
    this.remover.onclick = () => this.hand.remove();
    /** @type {Plotly.Graph} */
    this.graph = element("div", { className: "gp-plot" }, this.root);
    this.canvas = element("canvas", { ariaHidden: "true" }, this.root);
    this.legend = element("div", { className: "gp-legend" }, this.root);
    this.look = new Look(this); // before the hand: it hears first of what is pressed
    this.hand = new Hand(this);
    this.scene = new Scene(this);
    this.told = new Told(this);
    this.reader = new Reader(this);
    this.scale = element("button", { type: "button", className: "gp-scale", hidden: true }, this.root);
    this.scale.onclick = () => {
      post({ kind: "scale", panel: this.name() });
      this.takeKeys();
    };
    this.isSolid = false;
    this.step = 0; // where the cursor is
    this.state = 0; // which of the figure's states is drawn
    this.drawn = ""; // all that decided what is drawn
    /** @type {Wire.PlotPanel | undefined} */
    this.panel = undefined;
    /** @type {Play.Theme | undefined} */
    this.theme = undefined;
    /** @type {Play.Follower[]} */
    this.following = [];
    /** @type {Play.Cards | undefined} of the panel that is drawn next */
    this.cards = undefined;
    /** @type {Play.Follower[]} all that has a place on the axes */
    this.placed = [];
  }

  name() {
    return this.panel?.name ?? "";
  }

  /**
   * Draw what stands still of the panel, and return what turns to its run the traces that follow the cursor.
   *
   * @param {Wire.PlotPanel} panel
   * @param {boolean} hurried
   */
  async apply(panel, hurried) {
    this.panel = panel;
    this.title.textContent = panel.title;
    this.description.textContent = panel.description;
    this.root.dataset.panel = panel.name;
    this.root.dataset.pickable = String(panel.pickable);
    this.root.dataset.editable = String(panel.editable);
    this.root.dataset.choosable = String(panel.choosable);
    this.scale.hidden = !panel.scale;
    this.scale.textContent = panel.scale;
    this.scale.title = panel.scale === "log" ? "Logarithmic: press for linear" : "Linear: press for logarithmic";
    this.root.dataset.seekable = String(panel.seekable);
    this.graph.title = panel.editable
      ? "Click to add a point, drag one to move it, click one to select it"
      : isLegible(panel)
        ? "Press a card to read all of it"
        : "";
    this.isSolid = "scene" in panel.figure.layout;
    this.root.dataset.solid = String(this.isSolid);
    this.root.dataset.legible = String(isLegible(panel));
    const following = panel.figure.data.map(follower).filter((one) => one !== null);
    const placed = panel.figure.data.map(
      (trace, index) => following.find((one) => one.index === index) ?? watched(trace, index),
    );
    const points = pointsOf(panel.figure.data);
    this.cards = following.find((one) => one.cards)?.cards;
    const turn = () => {
      this.following = following;
      this.placed = placed.filter((one) => one !== null);
      showRunners(this.legend, panel.figure.data);
      this.hand.points = points;
      this.scene.shown = undefined; // a new run may stand at the same step
    };
    this.scene.waiting = null; // an older run's scene needn't be drawn any more
    if (this.graph.data && this.isSolid) return () => void this.scene.drawLater(turn);
    if (this.graph.data && hurried) {
      return () => {
        turn();
        this.drawUnder(panel);
      };
    }
    await this.draw();
    return turn;
  }

  /**
   * The first steps after a drag or a click: axes stay, and what lies under the new path follows after its paint.
   *
   * @param {Wire.PlotPanel} panel
   */
  async drawUnder(panel) {
    for (let paints = 0; paints < 2; paints++) await nextPaint();
    if (this.panel === panel && this.graph.isConnected) await this.resize();
  }

  /** Hand Plotly the still part, if anything of it has changed: data, theme, or size. */
  async draw() {
    if (!this.panel) return;
    const { clientWidth: width, clientHeight: height } = this.graph;
    const theme = themeOf(getComputedStyle(this.root));
    this.theme = theme;
    this.state = stateAt(this.panel.figure, this.step);
    const whole = inState(this.panel.figure, this.state);
    const figure = this.root.dataset.size === "small" ? withoutType(whole) : whole;
    const still = figure.data.map((trace) => this.standIn(trace));
    const { length: count } = namedRunners(figure.data);
    const isLarge = this.root.dataset.size === "large";
    const wanted = JSON.stringify([still, figure.layout, count, isLarge, theme, width, height]);
    if (wanted === this.drawn || !width || !height) return;
    this.drawn = wanted;
    // Copies: Plotly writes into what it is given, arrays and ranges too, and what was drawn would seem to have changed.
    const data = structuredClone(still.map((trace) => withArrays(trace, theme, height)));
    const layout = structuredClone(withTheme(figure.layout, theme, width, height));
    if (this.panel.zoomable && !this.panel.pickable) layout.dragmode = "pan";
    const { l, r, t, b } = layout.margin;
    const ranges = this.reader.choose(figure.layout, theme, [width - l - r, height - t - b], this.cards);
    if (ranges && "xaxis" in layout) [layout.xaxis.range, layout.yaxis.range] = ranges;
    if ("xaxis" in layout) {
      layout.margin.b += theme.size * heightOf(count, layout.xaxis.title.text ?? "", width / theme.size, isLarge);
    }
    if (this.scene.camera && "scene" in layout) layout.scene.camera = this.scene.camera;
    const isNew = !this.graph.data;
    const { width: before = width } = this.graph._fullLayout ?? {};
    forgetRanges(this.graph);
    try {
      await Plotly.react(this.graph, data, layout, this.config(this.panel));
      // The first picture in another width can keep the margins that the legend had in the one before.
      if (before !== width && !this.isSolid) await Plotly.redraw(this.graph);
    } catch (error) {
      this.drawn = ""; // so that the next change draws again
      throw error;
    }
    if (isNew) this.listen();
    this.sizeCanvas(width, height);
    this.graph.querySelector(".hoverlayer")?.replaceChildren(); // it spoke of what was drawn before
    this.told.forget();
    this.look.offer();
    this.scene.shown = undefined;
  }

  /**
   * A trace that is drawn here leaves an empty one behind, for its place in the legend. A name that no legend shows, such
   * as that of a runner with its rate, is no reason to draw anew.
   *
   * @param {Play.Trace} trace
   */
  standIn(trace) {
    if (!trace.meta?.cursor && !trace.meta?.points) return trace;
    const name = !this.isSolid && trace.showlegend !== false ? trace.name : "";
    const own = { customdata: undefined, text: undefined, meta: undefined }; // of no use to Plotly
    return { ...trace, x: [null], y: [null], ...(this.isSolid && { z: [null] }), ...own, name };
  }

  /** @param {Wire.PlotPanel} panel */
  config({ zoomable, pickable }) {
    const isMovable = this.isSolid || zoomable;
    return {
      displayModeBar: false,
      showTips: false,
      scrollZoom: isMovable,
      doubleClick: isMovable && !pickable ? "reset" : false,
      // Plotly draws scenes at twice the screen's resolution: four times the work, too much where no graphics card helps.
      ...(drawsInSoftware(undefined) && { plotGlPixelRatio: 1 }),
    };
  }

  listen() {
    this.graph.on?.("plotly_relayout", (change) => {
      this.scene.camera = change["scene.camera"] ?? this.scene.camera;
      this.look.offer();
    });
    this.graph.addEventListener("dblclick", () => this.isSolid && this.lookAtAll());
    this.graph.on?.("plotly_hover", () => this.told.hear());
    this.graph.on?.("plotly_unhover", () => this.told.forget());
    // A press in the legend shows a trace or hides it, and a picture that can be zoomed has moved.
    for (const change of ["plotly_restyle", "plotly_relayouting", "plotly_relayout"]) {
      this.graph.on?.(change, () => this.showFlat());
    }
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  sizeCanvas(width, height) {
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width === width * ratio && this.canvas.height === height * ratio) return;
    Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
  }

  async resize() {
    await this.draw();
    this.showAgain();
  }

  /** @param {number} step */
  show(step) {
    this.step = step;
    // What stands still for many steps is Plotly's to draw: it is asked only where another state begins.
    const isOther = this.panel && stateAt(this.panel.figure, step) !== this.state;
    if (this.graph.data && isOther && !this.root.hidden) return void this.resize();
    this.showAgain();
    if (this.isSolid) return;
    this.hand.tell();
    this.reader.follow(step);
  }

  showAgain() {
    if (this.isSolid) this.scene.show();
    else this.showFlat();
  }

  showFlat() {
    const { _fullLayout: layout, _fullData: full } = this.graph;
    const pen = this.canvas.getContext("2d");
    const { theme } = this;
    if (this.isSolid || this.root.hidden || !layout?.xaxis || !full || !theme || !pen) return;
    const { xaxis, yaxis } = layout;
    const ratio = window.devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.save();
    pen.beginPath();
    pen.rect(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length);
    pen.clip();
    const locate = this.locator(layout);
    markChoices(this.seen(), this.hand.aimed);
    for (const one of this.seen()) one.draw(pen, locate, this.step, theme);
    // Who zooms into a picture wants the rest to be away.
    if (!this.look.isMoved())
      drawSigns(pen, signsBeyond(this.placed.filter(this.isSeen, this), locate, this.step, layout), layout, theme);
    for (const { cursor, x, y, colour = theme.text } of this.following) {
      if (cursor === "point" && x && y) drawWayOut(pen, locate(x[this.step], y[this.step]), layout, colour);
    }
    this.told.draw(pen, layout, theme);
    this.hand.draw(pen, locate);
    pen.restore();
  }

  /** The traces that follow the cursor, but for those that the legend hides. */
  seen() {
    return this.following.filter(this.isSeen, this);
  }

  /** @param {Play.Follower} follower */
  isSeen({ index }) {
    return this.graph._fullData?.[index]?.visible === true;
  }

  /**
   * @param {Plotly.FullLayout} layout
   * @returns {Play.Locate}
   */
  locator({ xaxis, yaxis }) {
    return (x, y) => [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)];
  }

  /** Choose what comes after the chosen part of the picture, or before it. @param {number} by */
  chooseBeside(by) {
    this.post({ kind: "choose", panel: this.name(), row: rowBeside(this.following, by) });
  }

  /** What all traces over the steps have at a step as their x. @param {number} step */
  abscissa(step) {
    return this.following.find(({ cursor, x }) => cursor === "point" && x)?.x?.[step];
  }

  /** The step that is nearest to an x, of a picture over the steps. @param {number} x */
  stepAt(x) {
    const places = this.following.find(({ cursor, x }) => cursor === "point" && x)?.x;
    if (!places?.length) return null;
    let nearest = 0;
    for (const [step, place] of places.entries())
      if (Math.abs(place - x) < Math.abs(places[nearest] - x)) nearest = step;
    return nearest;
  }

  /** Put the cursor to what was clicked. @param {number} x */
  seek(x) {
    const detail = this.stepAt(x);
    if (detail !== null) this.root.dispatchEvent(new CustomEvent(SEEK, { bubbles: true, detail }));
    this.takeKeys();
  }

  /**
   * Zoom to ``scale`` times of what is seen, and move by shares of it.
   *
   * @param {number} scale
   * @param {number} [across]
   * @param {number} [up]
   */
  zoom(scale, across = 0, up = 0) {
    const { xaxis, yaxis } = this.graph._fullLayout ?? {};
    if (xaxis && yaxis) this.lookAt(scaled(xaxis.range, scale, across), scaled(yaxis.range, scale, up));
  }

  async lookAtAll() {
    const { scene } = this.panel?.figure.layout ?? {};
    if (scene) {
      await Plotly.relayout(this.graph, { "scene.camera": structuredClone(scene.camera) });
      this.scene.camera = undefined;
      return this.look.offer();
    }
    const { xaxis, yaxis } = this.panel?.figure.layout ?? {};
    if (xaxis && yaxis) this.lookAt([...xaxis.range], [...yaxis.range]);
  }

  /**
   * As if by a drag: what a person does to the axes stays when the picture is drawn anew.
   *
   * @param {number[]} x
   * @param {number[]} y
   */
  lookAt(x, y) {
    const { _fullLayout: full } = this.graph;
    if (!full) return;
    full._guiEditing = true;
    Plotly.relayout(this.graph, { "xaxis.range": x, "yaxis.range": y });
    full._guiEditing = false;
  }

  takeKeys() {
    /** @type {HTMLElement | null} */ (this.root.closest(".gp-player"))?.focus({ preventScroll: true });
  }

  destroy() {
    this.hand.stop();
    this.look.stop();
    this.reader.stop();
    if (this.graph.data) Plotly.purge(this.graph);
    this.root.remove();
  }
}

/**
 * Let axes of equal scale begin from the ranges that come: Plotly.react keeps the first ones it was ever given, and goes
 * back to them where a later range is narrower (plotly.js 4.1, _inputRange in cartesian/constraints.js).
 *
 * @param {any} graph
 */
function forgetRanges(graph) {
  for (const axis of [graph._fullLayout?.xaxis, graph._fullLayout?.yaxis]) if (axis) axis._inputRange = null;
}
