// A player of figures: plots, a cursor, transport controls, keys and pointer events.
// What it is given is described in __init__.py beside it, and how traces follow the cursor in
// playground/figures/cursor.py. 2D traces that follow are drawn on a canvas above their plot, in the
// plot's own coordinates, since Plotly's own redraw takes longer than a frame.

const players = new WeakMap(); // by parentElement: the default export runs again on every change
const arrays = new Map(); // large arrays by their hash, from the message that carries them; the oldest leave
const ARRAYS = 32;
const waiting = new Set(); // what to call when more of them have come
let plotly; // the promise of window.Plotly

export default function ({ data, parentElement, setStateValue }) {
  if (data.shared) {
    for (const [key, value] of Object.entries(data.shared)) {
      arrays.delete(key);
      arrays.set(key, value);
    }
    for (const key of [...arrays.keys()].slice(0, -ARRAYS)) arrays.delete(key);
    for (const call of waiting) call();
    return;
  }
  if (!players.has(parentElement)) players.set(parentElement, new Player(parentElement));
  const player = players.get(parentElement);
  player.receive(data, setStateValue);
  // Streamlit calls this for a superseded run as well: only a root that left the page is torn down.
  return () => setTimeout(() => parentElement.isConnected || player.destroy());
}

const SPEEDS = { 1: "1 step/s", 2: "2 steps/s", 5: "5 steps/s", 10: "10 steps/s", 20: "20 steps/s", 60: "60 steps/s", 600: "fast" };
const AHEAD = 80; // with fewer computed steps left than this, ask for more
const CHUNK = 100;
const ICONS = {
  "To start": "M5 5h2.5v14H5zM19 5v14L8.5 12z",
  "Step back": "M8 5h2.5v14H8zM19 5v14l-7-7z",
  Play: "M7 4v16l13-8z",
  Pause: "M6 4h4.5v16H6zM13.5 4H18v16h-4.5z",
  "Step forward": "M5 5l7 7-7 7zM13.5 5H16v14h-2.5z",
  "To end": "M5 5l10.5 7L5 19zM16.5 5H19v14h-2.5z",
};

class Player {
  constructor(parent) {
    this.step = 0; // the cursor
    this.steps = 0; // the last step that is computed
    this.wanted = 0; // where the person put the cursor: a shorter run may not reach it
    this.asked = 0; // how many steps were asked for
    this.speed = 20;
    this.outbox = [];
    this.plots = new Map(); // Plot by panel name
    this.parent = parent;
    this.build(parent);
    this.resizer = new ResizeObserver(() => this.fit());
    this.resizer.observe(parent);
    this.resizer.observe(this.panels);
    this.onResize = () => this.fit();
    window.addEventListener("resize", this.onResize);
  }

  build(parent) {
    const root = (this.root = element("div", { className: "gp-player", tabIndex: 0 }, parent));
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Player");
    root.title = "Keys: space plays and pauses, ← and → step, Home and End jump";
    root.dataset.testid = "player";
    this.panels = element("div", { className: "gp-panels" }, root);
    const bar = element("div", { className: "gp-bar" }, root);
    const transport = element("div", { className: "gp-transport" }, bar);
    const button = (name, act) => {
      const made = element("button", { type: "button" }, transport);
      made.onclick = (event) => {
        act();
        if (event.detail) root.focus({ preventScroll: true }); // after a click the keys are the player's
      };
      label(made, name);
      return made;
    };
    button("To start", () => this.seek(0));
    button("Step back", () => this.seek(this.step - 1));
    this.playButton = button("Play", () => (this.playing ? this.pause() : this.play()));
    this.playButton.classList.add("gp-play");
    button("Step forward", () => this.forward());
    button("To end", () => this.seek(this.steps));
    this.slider = element("input", { type: "range", min: 0, value: 0, ariaLabel: "Step" }, transport);
    this.slider.oninput = () => this.seek(Number(this.slider.value));
    const speed = element("select", { ariaLabel: "Speed" }, transport);
    for (const [value, text] of Object.entries(SPEEDS)) element("option", { value, textContent: text }, speed);
    speed.value = this.speed;
    speed.onchange = () => {
      this.speed = Number(speed.value);
      this.clock = null;
    };
    this.count = element("span", { className: "gp-step" }, transport);
    this.readouts = element("div", { className: "gp-readouts" }, bar);
    this.status = element("div", { className: "gp-status" }, bar);
    this.status.setAttribute("role", "status");
    root.onkeydown = (event) => this.key(event);
  }

  // ---- What comes from Python: one message at a time is applied, and of those that wait the latest.

