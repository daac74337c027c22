"""The layers: who may import whom, read from the source and proved in fresh processes."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
LAYERS = ("console", "desktop", "engine", "export", "main")

# What training needs and nothing else may load.
TORCH_MODULES = (
    "engine.encoder.timm_models",
    "engine.encoder.weights",
    "engine.retriever.",
    "engine.training.",
    "engine.evaluation.metric_learner",
)
TIMM_DOOR = Path("engine/encoder/timm_models.py")


def sources(*layers: str) -> list[Path]:
    found = []
    for layer in layers:
        single = REPOSITORY / f"{layer}.py"
        found += [single] if single.is_file() else sorted((REPOSITORY / layer).rglob("*.py"))
    return found


def imports(file: Path, *, at_run_time: bool = True) -> Iterator[str]:
    """Dotted names that ``file`` imports, also inside functions.

    ``at_run_time``: leave out what stands under ``if TYPE_CHECKING``.
    """
    tree = ast.parse(file.read_bytes(), file)
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if at_run_time and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def offenders(files: list[Path], *forbidden: str) -> list[str]:
    return [
        f"{file.relative_to(REPOSITORY)} imports {name}"
        for file in files
        for name in imports(file)
        if name.split(".")[0] in forbidden
    ]


def modules(layer: str) -> list[str]:
    return [
        ".".join(file.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        for file in sources(layer)
    ]


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh process has loaded after running ``code``."""
    script = f"{code}\nimport sys\nprint(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_the_engine_imports_neither_the_window_nor_export_nor_the_command_line() -> None:
    assert offenders(sources("engine"), "desktop", "export", "console", "main", "PySide6") == []


def test_export_imports_neither_the_window_nor_the_command_line() -> None:
    assert offenders(sources("export"), "desktop", "console", "main", "PySide6") == []


def test_the_window_knows_services_types_errors_and_settings_of_the_engine_alone() -> None:
    allowed = ("engine.services", "engine.types", "engine.errors", "engine.settings")
    wrong = [
        f"{file.relative_to(REPOSITORY)} imports {name}"
        for file in sources("desktop")
        for name in imports(file, at_run_time=False)
        if name.startswith("engine") and not name.startswith(allowed)
    ]
    wrong += offenders(sources("desktop"), "export", "console", "main", "torch", "sqlalchemy")
    assert wrong == []


def test_only_one_module_imports_timm_and_torchvision() -> None:
    files = [file for file in sources(*LAYERS) if file != REPOSITORY / TIMM_DOOR]
    assert offenders(files, "timm", "torchvision") == []
    assert "timm" in set(imports(REPOSITORY / TIMM_DOOR))


def test_only_export_imports_onnxruntime() -> None:
    """``export/__init__.py`` switches its telemetry off before it is loaded."""
    assert offenders(sources("console", "desktop", "engine", "main"), "onnxruntime") == []


def test_importing_the_engine_loads_neither_qt_nor_torch() -> None:
    names = [name for name in modules("engine") if not name.startswith(TORCH_MODULES)]
    loaded = loaded_by("import " + ", ".join(names))
    assert not loaded & {"PySide6", "torch", "timm", "torchvision", "onnxruntime"}


def test_the_runtime_loads_neither_qt_nor_torch() -> None:
    loaded = loaded_by("import export.runtime, export.exporter")
    assert "onnxruntime" in loaded
    assert not loaded & {"PySide6", "torch", "timm", "torchvision"}


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_by("import main\nassert main.main(['search', '--help']) == 0")
    assert not loaded & {"PySide6", "torch", "onnxruntime", "numpy", "sqlalchemy", "PIL"}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_module_says_what_it_is(layer: str) -> None:
    silent = [
        file for file in sources(layer) if not ast.get_docstring(ast.parse(file.read_bytes()))
    ]
    assert [file for file in silent if file.stat().st_size] == []
