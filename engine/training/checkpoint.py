"""What a cancelled or killed training goes on from: ``models/.training/``.

Every file appears whole (written beside, then renamed). The folder is thrown away where its
``signature`` is of another model, label source or version.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.search.ports import Ints

VERSION = 1


@dataclass(frozen=True)
class Signature:
    """What a training is of; equal signatures may go on from each other's checkpoints."""

    model_id: int
    labels: str
    seed: int
    version: int = VERSION

    @property
    def text(self) -> str:
        return json.dumps([self.model_id, self.labels, self.seed, self.version])


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
        """The decoder's state (``loop.State``), or None at the start."""
        file = self.folder / "decoder.pt"
        if not file.is_file():
            return None
        state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
        return state

    def save(self, state: dict[str, Any]) -> None:
        unfinished = self.folder / "decoder.pt.part"
        torch.save(state, unfinished)
        unfinished.replace(self.folder / "decoder.pt")

    def clear(self) -> None:
        """Forget everything but the signature."""
        for file in self.folder.iterdir():
            if file.name != "signature.json":
                file.unlink()

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _save_array(file: Path, array: Ints) -> None:
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as out:
        np.save(out, array)
    unfinished.replace(file)
