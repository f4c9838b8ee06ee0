// Back to the list that an image was opened from, and the entries of history that one document has.

import { $, closest, find } from "./dom.js";

// --- back to the very tile, where the browser still knows it

/** @param {HTMLAnchorElement} link */
function goBack(link) {
  const { navigation } = window;
  const before = navigation?.entries()[navigation.currentEntry.index - 1];
  if (before && new URL(before.url).pathname === link.pathname) history.back();
  else location.assign(link.href);
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const back = closest(event.target, "a[data-back]");
  const turn = closest(event.target, ".stage :is(a[rel=prev], a[rel=next])");
  if (back) goBack(/** @type {HTMLAnchorElement} */ (back));
  else if (turn)
    location.replace(/** @type {HTMLAnchorElement} */ (turn).href); // one step of history for a list
  else return;
  event.preventDefault();
});

// The tile that was opened has the focus again after Back, so that the arrow keys go on from there.
document.addEventListener("click", ({ target }) => {
  const tile = closest(target, ".tile a")?.closest(".tile");
  if (tile) sessionStorage.setItem("tile", tile.id);
});
const [arrival] = performance.getEntriesByType("navigation");
if (/** @type {PerformanceNavigationTiming | undefined} */ (arrival)?.type === "back_forward") {
  find(`#${sessionStorage.getItem("tile")} a`)?.focus({ preventScroll: true });
}

// --- A crop box leaves several entries to one document: the browser itself goes back to the place on the page, as
// soon as the page of that entry is there. (htmx would reload it, and land where the page before was.)

document.addEventListener("htmx:replacedInHistory", () => history.replaceState(null, "", location.href));

/** @param {string} url */
async function showPage(url) {
  const answer = await fetch(url).catch(() => null);
  if (!answer?.ok || answer.redirected) return location.reload(); // redirected: to the login
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of [".query", "#main", "#drop", "#live"]) $(part).replaceWith(document.adoptNode($(part, page)));
  document.title = page.title;
  htmx.process(document.body);
  document.dispatchEvent(new Event("gallery:page"));
}

window.navigation?.addEventListener("navigate", (event) => {
  const { navigationType, destination, hashChange, canIntercept } = event;
  if (navigationType !== "traverse" || !destination.sameDocument || hashChange || !canIntercept) return;
  event.intercept({ handler: () => showPage(destination.url) });
});
if (!window.navigation) {
  const search = () => location.pathname + location.search;
  let shown = search();
  document.addEventListener("htmx:replacedInHistory", () => {
    shown = search();
  });
  addEventListener("popstate", () => shown !== search() && location.reload());
}
