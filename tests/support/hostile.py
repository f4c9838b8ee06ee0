"""Files that want to hurt and honest files that only look odd, all built here; for every test of an entrance.

`HOSTILE` and `ODD` map a name that says what is in the file to a function that builds it: the first must all
be refused with a sentence, the second must all be taken.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache

from PIL import Image, ImageCms, ImageDraw
from PIL.PngImagePlugin import PngInfo

Maker = Callable[[], bytes]


# Parts that files are built of


def picture(size: tuple[int, int] = (120, 80), mode: str = "RGB") -> Image.Image:
    """Four quarters (red, green, blue, yellow), so that every turn can be told from the others."""
    image = Image.new("RGB", size)
    draw = ImageDraw.Draw(image)
    width, height = size
    for n, colour in enumerate(["#d93a34", "#4f9d4a", "#3b6fd1", "#f2cc3d"]):
        left, top = n % 2 * width // 2, n // 2 * height // 2
        draw.rectangle((left, top, left + width // 2, top + height // 2), fill=colour)
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2, pixels: bytes = b""
) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    rest = png_chunk(b"IDAT", zlib.compress(pixels)) + png_chunk(b"IEND")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + rest


def small_png(*chunks: bytes) -> bytes:
    """A good 2 × 1 picture with more chunks before its data."""
    return png(2, 1, *chunks, pixels=b"\0\xff\0\0\0\xff\0")


def jpeg_segment(marker: int, data: bytes = b"") -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def with_segments(*segments: bytes, jpeg: bytes | None = None) -> bytes:
    """A good JPEG with more segments at its beginning."""
    jpeg = jpeg or encoded(picture(), "JPEG")
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def riff(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def vp8x(width: int, height: int, flags: int = 2) -> bytes:
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return riff_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sizes)


def vp8l(width: int, height: int, data: bytes = bytes(10)) -> bytes:
    return riff_chunk(b"VP8L", b"\x2f" + struct.pack("<I", width - 1 | (height - 1) << 14) + data)


def gif(width: int, height: int, *blocks: bytes) -> bytes:
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
        + b"\0\0\0\xff\xff\xff"
        + b"".join(blocks)
        + b";"
    )


def gif_frame(width: int = 1, height: int = 1, left: int = 0, data: bytes = b"\x02\x44\x01") -> bytes:
    return b"," + struct.pack("<HHHHB", left, 0, width, height, 0) + b"\x02" + data + b"\0"


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data


def exif(*tags: tuple[int, int, int, int]) -> bytes:
    """One directory of (tag, type, count, value or offset)."""
    directory = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(tags)) + directory + bytes(4)


# Files that are no pictures

STRANGERS: dict[str, bytes] = {
    "empty.jpg": b"",
    "one byte.png": b"\x89",
    "page.jpg": b"\xef\xbb\xbf  <!DOCTYPE html><html><script>alert(1)</script></html>",
    "drawing.svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "entities.svg": b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>',
    "paper.pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj",
    "pdf with a picture.jpg": b"junk %PDF-1.4 \xff\xd8\xff\xe0",
    "drawing.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99999 99999\n",
    "scan.tif": b"II*\0\x08\0\0\0\0\0\0\0\0\0",
    "photo.nef": b"MM\0*\0\0\0\x08\0\0\0\0\0\0",
    "old.bmp": b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + bytes(60),
    "favicon.ico": b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0" + bytes(80),
    "layers.psd": b"8BPS\0\1" + bytes(40),
    "new.jxl": b"\xff\x0a" + bytes(40),
    "film.jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
    "phone.heic": box(b"ftyp", b"heic\0\0\0\0mif1heic") + bytes(40),
    "film.mp4": box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41") + bytes(40),
    "film.webm": b"\x1aE\xdf\xa3" + bytes(40),
    "film.avi": b"RIFF\x40\0\0\0AVI LIST" + bytes(40),
    "sound.wav": b"RIFF\x40\0\0\0WAVEfmt " + bytes(40),
    "sound.mp3": b"ID3\4" + bytes(40),
    "pictures.zip": b"PK\3\4" + bytes(40),
    "pictures.tar.gz": b"\x1f\x8b\x08" + bytes(40),
    "program.exe": b"MZ\x90\0" + bytes(80),
    "notes.txt": "A letter in plain words, çà et là.".encode(),
    "noise.jpg": bytes(range(256)) * 4,
}


# Pictures that claim or cost too much


def frame_of(width: int, height: int) -> bytes:
    """The frame header of a JPEG: its size and its three colours."""
    return struct.pack(">BHHB", 8, height, width, 3) + b"\1\x22\0\2\x11\0\3\x11\0"


def jpeg_header(width: int, height: int, marker: int = 0xC0) -> bytes:
    """Enough of a JPEG for a decoder to make room for it."""
    tables = jpeg_segment(0xDB, b"\0" + b"\1" * 64) + jpeg_segment(
        0xC4, b"\0" + bytes([1] + [0] * 15) + b"\0"
    )
    scan = jpeg_segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0")
    return b"\xff\xd8" + tables + jpeg_segment(marker, frame_of(width, height)) + scan + bytes(20)


def jpeg_of_scans(repeats: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again; each costs a pass over the whole picture."""
    jpeg = encoded(picture((2000, 2000)), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * repeats + b"\xff\xd9"


def png_of_zeros(side: int) -> bytes:
    return png(side, side, depth=1, colour=0, pixels=bytes((side // 8 + 1) * side))


def apng(frames: int) -> bytes:
    return small_png(png_chunk(b"acTL", struct.pack(">II", frames, 0)))


def webp_of_frames(side: int, count: int) -> bytes:
    size = (side - 1).to_bytes(3, "little")
    frame = riff_chunk(b"ANMF", bytes(6) + size + size + bytes(4) + vp8l(side, side))
    return riff(vp8x(side, side), riff_chunk(b"ANIM", bytes(6)), frame * count)


@cache
def avif(side: int = 64) -> bytes:
    return encoded(Image.new("RGB", (side, side), "#3b6fd1"), "AVIF", speed=10)


def lying_avif(side: int = 8_100) -> bytes:
    """Says that it is 100 × 100; its compressed data is side × side."""
    file = bytearray(avif(side))
    at = file.index(b"ispe") + 8
    file[at : at + 8] = struct.pack(">II", 100, 100)
    return bytes(file)


def avif_with_locations(*items: bytes) -> bytes:
    """An AVIF whose iloc box holds these entries, and whose items 1, 2, … are all AV1."""
    names = b"".join(
        box(b"infe", struct.pack(">IHH", 2 << 24, n + 1, 0) + b"av01\0") for n in range(len(items))
    )
    info = box(b"iinf", struct.pack(">IH", 0, len(items)) + names)
    places = box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", len(items)) + b"".join(items))
    return box(b"ftyp", b"avif\0\0\0\0avifmif1") + box(b"meta", bytes(4) + info + places) + bytes(1_000)


def location(item: int, extents: int = 1, start: int = 0) -> bytes:
    """An entry of the iloc box whose extents all reach from `start` to the end of the file."""
    return struct.pack(">HHH", item, 0, extents) + struct.pack(">II", start, 0) * extents


def avif_of_units(count: int) -> bytes:
    start = len(avif_with_locations(location(1)))
    return avif_with_locations(location(1, start=start)) + b"\x12\0" * count


BOMBS: dict[str, Maker] = {
    "webp of 40 bytes, lossless, 16,383 squared": lambda: riff(vp8l(16383, 16383)),
    "webp, lossy, 16,383 squared": lambda: riff(
        riff_chunk(b"VP8 ", b"\x10\0\0\x9d\1\x2a" + struct.pack("<HH", 16383, 16383) + bytes(8))
    ),
    "webp canvas of 16 million squared": lambda: riff(vp8x(1 << 24, 1 << 24), vp8l(1, 1)),
    "webp of 8,000 squared without its data": lambda: riff(vp8l(8000, 8000)),
    "webp of 200 frames": lambda: webp_of_frames(2000, 200),
    "jpeg of 65,535 squared": lambda: jpeg_header(65535, 65535),
    "progressive jpeg of 30,000 squared": lambda: jpeg_header(30000, 30000, 0xC2),
    "progressive jpeg of 8,000 squared without its data": lambda: jpeg_header(8000, 8000, 0xC2),
    "jpeg that names two sizes": lambda: with_segments(jpeg_segment(0xC0, frame_of(60_000, 60_000))),
    "jpeg of 1,000 scans": lambda: jpeg_of_scans(1000),
    "jpeg of 300,000 empty segments": lambda: with_segments(jpeg_segment(0xE5) * 300_000),
    "jpeg with empty segments behind an early end": lambda: with_segments(
        b"\xff\xd9" + b"\xff\xf0" + jpeg_segment(0xE5) * 300_000
    ),
    "jpeg with 3 MB of rubbish before its data": lambda: with_segments(jpeg_segment(0xE5) + bytes(3_000_000)),
    "png of 100,000 squared": lambda: png(100_000, 100_000),
    "png of 2 billion squared": lambda: png(2**31 - 1, 2**31 - 1),
    "png of 30,000 squared in 110 KB": lambda: png_of_zeros(30_000),
    "png that names two sizes": lambda: small_png(
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0))
    ),
    "png of 2 billion frames": lambda: apng(2**31 - 1),
    "png of 300,000 empty chunks": lambda: small_png(png_chunk(b"quIt") * 300_000),
    "gif screen of 65,535 squared": lambda: gif(65535, 65535, gif_frame()),
    "gif frame larger than its screen": lambda: gif(1, 1, gif_frame(65535, 65535)),
    "gif frame far outside of its screen": lambda: gif(20_000, 1, gif_frame(1, 60_000, left=60_000)),
    "gif of 100 frames of 2,000 squared": lambda: gif(2000, 2000, gif_frame() * 100),
    "gif of 300,000 frames": lambda: gif(1, 1, gif_frame() * 300_000),
    "gif of a million one-byte comments": lambda: gif(
        1, 1, b"!\xfe" + b"\1x" * 1_000_000 + b"\0", gif_frame()
    ),
    "gif in a million one-byte blocks": lambda: gif(1, 1, gif_frame(data=b"\1\x44" * 1_000_000)),
    "avif that hides its size": lying_avif,
    "avif of 60,000 overlapping extents": lambda: avif_with_locations(location(1, 60_000)),
    "avif of 100 items in the same place": lambda: avif_with_locations(
        *(location(n + 1) for n in range(100))
    ),
    "avif of a million units": lambda: avif_of_units(1_000_000),
    "avif without a picture": lambda: box(b"ftyp", b"avif\0\0\0\0avifmif1") + box(b"meta", bytes(4)),
}


# Damaged pictures

KINDS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
SHORTEST = {"JPEG": 4, "PNG": 10, "WEBP": 20, "GIF": 8, "AVIF": 30}


def noisy(kind: str) -> bytes:
    return encoded(Image.effect_noise((200, 200), 90).convert("RGB"), kind)


def damaged() -> Iterator[tuple[str, Maker]]:
    for kind in KINDS:
        yield f"half a {kind}", lambda kind=kind: noisy(kind)[: len(noisy(kind)) // 2]
        yield f"the first bytes of a {kind}", lambda kind=kind: noisy(kind)[: SHORTEST[kind]]
        yield f"{kind} magic and zeros", lambda kind=kind: noisy(kind)[:12] + bytes(1000)
        yield f"{kind} magic and noise", lambda kind=kind: noisy(kind)[:12] + bytes(range(256)) * 20
    yield "png with a wrong checksum", lambda: small_png().replace(b"IHDR\0\0\0\2", b"IHDR\0\0\0\3")
    yield "png without data", lambda: png(4000, 4000)


HOSTILE: dict[str, Maker] = {
    **{name: (lambda data=data: data) for name, data in STRANGERS.items()},
    **BOMBS,
    **dict(damaged()),
}


# Honest, but odd


def turned(orientation: int) -> bytes:
    """A JPEG that is upright only after the turn that its EXIF names."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    return encoded(picture(), "JPEG", exif=tags, quality=95)


def animated(kind: str) -> bytes:
    frames = [picture(), *(Image.new("RGB", (120, 80), (n * 60, 0, 0)) for n in range(3))]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def deep_grey() -> bytes:
    """16 bits of grey, from black to white: 8 bits of it must be a ramp, not a step."""
    image = Image.new("I;16", (256, 8))
    image.putdata([x * 257 for _ in range(8) for x in range(256)])
    return encoded(image, "PNG")


def deep_colour() -> bytes:
    row = b"\0" + struct.pack(">HHH", 0x8000, 0x4000, 0xFFFF) * 4
    return png(4, 2, depth=16, pixels=row * 2)


def glass(mode: str) -> bytes:
    """Half transparent, half opaque black."""
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 20, 40))
    return encoded(image.convert(mode), "PNG")


def palette_glass() -> bytes:
    image = Image.new("P", (40, 40), 0)
    image.putpalette([10, 200, 10, 0, 0, 0])
    image.paste(1, (0, 0, 20, 40))
    return encoded(image, "PNG", transparency=bytes([0, 255]))


def text_png(size: int) -> bytes:
    info = PngInfo()
    info.add_text("Comment", "x" * size)
    return encoded(picture(), "PNG", pnginfo=info)


def cmyk_with_profile() -> bytes:
    return encoded(picture(mode="CMYK"), "JPEG", icc_profile=b"no profile at all" * 20)


ODD: dict[str, Maker] = {
    "cmyk jpeg": lambda: encoded(picture(mode="CMYK"), "JPEG"),
    "cmyk jpeg with a broken profile": cmyk_with_profile,
    "grey jpeg": lambda: encoded(picture(mode="L"), "JPEG"),
    "progressive jpeg": lambda: encoded(picture(), "JPEG", progressive=True),
    "jpeg with another one behind it": lambda: encoded(
        picture(), "MPO", save_all=True, append_images=[Image.new("RGB", (120, 80))]
    ),
    "jpeg with a zip behind it": lambda: encoded(picture(), "JPEG") + b"PK\3\4" + bytes(500),
    "jpeg with a script in its comment": lambda: encoded(
        picture(), "JPEG", comment=b"<script>alert(1)</script>"
    ),
    "jpeg with rubbish as exif": lambda: with_segments(
        jpeg_segment(0xE1, b"Exif\0\0" + bytes(range(256)) * 8)
    ),
    "jpeg whose exif claims 4 GB": lambda: with_segments(
        jpeg_segment(0xE1, exif(*((n, 7, 2**32 - 1, 8) for n in range(1000))))
    ),
    "jpeg whose exif points at itself": lambda: with_segments(jpeg_segment(0xE1, exif((0x8769, 4, 1, 8)))),
    "jpeg with orientation 99": lambda: with_segments(jpeg_segment(0xE1, exif((0x0112, 3, 1, 99)))),
    "jpeg with a broken profile": lambda: encoded(picture(), "JPEG", icc_profile=bytes(range(256)) * 4),
    "jpeg with a good profile": lambda: encoded(
        picture(), "JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ),
    **{f"jpeg to be turned by {n}": (lambda n=n: turned(n)) for n in range(1, 9)},
    "png of 16 bits of grey": deep_grey,
    "png of 16 bits of colour": deep_colour,
    "png of 1 bit": lambda: encoded(picture(mode="1"), "PNG"),
    "png with alpha": lambda: glass("RGBA"),
    "png of grey with alpha": lambda: glass("LA"),
    "png with a palette with alpha": palette_glass,
    "png with one transparent colour": lambda: encoded(picture(), "PNG", transparency=(217, 58, 52)),
    "png with 5 MB of text": lambda: text_png(5_000_000),
    "png whose text unpacks to 50 MB": lambda: small_png(
        png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000)))
    ),
    "png whose profile unpacks to 50 MB": lambda: small_png(
        png_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(50_000_000)))
    ),
    "png with html in its text": lambda: small_png(png_chunk(b"tEXt", b"Title\0<html><script>")),
    "animated png": lambda: animated("PNG"),
    "animated gif": lambda: animated("GIF"),
    "animated webp": lambda: animated("WEBP"),
    "animated avif": lambda: animated("AVIF"),
    "gif with a script behind it": lambda: encoded(picture(), "GIF") + b"/*'*/=1;alert(1)",
    "gif of 2 colours": lambda: encoded(picture(mode="1"), "GIF"),
    "lossless webp with alpha": lambda: encoded(picture(mode="RGBA"), "WEBP", lossless=True),
    "avif with alpha": lambda: encoded(picture(mode="RGBA"), "AVIF"),
    "a single pixel": lambda: encoded(Image.new("RGB", (1, 1), "red"), "PNG"),
    "a line of 1 by 20,000": lambda: encoded(Image.new("RGB", (1, 20_000), "red"), "PNG"),
    "a line of 20,000 by 1": lambda: encoded(Image.new("RGB", (20_000, 1), "red"), "JPEG"),
}
