"""Imports point inwards, and the core is pure: the map in CONTRIBUTING.md, held against the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "layerlab"

MAY_IMPORT = {
    "engine": set(),
    "engine.errors": set(),
    "engine.content": {"engine.errors"},
    "engine.files": {"engine.errors", "engine.content"},
    "engine.image": {"engine.errors", "engine.content", "engine.files"},
    "disk": {"engine"},
    "live": {"engine", "disk"},
    "view": {"engine"},
    "jupyter": set(),
    "lessons": {"jupyter"},
    "widgets": {"engine", "disk", "live", "view"},
    "teach": {"engine", "disk", "live", "view", "widgets", "lessons", "jupyter"},
    "cli": {"engine", "disk", "live", "view", "widgets", "teach", "lessons", "jupyter"},
    "__main__": {"cli"},
    "": {"engine", "disk", "live", "view", "widgets", "teach"},
}
"""For each room the rooms that it may use; a room may always use itself. "" is `layerlab/__init__.py`."""

CLOCKS_DICE_AND_FILES = {
    "asyncio", "concurrent", "ctypes", "fcntl", "glob", "io", "mmap", "multiprocessing", "pathlib",
    "platform", "random", "secrets", "select", "shutil", "signal", "socket", "subprocess", "tempfile",
    "threading", "time", "urllib", "uuid",
}  # fmt: skip
PURE_PARTS = {
    "io": {"BytesIO", "StringIO", "SEEK_SET", "SEEK_CUR", "SEEK_END"},
    "urllib": {"quote_from_bytes", "unquote_to_bytes"},
}
"""What of such a module only computes."""
IMPURE_CALLS = {"open", "input", "print", "exec", "eval"}
OS_VALUES = {"strerror", "fsencode", "fsdecode", "stat_result", "PathLike", "fspath", "sep"}


def modules(under: Path = PACKAGE) -> list[Path]:
    return sorted(path for path in under.rglob("*.py") if "notebooks" not in path.parts)


def dotted(path: Path) -> str:
    """`engine.files.tree` of a file, without the package's own name; "" is the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    """The room that a module is in: one of MAY_IMPORT's."""
    inside = [known for known in MAY_IMPORT if known and f"{module}.".startswith(f"{known}.")]
    return max(inside, key=len, default=module.split(".")[0])


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Each import in a file, wherever it stands, as (module, imported name or "")."""
    here = dotted(path).split(".")
    package = here if path.name == "__init__.py" else here[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ["layerlab", *package[: len(package) - node.level + 1]] if node.level else []
            module = ".".join([*filter(None, base), *filter(None, [node.module])])
            yield from ((module, alias.name) for alias in node.names)


def is_module(name: str) -> bool:
    place = PACKAGE.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_imports_point_inwards(path):
    mine = room(dotted(path))
    assert mine in MAY_IMPORT, f"{path.relative_to(ROOT)} is in no known room: add it to the map"
    for module, name in imports(path):
        if module.split(".")[0] != "layerlab":
            continue
        target = module.removeprefix("layerlab").lstrip(".")
        if name and is_module(f"{target}.{name}".lstrip(".")):
            target = f"{target}.{name}".lstrip(".")
        if not target or target == "engine":
            assert not mine.startswith("engine"), f"{path.name} reaches outwards, to layerlab's front door"
            continue
        theirs = room(target)
        allowed = MAY_IMPORT[mine] | {mine}
        assert any(f"{theirs}.".startswith(f"{one}.") for one in allowed), f"{dotted(path)} imports {target}"


@pytest.mark.parametrize("path", modules(PACKAGE / "engine"), ids=dotted)
def test_the_engine_needs_only_the_standard_library(path):
    for module, _ in imports(path):
        top = module.split(".")[0]
        assert top in sys.stdlib_module_names | {"layerlab", "backports"}, f"{dotted(path)} imports {module}"


@pytest.mark.parametrize("path", modules(PACKAGE / "engine"), ids=dotted)
def test_the_engine_is_pure(path):
    for module, name in imports(path):
        top = module.split(".")[0]
        if top in CLOCKS_DICE_AND_FILES:
            assert name in PURE_PARTS.get(top, ()), f"{dotted(path)} imports {module} {name}"
        if top == "os" and name:
            assert name.isupper() or name in OS_VALUES, f"{dotted(path)} takes os.{name}"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in IMPURE_CALLS, f"{dotted(path)}:{node.lineno} calls {node.func.id}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            assert node.attr.isupper() or node.attr in OS_VALUES or node.attr.startswith("O_"), (
                f"{dotted(path)}:{node.lineno} uses os.{node.attr}"
            )


def test_import_layerlab_needs_nothing_installed():
    """Without site-packages every name of the front door and every module of the engine is there."""
    names = [
        f"layerlab.{dotted(path)}".rstrip(".")
        for path in [PACKAGE / "__init__.py", *modules(PACKAGE / "engine")]
    ]
    program = (
        "import sys, importlib; sys.path.insert(0, sys.argv[1])\n"
        "import layerlab\n"
        "[getattr(layerlab, name) for name in layerlab.__all__ if name not in layerlab.HOMES]\n"
        "[importlib.import_module(name) for name in sys.argv[2:]]\n"
        "heavy = {'matplotlib', 'ipywidgets', 'anywidget', 'IPython', 'click'} & set(sys.modules)\n"
        "sys.exit(f'pulled in: {heavy}' if heavy else 0)"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(ROOT), *names], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_import_layerlab_alone_is_light():
    """What a learner types first pulls in no UI, even where it is installed."""
    program = "import sys, layerlab; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not {"matplotlib", "ipywidgets", "anywidget", "IPython", "numpy", "click"} & set(
        ran.stdout.split()
    )
