"""One device or several: all of it is Hugging Face Accelerate's.

``accelerate launch`` starts a process a device; each of them runs the same code on its share of
every batch. What is drawn or fitted is the same in all of them; the main one's counts.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TypeVar

import torch
from accelerate import Accelerator
from accelerate.utils import (
    DataLoaderConfiguration,
    DistributedDataParallelKwargs,
    broadcast_object_list,
)

from engine.errors import TrainingError
from engine.settings import PaperRecipe
from engine.training.start import device_of
from engine.types import Job

T = TypeVar("T")

WORKERS = 8  # decoding beside a GPU


def accelerator_of(device: str) -> Accelerator:
    """``device``: auto, cpu or cuda; bf16 where a GPU has it: it needs no scaling of the loss.

    Raises ``TrainingError`` where there is no such device.
    """
    kind = device_of(device)
    gpu = kind.type == "cuda"
    return Accelerator(
        cpu=not gpu,
        mixed_precision="bf16" if gpu and torch.cuda.is_bf16_supported(False) else "no",
        # A batch is shared, not multiplied: the recipe stays the recipe on any number of devices.
        dataloader_config=DataLoaderConfiguration(split_batches=True),
        # Networks come with parts that no loss reaches: a classifier, the last norm.
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
    )


def check_shares(accelerator: Accelerator, recipe: PaperRecipe) -> None:
    """Raises ``TrainingError`` where batches cannot be shared evenly."""
    for batch in (recipe.tokenizer_batch, recipe.decoder_batch):
        if batch % accelerator.num_processes:
            raise TrainingError(
                f"{accelerator.num_processes} devices cannot share a batch of {batch} photos "
                "evenly: launch another number of processes."
            )


def workers_of(accelerator: Accelerator) -> int:
    """Decoding processes of each training process: none where training itself fills the cores."""
    if accelerator.device.type == "cpu":
        return 0
    own: int = (os.cpu_count() or 1) // accelerator.num_processes
    return max(1, min(WORKERS, own))


def agreed(value: T) -> T:
    """The main process' ``value``, in every process."""
    found: T = broadcast_object_list([value])[0]
    return found


def told(job: Job[T], accelerator: Accelerator) -> Job[T]:
    """``job``, which says nothing but in the main process."""
    with closing(job):
        while True:
            try:
                progress = next(job)
            except StopIteration as end:
                result: T = end.value
                return result
            if accelerator.is_main_process:
                yield progress
