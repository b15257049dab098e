"""What a request of the staged loop shows: whole texts, and what must never stand in one."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from asked_cells import Asked, cell, opened, text
from conftest import ROOT
from programs_elsewhere_at import ELSEWHERE

import toolkit
from searchers.autoresearcher import Autoresearch
from searchers.autoresearcher.edit import Edit, Prediction
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.requests import limit
from searchers.autoresearcher.requests.messages import Broken
from searchers.autoresearcher.requests.now import Notes
from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]
GOLDEN = Path(__file__).parent / "requests_shown"
STATIONS = Path(__file__).parent / "output_studies" / "stations"
MAIN = "toy_pipeline/main.py"


def compared(name: str, found: str) -> None:
    """The whole text is the one on record; a changed one is written beside it, to be read."""
    file = GOLDEN / f"{name}.txt"
    if not file.is_file() or file.read_text() != found:
        file.with_suffix(".new").write_text(found)
    assert file.is_file(), f"read {file.with_suffix('.new')} and rename it"
    assert found == file.read_text()


@pytest.fixture
def noisy(toy_folder: Path, evaluator: LocalEvaluator) -> Bench:
    """The toy, whose runs differ."""
    study = toy_folder / "study.toml"
    study.write_text(f"{study.read_text()}\n[replicates]\nfinal = 2\n")
    return Bench(study_files.load(toy_folder), evaluator)


def rescaled(asked: Asked, factor: str) -> dict[str, str | None]:
    """The toy's main file under another scale."""
    files = asked.lab.files(asked.best.candidate)
    return {MAIN: re.sub(r"SCALE = \S+", f"SCALE = {factor}", files[MAIN])}


def two_experiments(asked: Asked) -> None:
    """A survey; an edit that is kept and one that is not; a round after them."""
    asked.survey()
    better = Edit("bug_fix", "the scale loses a fifth", predicts=(Prediction("number", "up"),))
    asked.try_out(better, files=rescaled(asked, "0.95"))
    worse = Edit("hyperparameter", "y may be larger", predicts=(Prediction("overall", "up"),))
    asked.try_out(worse, {"y": 1.0}, outcome="rejected, 0.3486 -> 0.0000: no gain")
    asked.now |= {
        "notes": Notes(
            "# What I know\nThe peak of x is unknown.", "in round 1, before experiment 2"
        ),
        "answers": [("output of trial 0", "Trial 0: ok. It printed nothing.")],
        "remarks": ["1 edit was left out: at most 8 are tried"],
    }
    asked.round()


def test_a_survey_and_a_round_after_two_experiments_read_as_on_record(
    bench: Bench, tmp_path: Path
) -> None:
    asked = cell(bench, tmp_path / "run", two_experiments, examples=3)
    compared("toy-survey", text(asked.requests[0]))
    compared("toy", text(asked.requests[-1]))


