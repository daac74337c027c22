"""Where the bands of the exact engine end: similarities of photos, their edited views, and pairs.

    python -m tests.bench.bands FOLDER [--photos 1000]

Prints the three similarities that ``engine.services.answering.EXACT_BANDS`` is rounded from.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.settings import DEFAULT_ENCODER, THUMBNAIL_SIDE
from engine.tokenizer.space import unit
from engine.training.holdout import band_ends
from engine.training.views import random_view
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime

VIEWS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=1000)
    chosen = parser.parse_args()
    rng = np.random.default_rng(0)
    files = sorted(chosen.folder.rglob("*.jpg"))
    files = [files[i] for i in rng.permutation(len(files))[: chosen.photos]]
    encoder = OnnxRuntime("cpu").open_encoder(BundleExporter().prepare_encoder(DEFAULT_ENCODER))
    side = encoder.spec.image_size

    def encode(view: bool, paths: list[Path]) -> np.ndarray:
        found = []
        for path in paths:
            photo = decode(path, side).image
            photo.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            edited = random_view(photo, rng) if view else photo
            found.append(encoder.encode(model_input(edited, side)[None]).embedding[0])
        return unit(np.stack(found))

    views, photos = encode(True, files[:VIEWS]), encode(False, files)
    same_shot, same_scene, related = band_ends(views @ photos.T, np.arange(len(views)))
    print(f"{len(photos)} photos, {len(views)} views")
    print(f"same shot {same_shot:.3f}, same scene {same_scene:.3f}, related {related:.3f}")


if __name__ == "__main__":
    main()
