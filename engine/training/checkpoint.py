"""What a cancelled or killed training goes on from: ``models/.training/``.

Every file appears whole (written beside, then renamed). The folder is thrown away where its
``signature`` is of another model, label source or version.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.errors import TrainingError, printable
from engine.search.ports import Ints

VERSION = 1
STATE = "decoder.pt"
DAMAGED = (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError)


@dataclass(frozen=True)
class Signature:
    """What a training is of; equal signatures may go on from each other's checkpoints.

    ``kind``: what else has to be the same, of a training of another kind.
    """

    model_id: int
    labels: str
    seed: int
    version: int = VERSION
    kind: str = ""

    @property
    def text(self) -> str:
        return json.dumps([self.model_id, self.labels, self.seed, self.version, self.kind])


class Checkpoint:
    """The working folder of one training."""

    def __init__(self, folder: Path, signature: Signature) -> None:
        self.folder = folder
        mark = folder / "signature.json"
        if not mark.is_file() or mark.read_text(encoding="utf-8") != signature.text:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            mark.write_text(signature.text, encoding="utf-8")

    def content_ids(self, current: Ints) -> Ints:
        """The photos this training is of: those of its first start, less those that are gone.

        A training that lost or gained more than a tenth of its photos starts again with
        ``current`` (G,).
        """
        file = self.folder / "photos.npy"
        if file.is_file():
            before: Ints = np.load(file, allow_pickle=False)
            kept = np.isin(before, current)
            if kept.all() and len(current) <= 1.1 * len(before):
                return before
            self.clear()
        _save_array(file, current)
        return current

    def load(self) -> dict[str, Any] | None:
        """The state that was saved last; None at the start, and where it cannot be read."""
        file = self.folder / STATE
        if not file.is_file():
            return None
        try:
            return read_state(file)
        except DAMAGED as error:
            logging.getLogger("engine").warning(
                "The checkpoint %s cannot be read (%s): this part of the training starts anew.",
                printable(file),
                type(error).__name__,
            )
            return None

    def save(self, state: dict[str, Any]) -> None:
        """See :func:`write_state`."""
        write_state(self.folder / STATE, state)

    def clear(self) -> None:
        """Forget everything but the signature."""
        for file in self.folder.iterdir():
            if file.name != "signature.json":
                file.unlink()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def read_state(file: Path) -> dict[str, Any]:
    """What :func:`write_state` wrote, on the CPU. Raises one of ``DAMAGED``."""
    state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    return state


def write_state(file: Path, state: dict[str, Any]) -> None:
    """On the disk when it returns, whole or not at all.

    Raises ``TrainingError`` where it cannot be written; the one before is then still there.
    """
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with unfinished.open("wb") as out:
            torch.save(state, out)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
    except (OSError, RuntimeError) as error:  # torch tells a full disk as a RuntimeError
        with suppress(OSError):
            unfinished.unlink()
        raise TrainingError(
            f"The training's checkpoint in {printable(file.parent)} cannot be written "
            f"({reason_of(error)}): free some space, then train again to go on from the one "
            "before."
        ) from error


def _save_array(file: Path, array: Ints) -> None:
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as out:
        np.save(out, array)
    unfinished.replace(file)


def reason_of(error: Exception) -> str:
    """A few words of the system's, or of torch's."""
    told = error.__cause__ or error.__context__ or error
    if isinstance(told, OSError):
        return told.strerror or type(told).__name__
    return str(error).strip().split("\n")[0][:80]
