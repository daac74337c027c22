"""What is said of one photo."""

from __future__ import annotations

from pathlib import Path

from desktop.words.language import DOT, counted, translate
from desktop.words.quantities import day, size
from engine.errors import printable
from engine.types import Band, Photo, SearchHit


def name(path: Path) -> str:
    return printable(path.name)


def band(value: Band) -> str:
    return {
        Band.SAME_SHOT: translate("Same shot"),
        Band.SAME_SCENE: translate("Same scene"),
        Band.RELATED: translate("Related"),
        Band.GUESS: translate("A guess"),
    }[value]


def band_heading(value: Band) -> str:
    return {
        Band.SAME_SHOT: translate("The same shot"),
        Band.SAME_SCENE: translate("The same scene"),
        Band.RELATED: translate("Related"),
        Band.GUESS: translate("Guesses: the closest anyway"),
    }[value]


def no_confident_match() -> str:
    return translate("No confident match: the closest anyway")


def tooltip(photo: Photo, hit: SearchHit | None, behind: int = 0) -> str:
    """``behind``: how many near-duplicates it stands for."""
    lines = [printable(photo.path), dimensions(photo)]
    if hit is not None:
        lines.append(band(hit.band))
        lines += [translate("With {name}").format(name=name(raw)) for raw in hit.stack]
    if behind:
        lines.append(near_duplicates(behind))
    if not photo.online:
        lines.append(translate("On a drive that is not connected"))
    return "\n".join(lines)


def cell(photo: Photo, hit: SearchHit | None, behind: int = 0, *, spread: bool = False) -> str:
    """What a screen reader says of a cell."""
    if hit is None:
        return name(photo.path)
    said = translate("{rank}, {name}, {band}").format(
        rank=hit.rank, name=name(photo.path), band=band(hit.band)
    )
    if behind:
        state = translate("stack open") if spread else translate("stack closed")
        said += f", {near_duplicates(behind)}, {state}"
    return said


def near_duplicates(count: int) -> str:
    return counted(count, "{n} more that is nearly the same", "{n} more that are nearly the same")


def raw_badge() -> str:
    return translate("RAW")


def dimensions(photo: Photo) -> str:
    pixels = translate("{w} \u00d7 {h} pixels").format(w=photo.width, h=photo.height)
    return pixels + (DOT + size(photo.size_bytes) if photo.size_bytes else "")


def place(path: Path) -> str:
    """A folder, with the home folder as ~."""
    try:
        return printable(Path("~", path.relative_to(Path.home())))
    except (ValueError, RuntimeError):  # elsewhere, or there is no home
        return printable(path)


def taken(photo: Photo) -> str:
    when = photo.metadata.taken_at
    return translate("Not recorded") if when is None else day(when)


def camera(photo: Photo) -> str:
    return printable(photo.metadata.camera) if photo.metadata.camera else translate("Not recorded")


def similarity(value: float) -> str:
    return translate("{x} (cosine)").format(x=f"{value:.3f}")


def offline_badge() -> str:
    return translate("Offline")


def no_picture() -> str:
    return translate("No preview")


def cannot_open(photo: Photo) -> str:
    if not photo.online:
        return translate(
            "{path} is on a drive that is not connected: connect it and try again."
        ).format(path=printable(photo.path))
    return translate("{path} is no longer there: press F5 to scan the folders again.").format(
        path=printable(photo.path)
    )


def nothing_opens(photo: Photo) -> str:
    return translate("No program on this computer opens {path}.").format(path=printable(photo.path))
