"""The documents: commands that work as pasted, links that lead somewhere, nothing that drifts."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from console import arguments
from engine.settings import SMALLEST_TRAINABLE

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
DOCUMENTS = sorted(
    [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md"), REPOSITORY / "samples" / "README.md"]
)


def test_the_first_two_blocks_are_the_two_commands_one_line_each() -> None:
    assert SHELL[:2] == [
        "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/photoglyph\n",
        "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' "
        "&& .venv/bin/python -m pytest -q\n",
    ]


def test_the_third_block_installs_qts_packages() -> None:
    words = shlex.split(SHELL[2])
    assert words[:4] == ["sudo", "apt-get", "install", "-y"]
    assert {"libegl1", "libxcb-cursor0", "fonts-dejavu-core"} <= set(words[4:])
    for system in ("Fedora", "macOS", "Windows"):
        assert system in README


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files_that_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)", text)
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_source_files_that_are_named_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:console|desktop|docs|engine|export|samples|tests)/[\w/.-]*)`", text)
    assert [path for path in named if not (REPOSITORY / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_are_shown_are_understood(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    shown = re.findall(r"(?:^|`)photoglyph ((?:[a-z]+ ).*?)(?:`| {2,}|$)", text, re.MULTILINE)
    for line in shown:
        if "COMMAND" not in line:
            assert arguments.parse(shlex.split(line.split("|")[0])).command in arguments.COMMANDS


def test_the_smallest_library_that_is_told_is_that_of_the_code() -> None:
    assert f"({SMALLEST_TRAINABLE} photos or more)" in README


def test_the_check_script_is_sound_shell() -> None:
    script = REPOSITORY / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)


def test_the_licence_is_apache_2() -> None:
    licence = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert licence.lstrip().startswith("Apache License\n")
    third = (REPOSITORY / "THIRD-PARTY.md").read_text(encoding="utf-8")
    for name in ("Qt", "LGPL-3.0", "x265", "EfficientNet", "Marcus Klasson", "CC0"):
        assert name in third


def test_every_sample_is_credited() -> None:
    credits = (REPOSITORY / "samples" / "README.md").read_text(encoding="utf-8")
    folders = [path.name for path in (REPOSITORY / "samples").iterdir() if path.is_dir()]
    assert sorted(folders) == ["clothes", "groceries"]
    assert all(f"## {folder}/" in credits for folder in folders)
    assert "Permission is hereby granted, free of charge" in credits
    photos = len(list((REPOSITORY / "samples").rglob("*.jpg")))
    assert f"{photos} small photos" in credits