  async receive(data, setStateValue) {
    this.setStateValue = setStateValue;
    this.latest = data;
    for (const call of waiting) call();
    if (this.applying) return;
    this.applying = true;
    while (this.latest && !this.destroyed) {
      const next = this.latest;
      this.latest = null;
      try {
        await this.apply(next);
      } catch (error) {
        console.error(error);
        this.say("This run could not be drawn. Change a setting, or reload the page.", true);
      }
    }
    this.applying = false;
  }

  say(status, alarming) {
    if (this.status.textContent !== status) this.status.textContent = status; // or it would be read aloud again
    this.status.dataset.alarming = alarming;
  }

  async apply(data) {
    await (plotly ??= loadPlotly(data.plotly).catch((error) => {
      plotly = null; // so that the next message tries again
      throw error;
    }));
    // A message whose arrays a later one has replaced gives way to that one.
    if (!(await arrivalOf(data.panels, () => this.latest || this.destroyed)) || this.destroyed) return;
    if (!this.columns) this.take(data); // the bar's height comes first: it decides how much is left for the plots
    this.fit(false);
    for (const panel of data.panels) {
      if (!this.plots.has(panel.name)) this.plots.set(panel.name, new Plot(this.panels, (event) => this.post(event)));
    }
    const turns = await Promise.all(data.panels.map((panel) => this.plots.get(panel.name).apply(panel)));
    if (this.destroyed) return;
    // Numbers, texts and paths turn to the new run in one go.
    for (const turn of turns) turn();
    this.take(data);
    if (this.stepWhenMoreCome && this.steps > this.step) {
      this.stepWhenMoreCome = false;
      this.wanted = this.step + 1;
    }
    this.show(Math.min(this.wanted, this.steps));
    if (this.playing && this.live && this.step >= this.steps && !this.canGoOn) this.pause();
  }

  take(data) {
    this.outbox = this.outbox.filter((event) => event.number > data.acknowledged);
    this.columns = Object.fromEntries(Object.entries(data.columns).map(([name, spec]) => [name, decode(spec)]));
    this.steps = this.columns.loss.length - 1;
    this.asked = Math.max(this.steps, this.outbox.length ? this.asked : 0);
    this.canGoOn = data.canGoOn;
    this.slider.max = this.steps;
    this.verdict = [data.status, data.alarming];
    this.notes = data.notes;
    this.say(...this.verdict);
    this.buildReadouts(data.readouts);
  }

  post(event) {
    // Numbered by the clock, so that a player mounted anew goes on counting up.
    this.number = Math.max(Date.now(), (this.number ?? 0) + 1);
    this.outbox.push({ ...event, number: this.number });
    this.setStateValue("outbox", this.outbox);
  }

  askForMore(count) {
    if (!this.canGoOn || this.asked > this.steps) return;
    this.asked = this.steps + count;
    this.post({ kind: "more", steps: this.asked });
  }

  // ---- The cursor.

  seek(step) {
    this.wanted = Math.max(0, Math.min(step, this.steps));
    this.clock = null;
    this.show(this.wanted);
  }

  forward() {
    if (this.step < this.steps) return this.seek(this.step + 1);
    this.stepWhenMoreCome = this.canGoOn;
    this.askForMore(CHUNK);
  }

  play() {
    // From the end the run goes on, live: torch computes ahead of the cursor. One that can't starts over.
    this.live = this.step >= this.steps && this.canGoOn;
    if (this.step >= this.steps && !this.canGoOn) this.seek(0);
    this.playing = true;
    this.clock = null;
    this.showPlaying();
    this.request = requestAnimationFrame((now) => this.frame(now));
  }

  pause() {
    cancelAnimationFrame(this.request); // or Play within the same frame would start a second loop
    this.playing = this.live = false;
    this.showPlaying();
  }

  frame(now) {
    if (!this.playing) return;
    this.clock ??= { since: now, from: this.step };
    // To the nearest: at 60 steps a second a frame that comes a little early would show no step, and the next one two.
    const due = Math.round(this.clock.from + ((now - this.clock.since) * this.speed) / 1000);
    const next = Math.min(due, this.steps);
    if (due > this.steps) this.clock = { since: now, from: next }; // what was waited for isn't made up
    if (next !== this.step) {
      this.wanted = next;
      this.show(next);
    }
    if (this.live && this.steps - this.step < Math.max(AHEAD, this.speed)) this.askForMore(Math.max(CHUNK, this.speed));
    if (this.step >= this.steps && !(this.live && this.canGoOn)) return this.pause();
    this.request = requestAnimationFrame((time) => this.frame(time));
  }

