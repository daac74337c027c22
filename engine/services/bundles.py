"""Generations as archives: taken out of a library, and brought into another.

An archive is a stranger's file: the exporter checks names, sizes, hashes and what is in it before
anything is kept, and a bundle of another encoder than the library's is refused. An import that
fails leaves nothing behind.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.errors import BundleError, LibraryError, printable
from engine.search.graph import Graph, mutual_neighbours
from engine.search.ports import Exporter
from engine.services import identifying
from engine.store import diffusion, generations, models, vectors
from engine.store.database import Library
from engine.tokenizer.model import Tokenizer
from engine.training.teacher import Taught, teach

ARITHMETIC = (ArithmeticError, IndexError, MemoryError, ValueError)  # numpy, on nonsense


def export(library: Library, exporter: Exporter, generation_id: int, file: Path) -> int:
    """Write the bundle of ``generation_id`` to ``file``; returns its size in bytes.

    Raises ``LibraryError`` for an unknown generation, ``BundleError`` for a damaged one or a
    ``file`` that exists or cannot be written.
    """
    for generation in generations.generations(library):
        if generation.generation_id == generation_id:
            return exporter.pack(generation.folder, file)
    raise LibraryError(f"There is no model {generation_id}: 'photoglyph model list' shows them.")


def import_(library: Library, exporter: Exporter, file: Path) -> int:
    """Add the bundle in ``file`` as a finished generation that does not answer yet.

    Every photo gets its identifier, and the second look its lists. Returns the generation's id.
    """
    with library.read() as connection:
        current = models.current(connection)
    if current is None:
        raise LibraryError(
            "A model is imported into a library that has photos: run 'photoglyph index FOLDER' "
            "first."
        )
    model_id, expected = current
    name = printable(file)
    with library.claim("training"):
        folder = generations.free_folder(library)
        spec = exporter.unpack(file, folder)
        try:
            if spec != expected:
                raise BundleError(
                    f"The model in {name} belongs to another encoder ({printable(spec.name)}) than "
                    f"this library ({expected.name}): import one that was trained with it."
                )
            return _adopt(library, folder, model_id, spec.embedding_width, name)
        except BaseException:
            generations.remove_folder(folder)
            raise


def _adopt(library: Library, folder: Path, model_id: int, width: int, name: str) -> int:
    """Rows, identifiers and lists of the bundle in ``folder``: all of them or none."""
    tokenizer = Tokenizer.load(folder)
    quantizer = tokenizer.quantizer
    with library.write(visible=False) as connection:
        number = generations.create(
            connection, model_id, quantizer.levels, quantizer.codes, folder.name
        )
    try:
        (added,) = [g for g in generations.generations(library) if g.generation_id == number]
        identifying.assign(library, added)
        _make_lists(library, number, model_id, width, tokenizer)
        with library.write(visible=False) as connection:
            generations.finish(connection, number, None)
    except BaseException as error:
        with library.write(visible=False) as connection:
            generations.forget(connection, number)
        diffusion.remove_lists(library, number)
        if isinstance(error, ARITHMETIC):
            raise BundleError(
                f"The model in {name} cannot describe this library's photos: it is damaged, or was "
                "made for other photos."
            ) from error
        raise
    return number


def _make_lists(
    library: Library, generation_id: int, model_id: int, width: int, tokenizer: Tokenizer
) -> None:
    table = vectors.table(library, model_id)
    embeddings = vectors.open_vectors(
        library, model_id, table.embedding_ids, width, f"model-{model_id}"
    )
    z = np.concatenate([tokenizer.space.project(block) for _, block in embeddings.blocks()])
    *_, graph = mutual_neighbours(z)
    assert isinstance(graph, Graph)  # the last that mutual_neighbours yields
    *_, taught = teach(z, graph)
    assert isinstance(taught, Taught)  # the last that teach yields
    diffusion.save_lists(library, generation_id, table.content_ids, taught.members, taught.weights)
