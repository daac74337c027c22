"""The second look: photos of the community that the nearest photos lie in, never others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.search.graph import Graph, mutual_neighbours
from engine.search.searcher import GenerativeIndex, search_generative
from engine.search.second_look import DiffusionLists, look_again, nearby
from engine.search.segments import Shown
from engine.tokenizer.model import RankingWeights, Tokenizer, TreeWeights
from engine.tokenizer.packing import pack
from engine.tokenizer.quantizer import fit_quantizer
from engine.tokenizer.space import Space, unit
from engine.training.pipeline import Rows
from engine.training.teacher import Taught, teach

GROUPS, EACH, WIDTH = 5, 30, 10


def ring_of_groups() -> tuple[np.ndarray, np.ndarray]:
    """Groups that are long chains: neighbours are alike, the two ends are not."""
    rng = np.random.default_rng(0)
    ends = rng.normal(size=(2, GROUPS, WIDTH))
    step = np.linspace(0, 1, EACH)[:, None]
    z = [ends[0, g] * (1 - step) + ends[1, g] * step for g in range(GROUPS)]
    return unit(np.concatenate(z).astype(np.float32)), np.repeat(np.arange(GROUPS), EACH)


def graph_of(z: np.ndarray, k: int = 5) -> Graph:
    *_, last = mutual_neighbours(z, k)
    assert isinstance(last, Graph)
    return last


def test_the_graph_is_symmetric_and_joins_mutual_neighbours_only() -> None:
    z, _ = ring_of_groups()
    graph = graph_of(z)
    dense = np.zeros((len(z), len(z)))
    np.put_along_axis(dense, graph.columns, graph.weights, axis=1)
    np.testing.assert_allclose(dense, dense.T, atol=1e-6)
    assert not dense.diagonal().any()
    near = np.argsort(-(z @ z.T - 2 * np.eye(len(z))), axis=1)[:, :5]
    chosen = np.zeros_like(dense, dtype=bool)
    np.put_along_axis(chosen, near, True, axis=1)
    assert ((dense > 0) <= (chosen & chosen.T)).all()


def test_diffusion_is_the_solution_of_its_linear_system() -> None:
    z, _ = ring_of_groups()
    graph = graph_of(z)
    dense = np.zeros((len(z), len(z)))
    np.put_along_axis(dense, graph.columns, graph.weights, axis=1)
    expected = np.linalg.inv(np.eye(len(z)) - 0.5 * dense)
    own = np.array([3, 77])
    np.testing.assert_allclose(graph.diffused(own, 0.5, 60), expected[own], atol=1e-4)


def index_of(
    z: np.ndarray, members: np.ndarray | None = None, second_look: float = 0.5
) -> GenerativeIndex:
    """``members``: rows that were there at training (all by default)."""
    members = np.arange(len(z)) if members is None else members
    quantizer = fit_quantizer(z, 3, 8)
    space = Space(np.zeros(WIDTH, np.float32), np.eye(WIDTH, dtype=np.float32))
    ranking = RankingWeights(second_look=second_look)
    tokenizer = Tokenizer(space, quantizer, TreeWeights.untrained(3), ranking)
    *_, graph = mutual_neighbours(z[members])
    assert isinstance(graph, Graph)
    *_, taught = teach(z[members], graph)
    assert isinstance(taught, Taught)
    place = np.full(len(z), -1)
    place[members] = np.arange(len(members))
    lists = DiffusionLists(taught.members, taught.weights, members, place)
    shown = np.ones(len(z), bool)
    return GenerativeIndex.build(tokenizer, pack(quantizer.encode(z), 8), shown, Rows(z), lists)


def found(index: GenerativeIndex, query: np.ndarray, count: int, beam: int = 20) -> np.ndarray:
    asked = index.ask(query, query[None])
    shown = np.ones(len(index.packed), bool)
    return search_generative(index, None, asked, Shown(shown), count, beam)[0].rows


def test_a_community_is_found_to_its_far_end() -> None:
    z, group = ring_of_groups()
    plain, looking = replace(index_of(z), lists=None), index_of(z)
    own = np.arange(0, len(z), EACH)  # the first photo of every chain
    shares = [
        np.mean([(group[found(i, z[q], EACH)] == group[q]).mean() for q in own])
        for i in (plain, looking)
    ]
    assert shares[1] > shares[0] + 0.1


def test_neighbours_of_what_is_found_are_candidates_where_the_second_look_weighs_nothing() -> None:
    z, _ = ring_of_groups()
    index = index_of(z, second_look=0.0)
    queries = unit((z[::3] + 0.1 * np.random.default_rng(2).normal(size=z[::3].shape)).astype("f4"))
    shares = {}
    for kind in (replace(index, lists=None), index):
        nearest = [np.argsort(-(z @ query))[:10] for query in queries]
        rows = [found(kind, query, 10, beam=4) for query in queries]
        shares[kind.lists is None] = np.mean(
            [np.isin(near, row).mean() for near, row in zip(nearest, rows, strict=True)]
        )
    assert shares[False] > shares[True] + 0.1


def test_the_most_similar_photo_stays_first() -> None:
    z, _ = ring_of_groups()
    index = index_of(z, second_look=5.0)
    rng = np.random.default_rng(1)
    for query in unit((z[::7] + 0.2 * rng.normal(size=z[::7].shape)).astype(np.float32)):
        assert found(index, query, 5, beam=8**3)[0] == (z @ query).argmax()


def test_photos_that_came_after_training_keep_their_place_in_the_community() -> None:
    z, group = ring_of_groups()
    early = np.flatnonzero(np.arange(len(z)) % 5 != 2)
    index = index_of(z, early)
    query = z[0]
    first = found(index, query, EACH, beam=8**3)
    late = np.setdiff1d(np.flatnonzero(group == 0), early)
    assert np.isin(late, first).mean() > 0.8


def test_every_hit_has_the_log_probability_of_its_own_identifier() -> None:
    z, _ = ring_of_groups()
    index = index_of(z)
    asked = index.ask(z[0], z[:1])
    shown = np.ones(len(z), bool)
    narrow, _ = search_generative(index, None, asked, Shown(shown), 60, beam=12)
    wide, _ = search_generative(index, None, asked, Shown(shown), len(z), beam=8**3)
    assert narrow.logp is not None and wide.logp is not None
    told = dict(zip(wide.rows.tolist(), wide.logp.tolist(), strict=True))
    shift = [told[r] - p for r, p in zip(narrow.rows.tolist(), narrow.logp.tolist(), strict=True)]
    # The narrow beam compared fewer identifiers: all its probabilities are larger by one factor.
    assert np.isfinite(narrow.logp).all() and (narrow.logp <= 0).all()
    certain = narrow.logp < -1e-3
    np.testing.assert_allclose(np.array(shift)[certain], np.median(shift), atol=0.05)


def test_hidden_photos_are_not_brought_back() -> None:
    z, group = ring_of_groups()
    index = index_of(z)
    shown = group != group[0]
    asked = index.ask(z[0], z[:1])
    rows = search_generative(index, None, asked, Shown(shown), 50, 20)[0].rows
    assert shown[rows].all()


def test_nothing_is_reached_where_no_list_is_near() -> None:
    z, _ = ring_of_groups()
    lists = index_of(z).lists
    assert lists is not None
    none = DiffusionLists(lists.members, lists.weights, lists.row, np.full(len(z), -1))
    rows = np.arange(4)
    reached, mass = nearby(none, rows, np.ones(4, np.float32))
    assert not len(reached) and not len(mass)
    logs = look_again(none, Rows(z), rows, reached, mass)
    assert logs == pytest.approx(np.full(4, np.log(1e-3)), abs=1e-3)


def test_diffusion_among_all_members_is_diffusion_over_the_library() -> None:
    z, group = ring_of_groups()
    graph = graph_of(z)
    everywhere = graph.diffused(np.array([40]))[0]
    members = np.random.default_rng(0).permutation(len(z))
    np.testing.assert_allclose(
        graph.diffused_within(40, members), everywhere[members], rtol=1e-4, atol=1e-6
    )
    own_group = np.flatnonzero(group == group[40])
    within = graph.diffused_within(40, own_group)
    assert np.corrcoef(within, everywhere[own_group])[0, 1] > 0.95
