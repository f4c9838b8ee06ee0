// Suggestions while somebody types into an input[data-suggest]: the entries of #suggestions, by pointer and keyboard.

import { $, $$, closest, find, input, make } from "./dom.js";

const DELAY = 150;

const popup = () => $("#suggestions");
const entries = () => $$("[role=option]", popup());
const chosen = () => find("[aria-selected=true]", popup());
const isOpen = () => Boolean(popup()) && !popup().hidden;

/** @type {number | undefined} */
let timer;
/** @type {AbortController | undefined} */
let current;

/**
 * The field that an event is about, where it has suggestions.
 * @param {EventTarget | null} target
 */
const fieldOf = (target) =>
  target instanceof HTMLInputElement && target.matches("[data-suggest]") ? target : undefined;

/**
 * The roles of a combobox are written here, since without this script the field is a plain one.
 * @param {HTMLInputElement} field
 */
function setRoles(field) {
  field.role = "combobox";
  field.ariaAutoComplete = "list";
  field.ariaExpanded = "false";
  field.setAttribute("aria-controls", "suggestions");
}

// There before it says anything, so that screen readers announce it.
const announcement = make("p", { className: "vh", role: "status" });
document.body.append(announcement);

/** @param {HTMLInputElement} field */
function close(field) {
  clearTimeout(timer);
  current?.abort();
  popup().hidden = true;
  field.ariaExpanded = "false";
  field.removeAttribute("aria-activedescendant");
}

/**
 * @param {HTMLInputElement} field
 * @param {string} html
 */
function show(field, html) {
  const layer = popup();
  layer.innerHTML = html;
  const count = entries().length;
  const notes = $$(".doubt", layer).map((line) => (line.textContent ?? "").trim());
  if (!count && !notes.length) return close(field);
  layer.hidden = false;
  field.ariaExpanded = String(count > 0);
  field.removeAttribute("aria-activedescendant");
  if (count) field.setAttribute("aria-controls", "suggestion-list");
  const counted = count && `${count} suggestion${count === 1 ? "" : "s"}.`;
  announcement.textContent = [counted, ...notes].filter(Boolean).join(" ");
}

/** @param {HTMLInputElement} field */
async function ask(field) {
  current?.abort();
  const own = new AbortController();
  current = own;
  const address = `${field.dataset.suggest}?${new URLSearchParams({ q: field.value })}`;
  try {
    const answer = await fetch(address, { signal: own.signal });
    const html = answer.ok && !answer.redirected ? await answer.text() : ""; // redirected: to the login
    if (own === current && document.activeElement === field) show(field, html);
  } catch {
    // Missing suggestions are no error: the search itself says what is wrong.
    if (!own.signal.aborted) close(field);
  }
}

/**
 * @param {HTMLInputElement} field
 * @param {HTMLElement} entry
 */
function pick(field, entry) {
  close(field);
  field.value = entry.dataset.value ?? "";
  field.form?.requestSubmit();
}

/**
 * Mark the entry so many steps away; the field itself counts as one entry, between the last and the first.
 * @param {HTMLInputElement} field
 * @param {number} step
 */
function move(field, step) {
  const all = entries();
  const mark = chosen();
  const size = all.length + 1;
  const at = ((mark ? all.indexOf(mark) + 1 : 0) + step + size) % size;
  for (const [number, entry] of all.entries()) entry.ariaSelected = String(number === at - 1);
  if (!at) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", all[at - 1].id);
  all[at - 1].scrollIntoView({ block: "nearest" });
}

/**
 * What a key does; false where it is left to the field.
 * @param {string} key
 * @param {HTMLInputElement} field
 */
function press(key, field) {
  const mark = isOpen() && chosen();
  if (key === "ArrowDown" && !isOpen()) ask(field);
  else if (!isOpen()) return false;
  else if (key === "ArrowDown") move(field, 1);
  else if (key === "ArrowUp") move(field, -1);
  else if (key === "Escape") close(field);
  else if (key === "Enter" && mark) pick(field, mark);
  else return false;
  return true;
}

/** @param {HTMLInputElement} field */
function typed(field) {
  clearTimeout(timer);
  current?.abort();
  if (field.value.trim()) timer = setTimeout(ask, DELAY, field);
  else close(field);
}

for (const field of $$("input[data-suggest]")) setRoles(/** @type {HTMLInputElement} */ (field));

document.addEventListener("input", ({ target }) => {
  const field = fieldOf(target);
  if (field) typed(field);
});
// On a phone this script comes when the field gets the focus, and somebody may have typed meanwhile.
const focused = fieldOf(document.activeElement);
if (focused && focused.value !== focused.defaultValue) typed(focused);

document.addEventListener(
  "keydown",
  (event) => {
    const field = fieldOf(event.target);
    if (!field || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (press(event.key, field)) event.preventDefault();
  },
  true, // before the page's own keys
);

document.addEventListener("focusin", ({ target }) => {
  const field = fieldOf(target);
  if (field && field.role !== "combobox") setRoles(field);
});
document.addEventListener("focusout", ({ target }) => {
  const field = fieldOf(target);
  if (field && isOpen()) close(field);
});
document.addEventListener("pointerdown", (event) => {
  if (closest(event.target, "#suggestions")) event.preventDefault();
});
document.addEventListener("click", ({ target }) => {
  const entry = closest(target, "#suggestions [role=option]");
  if (entry) pick(input("input[data-suggest]"), entry);
});
