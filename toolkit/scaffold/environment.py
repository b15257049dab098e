"""Interpreter that a code base needs: its own environment, packages, a card, the network."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .folder import Folder, Module
from .syntax import argument, calls, constant, dotted

ENVIRONMENTS = (".venv", "venv", "env")
NETWORK = {
    "aiohttp", "anthropic", "boto3", "datasets", "httpx", "huggingface_hub", "openai", "requests",
    "urllib3", "wandb",
}  # fmt: skip
_DOWNLOADS = {"urlopen", "urlretrieve", "snapshot_download", "hf_hub_download", "load_dataset"}
DISTRIBUTIONS = {
    "PIL": "pillow", "bs4": "beautifulsoup4", "cv2": "opencv-python", "sklearn": "scikit-learn",
    "skimage": "scikit-image", "yaml": "pyyaml",
}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """A place in the code: what stands there, in which file and line."""

    what: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.what} ({self.path}, line {self.line})"


@dataclass(frozen=True)
class Environment:
    """python: interpreter of the project, relative to its folder; "" for the toolkit's own.

    missing: imported packages that this interpreter does not seem to have. hint: what would make
    an environment that the project describes and that is not there.
    """

    python: str
    missing: tuple[str, ...]
    hint: str
    card: tuple[Use, ...]
    needs_card: bool
    network: tuple[Use, ...]


def read(folder: Folder, python: str = "") -> Environment:
    """python: the interpreter, where somebody has named it."""
    chosen = python or _own(folder.root)
    packages = imported(folder)
    missing = sorted(name for name in packages if not _has(folder.root, chosen, name))
    card = [use for module in folder.modules.values() for use in _card(module)]
    guarded = any("cuda.is_available" in module.text for module in folder.modules.values())
    network = [use for module in folder.modules.values() for use in _network(module)]
    return Environment(
        chosen, tuple(missing), _hint(folder), tuple(card), bool(card) and not guarded,
        tuple(network),
    )  # fmt: skip


def _own(root: Path) -> str:
    """The interpreter of an environment in the folder; "" where there is none."""
    for name in ENVIRONMENTS:
        for inner in ("bin/python", "Scripts/python.exe"):
            if (root / name / inner).exists():
                return f"{name}/{inner}"
    return ""


def imported(folder: Folder) -> set[str]:
    """Top names of packages that come neither with Python nor from the folder.

    What stands below `try:` may be missing, and what only a test imports is not needed.
    """
    local = {part for path in folder.modules for part in Path(path).with_suffix("").parts}
    found: set[str] = set()
    for module in folder.modules.values():
        if not is_test(module.path):
            found |= set(_imports(module.tree))
    return {name for name in found if name not in sys.stdlib_module_names and name not in local}


def is_test(path: str) -> bool:
    file = Path(path)
    return file.stem.startswith("test_") or file.stem in {"conftest", "setup"} or (
        "tests" in file.parts
    )  # fmt: skip


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif not isinstance(node, ast.Try):
            yield from _imports(node)


def _has(root: Path, python: str, package: str) -> bool:
    """True if an interpreter seems to have a package, by the names of files alone."""
    if not python:
        try:
            return importlib.util.find_spec(package) is not None
        except (ImportError, ValueError):
            return False
    home = (root / python).parent.parent
    sites = [*home.glob("lib*/python*/site-packages"), *home.glob("Lib/site-packages")]
    if not sites:
        return True  # not laid out like an environment: the baseline will tell
    system = "true" in _configured(home, "include-system-site-packages").lower()
    return system or any(_in(site, package) for site in sites)


def _in(site: Path, package: str) -> bool:
    if (site / package).is_dir() or any(site.glob(f"{package}.*")):
        return True
    return any(site.glob("*.pth")) and any(site.glob("__editable__*"))


def _configured(home: Path, key: str) -> str:
    try:
        text = (home / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(rf"(?m)^\s*{key}\s*=\s*(.*)$", text)
    return found[1] if found else ""


def _hint(folder: Folder) -> str:
    """Command that makes the environment that the project describes."""
    there = set(folder.paths)
    if "uv.lock" in there:
        return "`uv sync` makes the environment that uv.lock describes"
    if "environment.yml" in there or "environment.yaml" in there:
        name = "environment.yml" if "environment.yml" in there else "environment.yaml"
        return f"`conda env create -p .venv -f {name}` makes the environment that {name} describes"
    if "requirements.txt" in there:
        return (
            "`python -m venv .venv && .venv/bin/pip install -r requirements.txt` makes an "
            "environment of its own"
        )
    if "pyproject.toml" in there and _project(folder):
        return "`python -m venv .venv && .venv/bin/pip install .` makes an environment of its own"
    return ""


def _project(folder: Folder) -> bool:
    try:
        return "project" in tomllib.loads(folder.text("pyproject.toml"))
    except tomllib.TOMLDecodeError:
        return False


def named(packages: tuple[str, ...]) -> str:
    """Packages by the names under which they are installed."""
    return " ".join(DISTRIBUTIONS.get(name, name) for name in packages)


def _card(module: Module) -> Iterator[Use]:
    """Uses of CUDA: calls of torch.cuda, .cuda(), a device of that name."""
    for name, call in calls(module.tree):
        words = [*call.args, *(one.value for one in call.keywords)]
        names = [constant(word) for word in words]
        if "is_available" in name:
            continue
        if "cuda" in name.split(".") or any(str(one).startswith("cuda") for one in names):
            yield Use(f"{name}(…)" if "cuda" in name else "a device named cuda", module.path,
                      call.lineno)  # fmt: skip


def _network(module: Module) -> Iterator[Use]:
    """Imports of packages that use the network, and downloads."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
            )
            for name in names:
                if name.partition(".")[0] in NETWORK:
                    yield Use(f"import {name}", module.path, node.lineno)
    for name, call in calls(module.tree):
        last = name.rpartition(".")[2]
        hub = last == "from_pretrained" and isinstance(constant(argument(call, 0, "")), str)
        if last in _DOWNLOADS or hub:
            yield Use(f"{dotted(call.func) or last}(…)", module.path, call.lineno)
