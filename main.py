"""Photoglyph's command line, and the wiring of its parts.

Here alone ``export`` meets ``engine``. Every command imports what it needs when it runs: ``--help``
is instant, and a search loads neither torch nor Qt. Exit codes: 0 done, 1 a problem told in one
sentence, 2 wrong usage, 130 cancelled.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from console import arguments, log
from engine.errors import UserError, printable
from engine.settings import SWITCH_INTERVAL

if TYPE_CHECKING:
    from engine.search.ports import Exporter, Runtime
    from engine.services.session import Session
    from engine.types import Filters, Job, Query

T = TypeVar("T")

DONE, PROBLEM, WRONG_USAGE, CANCELLED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns its exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows ASCII only
    try:
        parsed = arguments.parse(sys.argv[1:] if argv is None else argv)
    except SystemExit as stop:  # argparse has said why
        return stop.code if isinstance(stop.code, int) else WRONG_USAGE
    with log.recording(parsed.library, verbose=parsed.verbose) as library_log:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
        try:
            return COMMANDS[parsed.command](parsed)
        except UserError as error:
            _tell(printable(str(error)))
            return PROBLEM
        except KeyboardInterrupt:
            _tell("Cancelled. What was finished is kept.")
            return CANCELLED
        except Exception:
            logging.getLogger("console").exception("This is a bug")
            where = (
                f"the details are in {printable(library_log.file)}"
                if library_log.written
                else "run it again with -v to see the details"
            )
            _tell(f"Something went wrong that Photoglyph did not expect: {where}.")
            return PROBLEM
        finally:
            signal.signal(signal.SIGTERM, before)


def _window(parsed: Namespace) -> int:
    from desktop.app import run

    # Qt's event loop would run Python's handlers only with its next event: the system's own end
    # the window at once, and the library is as whole as after a power cut.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)

    def open_session(folder: Path, device: str, encoder: str) -> Session:
        from engine.services.session import Session

        log.follow(folder)
        return Session.open(folder, *_models(device), encoder=encoder)

    return run(open_session, parsed.library if parsed.library_given else None, parsed.image)


def _index(parsed: Namespace) -> int:
    from console import documents, text

    with closing(_session(parsed.library, create=True)) as session:
        if not parsed.folders:  # whoever asks for everything means paused folders too
            session.resume()
        if parsed.retry:
            session.retry_problems()
        report = _finish(session.index(parsed.folders, encoder_name=parsed.encoder))
        if parsed.parts:
            _finish(session.describe_parts())
    done = _show(parsed, documents.index(report), text.index(report))
    if not (report.found or report.offline or report.removed):
        where = ", ".join(printable(folder) for folder in parsed.folders) or "the library's folders"
        raise UserError(f"No photos were found in {where}: choose a folder that holds some.")
    return done


def _train(parsed: Namespace) -> int:
    from console import documents, text

    with closing(_session(parsed.library)) as session:
        if parsed.deep:  # hours, perhaps
            plan = session.training_plan(device=parsed.device, minutes=parsed.minutes, deep=True)
            sys.stderr.write(f"{text.training_plan(plan)}\n")
        report = _finish(
            session.train(
                labels=parsed.labels,
                device=parsed.device,
                minutes=parsed.minutes,
                deep=parsed.deep,
            )
        )
    return _show(parsed, documents.train(report), text.train(report))


def _search(parsed: Namespace) -> int:
    from console import documents, text
    from engine.types import Engine, Likeness

    likeness = Likeness(parsed.likeness)
    with closing(_session(parsed.library)) as session:
        if likeness is not Likeness.CONTENT:
            _finish(session.describe())
        answer = session.search(
            _query(parsed),
            top=parsed.top,
            beam=parsed.beam,
            engine=Engine(parsed.engine),
            filters=_filters(parsed),
            likeness=likeness,
        )
    if answer.problem:  # a script must not mistake another engine's answer for the usual one
        raise UserError(f"{answer.note} Until then ask with --engine exact.")
    return _show(parsed, documents.search(answer), text.search(answer))


def _query(parsed: Namespace) -> Query:
    from engine.types import Part, Query

    return Query(
        image=parsed.images[0],
        crop=parsed.crop,
        minus=tuple(parsed.minus),
        also=tuple(Part(image) for image in parsed.images[1:]),
        by_part=parsed.by_part,
    )


def _filters(parsed: Namespace) -> Filters:
    from engine.types import Filters

    return Filters(
        folders=tuple(Path(os.path.abspath(folder)) for folder in parsed.folder),
        taken_from=parsed.taken_from,
        taken_until=parsed.taken_until,
        camera=parsed.camera,
        formats=tuple(arguments.TYPES[name] for name in parsed.type),
        orientation=parsed.orientation,
        rating_from=parsed.rating,
        prefix=parsed.node,
    )


def _saved(parsed: Namespace) -> int:
    from console import documents, text
    from engine.types import Likeness

    with closing(_session(parsed.library)) as session:
        if parsed.action == "run":
            search = session.find_saved(parsed.name)
            if search.likeness is not Likeness.CONTENT:
                _finish(session.describe())
            answer = session.run_saved(search, top=parsed.top)
            return _show(parsed, documents.search(answer), text.search(answer))
        if parsed.action == "add":
            session.remember(_query(parsed), _filters(parsed), parsed.name)
        elif parsed.action == "remove":
            session.remove_saved([session.find_saved(parsed.name).saved_id])
        found = session.saved()
    return _show(parsed, documents.saved(found), text.saved(found))


def _explore(parsed: Namespace) -> int:
    from console import documents, text

    with closing(_session(parsed.library)) as session:
        tree = session.explore(parsed.prefix, parsed.generation)
    return _show(parsed, documents.explored(tree), text.explored(tree))


def _duplicates(parsed: Namespace) -> int:
    from console import documents, text

    with closing(_session(parsed.library)) as session:
        report = _finish(session.duplicates())
    return _show(parsed, documents.duplicates(report), text.duplicates(report))


def _evaluate(parsed: Namespace) -> int:
    from console import documents, text
    from engine.services.evaluating import evaluate

    if parsed.benchmark is not None:
        return _evaluate_benchmark(parsed)
    if parsed.copies is not None:
        return _evaluate_copies(parsed)
    reports = _finish(
        evaluate(
            parsed.labels,
            *_models(),
            set_name=parsed.set,
            labels_in_training=parsed.labels_in_training,
            inserted=parsed.inserted,
            paper_decoder=parsed.paper_decoder,
            device=parsed.device,
            minutes=parsed.minutes,
        )
    )
    return _show(parsed, documents.evaluations(reports), text.evaluations(reports))


def _evaluate_benchmark(parsed: Namespace) -> int:
    from console import documents, text
    from engine.services.benchmarking import evaluate_benchmark, recipe_for
    from engine.settings import DEFAULT_ENCODER

    report = _finish(
        evaluate_benchmark(
            parsed.benchmark,
            parsed.data,
            *_models(),
            protocol=parsed.classes or "closed",
            recipe=parsed.recipe or "ours",
            encoder=parsed.encoder or DEFAULT_ENCODER,
            settings=recipe_for(parsed.benchmark, parsed.layers, parsed.epochs),
            device=parsed.device,
            minutes=parsed.minutes,
            checkpoint=parsed.checkpoint,
        )
    )
    if report is None:  # of several processes the main one tells
        return DONE
    return _show(parsed, documents.benchmark(report), text.benchmark(report))


def _evaluate_copies(parsed: Namespace) -> int:
    from console import documents, text
    from engine.services.evaluating_copies import MOST_PHOTOS, evaluate_copies

    report = _finish(
        evaluate_copies(
            parsed.copies,
            parsed.library,
            *_models(),
            count=parsed.copies_of or MOST_PHOTOS,
            device=parsed.device,
            minutes=parsed.minutes,
        )
    )
    return _show(parsed, documents.copies(report), text.copies(report))


def _status(parsed: Namespace) -> int:
    from console import documents, text

    with closing(_session(parsed.library)) as session:
        session.look_for_folders()
        report, problems, jobs = session.status(), session.problems(), session.jobs()
    return _show(
        parsed,
        documents.status(report, problems, jobs),
        text.status(report, problems, jobs),
    )


def _doctor(parsed: Namespace) -> int:
    from console import documents, text
    from engine.services.care import check

    report = check(parsed.library)
    _show(parsed, documents.check(parsed.library, report), text.check(report))
    return DONE if report.sound else PROBLEM


def _backup(parsed: Namespace) -> int:
    from console import documents, text
    from engine.services.care import backup
    from engine.store.database import Library

    with Library.open(parsed.library, create=False) as library:
        size_bytes = backup(library, parsed.file)
    return _show(
        parsed,
        documents.file(parsed.file, size_bytes),
        text.file("The library's database was copied to", parsed.file, size_bytes),
    )


def _model(parsed: Namespace) -> int:
    from console import documents, text

    if parsed.action in ("encoders", "add", "get"):
        return _encoders(parsed)
    with closing(_session(parsed.library)) as session:
        if parsed.action == "use":
            session.use_generation(parsed.generation)
        elif parsed.action == "export":
            session.export_generation(parsed.generation, parsed.file)
        elif parsed.action == "import":
            session.import_generation(parsed.file)
        found = session.generations()
    return _show(parsed, documents.generations(found), text.generations(found))


def _encoders(parsed: Namespace) -> int:
    from console import documents, text
    from engine.services import encoders

    exporter = _models()[1]
    if parsed.action == "add":
        job = encoders.add(parsed.file, parsed.architecture, exporter, image_size=parsed.size)
        _finish(job)
    elif parsed.action == "get":
        from engine.encoder.download import PublicHub

        hub = PublicHub()
        offer = hub.offer(parsed.name)
        _tell(text.offer(offer))
        if not parsed.yes:
            _ask("Download it?")
        _finish(encoders.download(offer, hub, exporter, image_size=parsed.size))
    found = encoders.encoders()
    return _show(parsed, documents.encoders(found), text.encoders(found))


def _ask(question: str) -> None:
    """Raises ``UserError`` for anything but yes."""
    if not sys.stdin.isatty():
        raise UserError("Nobody can be asked here: add --yes to download it.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UserError("Nothing was downloaded.")


COMMANDS: Mapping[str | None, Callable[[Namespace], int]] = {
    None: _window,
    "index": _index,
    "train": _train,
    "search": _search,
    "saved": _saved,
    "explore": _explore,
    "duplicates": _duplicates,
    "evaluate": _evaluate,
    "status": _status,
    "doctor": _doctor,
    "backup": _backup,
    "model": _model,
}


def _session(folder: Path, *, create: bool = False) -> Session:
    """The library, with what searches it and what trains on it."""
    from engine.services.session import Session

    return Session.open(folder, *_models(), create=create)


def _models(device: str = "auto") -> tuple[Runtime, Exporter]:
    """ONNX Runtime and the exporter: what the engine asks for and ``export`` provides."""
    from export.exporter import BundleExporter
    from export.runtime import OnnxRuntime

    return OnnxRuntime(device), BundleExporter()


def _finish(job: Job[T]) -> T:
    """Run a job to its end behind a progress line. Ctrl-C closes it at its last committed point."""
    from console.progress import ProgressLine

    with closing(job), ProgressLine(sys.stderr) as line:
        while True:
            try:
                line.show(next(job))
            except StopIteration as end:
                report: T = end.value
                return report


def _show(parsed: Namespace, document: Mapping[str, Any], lines: Iterable[str]) -> int:
    """Print the document or the lines; a reader that has gone away is no problem."""
    from console import documents

    try:
        if parsed.json:
            documents.write(document, sys.stdout.buffer)
        else:
            for line in lines:
                print(line)
            sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at exit: into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


def _tell(sentence: str) -> None:
    with suppress(OSError):  # nobody reads standard error any more
        print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