  show(step) {
    this.step = step;
    const { root, slider, count } = this;
    root.dataset.step = step;
    root.dataset.steps = this.steps;
    root.dataset.loss = this.columns.loss[step];
    slider.value = step;
    slider.setAttribute("aria-valuetext", `step ${step} of ${this.steps}`);
    count.textContent = `step ${String(step).padStart(String(this.steps).length, "\u2007")} / ${this.steps}`;
    for (const number of this.numbers) {
      const values = this.columns[number.column];
      const value = values[step + number.ahead];
      number.output.textContent = value === undefined ? "…" : format(value);
    }
    const note = this.notes.findLast(([first]) => first <= step)?.[1];
    if (note) this.say(note, false);
    else this.say(...this.verdict);
    for (const plot of this.plots.values()) plot.show(step);
    this.showPlaying();
  }

  showPlaying() {
    this.root.dataset.playing = Boolean(this.playing);
    if (this.playButton.ariaLabel !== (this.playing ? "Pause" : "Play")) label(this.playButton, this.playing ? "Pause" : "Play");
    if (!this.playing) this.playButton.title = this.step >= this.steps && this.steps ? (this.canGoOn ? "Play on: compute more steps" : "Play again") : "Play";
  }

  buildReadouts(lines) {
    this.readouts.textContent = "";
    this.numbers = [];
    for (const parts of lines) {
      const line = element("div", {}, this.readouts);
      for (const part of parts) {
        if (typeof part === "string") line.append(part);
        else this.numbers.push({ ...part, output: element("output", {}, line) });
      }
    }
  }

