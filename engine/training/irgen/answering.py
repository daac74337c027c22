"""A trained recipe's answers: a gallery's identifiers, and its photos by beam search over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from engine.errors import PhotoError
from engine.photos.decode import decode
from engine.search.beam import beam_search
from engine.search.ports import Ints
from engine.search.scores import PlainScore
from engine.search.trie import Trie
from engine.settings import PaperRecipe
from engine.tokenizer.packing import pack
from engine.training.irgen.losses import embedding
from engine.training.irgen.photos import Photos
from engine.training.irgen.training import Trained, embeddings
from engine.training.torch_decoder import TorchDecoder
from engine.types import Job, Progress

GLANCE = 32  # pixels: enough to decode a photo and see that it can be


def unreadable(paths: Sequence[Path], accelerator: Accelerator) -> Job[dict[int, str]]:
    """Which of ``paths`` cannot be read, and the sentence of each."""
    found: list[tuple[int, str]] = []
    with accelerator.split_between_processes(list(range(len(paths)))) as rows:
        for done, row in enumerate(rows):
            if done % 100 == 0:
                yield Progress("looking at the photos", done, len(rows))
            try:
                decode(paths[row], GLANCE)
            except PhotoError as error:
                found.append((row, str(error)))
    return dict(sorted(gather_object(found)))


def trie_of(
    trained: Trained, paths: Sequence[Path], recipe: PaperRecipe, accelerator: Accelerator
) -> Job[Trie]:
    """Identifiers of the gallery's photos, by the frozen tokenizer."""
    photos = Photos(paths, trained.side)
    z = yield from embeddings(trained.tokenizer, photos, accelerator, "identifying")
    return Trie(
        pack(trained.quantizer.encode(z, beam=1), recipe.codes), recipe.levels, recipe.codes
    )


def search(
    trained: Trained,
    trie: Trie,
    paths: Sequence[Path],
    recipe: PaperRecipe,
    accelerator: Accelerator,
) -> Job[list[Ints]]:
    """Rows of the gallery for every query, best identifier first; the beam keeps to ``trie``.

    Photos that share an identifier stand in the gallery's order, as nothing tells them apart.
    Answers are as short as the beam's identifiers have photos.
    """
    queries = Photos(paths, trained.side)
    decoder = TorchDecoder(trained.decoder.cpu())
    answers: list[Ints] = []
    with accelerator.split_between_processes(list(range(len(paths)))) as rows:
        for done, row in enumerate(rows):
            yield Progress("ask", done, len(rows))
            pixels = torch.tensor(queries[row][1][None]).to(accelerator.device)
            with torch.inference_mode(), accelerator.autocast():
                asked = embedding(trained.encoder, pixels)
            state = decoder.begin(*(part.float().cpu().numpy() for part in asked))
            score = PlainScore(decoder, state, unmasked=True)
            beam = beam_search(trie, score, recipe.beam, 1.0)
            answers.append(trie.photos(beam.leaves)[1].astype(np.int64))
    return list(gather_object(answers))
