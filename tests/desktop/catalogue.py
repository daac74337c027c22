"""Keeps ``desktop/translations`` in step with the sentences in the source, and compiles it.

    python -m tests.desktop.catalogue

New sentences are added without a translation, those that are gone are dropped. Sentences are read
from the syntax tree: ``lupdate`` takes the context from the class around a call and cannot be told
that there is one context for all.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

import PySide6

from desktop.translations import FOLDER, Language
from desktop.words.language import CONTEXT

DESKTOP = FOLDER.parent
DOORS = {"translate": 0, "t": 0, "told": 0, "counted": 2}  # the argument that a catalogue knows


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence of the source; ``forms`` are its translations, several where it is counted."""

    source: str
    counted: bool
    forms: tuple[str, ...] = ()


def calls() -> Iterator[tuple[Path, ast.Call, str, ast.expr]]:
    """Every call of a door: its file, itself, the door's name, and the sentence's expression."""
    for file in sorted(DESKTOP.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes(), file)):
            if not isinstance(node, ast.Call):
                continue
            door = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            door = node.func.id if isinstance(node.func, ast.Name) else door
            if door in DOORS and len(node.args) > DOORS[door]:
                yield file, node, door, node.args[DOORS[door]]


def sentences() -> dict[str, Message]:
    """What the source says, in its own order."""
    return {
        said.value: Message(said.value, door == "counted")
        for _, _, door, said in calls()
        if isinstance(said, ast.Constant) and isinstance(said.value, str)
    }


def read(file: Path) -> dict[str, Message]:
    """A ``.ts`` file; messages without a translation have no forms."""
    found = {}
    for message in Xml.parse(file).iter("message"):
        translation = message.find("translation")
        assert translation is not None
        counted = message.get("numerus") == "yes"
        forms = [form.text or "" for form in translation.iter("numerusform")]
        if not counted and translation.text:
            forms = [translation.text]
        source = message.findtext("source") or ""
        found[source] = Message(source, counted, tuple(forms) if all(forms) else ())
    return found


def write(file: Path, language: Language, messages: list[Message]) -> None:
    root = Xml.Element("TS", version="2.1", language=language.value, sourcelanguage="en")
    context = Xml.SubElement(root, "context")
    Xml.SubElement(context, "name").text = CONTEXT
    for message in messages:
        entry = Xml.SubElement(context, "message", {"numerus": "yes"} if message.counted else {})
        Xml.SubElement(entry, "source").text = message.source
        translation = Xml.SubElement(entry, "translation")
        if not message.forms:
            translation.set("type", "unfinished")
        elif message.counted:
            for form in message.forms:
                Xml.SubElement(translation, "numerusform").text = form
        else:
            translation.text = message.forms[0]
    Xml.indent(root, "  ")
    text = Xml.tostring(root, encoding="unicode")
    file.write_text(
        f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{text}\n', encoding="utf-8"
    )


def compile_catalogue(file: Path, compiled: Path) -> None:
    """``lrelease`` as it comes with PySide6."""
    tool = Path(PySide6.__file__).parent / "lrelease"
    subprocess.run([tool, "-silent", file, "-qm", compiled], check=True, capture_output=True)


def update(language: Language) -> list[str]:
    """Bring one language's files up to date; returns the sentences that have no translation."""
    file = FOLDER / f"photoglyph_{language}.ts"
    known = read(file) if file.exists() else {}
    messages = []
    for source, message in sentences().items():
        old = known.get(source)
        messages.append(old if old and old.counted == message.counted else message)
    write(file, language, messages)
    compile_catalogue(file, file.with_suffix(".qm"))
    return [message.source for message in messages if not message.forms]


if __name__ == "__main__":
    for spoken in Language:
        if spoken not in (Language.SYSTEM, Language.ENGLISH):
            for missing in update(spoken):
                print(f"{spoken}: not translated: {missing}")  # noqa: T201
