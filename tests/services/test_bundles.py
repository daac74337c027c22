"""A model from an archive joins the library whole, or leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from engine.errors import BundleError, LibraryError
from engine.search.ports import EncoderSpec
from engine.services import bundles
from engine.store import generations, models
from engine.store.database import Library
from engine.store.schema import ContentRow, GenerationRow, IdentifierRow
from engine.store.vectors import add_embeddings
from engine.tokenizer.model import Tokenizer, TreeWeights
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.tokenizer.space import Space

WIDTH, SPACE, PHOTOS = 48, 8, 40
SPEC = EncoderSpec("fake", "0" * 32, 64, WIDTH, 12, 16, "mean+gem")


class Unpacker:
    """Stands for the exporter: "unpacks" a small model and says whose it is."""

    def __init__(self, spec: EncoderSpec = SPEC, codeword_width: int = SPACE) -> None:
        self._spec = spec
        self._codeword_width = codeword_width

    def unpack(self, file: Path, folder: Path) -> EncoderSpec:
        rng = np.random.default_rng(0)
        folder.mkdir()
        Tokenizer(
            Space(np.zeros(WIDTH, np.float32), rng.normal(size=(WIDTH, SPACE)).astype(np.float32)),
            ResidualQuantizer(rng.normal(size=(3, 4, self._codeword_width)).astype(np.float32)),
            TreeWeights.untrained(3),
        ).save(folder)
        return self._spec

    def __getattr__(self, name: str) -> Callable[..., Any]:
        raise AssertionError(f"an import does not {name}")


@pytest.fixture
def described(library: Library) -> Library:
    """Photos with embeddings."""
    vectors = np.random.default_rng(1).normal(size=(PHOTOS, WIDTH)).astype(np.float32)
    with library.write() as connection:
        for number in range(PHOTOS):
            connection.execute(
                sa.insert(ContentRow).values(
                    id=number + 1, quick_hash=bytes([number]), width=4, height=3
                )
            )
        add_embeddings(
            connection, models.use(connection, SPEC), list(range(1, PHOTOS + 1)), vectors
        )
    return library


def traces(library: Library) -> list[object]:
    """Whatever an import may have left."""
    found: list[object] = [*(library.folder / "models").iterdir()]
    found += (library.folder / "vectors").glob("generation-*")
    with library.read() as connection:
        for row in (GenerationRow, IdentifierRow):
            found += connection.execute(sa.select(row.__table__)).all()
    return found


def test_an_imported_model_names_every_photo_and_waits_to_be_used(
    described: Library, tmp_path: Path
) -> None:
    number = bundles.import_(described, Unpacker(), tmp_path / "model.zip")
    content_ids, _ = generations.identifiers(described, number)
    assert len(content_ids) == PHOTOS
    assert generations.ready(described) is None
    assert [g.generation_id for g in generations.generations(described)] == [number]


def test_a_model_of_another_encoder_leaves_nothing(described: Library, tmp_path: Path) -> None:
    other = replace(SPEC, name="another\x1b[31m")
    with pytest.raises(BundleError, match=r"another encoder \(another\\x1b"):
        bundles.import_(described, Unpacker(other), tmp_path / "model.zip")
    assert traces(described) == []


def test_a_model_that_fails_on_the_photos_leaves_nothing(
    described: Library, tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match=r"model\.zip cannot describe this library's photos"):
        bundles.import_(described, Unpacker(codeword_width=SPACE + 1), tmp_path / "model.zip")
    assert traces(described) == []


def test_an_import_into_a_library_without_photos_is_refused(
    library: Library, tmp_path: Path
) -> None:
    with pytest.raises(LibraryError, match="into a library that has photos"):
        bundles.import_(library, Unpacker(), tmp_path / "model.zip")
