"""What each part of the search brings, as Markdown tables and plots, with one command.

    python -m tests.bench.ablation LABELS.csv [--features FILE.npz] [--out FOLDER] [--only NAME ...]

Photos are encoded once. Every set is a library of its own gallery, asked with its queries; "mixed"
is one library of the train and gallery photos of all sets. The tree score ranks, without the
Transformer's correction, in the whitened space: no decoder and no projection is trained. Nothing
is chosen here: settings are those that are shipped, and queries are asked once.
"""
# ruff: noqa: T201  (a program that prints its tables)

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engine.search.searcher import GenerativeIndex
from engine.search.second_look import LENGTH
from engine.services.evaluating_engines import identifier_bytes
from engine.tokenizer.packing import bits_per_level
from engine.tokenizer.space import Space, fit_space, unit
from engine.training.sizes import identifier_size
from tests.bench import small_libraries as small
from tests.bench.embedded import Ints, Photos, embedded
from tests.bench.markdown import machine, table
from tests.bench.small_libraries import Figures, Grown, Recall, Trained

SECTIONS = (
    *("space", "second_look", "labels", "learning_curve"),
    *("identifiers", "beam", "growth"),
)
BEAMS = (30, 100, 300, 500)
SIZES = ((3, 256), (4, 128), (4, 256), (7, 256), (3, 1024))  # 8x256 does not fit 63 bits
LENGTHS = (25, 50, 100, 200)
FITTED = (0.2, 0.4, 0.6, 0.8, 1.0)
GIVEN = (0.0, 0.125, 0.25, 0.5, 1.0)
INSERTED = 0.2
ASKED = 400  # queries of the mixed library
FEWEST_A_CODE = 7  # photos; with fewer a codebook is not tried
KNOWN = 0.5  # of the gallery's photos of seen labels, as --labels-in-training 0.5

WAYS = (
    "identifiers alone",
    "beam 100, rescored",
    "beam 300, rescored",
    "beam 500, best 100 rescored",
    "beam 500, best 300 rescored",
)
TRIPLE = "R@1 / P@20 / mAP@100"
RECALL = "all (old / inserted)"


