"""When work that nobody asked for may run."""

from __future__ import annotations

import threading
from datetime import datetime, time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.background import Background, Rules, Wait, on_battery
from desktop.jobs import Jobs

NOON, MIDNIGHT = time(12), time(0)
FRUGAL = Rules(on_battery=False)
NIGHTLY = Rules(night=True, begin=22, end=6)


@pytest.mark.parametrize(
    ("rules", "battery", "now", "wait"),
    [
        (Rules(), True, NOON, None),
        (FRUGAL, False, NOON, None),
        (FRUGAL, True, NOON, Wait.BATTERY),
        (NIGHTLY, False, NOON, Wait.DAY),
        (NIGHTLY, False, MIDNIGHT, None),
        (NIGHTLY, False, time(22), None),
        (NIGHTLY, False, time(6), Wait.DAY),
        (Rules(night=True, begin=1, end=5), False, time(3), None),
        (Rules(night=True, begin=1, end=5), False, MIDNIGHT, Wait.DAY),
        (Rules(night=True, begin=7, end=7), False, NOON, None),  # a night of a whole day
        (Rules(on_battery=False, night=True), True, MIDNIGHT, Wait.BATTERY),
    ],
)
def test_the_rules_say_when_work_waits(
    rules: Rules, battery: bool, now: time, wait: Wait | None
) -> None:
    assert rules.wait(battery, now) is wait


@pytest.mark.parametrize("rules", [Rules(), FRUGAL, NIGHTLY])
def test_rules_survive_being_written_down(rules: Rules) -> None:
    assert Rules.read(str(rules)) == rules


@pytest.mark.parametrize("text", ["", "None", "1 0 22", "1 0 22 24", "1 0 -1 6", "a b c d"])
def test_rules_that_are_damaged_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Rules.read(text)


def supply(folder: Path, name: str, **values: str) -> None:
    (folder / name).mkdir()
    for key, value in values.items():
        (folder / name / key).write_text(value + "\n")


def test_a_laptop_that_is_unplugged_runs_on_its_battery(tmp_path: Path) -> None:
    supply(tmp_path, "AC", type="Mains", online="0")
    supply(tmp_path, "BAT0", type="Battery", status="Discharging")
    assert on_battery(tmp_path)


def test_a_laptop_on_its_plug_does_not(tmp_path: Path) -> None:
    supply(tmp_path, "BAT0", type="Battery", status="Discharging")  # a weak charger
    supply(tmp_path, "ucsi-source", type="USB", online="1")
    assert not on_battery(tmp_path)


def test_the_battery_of_a_mouse_is_not_the_computers(tmp_path: Path) -> None:
    supply(tmp_path, "hidpp_battery_0", type="Battery", status="Discharging", scope="Device")
    assert not on_battery(tmp_path)


def test_where_nothing_is_known_the_computer_counts_as_plugged_in(tmp_path: Path) -> None:
    assert not on_battery(tmp_path / "none")


def test_work_begins_when_the_plug_comes_back_and_stops_when_it_goes(qtbot: QtBot) -> None:
    jobs = Jobs()
    plugged = [False]
    background = Background(
        FRUGAL, jobs, battery=lambda: not plugged[0], clock=lambda: datetime(2024, 5, 17, 12)
    )
    said: list[bool] = []
    background.allowed_changed.connect(said.append)
    assert not background.allowed  # nothing is known yet
    qtbot.waitUntil(lambda: background.wait is Wait.BATTERY)
    plugged[0] = True
    background.look()
    qtbot.waitUntil(lambda: background.allowed)
    background.set_rules(NIGHTLY)
    assert background.wait is Wait.DAY
    assert said == [True, False]
    assert jobs.close(1000)


def test_the_computer_is_asked_on_another_thread(qtbot: QtBot) -> None:
    asked: list[int] = []
    jobs = Jobs()

    def battery() -> bool:
        asked.append(threading.get_ident())
        return False

    background = Background(Rules(), jobs, battery=battery)
    qtbot.waitUntil(lambda: background.allowed)
    assert asked and threading.get_ident() not in asked
    assert jobs.close(1000)
