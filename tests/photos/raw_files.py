"""Small camera raw files, written tag by tag: a DNG is a TIFF with a sensor's data in it."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

BYTE, ASCII, SHORT, LONG, SRATIONAL = 1, 2, 3, 4, 10
_PACKED = {BYTE: "B", SHORT: "H", LONG: "I"}

Tags = Mapping[int, tuple[int, str | Sequence[int]]]


def write_dng(
    path: Path,
    preview: Image.Image | None,
    *,
    orientation: int = 1,
    sensor: tuple[int, int] = (320, 240),
    compressed: bool = True,
    taken: str = "2021:05:04 03:02:01",
    offset: str = "+02:00",
) -> None:
    """A DNG with an unturned Bayer picture of ``sensor`` pixels and ``preview``, mostly a JPEG."""
    width, height = sensor
    data = bytearray(struct.pack("<2sHI", b"II", 42, 0))  # the first directory comes last

    def put(block: bytes) -> int:
        data.extend(bytes(len(data) % 2))
        data.extend(block)
        return len(data) - len(block)

    bayer = b"".join(struct.pack("<H", 400 + 7 * (i % 500)) for i in range(width * height))
    sensor_tags: dict[int, tuple[int, str | Sequence[int]]] = {
        254: (LONG, [0]),
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [16]),
        259: (SHORT, [1]),  # not compressed
        262: (SHORT, [32803]),  # a colour filter array
        273: (LONG, [put(bayer)]),
        277: (SHORT, [1]),
        278: (LONG, [height]),
        279: (LONG, [len(bayer)]),
        33421: (SHORT, [2, 2]),
        33422: (BYTE, [0, 1, 1, 2]),
    }
    shown: dict[int, tuple[int, str | Sequence[int]]] = {}
    if preview is not None:
        block = io.BytesIO()
        if compressed:
            preview.save(block, "JPEG", quality=92)
        else:
            block.write(preview.convert("RGB").tobytes())
        shown = {
            254: (LONG, [1]),
            256: (LONG, [preview.width]),
            257: (LONG, [preview.height]),
            258: (SHORT, [8, 8, 8]),
            259: (SHORT, [7 if compressed else 1]),
            262: (SHORT, [6 if compressed else 2]),  # YCbCr, RGB
            273: (LONG, [put(block.getvalue())]),
            277: (SHORT, [3]),
            278: (LONG, [preview.height]),
            279: (LONG, [len(block.getvalue())]),
        }
    exif: Tags = {36867: (ASCII, taken), 36881: (ASCII, offset), 42036: (ASCII, "Old 35mm")}
    camera: Tags = {
        **shown,
        271: (ASCII, "Maker"),
        272: (ASCII, "Model 1"),
        274: (SHORT, [orientation]),
        330: (LONG, [put(_directory(sensor_tags, len(data) + len(data) % 2))]),
        34665: (LONG, [put(_directory(exif, len(data) + len(data) % 2))]),
        50706: (BYTE, [1, 4, 0, 0]),
        50708: (ASCII, "Maker Model 1"),
        50721: (SRATIONAL, [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]),
    }
    first = put(_directory(camera, len(data) + len(data) % 2))
    struct.pack_into("<I", data, 4, first)
    path.write_bytes(data)


def _directory(tags: Tags, at: int) -> bytes:
    """A TIFF directory that stands at byte ``at``, with its longer values behind it."""
    entries, values = b"", b""
    behind = at + 2 + 12 * len(tags) + 4
    for tag in sorted(tags):
        kind, value = tags[tag]
        if isinstance(value, str):
            packed, count = value.encode() + b"\0", len(value) + 1
        elif kind == SRATIONAL:
            packed, count = struct.pack(f"<{len(value)}i", *value), len(value) // 2
        else:
            packed, count = struct.pack(f"<{len(value)}{_PACKED[kind]}", *value), len(value)
        if len(packed) > 4:
            entries += struct.pack("<HHII", tag, kind, count, behind + len(values))
            values += packed + bytes(len(packed) % 2)
        else:
            entries += struct.pack("<HHI4s", tag, kind, count, packed.ljust(4, b"\0"))
    return struct.pack("<H", len(tags)) + entries + bytes(4) + values
