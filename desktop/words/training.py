"""What is said of a training and its figures."""

from __future__ import annotations

from desktop.pace import Speed
from desktop.words.language import DOT, number, translate
from desktop.words.library import stage
from desktop.words.quantities import duration, photos, share
from engine.types import GenerationFigures, Progress, TrainReport


def training_offer() -> str:
    return translate(
        "Teach the generative engine your own photos. It takes minutes, runs in the background, "
        "and searching goes on meanwhile."
    )


def training_again() -> str:
    return translate("A model trained on this library answers. Train again after adding photos.")


def training_too_small(searchable: int, smallest: int) -> str:
    return translate(
        "Training needs {smallest} photos, this library has {n}. Exact search answers meanwhile."
    ).format(smallest=smallest, n=number(searchable))


def training_progress(progress: Progress | None, speed: Speed) -> str:
    """Stage, loss and time left."""
    if progress is None:
        return translate("Starting…")
    parts = [stage(progress.stage)]
    if progress.total:
        parts.append(f"{number(progress.done)} / {number(progress.total)}")
    if "loss" in progress.values:
        parts.append(translate("loss {x}").format(x=f"{progress.values['loss']:.3f}"))
    if speed.seconds_left is not None:
        parts.append(translate("{t} left").format(t=duration(speed.seconds_left)))
    if progress.note:
        parts.append(progress.note)
    return DOT.join(parts)


def training_cancelling() -> str:
    return translate("Stopping… The next training continues from here.")


def training_done(report: TrainReport) -> str:
    used = (
        translate("The new model answers from now on.")
        if report.switched
        else translate("The model before stays: it finds more on your own photos.")
        if report.previous is not None
        else translate("The new model was not taken: exact search stays.")
    )
    return translate("Trained on {photos} in {t}. {used}").format(
        photos=photos(report.photos), t=duration(report.seconds), used=used
    )


def training_figures(report: TrainReport) -> list[tuple[str, ...]]:
    """A table with its head: each figure of the new model, the one before (if any), and exact."""
    old, new = report.previous, report.figures
    head = ["", translate("new")]
    rank_1 = [translate("Recall@1"), share(new.recall_1)]
    rank_10 = [translate("Recall@10"), share(new.recall_10)]
    if old is not None:
        head.append(translate("before"))
        rank_1.append(share(old.recall_1))
        rank_10.append(share(old.recall_10))
    head.append(translate("exact"))
    rank_1.append(share(new.exact_recall_1))
    rank_10.append(share(new.exact_recall_10))
    rows = [tuple(head), tuple(rank_1), tuple(rank_10)]
    if new.recall_old is not None and new.recall_inserted is not None:
        rest = [""] * (len(head) - 2)
        rows.append((translate("Known photos found"), share(new.recall_old), *rest))
        rows.append((translate("Added photos found"), share(new.recall_inserted), *rest))
    return rows


def figures_note(figures: GenerationFigures) -> str:
    return translate("On {n} held-out views of your photos.").format(n=number(figures.queries))
