// A player of figures: plots, a cursor, transport controls, keys and pointer events.
// What it is given is described in __init__.py beside it, and how traces follow the cursor in
// playground/figures/cursor.py. 2D traces that follow are drawn on a canvas above their plot, in the
// plot's own coordinates, since Plotly's own redraw takes longer than a frame.

import { Board } from "./board.js";
import { arrivalOf, decode, keepArrays, wake } from "./figure.js";
import { element, label, loadPlotly, loadStyle } from "./page.js";
import { Plot } from "./plot.js";
import { fill } from "./texts.js";

const LEAVE = "gp-leave";
const players = new WeakMap(); // by parentElement: the default export runs again on every change

export default function ({ data, parentElement, setStateValue }) {
  if (data.shared) return keepArrays(data.shared);
  if (!players.has(parentElement)) {
    parentElement.dispatchEvent(new Event(LEAVE)); // a player of another version, which an upgrade left here
    players.set(parentElement, new Player(parentElement));
  }
  const player = players.get(parentElement);
  player.receive(data, setStateValue);
  // Streamlit calls this for a superseded run as well: only a root that left the page is torn down.
  return () => setTimeout(() => parentElement.isConnected || player.destroy());
}

const SPEEDS = { 1: "1 step/s", 2: "2 steps/s", 5: "5 steps/s", 10: "10 steps/s", 20: "20 steps/s", 60: "60 steps/s", 600: "fast" };
const AHEAD = 80; // with fewer computed steps left than this, ask for more
const CHUNK = 100;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

class Player {
  constructor(parent) {
    this.step = 0; // the cursor
    this.steps = 0; // the last step that is computed
    this.wanted = 0; // where the person put the cursor: a shorter run may not reach it
    this.asked = 0; // how many steps were asked for
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
    parent.addEventListener(LEAVE, () => this.destroy(), { once: true });
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
    this.speedChoice = element("select", { ariaLabel: "Speed" }, transport);
    for (const [value, text] of Object.entries(SPEEDS)) element("option", { value, textContent: text }, this.speedChoice);
    this.speedChoice.onchange = () => this.setSpeed(Number(this.speedChoice.value));
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
    wake();
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
    await Promise.all([loadStyle("player.css"), loadPlotly(data.plotly)]);
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
    const keys = ["space plays and pauses", "← and → step", "Home and End jump"];
    if (data.panels.some((panel) => panel.draggable)) keys.push("Shift and an arrow move the point");
    if (data.panels.some((panel) => panel.zoomable)) keys.push("+ and − zoom", "Shift and an arrow move the picture", "0 shows all of it");
    this.root.title = `Keys: ${keys.join(", ")}`;
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
    if (this.usualSpeed === data.speed) return;
    // Another kind of picture: it waits for Play, at a speed of its own.
    this.usualSpeed = data.speed;
    this.setSpeed(data.speed);
    if (this.playing) this.pause();
  }

  post(event) {
    // Numbered by the clock, so that a player mounted anew goes on counting up.
    this.number = Math.max(Date.now(), (this.number ?? 0) + 1);
    this.outbox.push({ ...event, number: this.number });
    this.setStateValue("outbox", this.outbox);
  }

  setSpeed(speed) {
    this.speed = speed;
    this.speedChoice.value = speed;
    this.clock = null;
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
    const [moved, zoomed] = ["draggable", "zoomable"].map((trait) => [...this.views.values()].find((view) => view.panel?.[trait] && view.root.offsetParent));
    if (event.shiftKey && ARROWS[event.key] && (moved || zoomed)) {
      const [x, y] = ARROWS[event.key];
      event.preventDefault();
      return moved ? this.post({ kind: "nudge", panel: moved.panel.name, x, y }) : zoomed.look(1, 0.1 * x, 0.1 * y);
    }
    const large = this.panels.querySelector(".gp-large .gp-grow");
    const act = {
      ...(large && { Escape: () => large.click() }),
      ...(zoomed && { "+": () => zoomed.look(0.8), "-": () => zoomed.look(1.25), 0: () => zoomed.lookAtAll() }),
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
    wake();
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
