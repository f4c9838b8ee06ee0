// The Add page: one row and one request for each picture, a few at a time, each with its own progress and outcome.

import { $, $$, find, input, make } from "./dom.js";
import { csrf, retryAfter } from "./requests.js";

/** @typedef {"busy" | "added" | "here" | "refused"} Kind */
/** @typedef {keyof typeof LOOKS} Look */
/** @typedef {{ share?: number, sentence?: string, link?: { href: string, textContent: string } }} Details */

/**
 * What the gallery answers to a picture that it has now.
 * @typedef {object} Accepted
 * @property {"added" | "here"} kind
 * @property {"ready" | "pending" | "failed"} state
 * @property {string} reason
 * @property {string} href
 * @property {string} title
 * @property {string} thumbnail "" where this person may not see the image
 */

/**
 * One picture on its way.
 * @typedef {object} Job
 * @property {File} [file] what is sent, until it is in
 * @property {string} [url] or the address that the gallery fetches
 * @property {string} name
 * @property {number} size in bytes; 1 for an address
 * @property {number} sent in bytes
 * @property {number} tries
 * @property {boolean} retry whether it failed, and trying again may help
 * @property {Kind} kind
 * @property {HTMLElement} row
 * @property {XMLHttpRequest | null} request
 */

const AT_ONCE = 3;
const PREVIEW_BYTES = 8 * 2 ** 20;
const MAX_TRIES = 30; // of one picture while the gallery is busy
/** @type {Record<string, string>} */
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

const section = $("#upload");
const rows = $("#rows");
const totals = $("#totals");
const pauseButton = $("#pause");
const againButton = $("#again");
const action = /** @type {HTMLFormElement} */ ($("form[action]:is(#files, #addresses)")).action;
const limit = Number(find("#files")?.dataset.most ?? Infinity);

/** @type {Job[]} all of this page */
const jobs = [];
let running = 0;
let paused = false;
let startedAt = 0;

/** @param {number} bytes */
const weight = (bytes) => (bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`);

// --- rows

/** @param {Job} job */
function makeRow(job) {
  const template = /** @type {HTMLTemplateElement} */ ($("#row"));
  const row = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  $(".nm", row).prepend(job.name);
  $(".nm small", row).textContent = job.file ? weight(job.size) : "";
  rows.append(row);
  return row;
}

/**
 * @param {Job} job
 * @param {Look} look
 * @param {Details} [details]
 */
function show(job, look, { share, sentence, link } = {}) {
  const [tone, icon, word] = LOOKS[look];
  const state = $(".state", job.row);
  state.className = `state tn ${tone}`;
  $("use", state).setAttribute("href", `#i-${icon}`);
  $("span", state).textContent = share === undefined ? word : `${word}, ${Math.floor(share * 100)} %`;
  const line = $(".st p", job.row);
  line.replaceChildren(sentence ?? "");
  if (link) line.append(make("a", link), ". Nothing was added.");
  showBar(job, tone === "busy" && look !== "waiting", share);
}

/**
 * The bar under the state of a picture; without a share it moves without an end.
 * @param {Job} job
 * @param {boolean} shown
 * @param {number} [share]
 */
function showBar(job, shown, share) {
  const present = find(".bar", job.row);
  if (!shown) return present?.remove();
  const bar = /** @type {HTMLProgressElement} */ (present ?? make("progress", { className: "bar", max: 1 }));
  bar.ariaLabel = job.name;
  if (!present) $(".state", job.row).after(bar);
  if (share === undefined) bar.removeAttribute("value");
  else bar.value = share;
}

/**
 * @param {Job} job
 * @param {HTMLElement[]} made
 */
const showButtons = (job, ...made) => $(".btns", job.row).replaceChildren(...made);

/**
 * @param {string} label
 * @param {Job} job
 * @param {() => void} act
 */
function button(label, job, act) {
  const made = make("button", { type: "button", className: "btn small quiet", textContent: label });
  made.ariaLabel = `${label} ${job.name}`;
  made.addEventListener("click", act);
  return made;
}

