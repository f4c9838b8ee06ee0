// A picture from anywhere: dropped or pasted it searches; only the "Add" target of the overlay adds.
//
// On the Add page the dropped files are handed over as
//   window.dispatchEvent(new CustomEvent("gallery:add", { detail: { files } }));
// on every other page they are added right here, one request for each.

import { csrf, retryAfter, say, searchAddress } from "./gallery.js";

const dialog = () => document.getElementById("drop");

// --- searching: always by a form.picture, so that there is one way and one place for its errors. Without another
// one it is that of the query bar, which takes the role: in place of the pictures (replace), one more (like), less.

const main = (role = "replace") => {
  const form = document.getElementById("picture");
  form.elements.role.value = role;
  return form;
};

function searchByFile(file, form = main()) {
  const most = Number(form.dataset.most);
  if (file.size > most) {
    say(`${file.name || "This picture"} has ${megabytes(file.size)}; at most ${megabytes(most)} can be taken.`, { error: true });
    return;
  }
  const carrier = new DataTransfer();
  carrier.items.add(file);
  form.elements.picture.files = carrier.files;
  form.requestSubmit();
}

function searchByAddress(url, form = main()) {
  form.elements.picture.value = "";
  form.elements.url.value = url.href;
  form.requestSubmit();
}

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 1 : 0)} MB`;

/** The query as the address has it now, from its beginning; the fields that the page came with may be older. */
function kept() {
  const query = new URLSearchParams(location.search);
  for (const position of ["upto", "page"]) query.delete(position);
  return query;
}

function carry(form) {
  if (location.origin + location.pathname !== searchAddress()) return;
  const query = kept();
  // In place of what was searched, unless the composer is open, where the words have a field of their own.
  if ((form.elements.role.value === "replace" && !form.closest(".composer")) || toUrl(query.get("q"))) query.delete("q");
  for (const field of form.querySelectorAll("input[type=hidden]:not([name=csrfmiddlewaretoken], [name=role])")) field.remove();
  for (const [name, value] of query) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
}

const isOurs = (event) => event.target.matches?.("form.picture");

function choose(field) {
  const form = field.closest("form.picture");
  if (form && field.files?.length) searchByFile(field.files[0], form);
}

document.addEventListener("change", ({ target }) => choose(target));
document.addEventListener("submit", (event) => isOurs(event) && carry(event.target), true);  // before htmx reads it
document.addEventListener("htmx:afterRequest", (event) => isOurs(event) && event.target.reset());  // a refused file is not sent again
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!isOurs(event)) return;
  document.getElementById("message").replaceChildren();
  say("Searching with this picture…", { stay: true });
});

// --- what is being dragged or pasted

const pictures = (transfer) => [...transfer.files].filter((file) => file.type.startsWith("image/"));

/** The web address in it: of the image itself rather than of a link around it. */
function address(transfer) {
  const html = new DOMParser().parseFromString(transfer.getData("text/html"), "text/html");
  const lines = transfer.getData("text/uri-list").split("\n").filter((line) => line && !line.startsWith("#"));
  const found = [lines.find((line) => /\/image\/\d+\//.test(line)), html.querySelector("img")?.src, lines[0], transfer.getData("text/plain")];
  return found.map((text) => toUrl(text)).find(Boolean);
}

function toUrl(text) {
  const trimmed = (text ?? "").trim();
  return /^https?:\/\/\S+$/i.test(trimmed) && URL.canParse(trimmed) ? new URL(trimmed) : null;
}

// --- the overlay lives as long as dragover comes; Esc, a drop elsewhere and leaving the window all end that

let closing;
let ownLink = false;

const carries = ({ dataTransfer }) =>
  !ownLink && dataTransfer && [...dataTransfer.types].some((type) => type === "Files" || type === "text/uri-list");

window.addEventListener("dragstart", ({ target }) => {
  ownLink = !(target instanceof Element && target.closest(".tile, .stage"));
});
window.addEventListener("dragend", () => (ownLink = false));

window.addEventListener("dragover", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  const overlay = dialog();
  if (!overlay.open) overlay.showModal();
  const target = event.target.closest?.("[data-drop]");
  event.dataTransfer.dropEffect = target ? "copy" : "none";
  for (const each of overlay.querySelectorAll("[data-drop]")) each.classList.toggle("over", each === target);
  clearTimeout(closing);
  closing = setTimeout(() => overlay.close(), 700);
});

window.addEventListener("drop", (event) => {
  const overlay = dialog();
  if (!overlay.open) return;
  event.preventDefault();
  clearTimeout(closing);
  overlay.close();
  const way = event.target.closest?.("[data-drop]")?.dataset.drop;
  const files = pictures(event.dataTransfer);
  if (way === "add") add(files.length ? files : [...event.dataTransfer.files]);
  else if (way) search(files[0] ?? event.dataTransfer.files[0], address(event.dataTransfer), way === "search" ? "replace" : way);
});

function search(file, url, role) {
  if (url && url.origin === location.origin) searchByAddress(url, main(role));
  else if (file) searchByFile(file, main(role));
  else if (url) searchByAddress(url, main(role));
  else say("There is no picture in what was dropped. Drop an image file, or an image of a web page.", { error: true });
}

// --- paste searches, and never adds

document.addEventListener("paste", (event) => {
  const field = event.target.closest?.("input, textarea, [contenteditable]");
  const text = event.clipboardData.getData("text/plain");
  const [file] = pictures(event.clipboardData);
  const url = toUrl(text);
  if (field && (text || !file)) return;
  if (!file && !url) return;
  event.preventDefault();
  if (file) searchByFile(file);
  else searchByAddress(url);
});

// --- an address where words are

function searchByTypedAddress(event) {
  const form = event.target;
  const url = form.matches?.("#words, #compose") ? toUrl(form.elements.q?.value) : null;
  if (!url) return;
  event.preventDefault();
  event.stopPropagation();
  searchByAddress(url, main(form.id === "compose" ? "like" : "replace"));
}

document.addEventListener("submit", searchByTypedAddress, true);

// --- adding from any page

function add(files) {
  if (!files.length) {
    say("Only files can be added by dropping. Save the picture first, or add its address on the Add page.", { error: true });
  } else if (location.pathname === dialog().dataset.add) {
    window.dispatchEvent(new CustomEvent("gallery:add", { detail: { files } }));
  } else {
    addHere(files);
  }
}

async function addHere(files) {
  const toast = say("", { stay: true });
  const line = toast.querySelector("p");
  const bar = document.createElement("progress");
  Object.assign(bar, { className: "bar", max: files.length, value: 0, ariaLabel: "Adding" });
  line.after(bar);
  const count = { added: 0, here: 0 };
  for (const [at, file] of files.entries()) {
    line.textContent = files.length > 1 ? `Adding ${at + 1} of ${files.length}: ${file.name}` : `Adding ${file.name}`;
    const outcome = await addOne(file, (share) => (bar.value = at + share));
    if (outcome.error) say(`${file.name}: ${outcome.error}`, { error: true });
    else count[outcome.kind] += 1;
  }
  bar.remove();
  line.textContent = `${count.added} added${count.here ? `, ${count.here} already here` : ""}. `;
  const link = Object.assign(document.createElement("a"), { href: document.querySelector("a.mark").href, textContent: "Show the library" });
  if (count.added) line.append(link);
}

/** One upload: {kind: "added" | "here"} or {error: sentence}. `progress` gets the share that is sent, 0…1. */
function addOne(file, progress, tries = 30) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("image", file);
    request.open("POST", dialog().dataset.add);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrf());
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    request.onerror = () => resolve({ error: "The gallery does not answer. Check your connection, then try again." });
    request.onload = () => {
      const seconds = tries ? retryAfter(request) : 0;
      if (seconds) setTimeout(() => resolve(addOne(file, progress, tries - 1)), seconds * 1000);
      else if (request.status < 300) resolve({ kind: request.status === 201 ? "added" : "here" });
      else resolve({ error: request.response?.error?.message ?? `The gallery refused it (${request.status}).` });
    };
    request.send(body);
  });
}

// On a phone this comes when a menu opens, and somebody may have chosen a file meanwhile.
document.querySelectorAll(".picture [type=file]").forEach(choose);
