"""Bursts: photos that one camera took within seconds of each other."""

from __future__ import annotations

import numpy as np

from engine.search.ports import Ints
from engine.store.database import Library
from engine.training.sources.captures import read_captures
from engine.training.sources.source import NONE, Source, group

PAUSE_S = 3.0
LONGEST = 20  # photos; who keeps the shutter pressed, or films by photos, has turned elsewhere


def read(library: Library, content_ids: Ints) -> Source:
    """Chains without a pause, longer ones cut into parts of about equal length.

    Photos that do not know their camera are in none: they come from scanners and programs.
    """
    captures = read_captures(library, content_ids)
    groups = np.full(len(content_ids), NONE, np.int64)
    order = np.lexsort((captures.seconds, captures.cameras))
    order = order[captures.cameras[order] != NONE]
    cameras, seconds = captures.cameras[order], captures.seconds[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (np.diff(cameras) != 0) | (np.diff(seconds) > PAUSE_S)
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=len(order))
    chain = np.cumsum(begins) - 1
    place = np.arange(len(order)) - starts[chain]
    parts = -(-lengths // LONGEST)
    part = place * parts[chain] // lengths[chain]
    groups[captures.rows[order]] = (np.cumsum(parts) - parts)[chain] + part
    return Source("bursts", group(groups))
