"""Proposals of `toolkit init` for a code base, and the file that it writes."""

from __future__ import annotations

import shutil
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest
from programs_elsewhere_at import ELSEWHERE, NAMES

from toolkit.errors import UserError
from toolkit.scaffold import answers, options, parameters, proposal, ranges, survey, words, writing
from toolkit.scaffold.answers import Answers
from toolkit.scaffold.proposal import Proposal

MOST_LINES = 30


def proposed(root: Path, given: Answers = Answers()) -> Proposal:  # noqa: B008
    found = survey.read(root)
    return proposal.made(found, options.chosen(found, given), given)


def written(root: Path, given: Answers = Answers()) -> dict[str, Any]:  # noqa: B008
    return tomllib.loads(writing.text(proposed(root, given), writing.Measured(0.4, False)))


def code(tmp_path: Path, **files: str) -> Path:
    for stem, text in files.items():
        (tmp_path / f"{stem}.py").write_text(textwrap.dedent(text))
    return tmp_path


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
    ("name", "places"),
    [
        ("boosting", {"--learning-rate", "--num-leaves", "--max-iter", "--l2",
                      "--min-samples-leaf", "--loss", "--log-target"}),
        ("charlm", {f"train.py:{one}" for one in (
            "CONTEXT", "EMBED_DIM", "HIDDEN", "LEARNING_RATE", "BATCH_SIZE", "NUM_STEPS",
            "MOMENTUM", "WEIGHT_DECAY", "WARMUP_RATIO", "NESTEROV")}),
        ("ranker", {f"config.yaml:{one}" for one in (
            "retrieval.k1", "retrieval.b", "retrieval.top_k", "text.lowercase", "text.stopwords",
            "text.min_length", "title_boost")}),
        ("points", {"stack.py:TURN", "stack.py:SPREAD"}),
        ("submission", {"--neighbours"}),
        ("sorting", {"fastsort.py:THRESHOLD"}),
        ("strip", {"pack.py:key#0.3", "pack.py:pack#0.05", "pack.py:pack#0.01"}),
    ],
)  # fmt: skip
def test_values_that_change_the_program_are_parameters_and_no_others(
    name: str, places: set[str]
) -> None:
    """No seed, no path, no amount of evaluation, and no size of the problem is among them."""
    assert {one.at for one in proposed(ELSEWHERE / name).parameters} == places


def test_numbers_in_a_marked_block_are_parameters_where_nothing_else_is_there() -> None:
    found = {one.at: one for one in proposed(ELSEWHERE / "circles").parameters}
    assert "initial_program.py:construct_packing#0.3@1" in found
    assert all(at.startswith("initial_program.py:construct_packing#") for at in found)
    assert "line 21" in found["initial_program.py:construct_packing#0.3@1"].comment


@pytest.mark.parametrize("name", NAMES)
def test_every_range_holds_the_value_of_the_code(name: str) -> None:
    for one in proposed(ELSEWHERE / name).parameters:
        assert ranges.holds(one.shape, one.value), one


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [
        ("learning_rate", 0.1, {"float": [0.01, 1.0], "log": True}),
        ("weight_decay", 1e-4, {"float": [1e-6, 1e-3], "log": True}),
        ("dropout", 0.1, {"float": [0.0, 0.5]}),
        ("subsample", 1.0, {"float": [0.1, 1.0]}),
        ("momentum", 0.9, {"float": [0.5, 0.999]}),
        ("cooling", 0.997, {"float": [0.97, 0.9997]}),
        ("gamma", 0.99, {"float": [0.9, 0.999]}),
        ("scale", 2.0, {"float": [0.5, 8.0]}),
        ("bias", -2.0, {"float": [-8.0, -0.5]}),
        ("hidden", 64, {"choices": [16, 32, 64, 128, 256]}),
        ("depth", 6, {"int": [1, 24]}),
        ("layers", 1, {"int": [1, 4]}),
        ("num_leaves", 31, {"int": [7, 124], "log": True}),
        ("epochs", 20, {"int": [5, 40], "log": True}),
        ("nesterov", False, {"flag": True}),
        ("activation", "relu", None),
        ("betas", (0.9, 0.95), None),
        ("retriever.k1", 0.9, {"float": [0.23, 3.6]}),
        ("retriever.k1", 1.2, {"float": [0.3, 4.8]}),
        ("retriever.b", 0.4, {"float": [0.0, 1.0]}),
    ],
)
def test_a_range_follows_from_value_and_name(name: str, value: Any, shape: Any) -> None:
    assert ranges.proposed(name, value) == shape


@pytest.mark.parametrize("name", ["SEED", "data_dir", "num_workers", "test_size", "eval_tokens",
                                  "log_interval", "random_state", "outputPath", "device"])  # fmt: skip
def test_what_nobody_should_tune_is_left_out(name: str) -> None:
    assert not words.tunable(name)


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


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("k1=0.5:3", ("k1", {"float": [0.5, 3]})),
        ("depth=2:9", ("depth", {"int": [2, 9]})),
        ("act=relu,tanh", ("act", {"choices": ["relu", "tanh"]})),
        ("width=8,16", ("width", {"choices": [8, 16]})),
    ],
)
def test_a_range_is_typed_in_one_word(text: str, found: tuple[str, Any]) -> None:
    assert answers.ranges((text,)) == dict([found])


