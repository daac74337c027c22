"""What is said of one photo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from desktop.words.language import DOT, counted, number, translate
from desktop.words.quantities import clock, size
from engine.errors import printable
from engine.types import Band, Photo, Position, SearchHit


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


def marked(sign: int) -> str:
    return translate("Marked: more like this") if sign > 0 else translate("Marked: not this")


def with_mark(said: str, sign: int) -> str:
    return f"{said}, {marked(sign)}" if sign else said


def wanted_heading() -> str:
    return translate("More like these")


def others_heading() -> str:
    return translate("The closest to what you want")


def tooltip(photo: Photo, hit: SearchHit | None, behind: int = 0, sign: int = 0) -> str:
    """``behind``: how many near-duplicates it stands for. ``sign``: what was said of it."""
    lines = [printable(photo.path), dimensions(photo)]
    if hit is not None:
        lines.append(band(hit.band))
        if hit.position is not None:
            lines.append(position(hit.position))
        lines += [translate("With {name}").format(name=name(raw)) for raw in hit.stack]
    if behind:
        lines.append(near_duplicates(behind))
    if sign:
        lines.append(marked(sign))
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
    if hit.position is not None:
        said += f", {_inside(position(hit.position))}"
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


def known(photo: Photo, raws: Sequence[Path]) -> dict[str, str]:
    """Everything a photo says of itself, by the fields of the details; "" where it is silent."""
    metadata = photo.metadata
    return {
        "folder": place(photo.path.parent),
        "size": dimensions(photo),
        "format": metadata.format or "",
        "taken": taken(photo),
        "camera": camera(photo),
        "lens": printable(metadata.lens) if metadata.lens else "",
        "place": coordinates(metadata.latitude, metadata.longitude),
        "rating": "" if metadata.rating is None else stars(metadata.rating),
        "raw": "\n".join(name(raw) for raw in raws),
    }


def taken(photo: Photo) -> str:
    """By the camera's own clock, with its distance from UTC where that is known."""
    when, offset = photo.metadata.taken_at, photo.metadata.taken_offset
    if when is None:
        return translate("Not recorded")
    if offset is None:
        return clock(when)
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    local = clock(when + timedelta(minutes=offset))
    return f"{local} (UTC{sign}{minutes // 60:02}:{minutes % 60:02})"


def coordinates(latitude: float | None, longitude: float | None) -> str:
    """Degrees as text; the app has no map and asks none."""
    if latitude is None or longitude is None:
        return ""
    north = translate("N") if latitude >= 0 else translate("S")
    east = translate("E") if longitude >= 0 else translate("W")
    return f"{abs(latitude):.5f}\u00b0 {north}, {abs(longitude):.5f}\u00b0 {east}"


def stars(rating: int) -> str:
    return "\u2605" * rating + "\u2606" * (5 - rating)


def shared_codes(common: int, levels: int) -> str:
    """Why the search came by: how far the photo's path and the query's are one."""
    if not common:
        return translate("Shares no code with the query: found by likeness alone.")
    return translate("Shares {n} of {all} codes with the query, from coarse to fine.").format(
        n=common, all=levels
    )


def position(value: Position) -> str:
    """Where in a photo a part was found."""
    return {
        Position.UPPER_LEFT: translate("Found in the upper left"),
        Position.TOP: translate("Found at the top"),
        Position.UPPER_RIGHT: translate("Found in the upper right"),
        Position.LEFT: translate("Found on the left"),
        Position.MIDDLE: translate("Found in the middle"),
        Position.RIGHT: translate("Found on the right"),
        Position.LOWER_LEFT: translate("Found in the lower left"),
        Position.BOTTOM: translate("Found at the bottom"),
        Position.LOWER_RIGHT: translate("Found in the lower right"),
        Position.WHOLE: translate("Found all over it"),
    }[value]


def matched(photo: Photo, hit: SearchHit | None) -> str:
    """A photo's name, and where in it the part was found."""
    said = name(photo.path)
    if hit is None or hit.position is None:
        return said
    return f"{said}, {_inside(position(hit.position))}"


def _inside(said: str) -> str:
    """Within a sentence."""
    return said[:1].lower() + said[1:]


def quick_look(photo: Photo, hit: SearchHit | None, place: int, shown: int) -> str:
    where = translate("{n} of {all}").format(n=number(place), all=number(shown))
    parts = [where, dimensions(photo)]
    if photo.metadata.taken_at is not None:
        parts.append(taken(photo))
    if hit is not None:
        parts.insert(1, band(hit.band))
        if hit.position is not None:
            parts.insert(2, position(hit.position))
    return DOT.join(parts)


def camera(photo: Photo) -> str:
    return printable(photo.metadata.camera) if photo.metadata.camera else translate("Not recorded")


def similarity(value: float) -> str:
    return translate("{x} (cosine)").format(x=f"{value:.3f}")


def offline_badge() -> str:
    return translate("Offline")


def no_picture() -> str:
    return translate("No preview")


def cannot_open(photo: Photo, root: Path | None = None) -> str:
    """``root``: the folder of the library that the photo belongs to."""
    if not photo.online:
        return translate(
            "{name} is in {folder}, which is not connected: connect that drive and try again."
        ).format(name=name(photo.path), folder=printable(root or photo.path.parent))
    return translate("{path} is no longer there: press F5 to scan the folders again.").format(
        path=printable(photo.path)
    )


def nothing_opens(photo: Photo) -> str:
    return translate("No program on this computer opens {path}.").format(path=printable(photo.path))
