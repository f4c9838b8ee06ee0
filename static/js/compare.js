// Two pictures: side by side, laid over each other with a slider between them, or one after the other.

import { $, $$, input } from "./dom.js";

const MILLISECONDS = 500; // one flash a second, well below the three that may hurt

const pair = $(".pair-of");
const range = input("#compare-at");
const buttons = $$("[data-show]");
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** @type {number | undefined} */
let timer;

function turn() {
  pair.dataset.shown = pair.dataset.shown === "A" ? "B" : "A";
}

const stop = () => clearInterval(timer);

function blink() {
  stop();
  const blinks = pair.dataset.view === "blink" && !still.matches && document.hasFocus();
  if (blinks) timer = setInterval(turn, MILLISECONDS);
}

/**
 * Where motion is unwelcome, blinking is done by hand: each press shows the other one.
 * @param {string | undefined} view
 */
function show(view) {
  const again = pair.dataset.view === view;
  if (view === "blink" && again && still.matches) return turn();
  const next = view === "blink" && again ? "beside" : view;
  pair.dataset.view = next;
  pair.dataset.shown = "A";
  $(".slider").hidden = next !== "over";
  for (const button of buttons) button.ariaPressed = String(button.dataset.show === next);
  blink();
}

const slide = () => pair.style.setProperty("--at", `${range.value}%`);

/** @param {PointerEvent} event */
function drag(event) {
  if (pair.dataset.view !== "over" || (event.type === "pointermove" && !event.buttons)) return;
  const box = pair.getBoundingClientRect();
  range.value = String(Math.round((100 * (event.clientX - box.left)) / box.width));
  slide();
}

for (const button of buttons) button.addEventListener("click", () => show(button.dataset.show));
range.addEventListener("input", slide);
pair.addEventListener("pointerdown", drag);
pair.addEventListener("pointermove", drag);
pair.addEventListener("dragstart", (event) => pair.dataset.view !== "beside" && event.preventDefault());
addEventListener("blur", stop);
addEventListener("focus", blink);
still.addEventListener("change", blink);
slide();
