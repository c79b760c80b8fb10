// A player of figures: plots, a cursor, transport controls, keys and pointer events.
// What it is given is described in playground/player, and how traces follow the cursor in playground/figures/cursor.py.
// 2D traces that follow are drawn on a canvas above their plot, in the plot's own coordinates, since Plotly's own redraw
// takes longer than a frame.

import { arrivalOf, decode, keepArrays, putIn, wake } from "./arrays.js";
import { Grid } from "./grid.js";
import { keepHistory } from "./history.js";
import { KeysHelp, isFree, press, pressHistory } from "./keys.js";
import { keepTexts, keptText } from "./kept.js";
import { element, loadPlotly, loadStyle, scrolledBy, tellPage } from "./page.js";
import { pressStepper } from "./stepper.js";
import { SEEK } from "./told.js";
import { Transport } from "./transport.js";

/** @type {WeakMap<Element, Player>} by parentElement: the default export runs again on every change */
const players = new WeakMap();
const LEAVE = "gp-leave";
const BACK = "gp-back"; // from connection.js: the connection to the server was lost, and is there again

keepHistory();

/** @param {Streamlit.Component} component */
export default function ({ data, parentElement, setStateValue }) {
  if ("shared" in data) return keepArrays(data.shared);
  if ("kept" in data) return keepTexts(data.kept);
  let player = players.get(parentElement);
  if (!player) {
    // A player of another version, which an upgrade left here, hands over what nobody has answered, and its cursor.
    const leave = new CustomEvent(LEAVE, { detail: { outbox: [], left: null } });
    parentElement.dispatchEvent(leave);
    player = new Player(parentElement, leave.detail);
    players.set(parentElement, player);
  }
  player.receive(data, setStateValue);
  // Streamlit calls this for a superseded run as well: only a root that left the page is torn down.
  return () => setTimeout(() => parentElement.isConnected || player.destroy());
}

const AHEAD = 80; // with fewer computed steps left than this, ask for more
const CHUNK = 100;
const AWAY = 2000; // milliseconds without a frame: the tab was hidden, or the machine slept
const FOLDER = new URL(".", import.meta.url).href;
const NOT_DRAWN = "This run could not be drawn: what is shown is the one before. Change a setting, or reload the page.";
const FAULT = "Something went wrong in the player: what is shown may be old. Change a setting, or reload the page.";

/**
 * The first step of the next part; the last step, if there is none.
 *
 * @param {Play.Numbers} parts
 * @param {number} step
 */
function nextPart(parts, step) {
  let next = step;
  while (next < parts.length - 1 && parts[next] === parts[step]) next += 1;
  return next;
}

export class Player {
  /**
   * @param {HTMLElement} parent
   * @param {Pick<Player, "outbox" | "left">} before
   */
  constructor(parent, before) {
    this.step = 0; // the cursor
    this.steps = 0; // the last step that is computed
    this.wanted = 0; // where the person put the cursor: a shorter run may not reach it
    this.asked = 0; // how many steps were asked for
    this.speed = 0;
    this.playing = false;
    this.live = false; // whether playing goes on beyond what is computed
    this.stepWhenMoreCome = false;
    this.fault = "";
    this.recalled = ""; // what was asked for last of what the tab has kept
    this.number = 0;
    /** @type {Wire.Entry[]} */
    this.outbox = before.outbox;
    /** @type {Wire.Run | null} the run that is shown */
    this.run = null;
    /** @type {Wire.Run | null} the one that waits to be applied */
    this.latest = null;
    /** @type {{subject: string, step: number} | null} where the cursor was when a look aside, or a new version, began */
    this.left = before.left;
    /** @type {Play.Columns} */
    this.columns = {};
    /** @type {{since: number, from: number, last: number} | null} when playing began, at which step, the last frame */
    this.clock = null;
    this.parent = parent;
    this.root = element("div", { className: "gp-player", tabIndex: 0, role: "group", ariaLabel: "Player" }, parent);
    this.root.dataset.testid = "player";
    this.root.onkeydown = (event) => press(event, this);
    this.keys = new KeysHelp(this.root);
    this.grid = new Grid(
      this.root,
      (act) => this.post(act),
      () => this.outbox,
      () => this.fit(),
    );
    this.transport = new Transport(this.root, {
      seek: (step) => this.seek(step),
      move: (by) => this.move(by),
      toEnd: () => this.toEnd(),
      leap: () => this.leap(1),
      playOrPause: () => this.playOrPause(),
      setSpeed: (speed) => this.setSpeed(speed),
      takeKeys: () => this.root.focus({ preventScroll: true }),
    });
    this.watching = new AbortController();
    this.resizer = new ResizeObserver(() => this.fit());
    this.watch();
  }

