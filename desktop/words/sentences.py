"""What the engine says, in the language of the window.

The engine words its own problems, in English, with the file and what to do; a terminal shows them
as they are. Here are the forms of those that a window can show. What fits none stays English.
"""

from __future__ import annotations

import re
from functools import cache

from desktop.words.language import translate
from engine.errors import PhotoError, UserError, printable


def told(form: str) -> str:
    """Marks a form for the catalogue. ``{why}`` holds another form, or anything else."""
    return form


# Why a file cannot be used; written after its name, or beside it.
REASONS = (
    told("the file is empty"),
    told("this is a folder, not a picture"),
    told("not a regular file (a pipe, socket or device)"),
    told("the picture has no pixels"),
    told("the picture data is cut off or damaged"),
    told("not an image that Photoglyph can read"),
    told("decoding it needs too much memory"),
    told("{w} x {h} pixels: a side is longer than {most} pixels"),
    told("{w} x {h} pixels are {size} megapixels, more than the {most} that are decoded"),
    told("the file has {size} GB, more than the {most} GB that are read"),
    told("not a camera raw file that can be read"),
    told("the camera raw file is cut off or damaged"),
    told("the camera raw file holds no preview picture"),
    told(
        "camera raw files need an addition to Photoglyph: install it with "
        "pip install 'photoglyph[raw]'"
    ),
    told("there is no such file"),
    told("no permission to read it"),
    told("a link that leads back to itself"),
    told("the path is too long for this system"),
    told("it cannot be read ({error})"),
)

SENTENCES = (
    # The library
    told(
        "{name} is damaged: restore it from a backup, or move it away to start afresh "
        "(photos are not touched)."
    ),
    told("{name} is locked by another program: close that program and try again."),
    told("The disk is full, {name} cannot grow: free some space and run it again."),
    told("{name} cannot be written: check its permissions or choose another --library."),
    told("{name} cannot be read or written (disk error): check the disk and try again."),
    told("The library folder {name} cannot be written ({error}): choose another with --library."),
    told(
        "{name} was made by a newer Photoglyph (schema {theirs}, this one knows {ours}): "
        "update Photoglyph to open it. Nothing was changed."
    ),
    told(
        "The library in {name} is in use: another Photoglyph is {work} it; "
        "wait for it to finish or choose another folder with --library."
    ),
    # Folders
    told("There is no folder {name}: check the path, or plug its drive in."),
    told("{name} is not a folder: give the folder that holds the photos."),
    told("The folder {name} cannot be read ({why}): check its permissions."),
    told(
        "{name} lies inside {other}, which is in the library with all it holds: "
        "there is nothing to add."
    ),
    told(
        "{name} contains {other}, which is in the library: remove that folder from the library "
        "first, or add the others one by one."
    ),
    # Searching
    told(
        "The library has no searchable photos yet: add a folder with 'photoglyph index FOLDER', "
        "or in the window."
    ),
    told("That photo is no longer in the library: choose another."),
    told("Exact search answers: it did better on this library's own photos."),
    told(
        "The model file {name} is missing or damaged: train again, "
        "or choose another with 'photoglyph model use'."
    ),
    told("A search takes {most} images at most, and this one has {n}: leave some out."),
    told("Every image of this search is one to be avoided: add one that shows what to look for."),
    told("An image is both asked for and to be avoided: what was said last counts."),
    told("One photo was marked both ways: the last mark counts."),
    told("{n} photos were marked both ways: the last mark counts."),
    told("One photo was not described yet and left out."),
    told("{n} photos were not described yet and left out."),
    told("One photo was not described by its parts yet and left out."),
    told("{n} photos were not described by their parts yet and left out."),
    told(
        "No photo is described by its parts yet, so the part was compared with whole photos: "
        "'photoglyph index --parts' describes them."
    ),
    # Kept searches
    told("A saved search needs a name that is not empty and begins without '#'."),
    told(
        "There is a saved search called {name} already: choose another name, "
        "or remove that one first."
    ),
    told("{why} is gone: what was kept of it answers."),
    told("A photo of the library"),
    told("The filter {name} is not known here and left out."),
    # Exploring, browsing
    told("This library has no tree to explore yet: run 'photoglyph train' (from {n} photos on)."),
    told(
        "The library was trained again since this part of its tree was opened, and has another "
        "tree now: begin again at the root."
    ),
    told("No photo lies below {place}: 'photoglyph explore' shows where photos are."),
    told("The library has no photos to explore yet: index a folder first."),
    told("The library has no photos to browse yet: index a folder first."),
    told("{path} holds no photos of this library: begin again at its folders."),
    told("That photo is not in the tree: scan the folders again, then try again."),
    told("All photos here go the same way: the tree does not tell them apart on this level."),
    # Duplicates
    told("Choose two different photos or more to say that they are not the same."),
    told("it has the most stars"),
    told("it is the camera's raw file"),
    told("it has the most pixels"),
    told("it is the least compressed"),
    told("it was taken first"),
    told("all are equally good, and its path comes first"),
    # Copying, exporting
    told("{name} takes no files ({error}), {n} of {all} were copied: choose another folder."),
    told("{name} cannot be written ({error}): choose another place."),
    told("{name} cannot be written ({error}): see that its folder may be written."),
    # Training
    told(
        "Training stopped unexpectedly (exit code {code}; was memory short?): "
        "train again to go on from its checkpoint."
    ),
    told(
        "Training needs at least {least} indexed photos and this library has {n}: "
        "add more with 'photoglyph index FOLDER'; until then exact search answers."
    ),
    told(
        "The memory of the device ({device}) is too small for a single photo: close other "
        "programs, use --device cpu, or choose a smaller encoder."
    ),
    told(
        "Tuning the encoder went astray (its loss is no number): train without --deep; "
        "the model in use is unchanged."
    ),
    told(
        "The tuned encoder cannot be written ({error}): free some space, then train again "
        "to go on from the checkpoint."
    ),
    told(
        "The training's checkpoint in {name} cannot be written ({error}): free some space, then "
        "train again to go on from the one before."
    ),
    told(
        "The library has no thumbnails to tune the encoder with: run 'photoglyph index' "
        "to make them again, then train."
    ),
    told("asking held-out photos"),
    told(
        "{n} photos came since the training on {trained}: they are found, and "
        "training again would find more like them."
    ),
    told(
        "{n} photos that came since the training are of another kind: training again "
        "would find more like them."
    ),
)


def error(problem: Exception) -> str:
    """A ``UserError`` is a sentence already; anything else is a bug and is in the log."""
    if isinstance(problem, PhotoError):
        return f"{printable(problem.path)}: {sentence(problem.reason)}"
    if isinstance(problem, UserError):
        return sentence(str(problem))
    return translate(
        "Something went wrong inside Photoglyph ({kind}); the details are in its log."
    ).format(kind=type(problem).__name__)


def sentence(text: str) -> str:
    """A reason or a sentence of the engine's, translated where its form is known."""
    for form, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            parts = found.groupdict()
            if "why" in parts:
                parts["why"] = sentence(parts["why"])
            return translate(form).format(**parts)
    return text


def sentences(text: str) -> str:
    """Several of them, each translated."""
    return " ".join(sentence(one) for one in re.split(r"(?<=[.]) (?=[A-Z])", text))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The forms, those with the most words of their own first: the others might fit too."""
    forms = sorted((*REASONS, *SENTENCES), key=len, reverse=True)
    return tuple((form, re.compile(_pattern(form))) for form in forms)


def _pattern(form: str) -> str:
    parts = re.split(r"\{(\w+)\}", form)
    return "".join(
        f"(?P<{part}>.+)" if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )
