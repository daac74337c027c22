"""Packing keeps the trie's order; a saved tokenizer is the same when it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BundleError
from engine.tokenizer.model import NAME, RankingWeights, Tokenizer, TreeWeights
from engine.tokenizer.packing import bits_per_level, pack, unpack
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import fit_space


@given(st.integers(2, 1024), st.integers(1, 6), st.integers(0, 1000))
def test_packing_is_reversible_and_keeps_the_order(codes: int, levels: int, seed: int) -> None:
    identifiers = np.random.default_rng(seed).integers(0, codes, (20, levels))
    packed = pack(identifiers, codes)
    np.testing.assert_array_equal(unpack(packed, levels, codes), identifiers)
    by_codes = sorted(map(tuple, identifiers.tolist()))
    by_number = [tuple(identifiers[i].tolist()) for i in np.argsort(packed, kind="stable")]
    assert by_number == by_codes


def test_identifiers_that_do_not_fit_a_database_integer_are_refused() -> None:
    assert bits_per_level(1024) == 10
    with pytest.raises(ValueError, match="63 bits"):
        pack(np.zeros((1, 7), np.int64), 1024)


def test_a_saved_tokenizer_identifies_as_before(tmp_path: Path) -> None:
    embeddings = np.random.default_rng(0).normal(size=(80, 24)).astype(np.float32)
    space = fit_space(embeddings, 8)
    quantizer = fit_quantizer(space.project(embeddings), 3, 8)
    weights = TreeWeights.untrained(3)
    tokenizer = Tokenizer(space, quantizer, weights, RankingWeights(logp=0.02, correction=False))
    tokenizer.save(tmp_path)
    read = Tokenizer.load(tmp_path)
    np.testing.assert_array_equal(read.identify(embeddings), tokenizer.identify(embeddings))
    assert read.ranking == tokenizer.ranking
    assert read.tree.temperature == weights.temperature


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 cut off", b"\x80\x04pickle"])
def test_a_damaged_codebook_file_is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    with pytest.raises(BundleError, match="missing or damaged: train again"):
        Tokenizer.load(tmp_path)