  watch() {
    const { signal } = this.watching;
    this.resizer.observe(this.parent);
    this.resizer.observe(this.grid.root);
    window.addEventListener(BACK, () => this.send(), { signal });
    window.addEventListener("resize", () => this.fit(), { signal });
    window.addEventListener("keydown", (event) => isFree(event.target) && press(event, this), { signal });
    window.addEventListener("keydown", (event) => pressHistory(event, this), { signal });
    window.addEventListener("click", (event) => pressStepper(event, this), { signal, capture: true });
    this.root.addEventListener(SEEK, (event) => this.seek(/** @type {CustomEvent<number>} */ (event).detail), {
      signal,
    });
    this.parent.addEventListener(LEAVE, (event) => this.leave(/** @type {CustomEvent} */ (event).detail), { signal });
    // A fault anywhere in the player's own files: the picture stays, and a sentence says that it may be old.
    window.addEventListener("error", ({ error }) => this.meet(error), { signal });
    window.addEventListener("unhandledrejection", ({ reason }) => this.meet(reason), { signal });
  }

  /** @param {unknown} error */
  meet(error) {
    if (!(error instanceof Error && error.stack?.includes(FOLDER))) return;
    this.pause();
    this.fault = FAULT;
    this.say();
  }

  // ---- What comes from Python: one message at a time is applied, and of those that wait the latest.

