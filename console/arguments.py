"""The command line's grammar: commands, options, and what their values must look like.

Wrong usage ends with exit code 2, which argparse raises. The global options are understood before
and after the command.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from engine.settings import DEFAULT_TOP, default_library

COMMANDS = (
    *(
        "index",
        "train",
        "search",
        "saved",
        "explore",
        "duplicates",
        "evaluate",
        "status",
        "doctor",
        "backup",
    ),
    "model",
)
ENGINES = ("auto", "generative", "exact")
LIKENESSES = ("content", "colour", "composition", "blend")
LABELS = ("auto", "albums", "events", "none")
ORIENTATIONS = ("landscape", "portrait", "square")
# What people call a format -> what the library calls it.
TYPES = {
    **{name: name.upper() for name in ("jpeg", "png", "webp", "gif", "tiff", "bmp", "avif", "raw")},
    **{"jpg": "JPEG", "tif": "TIFF", "heic": "HEIF", "heif": "HEIF"},
}
BENCHMARKS = ("cub200", "cars196", "inshop", "imagenet", "places365")
DEVICES = ("auto", "cpu", "cuda")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """``command`` is None for the window; paths are ``Path``, dates are aware.

    ``library_given`` is False where ``library`` is the usual one; the window then takes the one
    that was chosen in its settings.

    A first word that is no command opens the window with that image.
    """
    word = _first_word(arguments)
    if word is None or word in COMMANDS:
        parser = _parser()
    elif _looks_like_a_path(word):
        parser = _window_parser()
    else:
        _parser().error(f"there is no command {word!r} (choose from {', '.join(COMMANDS)})")
    parsed = parser.parse_args(arguments)
    parsed.library_given = parsed.library is not None
    parsed.library = parsed.library or default_library()
    if parsed.command is None and parsed.json:
        parser.error("--json needs a command")
    if parsed.command == "evaluate":
        _check_evaluate(parser, parsed)
    return parsed


def _check_evaluate(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    """Labelled photos, copies or a benchmark, and no option that belongs to another."""
    if parsed.benchmark is not None:
        if parsed.labels is not None or parsed.copies is not None:
            parser.error("--benchmark goes without LABELS.csv and --copies")
        if parsed.data is None:
            parser.error("--benchmark needs --data DIR")
        if parsed.recipe != "paper" and (parsed.layers or parsed.epochs or parsed.checkpoint):
            parser.error("--layers, --epochs and --checkpoint go with --recipe paper")
        if parsed.recipe == "paper" and parsed.minutes is not None:
            parser.error("--minutes goes with --recipe ours")
    elif parsed.data or parsed.recipe or parsed.classes or parsed.encoder or parsed.layers:
        parser.error("--data, --recipe, --classes, --encoder and --layers go with --benchmark")
    elif parsed.epochs or parsed.checkpoint:
        parser.error("--epochs and --checkpoint go with --benchmark")
    if parsed.benchmark is not None:
        return
    if (parsed.labels is None) == (parsed.copies is None):
        parser.error("evaluate takes either LABELS.csv or --copies FOLDER")
    if parsed.copies is not None and (
        parsed.set is not None
        or parsed.labels_in_training
        or parsed.inserted
        or parsed.paper_decoder
    ):
        parser.error(
            "--set, --labels-in-training, --inserted and --paper-decoder go with LABELS.csv"
        )
    if parsed.copies is None and parsed.copies_of is not None:
        parser.error("--copies-of goes with --copies FOLDER")


def _first_word(arguments: Sequence[str]) -> str | None:
    """The first argument that is neither a global option nor its value."""
    value_follows = False
    for argument in arguments:
        if value_follows:
            value_follows = False
        elif argument == "--library":
            value_follows = True
        elif not argument.startswith("-"):
            return argument
    return None


def _looks_like_a_path(word: str) -> bool:
    return os.path.lexists(word) or os.sep in word or "." in word


def _globals(*, defaults: bool) -> argparse.ArgumentParser:
    """Global options. A command's copy has no defaults, so that it cannot undo an earlier one."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)

    def default(value: object) -> object:
        return value if defaults else argparse.SUPPRESS

    usual = str(default_library()).replace("%", "%%")
    parser.add_argument(
        "--library",
        type=Path,
        metavar="DIR",
        default=default(None),
        help=f"the library folder (default: {usual})" if defaults else "the library folder",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        default=default(False),
        help="print one JSON document on standard output",
    )
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=default(False),
        help="say more on standard error",
    )
    return parser


