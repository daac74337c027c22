"""Which likeness finds what: queries in which content, colour and composition part ways.

    python -m tests.bench.likeness LABELS.csv [--split gallery] [--photos 300] [--queries 100]

Queries are made of photos of the library, and ask for the photo that they were made of.

- *recoloured*: red, green and blue in each other's place; what it shows and where stays.
- *scrambled*: sixteen tiles in another order; colours stay, content and composition go.
- *mirrored*: content and colours stay, composition turns around.
- *cut*: the middle 60 %; content and most colours stay, composition moves.

"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from engine.services.session import Session
from engine.types import Likeness, Query
from tests.bench.markdown import machine, table
from tests.bench.photo_libraries import copied, finish, indexed, temporary_folder

SIDE = 128  # pixels of a scrambled query
TILES = 4  # to a side
KEPT = 0.6  # of the sides of a cut one
TOP = 10


def recoloured(photo: Image.Image) -> Image.Image:
    red, green, blue = photo.split()
    return Image.merge("RGB", (blue, red, green))


def scrambled(photo: Image.Image) -> Image.Image:
    pixels = np.asarray(photo.resize((SIDE, SIDE)))
    side = SIDE // TILES
    # (4, s, 4, s, 3) -> (16, s, s, 3)
    tiles = pixels.reshape(TILES, side, TILES, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    mixed = tiles[np.random.default_rng(0).permutation(len(tiles))]
    laid = mixed.reshape(TILES, TILES, side, side, 3).swapaxes(1, 2)
    return Image.fromarray(laid.reshape(SIDE, SIDE, 3))


def cut(photo: Image.Image) -> Image.Image:
    width, height = photo.size
    x, y = round(width * (1 - KEPT) / 2), round(height * (1 - KEPT) / 2)
    return photo.crop((x, y, width - x, height - y))


MADE: dict[str, Callable[[Image.Image], Image.Image]] = {
    "recoloured": recoloured,
    "scrambled": scrambled,
    "mirrored": ImageOps.mirror,
    "cut": cut,
}


def measured(session: Session, photos: list[Path], made: str, likeness: Likeness) -> str:
    """R@1 / R@10 of the photo behind every query."""
    ranks = []
    for path in photos:
        with Image.open(path) as photo:
            query = Query(MADE[made](photo.convert("RGB")))
        hits = session.search(query, top=TOP, likeness=likeness).hits
        ranks.append(next((hit.rank for hit in hits if hit.photo.path == path), TOP + 1))
    found = np.array(ranks)
    return f"{(found <= 1).mean():.2f} / {(found <= TOP).mean():.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--split", default="gallery")
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--queries", type=int, default=100)
    given = parser.parse_args()
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}.\n")
    with temporary_folder() as place:
        copies = copied(given.labels, given.split, given.photos, place / "photos")
        photos = [photo.path for photo in copies]
        with indexed(place / "library", place / "photos") as session:
            finish(session.describe())
            asked = photos[: given.queries]
            lines = [
                [made, *(measured(session, asked, made, likeness) for likeness in Likeness)]
                for made in MADE
            ]
        print(f"{len(photos)} photos of the {given.split} split, {len(asked)} queries a row\n")
        print(table(["R@1 / R@10", *(likeness.value for likeness in Likeness)], lines))


if __name__ == "__main__":
    main()
