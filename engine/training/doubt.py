"""When a search should not trust its beam: measured on held-out queries of the library itself.

Where the nearest photos of a beam stand at its top, nothing near is missing; where they are spread
down to its end, some are behind it. From which depth on, this library says.
"""

from __future__ import annotations

import numpy as np

from engine.search.beam import top
from engine.search.ports import Floats
from engine.search.searcher import NEAREST, RESCORED, GenerativeIndex, search_generative
from engine.search.segments import Shown
from engine.settings import DEFAULT_BEAM
from engine.training.holdout import HeldOut

SURE = 0.99  # recall of the ten nearest, on average, of the queries that are trusted


def fit_doubt(index: GenerativeIndex, held_out: HeldOut, z: Floats) -> float:
    """``RankingWeights.doubt`` for ``index`` over the gallery ``z`` (G, D)."""
    shown = Shown(np.ones(len(z), bool))
    depth, recall = [], []
    for embedding, patches in zip(held_out.view_embedding, held_out.view_patches, strict=True):
        asked = index.ask(embedding, patches)
        # As many as are rescored: what the beam holds of the nearest is what is measured.
        count = int(DEFAULT_BEAM * RESCORED)
        ranked, _ = search_generative(index, None, asked, shown, count, DEFAULT_BEAM)
        depth.append(ranked.depth)
        recall.append(np.isin(top(z @ asked.z, NEAREST), ranked.rows).mean())
    return deepest(np.array(depth), np.array(recall))


def deepest(depth: Floats, recall: Floats) -> float:
    """The largest depth up to which queries have a mean ``recall`` of ``SURE``: (Q,) both.

    1 where all together have it, 0 where not even the surest has.
    """
    order = np.argsort(depth, kind="stable")
    mean = recall[order].cumsum() / np.arange(1, len(order) + 1)
    if mean[-1] >= SURE:
        return 1.0
    enough = np.flatnonzero(mean >= SURE)
    return float(depth[order[enough[-1]]]) if len(enough) else 0.0
