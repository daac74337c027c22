"""Bundles: torch and ONNX Runtime agree, damage is refused in words, archives hide nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from engine.errors import BundleError, TrainingError
from engine.search.ports import Encoded, EncoderSpec
from engine.settings import DEFAULT_ENCODER
from engine.tokenizer.model import Tokenizer, TreeWeights
from engine.tokenizer.quantizer import ResidualQuantizer
from engine.tokenizer.space import Space
from engine.training.torch_decoder import TorchDecoder
from export import archive, manifest
from export.exporter import BundleExporter
from export.parity import check_decoder
from export.runtime import OnnxRuntime
from export.to_onnx import export_retriever
from tests.retriever.test_model import CONFIG, make, query

SPEC = EncoderSpec("fake", "0" * 32, 32, CONFIG.embedding_width, CONFIG.patch_width, 9, "mean+gem")


def graph(**attributes: Any) -> onnx.ModelProto:
    """A network of one weight; ``attributes`` of its only node."""
    weight = numpy_helper.from_array(np.ones(3, np.float32), "weight")
    node = helper.make_node("Identity", ["weight"], ["out"], **attributes)
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [3])
    return helper.make_model(helper.make_graph([node], "g", [], [out], [weight]))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole bundle of a small retriever; its encoder is a network that nobody asks."""
    folder = tmp_path_factory.mktemp("bundle") / "generation-1"
    folder.mkdir()
    retriever = make()
    export_retriever(retriever, folder)
    space = Space(retriever.mean.numpy(), retriever.projection.numpy())
    quantizer = ResidualQuantizer(retriever.codebooks.numpy())
    Tokenizer(space, quantizer, TreeWeights.untrained(CONFIG.levels)).save(folder)
    onnx.save(graph(), folder / "encoder.onnx")
    manifest.write(folder, manifest.Manifest(SPEC, asdict(CONFIG)))
    return folder


SIZES = pytest.mark.parametrize(("batch", "beams"), [(1, 1), (1, 40), (4, 3)])


@SIZES
def test_onnx_and_torch_score_candidates_alike_at_other_sizes_than_the_exported_ones(
    bundle: Path, batch: int, beams: int
) -> None:
    decoder = OnnxRuntime("cpu").open_decoder(bundle)
    twin = TorchDecoder(make())
    embedding, patches = (t.numpy() for t in query(batch))
    codes = np.random.default_rng(beams).integers(0, CONFIG.codes, (batch, beams, CONFIG.levels))
    expected = twin.score(twin.begin(embedding, patches), codes)
    scored = decoder.score(decoder.begin(embedding, patches), codes)
    assert scored.shape == codes.shape and scored.dtype == np.float32
    np.testing.assert_allclose(scored, expected, atol=1e-4, rtol=1e-4)


@SIZES
def test_onnx_and_torch_agree_at_other_sizes_than_the_exported_ones(
    bundle: Path, batch: int, beams: int
) -> None:
    decoder = OnnxRuntime("cpu").open_decoder(bundle)
    retriever = make()
    embedding, patches = query(batch)
    codes = np.random.default_rng(beams).integers(0, CONFIG.codes, (batch, beams, CONFIG.levels))
    with torch.no_grad():
        z, memory = retriever.begin(embedding, patches)
        expected = retriever(z, memory, torch.from_numpy(codes)).numpy()
    state = decoder.begin(embedding.numpy(), patches.numpy())
    np.testing.assert_allclose(state.z, z.numpy(), atol=1e-5)
    for level in range(CONFIG.levels):
        prefix = codes[:, :1, :0] if level == 0 else codes[:, :, :level]
        correction, state = decoder.step(state, prefix)
        np.testing.assert_allclose(
            correction, expected[:, : prefix.shape[1], level], atol=1e-4, rtol=1e-4
        )
        if level == 0:
            state = decoder.select(state, np.zeros((batch, beams), np.int64))


