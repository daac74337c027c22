"""Finding a part of one photo within another: by box, with the box alone, and with all of it.

    python -m tests.bench.by_part LABELS.csv [--split gallery] [--photos 400] [--pasted 150]

Of photos of the chosen split a part is cut out (30 to 60 % of each side, of eight such boxes the
one with the most edges, so that it shows something) and pasted into a photo of another label, as
large as 35 to 60 % of it. *Into another photo*: the box on the original asks for the photo that it
was pasted into. *From another photo*: the box on the pasted part asks for the original. Asked on
one library of them all, by exact search; the photo asked with does not count. The library is built
by the product's own path; larger ones are arrays of random tiles, for their milliseconds alone.
"""
# ruff: noqa: T201  (a program that prints its tables)

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engine.evaluation.labels import LabelledPhoto
from engine.search import parts
from engine.search.beam import top
from engine.services.session import Session
from engine.store import regions
from engine.types import Engine, Filters, Query, SearchHit
from tests.bench.markdown import machine, table
from tests.bench.photo_libraries import copied, finish, indexed, temporary_folder

Box = tuple[int, int, int, int]  # x, y, width, height

BOXES = 8
CUT = (0.3, 0.6)  # of each side of the photo that a part is cut from
ROOM = (0.35, 0.6)  # of the sides of the photo that it is pasted into
TOP = 50
LARGER = (10_000, 100_000)
REPEATED = 5


@dataclass(frozen=True)
class Pasted:
    """``part`` of ``original`` lies at ``place`` in ``collage``."""

    original: Path
    part: Box
    collage: Path
    place: Box


def paste(photos: Sequence[LabelledPhoto], count: int, folder: Path) -> list[Pasted]:
    """``count`` collages in ``folder``, of the first photos and others at random."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    made = []
    for number, original in enumerate(photos[:count]):
        others = [photo for photo in photos if photo.label != original.label]
        ground = others[int(rng.integers(len(others)))]
        with Image.open(original.path) as one, Image.open(ground.path) as other:
            photo, collage = one.convert("RGB"), other.convert("RGB")
        part = telling_box(photo, rng)
        x, y, width, height = part
        room = rng.uniform(*ROOM)
        scale = min(room * collage.width / width, room * collage.height / height)
        size = max(8, round(width * scale)), max(8, round(height * scale))
        left = int(rng.integers(collage.width - size[0] + 1))
        upper = int(rng.integers(collage.height - size[1] + 1))
        cut = photo.crop((x, y, x + width, y + height))
        collage.paste(cut.resize(size, Image.Resampling.BICUBIC), (left, upper))
        file = folder / f"{number}.jpg"
        collage.save(file, quality=92)
        made.append(Pasted(original.path, part, file, (left, upper, *size)))
    return made


def telling_box(photo: Image.Image, rng: np.random.Generator) -> Box:
    """Of random boxes the one with the most edges in it."""
    edges = np.hypot(*np.gradient(np.asarray(photo.convert("L"), np.float32)))
    found: list[tuple[float, Box]] = []
    for _ in range(BOXES):
        width = max(1, int(photo.width * rng.uniform(*CUT)))
        height = max(1, int(photo.height * rng.uniform(*CUT)))
        x = int(rng.integers(photo.width - width + 1))
        y = int(rng.integers(photo.height - height + 1))
        inside = edges[y : y + height, x : x + width]
        found.append((float(inside.mean()), (x, y, width, height)))
    return max(found)[1]


def quality(session: Session, pasted: Sequence[Pasted]) -> str:
    """R@1 and R@10 in both directions, and how well the outline lies."""
    originals = tuple({one.original.parent for one in pasted})
    lines = []
    for direction in ("into another photo", "from another photo"):
        into = direction.startswith("into")
        filters = None if into else Filters(folders=originals)
        for way in ("whole photo", "box, whole photos", "by part"):
            ranks, overlaps = [], []
            for one in pasted:
                asked, box = (one.original, one.part) if into else (one.collage, one.place)
                wanted, place = (one.collage, one.place) if into else (one.original, one.part)
                query = Query(
                    asked, None if way == "whole photo" else box, by_part=way == "by part"
                )
                answer = session.search(query, top=TOP, engine=Engine.EXACT, filters=filters)
                hits = [hit for hit in answer.hits if hit.photo.path != asked]
                at = next((i for i, hit in enumerate(hits) if hit.photo.path == wanted), TOP)
                ranks.append(at)
                if at < TOP and way == "by part":
                    overlaps.append(overlap(hits[at], place))
            outline = f"{np.mean(overlaps):.2f}" if overlaps else ""
            line = (f"{np.mean(np.array(ranks) < k):.3f}" for k in (1, 10))
            lines.append([f"{direction}, {way}", *line, outline])
    return table(["asked", "R@1", "R@10", "overlap of outline and part"], lines)


def overlap(hit: SearchHit, place: Box) -> float:
    """Intersection over union."""
    assert hit.match is not None
    (x, y, w, h), (left, upper, width, height) = hit.match, place
    across = max(0, min(x + w, left + width) - max(x, left))
    down = max(0, min(y + h, upper + height) - max(y, upper))
    return across * down / (w * h + width * height - across * down)


def speed(photos: int, folder: Path) -> list[str]:
    """Milliseconds of scanning ``photos`` with random tiles, mapped as the product maps them."""
    rng = np.random.default_rng(0)
    file = folder / f"regions-{photos}"
    with file.open("wb") as out:
        for start in range(0, photos, 1000):
            rows = np.zeros(min(1000, photos - start), regions.ROW)
            rows["tiles"] = rng.normal(0, 13, rows["tiles"].shape).round().clip(-127, 127)
            out.write(rows.tobytes())
    mapped = np.memmap(file, regions.ROW, "r")
    query = rng.normal(0, 0.1, (1, parts.WIDTH)).astype(np.float32)
    places = np.arange(photos)
    taken = []
    for _ in range(REPEATED):
        started = time.perf_counter()
        alike = parts.best(query, mapped["tiles"], places)[:, 0]
        list(parts.outlines(parts.likeness(query, mapped["tiles"], top(alike, TOP))[:, 0]))
        taken.append((time.perf_counter() - started) * 1e3)
    bytes_a_photo = file.stat().st_size / photos
    return [f"{photos:,}", f"{np.median(taken):.0f}", f"{max(taken):.0f}", f"{bytes_a_photo:.0f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--split", default="gallery")
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--pasted", type=int, default=150)
    given = parser.parse_args()
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}.\n")
    with temporary_folder() as place:
        photos = copied(given.labels, given.split, given.photos, place / "photos")
        pasted = paste(photos, given.pasted, place / "collages")
        with indexed(place / "library", place / "photos", place / "collages") as session:
            finish(session.describe_parts())
            print(f"{len(photos)} photos of the {given.split} split, {len(pasted)} collages\n")
            print(quality(session, pasted), flush=True)
        lines = [speed(count, place) for count in LARGER]
        print(f"\n{table(['photos', 'median ms', 'slowest ms', 'bytes a photo'], lines)}")


if __name__ == "__main__":
    main()
