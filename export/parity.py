"""torch against ONNX Runtime on real photos, at other sizes than the exported ones."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from engine.encoder.pooling import pool_patches
from engine.encoder.timm_models import PooledEncoder
from engine.errors import TrainingError
from engine.retriever.model import Retriever
from engine.search.ports import Decoder, Encoded, Encoder, Floats

# Largest absolute differences that are rounding; the measured ones are ten times smaller.
ENCODER_LIMIT = 1e-3
DECODER_LIMIT = 1e-3
# Of half precision, as a share of an embedding's length: photos of one scene lie ten times as far
# apart and more.
HALF_LIMIT = 1e-2


def check_encoder(
    torch_encoder: PooledEncoder, encoder: Encoder, pixels: NDArray[np.uint8]
) -> dict[str, float]:
    """Compare at batch sizes 1 and all of ``pixels`` (B, S, S, 3). Raises ``TrainingError``."""
    worst = {"encoder_embedding": 0.0, "encoder_patches": 0.0}
    with torch.inference_mode():
        for batch in (pixels[:1], pixels):
            expected = torch_encoder(torch.from_numpy(batch))
            answer = encoder.encode(batch)
            _note(worst, "encoder_embedding", expected[0], answer.embedding)
            # Patches are unbounded: the difference is told relative to the largest value.
            scale = float(expected[1].abs().max())
            _note(worst, "encoder_patches", expected[1] / scale, answer.patches / scale)
    _refuse(worst, ENCODER_LIMIT)
    return worst


def check_half(
    torch_encoder: PooledEncoder, half: Encoder, pixels: NDArray[np.uint8]
) -> dict[str, float]:
    """Compare half precision with single as :func:`check_encoder` does; distances are relative."""
    worst = {"half_embedding": 0.0, "half_patches": 0.0}
    with torch.inference_mode():
        expected = [part.numpy() for part in torch_encoder(torch.from_numpy(pixels))]
        answer = half.encode(pixels)
    for name, one, other in zip(worst, expected, (answer.embedding, answer.patches), strict=True):
        length = np.linalg.norm(one, axis=-1).max()
        worst[name] = float(np.linalg.norm(other - one, axis=-1).max() / length)
    _refuse(worst, HALF_LIMIT)
    return worst


def drawn_pictures(side: int) -> NDArray[np.uint8]:
    """Five smooth pictures (5, side, side, 3), for where no photo is known yet."""
    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(5, 3, 9, 9, generator=generator)
    smooth = torch.nn.functional.interpolate(coarse, (side, side), mode="bicubic")
    drawn: NDArray[np.uint8] = (
        (smooth.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).contiguous().numpy()
    )
    return drawn


def check_decoder(
    retriever: Retriever, decoder: Decoder, encoded: Encoded, seed: int = 0
) -> dict[str, float]:
    """Compare z, candidates' scores and steps for several batch, beam and prefix sizes.

    ``encoded``: of at least two photos, patches not pooled yet. Raises ``TrainingError``.
    """
    retriever = retriever.cpu().eval()
    c = retriever.config
    rng = np.random.default_rng(seed)
    patches = pool_patches(encoded.patches)
    worst = {"z": 0.0, "paths": 0.0, "correction": 0.0}
    with torch.inference_mode():
        for batch, beams in ((1, 1), (1, 17), (len(patches), 4)):
            codes = rng.integers(0, c.codes, (batch, beams, c.levels))
            embedding, pooled = encoded.embedding[:batch], patches[:batch]
            z, memory = retriever.begin(torch.from_numpy(embedding), torch.from_numpy(pooled))
            expected = retriever(z, memory, torch.from_numpy(codes))  # (B, W, M, K)
            state = decoder.begin(embedding, pooled)
            _note(worst, "z", z, state.z)
            own = retriever.score(z, memory, torch.from_numpy(codes))  # (B, W, M)
            _note(worst, "paths", own, decoder.score(state, codes))
            for level in range(c.levels):
                prefix = codes[:, :1, :0] if level == 0 else codes[:, :, :level]
                correction, state = decoder.step(state, prefix)
                _note(worst, "correction", expected[:, : prefix.shape[1], level], correction)
                if level == 0:
                    state = decoder.select(state, np.zeros((batch, beams), np.int64))
    _refuse(worst, DECODER_LIMIT)
    return worst


def _note(worst: dict[str, float], name: str, expected: torch.Tensor, answer: Floats) -> None:
    difference = float(np.abs(expected.cpu().numpy() - answer).max())
    worst[name] = max(worst[name], difference)


def _refuse(worst: dict[str, float], limit: float) -> None:
    drifted = {name: d for name, d in worst.items() if not d <= limit}  # NaN drifts too
    if drifted:
        figures = ", ".join(f"{name} by {d:.2g}" for name, d in drifted.items())
        raise TrainingError(
            f"The exported model differs from the trained one ({figures}): it was not published; "
            "the model in use is unchanged."
        )
