"""Searches that are kept: their images, crops, marks and filters as JSON, and back.

An image is kept as its path and as the content that the library knows it by; for the day when both
are gone also as a thumbnail of the part that was asked with, and as the vector that the encoder
made of it. Neighbours: ``engine.store.saved`` (the rows), ``asking`` (encodes what comes back).
"""

from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from engine.errors import UserError, printable
from engine.services.asking import EncodedQuery, query_picture
from engine.services.searching import SearchService
from engine.settings import THUMBNAIL_SIDE
from engine.store import feedback, files, saved
from engine.store.database import Library
from engine.store.intake import hashes_by_content
from engine.types import Band, Filters, Kept, Likeness, Mark, Part, Query, SavedSearch

Document = dict[str, Any]


def remember(
    library: Library,
    searching: SearchService,
    query: Query,
    filters: Filters | None = None,
    name: str | None = None,
    likeness: Likeness = Likeness.CONTENT,
) -> int:
    """Keep a search, in the history or under a ``name``; returns its id.

    Raises ``UserError`` for a name that is taken or empty, and whatever encoding the query raises.
    """
    _check_name(library, name)
    spec = searching.encoder().spec
    with library.read() as connection:
        contents = [_content(connection, part) for part in query.parts]
        known = {c for c in contents if c is not None} | {m.content_id for m in query.marks}
        hashes = hashes_by_content(connection, known)
    parts = []
    for part, content_id in zip(query.parts, contents, strict=True):
        encoded = searching.encode_query(Query(part.image, part.crop), again=True)
        parts.append(
            {
                "path": os.path.abspath(part.image) if isinstance(part.image, Path) else None,
                "name": part.image.name if isinstance(part.image, Kept) else "",
                "content": hashes[content_id].hex() if content_id in hashes else None,
                "crop": part.crop,
                "sign": part.sign,
                "weight": part.weight,
                **_kept(library, part, encoded, spec.weights),
            }
        )
    marks = [
        {"content": hashes[mark.content_id].hex(), "sign": mark.sign}
        for mark in query.marks
        if mark.content_id in hashes
    ]
    document = {
        "parts": parts,
        "marks": marks,
        "filters": _told(filters or Filters()),
        "likeness": likeness,
        **({"by_part": True} if query.by_part else {}),
    }
    with library.write(visible=False) as connection:
        return saved.add(connection, name, json.dumps(document, sort_keys=True))


def searches(library: Library) -> tuple[SavedSearch, ...]:
    """All that are kept, asked last first, as they can be asked now."""
    with library.read() as connection:
        rows = saved.every(connection)
        return tuple(_restored(connection, row) for row in rows)


def find(library: Library, name: str) -> SavedSearch:
    """By name, or by number as '#7'. Raises ``UserError``."""
    for search in searches(library):
        if name in (search.name, f"#{search.saved_id}"):
            return search
    raise UserError(
        f"There is no saved search {printable(name)}: 'photoglyph saved list' tells which there "
        "are."
    )


def rename(library: Library, saved_id: int, name: str | None) -> None:
    """Name a search of the history, or another one anew; None: back into the history."""
    _check_name(library, name)
    with library.write(visible=False) as connection:
        saved.rename(connection, saved_id, name)


def arrived(library: Library, searching: SearchService, search: SavedSearch) -> int:
    """How many photos of its answer came since it was asked last; mere guesses do not count.

    Without any new photo nothing is asked. Raises whatever the search raises.
    """
    with library.read() as connection:
        late = set(files.arrived_since(connection, search.ran_at).tolist())
    if not late:
        return 0
    answer = searching.search(search.query, filters=search.filters, likeness=search.likeness)
    found = {hit.photo.content_id for hit in answer.hits if hit.band is not Band.GUESS}
    return len(found & late)


def ran(library: Library, saved_id: int) -> None:
    """It is asked again now."""
    with library.write(visible=False) as connection:
        saved.ran(connection, saved_id)


def remove(library: Library, saved_ids: Sequence[int]) -> None:
    """Forget searches; photos are not touched."""
    with library.write(visible=False) as connection:
        saved.remove(connection, saved_ids)


