"""Studies whose program asks a language model: prompts are edited, tuned and told apart."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from prompt_edits import echo, researcher
from scripted import MODEL, ScriptedServer

from toolkit.patches import diff, patch
from toolkit.plugins import installed
from toolkit.reading.labels import classify
from toolkit.study import study as study_files
from toolkit.study import switches
from toolkit.study.roles import possible_labels
from toolkit.study.study import Study

Cli = Callable[..., subprocess.CompletedProcess[str]]
NAIVE, TURN = "memory_baseline/prompts/naive.md", "memory_baseline/prompts/turn.md"
REPAIRS = sorted((ROOT / "studies" / "faults" / "prompts").glob("*.patch"))
BY_HAND = ROOT / "studies" / "prompts-by-hand.patch"
DATA = Path(os.environ.get("TOOLKIT_DATA_DIR", ""))
FILES = {"locomo-llm": "locomo/locomo10.json", "mem-gallery-llm": "mem-gallery"}


def bundled(name: str) -> Study:
    return study_files.load(installed().find("study", name).value)


@pytest.fixture(scope="module")
def study() -> Study:
    return bundled("daybook-llm")


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    """serve(answer) -> a language model on loopback that answers so."""
    servers: list[ScriptedServer] = []

    def start(answer: Any) -> ScriptedServer:
        servers.append(ScriptedServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def read_label(study: Study, after: dict[str, str]) -> str | None:
    return classify(study.sources, after, study.roles, study.space).label


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda path: path.stem)
def test_the_repair_of_a_prompt_reads_as_one(study: Study, repair: Path) -> None:
    after = patch.apply(study.sources, repair.read_text())
    assert after != study.sources
    assert read_label(study, after) == "prompt"


def test_repairs_of_prompts_apply_one_after_the_other_and_are_planted(study: Study) -> None:
    assert len(REPAIRS) == 3
    tree = dict(study.sources)
    for repair in REPAIRS:
        tree = patch.apply(tree, repair.read_text())
    assert "short phrase" in tree[NAIVE].split("---")[0]
    assert tree[NAIVE].index("{question}") < tree[NAIVE].index("with commas")
    assert tree[TURN].startswith("[{date}]")
    assert {path.stem for path in REPAIRS} <= {fault.name for fault in study.planted if fault.left}


def test_faults_of_prompts_are_listed_at_their_lines() -> None:
    table = (ROOT / "studies" / "faults.md").read_text(encoding="utf-8")
    listed = re.findall(r"`(memory_baseline/prompts/\w+\.md):(\d+)`.*`prompts/(.*\.patch)`", table)
    assert [name for _, _, name in listed] == [path.name for path in REPAIRS]
    for (path, number, _), repair in zip(listed, REPAIRS, strict=True):
        line = (ROOT / path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
        assert f"-{line}" in repair.read_text(encoding="utf-8").splitlines()


def test_edits_of_prompts_read_apart_from_edits_of_code(study: Study) -> None:
    assert "prompt" in possible_labels(study.roles, study.sources)
    quoted = bundled("daybook")
    assert "prompt" not in possible_labels(quoted.roles, quoted.sources)
    new = {**study.sources, "memory_baseline/prompts/mine.md": "{context}\n{question}\n"}
    assert read_label(study, new) == "prompt"
    gone = {path: text for path, text in study.sources.items() if path != NAIVE}
    assert read_label(study, gone) == "prompt"
    pipeline = "memory_baseline/asking/pipeline.py"
    last = study.sources[pipeline].replace("reply.strip()", "reply.strip().splitlines()[-1]")
    assert read_label(study, {**study.sources, pipeline: last}) == "format"
    both = {**study.sources, pipeline: last, TURN: "{date} {content}\n"}
    assert read_label(study, both) == "mixed"


ASKING = "memory_baseline/asking"
INLINE = {
    "in place of the file": (
        f"{ASKING}/pipeline.py",
        'read_prompt(parameters["prompt"])',
        '"Be brief.\\n---\\n{context}\\n\\nQuestion: {question}"',
    ),
    "behind the file's text": (
        f"{ASKING}/pipeline.py",
        'read_prompt(parameters["prompt"])',
        'read_prompt(parameters["prompt"]) + "\\nAnswer with a short phrase."',
    ),
    "where the model is asked": (
        f"{ASKING}/model.py",
        'complete = services["complete"]',
        'complete = services["complete"]\n'
        '    requests = [[{"role": "system", "content": "Be brief."}, *one] for one in requests]',
    ),
    "above the memories": (
        f"{ASKING}/memories.py",
        'return "\\n".join(map(self.word, turns))',
        'return "What was said:\\n" + "\\n".join(map(self.word, turns))',
    ),
}


@pytest.mark.parametrize("place", INLINE)
def test_a_prompt_that_stands_in_the_code_reads_as_one(study: Study, place: str) -> None:
    path, old, new = INLINE[place]
    after = {**study.sources, path: study.sources[path].replace(old, new)}
    assert after != study.sources
    assert read_label(study, after) == "prompt"


def test_a_prompt_as_a_new_constant_reads_as_one_and_another_default_does_not(study: Study) -> None:
    path = f"{ASKING}/pipeline.py"
    text = study.sources[path].replace('read_prompt(parameters["prompt"])', "PROMPT")
    constant = 'PROMPT = "Be brief.\\n---\\n{context} {question}"\n\nDEFAULTS: dict'
    after = {**study.sources, path: text.replace("DEFAULTS: dict", constant)}
    assert read_label(study, after) == "prompt"
    chosen = study.sources[path].replace('"prompt": "naive"', '"prompt": "short"')
    assert read_label(study, {**study.sources, path: chosen}) == "hyperparameter"
    fixed = study.sources[path].replace('parameters["prompt"]', '"short"')
    assert read_label(study, {**study.sources, path: fixed}) == "hyperparameter"


def test_a_prompt_under_another_name_reads_as_one(study: Study) -> None:
    short = "memory_baseline/prompts/short.md"
    rest = {path: text for path, text in study.sources.items() if path != short}
    renamed = {**rest, "memory_baseline/prompts/brief.md": study.sources[short]}
    assert read_label(study, renamed) == "prompt"


def test_all_switches_of_the_wide_study_can_be_on_together() -> None:
    wide = bundled("daybook-llm-wide")
    assert switches.pairs(wide.space, wide.sources) == []
    assert len([name for name in wide.space if name.startswith(("fix_", "prompt_"))]) == 7


def test_prompts_by_hand_apply_and_edit_prompts_alone(study: Study) -> None:
    after = patch.apply(study.sources, BY_HAND.read_text())
    assert {path for path in after if after[path] != study.sources.get(path)} == {NAIVE, TURN}
    assert read_label(study, after) == "prompt"


@pytest.mark.slow
def test_prompts_by_hand_score_several_times_as_much_with_the_local_reader(cli: Cli) -> None:
    scores = []
    for more in ((), ("--patch", str(BY_HAND)), ("--set", "prompt=careful")):
        done = cli("run", "daybook-llm", "--json", *more)
        assert done.returncode == 0, done.stderr
        scores.append(json.loads(done.stdout)["score"])
    naive, good, careful = scores
    assert good > 4 * naive
    assert careful < naive  # it refuses what it could answer


@pytest.mark.slow
def test_a_trial_without_its_prompt_fails_and_says_which_is_missing(
    cli: Cli, tmp_path: Path, study: Study
) -> None:
    left = {path: text for path, text in study.sources.items() if path != NAIVE}
    (tmp_path / "gone.patch").write_text(diff.make(study.sources, left))
    done = cli("run", "daybook-llm", "--patch", "gone.patch")
    assert "crashed" in done.stdout
    assert "no prompt 'naive': the file prompts/naive.md is missing (there: careful," in (
        done.stdout + done.stderr
    )
    used = cli("run", "daybook-llm", "--patch", "gone.patch", "--set", "prompt=short")
    assert "ok, score" in used.stdout


def compared(cli: Cli, server: ScriptedServer, searchers: str, after: str) -> Any:
    done = cli(
        "compare", "daybook-llm", "--budget", "6", "--searchers", searchers, "--out", "run",
        "--llm", f"openai:{MODEL}", "--after", after, "--json",
        OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_edit_of_a_prompt_gains_and_the_meters_stand_apart(
    cli: Cli, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve(researcher)
    summary = compared(cli, server, "random,optuna,autoresearch", "light")
    cells = {cell["searcher"]: cell for cell in summary["cells"]}
    assert cells["autoresearch"]["search"] > 3 * summary["baseline"]["search"]
    assert cells["autoresearch"]["search"] > cells["random"]["search"]
    told = " ".join(cli("report", "run", "--full").stdout.split())
    assert f"for its language model ({MODEL}); {len(server.prompts) * 1100:,} tokens" in told
    for name in ("random", "optuna", "autoresearch"):
        assert f"{name} (seed 0): its programs got" in told
    assert "there is no prompt 'naive'" in told


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_gain_of_a_prompt_is_attributed_to_it_by_claim_and_by_reading(
    cli: Cli, serve: Callable[..., ScriptedServer]
) -> None:
    summary = compared(cli, serve(researcher), "autoresearch", "full")
    found = summary["attribution"]["cells"]["autoresearch-0"]
    assert [part["label"] for part in found["parts"] if part["form"] == "edit"] == ["prompt"] * 2
    assert [part["read"] for part in found["parts"] if part["form"] == "edit"] == ["prompt"] * 2
    for labels in found["labels"].values():
        if isinstance(labels, dict) and "prompt" in labels:
            assert labels["prompt"]["sum"]["low"] > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", FILES)
def test_a_comparison_runs_whole_against_a_server(
    cli: Cli, serve: Callable[..., ScriptedServer], name: str
) -> None:
    if not (DATA / FILES[name]).exists():
        pytest.skip(f"needs {FILES[name]} in TOOLKIT_DATA_DIR")
    server = serve(echo)
    done = cli(
        "compare", name, "--budget", "2", "--searchers", "random", "--after", "none", "--out", "run",
        "--answer-llm", f"openai:{MODEL}", "--answer-max-usd", "10", "--json",
        OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none", TOOLKIT_DATA_DIR=str(DATA),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (cell,) = json.loads(done.stdout)["cells"]
    assert cell["trials"] == 2 and cell["search"] is not None
    # the unchanged program's questions are asked once more, which measures the reader's noise
    assert max(Counter(server.prompts).values()) == 2
    assert all("Question: " in prompt for prompt in server.prompts)
