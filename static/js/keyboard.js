// Keyboard shortcuts: single keys, the arrows between tiles and images, Esc.

import { $, $$, closest, find, input, matches, openMenus } from "./dom.js";
import { searchAddress } from "./requests.js";

const FIELDS = "input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]";

const keysSwitch = input("#single-keys");
keysSwitch.checked = localStorage.getItem("single-keys") !== "off";
keysSwitch.addEventListener("change", () => localStorage.setItem("single-keys", keysSwitch.checked ? "on" : "off"));

const currentTile = () => find(".tile:focus-within") ?? find(".tile:hover");

/**
 * Click a link of the tile's actions: the first is “more”, or what it starts a search by; the second is “less”.
 * @param {number} number
 */
const act = (number) => () => {
  const tile = currentTile();
  if (tile) $$(".act a, a.act", tile)[number]?.click();
};

function similar() {
  const tile = currentTile();
  if (tile) location.assign(`${searchAddress()}?like=${tile.id.slice(1)}`);
  else find("[data-key=s]")?.click();
}

function editWords() {
  const field = $("#q");
  if (field.checkVisibility()) field.focus();
  else find("[data-edit]")?.click();
}

function select() {
  const tile = currentTile();
  if (tile) find("input", tile)?.click();
}

/** @type {Record<string, () => void>} */
const SINGLE = {
  "/": editWords,
  "?": () => /** @type {HTMLDialogElement} */ ($("#keys")).showModal(),
  s: similar,
  "+": act(0),
  m: act(0),
  "-": act(1),
  l: act(1),
  x: select,
};

/**
 * The tile beside, or the nearest one in the row above or below.
 * @param {string} key
 * @param {HTMLElement} tile
 * @returns {HTMLElement | undefined}
 */
function tileTowards(key, tile) {
  const tiles = $$(".tile").filter((other) => other.offsetParent);
  const at = tiles.indexOf(tile);
  if (key === "ArrowLeft" || key === "ArrowRight") return tiles[at + (key === "ArrowLeft" ? -1 : 1)];
  const up = key === "ArrowUp";
  const box = tile.getBoundingClientRect();
  const beyond = tiles
    .map((other) => ({ other, rect: other.getBoundingClientRect() }))
    .filter(({ rect }) => (up ? rect.bottom <= box.top : rect.top >= box.bottom));
  const tops = beyond.map(({ rect }) => rect.top);
  const edge = up ? Math.max(...tops) : Math.min(...tops);
  const middle = box.left + box.width / 2;
  /** @param {DOMRect} rect */
  const distance = (rect) => Math.abs(rect.left + rect.width / 2 - middle);
  const row = beyond.filter(({ rect }) => Math.abs(rect.top - edge) < 2);
  return row.sort((a, b) => distance(a.rect) - distance(b.rect))[0]?.other;
}

/** @param {KeyboardEvent} event */
function move(event) {
  const direction = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  const tile = closest(event.target, ".tile");
  if (tile) {
    event.preventDefault();
    find("a", tileTowards(event.key, tile) ?? tile)?.focus();
  } else if (find(".stage")) {
    find(`.stage a[rel=${direction}]`)?.click();
  } else if (direction && event.target === document.body) {
    find(".tile a")?.focus();
  }
}

/** Close the menu that was opened last; false where none is open. */
export function closeMenu() {
  const menu = openMenus().pop();
  if (!menu) return false;
  menu.open = false;
  find("summary", menu)?.focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  const typing = matches(event.target, FIELDS);
  if (event.key === "Escape") {
    if (!closeMenu() && !typing) find("a[data-back]")?.click();
  } else if (typing) {
    return;
  } else if (event.key.startsWith("Arrow")) {
    move(event);
  } else if (keysSwitch.checked && SINGLE[event.key]) {
    event.preventDefault();
    SINGLE[event.key]();
  }
});
