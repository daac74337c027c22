"""When training again pays: many photos came, or photos of another kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.services import growth
from engine.services.session import Session
from engine.store import diffusion, files, generations


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thresholds for the samples' size."""
    monkeypatch.setattr(growth, "FEWEST", 5)


def forget_lists(session: Session, kept: int) -> None:
    """As if the training had known only ``kept`` of the photos."""
    (ready,) = [g for g in session.generations() if g.figures is not None]
    with session.library.read() as connection:
        live = np.sort(files.live_contents(connection))[:kept]
    members = np.zeros((kept, 4), np.int32)
    weights = np.zeros((kept, 4), np.float16)
    diffusion.save_lists(session.library, ready.generation_id, live, members, weights)


def test_a_library_that_did_not_grow_needs_no_training(session: Session, few: None) -> None:
    assert session.status().advice == ""


def test_status_tells_what_labels_were_found_worth(session: Session) -> None:
    verdicts = {verdict.name: verdict for verdict in session.status().labels}
    assert verdicts["albums"].photos > 50
    assert verdicts["albums"].queries > 0


def test_a_library_that_doubled_is_told_so(session: Session, few: None) -> None:
    forget_lists(session, 30)
    assert "came since the training on 30" in session.status().advice


def test_some_photos_of_the_same_kind_are_no_reason(session: Session, few: None) -> None:
    forget_lists(session, 60)
    assert session.status().advice == ""


def test_photos_of_another_kind_are_a_reason(
    session: Session, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_lists(session, 60)
    ready = generations.ready(session.library)
    assert ready is not None and ready.figures is not None and ready.figures.error_inserted
    # As if the photos that the training was measured with had been described far better.
    better = replace(ready.figures, error_inserted=ready.figures.error_inserted / 5)
    monkeypatch.setattr(generations, "ready", lambda _: replace(ready, figures=better))
    assert "another kind" in session.status().advice


def test_photos_that_are_gone_do_not_count(session: Session, few: None, tmp_path: Path) -> None:
    forget_lists(session, 30)
    ready = generations.ready(session.library)
    assert ready is not None
    file = session.library.folder / "vectors" / f"generation-{ready.generation_id}.contents.npy"
    file.unlink()
    assert session.status().advice == ""
