"""Proposals of `toolkit init` for a code base, and the file that it writes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from programs_elsewhere_at import ELSEWHERE, NAMES
from proposed import code, proposed, written

from toolkit.errors import UserError
from toolkit.scaffold import answers, survey, words, writing
from toolkit.scaffold.answers import Answers

MOST_LINES = 30


@pytest.mark.parametrize("name", NAMES)
def test_a_study_has_at_most_thirty_lines(name: str) -> None:
    text = writing.text(proposed(ELSEWHERE / name), writing.Measured(0.4, True))
    assert len(text.splitlines()) <= MOST_LINES, text


@pytest.mark.parametrize(
    ("name", "kind", "evidence", "goal"),
    [
        ("boosting", "printed", "reported", ("RMSE", "minimize")),
        ("charlm", "printed", "reported", ("val_bpb", "minimize")),
        ("points", "validated", "judged", ("score", "maximize")),
        ("submission", "table", "judged", ("rmse", "minimize")),
        ("circles", "evaluator", "judged", ("combined_score", "maximize")),
        ("ranker", "ranking", "judged", ("ndcg@10", "maximize")),
        ("sorting", "timed", "measured", ("CPU time", "minimize")),
        ("strip", "printed", "reported", ("height", "minimize")),
    ],
)
def test_the_most_honest_task_that_fits_is_proposed(
    name: str, kind: str, evidence: str, goal: tuple[str, str]
) -> None:
    option = proposed(ELSEWHERE / name).option
    assert (option.kind, option.evidence, (option.name, option.direction)) == (kind, evidence, goal)


@pytest.mark.parametrize(
    ("name", "editable"),
    [
        ("boosting", ("train.py",)),
        ("charlm", ("train.py",)),
        ("circles", ("initial_program.py",)),
        ("ranker", ("ranker/__main__.py", "ranker/bm25.py", "ranker/text.py")),
        ("points", ("stack.py",)),
        ("sorting", ("fastsort.py",)),
        ("submission", ("model.py",)),
        ("strip", ("pack.py",)),
    ],
)
def test_what_may_be_edited_is_the_program_and_not_what_judges_it(
    name: str, editable: tuple[str, ...]
) -> None:
    assert proposed(ELSEWHERE / name).editable == editable


@pytest.mark.parametrize(
    ("name", "direction"),
    [("val_bpb", "minimize"), ("test accuracy", "maximize"), ("RMSE", "minimize"),
     ("ndcg@10", "maximize"), ("sum_radii", "maximize"), ("F1", "maximize"), ("valLoss", "minimize"),
     ("elapsed", "minimize"), ("val bits per byte", "minimize"), ("bits", ""), ("frobnication", "")],
)  # fmt: skip
def test_the_direction_follows_from_the_name(name: str, direction: str) -> None:
    assert words.direction(name) == direction


def test_the_number_of_the_held_out_data_counts_before_that_of_training(tmp_path: Path) -> None:
    root = code(tmp_path, main='print("train_loss:", a)\nprint("val_loss:", b)\nDEPTH = 4\n')
    assert proposed(root).option.name == "val_loss"


def test_two_candidates_are_an_error_that_names_both_and_the_option(tmp_path: Path) -> None:
    root = code(tmp_path, main='print("accuracy:", a)\nprint("f1:", b)\nDEPTH = 4\n')
    with pytest.raises(UserError) as caught:
        proposed(root)
    for part in ("accuracy (main.py, line 1)", "f1 (main.py, line 2)", "--objective 'accuracy max"):
        assert part in str(caught.value)


def test_a_page_that_says_which_one_counts_decides(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("The metric is `f1`; higher is better.\n")
    root = code(tmp_path, main='print("accuracy:", a)\nprint("f1:", b)\nDEPTH = 4\n')
    assert proposed(root).option.name == "f1"


def test_a_score_that_follows_from_a_clock_is_timed_by_the_host(tmp_path: Path) -> None:
    root = code(
        tmp_path,
        main="""
        import time
        CUTOFF = 5
        t0 = time.time()
        x = sorted(range(9))
        print("score:", 1 / (time.time() - t0))
        """,
    )
    study = proposed(root)
    assert (study.option.kind, study.option.evidence) == ("timed", "measured")
    assert any("stand in one file" in one for one in study.warnings)


def test_a_program_that_says_how_long_it_runs_is_told_before_anything_runs(tmp_path: Path) -> None:
    root = code(tmp_path, main='TIME_BUDGET = 300\nDEPTH = 3\nprint("loss:", DEPTH)\n')
    (told,) = proposed(root).warnings
    assert "runs for 5 min (main.py: TIME_BUDGET = 300): three runs take about 15 min" in told


def test_an_objective_may_be_named(tmp_path: Path) -> None:
    root = code(tmp_path, main='print("accuracy:", a)\nprint("size:", b)\nDEPTH = 4\n')
    option = proposed(root, Answers(objective=("size", "minimize"))).option
    assert (option.name, option.direction) == ("size", "minimize")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('print("done")\n', "no program in .* prints a number with a name"),
        (
            "def f():\n    return 1\n",
            "main.py only defines names, and does nothing when it is started",
        ),
        ('import nosuchpackage\nprint("loss:", x)\n', "imports nosuchpackage.*--python PATH"),
        ('print("frobs:", x)\n', "does not say whether less or more of it is better.*--objective"),
    ],
)
def test_code_that_cannot_be_studied_is_told_with_what_to_do(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(UserError, match=says):
        proposed(code(tmp_path, main=text))


def test_a_folder_without_python_is_told_with_the_folders_in_it(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.rs").write_text("")
    with pytest.raises(UserError, match=r"holds no Python file \(folders in it: src\)"):
        proposed(tmp_path)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (Answers(objective=("nothing", "minimize")), "shows no number 'nothing'"),
        (Answers(kind="ranking"), "--kind ranking: there are no corpus.jsonl"),
        (Answers(editable=("nothing.py",)), "--editable nothing.py: there is no such file"),
        (Answers(parameters=("DEPTH",)), "there is no parameter 'DEPTH'"),
        (Answers(ranges={"k1": {"int": [1, 2]}}), "there is no parameter 'k1'"),
        (Answers(ranges={"num_leaves": {"int": [50, 60]}}), "own value 31 .* lies outside"),
        (Answers(program="run.py"), "--program run.py: there is no such program"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_what_is_there(
    given: Answers, says: str
) -> None:
    with pytest.raises(UserError, match=says):
        proposed(ELSEWHERE / "boosting", given)


def test_what_scores_the_program_may_not_be_edited() -> None:
    with pytest.raises(UserError, match="this file scores the program"):
        proposed(ELSEWHERE / "circles", Answers(editable=("evaluator.py",)))


@pytest.mark.parametrize("text", ["", "1.5", "0", "half"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--held-out"):
        answers.held_out(text)


def test_a_reported_score_is_said_to_be_one_in_the_file() -> None:
    text = writing.text(proposed(ELSEWHERE / "strip"))
    assert "reported by the program: an edit can forge it" in text


def test_noise_decides_what_is_held_out_of_a_reported_score() -> None:
    study = proposed(ELSEWHERE / "strip")
    noisy, still = (writing.text(study, writing.Measured(1.0, noise)) for noise in (True, False))
    assert tomllib.loads(noisy)["splits"] == {"test": "replicates"}
    assert tomllib.loads(still)["splits"] == {"test": "none"}


def test_the_file_speaks_of_noise_only_where_the_runs_showed_it(tmp_path: Path) -> None:
    root = code(tmp_path, main='RATE = 0.3\nprint("loss:", RATE)\n')

    def splits(held_out: str, measured: writing.Measured | None) -> str:
        text = writing.text(proposed(root, Answers(held_out=held_out)), measured)
        return next(line for line in text.splitlines() if line.startswith("splits"))

    calm, noisy = writing.Measured(0.4, False), writing.Measured(0.4, True)
    assert splits("replicates", noisy).endswith("the score differs from run to run")
    assert splits("replicates", calm).endswith("decided by runs under other seeds")
    assert splits("none", calm).endswith("no other data, and no noise")
    assert splits("none", noisy).endswith("nothing is held out")
    assert splits("none", None).endswith("nothing is held out")


def test_limits_follow_from_the_unchanged_program() -> None:
    study = proposed(ELSEWHERE / "strip")
    assert tomllib.loads(writing.text(study, writing.Measured(34.0, False)))["limits"] == {
        "cpu_s": 400
    }


def test_an_interpreter_of_the_project_and_a_cache_stand_in_the_file(tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "corpus"
    cache.mkdir(parents=True)
    root = tmp_path / "code"
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    code(root, main=f'X = open("{cache}").read()\nDEPTH = 3\nprint("loss:", X)\n')
    (root / "main.py").write_text(
        f'import os\nD = os.path.join("{tmp_path}/cache", "corpus")\nDEPTH = 3\nprint("loss:", D)\n'
    )
    found = written(root)["code"]
    assert (found["python"], found["data"]) == (".venv/bin/python", [str(cache)])


def test_a_file_in_place_of_the_folder_is_told_with_the_command(tmp_path: Path) -> None:
    file = code(tmp_path, main='print("loss:", 1)') / "main.py"
    with pytest.raises(UserError, match=rf"toolkit init {tmp_path} --program main\.py"):
        survey.read(file)


def test_a_share_of_data_that_the_program_reads_by_itself_cannot_be_held_out() -> None:
    says = (
        r"--held-out 0\.5: only of rows or queries that the host hands.*a printed task hands over"
    )
    with pytest.raises(UserError, match=says):
        proposed(ELSEWHERE / "strip", Answers(held_out=0.5))
    assert proposed(ELSEWHERE / "submission", Answers(held_out=0.3)).splits == 0.3


@pytest.mark.parametrize("name", ["NUM_STEPS", "epochs", "n_estimators", "max_iter", "maxRounds"])
def test_a_parameter_that_buys_time_is_said_to(tmp_path: Path, name: str) -> None:
    root = code(
        tmp_path, main=f'{name} = 10  # of all\nDEPTH = 3\nprint("loss:", {name} * DEPTH)\n'
    )
    lines = writing.text(proposed(root)).splitlines()
    (bought,) = [line for line in lines if line.startswith(f"{name} = ")]
    says = "# of all; more of it costs more seconds, so a gain may be bought with time: [limits] wall_s"
    assert says in bought
    (depth,) = [line for line in lines if line.startswith("DEPTH = ")]
    assert "more seconds" not in depth


def test_a_size_of_a_step_buys_no_time() -> None:
    assert not words.buys_time("step_size")
    assert not words.buys_time("learning_rate")
