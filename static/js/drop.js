// A picture from anywhere: dropped or pasted it searches; only the "Add" target of the overlay adds.
//
// On the Add page the dropped files are handed over as
//   window.dispatchEvent(new CustomEvent("gallery:add", { detail: { files } }));
// on every other page they are added right here, one request for each.

import { csrf, say } from "./gallery.js";

const overlay = document.getElementById("drop");
const form = document.getElementById("picture");

// --- searching: always by the form in the query bar, so that there is one way and one place for its errors

function searchByFile(file) {
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

function searchByAddress(url) {
  const own = url.origin === location.origin && url.pathname.match(/^\/image\/(\d+)\//);
  if (own) {
    location.assign(`${document.getElementById("words").action}?like=${own[1]}`);
    return;
  }
  form.elements.picture.value = "";
  form.elements.url.value = url.href;
  form.requestSubmit();
}

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 1 : 0)} MB`;

form.elements.picture.addEventListener("change", ({ target }) => {
  if (target.files.length) searchByFile(target.files[0]);
});
form.addEventListener("htmx:afterRequest", () => form.reset());  // else a refused file would be sent with the next address
form.addEventListener("htmx:beforeRequest", () => {
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

// --- the overlay lives as long as dragover is heard; Esc, a drop elsewhere and leaving the window all end that

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
  if (!overlay.open) overlay.showModal();
  const target = event.target.closest?.("[data-drop]");
  event.dataTransfer.dropEffect = target ? "copy" : "none";
  for (const each of overlay.querySelectorAll("[data-drop]")) each.classList.toggle("over", each === target);
  clearTimeout(closing);
  closing = setTimeout(() => overlay.close(), 700);
});

window.addEventListener("drop", (event) => {
  if (!overlay.open) return;
  event.preventDefault();
  clearTimeout(closing);
  overlay.close();
  const way = event.target.closest?.("[data-drop]")?.dataset.drop;
  const files = pictures(event.dataTransfer);
  if (way === "add") add(files.length ? files : [...event.dataTransfer.files]);
  else if (way === "search") search(files[0] ?? event.dataTransfer.files[0], address(event.dataTransfer));
});

function search(file, url) {
  if (url && url.origin === location.origin) searchByAddress(url);
  else if (file) searchByFile(file);
  else if (url) searchByAddress(url);
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

// --- adding from any page

function add(files) {
  if (!files.length) {
    say("Only files can be added by dropping. Save the picture first, or add its address on the Add page.", { error: true });
  } else if (location.pathname === overlay.dataset.add) {
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
  const link = Object.assign(document.createElement("a"), { href: "/", textContent: "Show the library" });
  if (count.added) line.append(link);
}

/** One upload: {kind: "added" | "here"} or {error: sentence}. `progress` hears the share that is sent, 0…1. */
function addOne(file, progress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("image", file);
    request.open("POST", overlay.dataset.add);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrf());
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    request.onerror = () => resolve({ error: "The gallery does not answer. Check your connection, then try again." });
    request.onload = () => {
      if (request.status < 300) resolve({ kind: request.status === 201 ? "added" : "here" });
      else resolve({ error: request.response?.error?.message ?? `The gallery refused it (${request.status}).` });
    };
    request.send(body);
  });
}
