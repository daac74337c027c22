"""Which labels take part in a training, and in what form: ties of the graph, classes of u."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.search.graph import Graph, Neighbours, graph_of, ties_of
from engine.search.ports import Floats, Ints
from engine.tokenizer.affinity import Affinity
from engine.training.affinity import landmarks_of, learn_affinity, own_landmarks
from engine.training.sources.source import Source
from engine.training.weighing import Weighed, weigh
from engine.types import LabelVerdict, Progress


@dataclass(frozen=True)
class Trusted:
    """What the labels of G photos come to.

    ``graph`` of the photos; ``affinity`` None where no origin has classes; ``u`` (G, D + P): z
    beside what the labels say, known ones as known; ``own`` (G,): landmark that a photo is, or -1.
    """

    graph: Graph
    affinity: Affinity | None
    u: Floats
    own: Ints
    verdicts: tuple[LabelVerdict, ...]


def trust(
    z: Floats, neighbours: Neighbours, sources: Sequence[Source], seed: int
) -> Iterator[Progress | Trusted]:
    """Weigh every source and use those that help. Yields ``Trusted`` last. ``z`` (G, D)."""
    weighed = []
    for step in weigh(z, tuple(sources), seed):
        if isinstance(step, Weighed):
            weighed.append(step)
        else:
            yield step
    used = [w for w in weighed if w.strength]
    ties = [ties_of(z, w.source.groups, w.strength) for w in used]
    # What a person told apart holds, whatever else the source is worth.
    apart = np.concatenate([np.zeros((0, 2), np.int64), *(s.apart for s in sources)])
    graph = graph_of(neighbours, ties, apart)
    classes = [w for w in used if w.has_classes]
    landmarks = landmarks_of(len(z), seed)
    own = own_landmarks(landmarks, len(z))
    affinity, u = _with_classes(z, classes, landmarks, own, seed)
    yield Trusted(graph, affinity, u, own, tuple(map(_verdict, weighed)))


def _with_classes(
    z: Floats, classes: Sequence[Weighed], landmarks: Ints, own: Ints, seed: int
) -> tuple[Affinity | None, Floats]:
    if not classes:
        return None, z
    origins = [(w.source.name, w.source.groups, w.strength) for w in classes]
    affinity = learn_affinity(z, origins, landmarks, seed)
    shares = affinity.shares(z, own)
    known = affinity.known({w.source.name: w.source.groups for w in classes}, shares)
    return affinity, np.concatenate([z, affinity.part(known)], axis=1)


def _verdict(weighed: Weighed) -> LabelVerdict:
    return LabelVerdict(
        weighed.source.name,
        int((weighed.source.groups >= 0).sum()),
        weighed.strength,
        weighed.queries,
        None if math.isnan(weighed.without) else weighed.without,
        None if math.isnan(weighed.with_labels) else weighed.with_labels,
    )


def measured(verdict: LabelVerdict) -> str:
    """The verdict's figures as JSON, for the store."""
    return json.dumps(
        {
            "photos": verdict.photos,
            "queries": verdict.queries,
            "r_precision_without": verdict.without,
            "r_precision_with": verdict.with_labels,
        }
    )
