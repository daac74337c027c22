"""Encoders that a person adds: from a file, or downloaded where they say so."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import main
from engine.encoder import download, installed
from engine.encoder.download import Offer
from engine.encoder.timm_models import load_encoder
from engine.errors import BundleError, UserError
from engine.services import encoders
from engine.services.session import Session
from engine.settings import DEFAULT_ENCODER, ENCODERS
from export.exporter import BundleExporter
from export.runtime import OnnxRuntime
from tests.conftest import FakeEncoder
from tests.encoder.networks import random_state, saved
from tests.services.indexed import QuickModels, embedded, finish


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHOTOGLYPH_ENCODERS", str(tmp_path / "encoders"))
    monkeypatch.setenv("PHOTOGLYPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "encoders"


class Prepares(BundleExporter):
    """An exporter that only notes what it prepared, or refuses."""

    def __init__(self, refuses: str = "") -> None:
        self.names: list[str] = []
        self._refuses = refuses

    def prepare_encoder(self, name: str) -> Path:
        self.names.append(name)
        if self._refuses:
            raise BundleError(self._refuses)
        return installed.find(name, ()).folder


def test_an_added_vision_transformer_is_exported_verified_and_answers_in_onnx_runtime(
    tmp_path: Path,
) -> None:
    file = saved(random_state("vit_tiny_patch16_224"), tmp_path / "weights.pth")
    added = finish(encoders.add(file, "vit_tiny_patch16_224", BundleExporter(), image_size=64))
    file.unlink()  # it was copied
    assert added.name == f"vit_tiny_patch16_224-64px-{added.weights[:8]}"
    assert [e.name for e in encoders.encoders()] == [*ENCODERS, added.name]
    opened = OnnxRuntime("cpu").open_encoder(BundleExporter().prepare_encoder(added.name))
    network, spec = load_encoder(added.name)
    assert opened.spec == spec and spec.weights == added.weights
    photos = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    with torch.inference_mode():
        expected = network(torch.from_numpy(photos))[0].numpy()
    assert np.abs(opened.encode(photos).embedding - expected).max() < 1e-4


def test_an_encoder_that_cannot_be_exported_is_refused_and_not_kept(
    tmp_path: Path, places: Path
) -> None:
    file = saved(random_state("convnext_atto"), tmp_path / "weights.pth")
    with pytest.raises(BundleError, match="cannot be exported"):
        finish(
            encoders.add(file, "convnext_atto", Prepares("it cannot be exported"), image_size=64)
        )
    assert list(places.iterdir()) == []


def test_adding_the_same_weights_twice_is_one_encoder(tmp_path: Path, places: Path) -> None:
    file = saved(random_state("convnext_atto"), tmp_path / "weights.pth")
    for _ in range(2):
        finish(encoders.add(file, "convnext_atto", Prepares(), image_size=64))
    finish(encoders.add(file, "convnext_atto", Prepares(), image_size=96))
    assert len(list(places.iterdir())) == 2


def test_damaged_weights_of_an_added_encoder_are_told(tmp_path: Path) -> None:
    file = saved(random_state("convnext_atto"), tmp_path / "weights.pth")
    added = finish(encoders.add(file, "convnext_atto", Prepares(), image_size=64))
    content = bytearray(added.weights_file.read_bytes())
    content[-5] ^= 0x55
    added.weights_file.write_bytes(content)
    with pytest.raises(BundleError, match="are damaged: install it again"):
        load_encoder(added.name)
    (added.folder / installed.ABOUT).write_text("{}")
    with pytest.raises(BundleError, match="is damaged"):
        load_encoder(added.name)


@pytest.mark.parametrize("size", [8, 5000])
def test_a_size_that_cannot_be_meant_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(UserError, match="A size lies between"):
        finish(encoders.add(tmp_path / "f.pth", "convnext_atto", Prepares(), image_size=size))


class Shelf:
    """A hub with one file on it."""

    def __init__(self, content: bytes, sent: int | None = None) -> None:
        self._content = content
        self._sent = len(content) if sent is None else sent

    def offer(self, name: str) -> Offer:
        digest = hashlib.sha256(self._content).hexdigest()
        return Offer(name, f"shelf/{name}", "mit", len(self._content), digest)

    def chunks(self, offer: Offer) -> Iterator[bytes]:
        for start in range(0, self._sent, 1 << 20):
            yield self._content[start : min(start + (1 << 20), self._sent)]


def test_a_download_tells_its_progress_and_keeps_source_and_licence(
    tmp_path: Path,
) -> None:
    content = saved(random_state("convnext_atto"), tmp_path / "w.safetensors").read_bytes()
    hub = Shelf(content)
    offer = hub.offer("convnext_atto.d2_in1k")
    job = encoders.download(offer, hub, Prepares(), image_size=64)
    steps = []
    while True:
        try:
            steps.append(next(job))
        except StopIteration as end:
            added = end.value
            break
    downloaded = [s for s in steps if s.stage == "downloading"]
    assert downloaded[-1].done == downloaded[-1].total == len(content)
    assert (added.source, added.licence) == ("shelf/convnext_atto.d2_in1k", "mit")
    assert encoders.encoders()[-1].licence == "mit"


def test_a_download_that_ends_early_or_is_cancelled_leaves_nothing(
    tmp_path: Path, places: Path
) -> None:
    content = saved(random_state("convnext_atto"), tmp_path / "w.safetensors").read_bytes()
    hub = Shelf(content, sent=len(content) // 2)
    with pytest.raises(UserError, match="is not what was offered"):
        finish(encoders.download(hub.offer("convnext_atto"), hub, Prepares()))
    job = encoders.download(hub.offer("convnext_atto"), hub, Prepares())
    next(job)
    job.close()
    assert list(places.iterdir()) == []


def test_nothing_is_downloaded_before_the_person_has_agreed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Unsent(Shelf):
        def chunks(self, offer: Offer) -> Iterator[bytes]:
            raise AssertionError("fetched without a yes")

    monkeypatch.setattr(download, "PublicHub", lambda: Unsent(b"x" * 2_000_000))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))  # no terminal: nobody was asked
    assert main.main(["model", "get", "convnext_atto.d2_in1k"]) == main.PROBLEM
    told = capsys.readouterr().err
    assert "2 MB, licence mit" in told and "add --yes" in told


class OtherEncoder(FakeEncoder):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.spec = replace(FakeEncoder.spec, name=name, weights=name)


class TwoModels(QuickModels):
    def open_encoder(self, folder: Path) -> FakeEncoder:
        return OtherEncoder(str(folder))


def test_a_library_is_read_with_another_encoder_and_comes_back_at_no_cost(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for i in range(3):
        Image.new("RGB", (64, 48), (60 * i, 20, 30)).save(photos / f"{i}.jpg")
    models = TwoModels()
    with closing(Session.open(tmp_path / "library", models, models)) as session:  # type: ignore[arg-type]
        finish(session.index([photos]))
        assert finish(session.index(encoder_name="other")).indexed == 3
        assert session.status().encoder == "other"
        assert embedded(session.library) == 6  # the first encoder's are kept
        assert session.status().searchable == 3
        assert finish(session.index(encoder_name=DEFAULT_ENCODER)).indexed == 0
        assert session.status().encoder == DEFAULT_ENCODER
    with closing(Session.open(tmp_path / "library", models, models)) as session:  # type: ignore[arg-type]
        assert session.searching.encoder().spec.name == DEFAULT_ENCODER
