"""Whether work that nobody asked for may run now: on battery it can wait, and so by day.

Looking at all folders after a start, or when they change, is such work. What a person starts
(Add folder, F5, Train) always runs. Knows nothing of the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.jobs import Jobs

LOOK_MS = 60_000  # how often the plug and the clock are looked at
POWER = Path("/sys/class/power_supply")  # Linux; elsewhere the computer counts as plugged in


class Wait(StrEnum):
    """Why background work does not run now."""

    BATTERY = "battery"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a person allows. ``night``: only from ``begin`` to ``end``, hours of the local clock."""

    on_battery: bool = True
    night: bool = False
    begin: int = 22
    end: int = 6

    @classmethod
    def read(cls, text: str) -> Rules:
        """What ``str`` wrote; raises ``ValueError``."""
        on_battery, night, begin, end = map(int, text.split())
        if not (0 <= begin < 24 and 0 <= end < 24):
            raise ValueError(text)
        return cls(bool(on_battery), bool(night), begin, end)

    def __str__(self) -> str:
        return f"{self.on_battery:d} {self.night:d} {self.begin} {self.end}"

    def wait(self, battery: bool, now: time) -> Wait | None:
        """None: work may run. ``battery``: the computer is not plugged in."""
        if battery and not self.on_battery:
            return Wait.BATTERY
        if self.night and not self._is_night(now):
            return Wait.DAY
        return None

    def _is_night(self, now: time) -> bool:
        begin, end = time(self.begin), time(self.end)
        if begin <= end:
            return begin <= now < end or begin == end
        return now >= begin or now < end


def on_battery(folder: Path = POWER) -> bool:
    """Whether a battery of this computer feeds it. Unknown counts as plugged in."""
    feeding = False
    for supply in _entries(folder):
        kind, scope = _read(supply / "type"), _read(supply / "scope")
        if kind in ("Mains", "USB") and _read(supply / "online") == "1":
            return False
        # A mouse has a battery too: its scope is "Device".
        if kind == "Battery" and scope != "Device" and _read(supply / "status") == "Discharging":
            feeding = True
    return feeding


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


class Background(QObject):
    """The rules applied to the plug and the clock of now. Until it has looked, work waits."""

    allowed_changed = Signal(bool)

    def __init__(
        self,
        rules: Rules,
        jobs: Jobs,
        parent: QObject | None = None,
        *,
        battery: Callable[[], bool] = on_battery,
        clock: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(parent)
        self._rules = rules
        self._jobs = jobs
        self._battery_now = battery
        self._clock = clock
        self._battery: bool | None = None
        self._was_allowed = False
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self.look)
        self._look.start()
        self.look()

    @property
    def wait(self) -> Wait | None:
        """Why work waits; None also before the first look."""
        if self._battery is None:
            return None
        return self._rules.wait(self._battery, self._clock().time())

    @property
    def allowed(self) -> bool:
        return self._battery is not None and self.wait is None

    def set_rules(self, rules: Rules) -> None:
        self._rules = rules
        self._tell()

    def look(self) -> None:
        """Drivers may take their time to tell of a battery: on another thread."""
        self._jobs.ask(self._jobs.reading, self._battery_now, self._looked)

    def _looked(self, battery: bool) -> None:
        self._battery = battery
        self._tell()

    def _tell(self) -> None:
        if self.allowed != self._was_allowed:
            self._was_allowed = self.allowed
            self.allowed_changed.emit(self.allowed)
