"""Photos get identifiers when they come, in the order in which they came."""

from __future__ import annotations

import sqlalchemy as sa

from engine.services.identifying import Newest, assign_missing
from engine.services.session import Session
from engine.store import generations
from engine.store.schema import EmbeddingRow, IdentifierRow


def forget(session: Session, first: int, last: int | None = None) -> int:
    """Take the identifiers of some embeddings, counted from the oldest; returns how many."""
    with session.library.write() as connection:
        newest = sa.select(EmbeddingRow.content_id).order_by(EmbeddingRow.id)
        contents = connection.execute(newest).scalars().all()[first:last]
        held = IdentifierRow.content_id.in_(contents)
        return connection.execute(sa.delete(IdentifierRow).where(held)).rowcount


def waiting(session: Session) -> int:
    ready = generations.ready(session.library)
    assert ready is not None
    with session.library.read() as connection:
        return len(generations.without_identifier(connection, ready)[0])


def test_what_came_last_is_identified_without_asking_about_the_rest(session: Session) -> None:
    assert forget(session, -3) == 3
    assert waiting(session) == 3
    assert Newest(session.library).assign() == 3
    assert (waiting(session), Newest(session.library).assign()) == (0, 0)


def test_a_library_without_any_identifier_gets_them_all(session: Session) -> None:
    everything = forget(session, 0)
    assert Newest(session.library).assign() == everything


def test_what_waits_in_between_is_found_by_who_asks_about_everything(session: Session) -> None:
    assert forget(session, 2, 5) == 3
    assert Newest(session.library).assign() == 0
    assert assign_missing(session.library) == 3
