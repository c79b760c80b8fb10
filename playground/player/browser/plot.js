import { RING, drawLabel, drawMarkers, drawWayOut, follower } from "./drawing.js";
import { decode, drawsInSoftware, inState, stateAt, themeOf, withArrays, withTheme } from "./figure.js";
import { element, nextPaint } from "./page.js";
import { brief } from "./numbers.js";

const BEFORE_TELLING = 40; // milliseconds that a dragged point rests or moves on before Python is told

// One panel: what stands still is Plotly's, what follows the cursor is drawn over it (2D) or handed to it (3D).
export class Plot {
  constructor(parent, post, unanswered) {
    this.post = post;
    this.unanswered = unanswered; // the events that wait for an answer
    this.following = [];
    this.points = null; // the trace whose points can be edited; they are told by their rows in it
    this.root = this.figure = element("figure", { className: "gp-panel" }, parent);
    const caption = element("figcaption", {}, this.figure);
    this.title = element("b", {}, caption);
    this.description = element("span", { className: "gp-unseen" }, caption);
    this.remover = element("button", { type: "button", textContent: "Delete point" }, element("span", { ariaLive: "polite" }, caption));
    this.remover.onclick = () => this.remove();
    this.letGo();
    this.plot = element("div", { className: "gp-plot" }, this.figure);
    this.canvas = element("canvas", { ariaHidden: "true" }, this.figure);
    this.watchPointer();
    this.figure.onpointerenter = () => this.hover(true);
    this.figure.onpointerleave = () => this.hover(false);
  }

  hover(inside) {
    this.hovered = inside;
    if (this.solid) this.readBack();
  }

  // Draw what stands still of the panel, and return what turns to its run the traces that follow the cursor.
  async apply(panel, hurried) {
    this.panel = panel;
    this.title.textContent = panel.title;
    this.description.textContent = panel.description;
    this.figure.dataset.panel = panel.name;
    this.figure.dataset.pickable = panel.pickable;
    this.figure.dataset.editable = panel.editable;
    this.plot.title = panel.editable ? "Click to add a point, drag one to move it, click one to select it" : "";
    this.solid = "scene" in panel.figure.layout;
    const following = panel.figure.data.map((trace, index) => follower(trace, index)).filter(Boolean);
    const points = pointsOf(panel.figure.data);
    const turn = () => {
      this.following = following;
      this.points = points;
      this.shown = undefined; // a new run may stand at the same step
    };
    this.waiting = null; // an older run's scene needn't be drawn any more
    if (this.plot.data && this.solid) return () => this.drawLater(turn);
    // The first steps after a drag or a click: axes stay, and what lies under the new path follows after its paint.
    if (this.plot.data && hurried) return () => (turn(), this.drawUnder(panel));
    await this.draw();
    return turn;
  }

  async drawUnder(panel) {
    for (let paints = 0; paints < 2; paints++) await nextPaint();
    if (this.panel === panel && this.plot.isConnected) await this.resize();
  }