def test_drift_is_refused(bundle: Path) -> None:
    drifted = make()
    with torch.no_grad():
        drifted.to_space *= 1.5
    embedding, patches = (t.numpy() for t in query(3))
    with pytest.raises(TrainingError, match="differs from the trained one"):
        check_decoder(drifted, OnnxRuntime("cpu").open_decoder(bundle), Encoded(embedding, patches))


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return act


def flip(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(bytes(content))

    return act


def newer(folder: Path) -> None:
    content = json.loads((folder / manifest.NAME).read_text())
    content["format"] = manifest.FORMAT + 1
    (folder / manifest.NAME).write_text(json.dumps(content))


def nonsense(folder: Path) -> None:
    (folder / manifest.NAME).write_text('{"format": 1, "files": []}')


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (remove("step.onnx"), "incomplete .step.onnx is missing."),
        (remove("codebooks.npz"), "incomplete"),
        (remove(manifest.NAME), "incomplete .manifest.json is missing."),
        (remove("paths.onnx"), "incomplete .paths.onnx is missing."),
        (cut("cross.onnx"), "does not match its manifest"),
        (flip("step.onnx"), "does not match its manifest"),
        (newer, "newer Photoglyph .format 2, this one knows 1.: update"),
        (nonsense, "no readable manifest"),
    ],
)
def test_a_harmed_bundle_is_refused_in_one_sentence(
    bundle: Path, tmp_path: Path, harm: Callable[[Path], None], words: str
) -> None:
    folder = tmp_path / "harmed"
    shutil.copytree(bundle, folder)
    harm(folder)
    with pytest.raises(BundleError, match=words) as caught:
        OnnxRuntime("cpu").open_decoder(folder)
    assert "\n" not in str(caught.value)