def _check_name(library: Library, name: str | None) -> None:
    if name is None:
        return
    if not name.strip() or name.startswith("#"):
        raise UserError("A saved search needs a name that is not empty and begins without '#'.")
    with library.read() as connection:
        if saved.named(connection, name) is not None:
            raise UserError(
                f"There is a saved search called {printable(name)} already: choose another name, "
                "or remove that one first."
            )


def _content(connection: sa.Connection, part: Part) -> int | None:
    """The content that the library knows an image by."""
    if isinstance(part.image, int):
        return part.image
    if isinstance(part.image, Path):
        return feedback.content_at(connection, Path(os.path.abspath(part.image)))
    return None


def _kept(library: Library, part: Part, encoded: EncodedQuery, weights: str) -> Document:
    if isinstance(part.image, Kept):
        jpeg = part.image.jpeg
    else:
        picture = query_picture(library, part.image, part.crop, THUMBNAIL_SIDE)
        picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=88)
        jpeg = out.getvalue()
    return {
        "jpeg": base64.b64encode(jpeg).decode(),
        "vector": base64.b64encode(encoded.embedding.astype(np.float16).tobytes()).decode(),
        "weights": weights,
    }


def _restored(connection: sa.Connection, row: saved.Saved) -> SavedSearch:
    document = json.loads(row.query)
    told = [entry["content"] for entry in (*document["parts"], *document["marks"])]
    wanted = [bytes.fromhex(content) for content in told if content is not None]
    contents = saved.contents_by_hash(connection, wanted)
    parts = [_part(entry, contents) for entry in document["parts"]]
    gone = [p.image.name for p in parts if isinstance(p.image, Kept) and p.image.name]
    filters, doubt = _filters(document["filters"])
    notes = [f"{printable(name)} is gone: what was kept of it answers." for name in gone]
    return SavedSearch(
        saved_id=row.saved_id,
        name=row.name,
        query=Query(
            parts[0].image,
            parts[0].crop,
            weight=parts[0].weight,
            also=tuple(parts[1:]),
            marks=tuple(
                Mark(contents[key], entry["sign"])
                for entry in document["marks"]
                if (key := bytes.fromhex(entry["content"])) in contents
            ),
            by_part=document.get("by_part", False),
        ),
        filters=filters,
        created_at=row.created_at,
        ran_at=row.ran_at,
        note=" ".join((*notes, *doubt)),
        likeness=Likeness(document.get("likeness", Likeness.CONTENT)),
    )


def _part(entry: Document, contents: dict[bytes, int]) -> Part:
    """From its file, else from the library, else from what was kept of it."""
    crop = None if entry["crop"] is None else tuple(entry["crop"])
    sign, weight = entry["sign"], entry["weight"]
    content = None if entry["content"] is None else contents.get(bytes.fromhex(entry["content"]))
    path = None if entry["path"] is None else Path(entry["path"])
    if path is not None and path.is_file():
        return Part(path, crop, sign, weight)
    if content is not None:
        return Part(content, crop, sign, weight)
    name = entry.get("name", "")
    if path is not None:
        name = path.name
    elif entry["content"] is not None:
        name = "A photo of the library"
    jpeg, vector = base64.b64decode(entry["jpeg"]), base64.b64decode(entry["vector"])
    return Part(Kept(jpeg, vector, entry["weights"], name), None, sign, weight)


def _told(filters: Filters) -> Document:
    """Filters as plain values, those that say nothing left out."""
    told: Document = {}
    for field in fields(Filters):
        value = getattr(filters, field.name)
        if value is None or value == ():
            continue
        if field.name == "folders":
            value = [os.fspath(folder) for folder in value]
        told[field.name] = value.isoformat() if isinstance(value, datetime) else value
    return told


def _filters(told: Document) -> tuple[Filters, list[str]]:
    """The filters, and a sentence where a newer Photoglyph kept one that this one does not know."""
    known = {field.name for field in fields(Filters)}
    values: Document = {name: value for name, value in told.items() if name in known}
    for name, value in values.items():
        if name == "folders":
            values[name] = tuple(Path(folder) for folder in value)
        elif name in ("taken_from", "taken_until"):
            values[name] = datetime.fromisoformat(value)
        elif isinstance(value, list):
            values[name] = tuple(value)
    odd = sorted(set(told) - known)
    return Filters(**values), [f"The filter {name} is not known here and left out." for name in odd]
