"""The rooms import only what the design lets them (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"toolkit", "searchers", "memory_baseline", "studies", "plugins"}
ONLY = {
    "click": ("toolkit/cli/",),
    "pluggy": ("toolkit/plugins.py", "toolkit/hookspecs.py"),
    "ray": ("toolkit/evaluators/ray", "searchers/ray_tune/"),
    "openai": ("toolkit/llm/openai.py",),
    "seaborn": ("toolkit/report/plots/",),
    "mlflow": ("toolkit/exports/tracking.py",),
    "pickle": (),
}


JUDGES = {"toolkit.bench.judge", "toolkit.bench.judging"}
"""Modules that hold gold and judge with it."""

FLOORS = """
    usage
    atomic errors figures hookspecs interrupts records sandbox shapley statistics text
    jobs patches
    evaluator
    plugins study
    ledger
    bench edits evaluators intervals llm outside
    integrity places reading search
    attribution report scaffold service
    assessments exports finalize page runs suitability
    compare plots
    selfcheck testing
    cli
"""
"""Rooms of the toolkit, the lowest floor first: a room imports only from floors below its own."""


def python_files(*folders: str) -> list[str]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path.relative_to(ROOT).as_posix() for path in found]


@cache
def imports(file: str) -> set[str]:
    """Absolute dotted names of everything a file imports, also inside functions."""
    package = file.removesuffix(".py").split("/")[:-1]
    found = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {stem} | {f"{stem}.{alias.name}" for alias in node.names}
    return found


def tops(file: str) -> set[str]:
    return {name.partition(".")[0] for name in imports(file)}


@pytest.mark.parametrize("file", python_files("memory_baseline"))
def test_code_under_study_imports_nothing_of_ours(file: str) -> None:
    assert not (tops(file) & OURS) - {"memory_baseline"}


@pytest.mark.parametrize("file", python_files("toolkit"))
def test_the_core_names_no_searcher_study_or_pipeline(file: str) -> None:
    assert not (tops(file) & OURS) - {"toolkit"}


@pytest.mark.parametrize("file", python_files("searchers", "studies", "plugins"))
def test_plugins_use_the_public_surface(file: str) -> None:
    inner = {n for n in imports(file) if n.startswith("toolkit.")}
    public = {f"toolkit.{name}" for name in __import__("toolkit").__all__}
    allowed = {"toolkit.testing"} if "/tests/" in file else set()
    assert not {n for n in inner if not any(n.startswith(a) for a in public | allowed)}


@pytest.mark.slow
def test_no_test_imports_another() -> None:
    """Helpers that two of them need stand in a module beside them that is no test."""
    files = {file: imports(file) for file in python_files("tests", "plugins")}
    modules = {Path(file).stem for file in files if Path(file).stem.startswith("test_")}
    found = {file: modules & set(".".join(names).split(".")) for file, names in files.items()}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize("file", python_files("toolkit/evaluators/sandbox"))
def test_the_sandbox_is_standard_library_only(file: str) -> None:
    beside = {path.stem for path in (ROOT / "toolkit/evaluators/sandbox").glob("*.py")}
    assert tops(file) <= sys.stdlib_module_names | beside | {"toolkit"}
    assert not {n for n in imports(file) if n.startswith("toolkit") and "sandbox" not in n}


@pytest.mark.parametrize("file", python_files("toolkit/outside/keeper"))
def test_the_keeper_is_standard_library_and_sandbox_only(file: str) -> None:
    folders = ("toolkit/outside/keeper", "toolkit/evaluators/sandbox")
    beside = {path.stem for folder in folders for path in (ROOT / folder).glob("*.py")}
    assert tops(file) <= sys.stdlib_module_names | beside


def room(name: str) -> str:
    """The room of a module of the toolkit: its first folder, or the module itself."""
    parts = name.split(".")
    return "sandbox" if parts[1:3] == ["evaluators", "sandbox"] else parts[1]


@pytest.mark.slow
def test_rooms_import_from_floors_below_only() -> None:
    floor = {name: n for n, line in enumerate(FLOORS.strip().splitlines()) for name in line.split()}
    modules = {file.removesuffix(".py").replace("/", "."): file for file in python_files("toolkit")}
    upward = []
    for module, file in modules.items():
        if module in {"toolkit.__init__", "toolkit.toy.task"} or "toy_pipeline" in module:
            continue
        here = room(module)
        for name in imports(file):
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and room(target) != here and floor[room(target)] >= floor[here]:
                upward.append(f"{file} imports {target}")
    assert upward == []


def test_the_picture_of_the_rooms_is_true() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    drawn = re.findall(r'F\d+\["(.*)"\]', page)[::-1]
    spoken = [set(re.findall(r"\w+", re.sub(r"\([^)]*\)|</?b>", "", floor))) for floor in drawn]
    assert spoken == [set(line.split()) for line in FLOORS.strip().splitlines()]


def test_gold_has_no_route_to_evaluators() -> None:
    for file in python_files("toolkit/evaluators"):
        gold = {"toolkit.study.task", *JUDGES, "toolkit.bench.bench"}
        assert not gold & imports(file), file
    judge = imports("toolkit/bench/judge.py")
    assert not {n for n in judge if n.startswith(("toolkit.evaluators", "toolkit.search.lab"))}
    both = [
        file
        for file in python_files("toolkit")
        if JUDGES & imports(file) and any(n.startswith("toolkit.evaluators") for n in imports(file))
    ]
    assert both == []  # the bench gets its evaluator handed in


def test_reports_see_the_folded_state_only() -> None:
    for file in python_files("toolkit/report"):
        seen = {n for n in imports(file) if n.startswith(("toolkit.search", "toolkit.plugins"))}
        assert not seen | ({"toolkit.bench.bench"} & imports(file)), file


def test_commands_print_by_way_of_their_output_only() -> None:
    """Anything else that prints goes to standard error: a result would not be on stdout."""
    for file in python_files("toolkit/cli"):
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                prints = called in {"print", "click.echo", "click.secho"}
                assert not prints or file == "toolkit/cli/output.py", f"{file}: {called}"


@pytest.mark.parametrize(
    ("room", "never"),
    [
        (
            "toolkit.report.files",
            "toolkit.search.lab toolkit.bench.bench toolkit.bench.judge toolkit.study.study",
        ),
        (
            "toolkit.report.summary",
            "toolkit.search.lab toolkit.bench.bench toolkit.compare matplotlib",
        ),
        (
            "toolkit.edits.anatomy",
            "toolkit.search.lab toolkit.search.searcher toolkit.bench.bench",
        ),
        (
            "toolkit.attribution.champions",
            "toolkit.search.lab toolkit.search.searcher toolkit.report",
        ),
        (
            "toolkit.integrity.section",
            "toolkit.search.lab toolkit.search.searcher toolkit.bench.bench toolkit.bench.judge",
        ),
        (
            "toolkit.integrity.checks",
            "toolkit.search.lab toolkit.search.searcher toolkit.evaluators",
        ),
        (
            "toolkit.evaluators.local",
            "toolkit.study.task toolkit.bench.judge toolkit.bench.bench toolkit.study.study",
        ),
        ("toolkit.bench.judge", "toolkit.evaluators toolkit.search.lab"),
        ("toolkit", "click pluggy optuna pandas numpy toolkit.search.lab"),
    ],
)
def test_nor_by_way_of_another_module(room: str, never: str) -> None:
    code = f"import sys, {room}; print([m for m in {never.split()!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("library", ONLY)
def test_heavy_libraries_have_one_home(library: str) -> None:
    folders = ("toolkit", "searchers", "studies")
    users = [file for file in python_files(*folders) if library in tops(file)]
    assert [file for file in users if not file.startswith(ONLY[library] or "-")] == []
