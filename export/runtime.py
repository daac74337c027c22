"""Answers from ONNX Runtime and numpy: the ``Runtime``, ``Encoder`` and ``Decoder`` ports.

Never imports torch: a query must not pay for it. CUDA is asked for only where the driver loads,
and what the session reports is what is shown.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engine.errors import BundleError, printable
from engine.search.ports import Encoded, EncoderSpec, Floats, Ints, QueryState
from export import manifest

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"


class OnnxRuntime:
    """Opens bundles on ``device``: "auto", "cpu" or "cuda". Picklable; holds no session."""

    def __init__(self, device: str = "auto") -> None:
        self._wanted = device
        self._refused = False  # CUDA was asked for, and did not come

    @property
    def device(self) -> str:
        """Where sessions run; once one was refused by the GPU, all run on the CPU."""
        return "cuda" if CUDA in self.providers else "cpu"

    @property
    def providers(self) -> tuple[str, ...]:
        """What sessions will be asked for; a session's own report is its ``providers``."""
        wanted = self._wanted != "cpu" and not self._refused
        if wanted and CUDA in ort.get_available_providers() and _driver_loads():
            return (CUDA, CPU)
        return (CPU,)

    def open_encoder(self, bundle: Path) -> OnnxEncoder:
        """In half precision where the GPU comes and the bundle has it."""
        spec = manifest.read(bundle, manifest.ENCODER_FILES).encoder
        session, reason = self._half(bundle, spec)
        if session is None:
            session = self._session(bundle / "encoder.onnx")
            if reason and CUDA in session.get_providers():  # else the GPU itself was told of
                logging.getLogger("export").warning(
                    "The encoder cannot be used in half precision (%s): the graphics card runs it "
                    "in single precision.",
                    reason,
                )
        return OnnxEncoder(spec, session)

    def open_decoder(self, bundle: Path) -> OnnxDecoder:
        shapes = manifest.read(bundle, manifest.GENERATION_FILES).shapes
        cross, paths, step = (
            self._session(bundle / name) for name in ("cross.onnx", "paths.onnx", "step.onnx")
        )
        return OnnxDecoder(shapes, cross, paths, step)

    def _half(self, bundle: Path, spec: EncoderSpec) -> tuple[ort.InferenceSession | None, str]:
        """The encoder in half precision once it has answered, or None and why not.

        "" where there is none to be had: no GPU, no such file.
        """
        file, providers = bundle / manifest.HALF_FILES[0], self.providers
        if CUDA not in providers or not file.is_file():
            return None, ""
        try:
            manifest.read(bundle, manifest.HALF_FILES)
            session = _opened(file, _options(), providers)
            if CUDA not in session.get_providers():
                return None, ""  # single precision will not get it either, and says so
            blank = np.zeros((1, spec.image_size, spec.image_size, 3), np.uint8)
            answer = session.run(["embedding", "patches"], {"pixels": blank})
        except Exception as error:  # as in ``_session``
            return None, _first_line(error)
        if not all(np.isfinite(part).all() for part in answer):
            return None, "its answers are no numbers"
        return session, ""

    def _session(self, file: Path) -> ort.InferenceSession:
        options = _options()
        providers, reason = self.providers, "its CUDA libraries are missing or too old"
        try:
            session = _opened(file, options, providers)
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            reason = _first_line(error)
            if CUDA in providers:  # a damaged file fails on the processor too
                session = self._on_cpu(file, options)
            else:
                raise _unusable(file, reason) from error
        if CUDA in providers and CUDA not in session.get_providers():
            self._refused = True
            logging.getLogger("export").warning(
                "The graphics card cannot be used (%s): models run on the processor.", reason
            )
        return session

    def _on_cpu(self, file: Path, options: ort.SessionOptions) -> ort.InferenceSession:
        try:
            return _opened(file, options, (CPU,))
        except Exception as error:  # as above
            raise _unusable(file, _first_line(error)) from error


class OnnxEncoder:
    """``encoder.onnx``: pixels -> embedding and patches."""

    def __init__(self, spec: EncoderSpec, session: ort.InferenceSession) -> None:
        self.spec = spec
        self._session = session
        self.providers: tuple[str, ...] = tuple(session.get_providers())

    def encode(self, pixels: NDArray[np.uint8]) -> Encoded:
        embedding, patches = self._session.run(["embedding", "patches"], {"pixels": pixels})
        return Encoded(embedding, patches)


class OnnxDecoder:
    """``cross.onnx``, ``paths.onnx``, ``step.onnx``: ``engine.retriever.model`` has the shapes."""

    def __init__(
        self,
        shapes: dict[str, int],
        cross: ort.InferenceSession,
        paths: ort.InferenceSession,
        step: ort.InferenceSession,
    ) -> None:
        self.levels = shapes["levels"]
        self.codes = shapes["codes"]
        self._cross = cross
        self._paths = paths
        self._step = step

    def begin(self, embedding: Floats, patches: Floats) -> QueryState:
        z, memory = self._cross.run(["z", "memory"], {"embedding": embedding, "patches": patches})
        return QueryState(z, memory, empty_cache(memory))

    def score(self, state: QueryState, identifiers: Ints) -> Floats:
        inputs = {"z": state.z, "memory": state.cross, "paths": identifiers}
        correction: Floats = self._paths.run(["correction"], inputs)[0]
        return correction

    def step(self, state: QueryState, prefix: Ints) -> tuple[Floats, QueryState]:
        correction, cache = self._step.run(
            ["correction", "grown"],
            {
                "z": state.z,
                "memory": state.cross,
                "prefix": flat_prefix(prefix, self.levels, self.codes),
                "level": np.array([prefix.shape[2]], np.int64),
                "cache": state.cache,
            },
        )
        return correction, replace(state, cache=cache)

    def select(self, state: QueryState, parents: Ints) -> QueryState:
        return replace(state, cache=selected(state.cache, parents))


def empty_cache(memory: Floats) -> Floats:
    """A cache of no position and one beam, for ``memory`` (layers, 2, B, H, N', d / H)."""
    layers, two, batch, heads, _, width = memory.shape
    return np.zeros((layers, two, batch, 1, heads, 0, width), np.float32)


def selected(cache: Floats, parents: Ints) -> Floats:
    """``cache`` (layers, 2, B, W, H, m, d / H) for the beams ``parents`` (B, W')."""
    return cache[:, :, np.arange(len(parents))[:, None], parents]


def flat_prefix(prefix: Ints, levels: int, codes: int) -> Ints:
    """Codes (B, W, m) -> rows of the table of all codewords (B, W, m + 1), empty prefix first."""
    empty = np.full((*prefix.shape[:2], 1), levels * codes, np.int64)
    return np.concatenate([empty, prefix + np.arange(prefix.shape[2]) * codes], axis=2)


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.log_severity_level = 3  # errors; a fallback is told by ``providers``
    # Waiting threads sleep: decoding workers and training share the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = os.cpu_count() or 1
    return options


def _opened(
    file: Path, options: ort.SessionOptions, providers: tuple[str, ...]
) -> ort.InferenceSession:
    return ort.InferenceSession(os.fspath(file), options, providers=list(providers))


def _unusable(file: Path, reason: str) -> BundleError:
    return BundleError(
        f"The model file {printable(file)} cannot be opened ({reason}): train again, or choose "
        "another with 'photoglyph model use'."
    )


def _driver_loads() -> bool:
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    preload: Any = getattr(ort, "preload_dlls", None)
    if preload is not None:
        preload()
    return True


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:120]
