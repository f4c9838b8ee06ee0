// The composer: the count and the histogram follow the slider at once, without a request.

import "./crop.js";
import { $, closest } from "./dom.js";

/**
 * Show what would be found from this score on: the server has counted it for each hundredth.
 * @param {number} threshold
 */
function showCounts(threshold) {
  const histogram = $("#hist");
  const counts = (histogram.dataset.reaching ?? "").split(",");
  const count = $("#live-count");
  $("#least").textContent = threshold.toFixed(2);
  const bars = [...histogram.children];
  if (!bars.length) return; // nothing is asked yet
  count.textContent = Number(counts[Math.round(threshold * 100)]).toLocaleString("en") + count.dataset.of;
  for (const [at, bar] of bars.entries()) bar.className = (at + 0.5) / bars.length >= threshold ? "" : "off";
}

document.addEventListener("input", ({ target }) => {
  if (target instanceof HTMLInputElement && target.id === "min") showCounts(Number(target.value));
});

// “Edit words” leads into the field rather than only to it.
document.addEventListener("click", (event) => {
  if (!closest(event.target, "a[href$='#q']") || !$("#q").checkVisibility()) return;
  event.preventDefault();
  $("#q").focus();
});
