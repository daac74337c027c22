"""Is an origin of labels worth trusting in this library? It has to predict pairs it does not see.

A part of an origin's photos loses its labels, some groups all of theirs, and these photos ask: do
the labels of the others bring their group back better than looks alone? An origin that does not
help is switched off. Groups of two or three photos hold too little to ask so; there the question is
whether the photos of a pair look more alike than strangers do.

Judged by R-precision, every group counting the same. Average precision would reward a bet: labels
that say nothing still put one group first, and a list that is all right or all wrong has a higher
mean AP than a mixed one. The largest group would win such bets if photos counted instead of groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.search.graph import Graph, Neighbours, graph_of, neighbours_of, ties_of
from engine.search.ports import Floats, Ints
from engine.search.second_look import FLOOR, POWER, SEEDS
from engine.tokenizer.model import NORM
from engine.training.affinity import landmarks_of, learn_affinity, own_landmarks
from engine.training.holdout import SECOND_LOOK
from engine.training.sources.source import Source, group
from engine.types import Progress

STRENGTHS = (1.0, 0.5)
SAMPLE = 6000  # photos of a library that are asked among
KNOWN, UNKNOWN = 200, 100  # queries at most: of groups that keep labels, of groups that lose all
SHARE = 0.25  # of the labelled photos, and of the groups, that lose their labels
SMALLEST_GROUP = 4  # photos, on average, of an origin whose groups are classes
FEWEST = 24  # queries or pairs; fewer prove nothing
GAIN = 0.02  # of mean R-precision, and twice its standard error
LOSS = 0.01  # of mean R-precision at most, for groups that nobody labelled
DEPTH = 100  # places of a list that count
ALIKE = 0.95  # quantile of strangers' similarity that half of the pairs have to exceed


@dataclass(frozen=True)
class Weighed:
    """An origin and how far it is trusted. ``strength`` 0: switched off.

    ``without`` and ``with_labels``: mean R-precision of held-out photos; nan where pairs decided.
    """

    source: Source
    strength: float
    queries: int
    without: float
    with_labels: float

    @property
    def has_classes(self) -> bool:
        """Groups large enough to be classes; those of others are tied in the graph only."""
        groups = self.source.groups
        return bool((groups >= 0).sum() >= SMALLEST_GROUP * (groups.max(initial=-1) + 1))


def weigh(z: Floats, sources: tuple[Source, ...], seed: int) -> Iterator[Progress | Weighed]:
    """Yields a ``Weighed`` a source, in order, and ``Progress``. ``z`` (G, D), unit length."""
    rows = np.sort(np.random.default_rng((seed, 3)).permutation(len(z))[:SAMPLE])
    sampled = z[rows]
    neighbours: Neighbours | None = None
    for number, source in enumerate(sources):
        yield Progress("labels", number, len(sources), note=source.name)
        weighed = Weighed(source, 0.0, 0, float("nan"), float("nan"))
        if not weighed.has_classes:
            yield Weighed(source, *_as_pairs(z, source, seed))
            continue
        if neighbours is None:
            for step in neighbours_of(sampled):
                if isinstance(step, Neighbours):
                    neighbours = step
        assert neighbours is not None  # the last that neighbours_of yields
        yield _as_classes(sampled, rows, neighbours, source, seed)
    if sources:
        yield Progress("labels", len(sources), len(sources))


def _as_pairs(z: Floats, source: Source, seed: int) -> tuple[float, int, float, float]:
    """Strength by how alike the photos of a group are; a person's own marks need no proof."""
    rng = np.random.default_rng((seed, 4))
    labelled = np.flatnonzero(source.groups >= 0)
    order = labelled[np.argsort(source.groups[labelled], kind="stable")]
    same = source.groups[order[1:]] == source.groups[order[:-1]]
    one, other = order[:-1][same], order[1:][same]
    if len(one) < FEWEST:
        return float(source.name == "feedback" and len(one) > 0), len(one), np.nan, np.nan
    strangers = rng.integers(0, len(z), (2, 2000))
    usual = np.quantile((z[strangers[0]] * z[strangers[1]]).sum(1), ALIKE)
    alike = (z[one] * z[other]).sum(1) > usual
    return float(alike.mean() > 0.5), len(one), np.nan, np.nan