def _window_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="photoglyph", parents=[_globals(defaults=True)], allow_abbrev=False
    )
    parser.add_argument("image", type=Path, metavar="IMAGE", help="what to look for")
    parser.set_defaults(command=None)
    return parser


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="photoglyph",
        description="Find photos in your own library by example, offline.",
        epilog="Without a command, or with an IMAGE alone, the window opens.",
        parents=[_globals(defaults=True)],
        allow_abbrev=False,
    )
    parser.set_defaults(image=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    common = [_globals(defaults=False)]

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=_sentence(text), parents=common, allow_abbrev=False
        )

    index = command("index", "add folders and index their photos; without folders, look again")
    index.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    index.add_argument(
        "--retry", action="store_true", help="try files again that could not be used"
    )

    index.add_argument(
        "--encoder",
        metavar="NAME",
        help="read all photos with another encoder (see 'photoglyph model encoders')",
    )
    index.add_argument(
        "--parts",
        action="store_true",
        help="describe what photos show in which place too, for 'search --by-part'; this takes "
        "as long as indexing nineteen times",
    )

    train = command("train", "learn identifiers for the library's photos")
    train.add_argument(
        "--labels",
        type=_labels,
        default="auto",
        metavar="auto|albums|events|none|FILE.csv",
        help="what says that photos belong together (default: %(default)s)",
    )
    train.add_argument(
        "--deep",
        action="store_true",
        help="tune the encoder on the library's photos too: better for hours of a GPU's work, and "
        "used only where it is better",
    )
    _add_training(train)

    search = command("search", "find photos that look like an image, or like several together")
    _add_query(search)
    search.add_argument("--top", type=_positive, default=DEFAULT_TOP, metavar="K")
    search.add_argument(
        "--beam",
        type=_positive,
        metavar="W",
        help="identifiers kept while decoding (by default what training chose, or K if more)",
    )
    search.add_argument("--engine", choices=ENGINES, default="auto")
    search.add_argument(
        "--likeness",
        choices=LIKENESSES,
        default="content",
        help="what to go by: what photos show, their colours, how they are laid out, or all of it",
    )
    _add_filters(search)

    saved = command("saved", "searches that are kept, and find what has come since")
    doings = saved.add_subparsers(dest="action", metavar="ACTION", required=True)

    def doing(name: str, text: str) -> argparse.ArgumentParser:
        return doings.add_parser(
            name, help=text, description=_sentence(text), parents=common, allow_abbrev=False
        )

    doing("list", "those with a name, and the last ones without")
    add_search = doing("add", "keep a search under a name")
    add_search.add_argument("name", metavar="NAME")
    _add_query(add_search)
    _add_filters(add_search)
    run = doing("run", "ask one again")
    run.add_argument("name", metavar="NAME", help="its name, or its number as '#7'")
    run.add_argument("--top", type=_positive, default=DEFAULT_TOP, metavar="K")
    remove = doing("remove", "forget one")
    remove.add_argument("name", metavar="NAME", help="its name, or its number as '#7'")

    explore = command("explore", "look at the library's tree, from coarse to fine")
    explore.add_argument(
        "prefix", nargs="?", type=_prefix, default=(), metavar="PREFIX", help="codes, as 3.17"
    )
    explore.add_argument(
        "--generation", type=_positive, metavar="N", help="whose tree the prefix is of"
    )

    command("duplicates", "list copies, edits and bursts, the best of each first")

    evaluate = command("evaluate", "measure search on labelled photos, or with edited copies")
    evaluate.add_argument("labels", nargs="?", type=Path, metavar="LABELS.csv")
    evaluate.add_argument("--set", metavar="NAME", help="the set to measure")
    evaluate.add_argument(
        "--labels-in-training",
        type=_fraction,
        default=0.0,
        metavar="FRACTION",
        help="train with labels, with this share of the gallery's (default: 0, no labels)",
    )
    evaluate.add_argument(
        "--inserted",
        type=_fraction,
        default=0.0,
        metavar="FRACTION",
        help="index this share of the gallery only after training, and tell how well those photos "
        "are found (default: 0)",
    )
    evaluate.add_argument(
        "--paper-decoder",
        action="store_true",
        help="train and ask the paper's plain decoder too, on the same identifiers (as long again)",
    )
    evaluate.add_argument(
        "--copies",
        type=Path,
        metavar="FOLDER",
        help="ask for photos below FOLDER with screenshots, crops and other copies of them: in "
        "the library where it holds them, else in a temporary one",
    )
    evaluate.add_argument(
        "--copies-of",
        type=_positive,
        metavar="N",
        help="how many photos to ask for (default: 200)",
    )
    benchmarks = evaluate.add_argument_group("the paper's benchmarks")
    benchmarks.add_argument("--benchmark", choices=BENCHMARKS, help="train on it and measure")
    benchmarks.add_argument("--data", type=Path, metavar="DIR", help="its folder, as unpacked")
    benchmarks.add_argument(
        "--recipe", choices=("paper", "ours"), help="whose training (default: ours)"
    )
    benchmarks.add_argument(
        "--classes",
        choices=("closed", "open"),
        help="whether the classes asked for are trained on (closed, the default) or not (open)",
    )
    benchmarks.add_argument("--encoder", metavar="NAME", help="see 'photoglyph model encoders'")
    benchmarks.add_argument(
        "--layers", type=_positive, metavar="N", help="of the paper's decoder (default: 12)"
    )
    benchmarks.add_argument(
        "--epochs", type=_positive, metavar="N", help="of each of the paper's trainings"
    )
    benchmarks.add_argument(
        "--checkpoint",
        type=Path,
        metavar="DIR",
        help="keep the paper's training there after its epochs, and go on from what is kept "
        "(default: nothing is kept)",
    )
    _add_training(evaluate)

    command("status", "what the library holds")
    command("doctor", "look for damage and repair what can be made again")
    backup = command("backup", "copy the library's database while it is in use")
    backup.add_argument("file", type=Path, metavar="FILE")

    model = command("model", "trained generations, and encoders")
    actions = model.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        return actions.add_parser(
            name, help=text, description=_sentence(text), parents=common, allow_abbrev=False
        )

    action("list", "the generations and how well they do")
    use = action("use", "let another generation answer")
    use.add_argument("generation", type=_positive, metavar="N")
    export = action("export", "write a generation's bundle to a file")
    export.add_argument("generation", type=_positive, metavar="N")
    export.add_argument("file", type=Path, metavar="FILE")
    action("encoders", "what photos can be read with")
    add = action("add", "add an encoder from a file of weights")
    add.add_argument("file", type=Path, metavar="FILE", help=".safetensors, or .pth with tensors")
    add.add_argument(
        "--as",
        dest="architecture",
        required=True,
        metavar="NETWORK",
        help="timm's name of the network, as vit_base_patch16_clip_224",
    )
    _add_size(add)
    get = action("get", "download an encoder's weights; nothing else ever uses the network")
    get.add_argument("name", metavar="NAME", help="as vit_base_patch16_clip_224.openai")
    get.add_argument("--yes", action="store_true", help="do not ask before downloading")
    _add_size(get)
    import_ = action("import", "take a bundle from a file")
    import_.add_argument("file", type=Path, metavar="FILE")
    return parser