/** @param {Job} job */
const cancelButton = (job) => button("Cancel", job, () => cancel(job));

/**
 * @param {Job} job
 * @param {string} src
 */
const showPicture = (job, src) => job.row.firstElementChild?.replaceWith(make("img", { src, alt: "" }));

/**
 * A preview while it is sent; what this browser cannot decode keeps its placeholder.
 * @param {Job} job
 */
function preview(job) {
  if (!job.file || job.size > PREVIEW_BYTES) return;
  const address = URL.createObjectURL(job.file);
  const image = new Image();
  image.onload = () => job.row.firstElementChild?.matches(".ph") && showPicture(job, address);
  image.onerror = () => URL.revokeObjectURL(address);
  image.src = address;
}

// --- jobs

/** @param {Pick<Job, "file" | "url" | "name" | "size">[]} chosen */
function enqueue(chosen) {
  section.hidden = totals.hidden = false;
  for (const picture of chosen) {
    /** @type {Job} */
    const job = { ...picture, sent: 0, tries: 0, retry: false, kind: "busy", row: section, request: null };
    job.row = makeRow(job);
    jobs.push(job);
    if (job.size > limit) {
      const sentence = `This file has ${weight(job.size)}; at most ${weight(limit)} can be taken.`;
      finish(job, "refused", { sentence: `${sentence} Save it smaller and try again.` });
    } else showButtons(job, cancelButton(job));
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

/** @param {Job} job */
function send(job) {
  running += 1;
  const request = new XMLHttpRequest();
  job.request = request;
  const body = new FormData();
  if (job.file) body.append("image", job.file, job.name);
  else body.append("url", job.url ?? "");
  body.append("tags", input("#tags").value);
  request.open("POST", action);
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", csrf());
  request.upload.onprogress = ({ loaded, total }) => sending(job, loaded / total);
  request.onload = () => {
    const seconds = retryAfter(request);
    if (seconds && job.tries < MAX_TRIES) sendLater(job, seconds);
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

/**
 * It is sent again by itself, a few times; then it is left to the person.
 * @param {Job} job
 * @param {number} seconds
 */
function sendLater(job, seconds) {
  job.tries += 1;
  job.sent = 0;
  show(job, "waiting");
  showButtons(job, cancelButton(job));
  setTimeout(() => {
    if (!jobs.includes(job)) return; // cancelled
    job.request = null;
    work();
  }, seconds * 1000);
}

/**
 * @param {Job} job
 * @param {number} share
 */
function sending(job, share) {
  if (!job.file) return;
  job.sent = job.size * share;
  if (share < 1) show(job, "sending", { share });
  else {
    show(job, "making");
    showButtons(job);
  }
  count();
}

/**
 * @param {Job} job
 * @param {XMLHttpRequest} request
 */
function answered(job, { status, response }) {
  if (response?.kind) accepted(job, response);
  else if (response && ![429, 500, 502, 503, 504, 507].includes(status)) {
    finish(job, "refused", { sentence: response.error.message });
  } else interrupted(job, response?.error?.message ?? `The gallery could not take it (${status}).`);
}

/**
 * @param {Job} job
 * @param {Accepted} image
 */
function accepted(job, { kind, state, reason, href, title, thumbnail }) {
  if (thumbnail) showPicture(job, thumbnail);
  if (kind === "here") finish(job, kind, { sentence: "Same file as ", link: { href, textContent: title } });
  else if (state === "failed") finish(job, kind, { sentence: reason }, "failed");
  else finish(job, kind, { sentence: state === "pending" ? "It is searchable as soon as its turn comes." : "" });
  const link = make("a", { className: "btn small quiet", href, textContent: "View", ariaLabel: `View ${job.name}` });
  showButtons(job, link);
}

/**
 * Not the picture's fault: it can be tried again.
 * @param {Job} job
 * @param {string} sentence
 */
function interrupted(job, sentence) {
  job.retry = true;
  finish(job, "refused", { sentence });
  showButtons(
    job,
    button("Try again", job, () => again([job])),
  );
}

/**
 * @param {Job} job
 * @param {Exclude<Kind, "busy">} kind
 * @param {Details} details
 * @param {Look} [look]
 */
function finish(job, kind, details, look = kind) {
  job.kind = kind;
  job.sent = job.size;
  job.file = kind === "refused" ? job.file : undefined;
  show(job, look, details);
  if (kind === "refused")
    showButtons(
      job,
      button("Dismiss", job, () => job.row.remove()),
    );
  place(job);
  count();
}

/**
 * Refused pictures come first, done ones last.
 * @param {Job} job
 */
function place(job) {
  if (job.row.contains(document.activeElement)) return;
  if (job.kind === "refused") rows.prepend(job.row);
  else rows.append(job.row);
}

/** @param {Job} job */
function cancel(job) {
  job.request?.abort();
  jobs.splice(jobs.indexOf(job), 1);
  job.row.remove();
  work();
}

/** @param {Job[]} chosen */
function again(chosen) {
  for (const job of chosen) {
    Object.assign(job, { kind: "busy", request: null, retry: false, sent: 0, tries: 0 });
    show(job, "waiting");
    showButtons(job, cancelButton(job));
  }
  work();
}

// --- totals

function count() {
  for (const entry of $$("[data-count]", totals)) {
    const { count: kind = "" } = entry.dataset;
    const number = jobs.filter((job) => job.kind === kind).length;
    entry.hidden = !number;
    $("span", entry).textContent = `${number} ${WORDS[kind]}`;
  }
  const whole = jobs.reduce((sum, { size }) => sum + size, 0);
  const sent = jobs.reduce((sum, job) => sum + job.sent, 0);
  const busy = jobs.some(({ kind }) => kind === "busy");
  /** @type {HTMLProgressElement} */ ($("progress", totals)).value = whole ? sent / whole : 1;
  const size = whole > jobs.length ? `, ${weight(whole)}` : "";
  $("#upload-size").textContent = `${jobs.length} ${jobs.length === 1 ? "picture" : "pictures"}${size}`;
  $("#left").textContent = busy ? remaining(whole, sent) : "";
  pauseButton.hidden = !busy;
  againButton.hidden = !jobs.some(({ retry }) => retry);
}

/**
 * @param {number} whole
 * @param {number} sent
 */
function remaining(whole, sent) {
  const seconds = ((performance.now() - startedAt) / 1000) * ((whole - sent) / sent);
  if (paused) return "Paused";
  if (!Number.isFinite(seconds) || seconds < 2) return "";
  return seconds < 90 ? `${Math.round(seconds)} s left` : `${Math.round(seconds / 60)} min left`;
}

pauseButton.addEventListener("click", () => {
  paused = !paused;
  $("span", pauseButton).textContent = paused ? "Go on" : "Pause";
  work();
});
againButton.addEventListener("click", () => again(jobs.filter(({ retry }) => retry)));
window.addEventListener("beforeunload", (event) => jobs.some(({ kind }) => kind === "busy") && event.preventDefault());

// --- where the jobs come from

const HIDDEN = /(^|\/)\./;

/** @param {File} file */
const fileJob = (file) => ({ file, name: file.webkitRelativePath || file.name || "picture", size: file.size });

/** @param {File} file */
const isPicture = (file) => file.type.startsWith("image/") && !HIDDEN.test(file.webkitRelativePath);

/**
 * Enqueue what is chosen in an input for files.
 * @param {string} selector
 * @param {(file: File) => boolean} wanted
 */
function enqueueChosen(selector, wanted) {
  const field = /** @type {HTMLInputElement | null} */ (find(selector));
  field?.addEventListener("change", () => {
    enqueue([...(field.files ?? [])].filter(wanted).map(fileJob));
    field.value = "";
  });
}

enqueueChosen("#choose", () => true);
enqueueChosen("#choose-folder", isPicture);
window.addEventListener("gallery:add", ({ detail }) => enqueue([...detail.files].map(fileJob)));
find("#addresses")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = input("#urls");
  const lines = [...new Set(field.value.split(/\s+/).filter(Boolean))];
  enqueue(lines.map((url) => ({ url, name: url, size: 1 })));
  field.value = "";
});
