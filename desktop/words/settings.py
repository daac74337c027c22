"""What the settings say, and what else concerns the program itself."""

from __future__ import annotations

from desktop.words.language import DOT, translate
from desktop.words.quantities import size
from engine.types import LibraryStatus


def disk(status: LibraryStatus | None) -> str:
    """What the library's parts take, such as "Database 12 MB · thumbnails 130 MB"."""
    if status is None:
        return ""
    names = {
        "database": translate("Database {size}"),
        "thumbnails": translate("thumbnails {size}"),
        "vectors": translate("vectors {size}"),
        "models": translate("models {size}"),
    }
    known = [(names[part], taken) for part, taken in status.bytes.items() if part in names]
    return DOT.join(text.format(size=size(taken)) for text, taken in known)


def encoder(name: str) -> str:
    return {
        "tf_efficientnet_lite2": translate("EfficientNet-Lite2: finds more"),
        "tf_efficientnet_lite0": translate("EfficientNet-Lite0: faster"),
    }.get(name, name)


def encoder_stays() -> str:
    return translate("A library keeps the model that read its photos.")


def running_on(status: LibraryStatus | None) -> str:
    """Where models run now."""
    if status is None:
        return ""
    if status.device == "cpu":
        return translate("Models run on the processor now.")
    return translate("Models run on the graphics card now ({device}).").format(
        device=status.device.upper()
    )


def no_gpu() -> str:
    return translate(
        "No graphics card was found that models can use. Everything works on the processor; "
        "indexing and training take longer."
    )


def opens_again() -> str:
    return translate("This takes effect when the window opens again.")


def entry_added() -> str:
    return translate("Photoglyph is in the menu of applications and under “Open with” now.")
