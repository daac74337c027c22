"""Events and bursts: what capture times and places tell, and when they are not believed."""

from __future__ import annotations

from collections.abc import Callable

from engine.training.sources import bursts, events
from tests.training.sources.conftest import Shelf

Together = Callable[..., set[frozenset[str]]]

ROME, OSTIA, NAPLES = (41.89, 12.49), (41.73, 12.28), (40.85, 14.27)


def other_times(shelf: Shelf, count: int) -> None:
    """Photos of other days, so that nothing is most of the library."""
    shelf.put(*(f"other{n}" for n in range(count)), times=[f"20{n:02}-07-07" for n in range(count)])


def test_a_pause_of_more_than_six_hours_ends_an_event(shelf: Shelf, together: Together) -> None:
    shelf.put("a", "b", times=["2021-05-01 10:00:00", "2021-05-01 16:00:00"])
    shelf.put("c", "d", times=["2021-05-01 22:00:01", "2021-05-02 00:30:00"])
    shelf.put("alone", times="2021-05-03 10:00:00")
    shelf.put("timeless")
    assert shelf.groups(events.read(shelf.library, shelf.ids)) == together("a b", "c d")


def test_a_journey_ends_an_event_in_the_longest_pause_between_two_places(
    shelf: Shelf, together: Together
) -> None:
    shelf.put(
        *("rome", "ostia", "lunch", "train", "naples", "hotel"),
        times=[f"2021-05-01 {hour}:10:00" for hour in (10, 11, 12, 14, 15, 16)],
        places=[ROME, OSTIA, None, None, NAPLES, None],
    )
    other_times(shelf, 6)
    assert shelf.groups(events.read(shelf.library, shelf.ids)) == together(
        "rome ostia lunch", "train naples hotel"
    )


def test_photos_on_both_sides_of_the_date_line_are_near(shelf: Shelf, together: Together) -> None:
    times = ["2021-05-01 10:00:00", "2021-05-01 10:10:00"]
    shelf.put("west", "east", times=times, places=[(-17.0, 179.95), (-17.0, -179.95)])
    other_times(shelf, 2)
    assert shelf.groups(events.read(shelf.library, shelf.ids)) == together("west east")


def test_an_event_with_most_of_the_library_is_none(shelf: Shelf) -> None:
    shelf.put("a", "b", "c", times=[f"2021-05-01 10:0{n}:00" for n in range(3)])
    other_times(shelf, 2)
    assert shelf.groups(events.read(shelf.library, shelf.ids)) == set()


def test_clocks_that_were_never_set_tell_no_time(shelf: Shelf) -> None:
    for begin in ("1970-01-01", "1980-01-01", "2000-01-01"):
        shelf.put(f"{begin} a", f"{begin} b", times=[f"{begin} 00:07:00", f"{begin} 00:07:02"])
    shelf.put("c", "d", times="1970-01-01 00:00:10+02:00")
    shelf.put("e", "f", times="2012-01-01 00:00:00")
    shelf.put("g", "h", times="2013-01-01 12:00:00")
    for source in (events, bursts):
        assert shelf.groups(source.read(shelf.library, shelf.ids)) == set()


def test_a_second_with_more_photos_than_a_camera_takes_is_no_time(shelf: Shelf) -> None:
    shelf.put(*(f"scan{n}" for n in range(31)), times="2021-05-01 10:00:00")
    other_times(shelf, 40)
    for source in (events, bursts):
        assert shelf.groups(source.read(shelf.library, shelf.ids)) == set()


def test_photos_of_one_camera_within_three_seconds_are_a_burst(
    shelf: Shelf, together: Together
) -> None:
    shelf.put(
        *("a", "b", "c", "later"),
        times=[f"2021-05-01 10:00:{second}" for second in ("00", "02.5", "05.5", "09")],
    )
    shelf.put("phone1", "phone2", times="2021-05-01 10:00:01", camera="Pixel 7")
    shelf.put("unknown1", "unknown2", times="2021-05-01 10:00:01", camera=None)
    assert shelf.groups(bursts.read(shelf.library, shelf.ids)) == together("a b c", "phone1 phone2")


def test_a_long_burst_is_cut_into_equal_parts(shelf: Shelf) -> None:
    shelf.put(
        *(f"{n:02}" for n in range(41)),
        times=[f"2021-05-01 10:{n // 30:02}:{n % 30 * 2:02}" for n in range(41)],
    )
    found = sorted(map(sorted, shelf.groups(bursts.read(shelf.library, shelf.ids))))
    assert [len(part) for part in found] == [14, 14, 13]
    assert [name for part in found for name in part] == shelf.names


def test_a_library_without_times_has_neither(shelf: Shelf) -> None:
    assert events.read(shelf.library, shelf.ids).groups.tolist() == []
    shelf.put("a", "b")
    for source in (events, bursts):
        assert source.read(shelf.library, shelf.ids).groups.tolist() == [-1, -1]
