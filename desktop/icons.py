"""Line icons on a 24 x 24 field, drawn for Photoglyph, in the colour of the text."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

APP_SVG = Path(__file__).parent / "share" / "photoglyph.svg"  # also what a desktop shows

_SHAPES = {
    "add": '<path d="M12 5v14M5 12h14"/>',
    "back": '<path d="M14.5 5.5 8 12l6.5 6.5"/>',
    "up": '<path d="M12 19V5.5M6 11.5l6-6 6 6"/>',
    "forward": '<path d="M9.5 5.5 16 12l-6.5 6.5"/>',
    "close": '<path d="M6.5 6.5l11 11M17.5 6.5l-11 11"/>',
    "folder": '<path d="M3.5 7.5a2 2 0 0 1 2-2h4l2 2.5h7a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-13'
    'a2 2 0 0 1-2-2z"/>',
    "image": '<rect x="3.5" y="4.5" width="17" height="15" rx="2.5"/><circle cx="8.7" cy="9.7" '
    'r="1.7"/><path d="M4 17l5-4.5 3.5 3 3.5-3.5 4 4"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6"/><path d="M15 15l5 5"/>',
    "rescan": '<path d="M19 12a7 7 0 1 1-2.2-5.1M19 3.8v4.4h-4.4"/>',
    "crop": '<path d="M7 3v14h14M3 7h14v14"/>',
    "pause": '<path d="M9 6v12M15 6v12"/>',
    "resume": '<path d="M8.5 5.5 18 12l-9.5 6.5z"/>',
    "details": '<rect x="3.5" y="4.5" width="17" height="15" rx="2.5"/><path d="M14.5 4.5v15'
    'M17 8.5h1M17 11.5h1"/>',
    "sidebar": '<rect x="3.5" y="4.5" width="17" height="15" rx="2.5"/><path d="M9.5 4.5v15'
    'M6 8.5h1M6 11.5h1"/>',
    "warning": '<path d="M12 4.5 21 19.5H3zM12 10v4.5M12 17v.2"/>',
    "small": '<rect x="6.5" y="6.5" width="4" height="4" rx="1"/><rect x="13.5" y="6.5" width="4" '
    'height="4" rx="1"/><rect x="6.5" y="13.5" width="4" height="4" rx="1"/>'
    '<rect x="13.5" y="13.5" width="4" height="4" rx="1"/>',
    "large": '<rect x="5" y="5" width="14" height="14" rx="2.5"/>',
    "save": '<path d="M7 4.5h10v15l-5-4-5 4z"/>',
    "more": '<path d="M6 12h.2M12 12h.2M18 12h.2"/>',
}

# What points to a side of the window: the other side where text runs from right to left.
_DIRECTED = ("back", "forward", "sidebar", "details")


def mirrored(shape: str) -> str:
    if not QGuiApplication.isRightToLeft():
        return shape
    return f'<g transform="matrix(-1 0 0 1 24 0)">{shape}</g>'


def icon(shape: str, colour: str) -> QIcon:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" '
        f'stroke="{colour}" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">'
        f"{mirrored(_SHAPES[shape]) if shape in _DIRECTED else _SHAPES[shape]}</svg>"
    )
    result = QIcon()
    for side in (20, 40, 64):
        result.addPixmap(_draw(svg, side))
    return result


def app_icon() -> QIcon:
    result = QIcon()
    for side in (16, 32, 64, 128, 256):
        result.addPixmap(_draw(APP_SVG.read_text(encoding="utf-8"), side))
    return result


def _draw(svg: str, side: int) -> QPixmap:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    return pixmap
