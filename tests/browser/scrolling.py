"""Libraries that are long enough to scroll, and what is measured on them."""

from __future__ import annotations

from tests.conftest import add

SHAPES = [(60, 40), (40, 60), (50, 50), (90, 40)]

WATCH_SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
PLACE = "(id) => document.getElementById(id).getBoundingClientRect().top"
SAME_PLACE = f"([id, top]) => Math.abs(({PLACE})(id) - top) <= 1"


def fill_library(count: int) -> None:
    """Pictures of several shapes, so that rows are real rows."""
    for mark in range(count):
        add("red", mark=mark, size=SHAPES[mark % 4], name=f"red-{mark:03}.png")
