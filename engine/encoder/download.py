"""Weights by name, from where timm's authors publish them: only where a person asks.

The one module of Photoglyph that uses a network; nothing imports it but the command that says so.
``Hub`` is the seam: tests bring their own.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.errors import UserError, printable

CHUNK_BYTES = 1 << 20
FILE = "model.safetensors"


@dataclass(frozen=True)
class Offer:
    """What would be downloaded. ``sha256`` is empty where the source tells none."""

    name: str  # timm's, with its tag: vit_base_patch16_clip_224.openai
    source: str
    licence: str
    size_bytes: int
    sha256: str = ""


class Hub(Protocol):
    def offer(self, name: str) -> Offer:
        """Raises ``UserError``: no such model, or no connection."""
        ...

    def chunks(self, offer: Offer) -> Iterator[bytes]:
        """The file, piece by piece. Raises ``UserError`` where the connection ends."""
        ...


class PublicHub:
    """The hub that timm's pretrained weights lie on."""

    def offer(self, name: str) -> Offer:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError

        from engine.encoder.timm_models import pretrained_source

        source, licence = pretrained_source(name)
        try:
            about = HfApi().model_info(source, files_metadata=True)
        except (HfHubHTTPError, OSError) as error:
            raise _unreachable(name, error) from error
        for file in about.siblings or ():
            if file.rfilename == FILE:
                told = getattr(about.card_data, "license", None)
                sha256 = "" if file.lfs is None else file.lfs.sha256
                return Offer(name, source, str(told or licence), int(file.size or 0), sha256)
        raise UserError(f"The weights of {name} are not published as {FILE}: choose another model.")

    def chunks(self, offer: Offer) -> Iterator[bytes]:
        from huggingface_hub import hf_hub_url

        try:
            with closing(urllib.request.urlopen(hf_hub_url(offer.source, FILE))) as answer:
                while chunk := answer.read(CHUNK_BYTES):
                    yield chunk
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(offer.name, error) from error


def fetch(hub: Hub, offer: Offer, file: Path) -> Iterator[int]:
    """Write the offered weights to ``file`` and yield the bytes so far.

    Raises ``UserError`` where they are not what was offered, or cannot be written.
    """
    digest, done = hashlib.sha256(), 0
    try:
        with file.open("wb") as out:
            for chunk in hub.chunks(offer):
                out.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                yield done
    except OSError as error:
        raise UserError(
            f"{printable(file)} cannot be written ({error.strerror or error}): free some space."
        ) from error
    if done != offer.size_bytes or (offer.sha256 and digest.hexdigest() != offer.sha256):
        raise UserError(
            f"The download of {printable(offer.name)} is not what was offered ({done} of "
            f"{offer.size_bytes} bytes): try again."
        )


def _unreachable(name: str, error: Exception) -> UserError:
    return UserError(
        f"The weights of {printable(name)} cannot be downloaded ({type(error).__name__}): check "
        "the connection, or give a file with 'photoglyph model add'."
    )
