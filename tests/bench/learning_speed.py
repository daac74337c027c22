"""Seconds of every step of a training from encoded views on: what a library's size costs.

    python -m tests.bench.learning_speed [--photos 10000]

Synthetic embeddings (mixtures around random centres, as wide as the default encoder's) with one
view a photo; reading, encoding and exporting are left out. The decoder's steps are those of a
default training.
"""
# ruff: noqa: T201  (a program that prints its table)

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from engine.retriever.config import RetrieverConfig
from engine.retriever.model import Retriever
from engine.search.graph import Neighbours, neighbours_of
from engine.search.trie import Trie
from engine.tokenizer.model import NORM, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import fit_quantizer
from engine.training.checkpoint import Checkpoint, Signature
from engine.training.loop import train_decoder
from engine.training.loss import CandidateLoss
from engine.training.pipeline import SELF_SHARE, Rows
from engine.training.queries import Queries
from engine.training.sizes import MOST, identifier_size
from engine.training.sources.source import Source
from engine.training.space import ChosenSpace, Views, choose_space
from engine.training.targets import Targets, hard_leaves
from engine.training.teacher import Taught, teach
from engine.training.trust import Trusted, trust
from tests.bench.markdown import machine, table

WIDTH, PATCHES, PATCH_WIDTH = 2560, 9, 1280
T = TypeVar("T")


def synthetic(photos: int) -> tuple[np.ndarray, Views, Source]:
    """Embeddings (G, E), a view of each photo (at most ``MOST`` / 2), albums of a hundred."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(max(2, photos // 20), WIDTH)).astype(np.float32)
    kind = rng.integers(0, len(centres), photos)
    embeddings = centres[kind] + rng.normal(size=(photos, WIDTH)).astype(np.float32)
    of = np.sort(rng.permutation(photos)[: MOST // 2])
    views = embeddings[of] + 0.7 * rng.normal(size=(len(of), WIDTH)).astype(np.float32)
    albums = kind // max(1, len(centres) * 100 // photos)
    return embeddings, Views(views.astype(np.float16), of), Source("albums", albums)


def last(steps: Iterator[object], kind: type[T]) -> T:
    *_, found = steps
    assert isinstance(found, kind)
    return found


def measured(photos: int) -> Iterator[tuple[str, float]]:
    embeddings, views, albums = synthetic(photos)
    held = views.of[: min(200, photos // 5)]

    def timed(name: str, work: Callable[[], T]) -> T:
        started = time.perf_counter()
        found = work()
        seconds.append((name, time.perf_counter() - started))
        print(*seconds[-1], file=sys.stderr)
        return found

    seconds: list[tuple[str, float]] = []
    rows = Rows(embeddings)
    steps = choose_space(rows, photos, views, held, 0)
    space = timed("space, learnt and tried", lambda: last(steps, ChosenSpace)).space
    z = space.project(embeddings)
    near = timed("neighbours", lambda: last(neighbours_of(z), Neighbours))
    trusted = timed("labels (one origin)", lambda: last(trust(z, near, [albums], 0), Trusted))
    levels, codes = identifier_size(photos)
    quantizer = timed("tokenizer", lambda: fit_quantizer(trusted.u, levels, codes))
    identifiers = timed("identifiers", lambda: quantizer.encode(trusted.u))
    taught = timed("teacher", lambda: last(teach(z, trusted.graph), Taught))
    weights = TreeWeights.untrained(levels, NORM)
    trie = Trie(pack(identifiers, codes), levels, codes)
    asked = views.of
    u = trusted.u[asked]
    hard = timed("hard leaves", lambda: hard_leaves(trie, quantizer, u, weights))
    queries = Queries(
        views.embedding.astype(np.float16),
        np.zeros((len(asked), PATCHES, PATCH_WIDTH), np.float16),
        u,
        asked,
        np.ones(len(asked), bool),
        hard,
        np.arange(len(asked)),
    )
    config = RetrieverConfig(levels, codes, trusted.u.shape[1], WIDTH, PATCH_WIDTH, PATCHES)
    projection = np.pad(space.projection, ((0, 0), (0, trusted.u.shape[1] - space.width)))
    retriever = Retriever(config, space.mean, projection, quantizer.codebooks)
    targets = Targets(trie, identifiers, taught.rankings, SELF_SHARE)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Checkpoint(Path(folder, "training"), Signature(0, "none", 0))
        cpu = torch.device("cpu")
        loss = CandidateLoss(targets)
        timed(
            "decoder",
            lambda: list(train_decoder(retriever, loss, queries, checkpoint, cpu, None, 0)),
        )
    yield from seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photos", type=int, default=10_000)
    photos = parser.parse_args().photos
    rows = list(measured(photos))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{photos} photos, synthetic; {machine()}; peak {peak:.0f} MB.\n")
    total = sum(seconds for _, seconds in rows)
    print(table(("step", "seconds"), [[n, f"{s:.1f}"] for n, s in [*rows, ("all", total)]]))


if __name__ == "__main__":
    main()
