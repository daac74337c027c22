"""Decoding processes: what they yield, and that their death costs one file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.photos import worker, workers
from engine.photos.decode import decode
from engine.photos.preprocess import model_input
from engine.photos.workers import DecodingPool, Failed, Read
from tests.conftest import REPOSITORY, MakePhoto


def read(pool: DecodingPool, *paths: Path) -> list[Read | Failed]:
    """The results of ``paths``, in their order."""
    for key, path in enumerate(paths):
        pool.submit(key, path)
    results = []
    while pool.outstanding:
        result = pool.take(timeout=0.05)
        if result is not None:
            results.append(result)
    return sorted(results, key=lambda result: result.key)


def always(_: bytes) -> bool:
    return True


def test_one_decode_yields_all_that_indexing_needs(tmp_path: Path, make_photo: MakePhoto) -> None:
    path = make_photo(tmp_path / "a.jpg", size=(640, 480))
    with DecodingPool(64, always, workers=1) as pool:
        (result,) = read(pool, path)
    assert isinstance(result, Read) and result.picture is not None
    status = path.stat()
    assert (result.size_bytes, result.mtime_ns) == (status.st_size, status.st_mtime_ns)
    assert (result.picture.width, result.picture.height) == (640, 480)
    here = decode(path, workers_side(64))
    assert np.array_equal(result.picture.pixels, model_input(here.image, 64))
    assert result.picture.metadata == here.metadata
    assert result.picture.thumbnail[:2] == b"\xff\xd8"


def workers_side(image_size: int) -> int:
    return max(image_size, 240)


def test_a_known_content_is_not_decoded(tmp_path: Path, make_photo: MakePhoto) -> None:
    asked: list[bytes] = []

    def first_only(digest: bytes) -> bool:
        asked.append(digest)
        return len(asked) == 1

    one = make_photo(tmp_path / "a.jpg")
    two = make_photo(tmp_path / "b.jpg")
    with DecodingPool(64, first_only, workers=1) as pool:
        first, second = read(pool, one, two)
    assert isinstance(first, Read) and first.picture is not None
    assert isinstance(second, Read) and second.picture is None
    assert asked == [first.quick_hash, second.quick_hash] and asked[0] == asked[1]


def test_a_bad_file_is_a_reason_and_the_rest_goes_on(tmp_path: Path, make_photo: MakePhoto) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8\xff" + b"junk" * 100)
    name = tmp_path / os.fsdecode(b"\xe9\xff\n.jpg")
    good = make_photo(tmp_path / "good.jpg").rename(name)
    with DecodingPool(64, always, workers=2) as pool:
        bad, gone, fine = read(pool, tmp_path / "bad.jpg", tmp_path / "gone.jpg", good)
    assert isinstance(bad, Failed) and not bad.passing and bad.quick_hash is not None
    assert isinstance(gone, Failed) and gone.passing
    assert gone.reason == "there is no such file"
    assert isinstance(fine, Read)


def ends_workers(how: signal.Signals, only: str) -> str:
    """Source of a decoder that kills or stops its process for files named ``only``."""
    return (
        "import os, signal, sys\n"
        f"sys.path.insert(0, {os.fspath(REPOSITORY)!r})\n"
        "from engine.photos import worker\n"
        "read = worker._read\n"
        "def fatal(path, file, size):\n"
        f"    if {only!r} in path.name: os.kill(os.getpid(), signal.{how.name})\n"
        "    return read(path, file, size)\n"
        "worker._read = fatal\n"
        "worker.main()\n"
    )


@pytest.fixture
def fatal_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Have the pool start workers that die or hang on some files, as broken decoders do."""
    real = subprocess.Popen

    def install(how: signal.Signals, only: str) -> None:
        script = tmp_path / "fatal.py"
        script.write_text(ends_workers(how, only))

        def start(command: list[str], **options: object) -> object:
            return real([sys.executable, os.fspath(script), *command[-2:]], **options)  # type: ignore[call-overload]

        monkeypatch.setattr(workers.subprocess, "Popen", start)

    return install


def test_a_worker_that_is_killed_costs_its_file_alone(
    tmp_path: Path, make_photo: MakePhoto, fatal_worker
) -> None:
    fatal_worker(signal.SIGKILL, "bad")
    paths = [make_photo(tmp_path / f"{n}-{'bad' if n == 2 else 'good'}.jpg", n) for n in range(6)]
    with DecodingPool(64, always, workers=2) as pool:
        results = read(pool, *paths)
    failed = [result for result in results if isinstance(result, Failed)]
    assert [(f.key, f.reason, f.attempts) for f in failed] == [(2, "decoding it crashed", 2)]


def test_a_worker_that_hangs_costs_its_file_alone(
    tmp_path: Path, make_photo: MakePhoto, fatal_worker
) -> None:
    fatal_worker(signal.SIGSTOP, "bad")
    paths = [make_photo(tmp_path / name, n) for n, name in enumerate(["bad.jpg", "good.jpg"])]
    with DecodingPool(64, always, workers=1, seconds_per_file=0.3) as pool:
        hung, fine = read(pool, *paths)
    assert isinstance(hung, Failed) and "took longer than" in hung.reason
    assert isinstance(fine, Read)


def test_a_file_whose_worker_died_is_asked_about_once(
    tmp_path: Path, make_photo: MakePhoto, fatal_worker
) -> None:
    fatal_worker(signal.SIGKILL, "bad")
    seen: set[bytes] = set()

    def once(digest: bytes) -> bool:
        return digest not in seen and not seen.add(digest)

    with DecodingPool(64, once, workers=1) as pool:
        (result,) = read(pool, make_photo(tmp_path / "bad.jpg"))
    assert isinstance(result, Failed)
    assert result.quick_hash in seen


@pytest.mark.skipif(sys.platform != "linux", reason="the cap is Linux's")
def test_a_picture_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    Image.new("RGBA", (8000, 8000)).save(tmp_path / "a.png", compress_level=1)
    with DecodingPool(64, always, workers=1, memory_bytes=200 << 20) as pool:
        (result,) = read(pool, tmp_path / "a.png")
    assert isinstance(result, Failed)
    assert result.reason == "decoding it needs too much memory"


def test_closing_kills_workers_that_are_busy(
    tmp_path: Path, make_photo: MakePhoto, fatal_worker
) -> None:
    fatal_worker(signal.SIGSTOP, "bad")
    pool = DecodingPool(64, always, workers=2)
    for key in range(50):
        pool.submit(key, make_photo(tmp_path / "bad.jpg"))
    while not any(slot.deadline for slot in pool._slots):
        pool.take(timeout=0.01)
    pool.close()  # hangs here if a stopped process is waited for
    assert all(slot.worker is None for slot in pool._slots)


def test_a_worker_that_cannot_start_is_no_photos_fault(
    tmp_path: Path, make_photo: MakePhoto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers.sys, "executable", "/bin/false")
    with (
        DecodingPool(64, always, workers=1) as pool,
        pytest.raises(RuntimeError, match="does not start"),
    ):
        read(pool, make_photo(tmp_path / "a.jpg"))


def test_a_worker_imports_neither_torch_nor_sqlalchemy() -> None:
    heavy = "{'torch', 'sqlalchemy', 'PySide6', 'onnxruntime', 'timm'}"
    source = f"import sys, {worker.__name__}; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
