"""The progress line: what it says, how often, and that nobody has to read it."""

from __future__ import annotations

import io

from console.progress import ProgressLine, describe, duration
from engine.types import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_tells_count_rate_and_time_left() -> None:
    line = describe(Progress("indexing", 120, 2000), since=120, seconds=10)
    assert line == "indexing: 120/2000 (6%), 12.0/s, 2 min 37 s left"


def test_a_line_without_a_total_tells_the_count_and_the_rate() -> None:
    assert describe(Progress("scanning", 50), since=50, seconds=2) == "scanning: 50, 25.0/s"


def test_a_stage_that_has_not_counted_yet_is_its_name() -> None:
    assert describe(Progress("starting", 0), since=0, seconds=3) == "starting"


def test_a_job_that_knows_its_time_left_is_believed() -> None:
    progress = Progress("decoder", 20, 200, values={"loss": 2.0, "seconds_left": 70.2})
    assert describe(progress, 20, 2) == "decoder: 20/200 (10%), 10.0/s, 1 min 10 s left, loss 2"


def test_live_figures_and_a_note_follow_on_one_line() -> None:
    progress = Progress("training", 0, 9, note="odd\nname", values={"loss": 1.23456})
    assert describe(progress, 0, 0) == "training: 0/9 (0%), loss 1.235, odd\\nname"


def test_a_rate_counts_from_where_the_stage_began() -> None:
    clock, screen = Clock(), Terminal()
    with ProgressLine(screen, clock) as line:
        line.show(Progress("indexing", 1000, 2000))  # continued from an earlier run
        clock.now += 10
        line.show(Progress("indexing", 1100, 2000))
    assert "10.0/s, 1 min 30 s left" in screen.getvalue()


def test_a_terminal_gets_one_line_that_is_written_over_and_cleared() -> None:
    clock, screen = Clock(), Terminal()
    with ProgressLine(screen, clock) as line:
        for done in range(100):
            line.show(Progress("indexing", done, 100))
            clock.now += 0.02
    shown = screen.getvalue()
    assert "\n" not in shown
    assert shown.endswith("\r\x1b[K")
    assert 15 < shown.count("indexing") < 25  # ten a second, not a hundred


def test_a_log_gets_a_line_for_a_stage_and_one_every_half_minute() -> None:
    clock, log = Clock(), io.StringIO()
    with ProgressLine(log, clock) as line:
        for done in range(100):
            line.show(Progress("indexing", done, 100))
            clock.now += 1
        line.show(Progress("saving", 0, 1))
    lines = log.getvalue().splitlines()
    assert [text.split(":")[0] for text in lines] == ["indexing"] * 4 + ["saving"]
    assert "\r" not in log.getvalue()


def test_a_closed_standard_error_ends_the_display_and_not_the_job() -> None:
    screen = Terminal()
    with ProgressLine(screen) as line:
        screen.close()
        line.show(Progress("indexing", 1, 2))


def test_durations_read_as_people_say_them() -> None:
    said = [duration(s) for s in (0.4, 59, 61, 1200, 7500)]
    assert said == ["0 s", "59 s", "1 min 01 s", "20 min", "2 h 05 min"]
