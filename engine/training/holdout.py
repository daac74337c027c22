"""Figures on queries that training never asked: edited views of held-out photos.

The right answer to a view is the photo it was made from. The weights of the ranking, and the ends
of its bands, are fitted here too, on the library itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.search.ports import Decoder, Floats, Ints
from engine.search.searcher import GenerativeIndex, search_generative
from engine.settings import DEFAULT_BEAM
from engine.tokenizer.model import RankingWeights
from engine.training.teacher import SoftRankings
from engine.types import GenerationFigures

MOST = 200  # held-out photos
SHARE = 0.2  # of a library, at most
LOGP_WEIGHTS = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04)
DEPTH = 20  # of the teacher's ranking that counts


@dataclass(frozen=True)
class HeldOut:
    """H photos (``rows`` (H,)) with a view of each, and the photos themselves, as queries."""

    rows: Ints
    view_embedding: Floats  # (H, E)
    view_patches: Floats  # (H, N', C)
    photo_embedding: Floats
    photo_patches: Floats


def choose(count: int, seed: int) -> Ints:
    """The rows that are held out of ``count``: (H,), H >= 1."""
    held = max(1, min(MOST, int(count * SHARE)))
    return np.sort(np.random.default_rng((seed, 1)).permutation(count)[:held])


def figures(
    index: GenerativeIndex,
    decoder: Decoder | None,
    held_out: HeldOut,
    embeddings: Floats,
    z: Floats,
) -> GenerationFigures:
    """R@1 and R@10 of the generative engine and of exact cosine, and what the beam misses.

    ``embeddings`` (G, E), ``z`` (G, D): of the gallery, row by row.
    """
    shown = np.ones(len(z), bool)
    space = index.tokenizer.space
    hits = np.zeros((len(held_out.rows), 2))
    exact = np.zeros_like(hits)
    found_of_exact = []
    scale = np.linalg.norm(embeddings, axis=1)
    for i, row in enumerate(held_out.rows):
        embedding = held_out.view_embedding[i]
        query = space.project(embedding[None])[0]
        ranked, _ = search_generative(
            index, decoder, query, embedding, held_out.view_patches[i], shown, len(z), DEFAULT_BEAM
        )
        hits[i] = _hit(ranked.rows, int(row))
        best = np.argsort(-(embeddings @ embedding) / scale, kind="stable")[:10]
        exact[i] = _hit(best, int(row))
        nearest = np.argsort(-(z @ query), kind="stable")[:10]
        found_of_exact.append(np.isin(nearest, ranked.rows).mean())
    return GenerationFigures(
        queries=len(held_out.rows),
        recall_1=float(hits[:, 0].mean()),
        recall_10=float(hits[:, 1].mean()),
        exact_recall_1=float(exact[:, 0].mean()),
        exact_recall_10=float(exact[:, 1].mean()),
        recall_vs_exact_10=float(np.mean(found_of_exact)),
    )


def fit_ranking(
    index: GenerativeIndex,
    decoder: Decoder,
    held_out: HeldOut,
    rankings: SoftRankings,
    z: Floats,
) -> RankingWeights:
    """The weight of logp, whether the Transformer's correction is worth its time, and the bands.

    Judged by R@1 and R@10 of views plus how much of the teacher's top 20 a photo's own query
    brings back; among equals the smaller weight, and no correction, win.
    """
    best, weights = -1.0, RankingWeights()
    for corrected in (False, True):
        lists = _candidates(index, decoder if corrected else None, held_out, len(z))
        for weight in LOGP_WEIGHTS:
            judged = _judge(lists, weight, held_out.rows, rankings)
            if judged > best + 1e-6:
                best, weights = judged, RankingWeights(logp=weight, correction=corrected)
    same_shot, same_scene, related = _bands(index, held_out, z)
    return replace(weights, same_shot=same_shot, same_scene=same_scene, related=related)


@dataclass(frozen=True)
class _Lists:
    """Candidates of every query: rows, similarity, logp. Views first, then photos."""

    views: list[tuple[Ints, Floats, Floats]]
    photos: list[tuple[Ints, Floats, Floats]]


def _candidates(
    index: GenerativeIndex, decoder: Decoder | None, held_out: HeldOut, count: int
) -> _Lists:
    def ask(
        embedding: Floats, patches: Floats, shown: NDArray[np.bool_]
    ) -> tuple[Ints, Floats, Floats]:
        z = index.tokenizer.space.project(embedding[None])[0]
        ranked, _ = search_generative(
            index, decoder, z, embedding, patches, shown, count, DEFAULT_BEAM
        )
        assert ranked.logp is not None  # the generative search always gives it
        return ranked.rows, ranked.similarity, ranked.logp

    everything = np.ones(count, bool)
    views, photos = [], []
    for i, row in enumerate(held_out.rows):
        views.append(ask(held_out.view_embedding[i], held_out.view_patches[i], everything))
        others = everything.copy()
        others[row] = False
        photos.append(ask(held_out.photo_embedding[i], held_out.photo_patches[i], others))
    return _Lists(views, photos)


def _judge(lists: _Lists, weight: float, held: Ints, rankings: SoftRankings) -> float:
    hits, shares = [], []
    for row, (rows, similarity, logp) in zip(held, lists.views, strict=True):
        order = np.argsort(-(similarity + weight * logp), kind="stable")[:10]
        hits.append(sum(_hit(rows[order], int(row))))
    for row, (rows, similarity, logp) in zip(held, lists.photos, strict=True):
        order = np.argsort(-(similarity + weight * logp), kind="stable")[:DEPTH]
        taught = rankings.rows[row][np.argsort(-rankings.weights[row], kind="stable")[:DEPTH]]
        shares.append(np.isin(taught, rows[order]).mean())
    return float(np.mean(hits)) + float(np.mean(shares))


def _bands(index: GenerativeIndex, held_out: HeldOut, z: Floats) -> tuple[float, float, float]:
    """Ends of the bands, as similarities: same shot, same scene, related.

    Same shot: of all (view, photo) pairs at least that similar, 95 % are a photo and its own
    view. Same scene: half are. Related: more similar than 99.5 % of random pairs.
    """
    views = index.tokenizer.space.project(held_out.view_embedding)
    similarity = views @ z.T  # (H, G)
    own = np.zeros(similarity.shape, bool)
    own[np.arange(len(views)), held_out.rows] = True
    order = np.argsort(-similarity, axis=None, kind="stable")
    precision = own.ravel()[order].cumsum() / np.arange(1, order.size + 1)
    related = float(np.quantile(similarity[~own], 0.995)) if (~own).any() else 0.0

    def end(share: float) -> float:
        kept = np.flatnonzero(precision >= share)
        return float(similarity.ravel()[order[kept[-1]]]) if len(kept) else 1.0

    same_scene = max(end(0.5), related)
    return max(end(0.95), same_scene), same_scene, related


def _hit(rows: NDArray[np.integer], row: int) -> tuple[bool, bool]:
    return bool(len(rows) and rows[0] == row), bool((rows[:10] == row).any())
