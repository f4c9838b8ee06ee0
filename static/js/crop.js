// The box around the part of the query picture that counts: by pointer, touch and arrow keys.
//
// It is what the number fields of the composer say, in per cent, and writes them; so a form without script does the
// same. Here a box is {x, y, width, height} in thousandths of the picture's sides, as the address has it.

import { $, $$, closest, find, input } from "./dom.js";

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */

const WHOLE = 1000;
const MIN_SIDE = 20;
const STEP = 10;
const PAUSE = 250; // ms after which a box that is still being moved is searched with
/** @type {Record<string, string>} */
const CORNERS = { nw: "Top left", ne: "Top right", sw: "Bottom left", se: "Bottom right" };
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @type {(keyof Box)[]} */
const SIDES = ["x", "y", "width", "height"];

/** @param {string} side */
const field = (side) => input(`[name=crop_${side}]`);

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** @param {Box} box */
const percents = (box) => SIDES.map((side) => box[side] / 10);

/** @type {Box} as it is drawn */
let box;
/** @type {Box} as it was searched with last */
let searched;
/** @type {Box} as it was when this picture was touched, or came into focus */
let before;
/** Whether the entry of history before this gesture is left behind. */
let pushed = false;
/** @type {number | undefined} */
let timer;

/**
 * @param {Box} a
 * @param {Box} b
 */
const same = (a, b) => String(percents(a)) === String(percents(b));

/** @param {Box} box */
const isWhole = ({ width, height }) => width === WHOLE && height === WHOLE;

/** @returns {Box} */
function read() {
  const [x, y, width, height] = SIDES.map((side) => Math.round(Number(field(side).value) * 10));
  const [left, top] = [clamp(x, 0, WHOLE - MIN_SIDE), clamp(y, 0, WHOLE - MIN_SIDE)];
  return { x: left, y: top, width: clamp(width, MIN_SIDE, WHOLE - left), height: clamp(height, MIN_SIDE, WHOLE - top) };
}

/**
 * The box with these edges, in whichever order they come.
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 * @returns {Box}
 */
function between(left, top, right, bottom) {
  const [x, y] = [clamp(Math.min(left, right), 0, WHOLE - MIN_SIDE), clamp(Math.min(top, bottom), 0, WHOLE - MIN_SIDE)];
  const width = clamp(Math.abs(right - left), MIN_SIDE, WHOLE - x);
  return { x, y, width, height: clamp(Math.abs(bottom - top), MIN_SIDE, WHOLE - y) };
}

/**
 * @param {Box} from
 * @param {number} dx
 * @param {number} dy
 * @returns {Box}
 */
const moved = (from, dx, dy) => ({
  ...from,
  x: clamp(from.x + dx, 0, WHOLE - from.width),
  y: clamp(from.y + dy, 0, WHOLE - from.height),
});

/**
 * One corner moves, and stops at the opposite ones.
 * @param {Box} from
 * @param {string} corner
 * @param {number} dx
 * @param {number} dy
 * @returns {Box}
 */
function stretched(from, corner, dx, dy) {
  let [left, top, right, bottom] = [from.x, from.y, from.x + from.width, from.y + from.height];
  if (corner.includes("w")) left = clamp(left + dx, 0, right - MIN_SIDE);
  else right = clamp(right + dx, left + MIN_SIDE, WHOLE);
  if (corner.includes("n")) top = clamp(top + dy, 0, bottom - MIN_SIDE);
  else bottom = clamp(bottom + dy, top + MIN_SIDE, WHOLE);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** @param {Box} next */
function draw(next) {
  box = next;
  const [x, y, width, height] = percents(box);
  $(".cropper").style.setProperty("--box", `${y}% ${100 - x - width}% ${100 - y - height}% ${x}%`);
  const place = `${x} % from the left, ${y} % from the top`;
  $(".cropper .box").ariaLabel = `Part used for the search: ${width} % wide, ${height} % high, ${place}`;
  for (const handle of $$(".cropper [data-corner]")) {
    const { corner = "" } = handle.dataset;
    const [left, top] = [corner.includes("w") ? x : x + width, corner.includes("n") ? y : y + height];
    const at = `${Math.round(left)} % from the left, ${Math.round(top)} % from the top`;
    handle.ariaLabel = `${CORNERS[corner]} corner: ${at}`;
  }
}

/** Write the fields, and search where that says something new. */
function search() {
  clearTimeout(timer);
  for (const [at, side] of SIDES.entries()) field(side).value = String(percents(box)[at]);
  if (same(box, searched)) return;
  if (!pushed) history.pushState(null, "", location.href); // the answer gives the new entry its address
  pushed = true;
  searched = box;
  htmx.trigger("#crop", "crop");
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(search, PAUSE);
}

function begin() {
  before = box;
  pushed = false;
}

// --- pointer and touch

/** @param {PointerEvent} event */
function drag(event) {
  const picture = closest(event.target, ".cropper");
  if (!picture || event.button || !event.isPrimary) return;
  event.preventDefault(); // no ghost of the picture, no selection
  const frame = picture.getBoundingClientRect();
  /** @param {PointerEvent} event */
  const at = ({ clientX, clientY }) => [
    Math.round((WHOLE * (clientX - frame.left)) / frame.width),
    Math.round((WHOLE * (clientY - frame.top)) / frame.height),
  ];
  const [startX, startY] = at(event);
  const from = box;
  const handle = closest(event.target, "[data-corner]");
  const corner = handle?.dataset.corner;
  const moves = closest(event.target, ".box") && !isWhole(box);
  begin();
  (handle ?? $(".cropper .box")).focus({ preventScroll: true });

  /** @param {PointerEvent} now */
  const follow = (now) => {
    const [x, y] = at(now).map((value) => clamp(value, 0, WHOLE));
    const [dx, dy] = [x - startX, y - startY];
    if (!corner && !moves && Math.hypot(dx, dy) < MIN_SIDE) return; // a click draws nothing
    if (corner) draw(stretched(from, corner, dx, dy));
    else draw(moves ? moved(from, dx, dy) : between(startX, startY, x, y));
    if ("live" in $("#crop").dataset) soon(); // a model far away is asked once, on release
  };
  const ended = new AbortController();
  const end = () => {
    ended.abort();
    search();
  };
  const cancel = () => {
    draw(from);
    end();
  };
  const { signal } = ended;
  document.addEventListener("pointermove", follow, { signal });
  document.addEventListener("pointerup", end, { signal });
  document.addEventListener("pointercancel", cancel, { signal });
  document.addEventListener("gallery:undo", cancel, { signal });
}

// --- keys: arrows move what has the focus, Shift and arrows resize the box, Esc takes it back

/** @param {KeyboardEvent} event */
function press(event) {
  if (!closest(event.target, ".cropper") || event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  if (arrow) {
    const [dx, dy] = arrow.map((way) => way * STEP);
    const { corner = event.shiftKey && "se" } = /** @type {HTMLElement} */ (event.target).dataset;
    draw(corner ? stretched(box, corner, dx, dy) : moved(box, dx, dy));
    soon();
  } else if (event.key === "Escape" && !same(box, before)) {
    document.dispatchEvent(new Event("gallery:undo"));
    draw(before);
    search();
  } else {
    return;
  }
  event.preventDefault();
}

/** What is there only with this script: the handles, the roles, the keys. */
function setUp() {
  const target = find(".cropper .box");
  if (!target || target.children.length) return;
  target.tabIndex = 0;
  target.role = "application";
  target.setAttribute("aria-roledescription", "crop box");
  target.setAttribute("aria-keyshortcuts", "ArrowLeft ArrowRight ArrowUp ArrowDown Shift+ArrowRight Escape");
  target.title = "Arrow keys move it, Shift and arrows resize it, Esc takes it back";
  const handles = Object.keys(CORNERS).map((corner) => `<button type="button" data-corner="${corner}"></button>`);
  target.innerHTML = handles.join("");
  draw(read());
  searched = box;
  begin();
}

setUp();
document.addEventListener("gallery:page", setUp);
document.addEventListener("pointerdown", drag);
document.addEventListener("keydown", press, true); // before the page's own keys
document.addEventListener("focusin", ({ target, relatedTarget }) => {
  if (closest(target, ".cropper") && !closest(relatedTarget, ".cropper")) begin();
});
document.addEventListener("focusout", ({ target }) => closest(target, ".cropper")?.isConnected && search());
document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement && target.name.startsWith("crop_"))) return;
  begin();
  draw(read());
  search();
});
