// A player of figures: plots, a cursor, transport controls, keys and pointer events.
// What it is given is described in __init__.py beside it, and how traces follow the cursor in
// playground/figures/cursor.py. 2D traces that follow are drawn on a canvas above their plot, in the
// plot's own coordinates, since Plotly's own redraw takes longer than a frame.

const players = new WeakMap(); // by parentElement: the default export runs again on every change
const arrays = new Map(); // large arrays by their hash, from the message that carries them; the oldest leave
const ARRAYS = 32;
const waiting = new Set(); // what to call when more of them have come
let plotly; // the promise of window.Plotly
let katex; // likewise of what typesets formulas, where a board has any

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
const BEFORE_TELLING = 40; // milliseconds that a dragged point rests or moves on before Python is told
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
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

class Player {
  constructor(parent) {
    this.step = 0; // the cursor
    this.steps = 0; // the last step that is computed
    this.wanted = 0; // where the person put the cursor: a shorter run may not reach it
    this.asked = 0; // how many steps were asked for
    this.speed = 20;
    this.outbox = [];
    this.views = new Map(); // Plot or Board by panel name
    this.cells = new Map(); // Cell by name
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
    if (data.panels.some((panel) => panel.rows)) {
      await (katex ??= load(data.katex).then((module) => module.default).catch((error) => {
        katex = null;
        throw error;
      }));
    }
    // A message whose arrays a later one has replaced gives way to that one.
    if (!(await arrivalOf(data.panels, () => this.latest || this.destroyed)) || this.destroyed) return;
    if (!this.columns) this.take(data); // the bar's height comes first: it decides how much is left for the plots
    this.fit(false);
    for (const { figure } of data.panels) {
      for (const trace of figure?.data ?? []) {
        for (const [name, value] of Object.entries(trace)) if (value?.once !== undefined) trace[name] = data.arrays[value.once];
        for (const states of Object.values(trace.meta?.frames?.fields ?? {})) states.forEach(({ once }, i) => (states[i] = data.arrays[once]));
      }
    }
    const canMove = data.panels.some((panel) => panel.draggable);
    this.root.title = `Keys: space plays and pauses, ← and → step, Home and End jump${canMove ? ", Shift and an arrow move the point" : ""}`;
    this.place(data.panels);
    const turns = await Promise.all(data.panels.map((panel) => this.views.get(panel.name).apply(panel, data.planned > 0)));
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

  // A view for each panel, in its cell; what no panel is for any more goes.
  place(panels) {
    const named = new Set(panels.map((panel) => panel.name));
    for (const [name, view] of this.views) {
      if (named.has(name)) continue;
      view.destroy();
      this.views.delete(name);
    }
    const post = (event) => this.post(event);
    for (const panel of panels) {
      if (!this.cells.has(panel.cell)) this.cells.set(panel.cell, new Cell(this.panels, () => this.fit()));
      const { body } = this.cells.get(panel.cell);
      if (!this.views.has(panel.name)) {
        this.views.set(panel.name, panel.rows ? new Board(body, post) : new Plot(body, post, () => this.outbox));
      }
      const { root } = this.views.get(panel.name);
      if (root.parentElement !== body) body.append(root);
    }
    for (const [name, cell] of this.cells) {
      const views = panels.filter((panel) => panel.cell === name).map((panel) => [panel, this.views.get(panel.name)]);
      cell.hold(views);
      cell.root.dataset.tall = views.some(([panel]) => panel.tall);
      if (!views.length) this.cells.delete(name);
    }
    const roots = [...new Set(panels.map((panel) => this.cells.get(panel.cell).root))]; // in the message's order
    if (roots.some((root, index) => this.panels.children[index] !== root)) this.panels.append(...roots);
  }

  take(data) {
    this.outbox = this.outbox.filter((event) => event.number > data.acknowledged);
    this.columns = Object.fromEntries(Object.entries(data.columns).map(([name, spec]) => [name, decode(spec)]));
    this.steps = this.columns.loss.length - 1;
    this.asked = Math.max(this.steps, this.outbox.length ? this.asked : 0);
    this.canGoOn = data.canGoOn;
    this.planned = Math.max(this.steps, data.planned);
    this.slider.max = this.planned;
    this.verdict = [data.status, data.alarming];
    this.notes = data.notes;
    this.say(...this.verdict);
    this.buildReadouts(data.readouts);
    if (this.subject !== data.subject) [this.wanted, this.clock] = [0, null]; // another race begins at its start
    this.subject = data.subject;
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
    slider.setAttribute("aria-valuetext", `step ${step} of ${this.planned}`);
    count.textContent = `step ${String(step).padStart(String(this.planned).length, "\u2007")} / ${this.planned}`;
    for (const update of this.numbers) update(this.columns, step);
    const note = this.notes.findLast(([first]) => first <= step)?.[1];
    if (note) this.say(note, false);
    else this.say(...this.verdict);
    for (const view of this.views.values()) view.show(step, this.columns);
    this.showPlaying();
  }

  showPlaying() {
    this.root.dataset.playing = Boolean(this.playing);
    if (this.playButton.ariaLabel !== (this.playing ? "Pause" : "Play")) label(this.playButton, this.playing ? "Pause" : "Play");
    if (!this.playing) this.playButton.title = this.step >= this.steps && this.steps ? (this.canGoOn ? "Play on: compute more steps" : "Play again") : "Play";
  }

  buildReadouts(lines) {
    this.readouts.textContent = "";
    this.numbers = lines.flatMap((parts) => fill(element("div", {}, this.readouts), parts));
  }

  key(event) {
    if (event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && event.target.tagName === "BUTTON") return; // the button's own key
    const edited = [...this.views.values()].find((view) => view.isEditing?.() && view.selected !== null && !view.root.hidden);
    const moved = event.shiftKey && ARROWS[event.key] && [...this.views.values()].find((view) => view.panel?.draggable && !view.root.hidden);
    if (moved) {
      const [x, y] = ARROWS[event.key];
      event.preventDefault();
      return this.post({ kind: "nudge", panel: moved.panel.name, x, y });
    }
    const act = {
      ...(edited && { Delete: () => edited.remove(), Backspace: () => edited.remove(), Escape: () => edited.select(null) }),
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
    if (redraw) for (const view of this.views.values()) view.resize();
  }

  destroy() {
    this.destroyed = true;
    players.delete(this.parent);
    for (const call of waiting) call();
    this.pause();
    this.resizer.disconnect();
    window.removeEventListener("resize", this.onResize);
    for (const view of this.views.values()) view.destroy();
    this.root.remove();
  }
}

// One place in the grid. Panels that share it are chosen by tabs, and any of them can fill the whole grid.
class Cell {
  constructor(parent, onGrow) {
    this.root = element("div", { className: "gp-cell" }, parent);
    this.head = element("div", { className: "gp-head" }, this.root);
    this.tabs = element("div", { className: "gp-tabs" }, this.head);
    this.tabs.setAttribute("role", "tablist");
    this.grow = element("button", { type: "button", className: "gp-grow" }, this.head);
    this.grow.onclick = () => {
      const large = parent.classList.toggle("gp-one");
      this.root.classList.toggle("gp-large", large);
      label(this.grow, large ? "Smaller" : "Larger");
      onGrow();
    };
    label(this.grow, "Larger");
    this.body = element("div", { className: "gp-body" }, this.root);
  }

  // ``views`` are pairs of a panel and its view.
  hold(views) {
    if (!views.length) {
      if (this.root.classList.contains("gp-large")) this.grow.onclick();
      return this.root.remove();
    }
    if (!views.some(([panel]) => panel.name === this.chosen)) this.chosen = views[0][0].name;
    // A table that is alone has its name there as well: it has no caption of its own.
    this.tabs.hidden = views.length < 2 && !views[0][0].rows;
    this.root.dataset.tabs = views.length > 1;
    const signature = views.map(([panel]) => `${panel.name}\n${panel.tab}`).join("\n\n");
    if (signature !== this.signature) {
      this.signature = signature;
      this.tabs.textContent = "";
      for (const [panel] of views) {
        const tab = element("button", { type: "button", textContent: panel.tab }, this.tabs);
        tab.setAttribute("role", "tab");
        tab.dataset.tab = panel.name;
        tab.onclick = () => this.choose(panel.name);
      }
    }
    this.views = views.map(([panel, view]) => [panel.name, view]);
    this.choose(this.chosen);
  }

  choose(name) {
    this.chosen = name;
    for (const tab of this.tabs.children) tab.setAttribute("aria-selected", tab.dataset.tab === name);
    for (const [one, view] of this.views) {
      const shown = one === name;
      if (view.root.hidden === !shown) continue;
      view.root.hidden = !shown;
      if (shown) view.resize();
    }
  }
}

// Rows of texts, numbers and formulas. A row may be chosen where it stands for something.
class Board {
  constructor(parent, post) {
    this.post = post;
    this.root = element("figure", { className: "gp-panel gp-board" }, parent);
    this.table = element("table", {}, this.root);
    this.updates = [];
  }

  async apply(panel) {
    return () => {
      this.root.dataset.panel = panel.name;
      this.table.ariaLabel = panel.description;
      this.panel = panel;
    };
  }

  build(panel) {
    this.built = panel;
    this.table.textContent = "";
    this.updates = [];
    if (panel.heads.length) this.row(element("thead", {}, this.table), panel.heads, "th");
    const body = element("tbody", {}, this.table);
    this.root.dataset.code = panel.code;
    for (const [index, cells] of panel.rows.entries()) {
      const row = this.row(body, cells, "td");
      if (panel.current) {
        this.updates.push((columns, step) => {
          const isCurrent = columns[panel.current][step] === index;
          if (isCurrent && row.ariaCurrent !== "step") this.reveal(row);
          row.ariaCurrent = isCurrent ? "step" : null;
        });
      }
      if (panel.chosen === null) continue;
      row.setAttribute("aria-selected", index === panel.chosen);
      row.tabIndex = 0;
      row.onclick = () => index !== panel.chosen && this.post({ kind: "choose", panel: panel.name, row: index });
      row.onkeydown = (event) => {
        if (event.key === "Enter") row.onclick();
      };
    }
  }

  row(parent, cells, tag) {
    const row = element("tr", {}, parent);
    for (const parts of cells) {
      const cell = element(tag, {}, row);
      this.updates.push(...fill(cell, parts));
      if (cell.querySelector(".gp-swatch")) cell.title = cell.textContent; // it may be too long to be seen whole
    }
    return row;
  }

  // Scroll the table alone, and only as far as it takes.
  reveal({ offsetTop: top, offsetHeight: height }) {
    const { scrollTop, clientHeight } = this.root;
    const head = this.table.offsetTop; // above it the tabs stand
    if (top < scrollTop) this.root.scrollTop = top;
    if (head + top + height > scrollTop + clientHeight) this.root.scrollTop = head + top + height - clientHeight;
  }

  show(step, columns) {
    [this.step, this.columns] = [step, columns];
    if (this.root.hidden) return; // most tables are behind a tab: one is built when it is chosen
    if (this.built !== this.panel) this.build(this.panel);
    for (const update of this.updates) update(columns, step);
  }

  resize() {
    if (this.columns) this.show(this.step, this.columns);
  }

  destroy() {
    this.root.remove();
  }
}

// One panel: what stands still is Plotly's, what follows the cursor is drawn over it (2D) or handed to it (3D).
class Plot {
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

// ---- Traces that follow the cursor.

function follower(trace, index) {
  const { cursor, width, halo, stride = 1 } = trace.meta ?? {};
  if (!cursor) return null;
  if (cursor === "cards") return cards(trace, index);
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
    if (trace.mode.includes("lines") && cursor === "path") drawLine(pen, points.slice(-stride - 1), { ...trace.line, width: 1.8 * trace.line.width }, false);
    if (trace.mode.includes("markers")) drawMarkers(pen, points, trace.marker, halo);
  };
  return { index, cursor, colour: trace.marker?.color, range, x, y, z, draw };
}

// Boxes with lines of text, as large as ``size`` says in the plot's coordinates; each reads and looks as the last of its
// changes up to the cursor says.
function cards(trace, index) {
  const [x, y] = [trace.x, trace.y].map(decode);
  const { changes, looks, size: [wide, tall] } = trace.meta;
  const draw = (pen, place, step, theme) => {
    for (const [card, states] of changes.entries()) {
      const [, lines, look] = states.findLast(([since]) => since <= step);
      const [left, top] = place(x[card] - wide / 2, y[card] + tall / 2);
      const [right, bottom] = place(x[card] + wide / 2, y[card] - tall / 2);
      drawCard(pen, { left, top, width: right - left, height: bottom - top }, lines, looks[look], theme);
    }
  };
  return { index, cursor: "cards", draw };
}

function drawCard(pen, { left, top, width, height }, lines, { fill, edge, line }, theme) {
  pen.beginPath();
  pen.roundRect(left, top, width, height, Math.min(8, height / 6));
  for (const colour of [theme.background, fill]) {
    pen.fillStyle = colour;
    pen.fill();
  }
  stroke(pen, edge || theme.line, line);
  // As large as fits, the first line larger than the others; what would be too small to read isn't drawn.
  const sizes = lines.map((_, row) => (row ? 1 : 1.25));
  const room = sizes.reduce((sum, one) => sum + 1.25 * one, 0.3);
  pen.font = `100px ${theme.font}`;
  const widest = Math.max(...lines.map((text, row) => (pen.measureText(text).width * sizes[row]) / 100));
  const size = Math.min(1.25 * theme.size, height / room, (0.92 * width) / widest);
  if (size < 5) return;
  pen.fillStyle = theme.text;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  let middle = top + height / 2 - (size * (room - 0.3)) / 2;
  for (const [row, text] of lines.entries()) {
    pen.font = `${row ? 400 : 600} ${size * sizes[row]}px ${theme.font}`;
    middle += (size * 1.25 * sizes[row]) / 2;
    pen.fillText(text, left + width / 2, middle);
    middle += (size * 1.25 * sizes[row]) / 2;
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

function drawLine(pen, points, line, halo) {
  pen.beginPath();
  let before = null;
  for (const point of points) {
    if (!point.every(Number.isFinite)) {
      before = null;
      continue;
    }
    const end = before ? toward(before, point) : point;
    if (before) pen.lineTo(...end);
    else if (toward(point, point) === point) pen.moveTo(...point);
    else continue; // from far away: the line begins where it comes near
    before = end === point ? point : null;
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

const RING = { size: 18, symbol: "circle-open", color: "#fff", line: { color: "#000", width: 1.5 } };

// Corners of Plotly's symbols around 0, of radius 1; what isn't named is a circle.
const arm = 0.36;
const CORNERS = {
  square: [[-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]],
  diamond: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
  cross: [[-arm, -1.15], [arm, -1.15], [arm, -arm], [1.15, -arm], [1.15, arm], [arm, arm], [arm, 1.15], [-arm, 1.15], [-arm, arm], [-1.15, arm], [-1.15, -arm], [-arm, -arm]],
};
CORNERS.x = CORNERS.cross.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);

function drawMarkers(pen, points, marker, halo) {
  const radius = marker.size / 2;
  if (marker.symbol === "arrow") return drawHeads(pen, points, marker, halo);
  const [symbol, open] = (marker.symbol ?? "circle").split("-");
  pen.beginPath();
  for (const [left, top] of points) {
    if (!Number.isFinite(left) || !Number.isFinite(top)) continue;
    const corners = CORNERS[symbol]?.map(([x, y]) => [left + radius * x, top + radius * y]);
    if (open === "thin") {
      for (const side of [-radius, radius]) {
        pen.moveTo(left - radius, top - side);
        pen.lineTo(left + radius, top + side);
      }
    } else if (corners) {
      pen.moveTo(...corners[0]);
      for (const corner of corners.slice(1)) pen.lineTo(...corner);
      pen.closePath();
    } else {
      pen.moveTo(left + radius, top);
      pen.arc(left, top, radius, 0, 2 * Math.PI);
    }
  }
  // An open one is a ring of its colour with the edge's colour, if that is another, at both sides.
  const width = Math.min(3, marker.size / 4);
  if (open && marker.line && marker.line.color !== marker.color) stroke(pen, marker.line.color, width + 2 * marker.line.width);
  if (open) return stroke(pen, marker.color, width);
  pen.fillStyle = marker.color;
  if (marker.line) stroke(pen, marker.line.color, 2 * marker.line.width);
  pen.fill();
}

function stroke(pen, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.stroke();
}

// Beside a point, on the side where there is room.
function drawLabel(pen, [left, top], gap, text, theme, { xaxis, yaxis }) {
  pen.font = `${theme.size}px ${theme.font}`;
  const isRoomRight = left + gap + pen.measureText(text).width < xaxis._offset + xaxis._length;
  const isRoomAbove = top - gap - theme.size > yaxis._offset;
  pen.textAlign = isRoomRight ? "left" : "right";
  pen.textBaseline = isRoomAbove ? "bottom" : "top";
  const place = [left + (isRoomRight ? gap : -gap), top + (isRoomAbove ? -gap : gap)];
  pen.lineJoin = "round";
  pen.strokeStyle = theme.background;
  pen.lineWidth = 5;
  pen.strokeText(text, ...place);
  pen.fillStyle = theme.text;
  pen.fillText(text, ...place);
}

// A head at the end of each stretch of the line, between gaps.
function drawHeads(pen, points, marker, halo) {
  const isThere = (point) => point?.every(Number.isFinite);
  for (const [i, tip] of points.entries()) {
    if (isThere(tip) && isThere(points[i - 1]) && !isThere(points[i + 1])) drawHead(pen, points[i - 1], tip, marker, halo);
  }
}

function drawHead(pen, tail, tip, marker, halo) {
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
function stateAt(figure, step) {
  const frames = figure.data.find((trace) => trace.meta?.frames)?.meta.frames;
  return frames ? Math.max(0, frames.since.findLastIndex((first) => first <= step)) : 0;
}

function inState(figure, state) {
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

function decode(spec) {
  if (spec.bdata === undefined) return spec;
  if (!decoded.has(spec)) {
    const bytes = Uint8Array.from(atob(spec.bdata), (character) => character.charCodeAt(0));
    decoded.set(spec, new TYPES[spec.dtype](bytes.buffer));
  }
  return decoded.get(spec);
}

// ---- Texts, and in them what follows the cursor.

// Put a line's parts into ``parent``, and return what turns each to a step: calls of (columns, step).
function fill(parent, parts) {
  return parts.flatMap((part) => {
    if (typeof part === "string") {
      parent.append(part);
      return [];
    }
    if (part.colour) {
      parent.append(swatch(part));
      return [];
    }
    const at = ({ column, ahead }, columns, step) => columns[column][step + ahead];
    if (part.latex !== undefined) {
      const place = element("span", { className: "gp-math" }, parent);
      if (!part.columns.length) typeset(part.latex, place);
      return part.columns.length ? [(columns, step) => typeset(withNumbers(part.latex, part.columns.map((one) => at(one, columns, step))), place)] : [];
    }
    if (part.typeset) {
      const place = element("span", { className: "gp-math" }, parent);
      return [(columns, step) => typeset(part.words[at(part, columns, step)], place)];
    }
    const place = element("output", {}, parent);
    if (part.words) place.className = "gp-words";
    return [
      (columns, step) => {
        const value = at(part, columns, step);
        const text = value === undefined ? "…" : part.words ? part.words[value] : part.whole ? whole(value) : format(value);
        if (place.textContent !== text) place.textContent = text;
      },
    ];
  });
}

function swatch({ colour, symbol }) {
  const made = Object.assign(document.createElement("canvas"), { className: "gp-swatch", width: 40, height: 40, ariaHidden: "true" });
  drawMarkers(made.getContext("2d"), [[20, 20]], { color: colour, symbol, size: 24, line: { color: "rgba(128,128,128,0.6)", width: 1.5 } });
  return made;
}

// ``0@0@0`` stands for the first number, and so on; a negative one is put in brackets.
function withNumbers(latex, values) {
  return latex.replace(/0@(\d+)@0/g, (_, index) => {
    const value = values[index];
    if (value === undefined) return "\\ldots";
    const text = (Number.isInteger(value) && Math.abs(value) < 1e5 ? whole(value) : format(value)).replace(/e\+?([−\d]+)/, " \\cdot 10^{$1}").replaceAll("−", "-").replace(/^(-?)(nan|inf)$/, "$1\\text{$2}");
    return text.startsWith("-") ? `{\\left(${text}\\right)}` : `{${text}}`;
  });
}

async function typeset(latex, place) {
  if (place.latex === latex) return;
  place.latex = latex;
  const { render } = await katex;
  // MathML, which browsers draw themselves: the styles that Streamlit brings are those of another KaTeX.
  if (place.latex === latex) render(latex, place, { output: "mathml", throwOnError: false });
}

const brief = (value) => String(Number(value.toPrecision(4))).replaceAll("-", "−");

const whole = (value) => (Number.isFinite(value) ? String(value) : format(value));

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
  await load(file);
  return window.Plotly;
}

function load(file) {
  const page = document.querySelector('script[src*="static/js/index."]');
  return import(new URL(file, page.src).href);
}
