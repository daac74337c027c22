"""A query's embedding and patch tokens -> ranked gallery rows. One object a library state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.search.beam import beam_search, logsumexp, path_scores, top
from engine.search.fingerprints import Fingerprint
from engine.search.ports import Decoder, Floats, Ints
from engine.search.ranking import Ranked, RowVectors, cosine, scan, score_of
from engine.search.scores import TreeScore
from engine.search.second_look import DiffusionLists, look_again, nearby
from engine.search.segments import LATE, SMALL, Segment, Shown, later
from engine.search.trie import Indices
from engine.tokenizer.model import NORM, Tokenizer
from engine.tokenizer.packing import unpack

RESCORED = 0.6  # of the beam: its best by logp; a wide beam finds more than as many rescored would
BESIDE = 200  # photos at most that the second look adds: with the usual beam 500 candidates
NEAREST = 10  # photos of the beam whose places tell how deep it had to go
CONTESTED = 100  # best candidates that the decoder corrects, where it takes part: 3 ms


@dataclass(frozen=True)
class Asked:
    """One query: ``z`` (D,) in the generation's space, ``u`` (D + P,) with what labels say of it;
    ``embedding`` (E,) and ``patches`` (N', C) for the decoder; ``fingerprint``: its perceptual
    hashes, None where it has none.
    """

    z: Floats
    u: Floats
    embedding: Floats
    patches: Floats
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True)
class GenerativeIndex:
    """A trained generation over a gallery of G rows.

    ``packed`` (G,) identifiers and ``vectors`` (G, D) in the generation's space, row by row.
    ``identified`` (G,): rows that have an identifier (the others wait for the next refresh).
    ``segments``: tries of the identified rows, the largest first.
    ``lists``: for the second look; None where there are none.
    """

    tokenizer: Tokenizer
    packed: Ints
    identified: NDArray[np.bool_]
    vectors: RowVectors
    segments: tuple[Segment, ...]
    lists: DiffusionLists | None

    @classmethod
    def build(
        cls,
        tokenizer: Tokenizer,
        packed: Ints,
        identified: NDArray[np.bool_],
        vectors: RowVectors,
        lists: DiffusionLists | None = None,
    ) -> GenerativeIndex:
        rows = np.flatnonzero(identified)
        segment = Segment.build(packed[rows], rows, tokenizer.quantizer)
        return cls(tokenizer, packed, identified, vectors, (segment,), lists)

    def grown(
        self,
        packed: Ints,
        identified: NDArray[np.bool_],
        vectors: RowVectors,
        lists: DiffusionLists | None = None,
    ) -> GenerativeIndex:
        """The same index with more rows behind those it has, whose identifiers have not changed.

        Rows that came since the larger segments were built make the last one.
        """
        first, *others = self.segments
        segments = (first, *(segment for segment in others if len(segment) > SMALL))
        rows = later(segments, identified)
        if len(rows):
            segments += (Segment.build(packed[rows], rows, self.tokenizer.quantizer),)
        return replace(
            self,
            packed=packed,
            identified=identified,
            vectors=vectors,
            segments=segments,
            lists=lists,
        )

    @property
    def crowded(self) -> bool:
        """Whether fewer segments would answer faster."""
        late = sum(map(len, self.segments[1:]))
        return len(self.segments) > 3 or late > SMALL + len(self.segments[0]) // LATE

    def joined(self) -> GenerativeIndex:
        """Two segments, or one where much has come. Takes as long as it takes to sort them."""
        first, *others = self.segments
        rows = np.sort(np.concatenate([segment.trie.rows for segment in others])).astype(np.intp)
        if len(rows) > SMALL + len(first) // LATE:
            args = self.tokenizer, self.packed, self.identified, self.vectors, self.lists
            return GenerativeIndex.build(*args)
        second = Segment.build(self.packed[rows], rows, self.tokenizer.quantizer)
        return replace(self, segments=(first, second))

    def held(self, rows: Indices) -> Iterator[tuple[Segment, Indices]]:
        """Which of identified ``rows`` (n,) each segment holds: places in ``rows``, if any."""
        left = np.ones(len(rows), bool)
        for segment in self.segments[:0:-1]:  # the small ones; the first has all others
            held = np.isin(rows, segment.trie.rows)
            left &= ~held
            if held.any():
                yield segment, np.flatnonzero(held)
        if left.any():
            yield self.segments[0], np.flatnonzero(left)

    def dots(self, asked: Asked) -> Floats:
        """(M, K): what the query has in common with every codeword."""
        return self.tokenizer.quantizer.codebooks @ asked.u

    def tree(self, segment: Segment, dots: Floats) -> TreeScore:
        """The score over a segment of the query that has these :meth:`dots`."""
        return TreeScore(dots, segment.norms, self.tokenizer.tree)

    @property
    def nbytes(self) -> int:
        """Bytes of identifiers: packed, and as the tries that decoding walks."""
        return self.packed.nbytes + sum(segment.nbytes for segment in self.segments)

    def ask(
        self, embedding: Floats, patches: Floats, fingerprint: Fingerprint | None = None
    ) -> Asked:
        """A query from its ``embedding`` (E,) and pooled ``patches`` (N', C)."""
        z = self.tokenizer.space.project(embedding[None])
        return Asked(z[0], self.tokenizer.place(z)[0], embedding, patches, fingerprint)

    def identifiers(self, rows: Indices) -> list[tuple[int, ...]]:
        """The codes of ``rows`` (n,)."""
        quantizer = self.tokenizer.quantizer
        codes = unpack(self.packed[rows], quantizer.levels, quantizer.codes)
        return [tuple(own) for own in codes.tolist()]

    def label_evidence(self, asked: Asked, rows: Indices) -> Floats | None:
        """What the labels that identifiers tell say for each of ``rows`` (n,); None without labels.

        Read from the codewords: labels cost no byte beside the identifier.
        """
        width = len(asked.z)
        if len(asked.u) == width:
            return None
        quantizer = self.tokenizer.quantizer
        codes = unpack(self.packed[rows], quantizer.levels, quantizer.codes)
        told = quantizer.decode(codes)[:, width:]  # (n, P)
        norm = np.einsum("np,np->n", told, told)
        evidence: Floats = told @ asked.u[width:] - np.float32(NORM / 2) * norm
        return evidence


@dataclass(frozen=True)
class Took:
    """Milliseconds of a search's two stages, and of encoding further views of the query.

    ``widened``: the usual beam was not enough, and a wider one answered.
    """

    search: float
    rescore: float
    encode: float = 0.0
    widened: bool = False

    def __add__(self, more: Took) -> Took:
        """Both, one after the other."""
        return Took(
            self.search + more.search,
            self.rescore + more.rescore,
            self.encode + more.encode,
            self.widened or more.widened,
        )


def search_generative(
    index: GenerativeIndex,
    decoder: Decoder | None,
    asked: Asked,
    shown: Shown,
    count: int,
    beam: int,
    rescored: bool = True,
) -> tuple[Ranked, Took]:
    """Beam search by the tree score, the best of it rescored in the space, and a second look.

    ``decoder``: corrects logp of the best candidates; None: of none. ``shown``: rows that may be
    found. ``rescored`` False: identifiers alone rank (no vector is read), photos of one identifier
    in row order. Short where fewer photos are shown.
    """
    start = time.perf_counter()
    rows, logp, log_total = _decoded(index, asked, shown, beam)
    middle = time.perf_counter()
    if rescored:
        first = top(logp, max(count, int(beam * RESCORED)))
        rows, logp = rows[first], logp[first]
        ranked = _rescored(index, decoder, asked, shown.mask, rows, logp, log_total, count)
        if len(rows) == shown.count:
            ranked = replace(ranked, depth=0.0)
    else:
        if decoder is not None and len(rows):
            asked_about = np.arange(min(CONTESTED, len(rows)))
            logp = logp + _corrections(index, decoder, asked, rows, asked_about)
        best = top(logp, count)
        kept = logp[best]
        ranked = Ranked(rows[best], kept, np.full(len(kept), np.nan, np.float32), kept)
    end = time.perf_counter()
    return ranked, Took((middle - start) * 1e3, (end - middle) * 1e3)


def _decoded(
    index: GenerativeIndex, asked: Asked, shown: Shown, beam: int
) -> tuple[Indices, Floats, float]:
    """The beam's photos: rows (n,), most likely first, their logp (n,), and its ``log_total``."""
    temperature = index.tokenizer.tree.temperature
    dots = index.dots(asked)
    parts = []
    totals = []
    for segment in index.segments:
        left = shown.left(segment)
        tree = index.tree(left, dots)
        found = beam_search(left.trie, tree, beam, temperature)
        if len(found.leaves):
            leaf, rows = left.trie.photos(found.leaves)
            kept = shown.mask[rows]
            parts.append((rows[kept], found.score[leaf[kept]]))
            totals.append(found.log_total)
    if not parts:
        return np.zeros(0, np.intp), np.zeros(0, np.float32), 0.0
    log_total = logsumexp(np.array(totals, np.float32))
    rows = np.concatenate([rows for rows, _ in parts])
    score = np.concatenate([score for _, score in parts])
    if len(parts) > 1:
        order = np.argsort(-score, kind="stable")
        rows, score = rows[order], score[order]
    return rows, (score / temperature - log_total).astype(np.float32), log_total


def search_exact(
    vectors: RowVectors,
    query: Floats,
    shown: NDArray[np.bool_],
    count: int,
    fingerprint: Fingerprint | None = None,
) -> tuple[Ranked, Took]:
    """Cosine over all rows. ``query`` (E,) or (D,), as the vectors are."""
    start = time.perf_counter()
    ranked = scan(query, vectors, shown, count, fingerprint)
    return ranked, Took((time.perf_counter() - start) * 1e3, 0.0)


def _rescored(
    index: GenerativeIndex,
    decoder: Decoder | None,
    asked: Asked,
    shown: NDArray[np.bool_],
    rows: Indices,
    logp: Floats,
    log_total: float,
    count: int,
) -> Ranked:
    """The ``count`` best of the beam's photos, and of those that hashes and second look add.

    Candidates are photos, so those that share an identifier are ordered by similarity.
    """
    weights = index.tokenizer.ranking
    found = len(rows)
    if asked.fingerprint is not None:
        copies = asked.fingerprint.copies(shown)
        copies = copies[index.identified[copies]]
        rows = np.concatenate([rows, copies[~np.isin(copies, rows)]])
    similarity = _similarity(index, asked, rows)
    nearest = top(similarity[:found], NEAREST)
    depth = float((nearest.max() + 1) / found) if found else 0.0
    log_mass = None
    if index.lists is not None and len(rows):  # what lies beside a find may be behind the beam
        reached, mass = nearby(index.lists, rows, similarity)
        new = np.flatnonzero(shown[reached] & ~np.isin(reached, rows))
        added = reached[np.sort(new[top(mass[new], BESIDE)])]
        rows = np.concatenate([rows, added])
        similarity = np.concatenate([similarity, _similarity(index, asked, added)])
        if weights.second_look:
            log_mass = look_again(index.lists, index.vectors, rows, reached, mass)
    # Not in the beam: less likely than all that are.
    unlikely = logp.min() if found else np.float32(0)
    logp = np.concatenate([logp, np.full(len(rows) - found, unlikely, np.float32)])
    labels = index.label_evidence(asked, rows)
    score = score_of(similarity, logp, log_mass, labels, weights)
    corrections = np.zeros(len(rows), np.float32)
    if decoder is not None and len(rows):
        corrections = _corrections(index, decoder, asked, rows, top(score, CONTESTED))
        score = score_of(similarity, logp + corrections, log_mass, labels, weights)
    best = top(score, count)
    exact_logp = logp[best]
    outside = np.flatnonzero(best >= found)
    if len(outside):
        exact_logp[outside] = _logp(index, asked, rows[best[outside]], log_total)
    logp = exact_logp + corrections[best]
    return Ranked(rows[best], score[best], similarity[best], logp, depth)


def _similarity(index: GenerativeIndex, asked: Asked, rows: Indices) -> Floats:
    """Of ``rows`` (n,): cosine in the space, raised where perceptual hashes are close."""
    similarity = cosine(asked.z, index.vectors.take(rows))
    if asked.fingerprint is None:
        return similarity
    return asked.fingerprint.raised(similarity, rows)


def _corrections(
    index: GenerativeIndex, decoder: Decoder, asked: Asked, rows: Indices, contested: Indices
) -> Floats:
    """What the decoder adds to logp of ``rows`` (n,), n >= 1: at most 0, none for its favourite.

    ``contested`` (k,), k >= 1, indexes the rows it is asked about; the others count as the least
    favoured of them.
    """
    quantizer = index.tokenizer.quantizer
    packed, place = np.unique(index.packed[rows[contested]], return_inverse=True)
    identifiers = unpack(packed, quantizer.levels, quantizer.codes)
    state = decoder.begin(asked.embedding[None], asked.patches[None])
    added = decoder.score(state, identifiers[None])[0].sum(1) / index.tokenizer.tree.temperature
    added = (added - added.max())[place]
    corrections = np.full(len(rows), added.min(), np.float32)
    corrections[contested] = added
    return corrections


def _logp(index: GenerativeIndex, asked: Asked, rows: Indices, log_total: float) -> Floats:
    """Log-probabilities of the identifiers of ``rows`` (n,), on the beam's scale, at most 0."""
    quantizer = index.tokenizer.quantizer
    score, dots = np.zeros(len(rows), np.float32), index.dots(asked)
    for segment, held in index.held(rows):
        identifiers = unpack(index.packed[rows[held]], quantizer.levels, quantizer.codes)
        score[held] = path_scores(segment.trie, index.tree(segment, dots), identifiers)
    logp: Floats = np.minimum(score / np.float32(index.tokenizer.tree.temperature) - log_total, 0)
    return logp.astype(np.float32)