def _add_query(command: argparse.ArgumentParser) -> None:
    command.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    command.add_argument(
        "--minus", action="append", type=Path, default=[], metavar="IMAGE", help="less like this"
    )
    command.add_argument(
        "--crop",
        type=_crop,
        metavar="X,Y,W,H",
        help="ask with a part of the first image, in pixels",
    )
    command.add_argument(
        "--by-part",
        action="store_true",
        help="look for the images within photos (see 'photoglyph index --parts')",
    )


def _add_filters(command: argparse.ArgumentParser) -> None:
    filters = command.add_argument_group("filters")
    filters.add_argument(
        "--folder",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="only photos below DIR (may be repeated)",
    )
    filters.add_argument(
        "--from", dest="taken_from", type=_first_moment, metavar="DATE", help="YYYY[-MM[-DD]]"
    )
    filters.add_argument(
        "--until", dest="taken_until", type=_last_moment, metavar="DATE", help="YYYY[-MM[-DD]]"
    )
    filters.add_argument("--camera", metavar="NAME")
    filters.add_argument(
        "--type",
        action="append",
        choices=tuple(TYPES),
        default=[],
        help="only files of this type (may be repeated)",
    )
    filters.add_argument("--orientation", choices=ORIENTATIONS)
    filters.add_argument(
        "--node", type=_prefix, default=(), metavar="PREFIX", help="only this part of the tree"
    )
    filters.add_argument(
        "--rating", type=int, choices=range(1, 6), metavar="1-5", help="this many stars or more"
    )


