"""Residual quantization as a property: closer level by level, and decoding loses nothing twice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.tokenizer import quantizer as quantization
from engine.tokenizer.quantizer import MANY, ResidualQuantizer, fit_quantizer
from engine.tokenizer.space import fit_space, unit


def vectors(seed: int, count: int = 120, width: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(6, width))
    return unit(centres[rng.integers(0, 6, count)] + 0.4 * rng.normal(size=(count, width)))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_the_residual_of_the_library_shrinks_at_every_level(seed: int) -> None:
    z = vectors(seed)
    quantizer = fit_quantizer(z, levels=4, codes=8, seed=seed)
    codes = quantizer.encode(z, beam=1)
    errors = [(z**2).sum()]
    errors += [((z - quantizer.decode(codes[:, :m])) ** 2).sum() for m in range(1, 5)]
    assert all(later < earlier for earlier, later in itertools.pairwise(errors))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_what_was_decoded_encodes_to_itself(seed: int) -> None:
    z = vectors(seed)
    quantizer = fit_quantizer(z, levels=3, codes=8, seed=seed)
    exhaustive = 8**2  # beams enough that no prefix is dropped
    once = quantizer.decode(quantizer.encode(z, exhaustive))
    twice = quantizer.decode(quantizer.encode(once, exhaustive))
    np.testing.assert_allclose(once, twice, atol=1e-4)


def test_a_wider_encoding_beam_never_reconstructs_worse() -> None:
    z = vectors(1, 300)
    quantizer = fit_quantizer(z, levels=4, codes=16)
    narrow, wide = (
        ((z - quantizer.decode(quantizer.encode(z, beam))) ** 2).sum(1) for beam in (1, 16**3)
    )
    assert (wide <= narrow + 1e-5).all()
    assert wide.mean() < narrow.mean()


def test_equal_vectors_get_equal_identifiers_whatever_is_beside_them() -> None:
    z = vectors(2, 400)
    quantizer = fit_quantizer(z, levels=3, codes=16)
    together = quantizer.encode(np.concatenate([z, z[:7]]))
    np.testing.assert_array_equal(together[:7], together[400:])
    np.testing.assert_array_equal(together[:7], quantizer.encode(z[:7]))


def test_many_vectors_at_once_get_the_identifiers_that_each_gets_alone() -> None:
    z = np.random.default_rng(4).normal(size=(MANY, 12)).astype(np.float32)
    quantizer = fit_quantizer(z, 3, 8)
    alone = np.concatenate([quantizer.encode(row[None]) for row in z])
    np.testing.assert_array_equal(quantizer.encode(z), alone)


def test_fitting_twice_with_one_seed_gives_the_same_codebooks() -> None:
    z = vectors(3)
    first, second = (fit_quantizer(z, 3, 8, seed=5).codebooks for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_every_code_stays_in_use_where_photos_are_many() -> None:
    z = unit(np.random.default_rng(4).normal(size=(1600, 24)).astype(np.float32))
    codes = fit_quantizer(z, 2, 32).encode(z)
    assert [len(set(level.tolist())) for level in codes.T] == [32, 32]


def test_photos_that_come_later_are_told_better_than_by_means_of_residuals() -> None:
    spread = (1 + np.arange(128)) ** -0.25  # as in a space of photos: no few tight clusters
    z = unit((np.random.default_rng(7).normal(size=(900, 128)) * spread).astype(np.float32))
    old, later = z[:600], z[600:]

    def error_of_later(refinements: int) -> float:
        quantizer = fit_quantizer(old, levels=3, codes=64, refinements=refinements)
        return float(((later - quantizer.decode(quantizer.encode(later))) ** 2).sum(1).mean())

    assert error_of_later(quantization.REFINEMENTS) < 0.95 * error_of_later(0)


def test_refined_codebooks_are_the_ridge_regression_of_photos_on_their_codes() -> None:
    z = vectors(8, 200)
    codes = np.random.default_rng(8).integers(0, 5, (200, 3))
    ones = np.concatenate([np.eye(5)[level] for level in codes.T], axis=1)  # (G, M K)
    pulled = np.linalg.inv(ones.T @ ones + quantization.PENALTY * np.eye(15)) @ ones.T @ z
    refined = quantization._refined(z, codes, 5)
    np.testing.assert_allclose(refined.codebooks, pulled.reshape(3, 5, -1), atol=1e-5)


def test_a_code_that_nothing_uses_says_nothing() -> None:
    z = vectors(9, 50)
    refined = quantization._refined(z, np.zeros((50, 2), np.int64), 4)
    assert not refined.codebooks[:, 1:].any()
    assert refined.codebooks[:, 0].any()


def test_no_vector_gives_no_identifier() -> None:
    quantizer = ResidualQuantizer(np.zeros((3, 4, 5), np.float32))
    assert quantizer.encode(np.zeros((0, 5), np.float32)).shape == (0, 3)


@pytest.mark.parametrize("count", [2, 9, 40, 200])
def test_a_space_fits_few_photos_and_many(count: int) -> None:
    embeddings = vectors(5, count, 64).astype(np.float16)
    space = fit_space(embeddings, width=16)
    z = space.project(embeddings)
    assert z.shape == (count, min(16, count - 1))
    assert np.isfinite(z).all()
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, atol=1e-4)


def test_both_ways_to_fit_a_space_agree() -> None:
    photos = vectors(6, 30, 40)
    few = fit_space(photos, 5, 0.0)  # fewer rows than columns
    many = fit_space(np.tile(photos, (2, 1)), 5, 0.0)  # the same covariance, more rows
    z, other = few.project(photos), many.project(photos)
    np.testing.assert_allclose(z @ z.T, other @ other.T, atol=1e-3)
