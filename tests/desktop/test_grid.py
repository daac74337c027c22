"""The virtual grid and its model: places, pictures, and changes that keep their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QTextDocumentFragment
from pytestqt.qtbot import QtBot

from desktop import theme
from desktop.arranging import Section
from desktop.grid import Grid
from desktop.jobs import Jobs
from desktop.layout import Layout
from desktop.results import CellRole, PhotoModel
from desktop.theme import DARK, LIGHT, Colours
from desktop.thumbnails import Thumbnails
from desktop.window import MainWindow
from engine.types import Band
from tests.desktop.conftest import inside_of
from tests.desktop.fakes import FakeSession, hit, jpeg, photo


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def model(qtbot: QtBot, session: FakeSession) -> Iterator[PhotoModel]:
    jobs = Jobs()
    yield PhotoModel(Thumbnails(session, jobs))  # type: ignore[arg-type]
    session.let_everything_go()
    jobs.close(5000)


def ids(model: PhotoModel) -> list[int]:
    return [model.index(r).data(CellRole).photo.content_id for r in range(model.rowCount())]


def test_cells_fill_the_width_and_never_overlap() -> None:
    for width in (300, 777, 1280, 2560):
        layout = Layout([Section("A", 0, 7), Section("B", 7, 12)], width, 168, 24)
        rects = [layout.rect(row) for row in range(19)]
        for one, rect in enumerate(rects):
            assert QRect(0, 0, width, layout.height).contains(rect)
            assert not any(rect.intersects(other) for other in rects[one + 1 :])
            assert layout.row_at(rect.center()) == one


def test_only_rows_in_sight_are_looked_at() -> None:
    layout = Layout([Section("", 0, 100_000)], 1280, 168, 24)
    middle = layout.height // 2
    rows = list(layout.rows_between(middle, middle + 800))
    assert len(rows) <= 7 * layout.columns
    assert all(layout.rect(row).bottom() >= middle for row in rows[layout.columns :])


def test_a_hundred_thousand_photos_ask_only_for_the_pictures_in_sight(
    qtbot: QtBot, session: FakeSession, model: PhotoModel
) -> None:
    asked: list[int] = []
    session.thumbnail = lambda content_id: asked.append(content_id)  # type: ignore[method-assign]
    grid = Grid(model)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    model.show_photos([photo(i) for i in range(100_000)], more=False)
    with qtbot.waitExposed(grid):
        grid.show()
    qtbot.waitUntil(lambda: len(asked) > 0)
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    grid.grab()
    qtbot.waitUntil(lambda: 99_999 in asked)
    assert len(asked) < 200


def test_a_cell_shows_its_picture_once_it_is_there(
    qtbot: QtBot, session: FakeSession, model: PhotoModel
) -> None:
    thumbnails = model.thumbnails
    with qtbot.waitSignal(thumbnails.arrived):
        assert thumbnails.get(4) is None
    pixmap = thumbnails.get(4)
    assert pixmap is not None and pixmap.width() == 64


def test_larger_cells_show_the_small_picture_until_the_large_one_is_there(
    qtbot: QtBot, session: FakeSession, model: PhotoModel
) -> None:
    session.thumbnail = lambda content_id: jpeg(content_id, 300)  # type: ignore[method-assign]
    thumbnails = model.thumbnails
    for side in (100, 200):
        thumbnails.set_side(side)
        before = thumbnails.get(4)
        assert before is None or before.width() == 100
        with qtbot.waitSignal(thumbnails.arrived):
            pass
        after = thumbnails.get(4)
        assert after is not None and after.width() == side


def test_a_photo_without_a_picture_is_a_cell_that_says_so(
    qtbot: QtBot, session: FakeSession, model: PhotoModel
) -> None:
    session.thumbnail = lambda content_id: None  # type: ignore[method-assign]
    with qtbot.waitSignal(model.thumbnails.arrived):
        model.thumbnails.get(4)
    pixmap = model.thumbnails.get(4)
    assert pixmap is not None and pixmap.isNull()


def test_pictures_asked_for_an_old_list_are_not_fetched(
    qtbot: QtBot, session: FakeSession, model: PhotoModel
) -> None:
    session.hold("thumbnail")
    thumbnails = model.thumbnails
    for content_id in range(1, 20):
        thumbnails.get(content_id)
    qtbot.waitUntil(lambda: len(session.waiting_calls) == 2)
    thumbnails.forget_requests()
    arrived: list[int] = []
    thumbnails.arrived.connect(arrived.append)
    thumbnails.get(100)
    session.let_go("thumbnail")
    qtbot.waitUntil(lambda: arrived == [100])
    assert len(session.waiting_calls) == 2


def test_new_photos_are_inserted_without_a_reset(qtbot: QtBot, model: PhotoModel) -> None:
    model.show_photos([photo(i) for i in (5, 3, 1)], more=False)
    with qtbot.assertNotEmitted(model.modelReset):
        model.show_photos([photo(i) for i in (7, 6, 5, 4, 3, 1)], more=False)
    assert ids(model) == [7, 6, 5, 4, 3, 1]


def test_a_photo_that_is_gone_leaves_the_list(model: PhotoModel) -> None:
    model.show_photos([photo(i) for i in (5, 3, 1)], more=False)
    model.show_photos([photo(i) for i in (5, 3)], more=False)
    assert ids(model) == [5, 3]
    model.show_photos([photo(i) for i in (6, 3)], more=False)
    assert ids(model) == [6, 3]


def test_a_longer_answer_extends_the_list(qtbot: QtBot, model: PhotoModel) -> None:
    hits = [hit(rank, photo(rank)) for rank in range(1, 9)]
    model.show_hits(hits[:4], more=True)
    with qtbot.assertNotEmitted(model.modelReset):
        model.show_hits(hits, more=False)
    assert ids(model) == list(range(1, 9))


def test_photos_that_moved_down_a_page_are_not_shown_twice(model: PhotoModel) -> None:
    model.show_photos([photo(i) for i in (5, 4)], more=True)
    model.append_photos([photo(i) for i in (4, 3)], more=False)
    assert ids(model) == [5, 4, 3]


def test_where_ranks_and_bands_disagree_the_rank_wins(model: PhotoModel) -> None:
    bands = (Band.SAME_SHOT, Band.GUESS, Band.SAME_SHOT)
    model.show_hits([hit(r, photo(r), b) for r, b in enumerate(bands, 1)], more=False)
    assert ids(model) == [1, 2, 3]
    assert [section.heading for section in model.sections()] == [""]


def test_a_file_name_that_looks_like_markup_is_shown_as_it_is(model: PhotoModel) -> None:
    named = Path("/photos/<img src=x> & <b>Ida</b>")
    model.show_photos([photo(1, folder=named)], more=False)
    tip = model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    shown = QTextDocumentFragment.fromHtml(tip).toPlainText()  # as Qt reads what begins with a tag
    assert tip.startswith("<")
    assert "/photos/<img src=x> & <b>Ida</b>/photo-00001.jpg" in shown


def test_dragging_photos_out_hands_over_their_files(model: PhotoModel) -> None:
    model.show_photos([photo(1), photo(2)], more=False)
    mime = model.mimeData([model.index(0), model.index(1)])
    assert [Path(url.toLocalFile()).name for url in mime.urls()] == [
        "photo-00001.jpg",
        "photo-00002.jpg",
    ]


@pytest.mark.parametrize("c", [LIGHT, DARK])
def test_text_is_readable_on_its_ground_in_both_themes(c: Colours) -> None:
    for text, ground in (
        (c.text, c.window),
        (c.text, c.surface),
        (c.text, c.selected),
        (c.muted, c.window),
        (c.muted, c.surface),
        (c.muted, c.card),
        (c.muted, c.selected),
        (c.accent, c.surface),
        (c.on_accent, c.accent),
        (c.on_warning, c.warning),
        (c.on_error, c.error),
    ):
        assert contrast(text, ground) >= 4.5, (text, ground)


def test_the_theme_can_be_changed_while_running(
    qtbot: QtBot, show: Callable[..., MainWindow]
) -> None:
    window = show(FakeSession(3))
    window.commands["theme_dark"].trigger()
    assert theme.colours() is DARK
    assert inside_of(window).palette().window().color().name() == DARK.window
    window.commands["theme_light"].trigger()
    assert theme.colours() is LIGHT


def contrast(one: str, other: str) -> float:
    """WCAG 2.1 contrast ratio."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
