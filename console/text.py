"""Reports as text for people: short summaries and aligned tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console.progress import duration
from engine.errors import printable
from engine.types import (
    CopiesReport,
    CopiesRow,
    DeepReport,
    DuplicatesReport,
    EvaluationReport,
    ExploredTree,
    Generation,
    GenerationFigures,
    IndexReport,
    JobState,
    JobView,
    LabelVerdict,
    LibraryStatus,
    Problem,
    SavedSearch,
    SearchAnswer,
    SearchHit,
    TrainingPlan,
    TrainReport,
    TreeNode,
)

if TYPE_CHECKING:
    from engine.encoder.download import Offer
    from engine.evaluation.benchmarks.official import BenchmarkReport
    from engine.services.care import CheckReport
    from engine.services.encoders import EncoderView

SKIPS_SHOWN = 20  # the rest is counted; --json lists all
PROBLEMS_SHOWN = 5


def index(report: IndexReport) -> Iterator[str]:
    yield (
        f"{_count(report.found, 'photo')} found: {report.indexed} indexed, "
        f"{report.unchanged} unchanged, {report.moved} moved, {report.removed} removed"
        + (f", {report.offline} offline" if report.offline else "")
        + "."
    )
    if report.indexed:
        yield (
            f"{duration(report.seconds)}, {report.photos_per_second:.1f} photos a second "
            f"on {report.device}."
        )
    if report.skipped:
        yield f"{_count(len(report.skipped), 'file')} skipped:"
    for skip in report.skipped[:SKIPS_SHOWN]:
        yield f"  {printable(skip.path)}: {skip.reason}"
    if len(report.skipped) > SKIPS_SHOWN:
        yield f"  and {len(report.skipped) - SKIPS_SHOWN} more (--json lists them all)"


def search(answer: SearchAnswer) -> Iterator[str]:
    if answer.hits:
        coded = any(hit.identifier is not None for hit in answer.hits)
        placed = any(hit.position is not None for hit in answer.hits)
        yield from _table(
            (
                *("rank", "score", "similarity", "match"),
                *(("identifier", "logp") if coded else ()),
                *(("where",) if placed else ()),
                "photo",
            ),
            [
                (
                    *_ranked(hit),
                    *(_coded(hit) if coded else ()),
                    *((str(hit.position or "-"),) if placed else ()),
                    _path(hit),
                )
                for hit in answer.hits
            ],
            left={"match", "where", "photo"},
        )
    else:
        yield "No photo matches."
    engine = answer.engine.value
    if answer.generation is not None:
        engine += f", generation {answer.generation}"
    yield (
        f"{engine}: {len(answer.hits)} of {_count(answer.searched, 'photo')} "
        f"in {answer.milliseconds.total:.0f} ms."
    )
    if answer.note:
        yield answer.note


def _ranked(hit: SearchHit) -> tuple[str, str, str, str]:
    return str(hit.rank), f"{hit.score:.3f}", f"{hit.similarity:.3f}", hit.band.value


def _coded(hit: SearchHit) -> tuple[str, str]:
    return (
        "-" if hit.identifier is None else ".".join(map(str, hit.identifier)),
        "-" if hit.logp is None else f"{hit.logp:.2f}",
    )


def _path(hit: SearchHit) -> str:
    return printable(hit.photo.path) + ("" if hit.photo.online else " (offline)")


def saved(found: Sequence[SavedSearch]) -> Iterator[str]:
    if not found:
        yield "No search is kept yet: 'photoglyph saved add NAME IMAGE' keeps one."
        return
    yield from _table(
        ("number", "name", "images", "marks", "filtered", "asked last"),
        [
            (
                f"#{search.saved_id}",
                printable(search.name or "-"),
                str(len(search.query.parts)),
                str(len(search.query.marks)),
                "no" if search.filters.empty else "yes",
                f"{search.ran_at.astimezone():%Y-%m-%d %H:%M}",
            )
            for search in found
        ],
        left={"name", "filtered", "asked last"},
    )
    for search in found:
        if search.note:
            yield f"#{search.saved_id}: {search.note}"


def explored(tree: ExploredTree) -> Iterator[str]:
    here = ".".join(map(str, tree.node.prefix)) or "all"
    name = f" ({told})" if (told := _node_name(tree.node)) else ""
    yield f"{here}{name}: {_count(tree.node.count, 'photo')} in generation {tree.generation}."
    if tree.children:
        yield from _table(
            ("prefix", "photos", "name", "most typical"),
            [
                (
                    ".".join(map(str, child.prefix)),
                    str(child.count),
                    _node_name(child) or "-",
                    printable(child.photos[0].path) if child.photos else "-",
                )
                for child in tree.children
            ],
            left={"prefix", "name", "most typical"},
        )
    else:
        yield from (f"  {printable(photo.path)}" for photo in tree.node.photos)
    if tree.note:
        yield tree.note


def _node_name(node: TreeNode) -> str:
    return printable(node.name) or (f"{node.month:%B %Y}" if node.month else "")


def duplicates(report: DuplicatesReport) -> Iterator[str]:
    for group in report.groups:
        best, *others = group.photos
        yield f"{group.kind.value}: {printable(best.path)} ({group.reason})"
        for photo in others:
            yield f"  {printable(photo.path)}"
    yield (
        f"{_count(len(report.groups), 'group')} of {_count(report.photos, 'file')} "
        f"in {duration(report.seconds)}. Nothing was deleted."
    )


def training_plan(plan: TrainingPlan) -> str:
    """What a training will take, told before it begins."""
    begun = "Going on with a training that was left. " if plan.begun else ""
    return (
        f"{begun}This takes about {duration(plan.seconds)} on {plan.device} and "
        f"{size(plan.size_bytes)} of disk space ({size(plan.free_bytes)} are free). Ctrl-C leaves "
        "it, to be gone on with."
    )


def train(report: TrainReport) -> Iterator[str]:
    yield (
        f"Generation {report.generation}: {_count(report.photos, 'photo')}, "
        f"{report.distinct} distinct identifiers ({report.levels} levels of {report.codes} codes), "
        f"{_count(report.epochs, 'epoch')}, loss {report.loss:.3f}, "
        f"{duration(report.seconds)} on {report.device}."
    )
    if report.deep is not None:
        yield _deep(report.deep)
    for verdict in report.labels:
        yield f"Labels from {_verdict(verdict)}"
    yield f"New: {_figures(report.figures)}."
    if report.previous is not None:
        yield f"Old: {_figures(report.previous)}."
    yield (
        "The new generation answers from now on."
        if report.switched
        else "The old generation keeps answering: the new one is not better."
    )


def _deep(report: DeepReport) -> str:
    told = (
        f"The encoder was tuned for {_count(report.steps, 'step')} in {duration(report.seconds)} "
        f"({report.precision}, {report.at_once} views at once, waiting for photos "
        f"{report.waited:.0%} of the time{', ended early' if report.stopped_early else ''}): "
    )
    if not report.encoder:
        return told + "no step did better than the encoder as it is, which was kept."
    return told + (
        f"held-out views find their photo first in {report.recall:.0%} of cases at its best, "
        f"{report.recall_before:.0%} before; as encoder {report.encoder}."
    )


def _verdict(verdict: LabelVerdict) -> str:
    told = f"{verdict.name} ({_count(verdict.photos, 'photo')}): "
    told += f"used at strength {verdict.strength:g}" if verdict.strength else "not used"
    if verdict.without is None or verdict.with_labels is None:
        return f"{told}."
    return (
        f"{told}; {verdict.queries} photos with hidden labels found their own kind with a "
        f"precision of {verdict.with_labels:.2f} with them, {verdict.without:.2f} without."
    )


def status(
    report: LibraryStatus, problems: Sequence[Problem], jobs: Sequence[JobView]
) -> Iterator[str]:
    yield f"Library     {printable(report.library)}"
    yield (
        f"Photos      {report.photos}, {report.searchable} searchable"
        + (f", {report.waiting} waiting" if report.waiting else "")
        + (f", {report.skipped} skipped" if report.skipped else "")
    )
    for folder in report.folders:
        away = "" if folder.online else " (offline)"
        away += " (paused)" if folder.paused else ""
        yield f"Folder      {printable(folder.path)}: {_count(folder.photos, 'photo')}{away}"
    for job in jobs:
        if job.state is not JobState.DONE:
            yield f"Indexing    {_job(job)}"
    if report.generation is None:
        yield "Generation  none: exact search answers until 'photoglyph train' has run"
    else:
        yield (
            f"Generation  {report.generation}: {report.distinct} distinct identifiers, "
            f"{report.levels} levels of {report.codes} codes"
        )
    if report.described:
        yield f"Parts       {_count(report.described, 'photo')} can be asked for by part"
    sizes = ", ".join(f"{name} {size(n)}" for name, n in report.bytes.items())
    yield f"On disk     {sizes}"
    yield f"Device      {report.device} ({', '.join(report.providers)})"
    for verdict in report.labels:
        yield f"Labels      {_verdict(verdict)}"
    if report.advice:
        yield f"Advice      {report.advice}"
    yield from _problems([problem for problem in problems if not problem.ignored])


def _job(job: JobView) -> str:
    told = f"{printable(job.path)}: {job.state.value}"
    if job.total is not None:
        told += f", {job.done} of {_count(job.total, 'file')}"
    return told + (f" ({printable(job.last_error)})" if job.last_error else "")


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    for problem in problems[:PROBLEMS_SHOWN]:
        often = f", {problem.attempts} times" if problem.attempts > 1 else ""
        yield (
            f"Problem     {printable(problem.path)}: {problem.reason} "
            f"({problem.when.astimezone():%Y-%m-%d %H:%M}{often})"
        )
    if len(problems) > PROBLEMS_SHOWN:
        yield f"            and {len(problems) - PROBLEMS_SHOWN} more (--json lists them all)"


def check(report: CheckReport) -> Iterator[str]:
    for sentence in report.problems:
        yield sentence
    for sentence in report.repaired:
        yield sentence
    if report.sound:
        yield "The library is sound."


def file(sentence: str, path: Path, size_bytes: int) -> Iterator[str]:
    yield f"{sentence} {printable(path)} ({size(size_bytes)})."


def generations(found: Sequence[Generation]) -> Iterator[str]:
    if not found:
        yield "No generation yet: exact search answers until 'photoglyph train' has run."
        return
    yield from _table(
        ("generation", "state", "levels", "codes", "made", "figures"),
        [
            (
                str(g.generation_id),
                g.state.value,
                str(g.levels),
                str(g.codes),
                f"{g.created_at.astimezone():%Y-%m-%d %H:%M}",
                "-" if g.figures is None else _figures(g.figures),
            )
            for g in found
        ],
        left={"state", "made", "figures"},
    )


def benchmark(report: BenchmarkReport) -> Iterator[str]:
    yield (
        f"{report.benchmark}, recipe {report.recipe}, encoder {report.encoder}: "
        f"{_count(report.queries, 'query', 'queries')}, gallery {report.gallery}. {report.note}"
    )
    names = [f"{kind}@{k}" for kind in ("p", "r") for k in report.ranks]
    script = [f"script p@{k}" for k in report.ranks]
    yield from _table(
        ("engine", *names, "map@100", "mrr", *script),
        [
            (
                row.engine,
                *(
                    f"{ratio:.3f}"
                    for ratio in (
                        *row.precision,
                        *row.recall,
                        row.map_100,
                        row.mrr,
                        *row.script_precision,
                    )
                ),
            )
            for row in report.rows
        ]
        + _published(report),
        left=set(),
    )
    yield "script p@k: precision as the paper's published script counts it; p@k is the standard."


def _published(report: BenchmarkReport) -> list[tuple[str, ...]]:
    if report.published is None:
        return []
    recall, script = (
        [f"{ratio:.3f}" for ratio in ratios]
        for ratios in (report.published.recall, report.published.script_precision)
    )
    return [("irgen as published", *["-"] * len(report.ranks), *recall, "-", "-", *script)]


def encoders(found: Sequence[EncoderView]) -> Iterator[str]:
    yield from _table(
        ("encoder", "pixels", "licence", "source"),
        [
            (e.name, str(e.image_size or "-"), e.licence or "not known", printable(e.source))
            for e in found
        ],
        left={"licence", "source"},
    )


def offer(offered: Offer) -> str:
    """What a download would bring, before it begins."""
    return (
        f"{printable(offered.name)} from {printable(offered.source)}: "
        f"{offered.size_bytes / 1e6:.0f} MB, licence {printable(offered.licence) or 'not told'}."
    )


def evaluations(reports: Sequence[EvaluationReport]) -> Iterator[str]:
    for report in reports:
        yield from _evaluation(report)


def _evaluation(report: EvaluationReport) -> Iterator[str]:
    yield (
        f"{report.set}: {_count(report.queries, 'query', 'queries')}, gallery {report.gallery}. "
        f"{report.protocol}"
    )
    columns = ["p@1", "p@5", "p@10", "p@20", "r@1", "r@10", "map@100", "mrr", "vs exact@10"]
    growing = any(row.recall_vs_exact_10_old is not None for row in report.rows)
    if growing:
        columns += ["of old", "of inserted"]
    yield from _table(
        ("engine", "labels", "queries", *columns, "p50 ms", "p95 ms", "bytes"),
        [
            (
                row.engine,
                row.labels,
                str(row.queries),
                *(
                    "-" if ratio is None else f"{ratio:.3f}"
                    for ratio in (
                        row.p_1,
                        row.p_5,
                        row.p_10,
                        row.p_20,
                        row.r_1,
                        row.r_10,
                        row.map_100,
                        row.mrr,
                        row.recall_vs_exact_10,
                        *(
                            (row.recall_vs_exact_10_old, row.recall_vs_exact_10_inserted)
                            if growing
                            else ()
                        ),
                    )
                ),
                f"{row.milliseconds_p50:.1f}",
                f"{row.milliseconds_p95:.1f}",
                f"{row.bytes_per_photo:.0f}",
            )
            for row in report.rows
        ],
        left={"engine", "labels"},
    )


def copies(report: CopiesReport) -> Iterator[str]:
    """R@1 and R@10, a line an edit and a column an engine."""
    yield (
        f"{printable(report.set)}: {_count(report.queries, 'query', 'queries')}, "
        f"gallery {report.gallery}. {printable(report.protocol)}. R@1 / R@10:"
    )
    table: dict[str, dict[str, CopiesRow]] = {}
    for row in report.rows:
        table.setdefault(row.edit, {})[row.engine] = row
    engines = list(table["all"])
    lines = [
        (edit, *(f"{row.r_1:.3f} / {row.r_10:.3f}" for row in by_engine.values()))
        for edit, by_engine in table.items()
    ]
    whole = table["all"].values()
    intervals = ("{:.3f} to {:.3f}".format(*row.r_1_interval) for row in whole)
    lines.append(("all, R@1 (95 %)", *intervals))
    lines.append(("p50 ms", *(f"{row.milliseconds_p50:.1f}" for row in whole)))
    yield from _table(("edit", *engines), lines, left={"edit"})


def size(n: int) -> str:
    """Bytes in decimal units, as file managers show them."""
    value = float(n)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def _figures(figures: GenerationFigures) -> str:
    return (
        f"recall@1 {figures.recall_1:.3f} (exact {figures.exact_recall_1:.3f}), "
        f"recall@10 {figures.recall_10:.3f} (exact {figures.exact_recall_10:.3f}), "
        f"{figures.recall_vs_exact_10:.3f} of the exact top 10"
        + (
            ""
            if figures.recall_inserted is None
            else f" ({figures.recall_inserted:.3f} of photos that it never saw)"
        )
    )


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one if n == 1 else many or one + 's'}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], left: set[str]) -> Iterator[str]:
    """Lines with columns padded to their widest cell; ``left`` columns are left-aligned."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (
            cell.ljust(width) if name in left else cell.rjust(width)
            for name, cell, width in zip(head, row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()
