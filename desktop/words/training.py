"""What is said of a training and its figures."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.pace import Speed
from desktop.words.language import DOT, number, translate
from desktop.words.library import stage
from desktop.words.quantities import day, duration, photos, share, size
from desktop.words.sentences import sentence
from engine.errors import printable
from engine.types import (
    DeepReport,
    Generation,
    GenerationFigures,
    GenerationState,
    Progress,
    TrainingPlan,
    TrainReport,
)


def training_offer() -> str:
    return translate(
        "Teach the generative engine your own photos. It runs in the background, and searching "
        "goes on meanwhile."
    )


def training_start(trained: bool) -> str:
    """What the button says. ``trained``: there is a model that answers."""
    return translate("Train again…") if trained else translate("Train on this library…")


def training_deep() -> str:
    return translate("Also tune the encoder")


def training_deep_tip() -> str:
    return translate(
        "Deep training: the network that looks at photos is adapted to yours, all of them are read "
        "again with it, and the training follows. It takes hours where there are many photos, and "
        "is best done with a GPU. The result answers only if it finds more on your own photos; "
        "until then everything stays as it is."
    )


def training_price(plan: TrainingPlan | None) -> str:
    """Time and space, before it begins."""
    if plan is None:
        return ""
    where = translate("CPU") if plan.device == "cpu" else translate("GPU")
    parts = [
        translate("About {t} ({device})").format(t=duration(plan.seconds), device=where),
        translate("{size} of disk space").format(size=size(plan.size_bytes)),
    ]
    if plan.free_bytes < plan.size_bytes:
        parts.append(translate("only {size} are free").format(size=size(plan.free_bytes)))
    return DOT.join(parts)


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
    left = progress.values.get("seconds_left", speed.seconds_left)
    if left is not None:
        parts.append(translate("{t} left").format(t=duration(left)))
    if progress.note:
        parts.append(sentence(progress.note))
    return DOT.join(parts)


def training_pausing() -> str:
    return translate("Pausing… The training will go on from here.")


def training_paused(progress: Progress | None) -> str:
    """``progress``: the last of this window; None: the training was left by an earlier one."""
    if progress is None or not progress.total:
        return translate("Paused. What was learnt so far is kept.")
    return translate("Paused at {n} of {all}: {stage}.").format(
        n=number(progress.done), all=number(progress.total), stage=stage(progress.stage)
    )


def training_cancel_tip() -> str:
    return translate("Stop and throw away what was learnt so far")


def training_done(report: TrainReport) -> str:
    if not report.switched:
        used = translate("The model before stays: it finds more on your own photos.")
    elif not report.figures.earned:
        used = translate("Exact search goes on answering: it finds more on your own photos.")
    else:
        used = translate("The new model answers from now on.")
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
    return [tuple(head), tuple(rank_1), tuple(rank_10)]


def training_note(report: TrainReport) -> str:
    """What the figures are of, and what became of the encoder."""
    note = figures_note(report.figures)
    return note if report.deep is None else f"{_tuned(report.deep)} {note}"


def _tuned(report: DeepReport) -> str:
    if not report.encoder:
        return translate("Tuning the encoder made nothing better: it stays as it was.")
    return translate(
        "The encoder was tuned for {t}: in its own check Recall@1 went from {old} to {new}."
    ).format(t=duration(report.seconds), old=share(report.recall_before), new=share(report.recall))


def figures_note(figures: GenerationFigures) -> str:
    note = translate("On {n} held-out views of your photos.").format(n=number(figures.queries))
    if figures.recall_old is None or figures.recall_inserted is None:
        return note
    found = translate("Of the ten nearest photos it finds {old}, of those added later {new}.")
    return (
        note + " " + found.format(old=share(figures.recall_old), new=share(figures.recall_inserted))
    )


def axis_loss(value: float) -> str:
    return translate("Loss {x}").format(x=f"{value:.2f}")


def axis_recall(value: float, rank: int) -> str:
    return translate("Recall@{k} {x}").format(k=rank, x=f"{value:.2f}")


def axis_steps(step: int) -> str:
    return translate("Step {n}").format(n=number(step))


def curve(
    losses: Sequence[tuple[float, float]],
    recalls: Sequence[tuple[float, float]],
    steps: int,
    rank: int,
) -> str:
    """What the curves show, for those who do not see them. ``rank`` of the recall."""
    parts = []
    if losses:
        parts.append(
            translate("Loss {x} after {n} of {all} steps, {first} at first").format(
                x=f"{losses[-1][1]:.2f}",
                n=number(round(losses[-1][0])),
                all=number(steps),
                first=f"{losses[0][1]:.2f}",
            )
        )
    if recalls:
        parts.append(
            translate("Recall@{k} of held-out photos {x}, {first} at first").format(
                k=rank, x=f"{recalls[-1][1]:.2f}", first=f"{recalls[0][1]:.2f}"
            )
        )
    return ". ".join(parts)


def model_cells(value: Generation) -> tuple[str, ...]:
    """Model, state, day, photos, identifier, R@1, R@10; exact search's figures behind."""
    state = translate("answers") if value.state is GenerationState.READY else translate("kept")
    title = translate("Model {n}").format(n=value.generation_id)
    identifier = translate("{levels} codes of {codes}").format(
        levels=value.levels, codes=number(value.codes)
    )
    figures = value.figures
    if figures is None:
        return (title, state, day(value.created_at), "", identifier, "", "")
    if value.state is GenerationState.READY and not figures.earned:
        state = translate("exact search answers")
    against = translate("{new} (exact {exact})")
    return (
        title,
        state,
        day(value.created_at),
        "" if figures.trained_on is None else number(figures.trained_on),
        identifier,
        against.format(new=share(figures.recall_1), exact=share(figures.exact_recall_1)),
        against.format(new=share(figures.recall_10), exact=share(figures.exact_recall_10)),
    )


def model_tip(value: Generation) -> str:
    return printable(value.folder) if value.figures is None else figures_note(value.figures)


def models_heading(trained: bool) -> str:
    if not trained:
        return translate("Nothing was trained yet: exact search answers")
    return translate("Figures are of the library's own held-out photos, edited")