  /**
   * @param {Wire.Run} run
   * @param {Streamlit.Component["setStateValue"]} setStateValue
   */
  async receive(run, setStateValue) {
    const isHeir = !this.setStateValue && this.outbox.length > 0;
    this.setStateValue = setStateValue;
    if (isHeir) this.send();
    this.latest = run;
    this.answer(run.recall);
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
        this.fault = NOT_DRAWN;
        this.say();
      }
    }
    this.applying = false;
  }

  /**
   * Send back a text that the tab has kept, once.
   *
   * @param {string} name
   */
  answer(name) {
    const text = name && name !== this.recalled ? keptText(name) : null;
    this.recalled = name;
    if (text !== null) this.post({ kind: "recall", text });
  }

  /** @param {Wire.Run} run */
  async apply(run) {
    await Promise.all([loadStyle(), loadPlotly(run.plotly)]);
    // A message whose arrays a later one has replaced gives way to that one.
    const calledOff = () => Boolean(this.latest || this.destroyed);
    if (!(await arrivalOf(run.panels, calledOff)) || this.destroyed) return;
    if (this.endsBeforeCursor(run)) return;
    if (!this.run) this.take(run); // the bar's height comes first: it decides how much is left for the plots
    this.fit(false);
    putIn(run);
    this.root.dataset.projected = String(run.projected);
    tellPage("gpProjected", run.projected);
    this.grid.isProjected = run.projected;
    this.grid.place(run.panels);
    const turn = await this.grid.apply(run);
    if (this.destroyed) return;
    // Numbers, texts and paths turn to the new run in one go.
    turn();
    this.fault = "";
    this.take(run);
    if (this.stepWhenMoreCome && this.steps > this.step) {
      this.stepWhenMoreCome = false;
      this.wanted = this.step + 1;
    }
    this.show(Math.min(this.wanted, this.steps));
    if (this.playing && this.live && this.step >= this.steps && !run.canGoOn) this.pause();
  }

  /**
   * Whether it is the first part of a run that ends before the cursor: the whole, which follows at once, doesn't.
   *
   * @param {Wire.Run} run
   */
  endsBeforeCursor(run) {
    const isSameRace = this.run?.subject === run.subject;
    return isSameRace && run.planned > 0 && decode(run.columns.loss).length <= this.wanted;
  }

  /** @param {Wire.Run} run */
  take(run) {
    const before = this.run;
    this.run = run;
    this.outbox = this.outbox.filter((entry) => entry.number > run.acknowledged);
    this.columns = Object.fromEntries(Object.entries(run.columns).map(([name, packed]) => [name, decode(packed)]));
    this.steps = this.columns.loss.length - 1;
    this.asked = Math.max(this.steps, this.outbox.length ? this.asked : 0);
    this.transport.build(run.readouts, Math.max(this.steps, run.planned), run.leap);
    if (before?.subject !== run.subject) this.turnTo(run, before);
    if (before?.speed === run.speed) return;
    // Another kind of picture: it waits for Play, at a speed of its own.
    this.setSpeed(run.speed);
    if (this.playing) this.pause();
  }

  /**
   * Another race begins at its start; the one that a look aside led away from goes on where it was left.
   *
   * @param {Wire.Run} run
   * @param {Wire.Run | null} before
   */
  turnTo({ subject, aside }, before) {
    if (aside && before && !before.aside) {
      this.left = { subject: before.subject, step: this.wanted };
      this.post({ kind: "look", step: this.wanted });
    }
    this.wanted = !aside && this.left?.subject === subject ? this.left.step : 0;
    if (!aside) this.left = null;
    this.clock = null;
  }

  /** @param {Play.Act} act */
  post(act) {
    // Numbered by the clock, so that a player mounted anew goes on counting up.
    this.number = Math.max(Date.now(), this.number + 1);
    this.outbox.push({ ...act, number: this.number });
    this.send();
  }

  /** Again after the connection was lost: an outbox may have reached nobody, and a new server mustn't read an old one. */
  send() {
    this.setStateValue?.("outbox", [...this.outbox]);
  }

  /** @param {number} count */
  askForMore(count) {
    if (!this.run?.canGoOn || this.asked > this.steps) return;
    this.asked = this.steps + count;
    this.post({ kind: "more", steps: this.asked });
  }

  // ---- The cursor.

  /** @param {number} step */
  seek(step) {
    this.wanted = Math.max(0, Math.min(step, this.steps));
    this.clock = null;
    this.show(this.wanted);
  }

  /** @param {number} by */
  move(by) {
    if (by < 0 || this.step < this.steps) return this.seek(this.step + by);
    this.stepWhenMoreCome = Boolean(this.run?.canGoOn);
    this.askForMore(CHUNK);
  }

  /**
   * To where the next of the parts begins that the run has, or the one before: an epoch of a loop has many lines.
   *
   * @param {1 | -1} by
   */
  leap(by) {
    const parts = this.columns[this.run?.leap ?? ""];
    if (!parts) return;
    const first = parts.indexOf(parts[this.step]);
    if (by > 0) return this.seek(nextPart(parts, this.step));
    this.seek(first < this.step ? first : parts.indexOf(parts[Math.max(0, first - 1)]));
  }

  toEnd() {
    this.seek(this.steps);
  }

  playOrPause() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    const isAtEnd = this.step >= this.steps;
    // From the end the run goes on, live: torch computes ahead of the cursor. One that can't starts over.
    this.live = Boolean(isAtEnd && this.run?.canGoOn);
    if (isAtEnd && !this.live) this.seek(0);
    this.playing = true;
    this.clock = null;
    this.showPlaying();
    this.request = requestAnimationFrame((now) => this.frame(now));
  }

  pause() {
    if (this.request) cancelAnimationFrame(this.request); // or Play within the same frame would start a second loop
    this.playing = this.live = false;
    this.showPlaying();
  }

  /** @param {number} speed in steps a second */
  setSpeed(speed) {
    this.speed = speed;
    this.transport.speed.value = String(speed);
    this.clock = null;
  }

  /** @param {number} now */
  frame(now) {
    if (!this.playing) return;
    if (this.clock && now - this.clock.last > AWAY) this.clock = null; // nobody has seen what would have been shown
    this.clock ??= { since: now, from: this.step, last: now };
    this.clock.last = now;
    // To the nearest: at 60 steps a second a frame that comes a little early would show no step, and the next one two.
    const due = Math.round(this.clock.from + ((now - this.clock.since) * this.speed) / 1000);
    const next = Math.min(due, this.steps);
    if (due > this.steps) this.clock = { since: now, from: next, last: now }; // what was waited for isn't made up
    if (next !== this.step) {
      this.wanted = next;
      this.show(next);
    }
    if (this.live && this.steps - this.step < Math.max(AHEAD, this.speed)) this.askForMore(Math.max(CHUNK, this.speed));
    if (this.step >= this.steps && !this.isGoingOn()) return this.pause();
    this.request = requestAnimationFrame((time) => this.frame(time));
  }

  /** Whether more steps than there are follow: at once, or because Play asks torch for them. */
  isGoingOn() {
    return this.run !== null && (this.run.planned > this.steps || (this.live && this.run.canGoOn));
  }

  /** @param {number} step */
  show(step) {
    this.step = step;
    const { dataset } = this.root;
    dataset.step = String(step);
    dataset.steps = String(this.steps);
    dataset.loss = String(this.columns.loss[step]);
    this.transport.show(step, this.columns);
    this.say();
    for (const view of this.grid.views.values()) view.show(step, this.columns);
    this.showPlaying();
  }

  /** What is most urgent: a fault, what there is to say of this step, or of the run. */
  say() {
    const { notes = [], status = "", alarming = false } = this.run ?? {};
    const note = notes.findLast(([first]) => first <= this.step)?.[1];
    if (this.fault) this.transport.say(this.fault, true);
    else if (note) this.transport.say(note, false);
    else this.transport.say(status, alarming);
  }

  showPlaying() {
    this.root.dataset.playing = String(this.playing);
    const isAtEnd = this.step >= this.steps && this.steps > 0;
    const again = this.run?.canGoOn ? "Play on: compute more steps" : "Play again";
    this.transport.showPlaying(this.playing, isAtEnd ? again : "Play");
  }

  // ---- The room on the screen: from where the player begins to the window's lower edge, see player.css.

  fit(redraw = true) {
    const top = this.root.getBoundingClientRect().top + scrolledBy(this.root);
    this.root.style.setProperty("--gp-top", `${Math.ceil(top)}px`);
    this.grid.fit();
    if (redraw) for (const view of this.grid.views.values()) view.resize();
  }

  /** To a player of another version. @param {Pick<Player, "outbox" | "left">} heir */
  leave(heir) {
    heir.outbox = this.outbox;
    heir.left = this.run && { subject: this.run.subject, step: this.wanted };
    this.destroy();
  }

  destroy() {
    this.destroyed = true;
    if (players.get(this.parent) === this) players.delete(this.parent);
    wake();
    this.pause();
    this.resizer.disconnect();
    this.watching.abort();
    this.grid.destroy();
    this.root.remove();
  }
}
