"""Encoders that a person added: a folder each, with weights and what is known of them.

Shared by all libraries. Nothing appears under an encoder's name before it is whole. Neighbours:
``timm_models`` loads them, ``engine.services.encoders`` adds them. Loads no torch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import BundleError, printable
from engine.settings import encoders_folder

FORMAT = 1
ABOUT = "encoder.json"
WEIGHTS = "weights.safetensors"
ARCHITECTURE = re.compile(r"[A-Za-z0-9_]{1,100}")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,150}")


@dataclass(frozen=True)
class Installed:
    """``weights``: the fingerprint that travels with every vector (``EncoderSpec.weights``)."""

    name: str
    architecture: str  # timm's name of the network
    image_size: int  # pixels
    weights: str
    source: str  # where it came from, for people
    licence: str  # as its source tells; empty where that is not known

    @property
    def folder(self) -> Path:
        return encoders_folder() / self.name

    @property
    def weights_file(self) -> Path:
        return self.folder / WEIGHTS


def name_of(architecture: str, image_size: int, weights: str) -> str:
    """The same weights at the same size have the same name, and no others."""
    return f"{architecture}-{image_size}px-{weights[:8]}"


def write(encoder: Installed, folder: Path) -> None:
    text = json.dumps({"format": FORMAT, **asdict(encoder)}, indent=2)
    (folder / ABOUT).write_text(text, encoding="utf-8")


def all_installed() -> tuple[Installed, ...]:
    """In the order of their names; a damaged one is left out, and told of where it is asked for."""
    found = []
    for file in sorted(encoders_folder().glob(f"*/{ABOUT}")):
        try:
            found.append(_read(file))
        except (OSError, KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def find(name: str, embedded: Sequence[str]) -> Installed:
    """The installed encoder ``name``. Raises ``BundleError``; ``embedded`` are others to name."""
    file = encoders_folder() / name / ABOUT
    if not NAME.fullmatch(name) or not file.is_file():
        known = ", ".join((*embedded, *(each.name for each in all_installed())))
        raise BundleError(
            f"There is no encoder named {printable(name)} on this computer: choose {known}."
        )
    try:
        return _read(file)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"The encoder {name} is damaged ({ABOUT} cannot be read): install it again with "
            "'photoglyph model add' or 'photoglyph model get'."
        ) from error


def _read(file: Path) -> Installed:
    content = json.loads(file.read_bytes())
    if int(content.pop("format")) > FORMAT:
        raise ValueError("made by a newer Photoglyph")
    found = Installed(**content)
    if found.name != file.parent.name or type(found.image_size) is not int:
        raise ValueError("not its own")
    return found
