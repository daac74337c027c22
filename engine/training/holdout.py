"""Figures on queries that training never asked: edited views of held-out photos.

The right answer to a view is the photo it was made from. The weights of the ranking, and the ends
of its bands, are fitted here too, on the library itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.search.beam import top
from engine.search.ports import Decoder, Floats, Ints
from engine.search.ranking import Ranked, RowVectors
from engine.search.searcher import GenerativeIndex, search_generative
from engine.search.segments import Shown
from engine.settings import DEFAULT_BEAM
from engine.tokenizer.model import RankingWeights, Tokenizer
from engine.tokenizer.packing import unpack
from engine.training.teacher import SoftRankings
from engine.types import GenerationFigures

MOST = 200  # held-out photos
SHARE = 0.2  # of a library, at most
LOGP_WEIGHTS = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04)
DEPTH = 20  # of the teacher's ranking that counts
KEPT = 100  # of a ranked list that is weighed again
SECOND_LOOK = 0.15  # weight of log mass; chosen on the train split (docs/decisions.md)
LABELLED_SECOND_LOOK = 0.1  # beside what labels say
TOLERANCE = 0.01  # of R@1 + R@10
WORTH = 0.02  # what the correction has to bring, of the three figures together


@dataclass(frozen=True)
class HeldOut:
    """H photos (``rows`` (H,)) with a view of each, and the photos themselves, as queries."""

    rows: Ints
    view_embedding: Floats  # (H, E)
    view_patches: Floats  # (H, N', C)
    photo_embedding: Floats
    photo_patches: Floats


def choose(rows: Ints, seed: int) -> Ints:
    """Those of ``rows`` (n,), n >= 1, that are held out: (H,), H >= 1."""
    held = max(1, min(MOST, int(len(rows) * SHARE)))
    return np.sort(np.random.default_rng((seed, 1)).permutation(rows)[:held])


def figures(
    index: GenerativeIndex,
    decoder: Decoder | None,
    held_out: HeldOut,
    embeddings: RowVectors,
    z: Floats,
    inserted: Ints | None = None,
) -> GenerationFigures:
    """R@1 and R@10 of the generative engine and of exact cosine, and what the beam misses.

    ``embeddings`` (G, E), ``z`` (G, D): of the gallery, row by row. ``inserted`` (n,): rows that
    nothing was fitted on, if that is known.
    """
    late = np.zeros(len(z), bool)
    late[[] if inserted is None else inserted] = True
    tops: list[tuple[NDArray[np.bool_], NDArray[np.bool_]]] = []  # found, and late, of the top 10
    shown = Shown(np.ones(len(z), bool))
    width = DEFAULT_BEAM
    hits = np.zeros((len(held_out.rows), 2))
    for i, row in enumerate(held_out.rows):
        asked = index.ask(held_out.view_embedding[i], held_out.view_patches[i])
        ranked, _ = search_generative(index, decoder, asked, shown, 10, width)
        hits[i] = _hit(ranked.rows, int(row))
        beam, _ = search_generative(index, decoder, asked, shown, len(z), width, False)
        nearest = top(z @ asked.z, 10)
        tops.append((np.isin(nearest, beam.rows), late[nearest]))
    exact = exact_figures(held_out, embeddings)
    found, is_late = (np.concatenate(part) for part in zip(*tops, strict=True))
    return GenerationFigures(
        queries=len(held_out.rows),
        recall_1=float(hits[:, 0].mean()),
        recall_10=float(hits[:, 1].mean()),
        exact_recall_1=exact.recall_1,
        exact_recall_10=exact.recall_10,
        recall_vs_exact_10=float(found.mean()),
        recall_old=float(found[~is_late].mean()) if late.any() and (~is_late).any() else None,
        recall_inserted=float(found[is_late].mean()) if is_late.any() else None,
    )


def exact_figures(held_out: HeldOut, embeddings: RowVectors) -> GenerationFigures:
    """R@1 and R@10 of exact cosine alone: what answers where no generation does."""
    scanned = _scanned(held_out.view_embedding, embeddings, 10)
    hits = np.array([_hit(best, int(r)) for best, r in zip(scanned, held_out.rows, strict=True)])
    recall_1, recall_10 = (float(share) for share in hits.mean(axis=0))
    return GenerationFigures(len(hits), recall_1, recall_10, recall_1, recall_10, 1.0)


def errors(index: GenerativeIndex, z: Floats, inserted: Ints) -> tuple[float, float]:
    """Mean |z - z^|^2 of the other rows, and of ``inserted`` (n,), from their identifiers."""
    quantizer = index.tokenizer.quantizer
    told = quantizer.decode(unpack(index.packed, quantizer.levels, quantizer.codes))
    error = ((z - told[:, : z.shape[1]]) ** 2).sum(1)
    late = np.zeros(len(z), bool)
    late[inserted] = True
    return float(error[~late].mean()), float(error[late].mean())


def _scanned(queries: Floats, vectors: RowVectors, count: int) -> Ints:
    """Rows (H, count) most similar by cosine to ``queries`` (H, E), in one pass."""
    rows = np.zeros((len(queries), 0), np.int64)
    near = np.zeros((len(queries), 0), np.float32)
    for first, block in vectors.blocks():
        lengths = np.maximum(np.linalg.norm(block, axis=1), 1e-12)
        near = np.concatenate([near, queries @ (block / lengths[:, None]).T], axis=1)
        own = np.broadcast_to(np.arange(first, first + len(block)), (len(queries), len(block)))
        rows = np.concatenate([rows, own], axis=1)
        best = np.argsort(-near, axis=1, kind="stable")[:, :count]
        rows = np.take_along_axis(rows, best, axis=1)
        near = np.take_along_axis(near, best, axis=1)
    return rows


def fit_ranking(
    index: GenerativeIndex, decoder: Decoder, held_out: HeldOut, rankings: SoftRankings, z: Floats
) -> Tokenizer:
    """What takes part in the ranking: the second look, logp, the Transformer's correction.

    Returns the index' tokenizer with the weights that were chosen. Scalars and correction are
    trained together: without the correction the score is that of the classical tree search.

    Judged by R@1 and R@10 of views, plus how much of the teacher's top 20 a photo's own query
    brings back. What does not pay is left out: the second look where views find their photos less
    often with it, the correction where it brings less than ``WORTH`` for its milliseconds.
    """
    views = index.tokenizer.space.project(held_out.view_embedding)
    same_shot, same_scene, related = band_ends(views @ z.T, held_out.rows)
    weights = RankingWeights(
        same_shot=same_shot, same_scene=same_scene, related=related, correction=False
    )
    trained = index.tokenizer
    labelled = trained.affinity is not None
    looking = replace(weights, second_look=LABELLED_SECOND_LOOK if labelled else SECOND_LOOK)
    untrained = replace(trained, tree=trained.untrained_tree())
    classical = replace(index, tokenizer=untrained)
    plain, looked = (_Asked.run(classical, None, held_out, w) for w in (weights, looking))
    if looked.hits(0.0, held_out.rows) >= plain.hits(0.0, held_out.rows) - TOLERANCE:
        weights = looking
    worth = max(WORTH, 2 / len(held_out.rows))  # two queries more could be chance
    best = -1.0
    for corrected in (False, True):
        lists = (
            _Asked.run(index, decoder, held_out, weights)
            if corrected
            else _Asked.run(classical, None, held_out, weights)
        )
        for weight in LOGP_WEIGHTS:
            judged = lists.hits(weight, held_out.rows) + lists.taught(
                weight, held_out.rows, rankings
            )
            if judged > best + (worth if corrected and not weights.correction else 1e-6):
                best, weights = judged, replace(weights, logp=weight, correction=corrected)
    return replace(trained if weights.correction else untrained, ranking=weights)


@dataclass(frozen=True)
class _Asked:
    """Ranked lists of every held-out query, found without logp in the score."""

    views: list[Ranked]
    photos: list[Ranked]
    weights: RankingWeights

    @classmethod
    def run(
        cls,
        index: GenerativeIndex,
        decoder: Decoder | None,
        held_out: HeldOut,
        weights: RankingWeights,
    ) -> _Asked:
        weighted = replace(weights, logp=0.0, correction=decoder is not None)
        index = replace(index, tokenizer=replace(index.tokenizer, ranking=weighted))
        everything = Shown(np.ones(len(index.packed), bool))

        def ask(embedding: Floats, patches: Floats, hidden: int | None) -> Ranked:
            shown = everything if hidden is None else everything.without(np.array([hidden]))
            asked = index.ask(embedding, patches)
            return search_generative(index, decoder, asked, shown, KEPT, DEFAULT_BEAM)[0]

        h = held_out
        return cls(
            [ask(e, p, None) for e, p in zip(h.view_embedding, h.view_patches, strict=True)],
            [
                ask(e, p, int(row))
                for e, p, row in zip(h.photo_embedding, h.photo_patches, h.rows, strict=True)
            ],
            weighted,
        )

    def hits(self, logp_weight: float, held: Ints) -> float:
        """Mean over views of R@1 + R@10."""
        ranked = (self._ordered(r, logp_weight) for r in self.views)
        return float(
            np.mean([sum(_hit(rows, int(r))) for rows, r in zip(ranked, held, strict=True)])
        )

    def taught(self, logp_weight: float, held: Ints, rankings: SoftRankings) -> float:
        """Mean share of the teacher's top 20 among the first 20."""
        shares = []
        for ranked, row in zip(self.photos, held, strict=True):
            best = rankings.rows[row][np.argsort(-rankings.weights[row], kind="stable")[:DEPTH]]
            shares.append(np.isin(best, self._ordered(ranked, logp_weight)[:DEPTH]).mean())
        return float(np.mean(shares))

    def _ordered(self, ranked: Ranked, logp_weight: float) -> Ints:
        """Rows as they would stand with ``logp_weight`` in the score."""
        assert ranked.logp is not None  # the generative search always gives it
        if not len(ranked.rows):
            return ranked.rows
        unsure = ranked.similarity < self.weights.same_scene
        score = ranked.score + logp_weight * ranked.logp * unsure
        score[0] = np.inf  # the one that looks most alike, whatever logp says
        return ranked.rows[np.argsort(-score, kind="stable")]


def band_ends(similarity: Floats, own_rows: Ints) -> tuple[float, float, float]:
    """Ends of the bands, as similarities: same shot, same scene, related.

    ``similarity`` (H, G) of edited views to photos, ``own_rows`` (H,) the photo of each view.
    Same shot: of all (view, photo) pairs at least that similar, 95 % are a photo and its own
    view. Same scene: half are. Related: more similar than 99.5 % of random pairs.
    """
    own = np.zeros(similarity.shape, bool)
    own[np.arange(len(own_rows)), own_rows] = True
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
