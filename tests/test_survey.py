"""Survey of a code base by `toolkit init`, which reads it and does not run it."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from programs_elsewhere_at import ELSEWHERE

from toolkit.errors import UserError
from toolkit.scaffold import (
    contracts,
    data,
    effects,
    environment,
    folder,
    parameters,
    printed,
    programs,
    survey,
)
from toolkit.scaffold.folder import Folder
from toolkit.scaffold.printed import Printed


def code(tmp_path: Path, **files: str) -> Folder:
    """A code base of Python files, {stem: text}."""
    for stem, text in files.items():
        (tmp_path / f"{stem}.py").write_text(textwrap.dedent(text))
    return folder.read(tmp_path)


def shown(tmp_path: Path, text: str) -> list[Printed]:
    return printed.read(code(tmp_path, program=text).modules["program.py"])


@pytest.mark.parametrize(
    ("line", "out", "name", "number"),
    [
        ('print(f"val_bpb:          {bpb:.6f}")', "val_bpb:          0.997900", "val_bpb", "0.997900"),
        ('print("RMSE:", rmse)', "RMSE: 30.1", "RMSE", "30.1"),
        ('print("height", top)', "height 903", "height", "903"),
        ('print("loss = %.3f" % loss)', "loss = 0.125", "loss", "0.125"),
        ('print("accuracy={:.2%}".format(a))', "accuracy=93.10%", "accuracy", "93.10"),
        ('print("Sum of radii: " + str(total))', "Sum of radii: 2.63", "Sum of radii", "2.63"),
        ('print(f"epoch {e} | val_loss: {v:.4f} | lr: {lr}")', "epoch 3 | val_loss: 1e-05 | lr: 1",
         "val_loss", "1e-05"),
        ('print(json.dumps({"f1": f1, "note": "x"}))', '{"f1": 0.5, "note": "x"}', "f1", "0.5"),
        ('print(f"loss: {loss}")', "loss: nan", "loss", "nan"),
    ],
)  # fmt: skip
def test_a_printed_number_is_found_by_its_own_pattern(
    tmp_path: Path, line: str, out: str, name: str, number: str
) -> None:
    found = {one.name: one for one in shown(tmp_path, line)}
    assert name in found
    assert re.findall(found[name].pattern, out) == [number]


@pytest.mark.parametrize(
    "line",
    [
        'print("correct:", result == expected)',
        'print("model:", "gbm")',
        'print(f"name: {name!r}")',
        'print(f"tokens: {n:,}")',
        'print("done")',
    ],
)
def test_what_is_no_number_is_not_taken_for_one(tmp_path: Path, line: str) -> None:
    assert shown(tmp_path, line) == []


def test_numbers_that_are_left_in_a_json_file_are_found_with_file_and_key(tmp_path: Path) -> None:
    found = shown(
        tmp_path,
        """
        import json
        metrics = {"val_loss": loss, "config": "a.yaml"}
        with open("out/metrics.json", "w") as f:
            json.dump(metrics, f)
        """,
    )
    assert [(one.name, one.file, one.key) for one in found] == [
        ("val_loss", "out/metrics.json", "val_loss")
    ]


def test_a_number_in_a_loop_is_marked_as_repeated(tmp_path: Path) -> None:
    found = shown(tmp_path, 'for step in range(9):\n    print("loss:", loss)\nprint("acc:", acc)\n')
    assert [(one.name, one.looped) for one in found] == [("loss", True), ("acc", False)]


def test_a_number_that_is_printed_by_itself_is_found_too(tmp_path: Path) -> None:
    (found,) = shown(tmp_path, "print(total if valid else 0.0)")
    assert (found.name, re.findall(found.pattern, "x\n2.63\n", re.MULTILINE)) == (
        "result",
        ["2.63"],
    )


def test_a_number_that_follows_from_a_clock_is_marked(tmp_path: Path) -> None:
    text = """
    import time
    start = time.perf_counter()
    took = time.perf_counter() - start
    print("score:", 1000 / took)
    print("loss:", loss)
    """
    assert [(one.name, one.clocked) for one in shown(tmp_path, text)] == [
        ("score", True),
        ("loss", False),
    ]


def test_reading_a_code_base_runs_none_of_it(tmp_path: Path) -> None:
    code(tmp_path, train='open("ran", "w")\nprint("loss:", 1.0)\n')
    assert not (tmp_path / "ran").exists()


def test_what_is_no_part_of_the_program_is_not_read(tmp_path: Path) -> None:
    for name in (".git/x.py", "node_modules/y.py", "__pycache__/z.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("")
    (tmp_path / "myenv").mkdir()
    (tmp_path / "myenv" / "pyvenv.cfg").write_text("home = /usr\n")
    (tmp_path / "myenv" / "lib.py").write_text("")
    (tmp_path / "runs" / "a-1").mkdir(parents=True)
    (tmp_path / "runs" / "a-1" / "ledger.sqlite").write_text("")
    assert list(code(tmp_path, main="x = 1").modules) == ["main.py"]


def test_a_file_with_a_mistake_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    found = code(tmp_path, good="x = 1", bad="def f(:")
    assert list(found.modules) == ["good.py"]
    assert found.broken["bad.py"].startswith("line 1: ")


def test_the_interpreter_of_the_folder_is_found_with_what_it_lacks(tmp_path: Path) -> None:
    site = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    (site / "torch").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir()
    python.write_text("")
    found = environment.read(code(tmp_path, train="import torch, einops, os, json"))
    assert found.python == ".venv/bin/python"
    assert found.missing == ("einops",)


def test_a_package_that_the_toolkit_lacks_is_missing_with_the_way_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("")
    found = environment.read(code(tmp_path, train="import nosuchpackage\nimport numpy"))
    assert (found.missing, found.hint[:9]) == (("nosuchpackage",), "`uv sync`")


def test_what_may_be_missing_and_what_only_tests_import_is_not_needed(tmp_path: Path) -> None:
    text = "try:\n    import nosuchpackage\nexcept ImportError:\n    pass\nimport helper\n"
    found = code(tmp_path, train=text, helper="", test_train="import nosuchtool")
    assert environment.read(found).missing == ()


def test_cards_and_the_network_are_told_with_file_and_line(tmp_path: Path) -> None:
    found = environment.read(
        code(
            tmp_path,
            train="""
            import requests, torch
            model = Net().cuda()
            x = x.to("cuda:0")
            torch.cuda.synchronize()
            """,
        )
    )
    assert found.needs_card
    assert [one.line for one in found.card] == [3, 4, 5]
    assert [str(one) for one in found.network] == ["import requests (train.py, line 2)"]


def test_a_card_that_is_asked_for_only_where_there_is_one_is_not_needed(tmp_path: Path) -> None:
    text = 'import torch\ndevice = "cuda" if torch.cuda.is_available() else "cpu"\nm.to("cuda")\n'
    assert not environment.read(code(tmp_path, train=text)).needs_card


def test_effects_say_what_is_read_written_and_made_and_whether_on_loading(tmp_path: Path) -> None:
    text = """
    import os
    from pathlib import Path
    OUT = Path("out") / "models"
    OUT.mkdir(parents=True, exist_ok=True)
    def save(model):
        with open(os.path.join("out", "log.txt"), "a") as f:
            f.write("x")
    data = open("data.bin").read()
    """
    found = effects.read(code(tmp_path, train=text).modules["train.py"])
    assert [(one.how, one.target.as_posix(), one.loaded) for one in found] == [
        ("made", "out/models", True),
        ("written", "out/log.txt", False),
        ("read", "data.bin", True),
    ]


def test_a_cache_outside_the_folder_is_found_where_it_exists(tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "corpus"
    cache.mkdir(parents=True)
    inner = tmp_path / "code"
    inner.mkdir()
    found = code(
        inner,
        train=f'from pathlib import Path\nBASE = "{tmp_path}/cache"\nD = Path(BASE) / "corpus"\n',
    )
    assert effects.outside(found) == [cache]


def test_a_configuration_counts_only_where_the_code_names_it(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("k: 1\n")
    (tmp_path / "other.yaml").write_text("k: 1\n")
    code(tmp_path, main='import yaml\nc = yaml.safe_load(open("config.yaml"))\n')
    assert list(parameters.configurations(survey.read(tmp_path), ["main.py"])) == ["config.yaml"]


def test_a_table_has_its_id_and_the_target_that_the_code_takes(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("row_id,a,price,label\n1,2,3,0\n2,2,4,1\n")
    found = code(tmp_path, train='df = pd.read_csv("d.csv")\ny = df["price"].values\n')
    (table,) = data.tables(found)
    assert (table.id, table.target, table.rows) == ("row_id", "price", 2)


def test_what_a_model_is_fitted_to_is_the_target(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("ticket_id,text,topic\nT1,lost,post\nT2,late,post\n")
    found = code(tmp_path, main='model.fit(train["text"], train["topic"])\n')
    (table,) = data.tables(found)
    assert (table.id, table.target) == ("ticket_id", "topic")


def test_a_collection_needs_corpus_queries_and_relevance() -> None:
    found = folder.read(ELSEWHERE / "ranker")
    assert data.collection(found) == data.Collection(
        "data/corpus.jsonl", "data/queries.jsonl", "data/qrels.tsv"
    )
    assert data.collection(folder.read(ELSEWHERE / "charlm")) is None


def test_an_evaluator_is_found_with_its_program_and_what_it_asks_of_it() -> None:
    found = contracts.evaluator(folder.read(ELSEWHERE / "circles"))
    assert found is not None
    assert (found.file, found.function, found.program) == (
        "evaluator.py", "evaluate", "initial_program.py",
    )  # fmt: skip
    assert (found.calls, found.key) == (("run_packing",), "combined_score")


def test_an_evaluator_that_hands_arguments_over_leaves_the_program_no_honest_split(
    tmp_path: Path,
) -> None:
    text = """
    import importlib.util
    def evaluate(program_path):
        spec = importlib.util.spec_from_file_location("p", program_path)
        program = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(program)
        return {"combined_score": program.solve([1, 2, 3])}
    """
    found = contracts.evaluator(code(tmp_path, evaluator=text, program="def solve(x): return 1"))
    assert found is not None
    assert found.calls == ()


def test_a_function_that_is_handed_on_is_called_without_arguments_too(tmp_path: Path) -> None:
    text = """
    import importlib.util
    def evaluate(program_path):
        spec = importlib.util.spec_from_file_location("p", program_path)
        program = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(program)
        return {"combined_score": run_with_timeout(program.solve, timeout_seconds=5)}
    """
    found = contracts.evaluator(code(tmp_path, evaluator=text, program="def solve(): return 1"))
    assert found is not None
    assert found.calls == ("solve",)


def test_a_check_is_found_with_the_function_that_makes_its_output(tmp_path: Path) -> None:
    found = contracts.check(
        code(
            tmp_path,
            verify="def verify(circles):\n    assert circles\n    return 1.0\n",
            pack="def construct():\n    return [1]\ndef helper(x):\n    return x\n",
        )
    )
    assert found == contracts.Check("verify.py", "verify", "pack.py", "construct")


def test_a_check_that_only_says_yes_or_no_ranks_nothing(tmp_path: Path) -> None:
    text = "def is_valid(points):\n    return len(points) == 3\n"
    assert (
        contracts.check(code(tmp_path, verify=text, pack="def construct():\n    return [1]"))
        is None
    )


def test_a_module_of_a_package_is_started_by_its_name() -> None:
    found = programs.scripts(folder.read(ELSEWHERE / "ranker"))
    assert found[0].command == ("python", "-m", "ranker")


def test_what_judges_the_program_is_told_from_the_program() -> None:
    for name, start, fixed in (
        ("charlm", "train.py", {"prepare.py"}),
        ("circles", "initial_program.py", {"evaluator.py"}),
        ("ranker", "ranker/__main__.py", {"evaluate.py"}),
    ):
        assert programs.judges(folder.read(ELSEWHERE / name), start) == fixed


def test_what_a_program_imports_is_reached_through_packages() -> None:
    found = folder.read(ELSEWHERE / "ranker")
    assert programs.reached(found, "ranker/__main__.py") == [
        "ranker/__main__.py", "ranker/bm25.py", "ranker/text.py",
    ]  # fmt: skip


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a folder; give the folder that holds your code"):
        folder.read(tmp_path / "nothing")
