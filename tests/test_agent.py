"""An agent at work: real processes in a real workspace, under the same meter as any searcher."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from agents import rows, search
from processes import sleepers, wait_for

from toolkit.bench.bench import Bench
from toolkit.outside import walls

SCALE_UP = "sed -i 's/SCALE = 0.8/SCALE = 1.0/' toy_pipeline/main.py\n"
CURVE = "sed -i 's/x.] - 0.7/x\"] - 0.1/' toy_pipeline/curve.py\n"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_script_that_improves_a_program_is_a_searcher(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench, tmp_path,
        SCALE_UP + 'try -m "the scale is too low" --label bug_fix\n'
        + CURVE + 'try -m "the peak stands elsewhere" --label=architecture --set steps=6\n',
        budget=2,
    )  # fmt: skip
    first, second = (found.cell.trials[number] for number in (1, 2))
    assert (first.candidate.note, first.candidate.label) == ("the scale is too low", "bug_fix")
    assert "+SCALE = 1.0" in first.candidate.patch
    assert "curve.py" not in first.candidate.patch and "curve.py" in second.candidate.patch
    assert second.candidate.overrides == {"steps": 6}
    assert second.score > first.score > 0.3
    assert found.said == ["0", "0"]
    assert "the best so far" in found.answers and "0 of 2 trials left" in found.answers
    assert found.ending == "exit status 0"
    assert found.cell.ended["status"] == "finished"


def test_each_trial_is_a_commit_and_a_line_of_the_results(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench, tmp_path,
        SCALE_UP + "try -m up --label bug_fix\n"
        "git checkout -q -f pristine\necho broken > toy_pipeline/main.py\ntry -m broken\n"
        "git checkout -q -f trial-1\nsay $(grep -c 'SCALE = 1.0' toy_pipeline/main.py)\n",
        budget=5,
    )  # fmt: skip
    assert found.said == ["0", "1", "1"]
    assert git(found.workspace, "tag").split() == ["pristine", "trial-1", "trial-2"]
    assert git(found.workspace, "log", "-1", "--format=%s", "trial-2").strip() == "broken"
    first, second = rows(found)
    assert first == {
        "trial": "1", "score": f"{found.cell.trials[1].score:.6g}", "gain": first["gain"],
        "status": "ok", "label": "bug_fix", "hypothesis": "up", "set": "", "problem": "",
    }  # fmt: skip
    assert float(first["gain"]) > 0.05
    assert (second["status"], second["score"]) == ("crashed", "")
    assert "broken" in second["problem"]


def test_the_results_tell_what_was_set_and_what_went_wrong_also_after_a_restart(
    bench: Bench, tmp_path: Path
) -> None:
    tries = "try --set x=0.4; try --set nope=1\necho broken > toy_pipeline/main.py; try\n"
    live = [*rows(search(bench, tmp_path, tries, budget=3))]
    assert [row["set"] for row in live] == ["x=0.4", "nope=1", ""]
    assert [row["problem"].partition(" '")[0] for row in live] == [
        "", "unknown parameter", "NameError: name",
    ]  # fmt: skip
    again = search(bench, tmp_path, "git checkout -q -f pristine; try --set x=0.5\n", budget=4)
    assert [*rows(again)][:3] == live


def test_more_than_the_budget_is_refused_and_costs_nothing(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench,
        tmp_path,
        "for x in 1 2 3 4 5 6; do try --set x=0.$x; done\n./budget; say $?",
        budget=3,
    )
    assert found.said == ["0", "0", "0", "3", "3", "3", "3"]
    assert "the budget is spent" in found.answers
    assert found.statuses == ["ok"] * 3


def test_what_cannot_be_a_candidate_is_charged_as_invalid_and_says_why(
    toy_folder: Path, bench: Bench, tmp_path: Path
) -> None:
    found = search(
        bench, tmp_path,
        "try\ntry --label nonsense --set x=0.2\ntry --set nosuch=1\nrm toy_pipeline/main.py\ntry\n"
        "git checkout -q -f pristine\n"
        "try --set x=0.3",
    )  # fmt: skip
    assert found.said == ["1", "1", "1", "1", "0"]
    assert found.statuses == ["invalid"] * 4 + ["ok"]
    assert "nonsense" in found.answers and "nosuch" in found.answers


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ("rm $F; mkfifo $F", "no regular file"),
        ("rm $F; ln -s /etc/passwd $F", "it is a symbolic link"),
        ("rm $F; mkdir $F", "no regular file"),
        ("truncate -s 1G $F", "larger than"),
        ("printf '\\377\\376' > $F", "not UTF-8"),
        ("printf x > toy_pipeline/$(printf '\\377').py", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_text_is_never_sent(
    bench: Bench, tmp_path: Path, spoil: str, says: str
) -> None:
    found = search(
        bench, tmp_path,
        f"F=toy_pipeline/curve.py\n{spoil}\ntry -m spoilt\nrm -rf $F toy_pipeline/*.py\n"
        "git checkout -q -f pristine\ntry --set x=0.2\n",
        budget=1,
    )  # fmt: skip
    assert found.said == ["2", "0"]
    assert says in found.answers and "nothing was charged" in found.answers
    assert found.statuses == ["ok"]


@pytest.mark.parametrize(
    "spoil",
    [
        "rm -rf .git",
        "rm results.tsv; ln -s /etc/nowhere results.tsv",
        "rm results.tsv; mkfifo results.tsv",
        "rm results.tsv; mkdir results.tsv",
        "touch .git/index.lock",
    ],
)
def test_a_spoilt_workspace_costs_no_trial(bench: Bench, tmp_path: Path, spoil: str) -> None:
    found = search(bench, tmp_path, f"{spoil}\n{SCALE_UP}try -m up\ntry --set x=0.2", budget=2)
    assert found.said == ["0", "0"]
    assert found.statuses == ["ok", "ok"]
    assert "no commit" in found.answers or "was not written" in found.answers


def test_two_trials_at_once_are_two_trials(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench, tmp_path, "try --set x=0.2 & try --set x=0.3 & try --set x=0.4 & wait", budget=3
    )
    assert found.said == ["0", "0", "0"]
    assert sorted(trial.candidate.overrides["x"] for trial in found.cell.trials.values()) == [
        0.2,
        0.3,
        0.4,
    ]
    assert sorted(row["trial"] for row in rows(found)) == ["1", "2", "3"]
    assert git(found.workspace, "tag").split() == ["pristine", "trial-1", "trial-2", "trial-3"]


def test_files_of_ones_own_are_no_part_of_a_candidate(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench, tmp_path,
        "echo idea > notes.md; mkdir -p .tool toy_pipeline/__pycache__; echo x > .tool/a.py\n"
        "echo x > toy_pipeline/__pycache__/b.py; echo 'HIGH = 1.0' > toy_pipeline/high.py\n"
        "try -m new\n",
        budget=1,
    )  # fmt: skip
    assert found.statuses == ["ok"]
    patch = found.cell.trials[1].candidate.patch
    assert [line for line in patch.split("\n") if line[:4] == "+++ "] == [
        "+++ b/toy_pipeline/high.py"
    ]
    assert "left out, as no part of the program: notes.md" in found.answers


def test_an_agent_may_end_early(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench, tmp_path, "try --set x=0.2\n./done; say $?\ntry --set x=0.3\n./budget; say $?"
    )
    assert found.said == ["0", "0", "3", "3"]
    assert found.statuses == ["ok"]
    assert found.cell.ended["status"] == "finished"


def test_an_agent_that_crashes_leaves_its_trials(bench: Bench, tmp_path: Path) -> None:
    found = search(bench, tmp_path, "try --set x=0.2\nkill -9 $$")
    assert found.statuses == ["ok"]
    assert found.cell.ended["status"] == "finished"
    assert found.ending == "exit status 137"


def test_an_agent_that_tries_nothing_is_reported_with_what_to_do(
    bench: Bench, tmp_path: Path
) -> None:
    found = search(bench, tmp_path, "nosuchcommand\nexit 127", rounds=5)
    assert found.cell.ended["status"] == "failed"
    detail = found.cell.ended["detail"]
    assert "tried nothing (exit status 127); the last line that it printed is" in detail
    assert "nosuchcommand: not found" in detail
    assert f"{found.folder / 'output-1.txt'} has the whole" in detail
    assert len(found.cell.sessions) == 1


@pytest.mark.slow
def test_an_agent_that_goes_on_is_ended_with_all_that_it_started(
    bench: Bench, tmp_path: Path
) -> None:
    found = search(
        bench, tmp_path,
        "trap '' TERM\n(setsid nohup sleep 86398.5 >/dev/null 2>&1 &)\nsleep 86398.5 &\n"
        "sh -c 'trap \"\" TERM HUP; sleep 86398.5; sleep 86398.5' &\n"
        "try --set x=0.2\nwhile true; do ./trial >/dev/null 2>&1; sleep 86398.5; done",
        budget=1, grace_s=0.3,
    )  # fmt: skip
    assert "after the budget" in found.ending
    wait_for(lambda: not sleepers())


@pytest.mark.slow
def test_the_last_trial_is_answered_however_long_it_takes(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench, tmp_path,
        "sed -i 's/^    value/    import time; time.sleep(0.4)\\n    value/' toy_pipeline/main.py\n"
        "try -m slow",
        budget=1, grace_s=0.2,
    )  # fmt: skip
    assert found.said == ["0"]
    assert found.cell.trials[1].usage.wall_s > 1.0
    assert found.ending == "exit status 0"


@pytest.mark.slow
def test_an_agent_that_hangs_has_its_own_limit(bench: Bench, tmp_path: Path) -> None:
    found = search(bench, tmp_path, "try --set x=0.2\nsleep 86398.5", seconds=1.0)
    assert "its own limit" in found.ending
    assert found.cell.sessions[1].wall_s >= 1.0
    wait_for(lambda: not sleepers())


@pytest.mark.slow
@pytest.mark.parametrize("limit", [{"max_seconds": 1.0}, {"max_usd": 0.2}])
def test_seconds_and_dollars_of_the_budget_end_an_agent(
    bench: Bench, tmp_path: Path, limit: dict[str, float]
) -> None:
    line = "Tokens: 2.1k sent, 150 received. Cost: $0.25 message, $0.25 session."
    found = search(
        bench, tmp_path,
        f"try --set x=0.2\necho '{line}'\nsleep 86398.5",
        grace_s=0.2, **limit,
    )  # fmt: skip
    assert found.statuses == ["ok"]
    assert "after the budget" in found.ending


def test_an_agent_that_ends_its_parent_ends_itself(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench, tmp_path, "try --set x=0.2\nkill -9 $PPID\nsleep 0.2\ntry --set x=0.3", budget=2
    )
    assert found.statuses[0] == "ok"
    assert not sleepers()


@pytest.mark.slow
def test_rounds_run_the_command_again_while_budget_is_left(bench: Bench, tmp_path: Path) -> None:
    text = "try --set x=0.$(wc -l < results.tsv)\n"
    found = search(bench, tmp_path, text, budget=3, rounds=10)
    assert [trial.candidate.overrides["x"] for trial in found.cell.trials.values()] == [
        0.1,
        0.2,
        0.3,
    ]
    assert len(found.cell.sessions) == 3


def test_costs_are_on_record_as_its_output_tells_them(bench: Bench, tmp_path: Path) -> None:
    line = "Tokens: 2.1k sent, 150 received. Cost: $0.25 message, $0.25 session."
    found = search(bench, tmp_path, f"try --set x=0.2\necho '{line}'", budget=1)
    (session,) = found.cell.sessions.values()
    assert (session.tokens, session.usd) == (2250, 0.25)


def test_its_environment_is_the_users_without_our_data(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLKIT_DATA_DIR", "/nowhere")
    monkeypatch.setenv("MY_OWN", "kept")
    found = search(
        bench, tmp_path,
        'say "${TOOLKIT_DATA_DIR-unset} $MY_OWN"; say $(head -1 "$TOOLKIT_PROGRAM")\n'
        'say $(ls -A "$HOME" | wc -l); try --set x=0.2',
        budget=1, home="workspace",
    )  # fmt: skip
    assert found.said == ["unset kept", "# Improve this program", "0", "0"]


def test_a_look_shows_what_fails_and_a_trial_can_be_read_as_json(
    bench: Bench, tmp_path: Path
) -> None:
    found = search(
        bench, tmp_path,
        "./trial --set x=0.2 --json > answer.json; ./look 0 > look.txt; say $?\n"
        "./look 1 --against 0 --limit 2 --json > look.json; say $?; ./budget > budget.txt; say $?\n"
        "./look 1 --limit 2 > few.txt; say $?",
        budget=2,
    )  # fmt: skip
    assert found.said == ["0", "0", "0", "0"]
    few = (found.workspace / "few.txt").read_text()
    assert "2 of 12 failures shown:" in few and few.count("\n- ") == 2
    assert '"trial": 1' in (found.workspace / "answer.json").read_text()
    look = (found.workspace / "look.txt").read_text()
    assert "the pristine program" in look and "number" in look and "gold: 1.0" in look
    assert "1 of 2 trials left" in (found.workspace / "budget.txt").read_text()


@pytest.mark.skipif(not walls.abi(), reason="no Landlock here")
def test_an_agent_reads_neither_the_answers_nor_the_record_and_spoils_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    task, run = tmp_path / "toy" / "task.py", tmp_path / "run"
    found = search(
        bench, tmp_path,
        f"cat {task} >> stolen; say $?; cat {run}/ledger.sqlite >> stolen; say $?\n"
        f"ls {run} | grep -v agents >> stolen; cat $TMPDIR/../mark >> stolen; say $?\n"
        f"rm -rf {run}/ledger.sqlite {task}; echo x > {run}/x; try --set x=0.2",
        budget=1,
    )  # fmt: skip
    assert found.said == ["1", "1", "1", "0"]
    assert (found.workspace / "stolen").read_text() == ""
    assert found.cell.reach == "data hidden"
    assert task.exists() and (run / "ledger.sqlite").exists() and not (run / "x").exists()


@pytest.mark.slow
def test_an_agent_that_prints_a_hundred_megabytes_is_bounded(bench: Bench, tmp_path: Path) -> None:
    found = search(
        bench, tmp_path,
        "try --set x=0.2\nhead -c 100000000 /dev/zero | tr '\\0' 'x'\necho\n"
        "echo 'Tokens: 1.0k sent, 10 received.'",
        budget=1,
    )  # fmt: skip
    assert sum(path.stat().st_size for path in found.folder.glob("output*")) < 3_000_000
    assert found.cell.sessions[1].tokens == 1010
