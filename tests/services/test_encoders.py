"""Which encoder reads a library's photos."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

import engine
from engine.services.session import Session
from engine.settings import DEFAULT_ENCODER, ENCODERS
from tests.services.indexed import QuickModels


class Prepared(QuickModels):
    """Records what is asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def prepare_encoder(self, name: str) -> Path:
        self.names.append(name)
        return super().prepare_encoder(name)


@pytest.fixture
def models() -> Prepared:
    return Prepared()


def opened(folder: Path, models: Prepared, encoder: str = DEFAULT_ENCODER) -> closing[Session]:
    return closing(Session.open(folder, models, models, encoder=encoder))  # type: ignore[arg-type]


def test_a_library_without_photos_takes_the_encoder_that_is_asked_for(
    tmp_path: Path, models: Prepared
) -> None:
    with opened(tmp_path, models, ENCODERS[1]) as session:
        session.searching.encoder()
        assert session.status().encoder is None
    assert models.names == [ENCODERS[1]]


def test_a_library_with_photos_keeps_its_own(tmp_path: Path, models: Prepared) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (64, 48), (200, 60, 30)).save(photos / "red.jpg")
    with opened(tmp_path / "library", models) as session:
        list(session.index([photos]))
        own = session.status().encoder
    assert own is not None
    with opened(tmp_path / "library", models, ENCODERS[1]) as session:
        session.searching.encoder()
    assert models.names[-1] == own != ENCODERS[1]


def test_the_encoders_to_choose_from_are_those_that_come_along() -> None:
    source = Path(engine.__file__).parent / "encoder" / "timm_models.py"
    text = source.read_text(encoding="utf-8")
    assert all(f'"{name}": Embedded(' in text for name in ENCODERS)
    assert text.count(": Embedded(") == len(ENCODERS)
