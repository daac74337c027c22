"""What is installed, and that the pins that cost days to find stay."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

import engine

REPOSITORY = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
REQUIREMENTS = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
LINUX = {"sys_platform": "linux", "platform_system": "Linux"}
MAC = {"sys_platform": "darwin", "platform_system": "Darwin"}


def required(name: str, system: dict[str, str]) -> list[Requirement]:
    return [
        requirement
        for requirement in REQUIREMENTS
        if requirement.name == name
        and (requirement.marker is None or requirement.marker.evaluate(system))
    ]


def test_torch_and_torchvision_are_pinned_to_a_pair() -> None:
    (torch,) = required("torch", LINUX)
    (torchvision,) = required("torchvision", LINUX)
    assert [s.operator for s in (*torch.specifier, *torchvision.specifier)] == ["==", "=="]


def test_pyside_stays_below_6_12() -> None:
    (pyside,) = required("pyside6-essentials", LINUX)
    assert pyside.specifier.contains("6.11.9")
    assert not pyside.specifier.contains("6.12.0")


def test_exactly_one_onnxruntime_is_asked_for_on_every_system() -> None:
    for system, name in ((LINUX, "onnxruntime-gpu"), (MAC, "onnxruntime")):
        names = ("onnxruntime", "onnxruntime-gpu")
        assert [r.name for n in names for r in required(n, system)] == [name]


def test_exactly_one_onnxruntime_torch_and_pyside_are_installed() -> None:
    installed = [name.lower() for d in metadata.distributions() if (name := d.metadata["Name"])]
    assert len([n for n in installed if n in ("onnxruntime", "onnxruntime-gpu")]) == 1
    assert len([n for n in installed if n == "torch"]) == 1
    if sys.platform != "darwin":
        assert "onnxruntime-gpu" in installed
    assert "pyside6" not in installed  # Essentials is enough, the rest is 400 MB


def test_installed_versions_meet_the_requirements() -> None:
    for requirement in REQUIREMENTS:
        if requirement.marker is None or requirement.marker.evaluate():
            version = metadata.version(requirement.name)
            assert requirement.specifier.contains(version, prereleases=True), requirement


def test_samples_lie_beside_the_engine_and_travel_with_a_wheel() -> None:
    samples = Path(engine.__file__).parent.parent / "samples"
    photos = sorted(samples.rglob("*.jpg"))
    assert 60 <= len(photos) <= 80
    assert sum(photo.stat().st_size for photo in photos) < 2_000_000
    setuptools = PROJECT["tool"]["setuptools"]
    assert "samples*" in setuptools["packages"]["find"]["include"]
    patterns = setuptools["package-data"]["*"]
    assert all(any(p.match(pattern) for pattern in patterns) for p in photos)
    assert "README.md" in patterns  # the MIT notice travels with them


def test_every_package_is_installed() -> None:
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = {init.parent.name for init in REPOSITORY.glob("*/__init__.py")} - {"tests"}
    assert packages <= {pattern.removesuffix("*") for pattern in include}


def test_what_the_program_imports_is_declared() -> None:
    """Names that are imported but come with nobody's requirement would break a user's install."""
    own = {path.stem for path in REPOSITORY.iterdir()}
    providers = metadata.packages_distributions()
    declared = {_canonical(r.name) for r in REQUIREMENTS}
    extras = (*_extras("evaluate"), *_extras("raw"))
    declared |= {_canonical(Requirement(text).name) for text in extras}
    missing = set()
    for layer in ("console", "desktop", "engine", "export"):
        for file in (REPOSITORY / layer).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_bytes())):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names = [node.module]
                else:
                    continue
                for top in {name.split(".")[0] for name in names} - own:
                    if top in sys.stdlib_module_names:
                        continue
                    if not {_canonical(d) for d in providers.get(top, [])} & declared:
                        missing.add(f"{file.relative_to(REPOSITORY)}: {top}")
    assert missing == set()


def _extras(name: str) -> list[str]:
    extras: list[str] = PROJECT["project"]["optional-dependencies"][name]
    return extras


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
