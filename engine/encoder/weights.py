"""A file of weights that anybody made -> the tensors that fit a network.

safetensors, or a checkpoint of torch read with ``weights_only``: a stranger's file runs no code.
Neighbour: ``timm_models`` builds the network.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import BundleError, printable

# Under which name trainers keep the network in a checkpoint, the best one first.
NESTED = ("state_dict_ema", "model_ema", "state_dict", "model", "teacher")
PREFIXES = ("module.", "_orig_mod.")  # of networks wrapped by torch
DAMAGED = (
    pickle.UnpicklingError,
    SafetensorError,
    RuntimeError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
)


def read_weights(file: Path) -> dict[str, Tensor]:
    """Tensors of ``file`` by name. Raises ``BundleError`` for a file that is none of the two."""
    name = printable(file)
    try:
        if file.suffix == ".safetensors":
            found: Any = load_file(file)
        else:
            found = torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise BundleError(f"{name} cannot be read ({error.strerror or error}).") from error
    except DAMAGED as error:
        raise BundleError(
            f"{name} holds no weights that can be read safely: give a .safetensors file, or a .pth "
            "file that holds tensors alone."
        ) from error
    for key in NESTED:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
            break
    tensors = {k: v for k, v in _items(found) if isinstance(v, Tensor)}
    if not tensors:
        raise BundleError(f"{name} holds no weights of a network: give another file.")
    for prefix in PREFIXES:
        if all(key.startswith(prefix) for key in tensors):
            tensors = {key.removeprefix(prefix): value for key, value in tensors.items()}
    return tensors


def fitted(
    model: nn.Module,
    state: dict[str, Tensor],
    adapt: Callable[..., dict[str, Tensor]] | None,
    file: Path,
) -> dict[str, Tensor]:
    """What ``model`` (without a classifier) takes of ``state``.

    ``adapt``: timm's own reading of other authors' checkpoints, which resamples position
    embeddings. A classifier is left out; whatever else is missing, left over or of another shape
    is another network. Raises ``BundleError``.
    """
    what = type(model).__name__
    if adapt is not None:
        try:
            state = dict(adapt(state, model))
        except (RuntimeError, AssertionError, KeyError, ValueError, IndexError) as error:
            raise BundleError(_other(file, what, "its tensors cannot be matched")) from error
    own = model.state_dict()
    head = str(getattr(model, "default_cfg", {}).get("classifier", "head"))
    missing = [key for key in own if key not in state]
    extra = [key for key in state if key not in own and not key.startswith(head.split(".")[0])]
    wrong = [key for key in own if key in state and own[key].shape != state[key].shape]
    for keys, words in ((missing, "lacks"), (wrong, "has another shape of"), (extra, "has also")):
        if keys:
            more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
            raise BundleError(_other(file, what, f"it {words} {printable(keys[0])}{more}"))
    return {key: state[key].to(own[key].dtype) for key in own}


def write_weights(state: Mapping[str, Tensor], file: Path) -> None:
    save_file({key: value.contiguous() for key, value in state.items()}, file)


def _items(found: Any) -> list[tuple[str, Any]]:
    return [(str(k), v) for k, v in found.items()] if isinstance(found, Mapping) else []


def _other(file: Path, what: str, reason: str) -> str:
    return (
        f"The weights in {printable(file)} are of another network than the one named "
        f"({what}; {reason}): name the one that they were trained as."
    )
