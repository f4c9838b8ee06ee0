// Requests: the token, when to try again, where searches are; and messages, also for requests that failed.

import { $, input, make } from "./dom.js";

/** The token that every changing request carries. */
export const csrf = () => input("[name=csrfmiddlewaretoken]").value;

/**
 * Seconds after which a busy gallery takes the same request again; 0: never.
 * @param {XMLHttpRequest} request
 */
export function retryAfter(request) {
  const seconds = [429, 503].includes(request.status) ? Number(request.getResponseHeader("Retry-After")) : 0;
  return seconds > 0 && seconds <= 10 ? seconds : 0;
}

/** The address of the search page. */
export const searchAddress = () => /** @type {HTMLFormElement} */ ($("#words, #compose")).action;

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = csrf();
});

// htmx logs an error for every request that a newer one replaces, as happens while somebody types.
const NO_ERRORS = ["htmx:sendAbort", "htmx:afterRequest"];
htmx.logger = (_, event, detail) => {
  if (NO_ERRORS.includes(event)) delete detail.error;
};

// --- messages at the edge of the page

const ALERT = '<svg class="i" aria-hidden="true"><use href="#i-alert"/></svg>';
const CLOSE = '<svg class="i s" aria-hidden="true"><use href="#i-x"/></svg>';
const DISMISS = `<button class="btn small icon" type="button" data-dismiss aria-label="Dismiss">${CLOSE}</button>`;
const MILLISECONDS = 6000;

/**
 * Show a sentence: for 6 s, or until dismissed when it is an error. Returns its element.
 * @param {string} sentence
 * @param {{ error?: boolean, stay?: boolean }} [options]
 */
export function say(sentence, { error = false, stay = error } = {}) {
  const toast = make("div", { className: "toast", role: error ? "alert" : "status" });
  toast.innerHTML = `${error ? ALERT : ""}<p></p>${DISMISS}`;
  $("p", toast).textContent = sentence;
  $("#message").append(toast);
  if (!stay) setTimeout(() => toast.remove(), MILLISECONDS);
  return toast;
}

document.addEventListener("htmx:sendError", () => {
  say("The gallery does not answer. Check your connection, then try again.", { error: true });
});
document.addEventListener("htmx:timeout", () => {
  say("The gallery took too long to answer. Try again.", { error: true });
});
document.addEventListener("htmx:responseError", ({ detail }) => {
  const { status } = detail.xhr;
  say(`The gallery could not do that (${status}). Reload the page and try again.`, { error: true });
});
document.addEventListener("gallery:say", ({ detail }) => say(detail.value));
