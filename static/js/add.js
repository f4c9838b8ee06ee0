// The Add page: one row and one request for each picture, a few at a time, each with its own progress and outcome.

import { csrf, retryAfter } from "./gallery.js";

const AT_ONCE = 3;
const MOST_TRIES = 30;  // of one picture while the gallery is busy
const WORDS = { added: "added", busy: "to go", here: "already here", refused: "refused" };
const LOOKS = {
  waiting: ["busy", "clock", "Waiting"],
  sending: ["busy", "upload", "Uploading"],
  making: ["busy", "spark", "Making it searchable"],
  fetching: ["busy", "link", "Fetching"],
  added: ["good", "check", "Added"],
  here: ["", "copies", "Already here"],
  refused: ["bad", "alert", "Refused"],
  failed: ["warn", "alert", "Added, but not searchable yet"],
};

const section = document.getElementById("upload");
const rows = document.getElementById("rows");
const totals = document.getElementById("totals");
const pauseButton = document.getElementById("pause");
const againButton = document.getElementById("again");
const action = document.querySelector("form[action]:is(#files, #addresses)")?.action;
const most = Number(document.getElementById("files")?.dataset.most ?? Infinity);

/** All jobs of this page: {file or url, name, size, sent, kind, row, request}. */
const jobs = [];
let running = 0;
let paused = false;
let startedAt = 0;

const weight = (bytes) => (bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`);

// --- rows

function makeRow(job) {
  const row = document.getElementById("row").content.firstElementChild.cloneNode(true);
  row.querySelector(".nm").prepend(job.name);
  row.querySelector(".nm small").textContent = job.file ? weight(job.size) : "";
  rows.append(row);
  return row;
}

function show(job, look, { share, sentence, link } = {}) {
  const [tone, icon, word] = LOOKS[look];
  const state = job.row.querySelector(".state");
  state.className = `state tn ${tone}`;
  state.querySelector("use").setAttribute("href", `#i-${icon}`);
  state.lastElementChild.textContent = share === undefined ? word : `${word}, ${Math.floor(share * 100)} %`;
  const line = job.row.querySelector(".st p");
  line.replaceChildren(sentence ?? "");
  if (link) line.append(Object.assign(document.createElement("a"), link), ". Nothing was added.");
  const bar = job.row.querySelector(".bar");
  if (tone !== "busy" || look === "waiting") return bar?.remove();
  const progress = bar ?? state.insertAdjacentElement("afterend", Object.assign(document.createElement("progress"), { className: "bar", max: 1, ariaLabel: job.name }));
  if (share === undefined) progress.removeAttribute("value");
  else progress.value = share;
}

function buttons(job, ...made) {
  job.row.querySelector(".btns").replaceChildren(...made);
}

function button(label, job, act) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "btn small quiet", textContent: label });
  made.ariaLabel = `${label} ${job.name}`;
  made.addEventListener("click", act);
  return made;
}

function picture(job, source) {
  const image = Object.assign(document.createElement("img"), { src: source, alt: "" });
  job.row.firstElementChild.replaceWith(image);
  return image;
}

/** A preview while it is sent; what nobody can decode keeps its placeholder. */
function preview(job) {
  if (!job.file || job.size > 8 * 2 ** 20) return;
  const address = URL.createObjectURL(job.file);
  const image = new Image();
  image.onload = () => job.row.firstElementChild.matches(".ph") && picture(job, address);
  image.onerror = () => URL.revokeObjectURL(address);
  image.src = address;
}

// --- jobs

function enqueue(made) {
  section.hidden = totals.hidden = false;
  for (const job of made) {
    Object.assign(job, { sent: 0, kind: "busy" });
    job.row = makeRow(job);
    jobs.push(job);
    if (job.size > most) finish(job, "refused", { sentence: `This file has ${weight(job.size)}; at most ${weight(most)} can be taken. Save it smaller and try again.` });
    else buttons(job, button("Cancel", job, () => cancel(job)));
  }
  startedAt ||= performance.now();
  work();
}

function work() {
  while (!paused && running < AT_ONCE) {
    const job = jobs.find(({ kind, request }) => kind === "busy" && !request);
    if (!job) break;
    send(job);
  }
  count();
}

function send(job) {
  running += 1;
  const request = (job.request = new XMLHttpRequest());
  const body = new FormData();
  if (job.file) body.append("image", job.file, job.name);
  else body.append("url", job.url);
  body.append("tags", document.getElementById("tags").value);
  request.open("POST", action);
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", csrf());
  request.upload.onprogress = ({ loaded, total }) => sending(job, loaded / total);
  request.onload = () => {
    const seconds = retryAfter(request);
    if (seconds && (job.tries ?? 0) < MOST_TRIES) sendLater(job, seconds);
    else answered(job, request);
  };
  request.onerror = () => interrupted(job, "The gallery does not answer.");
  request.onloadend = () => {
    running -= 1;
    work();
  };
  preview(job);
  show(job, job.file ? "sending" : "fetching", job.file ? { share: 0 } : {});
  request.send(body);
}