class Ablation:
    def __init__(self, photos: Photos, out: Path | None) -> None:
        self._photos = photos
        self._out = out
        self._sets = list(dict.fromkeys(photos.set.tolist()))
        #: sets with labels that may be known and labels that may not
        self._labelled = [name for name in self._sets if 0 < self._queries(name).seen.mean() < 1]
        self._before: dict[str, list[float]] = {}

    def tables(self, only: Sequence[str] = SECTIONS) -> Iterator[str]:
        """One a section."""
        for name in only:
            start = time.monotonic()
            yield getattr(self, name)()
            print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)

    # Own galleries

    def space(self) -> str:
        rows: dict[str, list[str]] = {}
        for name in self._sets:
            library, queries = self._trained(name, 0.0).library(), self._queries(name)
            gallery, asked = library.photos.embedding, queries.embedding
            mean = gallery.mean(0)
            spaces = {
                "cosine": (unit(gallery), unit(asked)),
                "centred": (unit(gallery - mean), unit(asked - mean)),
            }
            for words, power in (
                ("PCA 256", 0.0),
                ("PCA 256, whitened by power .25 (the default)", 0.25),
                ("PCA 256, whitened by power .5", 0.5),
            ):
                fitted = (
                    self._space(name, False) if power == 0.25 else fit_space(gallery, power=power)
                )
                spaces[words] = fitted.project(gallery), fitted.project(asked)
            for words, (z, q) in spaces.items():
                found = small.scanned(z, q, library, queries)
                rows.setdefault(words, []).append(found.short)
                if words == "cosine" or "default" in words:
                    self._remember("cosine" if words == "cosine" else "whitened", name, found)
        return self._by_set("Space: exact search, no labels", "space", rows)

    def second_look(self) -> str:
        rows: dict[str, list[str]] = {}
        for name in self._sets:
            queries, longest = self._queries(name), self._trained(name, 0.0).with_longest_lists()
            plain = small.without_second_look(longest)
            rows.setdefault("off", []).append(small.searched(plain, queries).short)
            for length in LENGTHS:
                found = small.searched(small.with_lists_of(longest, length), queries)
                words = f"lists of {length}" + (" (shipped)" if length == LENGTH else "")
                rows.setdefault(words, []).append(found.short)
                if length == LENGTH:
                    self._remember("generative, no labels", name, found)
        return self._by_set("Second look: generative search, no labels", "second look", rows)

    def labels(self) -> str:
        lines = []
        for words, ties, classes in (
            ("none", False, False),
            ("ties of the graph", True, False),
            ("classes in u", False, True),
            ("both (shipped)", True, True),
        ):
            for rescored in (True, False):
                line = [words, "rescored" if rescored else "ids alone"]
                for name in self._labelled:
                    library = self._trained(name, KNOWN).library(ties=ties, classes=classes)
                    found = small.searched(library, self._queries(name), rescored=rescored)
                    line += [found.short, f"{found.seen:.3f}", f"{found.unseen:.3f}"]
                    if rescored and ties and classes:
                        self._remember("generative, labels", name, found)
                lines.append(line)
        missing = len(self._sets) - len(self._labelled)
        self._before.setdefault("generative, labels", []).extend([float("nan")] * missing)
        self._draw_before()
        header = ["labels as", "ranked by"]
        for name in self._labelled:
            header += [f"{name} {TRIPLE}", "seen", "unseen"]
        return _section(
            f"Labels of the train split and of {KNOWN:.0%} of the gallery's photos of seen labels",
            header,
            lines,
        )

    def learning_curve(self) -> str:
        lines: list[list[str]] = []
        drawn: dict[str, list[tuple[float, float]]] = {}
        for name in self._labelled:
            queries = self._queries(name)
            for share in GIVEN:
                library = self._trained(name, share, of_all=share > 0).library()
                found = small.searched(library, queries)
                for words, value in (("seen", found.seen), ("unseen", found.unseen)):
                    drawn.setdefault(f"{name}, {words} labels", []).append((share, value))
                lines.append(
                    [name, f"{share:g}", found.short, f"{found.seen:.3f}", f"{found.unseen:.3f}"]
                )
        if self._out is not None and drawn:
            from tests.bench import plots

            plots.lines(
                self._out / "learning-curve.svg",
                "What labels bring",
                ("share of the photos of seen labels that are labelled", "mAP@100"),
                drawn,
            )
        header = ["set", "labelled", TRIPLE, "seen", "unseen"]
        title = "Learning curve: share of the photos (train split, gallery) of seen labels"
        return _section(title, header, lines)

    # Mixed library

    def identifiers(self) -> str:
        grown, photos = self._grown(1 - INSERTED), self._mixed
        lines: list[list[str]] = []
        drawn: dict[str, list[tuple[float, float, str]]] = {}
        for levels, codes in SIZES:
            if codes * FEWEST_A_CODE > len(photos):
                continue
            index = grown.index(levels, codes)
            packed = levels * bits_per_level(codes) / 8
            line = [f"{levels}x{codes}", f"{packed:.2g}", f"{identifier_bytes(index):.0f}"]
            for words, found in _ways(grown, index):
                line.append(found.short)
                drawn.setdefault(words, []).append((packed, found.of_all, f"{levels}x{codes}"))
            lines.append(line)
        if self._out is not None:
            from tests.bench import plots

            plots.points(
                self._out / "recall-bytes.svg",
                "Recall against bytes of an identifier",
                ("bytes a photo, packed", "recall@10 of exact"),
                drawn,
            )
        header = ["M x K", "bytes", "with the trie", f"identifiers alone: {RECALL}", *WAYS[1:]]
        return _section(self._mixed_title("Identifiers"), header, lines)

    def beam(self) -> str:
        grown = self._grown(1 - INSERTED)
        index = grown.index(*identifier_size(round(len(self._mixed) * (1 - INSERTED))))
        lines: list[list[str]] = []
        drawn: dict[str, list[tuple[float, float]]] = {}
        for beam in BEAMS:
            line = [str(beam)]
            for rescored in (False, True):
                found = grown.recall(index, beam, rescored=rescored)
                line += [found.short, f"{found.ms:.2f}"]
                how = "rescored" if rescored else "identifiers alone"
                for words, value in (("old", found.of_old), ("inserted", found.of_inserted)):
                    drawn.setdefault(f"{how}, {words}", []).append((beam, value))
            lines.append(line)
        if self._out is not None:
            from tests.bench import plots

            plots.lines(
                self._out / "recall-beam.svg",
                "Recall against width of the beam",
                ("beam", "recall@10 of exact"),
                drawn,
                logarithmic=True,
            )
        header = ["beam", f"identifiers alone: {RECALL}", "ms", f"rescored: {RECALL}", "ms"]
        return _section(self._mixed_title("Beam"), header, lines)

    def growth(self) -> str:
        lines: list[list[str]] = []
        drawn: dict[str, list[tuple[float, float]]] = {}
        for share in FITTED:
            grown = self._grown(share)
            size = identifier_size(round(len(self._mixed) * share))
            index = grown.index(*size)
            line = [f"{share:.0%}", "{}x{}".format(*size)]
            for words, found in _ways(grown, index):
                line.append(found.short)
                drawn.setdefault(words, []).append((share, found.of_all))
            lines.append(line)
        if self._out is not None:
            from tests.bench import plots

            plots.lines(
                self._out / "growth.svg",
                "Fitted on a part of the library, asked in the whole",
                ("share that was there at the last training", "recall@10 of exact"),
                drawn,
            )
        header = ["fitted on", "M x K", f"identifiers alone: {RECALL}", *WAYS[1:]]
        return _section(self._mixed_title("Growth: what training again would bring"), header, lines)

    @functools.cached_property
    def _mixed(self) -> Photos:
        return self._photos[np.flatnonzero(self._photos.split != "query")]

    def _mixed_title(self, words: str) -> str:
        return (
            f"{words}: recall@10 of exact search in the same space, mixed library of "
            f"{len(self._mixed)} photos"
        )

    @functools.cache  # noqa: B019  (one object a run)
    def _grown(self, share: float) -> Grown:
        """``share`` of the mixed library was there when it was fitted; the same order for all."""
        order = np.random.default_rng(0).permutation(len(self._mixed))
        old = np.zeros(len(order), np.bool_)
        old[order[: round(share * len(order))]] = True
        queries = self._photos[np.flatnonzero(self._photos.split == "query")]
        asked = np.sort(np.random.default_rng(1).permutation(len(queries))[:ASKED])
        return Grown(self._mixed, old, queries[asked])

    # Libraries of one set

    def _queries(self, name: str) -> Photos:
        chosen = (self._photos.set == name) & (self._photos.split == "query")
        return self._photos[np.flatnonzero(chosen)]

    @functools.cache  # noqa: B019
    def _trained(self, name: str, known: float, *, of_all: bool = False) -> Trained:
        """The gallery of a set; with ``known`` labels its train split too, which is never found.

        ``known``: share of the labels of the gallery's photos of seen labels, beside all of the
        train split; ``of_all``: of both.
        """
        splits = ["gallery", "train"] if known else ["gallery"]
        chosen = (self._photos.set == name) & np.isin(self._photos.split, splits)
        photos = self._photos[np.flatnonzero(chosen)]
        told = _told(photos, known)
        if known and not of_all:
            told[photos.split == "train"] = photos.label[photos.split == "train"]
        return Trained(photos, told, photos.split == "gallery", self._space(name, bool(known)))

    @functools.cache  # noqa: B019
    def _space(self, name: str, with_train: bool) -> Space:
        """Of the gallery of a set, or of its train split too."""
        of_set = (self._photos.set == name) & (self._photos.split != "query")
        chosen = of_set & (with_train | (self._photos.split == "gallery"))
        return fit_space(self._photos[np.flatnonzero(chosen)].embedding)

    def _remember(self, row: str, name: str, found: Figures) -> None:
        self._before.setdefault(row, []).append(found.map_100)

    def _draw_before(self) -> None:
        if self._out is None or len(self._before) < 4:  # rows of sections that were not asked for
            return
        from tests.bench import plots

        order = [n for n in self._sets if n in self._labelled]
        order += [n for n in self._sets if n not in self._labelled]
        places = [self._sets.index(name) for name in order]
        drawn = {
            row: values if row == "generative, labels" else [values[p] for p in places]
            for row, values in self._before.items()
        }
        title = "Before and after training"
        plots.bars(self._out / "before-after.svg", title, order, drawn, "mAP@100")

    def _by_set(self, title: str, first: str, rows: dict[str, list[str]]) -> str:
        header = [first, *(f"{name} {TRIPLE}" for name in self._sets)]
        return _section(title, header, ([words, *line] for words, line in rows.items()))


