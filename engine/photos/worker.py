"""A decoding worker: a child process that turns files into what indexing needs of them.

Started by ``engine.photos.workers``, its parent, and the only one to talk to it. Strangers' bytes
are decoded here, where a crash, a hang or a bomb costs one file. Imports neither torch nor
SQLAlchemy: a worker starts in a fraction of a second.

Messages go over standard input and output. Parent to worker: one JSON line, ``{"path": ...}``.
Worker to parent: a JSON line, followed by as many raw bytes as it announces. Nothing is unpickled:
a decoder that was taken over must not reach further than its own process.

    worker   {"ready": true}, once
    parent   {"path"}
    worker   {"hash", "size_bytes", "mtime_ns"}      or {"reason", "passing"}
    parent   {"decode": true}                        or false: the content is known
    worker   {"width", ..., "thumbnail": n, "pixels": m} and n + m bytes, or {"reason", "passing"}
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import PhotoError
from engine.photos.decode import decode, open_photo
from engine.photos.preprocess import model_input
from engine.photos.scan import quick_hash
from engine.photos.thumbnails import perceptual_hash, thumbnail
from engine.settings import THUMBNAIL_SIDE

NICENESS = 5  # searches, the window and other programs come first; an idle computer is used up


def main() -> None:
    """Serve until the parent is gone. Last arguments: side of the model's input, memory cap."""
    image_size, memory_bytes = (int(argument) for argument in sys.argv[-2:])
    source, sink = _private_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    _cap_memory(memory_bytes)
    if sys.platform != "win32":  # there the parent starts it so
        os.nice(NICENESS)
    _send(sink, {"ready": True})
    for line in source:  # ends when the parent closes its end, or dies
        _serve(Path(json.loads(line)["path"]), image_size, source, sink)


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The parent's pipes, out of reach of libraries that print to standard output or error."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb")


def _cap_memory(memory_bytes: int) -> None:
    """Make allocations beyond ``memory_bytes`` fail here instead of on the whole machine."""
    if sys.platform == "win32":
        return  # no such limit there; the header check stands
    import resource

    # Linux counts private memory only; elsewhere the address space is what can be capped.
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    try:
        resource.setrlimit(kind, (memory_bytes, memory_bytes))
    except (ValueError, OSError):  # the system's own limit is lower, or it knows none
        return


def _serve(path: Path, image_size: int, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer one request. The file is opened once; hash and picture come from the same bytes."""
    try:
        with open_photo(path) as file:
            before = os.fstat(file.fileno())
            digest = quick_hash(file, before.st_size)
            _send(
                sink,
                {
                    "hash": digest.hex(),
                    "size_bytes": before.st_size,
                    "mtime_ns": before.st_mtime_ns,
                },
            )
            if not json.loads(source.readline())["decode"]:
                return
            answer, thumbnail_bytes, pixels = _read(path, file, image_size)
            after = os.fstat(file.fileno())
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            _send(sink, {"reason": "it changed while it was read", "passing": True})
            return
        _send(sink, answer, thumbnail_bytes, pixels)
    except PhotoError as error:
        _send(sink, {"reason": error.reason, "passing": isinstance(error.__cause__, OSError)})
    except OSError as error:
        _send(sink, {"reason": f"it cannot be read ({error.strerror})", "passing": True})
    except MemoryError:
        _send(sink, {"reason": "decoding it needs too much memory", "passing": False})


def _read(path: Path, file: BinaryIO, image_size: int) -> tuple[dict[str, Any], bytes, bytes]:
    # The shorter side of a 4:3 photo whose longer side fills the thumbnail.
    decoded = decode(path, max(image_size, THUMBNAIL_SIDE * 3 // 4), file=file)
    small = thumbnail(decoded.image)
    pixels = model_input(decoded.image, image_size).tobytes()
    metadata = asdict(decoded.metadata)
    taken_at = decoded.metadata.taken_at
    metadata["taken_at"] = None if taken_at is None else taken_at.isoformat()
    answer = {
        "width": decoded.width,
        "height": decoded.height,
        "perceptual_hash": perceptual_hash(decoded.image),
        "metadata": metadata,
        "thumbnail": len(small),
        "pixels": len(pixels),
    }
    return answer, small, pixels


def _send(sink: BinaryIO, message: dict[str, Any], *blobs: bytes) -> None:
    sink.write(json.dumps(message).encode() + b"\n")
    for blob in blobs:
        sink.write(blob)
    sink.flush()
