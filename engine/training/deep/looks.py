"""How often held-out views find their photo, with the encoder as it is now.

Asked among the held-out photos and a sample of the others, by the pooled embeddings' cosine. The
views are not those that decide at the end whether to switch: what was chosen by these would look
better than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.errors import TrainingError
from engine.search.ports import Ints
from engine.store.database import Library
from engine.training.deep.loss import Encode
from engine.training.deep.precision import Precision
from engine.training.deep.reading import Pixels, ViewReader, stacked
from engine.training.views import random_view

ASKED = 100  # held-out photos at most
AMONG = 300  # other photos at most


@dataclass(frozen=True)
class Look:
    """``score``: mean of one over the rank of a view's own photo, finer than ``recall_1``."""

    score: float
    recall_1: float


class Looks:
    """``views`` (H, S, S, 3) of the first H of ``photos`` (n, S, S, 3), all uint8."""

    def __init__(self, views: Pixels, photos: Pixels) -> None:
        self._views, self._photos = views, photos

    @classmethod
    def prepare(
        cls, library: Library, content_ids: Ints, held: Ints, side: int, seed: int
    ) -> Looks:
        """Of the rows ``held`` (H,) of ``content_ids`` (G,). Raises ``TrainingError`` for none."""
        rng = np.random.default_rng((seed, 9))
        others = np.setdiff1d(np.arange(len(content_ids)), held)
        reader = ViewReader(library, content_ids, side, lambda _: held, seed)
        asked = [p for p in reader.photos(rng.permutation(held)[:ASKED]) if p is not None]
        among = [p for p in reader.photos(rng.permutation(others)[:AMONG]) if p is not None]
        if not asked or not among:
            raise TrainingError(
                "The library has no thumbnails to tune the encoder with: run 'photoglyph index' "
                "to make them again, then train."
            )
        views = stacked([random_view(photo, rng) for photo in asked], side)
        return cls(views, stacked([*asked, *among], side))

    def __len__(self) -> int:
        return len(self._views)

    def at(self, encode: Encode, device: torch.device, precision: Precision, piece: int) -> Look:
        """With the network as it is; ``piece`` photos encoded at once."""
        views, photos = (
            torch.cat(
                [_embedded(encode, part, device, precision) for part in _parts(pixels, piece)]
            )
            for pixels in (self._views, self._photos)
        )
        similarity = views @ photos.T  # (H, n)
        if not bool(torch.isfinite(similarity).all()):
            return Look(0.0, 0.0)
        own = similarity.diagonal()  # view i is of photo i
        rank = (similarity > own[:, None]).sum(dim=1) + 1
        return Look(float((1 / rank.float()).mean()), float((rank == 1).float().mean()))


def _parts(pixels: Pixels, piece: int) -> list[Tensor]:
    return list(torch.split(torch.from_numpy(pixels), piece))


def _embedded(encode: Encode, pixels: Tensor, device: torch.device, precision: Precision) -> Tensor:
    with torch.no_grad(), precision.autocast():
        return encode(pixels.to(device))[0].float().cpu()
