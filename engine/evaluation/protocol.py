"""Who may see what: which labelled photos enter the library, which labels training gets.

Queries never enter the library. With labels in training, the photos of the train split enter it
too (training learns from photos of the library alone) but are never ranked.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import PhotoError, UserError, printable
from engine.evaluation.labels import LabelledPhoto
from engine.photos.scan import quick_hash


@dataclass(frozen=True)
class Protocol:
    """One set's photos by role. ``labelled`` is the part of ``train`` + ``gallery`` whose labels
    training may see; it is empty without labels in training.

    ``inserted``: the part of ``gallery`` that enters the library after training.
    ``equal_to_query``: photos left out because a query holds the same bytes.
    """

    set: str
    gallery: tuple[LabelledPhoto, ...]
    train: tuple[LabelledPhoto, ...]
    queries: tuple[LabelledPhoto, ...]
    query_hashes: frozenset[bytes]
    labelled: frozenset[LabelledPhoto]
    equal_to_query: int
    inserted: frozenset[LabelledPhoto] = frozenset()

    def sentence(self) -> str:
        """The rules of the game, as the report shows them."""
        parts = ["own gallery"]
        if self.labelled:
            gallery = sum(photo in self.labelled for photo in self.gallery)
            parts.append(
                f"training saw the labels of {len(self.train)} train photos (in the library, "
                f"never ranked) and of {gallery} of the {len(self.gallery)} gallery photos"
            )
        else:
            parts.append("no labels in training")
        if self.inserted:
            parts.append(
                f"{len(self.inserted)} of the {len(self.gallery)} gallery photos came after "
                "training"
            )
        if self.equal_to_query:
            parts.append(f"{self.equal_to_query} photos equal to a query were left out")
        return "; ".join(parts)


def plan(
    photos: Sequence[LabelledPhoto], labels_in_training: float, seed: int, inserted: float = 0.0
) -> Protocol:
    """Roles for the photos of one set.

    ``labels_in_training`` (0..1): of the gallery's photos of every seen label, the share whose
    labels training gets beside those of the train split; 0 means no labels at all. A label is seen
    where the labels file says so, or else where the train split has it. ``inserted`` (below 1): the
    share of the gallery's photos that come after training, so training gets no labels of them.
    Raises ``UserError``: a share out of range, or nothing to learn from; ``PhotoError`` for a file
    that cannot be read.
    """
    if not 0 <= labels_in_training <= 1:
        raise UserError("The share of labels in training lies between 0 and 1: give 0.5 for half.")
    if not 0 <= inserted < 1:
        raise UserError("The share of inserted photos lies between 0 and 1: give 0.2 for a fifth.")
    queries = tuple(p for p in photos if p.split == "query")
    hashes = frozenset(content_hash(p.path) for p in queries)
    offered = [p for p in photos if p.split != "query"]
    if not labels_in_training:
        offered = [p for p in offered if p.split == "gallery"]
    allowed = [p for p in offered if content_hash(p.path) not in hashes]
    gallery = tuple(p for p in allowed if p.split == "gallery")
    train = tuple(p for p in allowed if p.split == "train")
    order = np.random.default_rng((seed, 1)).permutation(len(gallery))
    later = frozenset(gallery[i] for i in order[: round(inserted * len(gallery))])
    labelled: frozenset[LabelledPhoto] = frozenset()
    if labels_in_training:
        labelled = frozenset(train) | _share(
            [p for p in gallery if p not in later], train, labels_in_training, seed
        )
        if not labelled:
            raise UserError(
                f"The set {printable(photos[0].set)} has no photos of seen labels: "
                "leave out --labels-in-training, or add photos with the split 'train'."
            )
    return Protocol(
        photos[0].set, gallery, train, queries, hashes, labelled, len(offered) - len(allowed), later
    )


def _share(
    gallery: Iterable[LabelledPhoto],
    train: Iterable[LabelledPhoto],
    fraction: float,
    seed: int,
) -> frozenset[LabelledPhoto]:
    """``fraction`` of the gallery's photos of every seen label, chosen by ``seed``."""
    in_train = {p.label for p in train}
    by_label: dict[str, list[LabelledPhoto]] = {}
    for photo in gallery:
        if photo.seen if photo.seen is not None else photo.label in in_train:
            by_label.setdefault(photo.label, []).append(photo)
    rng = np.random.default_rng(seed)
    chosen: set[LabelledPhoto] = set()
    for label in sorted(by_label):
        members = by_label[label]
        count = round(fraction * len(members))
        chosen.update(members[i] for i in rng.permutation(len(members))[:count])
    return frozenset(chosen)


def place(
    photos: Sequence[LabelledPhoto], folder: Path, first: int = 0
) -> dict[str, LabelledPhoto]:
    """Put the photos into ``folder`` under plain names; returns which name is which.

    Names are numbers from ``first``. Hard links where the file system allows them, copies
    elsewhere: the originals are never written, and the names tell nothing about labels.
    """
    folder.mkdir(parents=True, exist_ok=True)
    placed: dict[str, LabelledPhoto] = {}
    for number, photo in enumerate(photos, first):
        target = folder / f"{number:06d}{photo.path.suffix}"
        try:
            os.link(photo.path, target)
        except OSError:
            try:
                shutil.copyfile(photo.path, target)
            except OSError as error:
                raise UserError(
                    f"{printable(photo.path)} cannot be copied to a temporary folder "
                    f"({error.strerror or error}): check the photo and the free space."
                ) from error
        placed[target.name] = photo
    return placed


def content_hash(path: Path) -> bytes:
    """What identical files share, as the library counts it. Raises ``PhotoError``."""
    try:
        with path.open("rb") as file:
            return quick_hash(file, path.stat().st_size)
    except OSError as error:
        raise PhotoError(
            path, f"it cannot be read ({error.strerror or error}): check its permissions."
        ) from error