def test_a_loss_that_is_pooled_is_told_in_its_own_direction_and_unit(
    evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    def play(asked: Asked) -> None:
        asked.survey()
        asked.try_out(Edit("hyperparameter", "the slope is too small"), {"slope": 1.0})
        asked.round()

    bench = Bench(study_files.load(STATIONS), evaluator)
    found = text(cell(bench, tmp_path / "run", play, examples=3).requests[-1])
    compared("stations", found)
    assert not re.search("of kind|[Ee]ach is a kind|the kinds that", found), "it has no kinds"


def test_who_sees_scores_and_sets_parameters_is_shown_no_item_and_no_form_for_files(
    bench: Bench, tmp_path: Path
) -> None:
    def play(asked: Asked) -> None:
        asked.survey()
        asked.try_out(Edit("hyperparameter", "x is far from its peak"), {"x": 0.5})
        asked.round()

    asked = cell(bench, tmp_path / "run", play, sees="scores", scope="parameters")
    found = text(asked.requests[-1])
    compared("toy-scores-parameters", found)
    assert not re.search("does not apply|causes whose repair|program shorter", found)
    assert not re.search(r"right: |items wrong|FILE: path|>>>>>>> REPLACE", found)
    assert "by kind: extra" in found


def test_a_request_is_a_pure_function_of_the_history(bench: Bench, tmp_path: Path) -> None:
    one, other = (cell(bench, tmp_path / name, two_experiments) for name in "ab")
    assert [text(each) for each in one.requests] == [text(each) for each in other.requests]


def test_no_item_is_shown_twice_and_in_the_end_all_were_shown(bench: Bench, tmp_path: Path) -> None:
    shown: list[str] = []

    def play(asked: Asked) -> None:
        choice = asked.made.choice
        for scale in ("0.9", "0.95", "0.99"):
            asked.try_out(Edit("bug_fix", "a scale"), files=rescaled(asked, scale))
            found = choice.next(asked.standing())
            assert len(found.wrong) <= 2
            shown.extend(case.item for case in (*found.wrong, *found.right))
            for fixed, broken in found.flips.values():
                shown.extend(flip.after.item for flip in (*fixed, *broken))
        while found.wrong:
            found = choice.next(asked.standing())
            shown.extend(case.item for case in (*found.wrong, *found.right))
        assert found.left == 0

    cell(bench, tmp_path / "run", play, examples=2)
    assert len(shown) == len({*shown})
    counted = [item.id for item in bench.items["search"][0] if not item.id.endswith("3")]
    assert set(counted) <= {*shown}


def test_nothing_of_the_inner_split_stands_in_a_request(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    file = toy_folder / "task.py"
    file.write_text(
        file.read_text().replace('f"question {number}"', 'f"question {number} about <{cluster}>"')
    )
    bench = Bench(study_files.load(toy_folder), evaluator)

    def play(asked: Asked) -> None:
        two_experiments(asked)
        for _ in range(4):
            asked.round()

    def hidden(lab: toolkit.Lab) -> Sequence[str]:
        return [item for item, cluster in lab.clusters.items() if cluster == "b"]

    asked = cell(bench, tmp_path / "run", play, hide=hidden)
    found = "".join(text(each) for each in asked.requests)
    assert "about <a>" in found
    assert "about <b>" not in found
    assert "truth of b" not in found
    assert "Guard: a part of the conversations is kept aside." in found
    assert "| number | 6 |" in found  # of nine


def many(number: int) -> list[Experiment]:
    """Experiments that a search has behind it, every twentieth of them kept."""
    return [
        Experiment(
            n,
            Edit("architecture", f"idea {n}: " + "a long reason why this should help " * 6),
            [n], "rejected" if n % 20 else "kept", f"rejected, 0.1 -> 0.1: no gain ({n})",
            change=-0.001 if n % 20 else 0.002, low=-0.01, high=0.01,
            kinds={"extra": 0.1, "number": -0.002}, fixed=["a:0"], broken=["b:0"],
        )
        for n in range(1, number + 1)
    ]  # fmt: skip


@pytest.mark.parametrize("tokens", [3500, 6000, 12_000])
def test_the_limit_of_tokens_is_kept_after_two_hundred_experiments(
    bench: Bench, tmp_path: Path, tokens: int
) -> None:
    def play(asked: Asked) -> None:
        asked.survey()
        asked.experiments = many(200)
        asked.round()

    asked = cell(bench, tmp_path / "run", play, tokens=tokens)
    survey, last = asked.requests
    assert survey.tokens <= tokens
    assert last.tokens <= tokens
    found = text(last)
    assert "200. [architecture] idea 200" in found or tokens < 4000
    counted = re.search(r"^1 to (\d+): (\d+) taken back, (\d+) kept$", found, re.M)
    if tokens < 12_000:
        assert counted
        assert int(counted[1]) == int(counted[2]) + int(counted[3])
    else:
        assert "\n1. [architecture] idea 1: a long reason" in found
    assert limit.tokens(*(m["content"] for m in last.shorter)) <= max(0.55 * last.tokens, 3000)


def test_a_long_survey_leaves_room_for_the_rounds(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    file = toy_folder / "task.py"
    long = 'f"question {number}" + " and so on" * 190'
    file.write_text(file.read_text().replace('f"question {number}"', long))
    bench = Bench(study_files.load(toy_folder), evaluator)

    def play(asked: Asked) -> None:
        asked.survey()
        asked.now["answers"] = [("items wrong", "a long answer\n" * 2000)]
        asked.round()

    survey, last = cell(bench, tmp_path / "run", play, tokens=6000).requests
    assert 4500 < survey.tokens <= 6000
    assert last.tokens <= 6000
    assert "more characters are left out]" in text(last)


def test_every_request_shows_the_files_and_parameters_as_they_are_now_and_once(
    bench: Bench, tmp_path: Path
) -> None:
    def play(asked: Asked) -> None:
        assert "\nSCALE = 0.8\n" in asked.survey()
        asked.try_out(Edit("bug_fix", "a scale"), {"x": 0.3}, files=rescaled(asked, "0.9"))
        second = asked.round()
        assert second.count("SCALE = 0.9") == 1
        assert "SCALE = 0.8" not in second
        assert "# Files (as the best program so far has them)" in second
        assert re.search(r"^- x = 0.3 \(a number from .*; 0.1 at the beginning\)$", second, re.M)

    cell(bench, tmp_path / "run", play)


def test_a_round_tells_nothing_of_the_survey_and_quotes_notes(bench: Bench, tmp_path: Path) -> None:
    def play(asked: Asked) -> None:
        asked.survey()
        asked.now["notes"] = Notes("# LOOK\nThe scale is suspicious.", "in the survey")
        found = asked.round()
        assert "Write no edits yet" not in found
        assert "# Scores at the beginning" not in found
        assert "# Your notes, written in the survey\n\n> # LOOK\n> The scale is susp" in found
        assert len(asked.requests[-1].messages) == 1

    cell(bench, tmp_path / "run", play)


def test_what_two_runs_differ_by_is_told_once_second_runs_have_measured_it(
    noisy: Bench, tmp_path: Path
) -> None:
    def play(asked: Asked) -> None:
        asked.try_out(Edit("hyperparameter", "x is far from its peak"), {"x": 0.3})
        assert "By how much is not known yet." in asked.round()
        asked.now["drifts"] = (0.01, -0.02)
        found = asked.round()
        assert "differ by up to 0.0310 in 95 of 100 cases, as reckoned from 2 programs" in found
        assert "noise 0.0310)" in found

    cell(noisy, tmp_path / "run", play)


def test_scores_that_are_means_of_two_runs_are_called_that(noisy: Bench, tmp_path: Path) -> None:
    def play(asked: Asked) -> None:
        assert "The best program was run twice." not in asked.round()
        asked.now["pooled"] = {asked.best.number: asked.best}
        assert "The best program was run twice." in asked.round()

    cell(noisy, tmp_path / "run", play)


def test_losses_are_counted_by_kind_and_step_where_a_trace_tells_the_step(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    trace = (
        "def trace(self, item, output):\n        step = 'reading' if item.id[-1] == '0' else 'x'"
    )
    trace += "\n        return {'lost': f'in {step}: why'}\n\n    def explain("
    file = toy_folder / "task.py"
    file.write_text(file.read_text().replace("def explain(", trace))
    bench = Bench(study_files.load(toy_folder), evaluator)

    def play(asked: Asked) -> None:
        asked.survey()

    found = text(cell(bench, tmp_path / "run", play).requests[0])
    assert "- number: 3 in reading, 6 in x\n" in found
    scores = cell(bench, tmp_path / "scores", play, sees="scores")
    assert "in reading" not in text(scores.requests[0])


def test_a_request_names_the_limits_of_a_trial(bench: Bench, tmp_path: Path) -> None:
    def play(asked: Asked) -> None:
        own = bench.study.limits
        told = f"{own.cpu_s:,g} seconds of CPU time and {own.memory_mb:,g} MB of memory."
        assert told in asked.survey()

    cell(bench, tmp_path / "run", play)


def test_a_file_that_is_too_long_is_named_with_its_lines(bench: Bench, tmp_path: Path) -> None:
    def play(asked: Asked) -> None:
        long = {"toy_pipeline/long.py": "".join(f"LONG{n} = {n}\n" for n in range(3000))}
        asked.try_out(Edit("data", "long"), files=long, verdict="kept")
        found = asked.survey()
        assert "LONG7 = 7" not in found
        assert "toy_pipeline/long.py is not shown here (3000 lines)" in found
        assert "SCALE = 0.8" in found

    cell(bench, tmp_path / "run", play, tokens=8000)


def test_only_marked_lines_may_be_changed_where_the_study_says_so(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    study = toy_folder / "study.toml"
    study.write_text(study.read_text().replace("editable =", 'blocks = "EVOLVE-BLOCK"\neditable ='))
    main = toy_folder / MAIN
    marked = "# EVOLVE-BLOCK-START\nSCALE = 0.8\n# EVOLVE-BLOCK-END"
    main.write_text(main.read_text().replace("SCALE = 0.8", marked))
    bench = Bench(study_files.load(toy_folder), evaluator)

    def play(asked: Asked) -> None:
        asked.survey()
        found = asked.round()
        assert "only the lines between a line with EVOLVE-BLOCK-START and the next" in found
        assert "add files in the same package" not in found
        assert "`DELETE: path`" not in found

    cell(bench, tmp_path / "run", play)


def test_a_repair_shows_what_the_edit_made_of_the_files_and_asks_for_all_of_it_again(
    bench: Bench, tmp_path: Path
) -> None:
    def play(asked: Asked) -> None:
        lab = asked.lab
        edit = Edit("bug_fix", "read a number", [(MAIN, "SCALE = 0.8\n", "SCALE = int('no')\n")])
        before = lab.files(lab.baseline.candidate)
        after = {**before, MAIN: before[MAIN].replace("0.8", "int('no')")}
        problem = "Traceback (most recent call last):\nValueError: invalid literal"
        asked.requests.append(asked.made.repair(Broken(edit, problem, before, after, 0, 3)))
        asked.requests.append(
            asked.made.repair(Broken(edit, "it fits nowhere", before, None, 1, 3))
        )

    asked = cell(bench, tmp_path / "run", play)
    compared("toy-repair", text(asked.requests[0]))
    assert "HYPOTHESIS: as above\n" in text(asked.requests[0])
    unread = text(asked.requests[1])
    assert "this is repair 2 of at most 3" in unread
    assert "<<<<<<< SEARCH\nSCALE = 0.8\n=======\nSCALE = int('no')\n>>>>>>> REPLACE" in unread


def test_an_experiment_says_what_it_took_and_what_stopped_it(bench: Bench, tmp_path: Path) -> None:
    def play(asked: Asked) -> None:
        one = asked.try_out(Edit("data", "keep more", depends=(3, 4)), {"x": 0.3})
        asked.experiments = [
            replace(
                one, trials=[1, 2, 3], repairs=1, verdict="rejected", scores=(0.5, 0.25),
                    purposes={2: "repaired", 3: "run once more"}, replicated=True,
                guard="the conversations that are kept aside fell", noise=0.004, chosen="x = 0.3",
            )
        ]  # fmt: skip
        found = asked.round()
        assert "1. [data] keep more (needs 3, 4)\n" in found
        for line in (
            "the guard said no: the conversations that are kept aside fell",
            "of its ways the best was: x = 0.3",
            "trials 1, 2 (repaired), 3 (run once more); 1 repair asked for",
            "two runs: score 0.5000 and 0.2500; what is told here is of their mean",
        ):
            assert f"   - {line}\n" in found
        assert "(noise 0.0040)" in found

    cell(bench, tmp_path / "run", play)


def test_honest_says_that_edits_for_the_scorer_alone_do_not_count(
    bench: Bench, tmp_path: Path
) -> None:
    def play(asked: Asked) -> None:
        asked.round()

    told = "An edit that only suits"
    honest = cell(bench, tmp_path / "honest", play, honest=True)
    assert text(honest.requests[0]).count(told) == 2
    assert told not in text(cell(bench, tmp_path / "usual", play).requests[0])


@pytest.mark.slow
def test_the_code_of_a_stranger_is_asked_about_after_init(cli: Cli, tmp_path: Path) -> None:
    copytree(ELSEWHERE / "strip", tmp_path / "strip")
    assert cli("init", "strip", "--yes", "--runs", "0").returncode == 0

    def play(asked: Asked) -> None:
        asked.survey()
        asked.try_out(Edit("hyperparameter", "tall ones first"), {"key_1": 0.2})
        asked.round()

    with opened(tmp_path / "strip") as evaluator:
        bench = Bench(study_files.load(tmp_path / "strip"), evaluator)
        asked = cell(bench, tmp_path / "run", play)
    compared("init-strip", text(asked.requests[-1]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("study", "parts"),
    [
        (
            "digits",
            [
                "It is the mean over 698 images.\n\nAn image scores 1 where",
                "objective, accuracy (higher is better): 0.",
                "two runs of the same program can differ",
                "# Some images that it gets wrong now",
                "# Some that it gets right now",
            ],
        ),
        (
            "packing",
            [
                "It is that of one packing.\n\nThe score is the sum of the 26 radii",
                "There is no other data: the sum of radii that the best program reaches",
                "# Its packing now\n\n- its packing: [[",
            ],
        ),
        (
            "nanolm",
            [
                "The number to improve is the bits per character; lower is better.",
                "It is kept if the bits per character falls for certain.",
                "# Some passages and their distributions now",
                "# Some that it does best now",
            ],
        ),
    ],
)
def test_bundled_studies_are_told_in_their_own_words(
    tmp_path: Path, study: str, parts: Sequence[str]
) -> None:
    with opened(ROOT / "studies" / study) as evaluator:
        bench = Bench(study_files.load(ROOT / "studies" / study), evaluator)
        asked = cell(bench, tmp_path / "run", lambda asked: [asked.survey(), asked.round()])
    found = text(asked.requests[0])
    for part in parts:
        assert part in found
    assert "question" not in found.partition("# What to do now")[0].lower()
    for request in asked.requests:
        assert request.tokens < 15_000
        assert "conversation" not in text(request)


def test_a_limit_of_tokens_that_not_even_the_form_keeps_is_refused() -> None:
    with pytest.raises(toolkit.UserError, match=r"prompt_tokens must be at least 4000, got 100"):
        Autoresearch(prompt_tokens=100)