/** It is sent again by itself, a few times; then it is left to the person. */
function sendLater(job, seconds) {
  job.tries = (job.tries ?? 0) + 1;
  job.sent = 0;
  show(job, "waiting");
  buttons(job, button("Cancel", job, () => cancel(job)));
  setTimeout(() => {
    if (!jobs.includes(job)) return;  // cancelled
    job.request = null;
    work();
  }, seconds * 1000);
}

function sending(job, share) {
  if (!job.file) return;
  job.sent = job.size * share;
  if (share < 1) show(job, "sending", { share });
  else {
    show(job, "making");
    buttons(job);
  }
  count();
}

function answered(job, { status, response }) {
  if (response?.kind) {
    picture(job, response.thumbnail);
    const look = response.state === "failed" && response.kind === "added" ? "failed" : response.kind;
    const told = { added: { sentence: response.state === "pending" ? "It is searchable as soon as its turn comes." : "" }, failed: { sentence: response.reason }, here: { sentence: "Same file as ", link: { href: response.href, textContent: response.title } } }[look];
    finish(job, response.kind, told, look);
    buttons(job, Object.assign(document.createElement("a"), { className: "btn small quiet", href: response.href, textContent: "View", ariaLabel: `View ${job.name}` }));
  } else if ([429, 500, 502, 503, 504, 507].includes(status) || !response) {
    interrupted(job, response?.error?.message ?? `The gallery could not take it (${status}).`);
  } else {
    finish(job, "refused", { sentence: response.error.message });
  }
}

/** Not the picture's fault: it can be tried again. */
function interrupted(job, sentence) {
  job.retry = true;
  finish(job, "refused", { sentence });
  buttons(job, button("Try again", job, () => again([job])));
}

function finish(job, kind, told, look = kind) {
  job.kind = kind;
  job.sent = job.size;
  job.file = kind === "refused" ? job.file : undefined;
  show(job, look, told);
  if (kind === "refused") buttons(job, button("Dismiss", job, () => job.row.remove()));
  place(job);
  count();
}

/** What needs an eye stands first, what is done last. */
function place(job) {
  if (job.row.contains(document.activeElement)) return;
  if (job.kind === "refused") rows.prepend(job.row);
  else rows.append(job.row);
}

function cancel(job) {
  job.request?.abort();
  jobs.splice(jobs.indexOf(job), 1);
  job.row.remove();
  work();
}

function again(chosen) {
  for (const job of chosen) {
    Object.assign(job, { kind: "busy", request: null, retry: false, sent: 0, tries: 0 });
    show(job, "waiting");
    buttons(job, button("Cancel", job, () => cancel(job)));
  }
  work();
}

// --- totals

function count() {
  for (const entry of totals.querySelectorAll("[data-count]")) {
    const kind = entry.dataset.count;
    const number = jobs.filter((job) => job.kind === kind).length;
    entry.hidden = !number;
    entry.lastElementChild.textContent = `${number} ${WORDS[kind]}`;
  }
  const whole = jobs.reduce((sum, { size }) => sum + size, 0);
  const sent = jobs.reduce((sum, job) => sum + job.sent, 0);
  const busy = jobs.some(({ kind }) => kind === "busy");
  totals.querySelector("progress").value = whole ? sent / whole : 1;
  document.getElementById("upload-size").textContent = `${jobs.length} ${jobs.length === 1 ? "picture" : "pictures"}${whole > jobs.length ? `, ${weight(whole)}` : ""}`;
  document.getElementById("left").textContent = busy ? remaining(whole, sent) : "";
  pauseButton.hidden = !busy;
  againButton.hidden = !jobs.some(({ retry }) => retry);
}

function remaining(whole, sent) {
  const seconds = ((performance.now() - startedAt) / 1000) * ((whole - sent) / sent);
  if (paused) return "Paused";
  if (!Number.isFinite(seconds) || seconds < 2) return "";
  return seconds < 90 ? `${Math.round(seconds)} s left` : `${Math.round(seconds / 60)} min left`;
}

pauseButton.addEventListener("click", () => {
  paused = !paused;
  pauseButton.lastElementChild.textContent = paused ? "Go on" : "Pause";
  work();
});
againButton.addEventListener("click", () => again(jobs.filter(({ retry }) => retry)));
window.addEventListener("beforeunload", (event) => jobs.some(({ kind }) => kind === "busy") && event.preventDefault());

// --- where the jobs come from

const HIDDEN = /(^|\/)\./;
const fileJob = (file) => ({ file, name: file.webkitRelativePath || file.name || "picture", size: file.size });
const lookLikePictures = (files) => [...files].filter((file) => file.type.startsWith("image/") && !HIDDEN.test(file.webkitRelativePath));

document.getElementById("choose")?.addEventListener("change", ({ target }) => {
  enqueue([...target.files].map(fileJob));
  target.value = "";
});
document.getElementById("choose-folder")?.addEventListener("change", ({ target }) => {
  enqueue(lookLikePictures(target.files).map(fileJob));
  target.value = "";
});
window.addEventListener("gallery:add", ({ detail }) => enqueue([...detail.files].map(fileJob)));
document.getElementById("addresses")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = document.getElementById("urls");
  const lines = [...new Set(field.value.split(/\s+/).filter(Boolean))];
  enqueue(lines.map((url) => ({ url, name: url, size: 1 })));
  field.value = "";
});
