"""What training would take, told before it begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.errors import LibraryError
from engine.services import planning
from engine.services.session import Session
from engine.store import generations
from engine.training.cache import ViewCache
from engine.training.sizes import MOST, encodings, planned_steps


def test_a_plan_tells_time_and_space_before_the_first_training(session: Session) -> None:
    with session.library.write() as connection:
        for generation in session.generations():
            generations.forget(connection, generation.generation_id)
    plan = session.training_plan()
    assert plan.photos == session.status().photos
    assert plan.seconds > 0 and not plan.measured and not plan.begun
    assert 2**20 < plan.size_bytes < 2**30 and plan.free_bytes > 0


def test_the_last_whole_training_is_the_measure_of_the_next(session: Session) -> None:
    (generation,) = session.generations()
    assert generation.figures is not None
    assert generation.figures.trained_on == session.status().photos
    figures = replace(generation.figures, seconds=1000.0)
    with session.library.write() as connection:
        generations.finish(connection, generation.generation_id, figures)
    plan = session.training_plan()
    assert plan.measured and plan.seconds == pytest.approx(1000.0)


def test_more_photos_take_longer_up_to_the_most_that_are_encoded() -> None:
    seconds = [planning._core_seconds(photos) for photos in (50, 1000, 10_000, 50_000)]
    assert seconds == sorted(seconds)
    assert encodings(1000) == 3000 and encodings(10**6) == MOST
    assert planned_steps(1) == 100 and planned_steps(10**6, epochs=2) == 1200


@pytest.mark.parametrize("photos", [60, 9_000, 15_000, 30_000])
def test_what_is_planned_is_what_is_encoded(session: Session, photos: int) -> None:
    import numpy as np

    spec = session.searching.encoder().spec
    cache = ViewCache(session.library.folder, spec, np.arange(photos), seed=0)
    assert len(cache) == encodings(photos)


def test_a_training_that_was_left_goes_on_until_it_is_forgotten(session: Session) -> None:
    job = session.train()
    for progress in job:
        if progress.stage == "views" and progress.done:
            break
    job.close()
    assert session.training_plan().begun
    with session.library.claim("training"), pytest.raises(LibraryError, match="training"):
        session.forget_training()
    session.forget_training()
    assert not session.training_plan().begun
