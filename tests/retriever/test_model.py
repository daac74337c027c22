"""The decoder: one step at a time equals teacher forcing, and it starts as no correction at all."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.retriever.config import RetrieverConfig
from engine.retriever.model import Retriever
from engine.retriever.plain import PlainRetriever

CONFIG = RetrieverConfig(
    levels=4,
    codes=8,
    space_width=12,
    embedding_width=20,
    patch_width=10,
    patch_tokens=9,
    width=16,
    layers=2,
    heads=4,
)


def make(trained: bool = True, kind: type[Retriever] = Retriever) -> Retriever:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    c = CONFIG

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    retriever = kind(
        c,
        normal(c.embedding_width),
        normal(c.embedding_width, c.space_width),
        normal(c.levels, c.codes, c.space_width),
    ).eval()
    if trained and kind is Retriever:
        torch.nn.init.normal_(retriever.to_space, std=10.0)  # of corrections about one
    return retriever


def query(batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(batch)
    return (
        torch.randn(batch, CONFIG.embedding_width, generator=generator),
        torch.randn(batch, CONFIG.patch_tokens, CONFIG.patch_width, generator=generator),
    )


def test_an_untrained_decoder_corrects_nothing() -> None:
    retriever = make(trained=False)
    with torch.no_grad():
        z, memory = retriever.begin(*query(2))
        correction = retriever(z, memory, torch.randint(0, CONFIG.codes, (2, 3, CONFIG.levels)))
    assert correction.shape == (2, 3, CONFIG.levels, CONFIG.codes)
    assert not correction.any()
    assert not retriever.count.any() and not retriever.log_norm.any()


KINDS = pytest.mark.parametrize("kind", [Retriever, PlainRetriever])


@KINDS
@pytest.mark.parametrize(("batch", "beams"), [(1, 1), (3, 5)])
def test_steps_with_a_cache_equal_teacher_forcing(
    batch: int, beams: int, kind: type[Retriever]
) -> None:
    retriever = make(kind=kind)
    paths = torch.randint(0, CONFIG.codes, (batch, beams, CONFIG.levels))
    with torch.no_grad():
        z, memory = retriever.begin(*query(batch))
        expected = retriever(z, memory, paths)
        cache = torch.zeros(CONFIG.layers, 2, batch, beams, CONFIG.heads, 0, CONFIG.head_width)
        for level in range(CONFIG.levels):
            prefix = retriever.flat(paths[:, :, :level])
            step, cache = retriever.step(z, memory, prefix, torch.tensor([level]), cache)
            torch.testing.assert_close(step, expected[:, :, level], atol=1e-5, rtol=1e-4)


@KINDS
def test_a_candidate_gets_what_its_codes_get_among_all_codes(kind: type[Retriever]) -> None:
    retriever = make(kind=kind)
    paths = torch.randint(0, CONFIG.codes, (3, 7, CONFIG.levels))
    with torch.no_grad():
        z, memory = retriever.begin(*query(3))
        every = retriever(z, memory, paths)
        scored = retriever.score(z, memory, paths)
    torch.testing.assert_close(scored, every.gather(3, paths[..., None])[..., 0])


def test_a_code_does_not_see_the_codes_after_it() -> None:
    retriever = make()
    paths = torch.randint(0, CONFIG.codes, (1, 1, CONFIG.levels))
    other = paths.clone()
    other[..., 2:] = (other[..., 2:] + 1) % CONFIG.codes
    with torch.no_grad():
        z, memory = retriever.begin(*query(1))
        first, second = retriever(z, memory, paths), retriever(z, memory, other)
    torch.testing.assert_close(first[:, :, :3], second[:, :, :3])
    assert not torch.allclose(first[:, :, 3], second[:, :, 3])


def test_beams_do_not_see_each_other() -> None:
    retriever = make()
    paths = torch.randint(0, CONFIG.codes, (2, 6, CONFIG.levels))
    with torch.no_grad():
        z, memory = retriever.begin(*query(2))
        together = retriever(z, memory, paths)
        alone = retriever(z, memory, paths[:, 3:4])
    torch.testing.assert_close(together[:, 3:4], alone)
