"""An exporter that makes a deep training brief and lively, in whatever process it is unpickled."""

from __future__ import annotations

from typing import Any

from export.exporter import BundleExporter


class LivelyExporter(BundleExporter):
    """The real one. With it comes a rate at which a few steps change a network for sure.

    What comes of such a tuning is better by decree: a network of random weights has no figures
    that could be relied upon.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _lively, ()


def _lively() -> LivelyExporter:
    from engine.training import loop
    from engine.training.deep import tuning
    from engine.training.deep.looks import Look, Looks
    from engine.types import GenerationFigures

    looks = iter(range(1000))
    tuning.LEARNING_RATE = 0.05
    loop.STEPS = (2, 2)  # type: ignore[attr-defined]
    Looks.at = lambda *_: Look(next(looks) / 1000, 0.5)  # type: ignore[method-assign]
    GenerationFigures.better_than = lambda *_: True  # type: ignore[method-assign]
    return LivelyExporter()
