"""What becomes of a photo on its way to the one who asks: screenshots, crops, filters, captions.

Each edit is one small function, RGB picture -> RGB picture, the same one every time for the same
photo, edit and seed. They measure; training's own random views are others
(``engine.training.views``), so that what is measured is not what was practised.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Make = Callable[[Image.Image, np.random.Generator], Image.Image]
Colour = tuple[int, int, int]
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


@dataclass(frozen=True)
class Edit:
    """One way to edit a photo. ``seven``: one of the seven of RETRIEVAL.md, "Edited copies"."""

    name: str
    make: Make
    seven: bool = False


def edited(photo: Image.Image, edit: Edit, name: str, seed: int) -> Image.Image:
    """``photo`` (RGB) after ``edit``. ``name`` tells photos apart; never changes ``photo``."""
    key = f"{seed}/{edit.name}/".encode() + os.fsencode(name)
    digest = blake2b(key, digest_size=16).digest()
    return edit.make(photo, np.random.default_rng(int.from_bytes(digest, "big")))


# The seven


def crop(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A part of half the area, in the photo's own proportions."""
    w, h = (max(1, round(side * 0.5**0.5)) for side in photo.size)
    x, y = rng.integers(0, photo.width - w + 1), rng.integers(0, photo.height - h + 1)
    return photo.crop((int(x), int(y), int(x) + w, int(y) + h))


