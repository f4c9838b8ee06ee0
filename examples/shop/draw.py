"""Draws the photos of three products into the folder photos."""

from pathlib import Path

from PIL import Image, ImageDraw

PHOTOS = {
    "chair": ("red", "ellipse", (60, 40, 340, 260)),
    "lamp": ("crimson", "ellipse", (70, 50, 330, 250)),
    "sofa": ("blue", "rectangle", (60, 40, 340, 260)),
}

Path("photos").mkdir(exist_ok=True)
for name, (color, shape, box) in PHOTOS.items():
    photo = Image.new("RGB", (400, 300), "white")
    getattr(ImageDraw.Draw(photo), shape)(box, fill=color)
    photo.save(f"photos/{name}.png")
