// Pictures that are dropped or pasted: they search, and only the “Add” target of the overlay adds.

import { $, $$, closest } from "./dom.js";
import { searchBarForm, searchByAddress, searchByFile, toUrl } from "./picture_search.js";
import { upload } from "./quick_upload.js";
import { say } from "./requests.js";

/** @typedef {import("./picture_search.js").Role} Role */

const CLOSE_AFTER = 700; // ms without a dragover

const overlay = () => /** @type {HTMLDialogElement} */ ($("#drop"));

// --- what is being dragged or pasted

/** @param {DataTransfer} transfer */
const pictures = (transfer) => [...transfer.files].filter((file) => file.type.startsWith("image/"));

/**
 * The web address in it: of the image itself rather than of a link around it.
 * @param {DataTransfer} transfer
 */
function addressIn(transfer) {
  const html = new DOMParser().parseFromString(transfer.getData("text/html"), "text/html");
  const lines = transfer.getData("text/uri-list").split("\n");
  const links = lines.filter((line) => line && !line.startsWith("#"));
  const image = links.find((line) => /\/image\/\d+\//.test(line));
  const candidates = [image, html.querySelector("img")?.src, links[0], transfer.getData("text/plain")];
  return candidates.map((text) => toUrl(text)).find(Boolean) ?? null;
}

// --- the overlay stays as long as dragover comes; Esc, a drop elsewhere and leaving the window all end that

/** @type {number | undefined} */
let closing;
let ownLink = false;

/** @param {DragEvent} event */
const hasPicture = ({ dataTransfer }) =>
  !ownLink && dataTransfer && [...dataTransfer.types].some((type) => type === "Files" || type === "text/uri-list");

window.addEventListener("dragstart", ({ target }) => {
  ownLink = !closest(target, ".tile, .stage");
});
window.addEventListener("dragend", () => {
  ownLink = false;
});

window.addEventListener("dragover", (event) => {
  if (!event.dataTransfer || !hasPicture(event)) return;
  event.preventDefault();
  const layer = overlay();
  if (!layer.open) layer.showModal();
  const target = closest(event.target, "[data-drop]");
  event.dataTransfer.dropEffect = target ? "copy" : "none";
  for (const each of $$("[data-drop]", layer)) each.classList.toggle("over", each === target);
  clearTimeout(closing);
  closing = setTimeout(() => layer.close(), CLOSE_AFTER);
});

window.addEventListener("drop", (event) => {
  const layer = overlay();
  if (!layer.open || !event.dataTransfer) return;
  event.preventDefault();
  clearTimeout(closing);
  layer.close();
  const action = closest(event.target, "[data-drop]")?.dataset.drop;
  const files = [...event.dataTransfer.files];
  const images = pictures(event.dataTransfer);
  if (action === "add") upload(images.length ? images : files);
  else if (action) {
    const role = action === "search" ? "replace" : /** @type {Role} */ (action);
    search(images[0] ?? files[0], addressIn(event.dataTransfer), role);
  }
});

/**
 * @param {File | undefined} file
 * @param {URL | null} url
 * @param {Role} role
 */
function search(file, url, role) {
  const form = searchBarForm(role);
  if (url?.origin === location.origin) searchByAddress(url, form);
  else if (file) searchByFile(file, form);
  else if (url) searchByAddress(url, form);
  else say("There is no picture in what was dropped. Drop an image file, or an image of a web page.", { error: true });
}

// --- paste searches, and never adds

document.addEventListener("paste", (event) => {
  if (!event.clipboardData) return;
  const field = closest(event.target, "input, textarea, [contenteditable]");
  const text = event.clipboardData.getData("text/plain");
  const [file] = pictures(event.clipboardData);
  const url = toUrl(text);
  if (field && (text || !file)) return;
  if (!file && !url) return;
  event.preventDefault();
  if (file) searchByFile(file);
  else if (url) searchByAddress(url);
});