def rotate(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Turned by 20 degrees either way; the canvas grows, its corners are white."""
    angle = 20 if rng.random() < 0.5 else -20
    return photo.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE)


def screenshot(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Inside a window: title bar with buttons and an address above, margins, text below."""
    paper, ink = _theme(rng)
    unit = max(1, min(photo.size) // 20)
    width, height = photo.width + 6 * unit, photo.height + 10 * unit
    window = Image.new("RGB", (width, height), paper)
    window.paste(photo, (3 * unit, 6 * unit))
    draw = ImageDraw.Draw(window)
    for n, colour in enumerate(((237, 106, 94), (245, 191, 79), (98, 197, 84))):
        x = unit + 2 * n * unit
        draw.ellipse((x, unit, x + unit, 2 * unit), fill=colour)
    _bar(draw, 9 * unit, unit, 0.5 * width, 1.5 * unit, _between(paper, ink, 0.15))
    _bar(draw, 3 * unit, 4 * unit, rng.uniform(0.2, 0.7) * photo.width, unit, ink)
    for y in (height - 3 * unit, height - 1.6 * unit):
        _bar(draw, 3 * unit, y, rng.uniform(0.2, 1.0) * photo.width, 0.7 * unit, ink)
    return window


def dark(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A quarter as bright, flat, a fifth of the colour."""
    dim = ImageEnhance.Contrast(ImageEnhance.Brightness(photo).enhance(0.25)).enhance(0.6)
    return ImageEnhance.Color(dim).enhance(0.2)


def tiny(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A preview of 48 pixels, with text across it that is large for its size."""
    small = photo.copy()
    small.thumbnail((48, 48), Image.Resampling.BICUBIC)
    words = ("SALE -50%", "LOL", "BREAKING", "hello!", "@somebody")
    y = rng.uniform(0.25, 0.75) * small.height
    _text(small, words[int(rng.integers(len(words)))], y, 0.9 * small.width, small.height / 3)
    return small


def blur(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Mirrored and out of focus."""
    return ImageOps.mirror(photo).filter(ImageFilter.GaussianBlur(min(photo.size) / 50))


def jpeg(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Saved once more, with quality 30."""
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=30)
    return Image.open(buffer).convert("RGB")


# Further ones


def phone(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A phone's whole screen, 9 x 19.5, with the photo as wide as it in some app's post."""
    paper, ink = _theme(rng)
    width = photo.width
    unit = width / 30
    screen = Image.new("RGB", (width, max(1, round(65 * unit))), paper)
    inside = photo.copy()
    inside.thumbnail((width, max(1, round(40 * unit))), Image.Resampling.BICUBIC)
    top = round(10 * unit + rng.uniform(0, 1) * (40 * unit - inside.height) / 2)
    screen.paste(inside, ((width - inside.width) // 2, top))
    draw = ImageDraw.Draw(screen)
    grey = _between(paper, ink, 0.6)
    hour, minute = int(rng.integers(24)), int(rng.integers(60))
    draw.text((2 * unit, unit), f"{hour}:{minute:02d}", fill=ink, font=_font(1.6 * unit))
    _bar(draw, 26 * unit, 1.2 * unit, 2.2 * unit, 1.1 * unit, ink)  # battery
    circle = (2 * unit, top - 4.5 * unit, 5 * unit, top - 1.5 * unit)
    draw.ellipse(circle, fill=_between(paper, ink, 0.3))  # who posted it
    _bar(draw, 6 * unit, top - 4 * unit, rng.uniform(6, 14) * unit, 0.8 * unit, ink)
    _bar(draw, 6 * unit, top - 2.5 * unit, rng.uniform(3, 8) * unit, 0.6 * unit, grey)
    below = top + inside.height + unit
    for n in range(3):  # like, answer, send
        x = (2 + 4 * n) * unit
        draw.ellipse((x, below, x + 2 * unit, below + 2 * unit), outline=ink)
    for n in range(int(rng.integers(1, 4))):
        _bar(draw, 2 * unit, below + (3.5 + 1.6 * n) * unit, rng.uniform(10, 26) * unit, unit, grey)
    _bar(draw, 10 * unit, 63.5 * unit, 10 * unit, 0.5 * unit, ink)  # home
    return screen


def screen(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A photo of a monitor: taken from the side, with moire, a reflection and a cold cast."""
    light = np.asarray(photo, dtype=np.float32)
    height, width = light.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle, period = rng.uniform(0.1, 0.6), max(3.0, max(width, height) / rng.uniform(40, 70))
    along = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period
    # The grids of pixel and sensor beat against each other, each colour with its own phase.
    beat = np.sin(along[..., None] + np.array([0, 2.1, 4.2], np.float32))
    shone = light * (1 + 0.12 * beat) * np.array([0.88, 0.95, 1.05], np.float32) + 18
    across, down = rng.uniform(0.15, 0.85) * width, rng.uniform(0.1, 0.5) * height
    far = ((x - across) / (0.25 * width)) ** 2 + ((y - down) / (0.2 * height)) ** 2
    shone += 110 * np.exp(-far)[..., None]
    bezel = max(1, min(width, height) // 25)
    monitor = ImageOps.expand(_picture(shone), bezel, (16, 16, 18))
    seen = _from_the_side(monitor, rng)
    return seen.filter(ImageFilter.GaussianBlur(min(photo.size) / 250))


def meme(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """White capitals with a black outline, above and below."""
    captions = (
        ("WHEN YOU FINALLY", "FIND THE PHOTO"),
        ("NOBODY:", "ME ON HOLIDAY"),
        ("ONE DOES NOT SIMPLY", "TAKE ONE PICTURE"),
        ("MONDAY", "AGAIN"),
    )
    above, below = captions[int(rng.integers(len(captions)))]
    captioned = photo.copy()
    for text, y in ((above, 0.12), (below, 0.88)):
        _text(captioned, text, y * photo.height, 0.92 * photo.width, photo.height / 6)
    return captioned


def mirror(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Left and right exchanged."""
    return ImageOps.mirror(photo)


def faded(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """An old print: no black, little colour, a warm cast, darker corners."""
    soft = np.asarray(ImageEnhance.Color(photo).enhance(0.65), dtype=np.float32)
    warm = (soft * 0.72 + 52) * np.array([1.08, 1.0, 0.84], np.float32)
    height, width = warm.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return _picture(warm * (1 - 0.25 * (x**2 + y**2) / 2)[..., None])


def noir(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Black and white, hard contrast, film grain."""
    hard = ImageEnhance.Contrast(ImageOps.grayscale(photo)).enhance(1.7)
    grey = np.asarray(hard, dtype=np.float32)
    grain = rng.normal(0, 12, grey.shape).astype(np.float32)
    return _picture(np.repeat((grey + grain)[..., None], 3, axis=2))


def vivid(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Twice the colour, more contrast, warm lights and cold shadows."""
    strong = ImageEnhance.Contrast(ImageEnhance.Color(photo).enhance(2.0)).enhance(1.25)
    light = np.asarray(strong, dtype=np.float32)
    tint = (light.mean(axis=2, keepdims=True) - 128) / 128  # -1 shadow .. 1 light
    return _picture(light + tint * np.array([22, 6, -22], np.float32))


EDITS = (
    Edit("crop", crop, seven=True),
    Edit("rotate", rotate, seven=True),
    Edit("screenshot", screenshot, seven=True),
    Edit("dark", dark, seven=True),
    Edit("tiny-text", tiny, seven=True),
    Edit("blur-mirror", blur, seven=True),
    Edit("jpeg-30", jpeg, seven=True),
    Edit("phone-screenshot", phone),
    Edit("photo-of-screen", screen),
    Edit("meme-text", meme),
    Edit("mirrored", mirror),
    Edit("look-faded", faded),
    Edit("look-noir", noir),
    Edit("look-vivid", vivid),
)


# What they are drawn with


def _picture(light: NDArray[np.floating]) -> Image.Image:
    """(H, W, 3), any range -> RGB, cut to 0..255."""
    return Image.fromarray((light + 0.5).clip(0, 255).astype(np.uint8))


def _theme(rng: np.random.Generator) -> tuple[Colour, Colour]:
    """Paper and ink: an app in its light or its dark dress."""
    return (
        ((250, 250, 250), (25, 25, 28)) if rng.random() < 0.5 else ((18, 18, 20), (235, 235, 235))
    )


def _between(paper: Colour, ink: Colour, share: float) -> Colour:
    red, green, blue = (round(p + share * (i - p)) for p, i in zip(paper, ink, strict=True))
    return red, green, blue


def _bar(
    draw: ImageDraw.ImageDraw, x: float, y: float, width: float, height: float, colour: Colour
) -> None:
    """A line of text, a button, from afar: a rounded bar."""
    box = (round(x), round(y), round(x + max(1.0, width)), round(y + max(1.0, height)))
    draw.rounded_rectangle(box, radius=max(0.0, height / 2 - 1), fill=colour)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own letters: the same on every machine."""
    return ImageFont.load_default(max(4.0, size))


def _text(photo: Image.Image, text: str, y: float, width: float, height: float) -> None:
    """Write ``text`` in the middle of the row ``y``, within ``width`` and ``height``."""
    size = min(height, 100 * width / max(1.0, _font(100).getlength(text)))
    font = _font(size)
    ImageDraw.Draw(photo).text(
        (photo.width / 2, y),
        text,
        fill=WHITE,
        font=font,
        anchor="mm",
        stroke_width=max(1, round(size / 14)),
        stroke_fill=BLACK,
    )


def _from_the_side(flat: Image.Image, rng: np.random.Generator) -> Image.Image:
    """``flat`` in perspective: one side further away, all of it a little askew, on a dark wall."""
    width, height = flat.size
    left, right, top, bottom = -0.06 * width, 1.06 * width, -0.06 * height, 1.06 * height
    far = rng.uniform(0.08, 0.2) * height
    near_left = rng.random() < 0.5
    high, low = (0.0, far) if near_left else (far, 0.0)
    corners = np.array([[0, high], [width, low], [width, height - low], [0, height - high]])
    corners += rng.uniform(-0.02, 0.02, (4, 2)) * (width, height)
    canvas = (max(1, round(right - left)), max(1, round(bottom - top)))
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    return flat.transform(
        canvas,
        Image.Transform.PERSPECTIVE,
        _homography(corners - (left, top), source),
        Image.Resampling.BICUBIC,
        fillcolor=(38, 36, 34),
    )


def _homography(seen: NDArray[np.float64], source: NDArray[np.float64]) -> list[float]:
    """The eight numbers a..h that lead from ``seen`` (4, 2) to ``source`` (4, 2).

    As Pillow asks: x' = (a x + b y + c) / w, y' = (d x + e y + f) / w, w = g x + h y + 1.
    """
    rows = []
    for (x, y), (u, v) in zip(seen, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    found: list[float] = np.linalg.solve(np.array(rows), source.ravel()).tolist()
    return found
