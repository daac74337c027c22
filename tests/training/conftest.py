"""Training on one thread: its tests are small, and threads that wait for each other are slow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.services import encoders
from tests.encoder.networks import random_state, saved
from tests.services.indexed import finish
from tests.services.test_added_encoders import Prepares


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an added one: small, of random weights."""
    monkeypatch.setenv("PHOTOGLYPH_ENCODERS", str(tmp_path / "encoders"))
    file = saved(random_state("convnext_atto"), tmp_path / "weights.safetensors")
    return finish(encoders.add(file, "convnext_atto", Prepares(), image_size=32)).name
