"""Trained generations, and the identifiers that they gave to contents.

At most one generation is ready; switching is one transaction, so a search sees the old one or the
new one, whole. Retired ones keep their identifiers until :func:`forget`: going back is free.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from engine.errors import LibraryError
from engine.store import intake, models
from engine.store.batches import streamed
from engine.store.database import Library
from engine.store.schema import EmbeddingRow, GenerationRow, IdentifierRow
from engine.types import Generation, GenerationFigures, GenerationState

BLOCK = 4096
CHECKPOINT = ".training"  # below models/: a training under way
DEEP_CHECKPOINT = ".tuning"  # and the tuning of an encoder before it


def create(connection: sa.Connection, model_id: int, levels: int, codes: int, folder: str) -> int:
    """A new generation in state building. ``folder`` is relative to ``models/``."""
    return int(
        connection.execute(
            sa.insert(GenerationRow)
            .values(
                model_id=model_id,
                state=GenerationState.BUILDING,
                folder=folder,
                levels=levels,
                codes=codes,
                created_at=datetime.now(UTC),
            )
            .returning(GenerationRow.id)
        ).scalar_one()
    )


def switch(connection: sa.Connection, generation_id: int) -> None:
    """Make ``generation_id`` the one that answers, in its model's space; the one before is retired.

    Where that is another model, photos that it has not seen are read by the next indexing. Raises
    ``LibraryError`` where there is no such finished generation.
    """
    row = GenerationRow
    found = connection.execute(
        sa.select(row.state, row.model_id).where(row.id == generation_id)
    ).first()
    if found is None or found.state == GenerationState.BUILDING:
        raise LibraryError(
            f"There is no finished model {generation_id}: 'photoglyph model list' shows them."
        )
    connection.execute(
        sa.update(row)
        .where(row.state == GenerationState.READY)
        .values(state=GenerationState.RETIRED)
    )
    connection.execute(
        sa.update(row).where(row.id == generation_id).values(state=GenerationState.READY)
    )
    current = models.current(connection)
    if current is not None and current[0] != found.model_id:
        models.make_current(connection, found.model_id)
        intake.unread_incomplete(connection, found.model_id, ())


def finish(
    connection: sa.Connection, generation_id: int, figures: GenerationFigures | None
) -> None:
    """A built and verified generation is retired until it is switched to."""
    connection.execute(
        sa.update(GenerationRow)
        .where(GenerationRow.id == generation_id)
        .values(
            state=GenerationState.RETIRED,
            figures=None if figures is None else json.dumps(asdict(figures)),
        )
    )


def forget(connection: sa.Connection, generation_id: int) -> None:
    """Drop a generation with its identifiers (its bundle folder is the caller's)."""
    connection.execute(sa.delete(GenerationRow).where(GenerationRow.id == generation_id))


def generations(library: Library) -> tuple[Generation, ...]:
    """All generations, newest first."""
    with library.read() as connection:
        rows = connection.execute(
            sa.select(GenerationRow.__table__).order_by(GenerationRow.id.desc())
        ).all()
    return tuple(_generation(library, r) for r in rows)


def ready(library: Library) -> Generation | None:
    """The generation that answers; None before the first training."""
    with library.read() as connection:
        row = connection.execute(
            sa.select(GenerationRow.__table__).where(GenerationRow.state == GenerationState.READY)
        ).first()
    return None if row is None else _generation(library, row)


def free_folder(library: Library) -> Path:
    """A new folder below ``models/``; what a killed training left there is removed.

    Called under the library's claim to training.
    """
    taken = {g.folder.name for g in generations(library)}
    kept = (CHECKPOINT, DEEP_CHECKPOINT)
    parent = library.folder / "models"
    for rest in parent.iterdir():
        if rest.is_dir() and rest.name not in taken and rest.name not in kept:
            remove_folder(rest)
    number = 1
    while f"generation-{number}" in taken:
        number += 1
    return parent / f"generation-{number}"


def remove_folder(folder: Path) -> None:
    """Delete a bundle's folder; one that is in use (Windows) is left for the next time."""
    shutil.rmtree(folder, ignore_errors=True)


def _generation(library: Library, row: sa.Row[tuple[object, ...]]) -> Generation:
    return Generation(
        generation_id=row.id,
        model_id=row.model_id,
        state=GenerationState(row.state),
        folder=library.folder / "models" / row.folder,
        levels=row.levels,
        codes=row.codes,
        created_at=row.created_at,
        figures=None if row.figures is None else GenerationFigures(**json.loads(row.figures)),
    )


def add_identifiers(
    connection: sa.Connection,
    generation_id: int,
    content_ids: Sequence[int] | NDArray[np.int64],
    packed: NDArray[np.int64],
) -> None:
    """Store packed identifiers (n,) of ``content_ids``; contents that have one keep theirs."""
    if len(content_ids):
        connection.execute(
            sa.insert(IdentifierRow).prefix_with("OR IGNORE"),
            [
                {"generation_id": generation_id, "content_id": int(c), "packed": int(p)}
                for c, p in zip(content_ids, packed, strict=True)
            ],
        )


def identifiers(
    library: Library, generation_id: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(n,) content ids, growing, and (n,) packed identifiers."""
    row = IdentifierRow
    with library.read() as connection:
        pairs = streamed(
            connection.execute(
                sa.select(row.content_id, row.packed)
                .where(row.generation_id == generation_id)
                .order_by(row.content_id)
            ),
            2,
        )
    return pairs[:, 0], pairs[:, 1]


def last_identified(connection: sa.Connection, generation: Generation) -> int:
    """Id of the newest embedding with an identifier; 0 for none. Asks the newest ones alone."""
    embedding, identifier = EmbeddingRow, IdentifierRow
    identified = sa.exists().where(
        identifier.generation_id == generation.generation_id,
        identifier.content_id == embedding.content_id,
    )
    newest = (
        sa.select(embedding.id)
        .where(embedding.model_id == generation.model_id, identified)
        .order_by(embedding.id.desc())
        .limit(1)
    )
    return int(connection.execute(newest).scalar() or 0)


def without_identifier(
    connection: sa.Connection, generation: Generation, after: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
    """Up to ``BLOCK`` contents of the generation's model that wait for an identifier.

    Of embeddings with ids above ``after``, in their order. Returns (n,) content ids and their
    embeddings (n, E).
    """
    embedding, identifier = EmbeddingRow, IdentifierRow
    rows = connection.execute(
        sa.select(embedding.content_id, embedding.vector)
        .outerjoin(
            identifier,
            (identifier.content_id == embedding.content_id)
            & (identifier.generation_id == generation.generation_id),
        )
        .where(
            embedding.model_id == generation.model_id,
            embedding.id > after,
            identifier.content_id.is_(None),
        )
        .order_by(embedding.id)
        .limit(BLOCK)
    ).all()
    ids = np.array([r.content_id for r in rows], np.int64)
    vectors = np.frombuffer(b"".join(r.vector for r in rows), np.float16)
    return ids, vectors.reshape(len(rows), -1) if len(rows) else vectors.reshape(0, 0)
