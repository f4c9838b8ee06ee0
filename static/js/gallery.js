// What every page does: errors in place, messages, menus, the theme, keys, endless lists, history, selection.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** The token that every changing request carries. */
export const csrf = () => $("[name=csrfmiddlewaretoken]").value;

/** Seconds after which a busy gallery takes the same request again; 0: never. */
export function retryAfter(request) {
  const seconds = [429, 503].includes(request.status) ? Number(request.getResponseHeader("Retry-After")) : 0;
  return seconds > 0 && seconds <= 10 ? seconds : 0;
}

/** Where searches are. */
export const searchAddress = () => $("#words, #compose").action;

const ALERT = '<svg class="i" aria-hidden="true"><use href="#i-alert"/></svg>';

/** Show a sentence at the edge of the page: for 6 s, or until dismissed when it is an error. Returns its element. */
export function say(sentence, { error = false, stay = error } = {}) {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.role = error ? "alert" : "status";
  toast.innerHTML = `${error ? ALERT : ""}<p></p><button class="btn small icon" type="button" data-dismiss aria-label="Dismiss"><svg class="i s" aria-hidden="true"><use href="#i-x"/></svg></button>`;
  $("p", toast).textContent = sentence;
  $("#message").append(toast);
  if (!stay) setTimeout(() => toast.remove(), 6000);
  return toast;
}

// --- htmx: the token, and no failure in silence

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = csrf();
});

// htmx writes a line of error for every request that a newer one replaces, as happens while somebody types.
const NO_ERRORS = ["htmx:sendAbort", "htmx:afterRequest"];
htmx.logger = (_, event, detail) => NO_ERRORS.includes(event) && delete detail.error;

const FAILURES = {
  "htmx:sendError": () => "The gallery does not answer. Check your connection, then try again.",
  "htmx:timeout": () => "The gallery took too long to answer. Try again.",
  "htmx:responseError": ({ xhr }) => `The gallery could not do that (${xhr.status}). Reload the page and try again.`,
};
for (const [event, sentence] of Object.entries(FAILURES)) {
  document.addEventListener(event, ({ detail }) => say(sentence(detail), { error: true }));
}
document.addEventListener("gallery:say", ({ detail }) => say(detail.value));
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "facts") $("#facts summary")?.focus();  // the form that had the focus has gone
});

// --- endless lists: one screen before the end, #more asks for the next page

const watcher = new IntersectionObserver(
  ([entry]) => {
    const more = $("#more");
    if (entry.isIntersecting && more) htmx.trigger(more, "more");
  },
  { rootMargin: "0px 0px 100%" },
);

function watch() {
  watcher.disconnect();  // a fresh look: nothing is reported where nothing changes
  const next = $("#next.auto");
  if (next) watcher.observe(next);
}
watch();
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) $("#next")?.classList.remove("auto");  // from here on by the plain link
  watch();
});

// --- menus, dialogs, messages

const MENUS = "details.menu, details.why";

function open(event, layer) {
  event.preventDefault();
  if (layer.showModal) return layer.showModal();
  if (!layer.checkVisibility()) return location.assign(event.target.closest("a").href);
  layer.open = true;
  $("input:not([type=hidden])", layer).focus();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  for (const menu of $$(`:is(${MENUS})[open]`)) if (!menu.contains(target)) menu.open = false;
  target.closest("[data-dismiss]")?.closest(".toast").remove();
  const opener = target.closest("[data-opens]");
  if (opener) open(event, $(`#${opener.dataset.opens}`));
  const copy = target.closest("[data-copy]");
  if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => say("Copied."));
  if (target.matches("dialog.sheet")) target.close();
});

// A card that would stick out on the right hangs from its tile's right corner instead.
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.open || !target.matches("details.why")) return;
    const tile = target.closest(".tile");
    tile.classList.remove("end");
    const card = $(".pop", target);
    tile.classList.toggle("end", card.getBoundingClientRect().right > document.documentElement.clientWidth - 8);
    card.scrollIntoView({ block: "nearest" });
  },
  true,
);

function closeTop() {
  const menu = $$(`:is(${MENUS})[open]`).pop();
  if (menu) {
    menu.open = false;
    $("summary", menu).focus();
    return true;
  }
  return false;
}

// --- the theme: at once here, and by cookie for the pages to come

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]")) return;
  event.preventDefault();
  document.documentElement.dataset.theme = event.submitter.value;
  fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
});

// --- back to the list that a picture was opened from: to the very tile, where the browser still knows it

function goBack(link) {
  const { entries, currentEntry } = window.navigation ?? {};
  const before = entries && window.navigation.entries()[currentEntry.index - 1];
  if (before && new URL(before.url).pathname === link.pathname) history.back();
  else location.assign(link.href);
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const back = event.target.closest("a[data-back]");
  const turn = event.target.closest("a[rel=prev], a[rel=next]");
  if (!back && !turn?.closest(".stage")) return;
  event.preventDefault();
  if (back) goBack(back);
  else location.replace(turn.href);  // leafing through a list is one step of history
});

// The tile that was opened has the focus again after Back, so that the arrow keys go on from there.
document.addEventListener("click", ({ target }) => {
  if (target.closest(".tile a")) sessionStorage.setItem("tile", target.closest(".tile").id);
});
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") {
  $(`#${sessionStorage.getItem("tile")} a`)?.focus({ preventScroll: true });
}

