"""Where models run: the GPU where it comes when asked, else the processor, with one sentence."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path
from typing import Any

import pytest

from engine.errors import BundleError
from export import runtime
from export.runtime import CPU, CUDA, OnnxRuntime


class Sessions:
    """ONNX Runtime's constructor: what CUDA does when it is asked for is said beforehand."""

    def __init__(self, cuda: str) -> None:
        self._cuda = cuda
        self.asked: list[list[str]] = []

    def __call__(self, file: str, options: Any, providers: list[str]) -> Any:
        self.asked.append(providers)
        if file.endswith("damaged.onnx") or (CUDA in providers and self._cuda == "raises"):
            raise RuntimeError("CUDA failure 35: driver too old\nat some line")
        session = type("Session", (), {})()
        given = providers if self._cuda == "works" else [CPU]
        session.get_providers = lambda: given
        return session


@pytest.fixture(autouse=True)
def _driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_driver_loads", lambda: True)
    monkeypatch.setattr(runtime.ort, "get_available_providers", lambda: [CUDA, CPU])


def opened(monkeypatch: pytest.MonkeyPatch, cuda: str) -> tuple[OnnxRuntime, Sessions]:
    sessions = Sessions(cuda)
    monkeypatch.setattr(runtime.ort, "InferenceSession", sessions)
    return OnnxRuntime(), sessions


def test_the_gpu_is_used_where_the_session_reports_it(monkeypatch: pytest.MonkeyPatch) -> None:
    models, sessions = opened(monkeypatch, "works")
    assert CUDA in models._session(Path("encoder.onnx")).get_providers()
    assert models.device == "cuda" and sessions.asked == [[CUDA, CPU]]


@pytest.mark.parametrize(
    ("cuda", "reason"),
    [("raises", "driver too old"), ("absent", "CUDA libraries are missing or too old")],
)
def test_a_gpu_that_fails_is_told_once_and_the_processor_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, cuda: str, reason: str
) -> None:
    models, sessions = opened(monkeypatch, cuda)
    with caplog.at_level(logging.WARNING, "export"):
        for name in ("encoder.onnx", "cross.onnx"):
            assert models._session(Path(name)).get_providers() == [CPU]
    assert len(caplog.messages) == 1 and reason in caplog.messages[0]
    assert "\n" not in caplog.messages[0]
    assert (models.device, models.providers) == ("cpu", (CPU,))
    assert sessions.asked.count([CUDA, CPU]) == 1 and sessions.asked[-1] == [CPU]


def test_a_damaged_model_is_told_as_one_wherever_it_would_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models, _ = opened(monkeypatch, "works")
    with pytest.raises(BundleError, match=r"damaged\.onnx cannot be opened"):
        models._session(Path("damaged.onnx"))
    assert models.device == "cuda"  # the GPU is not to blame


def test_the_processor_is_used_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    _, sessions = opened(monkeypatch, "works")
    models = pickle.loads(pickle.dumps(OnnxRuntime("cpu")))
    models._session(Path("encoder.onnx"))
    assert models.device == "cpu" and sessions.asked == [[CPU]]
