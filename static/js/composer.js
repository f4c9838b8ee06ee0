// The composer: the count and the histogram follow the slider at once, without asking.

import "./crop.js";

const $ = (selector) => document.querySelector(selector);

/** What would be found from this score on: the server has counted it for each hundredth. */
function follow({ target }) {
  const lowest = Number(target.value);
  const histogram = $("#hist");
  const reaching = histogram.dataset.reaching.split(",");
  const count = $("#live-count");
  $("#least").textContent = lowest.toFixed(2);
  if (!histogram.children.length) return;  // nothing is asked yet
  count.textContent = Number(reaching[Math.round(lowest * 100)]).toLocaleString("en") + count.dataset.of;
  for (const [at, bar] of [...histogram.children].entries()) {
    bar.className = (at + 0.5) / histogram.children.length >= lowest ? "" : "off";
  }
}

document.addEventListener("input", (event) => event.target.id === "min" && follow(event));

// “Edit words” leads into the field rather than only to it.
document.addEventListener("click", (event) => {
  if (!event.target.closest("a[href$='#q']") || !$("#q").checkVisibility()) return;
  event.preventDefault();
  $("#q").focus();
});
