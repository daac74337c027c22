"""What the menus offer to be done with photos and the library: the commands of a workspace.

Neighbours: commands (makes menu bar, keys and their sheet of it), window (has commands of its own).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from desktop import words
from desktop.arranging import Sort
from desktop.commands import Command
from desktop.panels.level_page import LevelPage
from desktop.views import View, Views
from engine.types import Likeness

if TYPE_CHECKING:
    from desktop.workspace import Workspace


def commands(inside: Workspace) -> list[Command]:
    """In the order of the menus."""
    return [
        *_file(inside),
        *_go(inside),
        *_photo(inside),
        *_browse(inside.views),
        *_view(inside),
    ]


def _file(inside: Workspace) -> list[Command]:
    t = words.translate
    file, taking = t("&File"), inside.taking
    return [
        Command("open", file, t("Open image…"), taking.choose_image, ("Ctrl+O",)),
        Command("paste", file, t("Paste image"), taking.paste, ("Ctrl+V",)),
        Command(
            "open_more", file, t("Add images to the query…"), taking.choose_further, ("Ctrl+I",)
        ),
        Command(
            "paste_more",
            file,
            t("Paste into the query"),
            lambda: taking.paste(beside=True),
            ("Ctrl+Shift+V",),
        ),
        Command("add", file, t("Add folder…"), taking.choose_folder, ("Ctrl+Shift+O",), gap=True),
        Command(
            "export",
            file,
            t("Export results…"),
            inside.export,
            ("Ctrl+E",),
            gap=True,
        ),
        Command("save_search", file, t("Save this search…"), inside.save_search, ("Ctrl+S",)),
        Command("rescan", file, t("Scan all folders again"), inside.library.rescan, ("F5",)),
        Command(
            "pause", file, t("Pause or resume indexing"), inside.library.toggle_pause, ("Ctrl+P",)
        ),
        Command(
            "train",
            file,
            t("Train on this library"),
            inside.training.start,
            ("Ctrl+Shift+T",),
            gap=True,
        ),
        Command(
            "train_deep",
            file,
            t("Tune the encoder too…"),
            inside.offer_deep_training,
            ("Ctrl+Shift+D",),
        ),
        Command(
            "pause_training",
            file,
            t("Pause or resume training"),
            inside.training.toggle_pause,
            ("Ctrl+Shift+P",),
        ),
    ]


def _go(inside: Workspace) -> list[Command]:
    t = words.translate
    go, views = t("&Go"), inside.views
    return [
        Command("back", go, t("Back"), views.back, ("Alt+Left",)),
        Command("forward", go, t("Forward"), views.forward, ("Alt+Right",)),
        Command("crop", go, t("Search with a part…"), inside.refining.crop, ("C",)),
        Command(
            "look_within",
            go,
            t("Look within photos, or at whole ones"),
            inside.refining.look_within,
            ("Shift+C",),
        ),
        Command("undo", go, t("Undo in the query"), inside.refining.undo, ("Ctrl+Z",)),
        Command("clear", go, t("Clear the query"), inside.clear, ("Esc",), gap=True),
        Command("filter", go, t("Filter…"), inside.filters.open_menu, ("Ctrl+L",), gap=True),
        Command("no_filters", go, t("Clear filters"), inside.filters.clear, ("Ctrl+Shift+L",)),
    ]


def _photo(inside: Workspace) -> list[Command]:
    t = words.translate
    photo, acts = t("&Photo"), inside.photo_actions
    return [
        Command("similar", photo, t("Find similar"), acts.find_similar, ("F",)),
        Command("more", photo, t("More like this"), inside.refining.more, ("+", "=")),
        Command("less", photo, t("Not this"), inside.refining.less, ("-",)),
        Command(
            "part", photo, t("Find similar to a part…"), inside.refining.crop_photo, ("Shift+F",)
        ),
        Command("look", photo, t("Quick look") + "\t" + t("Space"), inside.quick_look.toggle),
        Command("view", photo, t("Open") + "\t" + t("Enter"), acts.open),
        Command("reveal", photo, t("Reveal in folder"), acts.reveal, ("Ctrl+Return",)),
        Command("copy", photo, t("Copy file"), acts.copy_files, ("Ctrl+C",), gap=True),
        Command("copy_path", photo, t("Copy path"), acts.copy_paths, ("Ctrl+Shift+C",)),
        Command("copy_to", photo, t("Copy to folder…"), inside.outgoing.copy, ("Ctrl+Shift+S",)),
    ]


def _browse(views: Views) -> list[Command]:
    t = words.translate
    browse, found = t("&Browse"), views.duplicates

    def ways(view: View) -> Callable[[], None]:
        return lambda: views.show(view)

    def of_tile(act: Callable[[LevelPage], None]) -> Callable[[], None]:
        return lambda: views.of_tile(act)

    return [
        Command("photos", browse, t("Photos"), ways(View.PHOTOS), ("Alt+1",)),
        Command("explore", browse, t("Explore"), ways(View.EXPLORE), ("Alt+2",)),
        Command("by_folders", browse, t("By folders"), ways(View.FOLDERS), ("Alt+3",)),
        Command("time_line", browse, t("Time line"), ways(View.TIME_LINE), ("Alt+4",)),
        Command("duplicates", browse, t("Duplicates"), ways(View.DUPLICATES), ("Alt+5",)),
        Command("in_tree", browse, t("Show in the tree"), views.show_in_tree, ("T",), gap=True),
        Command("up", browse, t("Up one level") + "\t" + t("Backspace"), views.up, gap=True),
        Command(
            "tile_photos",
            browse,
            t("Show photos of the tile") + "\tP",
            of_tile(LevelPage.show_photos),
        ),
        Command(
            "within", browse, t("Search within the tile") + "\tW", of_tile(LevelPage.search_within)
        ),
        Command(
            "like_tile",
            browse,
            t("Find similar to the tile") + "\tF",
            of_tile(LevelPage.find_similar),
        ),
        Command(
            "look_for_duplicates",
            browse,
            t("Search for duplicates"),
            views.look_for_duplicates,
            ("Ctrl+D",),
            gap=True,
        ),
        Command("apart", browse, t("Group: not the same"), found.not_the_same, ("N",)),
        Command(
            "one_apart", browse, t("Photo: not the same"), found.photo_is_another, ("Shift+N",)
        ),
        Command(
            "take_back", browse, t("Take back “not the same”"), views.take_back, ("Ctrl+Shift+Z",)
        ),
    ]


def _view(inside: Workspace) -> list[Command]:
    t = words.translate
    view, slider = t("&View"), inside.status.size_slider

    def sort(by: Sort) -> None:
        inside.centre.choose_sort(by)

    return [
        Command("folders", view, t("Folders"), inside.sidebar_button.toggle, ("Ctrl+B",)),
        Command("details", view, t("Details"), inside.details_button.toggle, ("I",)),
        Command("jobs", view, t("Jobs"), inside.toggle_jobs, ("Ctrl+J",)),
        Command("problems", view, t("Problems"), inside.toggle_problems, ("Ctrl+Shift+J",)),
        Command("models", view, t("Models"), inside.toggle_models, ("Ctrl+M",)),
        Command("marks", view, t("What you marked"), inside.toggle_marks, ("Ctrl+Shift+M",)),
        Command(
            "by_relevance",
            view,
            t("Sort by relevance"),
            lambda: sort(Sort.RELEVANCE),
            ("Ctrl+1",),
            gap=True,
        ),
        Command("by_date", view, t("Sort by date"), lambda: sort(Sort.DATE), ("Ctrl+2",)),
        Command("by_folder", view, t("Sort by folder"), lambda: sort(Sort.FOLDER), ("Ctrl+3",)),
        *(
            Command(
                f"by_{likeness}",
                view,
                words.likeness(likeness),
                partial(inside.search.set_likeness, likeness),
                (f"Ctrl+{number}",),
                gap=likeness is Likeness.CONTENT,
            )
            for number, likeness in enumerate(Likeness, 4)
        ),
        Command(
            "stacks",
            view,
            t("Stack near-duplicates"),
            inside.toggle_stacks,
            ("Ctrl+T",),
            ticked=lambda: inside.photos.stacks,
            gap=True,
        ),
        Command(
            "larger",
            view,
            t("Larger thumbnails"),
            lambda: slider.setValue(slider.value() + 24),
            ("Ctrl++", "Ctrl+="),
            gap=True,
        ),
        Command(
            "smaller",
            view,
            t("Smaller thumbnails"),
            lambda: slider.setValue(slider.value() - 24),
            ("Ctrl+-",),
        ),
    ]
