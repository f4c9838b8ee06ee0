// The box around the part of the query picture that counts: by pointer, touch and arrow keys.
//
// It is what the number fields of the composer say, in per cent, and writes them; so a form without script does the
// same. Here a box is {x, y, width, height} in thousandths of the picture's sides, as the address has it.

const WHOLE = 1000;
const LEAST = 20;
const STEP = 10;
const REST = 250;  // ms after which a box that is still being moved is searched with
const CORNERS = { nw: "Top left", ne: "Top right", sw: "Bottom left", se: "Bottom right" };
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const $ = (selector) => document.querySelector(selector);
const field = (side) => $(`[name=crop_${side}]`);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const said = (box) => ["x", "y", "width", "height"].map((side) => box[side] / 10);

let box;  // as it is drawn
let asked;  // as it was searched with last
let before;  // as it was when this picture was touched, or came into focus
let pushed;  // whether the entry of history before this gesture is left behind
let timer;

const same = (a, b) => String(said(a)) === String(said(b));
const isWhole = ({ width, height }) => width === WHOLE && height === WHOLE;

function read() {
  const [x, y, width, height] = ["x", "y", "width", "height"].map((side) => Math.round(Number(field(side).value) * 10));
  const [left, top] = [clamp(x, 0, WHOLE - LEAST), clamp(y, 0, WHOLE - LEAST)];
  return { x: left, y: top, width: clamp(width, LEAST, WHOLE - left), height: clamp(height, LEAST, WHOLE - top) };
}

/** The box with these edges, in whichever order they come. */
function between(left, top, right, bottom) {
  const [x, y] = [clamp(Math.min(left, right), 0, WHOLE - LEAST), clamp(Math.min(top, bottom), 0, WHOLE - LEAST)];
  const width = clamp(Math.abs(right - left), LEAST, WHOLE - x);
  return { x, y, width, height: clamp(Math.abs(bottom - top), LEAST, WHOLE - y) };
}

const moved = (from, dx, dy) => ({
  ...from,
  x: clamp(from.x + dx, 0, WHOLE - from.width),
  y: clamp(from.y + dy, 0, WHOLE - from.height),
});

/** One corner moves, and stops at the opposite ones. */
function stretched(from, corner, dx, dy) {
  let [left, top, right, bottom] = [from.x, from.y, from.x + from.width, from.y + from.height];
  if (corner.includes("w")) left = clamp(left + dx, 0, right - LEAST);
  else right = clamp(right + dx, left + LEAST, WHOLE);
  if (corner.includes("n")) top = clamp(top + dy, 0, bottom - LEAST);
  else bottom = clamp(bottom + dy, top + LEAST, WHOLE);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function draw(next) {
  box = next;
  const [x, y, width, height] = said(box);
  $(".cropper").style.setProperty("--box", `${y}% ${100 - x - width}% ${100 - y - height}% ${x}%`);
  $(".cropper .box").ariaLabel = `Part used for the search: ${width} % wide, ${height} % high, ${x} % from the left, ${y} % from the top`;
  for (const handle of document.querySelectorAll(".cropper [data-corner]")) {
    const { corner } = handle.dataset;
    const [left, top] = [corner.includes("w") ? x : x + width, corner.includes("n") ? y : y + height];
    handle.ariaLabel = `${CORNERS[corner]} corner: ${Math.round(left)} % from the left, ${Math.round(top)} % from the top`;
  }
}

/** Write the fields, and search where that says something new. */
function search() {
  clearTimeout(timer);
  for (const [at, side] of ["x", "y", "width", "height"].entries()) field(side).value = said(box)[at];
  if (same(box, asked)) return;
  if (!pushed) history.pushState(null, "", location.href);  // the answer gives the new entry its address
  pushed = true;
  asked = box;
  htmx.trigger("#crop", "crop");
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(search, REST);
}

function begin() {
  before = box;
  pushed = false;
}

// --- pointer and touch

function drag(event) {
  const picture = event.target.closest(".cropper");
  if (!picture || event.button || !event.isPrimary) return;
  event.preventDefault();  // no ghost of the picture, no selection
  const frame = picture.getBoundingClientRect();
  const at = ({ clientX, clientY }) => [
    Math.round((WHOLE * (clientX - frame.left)) / frame.width),
    Math.round((WHOLE * (clientY - frame.top)) / frame.height),
  ];
  const [startX, startY] = at(event);
  const from = box;
  const corner = event.target.dataset.corner;
  const moves = event.target.closest(".box") && !isWhole(box);
  begin();
  (event.target.closest("[data-corner]") ?? $(".cropper .box")).focus({ preventScroll: true });

  const follow = (now) => {
    const [x, y] = at(now).map((value) => clamp(value, 0, WHOLE));
    const [dx, dy] = [x - startX, y - startY];
    if (!corner && !moves && Math.hypot(dx, dy) < LEAST) return;  // a click draws nothing
    draw(corner ? stretched(from, corner, dx, dy) : moves ? moved(from, dx, dy) : between(startX, startY, x, y));
    if ("live" in $("#crop").dataset) soon();  // a model far away is asked once, on release
  };
  const end = () => {
    for (const [type, listener] of listeners) document.removeEventListener(type, listener);
    search();
  };
  const cancel = () => {
    draw(from);
    end();
  };
  const listeners = [["pointermove", follow], ["pointerup", end], ["pointercancel", cancel], ["gallery:undo", cancel]];
  for (const [type, listener] of listeners) document.addEventListener(type, listener);
}

// --- keys: arrows move what has the focus, Shift and arrows resize the box, Esc takes it back

function press(event) {
  if (!event.target.closest?.(".cropper") || event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  if (arrow) {
    const [dx, dy] = arrow.map((way) => way * STEP);
    const corner = event.target.dataset.corner ?? (event.shiftKey && "se");
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

function dress() {
  const target = $(".cropper .box");
  if (!target || target.children.length) return;
  target.tabIndex = 0;
  target.role = "application";
  target.setAttribute("aria-roledescription", "crop box");
  target.setAttribute("aria-keyshortcuts", "ArrowLeft ArrowRight ArrowUp ArrowDown Shift+ArrowRight Escape");
  target.title = "Arrow keys move it, Shift and arrows resize it, Esc takes it back";
  target.innerHTML = Object.keys(CORNERS).map((corner) => `<button type="button" data-corner="${corner}"></button>`).join("");
  draw(read());
  asked = box;
  begin();
}

dress();
document.addEventListener("gallery:page", dress);
document.addEventListener("pointerdown", drag);
document.addEventListener("keydown", press, true);  // before the page's own keys
document.addEventListener("focusin", ({ target, relatedTarget }) => {
  if (target.closest?.(".cropper") && !relatedTarget?.closest?.(".cropper")) begin();
});
document.addEventListener("focusout", ({ target }) => target.closest?.(".cropper") && target.isConnected && search());
document.addEventListener("change", ({ target }) => {
  if (!target.name?.startsWith("crop_")) return;
  begin();
  draw(read());
  search();
});
