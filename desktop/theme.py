"""Colours and spacing, light and dark. Widgets take every colour from here.

Text on its ground has a contrast of at least 4.5 : 1 in both palettes (WCAG AA); a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from engine.types import Band

GAP = 8  # pixels; the unit of every distance in the window
RADIUS = 8


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Colours:
    """Hex colours by what they are for."""

    window: str  # behind the grid
    surface: str  # panels, bars, fields
    card: str  # behind a photo that is narrower than its cell
    hover: str
    border: str
    text: str
    muted: str  # secondary text
    accent: str  # the one colour that means "you can act here", and the selection
    on_accent: str
    selected: str  # ground of a selected cell
    warning: str
    on_warning: str
    error: str
    on_error: str
    good: str
    same_shot: str
    same_scene: str
    related: str
    guess: str

    def band(self, band: Band) -> str:
        return {
            Band.SAME_SHOT: self.same_shot,
            Band.SAME_SCENE: self.same_scene,
            Band.RELATED: self.related,
            Band.GUESS: self.guess,
        }[band]


LIGHT = Colours(
    window="#f4f5f7",
    surface="#ffffff",
    card="#e8eaee",
    hover="#eef0f4",
    border="#d8dce3",
    text="#1c2026",
    muted="#59626f",
    accent="#2a5bd0",
    on_accent="#ffffff",
    selected="#d6e2fb",
    warning="#fff3d6",
    on_warning="#664700",
    error="#fde7e4",
    on_error="#8c1d13",
    good="#1a7f45",
    same_shot="#1a7f45",
    same_scene="#2a5bd0",
    related="#9a6400",
    guess="#6b7280",
)

DARK = Colours(
    window="#16181c",
    surface="#1f2227",
    card="#292d34",
    hover="#2c3038",
    border="#383d46",
    text="#e9ebee",
    muted="#a3abb7",
    accent="#84a9ff",
    on_accent="#0d1830",
    selected="#2b3a5c",
    warning="#3b2f13",
    on_warning="#f3d48b",
    error="#43201c",
    on_error="#ffb9b0",
    good="#5fd08f",
    same_shot="#5fd08f",
    same_scene="#84a9ff",
    related="#e3b45c",
    guess="#a3abb7",
)


class _InForce:
    """The theme that the person chose; widgets ask for its colours when they paint."""

    theme = Theme.SYSTEM


def colours() -> Colours:
    """Those of the theme in force."""
    if _InForce.theme is Theme.SYSTEM:
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return DARK if dark else LIGHT
    return DARK if _InForce.theme is Theme.DARK else LIGHT


def apply(app: QApplication, theme: Theme) -> None:
    """Take up ``theme``; window frames and native dialogs follow where the system lets them."""
    _InForce.theme = theme
    QGuiApplication.styleHints().setColorScheme(
        {
            Theme.SYSTEM: Qt.ColorScheme.Unknown,
            Theme.LIGHT: Qt.ColorScheme.Light,
            Theme.DARK: Qt.ColorScheme.Dark,
        }[theme]
    )
    paint(app)


def paint(app: QApplication) -> None:
    """Palette and style sheet of the theme in force; again when the system's scheme changes."""
    now = colours()
    app.setPalette(_palette(now))
    app.setStyleSheet(_sheet(now))


