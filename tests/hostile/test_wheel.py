"""From a wheel the bundled study's answers lie in site-packages: they stay out of reach there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from conftest import ROOT

PROBE = """
import json, sys
from importlib.util import find_spec
from pathlib import Path
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Job, Limits

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


@pytest.mark.slow
def test_answers_of_a_wheel_install_are_out_of_reach(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip"]
    offline = ["-q", "--no-deps", "--no-index"]
    wheel = [*pip, "wheel", *offline, "--no-build-isolation", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(wheel, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    site = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    install = [*pip, "install", *offline, "--target", str(site), str(built)]
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