// --- history. A crop box leaves several entries to one document: the browser itself goes back to the place on the
// page, as soon as the page of that entry is there. (htmx would reload it, and land where the page before was.)

document.addEventListener("htmx:replacedInHistory", () => history.replaceState(null, "", location.href));

async function showPage(url) {
  const answer = await fetch(url).catch(() => false);
  if (!answer.ok || answer.redirected) return location.reload();  // redirected: to the login
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of [".query", "#main", "#drop", "#live"]) $(part).replaceWith(document.adoptNode($(part, page)));
  document.title = page.title;
  htmx.process(document.body);
  watch();
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
  document.addEventListener("htmx:replacedInHistory", () => (shown = search()));
  addEventListener("popstate", () => shown !== search() && location.reload());
}

// --- the selection: as many as a query takes

const MOST_SELECTED = 12;

$("[data-select]")?.addEventListener("click", ({ target }) => {
  target.ariaPressed = String($("#grid").classList.toggle("selecting"));
});
document.addEventListener("change", ({ target }) => {
  if (!target.matches(".tile > input")) return;
  const count = $$(".tile > input:checked").length;
  if (count <= MOST_SELECTED) return ($("#live").textContent = `${count} selected`);
  target.checked = false;
  say(`A search takes at most ${MOST_SELECTED} pictures. Take one away first.`);
});

// --- what a phone's first view does without comes when it is needed; the links in the head know the files' names

const load = (name) => import($(`#js-${name}`).href);
const pictures = () => load("drop");
const composer = () => $(".composer")?.checkVisibility() && load("composer");

document.addEventListener("focusin", ({ target }) => target.matches("[data-suggest]") && load("suggest"));
document.addEventListener("toggle", ({ target }) => $(".picture", target) && pictures(), true);
for (const event of ["keydown", "dragover"]) addEventListener(event, pictures, { once: true });
if (matchMedia("(any-pointer: fine)").matches) {
  pictures();
  load("suggest");
}
document.addEventListener("gallery:page", composer);
composer();

// --- keys

const keysSwitch = $("#single-keys");
keysSwitch.checked = localStorage.getItem("single-keys") !== "off";
keysSwitch.addEventListener("change", () => localStorage.setItem("single-keys", keysSwitch.checked ? "on" : "off"));

const typing = ({ target }) => target.isContentEditable || target.matches("input:not([type=checkbox], [type=range]), textarea, select");

const tileAt = () => $(".tile:focus-within") ?? $(".tile:hover");

/** The first link of the tile's actions is “more”, or what it starts a search by; the second one is “less”. */
const act = (number) => () => $$(".act a, a.act", tileAt() ?? document.createElement("p"))[number]?.click();

function similar() {
  const tile = tileAt();
  if (tile) location.assign(`${searchAddress()}?like=${tile.id.slice(1)}`);
  else $("[data-key=s]")?.click();
}

function editWords() {
  const field = $("#q");
  if (!field.checkVisibility()) return $("[data-edit]")?.click();
  field.focus();
}

const SINGLE = {
  "/": editWords,
  "?": () => $("#keys").showModal(),
  s: similar,
  "+": act(0),
  m: act(0),
  "-": act(1),
  l: act(1),
  x: () => $("input", tileAt() ?? document.createElement("p"))?.click(),
};

/** The tile beside, or the nearest one in the row above or below. */
function tileTowards(key, tile) {
  const tiles = $$(".tile").filter((other) => other.offsetParent);
  const at = tiles.indexOf(tile);
  if (key === "ArrowLeft" || key === "ArrowRight") return tiles[at + (key === "ArrowLeft" ? -1 : 1)];
  const box = tile.getBoundingClientRect();
  const middle = box.left + box.width / 2;
  const rows = tiles.map((other) => [other, other.getBoundingClientRect()]);
  const beyond = rows.filter(([, r]) => (key === "ArrowUp" ? r.bottom <= box.top : r.top >= box.bottom));
  const edge = key === "ArrowUp" ? Math.max(...beyond.map(([, r]) => r.top)) : Math.min(...beyond.map(([, r]) => r.top));
  const row = beyond.filter(([, r]) => Math.abs(r.top - edge) < 2);
  return row.sort((a, b) => Math.abs(a[1].left + a[1].width / 2 - middle) - Math.abs(b[1].left + b[1].width / 2 - middle))[0]?.[0];
}

function move(event) {
  const leaf = { ArrowLeft: ".stage a[rel=prev]", ArrowRight: ".stage a[rel=next]" }[event.key];
  const tile = event.target.closest(".tile");
  if (tile) {
    event.preventDefault();
    $("a", tileTowards(event.key, tile) ?? tile)?.focus();
  } else if ($(".stage")) {
    $(leaf ?? "_")?.click();
  } else if (leaf && event.target === document.body) {
    $(".tile a")?.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  if (event.key === "Escape") {
    if (!closeTop() && !typing(event)) $("a[data-back]")?.click();
  } else if (typing(event)) {
    return;
  } else if (event.key.startsWith("Arrow")) {
    move(event);
  } else if (keysSwitch.checked && SINGLE[event.key]) {
    event.preventDefault();
    SINGLE[event.key]();
  }
});
