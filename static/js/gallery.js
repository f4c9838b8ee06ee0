// What every page loads: lists without end, menus, the theme, the selection, and later what a first view does without.

import "./history.js";
import { $, $$, closest, find, input, matches, openMenus } from "./dom.js";
import { closeMenu } from "./keyboard.js";
import { say } from "./requests.js";

// The form of the image's facts had the focus, and is gone.
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "facts") find("#facts summary")?.focus();
});

// --- words that were typed before htmx was there are searched for now

const searchTyped = () => {
  for (const field of /** @type {HTMLInputElement[]} */ ($$("input[hx-trigger$=typed]"))) {
    if (field.value !== field.defaultValue) htmx.trigger(field, "typed");
  }
};
document.addEventListener("htmx:load", searchTyped, { once: true });

// --- lists without end: one screen before the end, #more asks for the next page

const observer = new IntersectionObserver(
  ([entry]) => {
    const more = find("#more");
    if (entry.isIntersecting && more) htmx.trigger(more, "more");
  },
  { rootMargin: "0px 0px 100%" },
);

/** Observe the end of the list that the page has now. */
function watchEnd() {
  observer.disconnect(); // where nothing changes, only a new observation reports
  const next = find("#next.auto");
  if (next) observer.observe(next);
}

watchEnd();
document.addEventListener("gallery:page", watchEnd);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) find("#next")?.classList.remove("auto"); // from here on by the plain link
  watchEnd();
});

// --- menus, dialogs, messages

/**
 * Open a dialog or a menu; a menu that is not shown here has its page instead.
 * @param {Event} event
 * @param {HTMLElement} layer
 */
function open(event, layer) {
  event.preventDefault();
  if (layer instanceof HTMLDialogElement) {
    closeMenu();
    return layer.showModal();
  }
  const link = closest(event.target, "a");
  if (!layer.checkVisibility()) return location.assign(/** @type {HTMLAnchorElement} */ (link).href);
  /** @type {HTMLDetailsElement} */ (layer).open = true;
  input("input:not([type=hidden])", layer).focus();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  for (const menu of openMenus()) if (!menu.contains(/** @type {Node} */ (target))) menu.open = false;
  closest(target, "[data-dismiss]")?.closest(".toast")?.remove();
  const opener = closest(target, "[data-opens]");
  if (opener) open(event, $(`#${opener.dataset.opens}`));
  const copied = closest(target, "[data-copy]")?.dataset.copy;
  if (copied !== undefined) navigator.clipboard.writeText(copied).then(() => say("Copied."));
  if (matches(target, "dialog.sheet")) /** @type {HTMLDialogElement} */ (target).close();
});

// A card that would stick out on the right is aligned with its tile's right edge instead.
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!(target instanceof HTMLDetailsElement && target.open && target.matches("details.why"))) return;
    const tile = /** @type {HTMLElement} */ (target.closest(".tile"));
    tile.classList.remove("end");
    const card = $(".pop", target);
    tile.classList.toggle("end", card.getBoundingClientRect().right > document.documentElement.clientWidth - 8);
    card.scrollIntoView({ block: "nearest" });
  },
  true,
);

// --- theme and scores: at once here, and by cookie for the pages to come

document.addEventListener("submit", (event) => {
  const form = event.target;
  const look = form instanceof HTMLFormElement && form.dataset.look;
  if (!look) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  document.documentElement.dataset[look] = String(body.get(look));
  fetch(form.action, { method: "POST", body, redirect: "manual" });
});
document.addEventListener("change", ({ target }) => {
  if (target instanceof HTMLInputElement && target.form?.dataset.look) target.form.requestSubmit();
});

// --- the selection: as many images as a query takes

const MAX_SELECTED = 12;

find("[data-select]")?.addEventListener("click", ({ currentTarget }) => {
  /** @type {HTMLElement} */ (currentTarget).ariaPressed = String($("#grid").classList.toggle("selecting"));
});
document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement && target.matches(".tile > input"))) return;
  const count = $$(".tile > input:checked").length;
  if (count <= MAX_SELECTED) {
    $("#live").textContent = `${count} selected`;
    return;
  }
  target.checked = false;
  say(`A search takes at most ${MAX_SELECTED} pictures. Take one away first.`);
});

// --- scripts that a phone's first view does without; links in the head know the names of their files

/** @param {string} name */
const load = (name) => import(/** @type {HTMLLinkElement} */ ($(`#js-${name}`)).href);
const loadDragAndDrop = () => load("drag-and-drop");
const loadComposer = () => find(".composer")?.checkVisibility() && load("composer");

document.addEventListener("focusin", ({ target }) => matches(target, "[data-suggest]") && load("autocomplete"));
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (find(".picture", /** @type {HTMLElement} */ (target))) loadDragAndDrop();
  },
  true,
);
for (const event of ["keydown", "dragover"]) addEventListener(event, loadDragAndDrop, { once: true });
if (matchMedia("(any-pointer: fine)").matches) {
  loadDragAndDrop();
  load("autocomplete");
}
document.addEventListener("gallery:page", loadComposer);
loadComposer();
