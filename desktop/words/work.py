"""What is said of jobs and problems, a line of columns each."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.words.language import counted, number, translate
from desktop.words.library import job_progress, job_state, stage
from desktop.words.photo import name, place
from desktop.words.quantities import day
from desktop.words.sentences import sentence
from engine.errors import printable
from engine.types import JobState, JobView, Problem, Progress


@dataclass(frozen=True, slots=True)
class Work:
    """A job as a row: ``root_id`` of its folder, None for a training."""

    root_id: int | None
    state: JobState
    cells: tuple[str, ...]  # work, state, done, tries, last error
    tip: str


def work(job: JobView) -> Work:
    error = sentence(job.last_error) if job.last_error else ""
    title = translate("Index {folder}").format(folder=place(job.path))
    state = job_state(job) or translate("Indexing")
    tip = "\n".join(filter(None, (printable(job.path), error, day(job.updated_at))))
    tries = number(job.attempts) if job.attempts else ""
    return Work(job.root_id, job.state, (title, state, job_progress(job), tries, error), tip)


def training_work(progress: Progress | None, paused: bool) -> Work:
    """``progress``: the last one that is known."""
    done = ""
    if progress is not None and progress.total:
        done = translate("{n} of {all}").format(n=number(progress.done), all=number(progress.total))
    if paused:
        state, said = JobState.PAUSED, translate("Paused")
    else:
        state = JobState.RUNNING
        said = translate("Starting") if progress is None else stage(progress.stage)
    title = translate("Train on this library")
    return Work(None, state, (title, said, done, "", ""), title)


def jobs_heading(count: int) -> str:
    return "" if count else translate("Nothing to do: every folder has been looked at")


def problem_cells(problem: Problem) -> tuple[str, ...]:
    """File, reason, folder, last tried, tries."""
    reason = sentence(problem.reason)
    if problem.ignored:
        reason = translate("Ignored: {reason}").format(reason=reason)
    return (
        name(problem.path),
        reason,
        place(problem.path.parent),
        day(problem.when),
        number(problem.attempts),
    )


def problem_tip(problem: Problem) -> str:
    lines = [printable(problem.path), sentence(problem.reason)]
    if problem.first is not None and problem.first != problem.when:
        lines.append(translate("First on {day}").format(day=day(problem.first)))
    return "\n".join(lines)


def problems_heading(count: int, ignored: int) -> str:
    if count:
        return translate("These files could not be used; everything else is searchable")
    if ignored:
        return counted(ignored, "{n} file is ignored", "{n} files are ignored")
    return translate("No problems: every file could be used")


def problems_tab(count: int) -> str:
    if not count:
        return translate("Problems")
    return translate("Problems ({n})").format(n=number(count))