def test_a_bundle_survives_the_way_through_an_archive(bundle: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.zip"
    assert archive.pack(bundle, file) == file.stat().st_size
    assert archive.unpack(file, tmp_path / "copy") == SPEC
    assert sorted(f.name for f in (tmp_path / "copy").iterdir()) == sorted(archive.FILES)
    with pytest.raises(BundleError, match="exists already"):
        archive.pack(bundle, file)


def packed(bundle: Path, file: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    """An archive of ``bundle`` that ``change`` added something to."""
    archive.pack(bundle, file)
    with zipfile.ZipFile(file, "a") as opened:
        change(opened)
    return file


def entry(name: str, kind: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o644) << 16
    return info


def refused(file: Path, words: str) -> None:
    """``file`` is refused with ``words``, in one sentence, and nothing is left beside it."""
    target = file.parent / "models"
    target.mkdir()
    before = sorted(file.parent.rglob("*"))
    with pytest.raises(BundleError, match=words) as caught:
        archive.unpack(file, target / "generation-1")
    assert "\n" not in str(caught.value) and "model.zip" in str(caught.value)
    assert "models" not in str(caught.value)
    assert sorted(file.parent.rglob("*")) == before


@pytest.mark.parametrize(
    "name", ["../escaped.txt", "/escaped.txt", "a/step.onnx", "..\\escaped.txt", "step.onnx"]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_holds_anything_else_is_refused(
    bundle: Path, tmp_path: Path, name: str
) -> None:
    file = packed(bundle, tmp_path / "model.zip", lambda z: z.writestr(entry(name), b"no"))
    refused(file, "does not hold just the files of a model")


def repacked(bundle: Path, file: Path, **replaced: zipfile.ZipInfo | int | bytes) -> Path:
    """An archive in which ``replaced`` files (dots as underscores) have another entry.

    A ``ZipInfo``: that entry with the same content; an int: another compression; bytes: another
    content, which the manifest knows of, as a stranger would see to.
    """
    folder = file.parent / "changed"
    shutil.copytree(bundle, folder)
    how = {name.replace("_", "."): what for name, what in replaced.items()}
    for name, what in how.items():
        if isinstance(what, bytes):
            (folder / name).write_bytes(what)
    if "manifest.json" not in how:
        read = manifest.read(bundle, ())
        manifest.write(folder, read)
    with zipfile.ZipFile(file, "w") as opened:
        for name in archive.FILES:
            what = how.get(name, zipfile.ZIP_STORED)
            content = (folder / name).read_bytes()
            if isinstance(what, zipfile.ZipInfo):
                opened.writestr(what, content)
            else:
                method = what if isinstance(what, int) else zipfile.ZIP_STORED
                opened.writestr(name, content, method)
    shutil.rmtree(folder)
    return file


def arrays(bundle: Path, save: Callable[..., None] = np.savez, **replaced: Any) -> bytes:
    """``codebooks.npz`` with other arrays."""
    out = io.BytesIO()
    with np.load(bundle / "codebooks.npz") as known:
        save(out, **{**known, **replaced})
    return out.getvalue()


def test_a_link_is_refused(bundle: Path, tmp_path: Path) -> None:
    link = entry("step.onnx", stat.S_IFLNK)
    refused(repacked(bundle, tmp_path / "model.zip", step_onnx=link), "step.onnx is no plain file")


def test_a_compressed_entry_is_refused_so_that_nothing_grows(bundle: Path, tmp_path: Path) -> None:
    file = repacked(bundle, tmp_path / "model.zip", step_onnx=zipfile.ZIP_DEFLATED)
    refused(file, "step.onnx is compressed")


def test_a_file_that_is_too_large_is_refused(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "LARGEST_BYTES", 1000)
    archive.pack(bundle, tmp_path / "model.zip")
    refused(tmp_path / "model.zip", "GB, more than is read")


def test_entries_that_share_their_bytes_are_refused(bundle: Path, tmp_path: Path) -> None:
    """A bomb needs no compression where every entry points at the same content."""
    file = tmp_path / "model.zip"
    archive.pack(bundle, file)
    with zipfile.ZipFile(file, "a") as opened:
        first = max(opened.infolist(), key=lambda info: info.file_size)
        for info in opened.infolist():
            if info.filename != manifest.NAME:
                info.header_offset, info.CRC = first.header_offset, first.CRC
                info.file_size = info.compress_size = first.file_size
        opened._didModify = True  # type: ignore[attr-defined]  # write the directory anew
    refused(file, "claims to hold more than it can|no Photoglyph model")


def test_a_manifest_that_is_a_bomb_is_refused(bundle: Path, tmp_path: Path) -> None:
    file = repacked(bundle, tmp_path / "model.zip", manifest_json=b"[" * 100_000)
    refused(file, "its manifest cannot be read")


def test_a_hash_that_differs_is_refused(bundle: Path, tmp_path: Path) -> None:
    folder = tmp_path / "harmed" / "bundle"
    shutil.copytree(bundle, folder)
    flip("step.onnx")(folder)
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as opened:
        for name in archive.FILES:
            opened.write(folder / name, name)
    refused(tmp_path / "model.zip", "its files do not match its manifest")


def test_a_newer_archive_is_refused_in_words_whatever_it_holds(
    bundle: Path, tmp_path: Path
) -> None:
    content = json.loads((bundle / manifest.NAME).read_text())
    content["format"] = manifest.FORMAT + 1
    file = repacked(bundle, tmp_path / "model.zip", manifest_json=json.dumps(content).encode())
    with zipfile.ZipFile(file, "a") as opened:
        opened.writestr("labels.onnx", b"of a later version")
    refused(file, "newer Photoglyph .format 2, this one knows 1.: update")


def test_pickled_arrays_are_refused_unread(bundle: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (os.fspath(tmp_path / "run"),)

    content = arrays(bundle, count=np.array([Trap()], object))
    refused(repacked(bundle, tmp_path / "model.zip", codebooks_npz=content), "not what it says")
    assert not (tmp_path / "run").exists()


def test_an_array_that_asks_for_more_than_its_file_is_refused(bundle: Path, tmp_path: Path) -> None:
    vast = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        vast, {"descr": "<f4", "fortran_order": False, "shape": (1 << 40,)}
    )
    content = io.BytesIO(arrays(bundle))
    with zipfile.ZipFile(content, "a") as opened:
        opened.writestr("labels0.npy", vast.getvalue())
    file = repacked(bundle, tmp_path / "model.zip", codebooks_npz=content.getvalue())
    refused(file, "codebooks.npz is not what it says")


def test_compressed_arrays_are_refused(bundle: Path, tmp_path: Path) -> None:
    content = arrays(bundle, np.savez_compressed)
    file = repacked(bundle, tmp_path / "model.zip", codebooks_npz=content)
    refused(file, "codebooks.npz is compressed")


@pytest.mark.parametrize("location", ["/etc/hostname", "../../secret", "weights.data"])
def test_a_network_that_names_other_files_is_refused(
    bundle: Path, tmp_path: Path, location: str
) -> None:
    model = graph()
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=location)
    file = repacked(bundle, tmp_path / "model.zip", encoder_onnx=model.SerializeToString())
    refused(file, "encoder.onnx names files outside the model")


def test_a_file_named_deep_inside_a_network_is_found(bundle: Path, tmp_path: Path) -> None:
    """In a function's attribute: a list of initializers would not show it."""
    hidden = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1])
    hidden.external_data.add(key="location", value="/etc/hostname")
    model = graph()
    function = model.functions.add(name="f", domain="")
    function.node.append(helper.make_node("Constant", [], ["c"], value=hidden))
    file = repacked(bundle, tmp_path / "model.zip", paths_onnx=model.SerializeToString())
    refused(file, "paths.onnx names files outside the model")