  key(event) {
    if (event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.tagName === "BUTTON") return; // the button's own key
    const act = {
      " ": () => (this.playing ? this.pause() : this.play()),
      ArrowLeft: () => this.seek(this.step - 1),
      ArrowRight: () => this.forward(),
      Home: () => this.seek(0),
      End: () => this.seek(this.steps),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    if (event.key !== " " || !event.repeat) act();
  }

  // ---- The room on the screen: from where the player begins to the window's lower edge.

  fit(redraw = true) {
    const top = this.root.getBoundingClientRect().top + window.scrollY;
    const scroller = this.root.closest('[data-testid="stMain"]');
    const height = Math.floor(window.innerHeight - top - (scroller?.scrollTop ?? 0) - 10);
    this.root.style.height = `${height}px`;
    if (redraw) for (const plot of this.plots.values()) plot.resize();
  }

  destroy() {
    this.destroyed = true;
    players.delete(this.parent);
    for (const call of waiting) call();
    this.pause();
    this.resizer.disconnect();
    window.removeEventListener("resize", this.onResize);
    for (const plot of this.plots.values()) plot.destroy();
    this.root.remove();
  }
}

// One panel: what stands still is Plotly's, what follows the cursor is drawn over it (2D) or handed to it (3D).
class Plot {
  constructor(parent, post) {
    this.post = post;
    this.following = [];
    this.figure = element("figure", { className: "gp-panel" }, parent);
    const caption = element("figcaption", {}, this.figure);
    this.title = element("b", {}, caption);
    this.description = element("span", { className: "gp-unseen" }, caption);
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
  async apply(panel) {
    this.panel = panel;
    this.title.textContent = panel.title;
    this.description.textContent = panel.description;
    this.figure.dataset.panel = panel.name;
    this.figure.dataset.pickable = panel.pickable;
    this.solid = "scene" in panel.figure.layout;
    const following = panel.figure.data.map((trace, index) => follower(trace, index)).filter(Boolean);
    await this.draw();
    return () => {
      this.following = following;
      this.shown = undefined; // a new run may stand at the same step
    };
  }

  // Hand Plotly the still part, if anything of it has changed: data, theme, or size.
  async draw() {
    const { clientWidth: width, clientHeight: height } = this.plot;
    const style = getComputedStyle(this.figure);
    const theme = themeOf(style);
    // A trace that follows the cursor leaves an empty one behind, for its place in the legend.
    const still = this.panel.figure.data.map((trace) =>
      trace.meta?.cursor ? { ...trace, x: [null], y: [null], ...(this.solid && { z: [null] }), meta: undefined } : trace,
    );
    const signature = JSON.stringify([still, this.panel.figure.layout, theme, width, height]);
    if (signature === this.signature || !width || !height) return;
    this.signature = signature;
    // Copies: Plotly writes into what it is given, arrays and ranges too, and what was drawn would seem to have changed.
    const data = structuredClone(still.map((trace) => withArrays(trace, theme)));
    const layout = structuredClone(withTheme(this.panel.figure.layout, theme, width, height));
    if (this.camera) layout.scene.camera = this.camera;
    const config = { displayModeBar: false, doubleClick: this.solid ? "reset" : false, scrollZoom: this.solid };
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

  show(step) {
    this.step = step;
    if (this.solid) this.showSolid();
    else this.showFlat();
  }

  showFlat() {
    const { _fullLayout: full } = this.plot;
    if (!full?.xaxis) return;
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
    for (const trace of this.following) if (this.plot._fullData[trace.index]?.visible === true) trace.draw(pen, place, this.step);
    for (const trace of this.following) if (trace.cursor === "point") drawWayOut(pen, place(trace.x[this.step], trace.y[this.step]), xaxis, yaxis, trace.colour);
    pen.restore();
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
    let began;
    const at = (event) => {
      const { xaxis, yaxis } = this.plot._fullLayout ?? {};
      if (!this.panel?.pickable || !xaxis) return null;
      const box = this.plot.getBoundingClientRect();
      const [left, top] = [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset];
      const inside = left >= 0 && left <= xaxis._length && top >= 0 && top <= yaxis._length;
      return inside ? { x: xaxis.p2d(left), y: yaxis.p2d(top) } : null;
    };
    this.figure.addEventListener("pointerdown", (event) => (began = event.button === 0 && at(event) && event), true);
    this.onPointerUp = (event) => {
      const still = began && Math.hypot(event.clientX - began.clientX, event.clientY - began.clientY) < 4;
      began = null;
      const point = still && at(event);
      if (point) this.post({ kind: "pick", panel: this.panel.name, ...point });
    };
    window.addEventListener("pointerup", this.onPointerUp, true);
    this.figure.addEventListener("pointercancel", () => (began = null));
  }

  destroy() {
    window.removeEventListener("pointerup", this.onPointerUp, true);
    window.Plotly?.purge(this.plot);
  }
}

// ---- Traces that follow the cursor.

function follower(trace, index) {
  const { cursor, width, halo, stride = 1 } = trace.meta ?? {};
  if (!cursor) return null;
  const [x, y, z] = [trace.x, trace.y, trace.z].map((values) => values && decode(values));
  const range = {
    all: () => [0, x.length],
    path: (step) => [0, step * stride + 1],
    point: (step) => [step, step + 1],
    rows: (step) => [step * width, (step + 1) * width],
  }[cursor];
  const draw = (pen, place, step) => {
    const [from, to] = range(step);
    const shift = x.length === y.length ? 0 : from; // x may be one row for all steps
    const points = [];
    for (let i = from; i < to; i++) points.push(place(x[i - shift], y[i]));
    if (trace.mode.includes("lines")) drawLine(pen, points, trace.line, halo);
    if (trace.mode.includes("lines") && cursor === "path") drawLine(pen, points.slice(-2), { ...trace.line, width: 1.8 * trace.line.width }, false);
    if (trace.mode.includes("markers")) drawMarkers(pen, points, trace.marker, halo);
  };
  return { index, cursor, colour: trace.marker?.color, range, x, y, z, draw };
}

function drawLine(pen, points, line, halo) {
  pen.beginPath();
  let before = null;
  for (const point of points) {
    if (!point.every(Number.isFinite)) {
      before = null;
      continue;
    }
    if (before) pen.lineTo(...toward(before, point));
    else pen.moveTo(...point);
    before = point;
  }
  pen.lineJoin = pen.lineCap = "round";
  if (halo) {
    pen.strokeStyle = "rgba(255,255,255,0.85)";
    pen.lineWidth = line.width + 3;
    pen.stroke();
  }
  pen.setLineDash(line.dash === "dot" ? [line.width, 3 * line.width] : []);
  pen.strokeStyle = line.color;
  pen.lineWidth = line.width;
  pen.stroke();
  pen.setLineDash([]);
}

function drawMarkers(pen, points, marker, halo) {
  const radius = marker.size / 2;
  if (marker.symbol === "arrow") return drawHead(pen, points, marker, halo);
  pen.fillStyle = marker.color;
  pen.beginPath();
  for (const [left, top] of points) {
    if (!Number.isFinite(left) || !Number.isFinite(top)) continue;
    pen.moveTo(left + radius, top);
    pen.arc(left, top, radius, 0, 2 * Math.PI);
  }
  pen.fill();
  if (!marker.line) return;
  pen.strokeStyle = marker.line.color;
  pen.lineWidth = marker.line.width;
  pen.stroke();
}

function drawHead(pen, points, marker, halo) {
  const [tail, tip] = points;
  const length = Math.hypot(tip[0] - tail[0], tip[1] - tail[1]);
  if (!(length > 1 && Number.isFinite(length))) return;
  const [along, across] = [(tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length];
  const size = Math.min(marker.size, length);
  const corner = (side) => [
    tip[0] - size * (along - 0.45 * side * across),
    tip[1] - size * (across + 0.45 * side * along),
  ];
  pen.beginPath();
  pen.moveTo(tip[0] + along * 3, tip[1] + across * 3);
  pen.lineTo(...corner(1));
  pen.lineTo(...corner(-1));
  pen.closePath();
  pen.strokeStyle = "rgba(255,255,255,0.85)";
  pen.lineWidth = 2;
  if (halo) pen.stroke();
  pen.fillStyle = marker.color;
  pen.fill();
}

// At the edge, towards a point that has left the picture.
function drawWayOut(pen, point, { _offset: left, _length: width }, { _offset: top, _length: height }, colour) {
  const [x, y] = [Math.max(left + 9, Math.min(point[0], left + width - 9)), Math.max(top + 9, Math.min(point[1], top + height - 9))];
  const [across, down] = [point[0] - x, point[1] - y];
  const away = Math.hypot(across, down);
  if (!(away > 9 && Number.isFinite(away))) return;
  pen.save();
  pen.translate(x, y);
  pen.rotate(Math.atan2(down, across));
  pen.beginPath();
  pen.moveTo(8, 0);
  pen.lineTo(-7, -7);
  pen.lineTo(-7, 7);
  pen.closePath();
  pen.fillStyle = colour;
  pen.strokeStyle = "white";
  pen.lineWidth = 2;
  pen.fill();
  pen.stroke();
  pen.restore();
}

// A canvas loses its way beyond some millions of pixels: stay on the line, and stop before.
function toward(from, to) {
  const far = 1e6;
  const reach = Math.max(Math.abs(to[0]), Math.abs(to[1]));
  return reach <= far ? to : [0, 1].map((i) => from[i] + ((to[i] - from[i]) * far) / reach);
}

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

// ---- Figures: arrays and theme.

// Whether all arrays that the panels name have come, once they have or the wait is called off.
function arrivalOf(panels, calledOff) {
  const named = panels.flatMap(({ figure }) => figure.data.flatMap((trace) => Object.values(trace).map((value) => value?.shared)));
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

function withArrays(trace, theme) {
  const { meta, ...rest } = trace;
  for (const [name, value] of Object.entries(rest)) if (value?.shared) rest[name] = arrays.get(value.shared);
  if (meta?.reversescale) rest.reversescale = meta.reversescale[theme.dark ? "dark" : "light"];
  if (rest.colorbar) rest.colorbar = { ...rest.colorbar, outlinewidth: 0, x: 1.01, xpad: 2, ypad: 0 };
  return rest;
}

function themeOf(style) {
  const [text, background, line] = ["text-color", "background-color", "border-color"].map((name) => style.getPropertyValue(`--st-${name}`).trim());
  const size = Math.max(12, Math.round(parseFloat(style.fontSize) * 0.9));
  return { text, background, line, size, dark: luminance(background) < 0.5, font: style.fontFamily };
}

const drawsInSoftware = once(() => {
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

function withTheme(layout, theme, width, height) {
  const axis = (given) => ({
    gridcolor: theme.line,
    zerolinecolor: theme.line,
    linecolor: theme.line,
    automargin: true,
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
    margin: { l: 50 * room, r: 10, t: 26 * room, b: 42 * room },
    dragmode: layout.scene ? "orbit" : false,
    hovermode: "closest",
    legend: { orientation: "h", x: 1, xanchor: "right", y: 1, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)", itemwidth: 30 },
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

function decode(spec) {
  if (!spec.bdata) return spec;
  const characters = atob(spec.bdata);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return new TYPES[spec.dtype](bytes.buffer);
}

// Four decimals in a fixed place; powers of ten where four decimals would hide the number.
function format(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "−inf";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : value.toFixed(4);
  return text.replaceAll("-", "−");
}

// ---- The page.

// ``call``, asked once for each argument.
function once(call) {
  const answers = new Map();
  return (argument) => {
    if (!answers.has(argument)) answers.set(argument, call(argument));
    return answers.get(argument);
  };
}

// After the frame that comes next is on the screen.
function nextPaint() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

function element(tag, properties, parent) {
  const made = Object.assign(document.createElement(tag), properties);
  parent.append(made);
  return made;
}

function label(button, name) {
  button.ariaLabel = button.title = name;
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
}

// The Plotly that Streamlit serves: a module that sets window.Plotly, beside the page's own script.
async function loadPlotly(file) {
  const page = document.querySelector('script[src*="static/js/index."]');
  await import(new URL(file, page.src).href);
  return window.Plotly;
}
