"""Letters as pictures: posters made of one sign, of an alphabet, of a word."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image

from tools.samples import light
from tools.samples.canvas import Canvas
from tools.samples.colours import darker, ramp
from tools.samples.paths import arc, points
from tools.samples.sample import Sample


def letter_a() -> Image.Image:
    """An A of a triangle, a bar and a disc."""
    canvas = Canvas(850, 1200, "#f2e7d0", seed=301)
    canvas.paint(canvas.disc(600, 330, 215, 1.2), "#d9372c")
    left = canvas.polygon(points("425,190 120,1010 300,1010 470,500 498,386"))
    right = canvas.polygon(points("425,190 500,190 760,1010 575,1010"))
    canvas.paint(left, "#1d2a44")
    canvas.multiply(right, "#1d2a44")
    bar = canvas.polygon(arc(430, 700, 190, 0, 180))
    canvas.paint(bar, "#efb02c")
    canvas.paint(light.stippled(bar * np.clip((canvas.x - 380) / 300, 0, 1), canvas.rng), "#c9701c", 0.8)
    canvas.paint(light.stippled(left * np.clip((canvas.y - 500) / 900, 0, 1), canvas.rng), "#4f6288", 0.7)
    for k in range(5):
        canvas.paint(canvas.box(120, 1064 + k * 16, 760 - k * 128, 1069 + k * 16), "#1d2a44")
    return canvas.print(paper=0.025)


def seventies(letter: str, ground: str, inks: tuple[str, ...], seed: int) -> Image.Image:
    """A letter in the middle of ever wider outlines of itself."""
    canvas = Canvas(1000, 1000, ground, seed)
    for k in range(len(inks) - 1, -1, -1):
        mask = canvas.text(letter, 500, 500, 640, swell=8 + k * 36)
        canvas.shadow(mask, 3, 5, 5, darker(ground, 0.6), 0.25)
        canvas.paint(mask, inks[k])
    return canvas.print(paper=0.025)


def ampersand() -> Image.Image:
    """Printed twice, slightly out of register."""
    canvas = Canvas(900, 1200, "#f4ead3", seed=307)
    for turn, dx, colour in ((-7, -46, "#ef4b3c"), (7, 46, "#2aa3a8")):
        mask = canvas.text("&", 450 + dx, 580, 1020, turn=turn)
        worn = np.clip(1.5 - 0.9 * canvas.noise(60, 5, 0.7), 0, 1)
        canvas.multiply(mask * worn, colour)
    canvas.paint(canvas.box(110, 1080, 790, 1084), "#3a2b3f")
    canvas.paint(canvas.text("and so on", 450, 1122, 34), "#3a2b3f")
    return canvas.print(paper=0.03)


def alphabet() -> Image.Image:
    """Twenty-six letters in thirty tiles."""
    canvas = Canvas(1200, 1000, "#efe4cd", seed=309)
    pairs = (("#d9432f", "#f4e9d2"), ("#efb234", "#1e2c45"), ("#27657b", "#efb234"), ("#1e2c45", "#e7a48f"),
             ("#e7a48f", "#d9432f"), ("#7c9a78", "#1e2c45"), ("#f0e2c4", "#27657b"))  # fmt: skip
    cell, signs = 200, "ABCDEFGHIJKLMNOPQRSTUVWXYZ&?!*"
    for k, sign in enumerate(signs):
        column, row = k % 6, k // 6
        part = canvas.part(column * cell + 100, row * cell + 100, 100)
        ground, letter = pairs[(k * 5 + row * 2) % len(pairs)]
        part.fill(ground)
        if k % 4 == 1:
            part.paint(part.disc(column * cell + 100, row * cell + 100, 84), "#f4e9d2")
            letter = ground if ground != "#f0e2c4" else letter
        part.paint(part.text(sign, column * cell + 100, row * cell + 102, 150), letter)
    return canvas.print(paper=0.025)


def hello() -> Image.Image:
    canvas = Canvas(1400, 620, "#f3c94b", seed=313)
    inks = ("#e4473a", "#1f6f8b", "#f7f0de", "#e4473a", "#20304f")
    x = 128.0
    for letter, colour, lift in zip("hello", inks, (0, -22, 14, -10, 18), strict=True):
        mask = canvas.text(letter, x, 470 + lift, 520, anchor="ls")
        for k in range(26, 0, -2):
            canvas.paint(light.shifted(mask, k, k), darker("#a8651f", 0.1))
        canvas.paint(mask, colour)
        x += {"h": 285, "e": 285, "l": 135}.get(letter, 290)
    return canvas.print(paper=0.025)


def striped_letter() -> Image.Image:
    """An R that is only there because the stripes turn."""
    canvas = Canvas(900, 1100, "#f4efe3", seed=317)
    mask = canvas.text("R", 462, 550, 940)
    across = np.clip(np.sin(canvas.y * (2 * np.pi / 27)) * 5 + 0.5, 0, 1) * np.ones_like(canvas.x)
    along = np.clip(np.sin((canvas.x + canvas.y) * (2 * np.pi / 38)) * 6 + 0.5, 0, 1)
    canvas.paint(across * (1 - mask), "#1f3c78")
    canvas.paint(along * mask, "#d8352f")
    return canvas.print(paper=0.02)


def quiet() -> Image.Image:
    """One small word, much room."""
    canvas = Canvas(900, 1200, "#27567a", seed=321)
    canvas.fill(ramp(canvas.y / 1200, "#20486c", "#3f7b98", "#a9c7c2", "#efdfc2"))
    canvas.paint(canvas.disc(450, 820, 150, 1.5), "#f7edd6", 0.95)
    canvas.multiply(np.clip((canvas.y - 820) / 150, 0, 1) * canvas.disc(450, 820, 150), "#e9a27f", 0.6)
    canvas.paint(canvas.text("quiet", 450, 330, 92), "#f7edd6")
    return canvas.print(paper=0.025)


_TYPE = ("letters", "typography", "poster")
WARM = ("#fbf0d6", "#e9412f", "#f2762e", "#f5b53a", "#fbe3a8", "#8c2b3a", "#5a1f38")
COOL = ("#fbf3df", "#f26a4f", "#f7b9a0", "#fbf3df", "#7cc0bd", "#2e7f92", "#1c3f66")
SAMPLES = (
    Sample("letter-a", "A", "A triangle, a bar and a red disc.", (*_TYPE, "geometric", "red"), letter_a),
    Sample("letter-s", "S, warm", "An S with the outlines of the seventies.",
           (*_TYPE, "retro", "red", "orange"), partial(seventies, "S", "#45182f", WARM, 303)),
    Sample("letter-g", "G, cool", "The same idea in blue.", (*_TYPE, "retro", "blue"),
           partial(seventies, "G", "#12284a", COOL, 305)),
    Sample("ampersand", "Ampersand", "Printed twice, slightly out of register.",
           (*_TYPE, "red", "turquoise"), ampersand),
    Sample("alphabet", "Alphabet", "Twenty-six letters in coloured tiles.",
           (*_TYPE, "alphabet", "colourful"), alphabet),
    Sample("hello", "Hello", "A friendly word with a long shadow.", (*_TYPE, "word", "yellow"), hello),
    Sample("striped-letter", "R in stripes", "The letter is where the stripes turn.",
           (*_TYPE, "stripes", "red", "blue"), striped_letter),
    Sample("quiet", "Quiet", "One small word, much room.", (*_TYPE, "word", "blue", "calm"), quiet),
)  # fmt: skip
