// Search with a picture: always by a form.picture, so that there is one way and one place for its errors.
//
// Without another form it is that of the search bar, which takes the role: in place of the pictures (replace), one
// more (like), or less like it (less).

import { $, $$, closest, input, make } from "./dom.js";
import { say, searchAddress } from "./requests.js";

/** @typedef {"replace" | "like" | "less"} Role */

/** @param {Role} [role] */
export function searchBarForm(role = "replace") {
  const form = /** @type {HTMLFormElement} */ ($("#picture"));
  input("[name=role]", form).value = role;
  return form;
}

/** @param {number} bytes */
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 1 : 0)} MB`;

/** @param {File} file */
export function searchByFile(file, form = searchBarForm()) {
  const limit = Number(form.dataset.most);
  if (file.size > limit) {
    const size = `${file.name || "This picture"} has ${megabytes(file.size)}`;
    say(`${size}; at most ${megabytes(limit)} can be taken.`, { error: true });
    return;
  }
  const carrier = new DataTransfer();
  carrier.items.add(file);
  input("[name=picture]", form).files = carrier.files;
  form.requestSubmit();
}

/** @param {URL} url */
export function searchByAddress(url, form = searchBarForm()) {
  input("[name=picture]", form).value = "";
  input("[name=url]", form).value = url.href;
  form.requestSubmit();
}

/**
 * The address that a text is, if it is one.
 * @param {string | null | undefined} text
 */
export function toUrl(text) {
  const trimmed = (text ?? "").trim();
  return /^https?:\/\/\S+$/i.test(trimmed) && URL.canParse(trimmed) ? new URL(trimmed) : null;
}

/** The query as the address has it now, from its first page; the fields that the page came with may be older. */
function currentQuery() {
  const query = new URLSearchParams(location.search);
  for (const position of ["upto", "page"]) query.delete(position);
  return query;
}

/**
 * Give the form the query that the picture joins.
 * @param {HTMLFormElement} form
 */
function addCurrentQuery(form) {
  if (location.origin + location.pathname !== searchAddress()) return;
  const query = currentQuery();
  // In place of what was searched, unless the composer is open, where the words have a field of their own.
  const replaces = input("[name=role]", form).value === "replace" && !form.closest(".composer");
  if (replaces || toUrl(query.get("q"))) query.delete("q");
  for (const field of $$("input[type=hidden]:not([name=csrfmiddlewaretoken], [name=role])", form)) field.remove();
  for (const [name, value] of query) form.append(make("input", { type: "hidden", name, value }));
}

/**
 * The form that an event is about, where it searches with a picture.
 * @param {EventTarget | null} target
 */
const pictureForm = (target) =>
  target instanceof HTMLFormElement && target.matches("form.picture") ? target : undefined;

/** @param {HTMLInputElement} field */
function choose(field) {
  const form = pictureForm(field.closest("form.picture"));
  if (form && field.files?.length) searchByFile(field.files[0], form);
}

document.addEventListener("change", ({ target }) => {
  if (target instanceof HTMLInputElement) choose(target);
});
document.addEventListener(
  "submit",
  ({ target }) => {
    const form = pictureForm(target);
    if (form) addCurrentQuery(form);
  },
  true, // before htmx reads it
);
document.addEventListener("htmx:afterRequest", ({ target }) => pictureForm(target)?.reset()); // no file is sent twice
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (!pictureForm(target)) return;
  $("#message").replaceChildren();
  say("Searching with this picture…", { stay: true });
});

// --- an address where words are

document.addEventListener(
  "submit",
  (event) => {
    const form = closest(event.target, "#words, #compose");
    const field = form instanceof HTMLFormElement ? form.elements.namedItem("q") : null; // it may lie elsewhere
    const url = field instanceof HTMLInputElement ? toUrl(field.value) : null;
    if (!form || !url) return;
    event.preventDefault();
    event.stopPropagation();
    searchByAddress(url, searchBarForm(form.id === "compose" ? "like" : "replace"));
  },
  true,
);

// On a phone this script comes when a menu opens, and somebody may have chosen a file meanwhile.
for (const field of $$(".picture [type=file]")) choose(/** @type {HTMLInputElement} */ (field));
