"""What a wheel holds; the bundled study's answers lie in site-packages and stay out of reach."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

PROBE = """
import json, sys
from importlib.util import find_spec
from pathlib import Path
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits

studies = Path(find_spec("studies").submodule_search_locations[0])
ours = [studies / "daybook" / "daybook.json", studies / "locomo" / "task.py",
        Path(find_spec("toolkit").origin).parent / "bench" / "judge.py"]
assert all(path.is_file() and sys.prefix in str(path) for path in ours), ours
code = b'''
def run(paths, questions, parameters, services):
    found = []
    for path in paths:
        try:
            found.append(open(path).read(20))
        except OSError as error:
            found.append(error.strerror)
    try:
        import studies.daybook
        found.append("imported")
    except (ImportError, OSError):
        found.append("not found")
    return found
'''
calls = (json.dumps([[str(path) for path in ours], []]).encode(),)
with LocalEvaluator() as sandbox:
    outcome = sandbox.run(Job({"main.py": code}, "main:run", {}, calls, Limits()))
print(json.dumps([sandbox.isolation, outcome.status, outcome.values, outcome.detail]))
"""


PIP = [sys.executable, "-m", "pip"]
OFFLINE = ["-q", "--no-deps", "--no-index"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("dist")
    wheel = [*PIP, "wheel", *OFFLINE, "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(wheel, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.slow
def test_a_wheel_holds_what_a_comparison_reads_and_not_what_made_the_benchmark(
    built: Path,
) -> None:
    held = set(zipfile.ZipFile(built).namelist())
    assert held >= {
        "memory_baseline/asking/pipeline.py",
        "memory_baseline/prompts/naive.md",
        "memory_baseline/prompts/turn.md",
        "searchers/autoresearcher/prompt.md.jinja",
        "studies/daybook/daybook.json",
        "studies/daybook/llm.toml",
        "studies/daybook/recorded/autoresearch.jsonl",
        "studies/daybook/study.toml",
        "studies/digits/network/training.py",
        "studies/digits/study.toml",
        "studies/faults/1-captions.patch",
        "studies/faults/prompts/1-short.patch",
        "studies/llm.toml",
        "studies/locomo/clean.patch",
        "studies/locomo/study.toml",
        "studies/memory.toml",
        "studies/nanolm/devils_dictionary.txt",
        "studies/nanolm/nanolm/training.py",
        "studies/nanolm/on_torch/nanolm/training.py",
        "studies/nanolm/torch.toml",
        "studies/packing/check.py",
        "studies/packing/packing/radii.py",
        "toolkit/cli/template/module.py.jinja",
        "toolkit/integrity/common.txt",
        "toolkit/llm/prices.toml",
        "toolkit/py.typed",
        "toolkit/toy/study.toml",
    }
    made = ("studies/daybook/generator", "studies/daybook/targets", "tests", "plugins", "docs")
    assert not [name for name in held if name.startswith(made)]


@pytest.mark.slow
def test_answers_of_a_wheel_install_are_out_of_reach(built: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    install = [*PIP, "install", *OFFLINE, "--target", str(site), str(built)]
    subprocess.run(install, check=True, capture_output=True)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": sysconfig.get_path("purelib")}
    script = f"import sys; sys.path.remove({environment['PYTHONPATH']!r})\n"
    script += f"sys.path.append({environment['PYTHONPATH']!r})\n{PROBE}"
    done = subprocess.run(
        [python, "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    level, status, values, detail = json.loads(done.stdout)
    assert (level, status) == ("confined", "ok"), detail
    assert values == [["Permission denied"] * 3 + ["not found"]]