def _ways(grown: Grown, index: GenerativeIndex) -> Iterator[tuple[str, Recall]]:
    """Recall of every one of ``WAYS``."""
    yield WAYS[0], grown.recall(index, 100, rescored=False)
    yield WAYS[1], grown.recall(index, 100)
    yield WAYS[2], grown.recall(index, 300)
    yield WAYS[3], grown.recall_of_best(index, 500, 100)
    yield WAYS[4], grown.recall_of_best(index, 500, 300)


def _told(photos: Photos, share: float) -> Ints:
    """Labels of ``share`` of the photos of every seen label, -1 for the others."""
    told = np.full(len(photos), -1, np.int64)
    rng = np.random.default_rng(0)
    for label in np.unique(photos.label[photos.seen]):
        for split in ("gallery", "train"):
            members = np.flatnonzero((photos.label == label) & (photos.split == split))
            told[rng.permutation(members)[: round(share * len(members))]] = label
    return told


def _section(title: str, header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    return f"**{title}**\n\n{table(header, lines)}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--features", type=Path, metavar="FILE.npz", help="keep embeddings here")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the plots here")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    chosen = parser.parse_args()
    if chosen.out is not None:
        chosen.out.mkdir(parents=True, exist_ok=True)
    photos = embedded(chosen.labels, chosen.features)
    print(f"{len(photos)} photos; {machine()}.\n")
    for section in Ablation(photos, chosen.out).tables(chosen.only):
        print(section, flush=True)


if __name__ == "__main__":
    main()
