// Help while somebody types into an input[data-suggest]: the entries of #suggestions, by pointer and by keyboard.

const DELAY = 150;

const $ = (selector, root = document) => root.querySelector(selector);
const popup = () => $("#suggestions");
const entries = () => [...popup().querySelectorAll("[role=option]")];
const chosen = () => $("[aria-selected=true]", popup());
const isOpen = () => popup() && !popup().hidden;
const helped = ({ target }) => target.matches?.("input[data-suggest]");

let timer;
let asked;

// The roles of a combobox are written here, since without this script the field is a plain one.
function dress(input) {
  input.role = "combobox";
  input.ariaAutoComplete = "list";
  input.ariaExpanded = "false";
  input.setAttribute("aria-controls", "suggestions");
}

const said = document.createElement("p");
said.className = "vh";
said.role = "status";  // there before it says anything, so that it is heard
document.body.append(said);

function close(input) {
  clearTimeout(timer);
  asked?.abort();
  popup().hidden = true;
  input.ariaExpanded = "false";
  input.removeAttribute("aria-activedescendant");
}

function show(input, html) {
  const layer = popup();
  layer.innerHTML = html;
  const count = entries().length;
  const doubts = [...layer.querySelectorAll(".doubt")].map((line) => line.textContent.trim());
  if (!count && !doubts.length) return close(input);
  layer.hidden = false;
  input.ariaExpanded = String(count > 0);
  input.removeAttribute("aria-activedescendant");
  if (count) input.setAttribute("aria-controls", "suggestion-list");
  said.textContent = [count && `${count} suggestion${count === 1 ? "" : "s"}.`, ...doubts].filter(Boolean).join(" ");
}

async function ask(input) {
  asked?.abort();
  const mine = (asked = new AbortController());
  const address = `${input.dataset.suggest}?${new URLSearchParams({ q: input.value })}`;
  try {
    const answer = await fetch(address, { signal: mine.signal });
    const html = answer.ok && !answer.redirected ? await answer.text() : "";  // redirected: to the login
    if (mine === asked && document.activeElement === input) show(input, html);
  } catch {
    // Help that does not come is no error: what is wrong is said by the search.
    if (!mine.signal.aborted) close(input);
  }
}

function pick(input, entry) {
  close(input);
  input.value = entry.dataset.value;
  input.form.requestSubmit();
}

/** Mark the entry so many steps away; the field itself is one step of the round. */
function move(input, step) {
  const all = entries();
  const round = all.length + 1;
  const at = (all.indexOf(chosen()) + 1 + step + round) % round;
  for (const [number, entry] of all.entries()) entry.ariaSelected = String(number === at - 1);
  if (!at) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", all[at - 1].id);
  all[at - 1].scrollIntoView({ block: "nearest" });
}

/** What a key does; false where it is left to the field. */
function press(key, input) {
  if (key === "ArrowDown" && !isOpen()) return ask(input);
  if (!isOpen()) return false;
  if (key === "ArrowDown") return move(input, 1);
  if (key === "ArrowUp") return move(input, -1);
  if (key === "Escape") return close(input);
  return key === "Enter" && chosen() ? pick(input, chosen()) : false;
}

document.querySelectorAll("input[data-suggest]").forEach(dress);

function hear(event) {
  if (!helped(event)) return;
  clearTimeout(timer);
  asked?.abort();
  if (event.target.value.trim()) timer = setTimeout(ask, DELAY, event.target);
  else close(event.target);
}

document.addEventListener("input", hear);
// On a phone this comes when the field gets the focus, and somebody may have typed meanwhile.
const field = document.activeElement;
if (field.value !== field.defaultValue) hear({ target: field });

document.addEventListener(
  "keydown",
  (event) => {
    if (!helped(event) || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    if (press(event.key, event.target) !== false) event.preventDefault();
  },
  true,  // before the page's own keys
);

document.addEventListener("focusin", (event) => helped(event) && event.target.role !== "combobox" && dress(event.target));
document.addEventListener("focusout", (event) => helped(event) && isOpen() && close(event.target));
document.addEventListener("pointerdown", (event) => event.target.closest?.("#suggestions") && event.preventDefault());
document.addEventListener("click", (event) => {
  const entry = event.target.closest?.("#suggestions [role=option]");
  if (entry) pick($("input[data-suggest]"), entry);
});