@pytest.mark.parametrize("text", ["k1", "k1=", "=1:2", "k1=3:1", "k1=a:b"])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--range"):
        answers.ranges((text,))


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


def test_at_most_a_dozen_parameters_are_taken_and_the_others_are_named(tmp_path: Path) -> None:
    lines = "".join(f"DEPTH_{n} = {n + 3}\n" for n in range(20))
    total = " + ".join(f"DEPTH_{n}" for n in range(20))
    study = proposed(code(tmp_path, main=f'{lines}print("loss:", {total})\n'))
    assert len(study.parameters) == parameters.MOST
    assert any("8 more values could be set" in one for one in study.warnings)


def test_the_size_of_the_problem_is_no_parameter(tmp_path: Path) -> None:
    head = '"""Cut rolls of length 240 into pieces."""\n'
    root = code(tmp_path, main=head + 'LENGTH = 240\nDEPTH = 3\nprint("waste:", LENGTH / DEPTH)\n')
    assert [one.name for one in proposed(root).parameters] == ["DEPTH"]


def test_a_constant_that_no_line_reads_is_no_parameter(tmp_path: Path) -> None:
    body = 'BAND = 24\nDEPTH = 3\nprint("loss:", DEPTH)\n'
    study = proposed(code(tmp_path, main=body))
    assert [one.name for one in study.parameters] == ["DEPTH"]
    assert "No line reads BAND, so that no search sets it." in study.warnings
    at_will = body.replace("DEPTH)", 'globals()["DEPTH"])')
    found = proposed(code(tmp_path, main=at_will)).parameters
    assert [one.name for one in found] == ["BAND", "DEPTH"]


def test_a_field_that_is_handed_on_without_its_name_is_a_parameter(tmp_path: Path) -> None:
    body = """
        from dataclasses import asdict, dataclass

        @dataclass
        class Config:
            depth: int = 3

        print("loss:", sum(asdict(Config()).values()))
        """
    assert [one.name for one in proposed(code(tmp_path, main=body)).parameters] == ["depth"]


def test_numbers_of_a_marked_block_that_draws_at_random_are_parameters(tmp_path: Path) -> None:
    block = """
        import random
        # EVOLVE-BLOCK-START
        def solve(cities, time_budget=100):
            rng = random.Random(20)
            n = 30
            temp = 0.12
            for _ in range(40):
                cities = sorted(cities, key=lambda one: rng.random() * temp)
            return cities[:20]
        # EVOLVE-BLOCK-END
        """
    judge = """
        import runpy
        def evaluate(program_path):
            made = runpy.run_path(program_path)["solve"]([3, 1, 2])
            return {"combined_score": 1.0 / (1 + abs(made[0]))}
        """
    (temp,) = proposed(code(tmp_path, initial_program=block, evaluator=judge)).parameters
    assert temp.at == "initial_program.py:solve#0.12"
    whole = block.replace("0.12", "1")
    (rounds,) = proposed(code(tmp_path, initial_program=whole, evaluator=judge)).parameters
    assert rounds.at == "initial_program.py:solve#40"


def test_the_head_of_a_cell_is_no_comment_of_a_parameter(tmp_path: Path) -> None:
    (lags,) = proposed(code(tmp_path, main='# %%\nlags = 5\nprint("loss:", lags)\n')).parameters
    assert lags.comment == ""


def test_a_score_of_the_baseline_does_not_count_beside_that_of_the_program(tmp_path: Path) -> None:
    lines = 'k = 3\nprint("baseline rmse", 9.0)\nprint("rmse", 1.0 * k)\n'
    assert proposed(code(tmp_path, main=lines)).option.name == "rmse"


def test_what_a_ranking_imports_may_be_edited_whatever_its_name(tmp_path: Path) -> None:
    root = tmp_path / "ranker"
    shutil.copytree(ELSEWHERE / "ranker", root)
    (root / "ranker" / "bm25.py").rename(root / "ranker" / "score.py")
    for file in (root / "ranker").glob("*.py"):
        file.write_text(file.read_text().replace("bm25", "score"))
    found = proposed(root)
    assert "ranker/score.py" in found.editable
    assert "evaluate.py" not in found.editable


def test_a_default_of_a_function_that_nobody_calls_hides_no_number_of_the_code(
    tmp_path: Path,
) -> None:
    text = """
        def unused(n=5):
            return n

        def made():
            slope = 0.3
            return slope * 2

        print("loss:", made())
        """
    (slope,) = proposed(code(tmp_path, main=text)).parameters
    assert (slope.at, slope.value) == ("main.py:made#0.3", 0.3)
    used = text.replace("made())", "made() + unused())")
    (n,) = proposed(code(tmp_path, main=used)).parameters
    assert (n.at, n.value) == ("main.py:unused.n", 5)


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
