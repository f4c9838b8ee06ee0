// Files that were dropped on any page are added without leaving it, one request for each.
//
// On the Add page, which has a row for each file, they are handed over as
//   window.dispatchEvent(new CustomEvent("gallery:add", { detail: { files } }));

import { $, make } from "./dom.js";
import { csrf, retryAfter, say } from "./requests.js";

const MAX_TRIES = 30; // of one picture while the gallery is busy

/** Where files are added; "" for who may not. */
const address = () => $("#drop").dataset.add ?? "";

/** @param {File[]} files */
export function upload(files) {
  if (!files.length) {
    const sentence = "Only files can be added by dropping. Save the picture first, or add its address on the Add page.";
    say(sentence, { error: true });
  } else if (location.pathname === address()) {
    window.dispatchEvent(new CustomEvent("gallery:add", { detail: { files } }));
  } else {
    uploadHere(files);
  }
}

/** @param {File[]} files */
async function uploadHere(files) {
  const toast = say("", { stay: true });
  const line = $("p", toast);
  const bar = make("progress", { className: "bar", max: files.length, value: 0, ariaLabel: "Adding" });
  line.after(bar);
  const counts = { added: 0, here: 0 };
  for (const [at, file] of files.entries()) {
    line.textContent = files.length > 1 ? `Adding ${at + 1} of ${files.length}: ${file.name}` : `Adding ${file.name}`;
    const { error, kind } = await uploadOne(file, (share) => {
      bar.value = at + share;
    });
    if (kind) counts[kind] += 1;
    else say(`${file.name}: ${error}`, { error: true });
  }
  bar.remove();
  const present = counts.here ? `, ${counts.here} already here` : "";
  line.textContent = `${counts.added} added${present}. `;
  const library = /** @type {HTMLAnchorElement} */ ($("a.mark")).href;
  if (counts.added) line.append(make("a", { href: library, textContent: "Show the library" }));
}

/**
 * One request. `progress` gets the share that is sent, 0…1.
 * @param {File} file
 * @param {(share: number) => void} progress
 * @param {number} [tries]
 * @returns {Promise<{ kind?: "added" | "here", error?: string }>}
 */
function uploadOne(file, progress, tries = MAX_TRIES) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("image", file);
    request.open("POST", address());
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrf());
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    request.onerror = () => resolve({ error: "The gallery does not answer. Check your connection, then try again." });
    request.onload = () => {
      const seconds = tries ? retryAfter(request) : 0;
      if (seconds) setTimeout(() => resolve(uploadOne(file, progress, tries - 1)), seconds * 1000);
      else if (request.status < 300) resolve({ kind: request.status === 201 ? "added" : "here" });
      else resolve({ error: request.response?.error?.message ?? `The gallery refused it (${request.status}).` });
    };
    request.send(body);
  });
}
