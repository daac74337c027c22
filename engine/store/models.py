"""Encoders that the library has seen; one is current. Neighbours: vectors, generations."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import sqlalchemy as sa

from engine.search.ports import EncoderSpec
from engine.store.schema import ModelRow


def register(connection: sa.Connection, spec: EncoderSpec) -> int:
    """The id of ``spec``, known from first sight on; which model is current stays as it is."""
    text = json.dumps(asdict(spec), sort_keys=True)
    found = connection.execute(
        sa.select(ModelRow.id).where(
            ModelRow.encoder == spec.name, ModelRow.weights == spec.weights, ModelRow.spec == text
        )
    ).scalar()
    if found is None:
        found = connection.execute(
            sa.insert(ModelRow)
            .values(
                encoder=spec.name,
                weights=spec.weights,
                spec=text,
                current=False,
                created_at=datetime.now(UTC),
            )
            .returning(ModelRow.id)
        ).scalar_one()
    return int(found)


def use(connection: sa.Connection, spec: EncoderSpec) -> int:
    """Make ``spec`` the current model, registering it on first sight. Returns its id."""
    found = register(connection, spec)
    make_current(connection, found)
    return found


def make_current(connection: sa.Connection, model_id: int) -> None:
    connection.execute(sa.update(ModelRow).values(current=ModelRow.id == model_id))


def seen_first(connection: sa.Connection, model_id: int) -> datetime:
    """When this library met the model: no other library has the same moment."""
    found: datetime = connection.execute(
        sa.select(ModelRow.created_at).where(ModelRow.id == model_id)
    ).scalar_one()
    return found


def spec_of(connection: sa.Connection, model_id: int) -> EncoderSpec:
    text = connection.execute(sa.select(ModelRow.spec).where(ModelRow.id == model_id)).scalar_one()
    return EncoderSpec(**json.loads(text))


def current(connection: sa.Connection) -> tuple[int, EncoderSpec] | None:
    """Id and spec of the current model; None before the first photo was indexed."""
    row = connection.execute(sa.select(ModelRow.id, ModelRow.spec).where(ModelRow.current)).first()
    return None if row is None else (int(row.id), EncoderSpec(**json.loads(row.spec)))
