"""What a task's methods give is looked at when it is opened, and what is right passes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_tasks import CONTEXT, FLOORS, ITEMS, TASK, VAULT, changed, told

from toolkit.bench.bench import Bench
from toolkit.errors import DataError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.study import study as study_files
from toolkit.study.task import contexts, floors, has_wrong_context, named_floors

Cli = Callable[..., subprocess.CompletedProcess[str]]


def test_two_methods_are_a_task(toy_folder: Path) -> None:
    task = (
        f"{TASK}\n\nclass Two:\n    def __init__(self, data):\n        self.inner = Toy(data)\n\n"
    )
    for name in ("items", "vault"):
        task += f"    def {name}(self):\n        return self.inner.{name}()\n\n"
    (toy_folder / "task.py").write_text(task)
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("task.py:Toy", "task.py:Two"))
    found = study_files.load(file).task()
    assert contexts(found) == dict.fromkeys("abcdef")
    assert (floors(found), named_floors(found), has_wrong_context(found)) == ({}, (), False)


def test_a_generator_of_items_is_refused_since_it_ends_at_its_first_use(toy_folder: Path) -> None:
    changed(
        toy_folder,
        (
            "        return [\n            toolkit.Item",
            "        yield from [\n            toolkit.Item",
        ),
    )
    assert "items() gives a generator; write `def items(self)`, which gives a list" in told(
        toy_folder
    )


def test_all_that_the_methods_do_wrong_is_told_at_once(toy_folder: Path) -> None:
    changed(
        toy_folder, (CONTEXT, "1 / 0"), (VAULT, VAULT.replace('["number"]', '["nubmer"]')),
        (ITEMS, ITEMS.replace('f"{cluster}:{number}"', "cluster")),
        (FLOORS, "None"),
    )  # fmt: skip
    text = told(toy_folder)
    assert "class Toy has 4 problem(s)" in text
    for part in ("ZeroDivisionError", "nubmer", "several items", "floors() gives None"):
        assert part in text
    assert "does not hold" not in text  # nothing is known of conversations that were not given


def test_without_items_nothing_else_is_told_which_would_only_follow_from_it(
    toy_folder: Path,
) -> None:
    text = told(changed(toy_folder, (ITEMS, "1 / 0")))
    assert "class Toy has 1 problem(s)" in text
    assert "items() raised ZeroDivisionError" in text
    (toy_folder / "task.py").write_text(
        TASK.replace("for cluster in CLUSTERS\n", "for cluster in ''\n")
    )
    assert "items() gives no item; write `def items(self)`, which gives a list of" in told(
        toy_folder
    )


def test_what_cannot_be_written_is_told_by_its_type(toy_folder: Path) -> None:
    mute = "type('Mute', (), {'__repr__': lambda self: 1 / 0})()"
    assert "unlike a value of type Mute that cannot be written" in told(
        changed(toy_folder, (ITEMS, mute))
    )
    cluster = ITEMS.replace(", cluster,", ", 10**5000,")
    assert "an item's cluster is a text, unlike a value of type int that cannot be written" in told(
        changed(toy_folder, (ITEMS, cluster))
    )
    error = "type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})"
    assert "items() raised Mute: (its text cannot be had)" in told(
        changed(toy_folder, (ITEMS, f"(_ for _ in ()).throw({error}())"))
    )
    (toy_folder / "task.py").write_text(f"raise {error}")
    assert "cannot be imported: Mute: (its text cannot be had)" in told(toy_folder)


def test_a_split_without_items_is_told(toy_folder: Path) -> None:
    changed(toy_folder, ("for cluster in CLUSTERS\n", "for cluster in 'abc'\n"))
    assert "[splits] test: no items (d, e, f)" in told(toy_folder)


def test_what_the_task_itself_says_of_its_data_is_not_dressed_up(toy_folder: Path) -> None:
    changed(toy_folder, ("self.data = data", "raise toolkit.DataError('fetch it first')"))
    with pytest.raises(DataError, match=r"^fetch it first$"):
        study_files.load(toy_folder).task()


def test_a_class_that_hands_its_calls_on_and_one_that_inherits_are_fine(toy_folder: Path) -> None:
    wrapped = (
        f"{TASK}\n\nclass Wrapped:\n    def __init__(self, data):\n        self.inner = Toy(data)\n\n"
        "    def __getattr__(self, name):\n        return getattr(self.inner, name)\n\n\n"
        "class Heir(Toy):\n    @classmethod\n    def floors(cls):\n        return {'no number': {'answer': ''}}\n\n"
        "    @staticmethod\n    def explain(item, output):\n        return {}\n"
    )
    (toy_folder / "task.py").write_text(wrapped)
    file = toy_folder / "study.toml"
    plain = file.read_text()
    for name in ("Wrapped", "Heir"):
        file.write_text(plain.replace("task.py:Toy", f"task.py:{name}"))
        assert len(study_files.load(file).task().items()) == 24


def test_the_data_is_loaded_once_however_often_the_task_is_asked_for(
    toy_folder: Path, evaluator: LocalEvaluator
) -> None:
    changed(
        toy_folder,
        ("self.data = data", "LOADED.append(data)"),
        ("TRUTH = 1.0", "TRUTH, LOADED = 1.0, []"),
    )
    study = study_files.load(toy_folder)
    study.task()
    Bench(study, evaluator)
    assert len(vars(sys.modules[study.task_class.__module__])["LOADED"]) == 1


@pytest.mark.parametrize("command", ["studies", "run", "compare", "score"])
def test_every_command_says_it_in_one_line_a_problem(
    command: str, cli: Cli, toy_folder: Path, tmp_path: Path
) -> None:
    changed(toy_folder, (CONTEXT, "self.rows"))
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"item": "a:0", "answer": "1"}\n')
    more = [str(rows)] if command == "score" else []
    done = cli(command, str(toy_folder), *more)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert (
        "contexts() raised AttributeError: 'Toy' object has no attribute 'rows' (task.py, l"
        in done.stderr
    )
    assert not (tmp_path / "runs").exists()
