"""Camera raw files are shown through the preview inside them, upright, or refused in words."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.errors import PhotoError
from engine.photos import raw
from engine.photos.decode import decode
from engine.photos.workers import DecodingPool, Read
from tests.conftest import REPOSITORY
from tests.photos.raw_files import write_dng

pytest.importorskip("rawpy")

TURNS = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}


def scene(width: int = 240, height: int = 180) -> Image.Image:
    """A picture that looks different whichever way it is turned."""
    image = Image.new("RGB", (width, height), "navy")
    image.paste((250, 220, 40), (0, 0, width // 3, height // 2))
    image.paste((200, 30, 30), (width // 2, 2 * height // 3, width, height))
    return image


def apart(one: Image.Image, other: Image.Image) -> float:
    assert one.size == other.size
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_raw_file_is_seen_upright_through_its_preview(
    tmp_path: Path, orientation: int, compressed: bool
) -> None:
    write_dng(tmp_path / "a.DNG", scene(), orientation=orientation, compressed=compressed)
    found = decode(tmp_path / "a.DNG", 180)
    turn = TURNS.get(orientation)
    assert apart(found.image, scene() if turn is None else scene().transpose(turn)) < 6
    assert (found.width, found.height) == ((240, 320) if orientation > 4 else (320, 240))
    assert found.metadata.orientation == orientation
    assert found.metadata.format == "RAW"


def test_a_preview_that_the_camera_has_turned_is_not_turned_again(tmp_path: Path) -> None:
    upright = scene(180, 240)
    write_dng(tmp_path / "a.dng", upright, orientation=6)
    found = decode(tmp_path / "a.dng", 180)
    assert apart(found.image, upright) < 6
    assert (found.width, found.height) == (240, 320)


def test_a_large_preview_is_reduced_while_it_is_decoded(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng", scene(2400, 1800))
    assert decode(tmp_path / "a.dng", 200).image.size == (300, 225)


def test_what_the_raw_file_says_of_itself_is_read_from_it(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng", scene())
    found = decode(tmp_path / "a.dng", 64).metadata
    assert found.taken_at == datetime(2021, 5, 4, 1, 2, 1, tzinfo=UTC)
    assert found.taken_offset == 120
    assert (found.camera, found.lens) == ("Maker Model 1", "Old 35mm")


@pytest.mark.parametrize("preview", [None, scene(64, 48)])
def test_without_a_preview_to_speak_of_it_is_refused(
    tmp_path: Path, preview: Image.Image | None
) -> None:
    write_dng(tmp_path / "a.dng", preview)
    with pytest.raises(PhotoError, match="holds no preview picture"):
        decode(tmp_path / "a.dng", 64)


def test_a_raw_file_that_is_cut_off_costs_itself_alone(tmp_path: Path) -> None:
    write_dng(tmp_path / "whole.dng", scene())
    whole = (tmp_path / "whole.dng").read_bytes()
    cut = tmp_path / "cut.dng"
    reasons = []
    for size in range(1, len(whole), len(whole) // 40):
        cut.write_bytes(whole[:size])
        try:
            decode(cut, 64)  # only the end of its directory is missing
        except PhotoError as error:
            reasons.append(error.reason)
    assert len(reasons) >= 39
    assert all(reason.isprintable() for reason in reasons)


def test_without_the_addition_the_reason_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dng(tmp_path / "a.dng", scene())
    monkeypatch.setattr(raw, "installed", lambda: False)
    with pytest.raises(PhotoError, match=r"photoglyph\[raw\]"):
        decode(tmp_path / "a.dng", 64)


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    scene().save(tmp_path / "a.jpg")
    (tmp_path / "a.jpg").rename(tmp_path / "a.nef")
    assert decode(tmp_path / "a.nef", 64).metadata.format == "JPEG"
    (tmp_path / "b.cr3").write_text("no raw file at all")
    with pytest.raises(PhotoError, match="not an image"):
        decode(tmp_path / "b.cr3", 64)


def test_a_decoding_process_reads_raw_files_within_its_memory(tmp_path: Path) -> None:
    write_dng(tmp_path / "a.dng", scene())
    with DecodingPool(96, lambda _: True, workers=1) as pool:
        pool.submit(0, tmp_path / "a.dng")
        result = pool.take(30)
    assert isinstance(result, Read)
    assert result.picture is not None
    assert result.picture.metadata.format == "RAW"


def test_nothing_loads_libraw_before_there_is_a_raw_file() -> None:
    code = "import sys, engine.photos.decode, engine.photos.scan; print('rawpy' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY, check=True
    )
    assert ran.stdout.strip() == "False"


def test_a_folder_s_raw_files_are_told_apart_where_they_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.CR2").write_bytes(b"x")
    code = (
        "import sys; sys.modules['rawpy'] = None\n"
        "from pathlib import Path; from engine.photos.scan import scan\n"
        "print([found.reason for some in scan(Path(sys.argv[1])) for found in some])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=True,
    )
    assert "pip install 'photoglyph[raw]'" in ran.stdout
