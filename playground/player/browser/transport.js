// The bar: buttons, slider, speed, readouts, and what is said of the run.

import { format } from "./numbers.js";
import { element, label, tellPage } from "./page.js";
import { fill } from "./texts.js";

const AT_REST = 600; // milliseconds without another step

const SPEEDS = {
  1: "1 step/s",
  2: "2 steps/s",
  5: "5 steps/s",
  10: "10 steps/s",
  20: "20 steps/s",
  60: "60 steps/s",
  600: "fast",
};

/**
 * What the bar asks for.
 *
 * @typedef {object} Acts
 * @property {(step: number) => void} seek
 * @property {(by: number) => void} move
 * @property {() => void} toEnd
 * @property {() => void} leap
 * @property {() => void} playOrPause
 * @property {(speed: number) => void} setSpeed
 * @property {() => void} takeKeys
 */

export class Transport {
  /**
   * @param {Element} parent
   * @param {Acts} acts
   */
  constructor(parent, acts) {
    const bar = element("div", { className: "gp-bar" }, parent);
    /** @type {HTMLElement} */
    this.row = element("div", { className: "gp-transport" }, bar);
    this.acts = acts;
    // Where the page's controls don't fit beside the pictures they are folded away, see page.css.
    this.controls = element("button", { type: "button", className: "gp-controls" }, this.row);
    this.unfold(false);
    this.controls.onclick = () => this.unfold(this.controls.ariaExpanded !== "true");
    label(this.controls, "Controls");
    this.addButton("To start", () => acts.seek(0));
    this.addButton("Step back", () => acts.move(-1));
    this.play = this.addButton("Play", acts.playOrPause);
    this.play.classList.add("gp-play");
    this.addButton("Step forward", () => acts.move(1));
    // Many steps at once, where they belong together: it is named after what comes next.
    this.leap = element("button", { type: "button", className: "gp-leap", hidden: true }, this.row);
    this.leap.onclick = (event) => this.press(event, acts.leap);
    this.addButton("To end", acts.toEnd);
    this.slider = element("input", { type: "range", min: "0", value: "0", ariaLabel: "Step" }, this.row);
    this.slider.oninput = () => acts.seek(Number(this.slider.value));
    this.speed = element("select", { ariaLabel: "Speed" }, this.row);
    for (const [value, textContent] of Object.entries(SPEEDS)) element("option", { value, textContent }, this.speed);
    this.speed.onchange = () => acts.setSpeed(Number(this.speed.value));
    this.count = element("span", { className: "gp-step" }, this.row);
    this.readouts = element("div", { className: "gp-readouts" }, bar);
    this.status = element("div", { className: "gp-status", role: "status" }, bar);
    // Where the cursor came to rest is told once: the numbers themselves change too often to be read aloud.
    this.spoken = element("div", { className: "gp-unseen", ariaLive: "polite" }, bar);
    /** @type {number | undefined} */
    this.speaking = undefined;
    /** @type {Play.Update[]} */
    this.updates = [];
    this.last = 0;
  }

  /**
   * @param {import("./page.js").Icon} name
   * @param {() => void} act
   * @returns {HTMLButtonElement}
   */
  addButton(name, act) {
    const made = element("button", { type: "button" }, this.row);
    made.onclick = (event) => this.press(event, act);
    label(made, name);
    return made;
  }

  /**
   * @param {MouseEvent} event
   * @param {() => void} act
   */
  press(event, act) {
    act();
    if (event.detail) this.acts.takeKeys(); // after a click the keys are the player's
  }

  /** @param {boolean} open */
  unfold(open) {
    this.controls.ariaExpanded = String(open);
    tellPage("gpControls", open);
  }

  /**
   * @param {Wire.Line[]} readouts
   * @param {number} last step that there will be
   * @param {string} leap what comes next after many steps, or nothing
   */
  build(readouts, last, leap) {
    this.last = last;
    this.leap.hidden = !leap;
    this.leap.textContent = `Next ${leap}`;
    this.slider.max = String(last);
    this.readouts.textContent = "";
    this.updates = readouts.flatMap((line) => fill(element("div", {}, this.readouts), line));
  }

  /**
   * @param {number} step
   * @param {Play.Columns} columns
   */
  show(step, columns) {
    this.slider.value = String(step);
    this.slider.setAttribute("aria-valuetext", `step ${step} of ${this.last}`);
    this.count.textContent = `step ${String(step).padStart(String(this.last).length, "\u2007")} / ${this.last}`;
    for (const update of this.updates) update(columns, step);
    clearTimeout(this.speaking);
    this.speaking = window.setTimeout(() => {
      this.spoken.textContent = `step ${step} of ${this.last}, loss ${format(columns.loss[step])}`;
    }, AT_REST);
  }

  /**
   * @param {boolean} playing
   * @param {string} hint what Play would do
   */
  showPlaying(playing, hint) {
    const name = playing ? "Pause" : "Play";
    this.status.ariaLive = playing ? "off" : "polite";
    if (this.play.ariaLabel !== name) label(this.play, name);
    if (!playing) this.play.title = hint;
  }

  /**
   * @param {string} sentence
   * @param {boolean} alarming
   */
  say(sentence, alarming) {
    if (this.status.textContent !== sentence) this.status.textContent = sentence; // or it would be read aloud again
    this.status.dataset.alarming = String(alarming);
  }
}