def _palette(c: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for where, colour in {
        role.Window: c.window,
        role.WindowText: c.text,
        role.Base: c.surface,
        role.AlternateBase: c.window,
        role.Text: c.text,
        role.PlaceholderText: c.muted,
        role.Button: c.surface,
        role.ButtonText: c.text,
        role.BrightText: c.on_error,
        role.ToolTipBase: c.surface,
        role.ToolTipText: c.text,
        role.Highlight: c.accent,
        role.HighlightedText: c.on_accent,
        role.Accent: c.accent,
        role.Link: c.accent,
        role.Light: c.surface,
        role.Midlight: c.hover,
        role.Mid: c.border,
        role.Dark: c.border,
        role.Shadow: c.border,
    }.items():
        palette.setColor(where, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for where in (role.Text, role.WindowText, role.ButtonText):
        faint = QColor(c.muted)
        faint.setAlpha(140)
        palette.setColor(disabled, where, faint)
    return palette


def _sheet(c: Colours) -> str:
    """``[look=...]`` is a dynamic property that a widget sets to say what it is."""
    return f"""
    QWidget {{ color: {c.text}; }}
    QToolTip {{
        background: {c.surface}; color: {c.text}; border: 1px solid {c.border}; padding: 6px;
    }}
    QMenuBar {{ background: {c.surface}; border-bottom: 1px solid {c.border}; padding: 2px 4px; }}
    QMenuBar::item {{ padding: 4px 10px; border-radius: 5px; background: transparent; }}
    QMenuBar::item:selected {{ background: {c.hover}; }}
    QMenu {{ background: {c.surface}; border: 1px solid {c.border}; padding: 4px; }}
    QMenu::item {{ padding: 6px 28px 6px 12px; border-radius: 5px; }}
    QMenu::item:selected {{ background: {c.hover}; }}
    QMenu::item:disabled {{ color: {c.muted}; }}
    QMenu::separator {{ height: 1px; background: {c.border}; margin: 4px 8px; }}
    QMenu::indicator {{ width: 14px; height: 14px; margin-left: 8px; }}

    [look="bar"] {{ background: {c.surface}; border: none; border-bottom: 1px solid {c.border}; }}
    [look="foot"] {{ background: {c.surface}; border: none; border-top: 1px solid {c.border}; }}
    [look="left"] {{ background: {c.surface}; border: none; border-right: 1px solid {c.border}; }}
    [look="right"] {{ background: {c.surface}; border: none; border-left: 1px solid {c.border}; }}
    [look="field"] {{
        background: {c.window}; border: 1px solid {c.border}; border-radius: {RADIUS}px;
    }}
    [look="field"]:focus {{ border-color: {c.accent}; }}
    [look="chip"] {{
        background: {c.surface}; border: 1px solid {c.border}; border-radius: 6px;
    }}
    [look="card"] {{
        background: {c.window}; border: 1px solid {c.border}; border-radius: {RADIUS}px;
    }}
    [look="warning"] {{ background: {c.warning}; border-bottom: 1px solid {c.border}; }}
    [look="warning"] QLabel {{ color: {c.on_warning}; }}
    [look="error"] {{ background: {c.error}; border-bottom: 1px solid {c.border}; }}
    [look="error"] QLabel {{ color: {c.on_error}; }}
    [look="notice"] {{ background: {c.selected}; border-bottom: 1px solid {c.border}; }}

    QLabel {{ background: transparent; }}
    QLabel[look="title"] {{ font-size: 20pt; font-weight: 600; }}
    QLabel[look="heading"] {{ font-weight: 600; }}
    QLabel[look="muted"] {{ color: {c.muted}; }}
    QLabel[look="trouble"] {{ color: {c.on_error}; }}

    QPushButton {{
        background: {c.surface}; border: 1px solid {c.border}; border-radius: 6px;
        padding: 6px 14px;
    }}
    QPushButton:hover {{ background: {c.hover}; }}
    QPushButton:pressed {{ background: {c.card}; }}
    QPushButton:focus {{ border-color: {c.accent}; }}
    QPushButton:disabled {{ color: {c.muted}; background: {c.window}; }}
    QPushButton[look="main"] {{
        background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; font-weight: 600;
    }}
    QPushButton[look="main"]:hover {{ background: {_mix(c.accent, c.text, 0.15)}; }}
    QPushButton[look="main"]:focus {{
        border: 2px solid {_mix(c.accent, c.text, 0.6)}; padding: 5px 13px;
    }}
    QPushButton[look="main"][big="true"]:focus {{ padding: 10px 21px; }}
    QPushButton[look="big"], QPushButton[look="main"][big="true"] {{ padding: 11px 22px; }}
    QPushButton[look="link"] {{
        background: transparent; border: 1px solid transparent; color: {c.accent}; padding: 3px 6px;
    }}
    QPushButton[look="link"]:hover {{ background: {c.hover}; }}
    QPushButton[look="link"]:focus {{ border-color: {c.accent}; }}
    QPushButton[look="line"] {{
        background: transparent; border: 1px solid transparent; color: {c.muted};
        padding: 3px 6px; text-align: left;
    }}
    QPushButton[look="line"]:hover {{ background: {c.hover}; }}
    QPushButton[look="line"]:focus {{ border-color: {c.accent}; }}
    QComboBox {{
        background: {c.surface}; border: 1px solid {c.border}; border-radius: 6px;
        padding: 5px 10px;
    }}
    QComboBox:hover {{ background: {c.hover}; }}
    QComboBox:focus {{ border-color: {c.accent}; }}
    QComboBox::drop-down {{ border: none; width: 22px; }}
    QToolButton {{
        background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 5px;
    }}
    QToolButton:hover {{ background: {c.hover}; }}
    QToolButton:pressed, QToolButton:checked {{ background: {c.card}; }}
    QToolButton:focus {{ border-color: {c.accent}; }}

    QSpinBox {{
        background: {c.surface}; border: 1px solid {c.border}; border-radius: 6px;
        padding: 5px 10px;
    }}
    QSpinBox:focus {{ border-color: {c.accent}; }}
    QProgressBar {{
        background: {c.card}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px;
    }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
    QListView, QTreeView, QScrollArea, QScrollArea > QWidget > QWidget {{
        background: transparent; border: none; outline: none;
    }}
    QListView[look="list"]::item {{ padding: 2px 4px; border: none; border-radius: 6px; }}
    QListView[look="list"]::item:hover {{ background: {c.hover}; }}
    QListView[look="list"]::item:selected {{ background: {c.selected}; color: {c.text}; }}
    QListView[look="list"]::item:disabled {{ background: transparent; padding: 4px; }}
    QListView QLineEdit {{
        background: {c.surface}; border: 1px solid {c.accent}; border-radius: 4px; padding: 1px 4px;
        selection-background-color: {c.accent}; selection-color: {c.on_accent};
    }}
    QTreeView::item {{ padding: 4px 6px; border: none; }}
    QTreeView::item:selected {{ background: {c.selected}; color: {c.text}; }}
    QTabBar::tab {{
        background: transparent; color: {c.muted}; padding: 5px 10px; margin-right: 2px;
        border: 1px solid transparent; border-radius: 6px;
    }}
    QTabBar::tab:hover {{ background: {c.hover}; }}
    QTabBar::tab:selected {{ background: {c.card}; color: {c.text}; }}
    QTabBar:focus::tab:selected {{ border-color: {c.accent}; }}
    QHeaderView::section {{
        background: {c.surface}; color: {c.muted}; border: none; padding: 4px 8px;
        border-bottom: 1px solid {c.border};
    }}
    QSplitter::handle {{ background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
    QScrollBar::handle:vertical {{
        background: {_mix(c.window, c.text, 0.25)}; border-radius: 4px; min-height: 32px;
    }}
    QScrollBar::handle:vertical:hover {{ background: {_mix(c.window, c.text, 0.4)}; }}
    QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
    QScrollBar::handle:horizontal {{
        background: {_mix(c.window, c.text, 0.25)}; border-radius: 4px; min-width: 32px;
    }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QSlider::groove:horizontal {{ height: 4px; background: {c.card}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {c.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{
        background: {c.surface}; border: 2px solid {c.accent}; width: 10px; margin: -5px 0;
        border-radius: 7px;
    }}
    """


def _mix(ground: str, other: str, share: float) -> str:
    a, b = QColor(ground), QColor(other)
    return QColor.fromRgbF(
        *(
            x + (y - x) * share
            for x, y in zip(a.getRgbF()[:3], b.getRgbF()[:3], strict=True)  # type: ignore[index]
        )
    ).name()