  // A scene that is there already never keeps the 2D plots waiting: its new run follows after their paint.
  async drawLater(turn) {
    this.following = [];
    this.waiting = turn;
    await nextPaint();
    // Where no graphics card helps, a scene stops everything for several frames: not while more runs are coming.
    const isAwaited = () => this.unanswered().length || document.querySelector(".gp-panel[data-pressed=true]");
    while (drawsInSoftware() && this.waiting === turn && (!this.rested || isAwaited())) {
      this.rested = !isAwaited();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    this.rested = false;
    if (this.waiting !== turn || !this.plot.isConnected) return;
    await this.draw();
    if (this.waiting !== turn) return;
    turn();
    if (this.step !== undefined) this.show(this.step);
  }

  // Hand Plotly the still part, if anything of it has changed: data, theme, or size.
  async draw() {
    const { clientWidth: width, clientHeight: height } = this.plot;
    const style = getComputedStyle(this.figure);
    const theme = (this.theme = themeOf(style));
    this.state = stateAt(this.panel.figure, this.step ?? 0);
    const figure = inState(this.panel.figure, this.state);
    // A trace that is drawn here leaves an empty one behind, for its place in the legend. A name that no legend
    // shows, such as that of a runner with its rate, is no reason to draw anew.
    const still = figure.data.map((trace) => {
      if (!trace.meta?.cursor && !trace.meta?.points) return trace;
      const named = !this.solid && trace.showlegend !== false;
      return { ...trace, x: [null], y: [null], ...(this.solid && { z: [null] }), meta: undefined, name: named ? trace.name : "" };
    });
    const signature = JSON.stringify([still, figure.layout, theme, width, height]);
    if (signature === this.signature || !width || !height) return;
    this.signature = signature;
    // Copies: Plotly writes into what it is given, arrays and ranges too, and what was drawn would seem to have changed.
    const data = structuredClone(still.map((trace) => withArrays(trace, theme)));
    const layout = structuredClone(withTheme(figure.layout, theme, width, height));
    if (this.panel.zoomable) layout.dragmode = "pan";
    if (this.camera) layout.scene.camera = this.camera;
    const config = { displayModeBar: false, doubleClick: this.solid ? "reset" : false, showTips: false, scrollZoom: this.solid || this.panel.zoomable };
    if (this.panel.zoomable) config.doubleClick = "reset";
    // Plotly draws scenes at twice the screen's resolution: four times the work, too much where no graphics card helps.
    if (drawsInSoftware()) config.plotGlPixelRatio = 1;
    const isNew = !this.plot.data;
    try {
      await window.Plotly.react(this.plot, data, layout, config);
    } catch (error) {
      this.signature = null; // so that the next change draws again
      throw error;
    }
    // The camera is the person's: every change keeps it.
    if (isNew && this.solid) {
      this.plot.on("plotly_relayout", (change) => (this.camera = change["scene.camera"] ?? this.camera));
    }
    // A press in the legend shows a trace or hides it, and a picture that can be zoomed has moved.
    if (isNew && !this.solid) {
      for (const change of ["plotly_restyle", "plotly_relayouting", "plotly_relayout"]) {
        this.plot.on(change, () => this.step !== undefined && this.showFlat());
      }
    }
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== width * ratio || this.canvas.height !== height * ratio) {
      Object.assign(this.canvas, { width: width * ratio, height: height * ratio });
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    this.shown = undefined;
  }

  async resize() {
    if (!this.panel) return;
    await this.draw();
    if (this.step !== undefined) this.show(this.step);
  }

  // Zoom to ``scale`` times of what is seen, and move by shares of it.
  look(scale, across = 0, up = 0) {
    if (!this.plot._fullLayout?.xaxis) return;
    const ranges = { xaxis: across, yaxis: up };
    for (const [name, share] of Object.entries(ranges)) {
      const [low, high] = this.plot._fullLayout[name].range;
      const [middle, half] = [(low + high) / 2 + share * (high - low), (scale * (high - low)) / 2];
      ranges[name] = [middle - half, middle + half];
    }
    this.lookAt(ranges.xaxis, ranges.yaxis);
  }

  lookAtAll() {
    const { xaxis, yaxis } = this.panel.figure.layout;
    this.lookAt([...xaxis.range], [...yaxis.range]);
  }

  // As if by a drag: what a person does to the axes stays when the picture is drawn anew.
  lookAt(x, y) {
    const { _fullLayout: full } = this.plot;
    if (!full) return;
    full._guiEditing = true;
    window.Plotly.relayout(this.plot, { "xaxis.range": x, "yaxis.range": y });
    full._guiEditing = false;
  }

  show(step) {
    this.step = step;
    // What stands still for many steps is Plotly's to draw: it is asked only where another state begins.
    if (this.plot.data && stateAt(this.panel.figure, step) !== this.state && !this.root.hidden) return this.resize();
    if (this.solid) return this.showSolid();
    this.showFlat();
    this.tell();
  }

  showFlat() {
    const { _fullLayout: full } = this.plot;
    if (!full?.xaxis || this.root.hidden) return;
    const { xaxis, yaxis } = full;
    const ratio = window.devicePixelRatio || 1;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.save();
    pen.beginPath();
    pen.rect(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length);
    pen.clip();
    const place = (x, y) => [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)];
    for (const trace of this.following) if (this.plot._fullData[trace.index]?.visible === true) trace.draw(pen, place, this.step, this.theme);
    for (const trace of this.following) if (trace.cursor === "point") drawWayOut(pen, place(trace.x[this.step], trace.y[this.step]), xaxis, yaxis, trace.colour);
    if (this.dragged && this.dragged.row === null) drawMarkers(pen, [place(this.dragged.x, this.dragged.y)], RING);
    if (this.points) this.drawPoints(pen, place);
    pen.restore();
  }

  drawPoints(pen, place) {
    if (this.currentPoints().length !== this.count) this.letGo(); // the rows may be those of other points
    const points = this.currentPoints();
    this.count = points.length;
    for (const { x, y, marker } of points) drawMarkers(pen, [place(x, y)], marker);
    const held = points[this.dragged?.row ?? this.selected];
    if (held) drawMarkers(pen, [place(held.x, held.y)], { ...RING, size: held.marker.size + 8 });
    const named = points[this.dragged?.row ?? this.aimed ?? this.selected];
    if (named) drawLabel(pen, place(named.x, named.y), named.marker.size / 2 + 5, `(${brief(named.x)}, ${brief(named.y)})`, this.theme, this.plot._fullLayout);
  }

