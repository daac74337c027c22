"""Titles and sentences of the pages that stand where photos would: one for each state."""

from __future__ import annotations

from desktop.words.language import translate


def opening() -> str:
    return translate("Opening the library…")


def cannot_start() -> str:
    return translate("The library cannot be opened")


def welcome() -> tuple[str, str]:
    return (
        translate("Find photos by example"),
        translate("Nothing leaves this computer; your photos are never changed."),
    )


def no_photos_yet(indexing: bool) -> tuple[str, str]:
    if indexing:
        return (
            translate("Looking for photos…"),
            translate("They appear here as they are indexed; you can search at once."),
        )
    return (
        translate("No photos here"),
        translate("The folders of this library hold no photos that can be used."),
    )


def nothing_to_search() -> tuple[str, str]:
    return (
        translate("There are no photos to search yet"),
        translate("Add a folder: the photos most like this image appear as they are indexed."),
    )


def query_failed() -> str:
    return translate("This search did not work")