def test_a_network_with_strange_operators_or_loops_is_refused(bundle: Path, tmp_path: Path) -> None:
    loop = graph(body=graph().graph).SerializeToString()
    refused(repacked(bundle, tmp_path / "model.zip", step_onnx=loop), "holds loops or branches")
    foreign = graph()
    foreign.graph.node[0].domain = "com.microsoft"
    (tmp_path / "b").mkdir()
    file = repacked(bundle, tmp_path / "b" / "model.zip", step_onnx=foreign.SerializeToString())
    refused(file, "needs operators that Photoglyph does not have")


def test_a_model_whose_parts_do_not_fit_is_refused(bundle: Path, tmp_path: Path) -> None:
    codebooks = np.zeros((CONFIG.levels, CONFIG.codes + 1, CONFIG.space_width), np.float32)
    content = arrays(bundle, codebooks=codebooks)
    file = repacked(bundle, tmp_path / "model.zip", codebooks_npz=content)
    refused(file, "sizes of its parts do not agree")


def test_a_model_that_answers_with_nothing_is_refused(bundle: Path, tmp_path: Path) -> None:
    content = (bundle / "encoder.onnx").read_bytes()
    refused(repacked(bundle, tmp_path / "model.zip", cross_onnx=content), "it cannot be run")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.zip")
    refused(tmp_path / "model.zip", "it is no file")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_what_is_no_model_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.zip"
    file.write_bytes(content)
    with pytest.raises(BundleError, match="no Photoglyph model"):
        archive.unpack(file, tmp_path / "copy")
    assert [f.name for f in tmp_path.iterdir()] == ["model.zip"]


def test_the_default_encoder_is_exported_once_and_verified(cache: Path) -> None:
    folder = BundleExporter().prepare_encoder(DEFAULT_ENCODER)
    made = (folder / "encoder.onnx").stat().st_mtime_ns
    again = BundleExporter().prepare_encoder(DEFAULT_ENCODER)
    assert again == folder and (folder / "encoder.onnx").stat().st_mtime_ns == made
    read = manifest.read(folder, manifest.ENCODER_FILES)
    assert read.encoder.name == DEFAULT_ENCODER
    assert max(read.parity.values()) < 1e-4
    assert cache in folder.parents


def test_an_encoder_that_is_not_here_is_refused_in_words() -> None:
    with pytest.raises(BundleError, match="no encoder named resnet50 on this computer: choose"):
        BundleExporter().prepare_encoder("resnet50")
