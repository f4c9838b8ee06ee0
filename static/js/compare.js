// Two pictures: side by side, laid over each other with a slider between them, or one after the other.

const PACE = 500;  // one flash a second, well below the three that may hurt

const $ = (selector) => document.querySelector(selector);
const pair = $(".pair-of");
const range = $("#compare-at");
const buttons = [...document.querySelectorAll("[data-show]")];
const still = matchMedia("(prefers-reduced-motion: reduce)");

let timer;

const turn = () => (pair.dataset.shown = pair.dataset.shown === "A" ? "B" : "A");
const rest = () => clearInterval(timer);

function blink() {
  rest();
  if (pair.dataset.view === "blink" && !still.matches && document.hasFocus()) timer = setInterval(turn, PACE);
}

/** Where motion is unwelcome, blinking is done by hand: each press shows the other one. */
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

function drag(event) {
  if (pair.dataset.view !== "over" || (event.type === "pointermove" && !event.buttons)) return;
  const box = pair.getBoundingClientRect();
  range.value = Math.round((100 * (event.clientX - box.left)) / box.width);
  slide();
}

for (const button of buttons) button.addEventListener("click", () => show(button.dataset.show));
range.addEventListener("input", slide);
pair.addEventListener("pointerdown", drag);
pair.addEventListener("pointermove", drag);
pair.addEventListener("dragstart", (event) => pair.dataset.view !== "beside" && event.preventDefault());
addEventListener("blur", rest);
addEventListener("focus", blink);
still.addEventListener("change", blink);
slide();
