"""Soft rankings over the library: what the decoder learns to reproduce in milliseconds.

Half of the mass is a softmax over cosine in the generation's space, half is graph diffusion (Iscen
et al., CVPR 2017): far better than cosine down the list, and too slow for a query. The photo itself
is left out, otherwise it takes all the mass (RETRIEVAL.md, lesson 2). Labels, where there are any,
pull mass to photos of the same label.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.search.ports import Floats, Ints
from engine.types import Progress

NEIGHBOURS = 150  # photos a ranking keeps
TEMPERATURE = 0.02  # of the softmax over cosines
GRAPH_NEIGHBOURS = 20
GRAPH_POWER = 3
ALPHA = 0.9
ITERATIONS = 15
DIFFUSION_SHARE = 0.5
LABEL_SHARE = 0.5
LABEL_TEMPERATURE = 0.05
BLOCK = 512


@dataclass(frozen=True)
class SoftRankings:
    """For each of G photos: ``rows`` (G, T) of the library, ``weights`` (G, T) that sum to one."""

    rows: NDArray[np.int32]
    weights: Floats


def soft_rankings(z: Floats, labels: Ints | None = None) -> Iterator[Progress | SoftRankings]:
    """Yields ``Progress``, and the rankings last.

    ``z`` (G, D), unit length; ``labels`` (G,), -1 where there is none.
    """
    count = len(z)
    kept = min(NEIGHBOURS, count - 1)
    graph = _graph(z)
    rows = np.empty((count, kept), np.int32)
    weights = np.empty((count, kept), np.float32)
    for start in range(0, count, BLOCK):
        yield Progress("teacher", start, count)
        stop = min(start + BLOCK, count)
        own = np.arange(start, stop)
        cosine = z[own] @ z.T  # (b, G)
        mass = (1 - DIFFUSION_SHARE) * _softmax(cosine, own, TEMPERATURE)
        mass += DIFFUSION_SHARE * _diffused(graph, own)
        if labels is not None:
            mass = _with_labels(mass, cosine, own, labels)
        best = np.argpartition(-mass, kept - 1, axis=1)[:, :kept]
        rows[own] = best
        chosen = np.take_along_axis(mass, best, axis=1)
        weights[own] = chosen / np.maximum(chosen.sum(1, keepdims=True), 1e-12)
    yield SoftRankings(rows, weights)


def _softmax(cosine: Floats, own: Ints, temperature: float) -> Floats:
    scaled = cosine / temperature
    scaled[np.arange(len(own)), own] = -np.inf
    scaled = np.exp(scaled - scaled.max(1, keepdims=True))
    mass: Floats = scaled / scaled.sum(1, keepdims=True)
    return mass


def _graph(z: Floats) -> torch.Tensor:
    """Symmetrically normalised graph of mutual nearest neighbours, sparse (G, G)."""
    count = len(z)
    degree = min(GRAPH_NEIGHBOURS, count - 1)
    near = np.empty((count, degree), np.int64)
    value = np.empty((count, degree), np.float32)
    for start in range(0, count, BLOCK):
        own = np.arange(start, min(start + BLOCK, count))
        cosine = z[own] @ z.T
        cosine[np.arange(len(own)), own] = -np.inf
        near[own] = np.argpartition(-cosine, degree - 1, axis=1)[:, :degree]
        value[own] = np.maximum(np.take_along_axis(cosine, near[own], axis=1), 0)
    i, j = np.repeat(np.arange(count), degree), near.ravel()
    w = value.ravel() ** GRAPH_POWER
    mutual = np.isin(i * count + j, j * count + i)
    i, j, w = i[mutual], j[mutual], w[mutual]
    sums = np.sqrt(np.maximum(np.bincount(i, w, count), 1e-12))
    normal = (w / (sums[i] * sums[j])).astype(np.float32)
    index = torch.from_numpy(np.stack([i, j]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "sparse CSR is in beta": only its product is used
        graph = torch.sparse_coo_tensor(
            index, torch.from_numpy(normal), (count, count), check_invariants=True
        )
        return graph.to_sparse_csr()


def _diffused(graph: torch.Tensor, own: Ints) -> Floats:
    """sum_t (alpha S)^t e_i, truncated: (b, G), each row summing to one without the photo itself.

    Fifteen steps leave .9^15 = .2 of the series' tail, which is spread thin.
    """
    count = graph.shape[0]
    source = torch.zeros(count, len(own))
    source[torch.from_numpy(own), torch.arange(len(own))] = 1
    state = source.clone()
    for _ in range(ITERATIONS):
        state = ALPHA * (graph @ state) + source
    mass: Floats = state.T.numpy().copy()  # (b, G)
    mass[np.arange(len(own)), own] = 0
    mass /= np.maximum(mass.sum(1, keepdims=True), 1e-12)
    return mass


def _with_labels(mass: Floats, cosine: Floats, own: Ints, labels: Ints) -> Floats:
    """Labelled photos give ``LABEL_SHARE`` of their mass to photos of their label."""
    same = (labels[own][:, None] == labels[None]) & (labels[own] >= 0)[:, None]
    same[np.arange(len(own)), own] = False
    has = same.any(1)
    near: Floats = np.where(same, cosine, -np.inf)[has] / np.float32(LABEL_TEMPERATURE)
    pull: Floats = np.exp(near - near.max(1, keepdims=True))
    mixed = mass.copy()
    mixed[has] = (1 - LABEL_SHARE) * mass[has]
    mixed[has] += LABEL_SHARE * pull / pull.sum(1, keepdims=True)
    return mixed