  // ---- Points that a person edits. What was done to them and waits for an answer counts as done, so that the
  // picture never waits for Python, and Python has the last word.

  // None while the legend hides them.
  currentPoints() {
    if (!this.hasPoints()) return [];
    const points = [...this.points.given];
    const edits = this.unanswered().filter(({ panel }) => panel === this.panel.name);
    for (const { kind, row, x, y } of this.dragged ? [...edits, { kind: "move", ...this.dragged }] : edits) {
      if (kind === "add") points.push({ x, y, marker: this.points.marker });
      if (kind === "move" && row in points) points[row] = { ...points[row], x, y };
      if (kind === "delete") points.splice(row, 1);
    }
    return points;
  }

  hasPoints() {
    return this.plot._fullData?.[this.points?.index]?.visible === true;
  }

  isEditing() {
    return this.panel?.editable && this.hasPoints();
  }

  select(row) {
    this.selected = row;
    this.remover.hidden = row === null;
    this.showFlat();
  }

  remove() {
    this.post({ kind: "delete", panel: this.panel.name, row: this.selected });
    this.select(null);
    this.takeKeys(); // the button that was pressed is gone
  }

  letGo() {
    this.press = null; // where the pointer went down, and the row of the point that it grabbed
    this.dragged = null; // where the point is that follows the pointer, and its row if it is one of several
    this.aimed = null; // the row of the point under the pointer
    this.selected = null; // that of the point that a key deletes
    this.remover.hidden = true;
  }

  // The row of the point that a press would grab.
  nearest(event) {
    const at = this.isEditing() && this.placeOf(event);
    if (!at) return null;
    const { xaxis, yaxis } = this.plot._fullLayout;
    let row = null;
    let least = event.pointerType === "touch" ? 22 : 12;
    for (const [index, { x, y }] of this.currentPoints().entries()) {
      const distance = Math.hypot(xaxis.d2p(x) - at.left, yaxis.d2p(y) - at.top);
      if (distance <= least) [row, least] = [index, distance];
    }
    return row;
  }

  aim(row) {
    this.figure.style.setProperty("--gp-cursor", row === null ? "crosshair" : this.press ? "grabbing" : "grab");
    if (row === this.aimed) return;
    this.aimed = row;
    this.showFlat();
  }

  takeKeys() {
    this.figure.closest(".gp-player").focus({ preventScroll: true });
  }

  // A scene is drawn as fast as the machine can, and never keeps the 2D plots waiting: it begins after
  // their paint, and after a slow draw comes a pause of twice its length (but the first draw is no
  // measure), and then the step that the cursor has reached.
  async showSolid() {
    if (this.busy || this.shown === this.step || !this.plot._fullLayout?.scene || !this.plot.offsetParent) return;
    this.busy = true;
    try {
      await nextPaint();
      if (!this.plot._fullLayout?.scene) return; // torn down meanwhile
      const began = performance.now();
      this.shown = this.step;
      for (const trace of this.following) moveSolid(this.plot, trace, this.step);
      this.readBack();
      await nextPaint();
      const took = performance.now() - began;
      await new Promise((resolve) => setTimeout(resolve, took > 45 ? Math.min(2 * took, 300) : 0));
    } finally {
      this.busy = false;
    }
    this.showSolid();
  }

  // Behind each picture of a scene Plotly draws another, and reads it back, to know what is under the
  // pointer. That stalls a software renderer for several frames: it is left out while the pointer is elsewhere.
  readBack() {
    const { gl, objects, update } = this.plot._fullLayout?.scene?._scene?.glplot ?? {};
    if (!gl?.readPixels || !objects) return;
    for (const [target, name] of [[gl, "readPixels"], ...objects.map((object) => [object, "drawPick"])]) {
      if (this.hovered) delete target[name];
      else target[name] = () => {};
    }
    if (this.hovered) update();
  }

