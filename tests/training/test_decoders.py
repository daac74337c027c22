"""Both decoders learn by the same loop: corrections of the score, and the paper's plain decoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.retriever.config import RetrieverConfig
from engine.retriever.model import Retriever
from engine.retriever.plain import PlainRetriever
from engine.search.trie import Trie
from engine.tokenizer.model import TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import ResidualQuantizer, fit_quantizer
from engine.tokenizer.space import unit
from engine.training import loop
from engine.training.checkpoint import Checkpoint, Signature
from engine.training.loop import train_decoder
from engine.training.loss import CandidateLoss, PlainLoss, tree_weights
from engine.training.paper import decode
from engine.training.queries import Queries
from engine.training.targets import Targets, hard_leaves
from engine.training.teacher import SoftRankings
from engine.training.torch_decoder import TorchDecoder

LEVELS, CODES, WIDTH, PHOTOS, GROUPS = 3, 8, 16, 120, 6


class Library:
    """Photos in groups that looks hide: half of a photo's vector says the group, half is noise."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.group = np.arange(PHOTOS) % GROUPS
        told = rng.normal(size=(GROUPS, WIDTH // 2))[self.group]
        noise = 2 * rng.normal(size=(PHOTOS, WIDTH // 2))
        self.z = unit(np.concatenate([told, noise], axis=1).astype(np.float32))
        self.quantizer: ResidualQuantizer = fit_quantizer(self.z, LEVELS, CODES)
        self.identifiers = self.quantizer.encode(self.z)
        self.trie = Trie(pack(self.identifiers, CODES), LEVELS, CODES)
        same = self.group[:, None] == self.group
        np.fill_diagonal(same, False)
        rows = np.stack([np.flatnonzero(of) for of in same]).astype(np.int32)
        rankings = SoftRankings(rows, np.full(rows.shape, 1 / rows.shape[1], np.float32))
        self.targets = Targets(self.trie, self.identifiers, rankings, 0.2)
        hard = hard_leaves(self.trie, self.quantizer, self.z, TreeWeights.untrained(LEVELS))
        self.queries = Queries(
            self.z.astype(np.float16),
            np.zeros((PHOTOS, 1, 2), np.float16),
            self.z,
            np.arange(PHOTOS),
            np.zeros(PHOTOS, bool),
            hard,
            np.arange(PHOTOS),
        )

    def retriever(self, kind: type[Retriever]) -> Retriever:
        torch.manual_seed(0)
        config = RetrieverConfig(LEVELS, CODES, WIDTH, WIDTH, 2, 1, width=32)
        mean, projection = np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32)
        return kind(config, mean, projection, self.quantizer.codebooks)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def train(
    library: Library, retriever: Retriever, loss: loop.Loss, folder: Path, epochs: int
) -> list[float]:
    checkpoint = Checkpoint(folder, Signature(1, "none", 0))
    device = torch.device("cpu")
    steps = train_decoder(retriever, loss, library.queries, checkpoint, device, None, 0, epochs)
    return [step.values["loss"] for step in steps]


def test_corrections_find_groups_that_the_tree_score_cannot_see(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "STEPS", (30, 30))
    monkeypatch.setattr(loop, "LEARNING_RATE", 2e-3)
    retriever = library.retriever(Retriever)
    losses = train(library, retriever, CandidateLoss(library.targets), tmp_path, 1)
    assert losses[-1] < 0.8 * losses[0]
    decoder = TorchDecoder(retriever)
    state = decoder.begin(library.z, np.zeros((PHOTOS, 1, 2), np.float32))
    every = np.broadcast_to(library.identifiers, (PHOTOS, PHOTOS, LEVELS)).copy()
    correction = decoder.score(state, every).sum(2)  # (PHOTOS, PHOTOS)
    same = library.group[:, None] == library.group
    np.fill_diagonal(same, False)
    other = library.group[:, None] != library.group
    assert correction[same].mean() > correction[other].mean()
    assert not np.array_equal(tree_weights(retriever).similarity, np.ones(LEVELS))


def test_training_twice_with_one_seed_gives_the_same_weights(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "STEPS", (5, 5))
    states = []
    for name in ("once", "again"):
        retriever = library.retriever(Retriever)
        train(library, retriever, CandidateLoss(library.targets), tmp_path / name, 1)
        states.append(retriever.state_dict())
    for one, other in zip(*(state.values() for state in states), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_looking_at_recall_on_the_way_changes_nothing_that_is_learnt(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "STEPS", (20, 20))
    looks: list[int] = []

    def recall_of(retriever: Retriever) -> float:
        looks.append(len(looks))
        return len(looks) / 100

    states = []
    for name, watched in (("plain", None), ("watched", recall_of)):
        retriever = library.retriever(Retriever)
        checkpoint = Checkpoint(tmp_path / name, Signature(1, "none", 0))
        loss, cpu = CandidateLoss(library.targets), torch.device("cpu")
        job = train_decoder(
            retriever, loss, library.queries, checkpoint, cpu, None, 0, recall_of=watched
        )
        told = [step.values.get("recall") for step in job]
        states.append(retriever.state_dict())
    assert len(looks) == 1 + loop.LOOKS
    assert told[0] == 0.01 and told[-1] == 0.11, "every step tells the last look"
    for one, other in zip(*(state.values() for state in states), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_the_plain_decoder_learns_identifiers_and_finds_only_those_that_exist(
    library: Library, tmp_path: Path
) -> None:
    retriever = library.retriever(PlainRetriever)
    train(library, retriever, PlainLoss(library.targets), tmp_path, 3)
    decoder = TorchDecoder(retriever)
    patches = np.zeros((1, 2), np.float32)
    right = []
    for row in range(0, PHOTOS, 5):
        rows = decode(library.trie, decoder, library.z[row], patches, 10)
        assert len(np.unique(rows)) == len(rows) >= 10
        right.append((library.group[rows[:10]] == library.group[row]).mean())
    assert np.mean(right) > 2 / GROUPS
