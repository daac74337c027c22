"""Does training again pay? Photos that came after training are found, but less and less as it was.

Two signs: many photos came, which the second look has no lists for; or photos of another kind came,
which the identifiers describe less well than those that the training was measured with.
"""

from __future__ import annotations

import numpy as np

from engine.errors import BundleError
from engine.store import diffusion, files, generations, models, vectors
from engine.store.database import Library
from engine.tokenizer.model import Tokenizer
from engine.types import Generation

MANY = 0.5  # new photos for every one that was trained on (docs/benchmarks.md, "Growth")
FEWEST = 100  # new photos; fewer are no reason
SAMPLE = 500  # new photos whose identifiers are looked at
WORSE = 1.25  # times the error of photos that were new to the training itself


def advice(library: Library) -> str:
    """One sentence where training again would pay, else ""."""
    ready = generations.ready(library)
    with library.read() as connection:
        current = models.current(connection)
        live = files.live_contents(connection)
    if ready is None or current is None or ready.model_id != current[0]:
        return ""
    trained = diffusion.listed_contents(library, ready.generation_id)
    table = vectors.table(library, current[0])
    new = np.setdiff1d(np.intersect1d(live, table.content_ids), trained)
    if len(new) < FEWEST or not len(trained):
        return ""
    if len(new) > MANY * len(trained):
        return (
            f"{len(new)} photos came since the training on {len(trained)}: they are found, and "
            "training again would find more like them."
        )
    ratio = _error_ratio(library, ready, current[1].embedding_width, table, new)
    if ratio > WORSE:
        return (
            f"{len(new)} photos that came since the training are of another kind: training again "
            "would find more like them."
        )
    return ""


def _error_ratio(
    library: Library,
    ready: Generation,
    width: int,
    table: vectors.EmbeddingTable,
    new: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> float:
    """Error of a sample of ``new`` contents' identifiers, times that measured at training; or 0."""
    if ready.figures is None or not ready.figures.error_inserted:
        return 0.0
    try:
        tokenizer = Tokenizer.load(ready.folder)
    except BundleError:
        return 0.0
    rng = np.random.default_rng(0)
    chosen = np.sort(rng.permutation(new)[:SAMPLE])
    rows = np.flatnonzero(np.isin(table.content_ids, chosen))
    embeddings = vectors.open_vectors(
        library, ready.model_id, table.embedding_ids, width, f"model-{ready.model_id}"
    )
    z = tokenizer.space.project(embeddings.take(rows))
    told = tokenizer.quantizer.decode(tokenizer.quantizer.encode(tokenizer.place(z)))
    error = float(((z - told[:, : z.shape[1]]) ** 2).sum(1).mean())
    return error / ready.figures.error_inserted