  // Plotly takes the pointer for its own drags, so a click is told by where it began and ended.
  watchPointer() {
    const hasMoved = (event) => Math.hypot(event.clientX - this.press.clientX, event.clientY - this.press.clientY) >= 4;
    this.figure.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary) return;
      const { clientX, clientY, pointerId } = event;
      const row = this.nearest(event);
      const counts = event.button === 0 && this.plot.contains(event.target) && this.placeOf(event);
      this.press = counts ? { clientX, clientY, pointerId, row } : null;
      this.figure.dataset.pressed = Boolean(counts);
      if (counts) this.aim(row);
    }, true);
    this.figure.addEventListener("pointermove", (event) => this.press || this.aim(this.nearest(event)));
    this.figure.addEventListener("pointerleave", () => this.press || this.aim(null));
    this.onPointerMove = (event) => {
      if (event.pointerId !== this.press?.pointerId) return;
      const { row } = this.press;
      const place = (this.dragged || hasMoved(event)) && this.placeOf(event);
      if (!place || !(this.isEditing() ? row !== null : this.panel.draggable)) return;
      this.dragged = { x: place.x, y: place.y, row };
      this.showFlat();
      this.tell();
    };
    this.onPointerUp = (event) => {
      if (event.pointerId !== this.press?.pointerId) return;
      const { press, dragged } = this;
      const place = this.placeOf(event);
      const isClick = event.type === "pointerup" && place && !hasMoved(event);
      clearTimeout(this.telling);
      this.press = this.dragged = this.telling = null;
      this.figure.dataset.pressed = false;
      if (dragged) this.drop({ ...dragged, ...(place && { x: place.x, y: place.y }) }, false);
      else if (isClick) this.click(place, press.row);
      this.showFlat();
      this.aim(this.nearest(event));
      if (this.isEditing()) this.takeKeys();
    };
    window.addEventListener("pointermove", this.onPointerMove, true);
    window.addEventListener("pointerup", this.onPointerUp, true);
    window.addEventListener("pointercancel", this.onPointerUp, true);
  }

  // Where the pointer is on the plot, in its coordinates and in pixels; null beside the plot, or where presses
  // mean nothing.
  placeOf(event) {
    const { xaxis, yaxis } = this.plot._fullLayout ?? {};
    if (!xaxis || !(this.panel?.pickable || this.isEditing())) return null;
    const box = this.plot.getBoundingClientRect();
    const [left, top] = [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset];
    const inside = left >= 0 && left <= xaxis._length && top >= 0 && top <= yaxis._length;
    return inside ? { x: xaxis.p2d(left), y: yaxis.p2d(top), left, top } : null;
  }

  click({ x, y }, row) {
    if (!this.isEditing()) this.drop({ x, y, row }, false);
    else if (row === null) this.post({ kind: "add", panel: this.panel.name, x, y });
    else this.select(row === this.selected ? null : row);
  }

  // A point that is dragged goes to Python as often as Python answers, and where it is dropped at last. Not at once:
  // a drop that comes right after a move would wait until Python has answered the move.
  tell() {
    this.telling ??= setTimeout(() => {
      this.telling = null;
      if (!this.dragged || this.dragged === this.told || this.unanswered().length) return;
      this.told = this.dragged;
      this.drop(this.dragged, true);
    }, BEFORE_TELLING);
  }

  drop({ x, y, row }, moving) {
    this.post({ kind: row === null ? "pick" : "move", panel: this.panel.name, x, y, row, moving, step: this.step });
  }

  destroy() {
    window.removeEventListener("pointermove", this.onPointerMove, true);
    window.removeEventListener("pointerup", this.onPointerUp, true);
    window.removeEventListener("pointercancel", this.onPointerUp, true);
    window.Plotly?.purge(this.plot);
    this.root.remove();
  }
}

// The points of the trace whose points can be edited, each with its own marker; one that is added looks like the last.
function pointsOf(traces) {
  const index = traces.findIndex((trace) => trace.meta?.points);
  if (index < 0) return null;
  const [x, y] = [traces[index].x, traces[index].y].map(decode);
  const looks = Object.entries(traces[index].marker).map(([name, values]) => [name, decode(values)]);
  const markerOf = (row) => Object.fromEntries(looks.map(([name, values]) => [name, isArray(values) ? values[row] : values]));
  return { index, given: Array.from(x, (value, row) => ({ x: value, y: y[row], marker: markerOf(row) })), marker: markerOf(x.length - 1) };
}

const isArray = (values) => Array.isArray(values) || ArrayBuffer.isView(values);

// Straight to the scene's own object: 2 ms, where restyle takes 24. It reaches into Plotly, so restyle stands by.
function moveSolid(plot, trace, step) {
  const [from, to] = trace.range(step);
  const [x, y, z] = [trace.x, trace.y, trace.z].map((values) => Array.from(values.slice(from, to)));
  const full = plot._fullData[trace.index];
  const scene = plot._fullLayout.scene?._scene;
  const drawn = scene?.traces?.[full?.uid];
  if (typeof drawn?.update === "function" && scene.glplot?.redraw) {
    Object.assign(full, { x, y, z, _length: x.length });
    Object.assign(plot.data[trace.index], { x, y, z });
    drawn.update(full);
    scene.glplot.redraw();
  } else {
    window.Plotly.restyle(plot, { x: [x], y: [y], z: [z] }, [trace.index]);
  }
}