def _as_classes(
    z: Floats, rows: Ints, neighbours: Neighbours, source: Source, seed: int
) -> Weighed:
    groups = group(source.groups[rows])
    queries, unknown, kept = _hidden(groups, seed)
    off = Weighed(source, 0.0, len(queries), float("nan"), float("nan"))
    if len(queries) < FEWEST or not (kept >= 0).any():
        return off
    plain = _found(z, graph_of(neighbours), queries, None, groups)
    weight = 1 / np.bincount(groups[queries])[groups[queries]]
    weight /= weight.sum()
    landmarks = landmarks_of(len(z), seed)
    own = own_landmarks(landmarks, len(z))
    dense = group(kept)
    best = off = replace(off, without=float(weight @ plain))
    for strength in STRENGTHS:
        affinity = learn_affinity(z, [(source.name, dense, strength)], landmarks, seed)
        part = affinity.part(affinity.known({source.name: dense}, affinity.shares(z, own)))
        graph = graph_of(neighbours, [ties_of(z, dense, strength)])
        gain = _found(z, graph, queries, part, groups) - plain
        mean = float(weight @ gain)
        error = float(np.sqrt((weight**2 * (gain - mean) ** 2).sum()))
        off = replace(off, with_labels=max(off.without + mean, np.nan_to_num(off.with_labels)))
        harmless = not unknown.any() or gain[unknown].mean() >= -LOSS
        helps = mean >= max(GAIN, 2 * error) and harmless
        if helps and not best.with_labels >= off.without + mean - GAIN / 2:
            best = replace(best, strength=strength, with_labels=off.without + mean)
        if mean < GAIN / 2:  # what does nothing whole does nothing by halves
            break
    return best if best.strength else off


def _hidden(groups: Ints, seed: int) -> tuple[Ints, NDArray[np.bool_], Ints]:
    """Photos that lose their labels and ask (Q,), which of them are of groups that lose all (Q,),
    and the ``groups`` (G,) that are left.
    """
    rng = np.random.default_rng((seed, 5))
    names = rng.permutation(np.unique(groups[groups >= 0]))
    lost = names[: int(len(names) * SHARE)] if len(names) >= 4 else names[:0]
    unknown = np.flatnonzero(np.isin(groups, lost))
    known = np.flatnonzero((groups >= 0) & ~np.isin(groups, lost))
    some = rng.permutation(known)[: min(KNOWN, int(len(known) * SHARE))]
    others = rng.permutation(unknown)[:UNKNOWN]
    kept = groups.copy()
    kept[unknown] = -1
    kept[some] = -1
    queries = np.concatenate([some, others])
    return queries, np.arange(len(queries)) >= len(some), kept


def _found(z: Floats, graph: Graph, queries: Ints, part: Floats | None, groups: Ints) -> Floats:
    """R-precision (Q,) of the queries' groups, ranked as searching ranks, in the whole sample."""
    cosine = z[queries] @ z.T  # (Q, G)
    own = np.arange(len(queries)), queries
    cosine[own] = -1
    near = np.argpartition(-cosine, SEEDS - 1, axis=1)[:, :SEEDS]
    source = np.zeros_like(cosine)
    strength = np.maximum(np.take_along_axis(cosine, near, axis=1), 0) ** POWER
    np.put_along_axis(source, near, strength, axis=1)
    mass = graph.diffused_from(np.ascontiguousarray(source.T))
    mass[own] = 0
    mass /= np.maximum(mass.max(1, keepdims=True), 1e-12)
    score = cosine + np.float32(SECOND_LOOK) * np.log(mass + np.float32(FLOOR))
    if part is not None:
        norm = np.einsum("gp,gp->g", part, part)
        score += part[queries] @ part.T - np.float32(NORM / 2) * norm
    score[own] = -np.inf
    totals = np.minimum(np.bincount(groups[groups >= 0])[groups[queries]] - 1, DEPTH)
    best = np.argsort(-score, axis=1, kind="stable")[:, :DEPTH]
    right = groups[best] == groups[queries][:, None]
    right &= np.arange(right.shape[1]) < totals[:, None]
    found: Floats = (right.sum(1) / np.maximum(totals, 1)).astype(np.float32)
    return found