def _add_training(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--device", choices=DEVICES, default="auto", help="where to train (default: %(default)s)"
    )
    command.add_argument(
        "--minutes",
        type=_minutes,
        metavar="N",
        help="train for N minutes at most (a deep training: N for the encoder, N for the rest)",
    )


def _add_size(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--size", type=_positive, metavar="PIXELS", help="side of what it reads (default: its own)"
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _labels(text: str) -> str:
    if text not in LABELS and not text.lower().endswith(".csv"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither {', '.join(LABELS)} nor a .csv file")
    return text


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _minutes(text: str) -> float:
    minutes = _number(text)
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes above 0")
    return minutes


def _fraction(text: str) -> float:
    fraction = _number(text)
    if not 0 <= fraction <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} does not lie between 0 and 1")
    return fraction


def _prefix(text: str) -> tuple[int, ...]:
    if re.fullmatch(r"\d{1,6}(\.\d{1,6})*", text, re.ASCII) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a prefix: write codes as 3.17")
    return tuple(int(code) for code in text.split("."))


def _crop(text: str) -> tuple[int, int, int, int]:
    match = re.fullmatch(r"(\d+),(\d+),(\d+),(\d+)", text, re.ASCII)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not X,Y,W,H in whole pixels")
    x, y, width, height = (int(number) for number in match.groups())
    if width == 0 or height == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is a box of no size")
    return x, y, width, height


def _first_moment(text: str) -> datetime:
    """The beginning of a year, month or day in local time; a full ISO time is taken as it is."""
    return _period(text)[0]


def _last_moment(text: str) -> datetime:
    """The end of a year, month or day in local time; a full ISO time is taken as it is."""
    return _period(text)[1]


def _period(text: str) -> tuple[datetime, datetime]:
    match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text, re.ASCII)
    try:
        if match is None:
            moment = datetime.fromisoformat(text).astimezone()
            return moment, moment
        year, month, day = (None if part is None else int(part) for part in match.groups())
        first = datetime(year or 0, month or 1, day or 1)
        if month is None:
            after = first.replace(year=first.year + 1)
        elif day is None:
            after = (first + timedelta(days=31)).replace(day=1)
        else:
            after = first + timedelta(days=1)
        return first.astimezone(), (after - timedelta(microseconds=1)).astimezone()
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date: write YYYY, YYYY-MM or YYYY-MM-DD"
        ) from None
