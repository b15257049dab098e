"""What the reader of edits says of small edits in several styles of code."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.patches import diff, patch
from toolkit.reading.labels import classify, kappa
from toolkit.reading.reach import reach
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.roles import Roles, possible_labels
from toolkit.study.space import Choice, Flag, Float, Int, from_json, to_json

ROOT = Path(__file__).parent.parent
# a program in another style than memory_baseline: a class, f-strings, a language model
CHAT = {
    "app/load.py": """
import json

def load(path, parameters):
    rows = []
    for raw in json.loads(path):
        if raw["kind"] != "message":
            continue
        rows.append({"who": raw["author"], "text": raw["body"][: parameters["max_chars"]]})
    return rows
""",
    "app/search.py": '''
import json
import math
import re

class Searcher:
    """Ranks rows by shared words."""
    def __init__(self, rows, parameters):
        self.rows, self.parameters = rows, parameters

    def score(self, query, row):
        words = set(query.split())
        hits = sum(1.5 if w in row["text"] else 0 for w in words)
        return hits / len(words)

    def best(self, query):
        ranked = sorted(self.rows, key=lambda row: self.score(query, row))
        return ranked[1 : self.parameters["top_k"]]
''',
    "app/reply.py": """
from app.search import Searcher

SYSTEM = "You answer questions about a chat."
STYLE = "short"

def build(question, rows):
    lines = "\\n".join(f"{row['who']}: {row['text']}" for row in rows)
    return f"{SYSTEM}\\n\\n{lines}\\n\\nQuestion: {question}"

def ask(question, rows, services):
    reply = services["complete"](build(question, rows), temperature=0.7)
    return tidy(reply)

def tidy(reply):
    return "Answer: " + reply.strip()
""",
    "app/main.py": """
from app.load import load
from app.reply import ask
from app.search import Searcher

DEFAULTS = {"top_k": 5, "max_chars": 400, "mode": "plain", "cache": False}

def run(path, questions, parameters, services):
    parameters = {**DEFAULTS, **parameters}
    rows = load(path, parameters)
    searcher = Searcher(rows, parameters)
    return [ask(q, searcher.best(q), services) for q in questions]
""",
    "app/prompts/style.txt": "Answer in one sentence.\n",
}
ROLES = Roles(
    data=("app/load.py",),
    format=("app/reply.py:tidy",),
    architecture=("app/search.py", "app/main.py"),
    prompt=("app/prompts/*.txt",),
)
SPACE = {
    "top_k": Int(1, 20, 5),
    "max_chars": Int(10, 1000, 400),
    "mode": Choice(("plain", "deep"), "plain"),
    "cache": Flag(False),
    "unread": Float(0, 1, 0.5),
}
Edit = tuple[str, str, str]
EDITS: list[tuple[str, str, str, list[Edit]]] = [
    ("sort runs backwards", "bug_fix", "R3", [
        ("search", "self.score(query, row))", "-self.score(query, row))")]),
    ("sort direction by keyword", "bug_fix", "R3", [
        ("search", "self.score(query, row))", "self.score(query, row), reverse=True)")]),
    ("first hit is skipped", "bug_fix", "R2", [("search", "ranked[1 :", "ranked[0 :")]),
    ("division by zero", "bug_fix", "R3", [("search", "/ len(words)", "/ max(1, len(words))")]),
    ("words are compared in lower case", "bug_fix", "R3", [
        ("search", "query.split()", "query.lower().split()"),
        ("search", 'in row["text"]', 'in row["text"].lower()')]),
    ("a broken file does not end the run", "bug_fix", "R3", [
        ("load", "    for raw in json.loads(path):", "    try:\n        found = json.loads(path)\n    except ValueError:\n        found = []\n    for raw in found:")]),
    ("weight of a hit", "hyperparameter", "R2", [("search", "1.5", "2")]),
    ("temperature", "hyperparameter", "R2", [("reply", "temperature=0.7", "temperature=0")]),
    ("default in range", "hyperparameter", "R0", [("main", '"top_k": 5', '"top_k": 12')]),
    ("default out of range", "hyperparameter", "R1", [("main", '"top_k": 5', '"top_k": 50')]),
    ("a choice that is not listed", "hyperparameter", "R1", [("main", '"plain"', '"wide"')]),
    ("literal for a parameter", "hyperparameter", "R0", [("search", 'self.parameters["top_k"]', "8")]),
    ("literal out of range", "hyperparameter", "R1", [("search", 'self.parameters["top_k"]', "80")]),
    ("a parameter is scaled", "hyperparameter", "R3", [
        ("search", 'self.parameters["top_k"]', 'self.parameters["top_k"] * 2')]),
    ("system prompt", "prompt", "R3", [("reply", "about a chat.", "about a chat. Never guess.")]),
    ("question before the lines", "prompt", "R3", [
        ("reply", "{SYSTEM}\\n\\n{lines}\\n\\nQuestion: {question}", "{SYSTEM}\\n\\nQuestion: {question}\\n\\n{lines}\\n")]),
    ("prompt file", "prompt", "R3", [("prompts/style.txt", "one sentence", "five words")]),
    ("json reply asked for", "bug_fix", "R3", [
        ("reply", "temperature=0.7", 'temperature=0.7, response_format={"type": "json_object"}')]),
    ("all kinds are taken in", "data", "R3", [
        ("load", 'if raw["kind"] != "message":', 'if raw["kind"] not in ("message", "caption"):')]),
    ("another field", "data", "R3", [
        ("load", '{"who": raw["author"], ', '{"who": raw["author"], "date": raw["sent"], ')]),
    ("preamble of the answer", "format", "R3", [("reply", '"Answer: " + reply.strip()', "reply.strip()")]),
    ("answer cut at a sentence", "format", "R3", [
        ("reply", 'return "Answer: " + reply.strip()', 'first = reply.split(".")[0]\n    return first.strip()')]),
    ("rarity of words", "architecture", "R3", [
        ("search", "        return hits / len(words)", "        return hits * self.rarity(words)\n\n    def rarity(self, words):\n        n = [sum(w in row['text'] for row in self.rows) for w in words]\n        return sum(math.log(len(self.rows) / (1 + k)) for k in n)")]),
    ("two causes", "mixed", "R3", [
        ("reply", '"Answer: " + reply.strip()', "reply.strip()"),
        ("load", '"message":', '"message" and raw["kind"] != "caption":')]),
    ("only comments", "none", "R0", [("search", "words = set(", "# the words\n        words = set(")]),
    ("only a docstring", "none", "R0", [("search", '"""Ranks rows by shared words."""', '"""Ranks."""')]),
]  # fmt: skip


def edited(edits: list[Edit]) -> dict[str, str]:
    files = dict(CHAT)
    for name, old, new in edits:
        path = f"app/{name}" if "." in name else f"app/{name}.py"
        assert files[path].count(old) == 1, (name, old)
        files[path] = files[path].replace(old, new)
    return files


@pytest.mark.parametrize(
    ("label", "level", "edits"), [e[1:] for e in EDITS], ids=[e[0] for e in EDITS]
)
def test_edits_written_while_the_rules_were(label: str, level: str, edits: list[Edit]) -> None:
    read = classify(CHAT, edited(edits), ROLES, SPACE)
    assert (read.label or "none") == label, read
    assert reach(CHAT, edited(edits), SPACE).level == level


TRAPS: list[tuple[str, dict[str, str], Edit, str]] = [
    # what else the program does with its parameters, the edit, and what must not be R0 or R1
    ("an alias", {"main": "    p = parameters\n    rows"}, ("search", 'self.parameters["top_k"]', "8"), "R3"),
    ("a loop", {"main": "    for name in parameters: print(parameters[name])\n    rows"},
     ("search", 'self.parameters["top_k"]', "8"), "R3"),
    ("printed whole", {"main": '    print(f"{parameters}")\n    rows'},
     ("search", 'self.parameters["top_k"]', "8"), "R3"),
    ("read twice", {"main": '    print(parameters["top_k"])\n    rows'},
     ("search", 'self.parameters["top_k"]', "8"), "R3"),
    ("overwritten", {"main": '    parameters["top_k"] = 3\n    rows'},
     ("search", 'self.parameters["top_k"]', "8"), "R3"),
    ("exec", {"main": '    exec("")\n    rows'}, ("search", 'self.parameters["top_k"]', "8"), "R3"),
    ("another dictionary", {"main": '    Searcher(rows, {"top_k": 2})\n    rows'},
     ("search", 'self.parameters["top_k"]', "8"), "R3"),
    ("defaults used elsewhere", {"main": '    print(DEFAULTS["top_k"])\n    rows'},
     ("main", '"top_k": 5', '"top_k": 12'), "R2"),
    ("run calls itself", {"main": "    run(path, [], {}, services)\n    rows"},
     ("main", '"top_k": 5', '"top_k": 12'), "R2"),
    ("a callback", {"main": '    f = lambda parameters: parameters["top_k"]\n    rows'},
     ("search", 'self.parameters["top_k"]', "8"), "R3"),
    ("wrong type", {}, ("search", 'self.parameters["top_k"]', '"8"'), "R3"),
    ("a truth value for a number", {}, ("search", 'self.parameters["top_k"]', "True"), "R3"),
    ("an undeclared default", {"main": "    rows"}, ("search", "1.5", '"1.5"'), "R3"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("grown", "edit", "level"), [t[1:] for t in TRAPS], ids=[t[0] for t in TRAPS]
)
def test_nothing_is_called_reachable_that_is_not_shown_to_be(
    grown: dict[str, str], edit: Edit, level: str
) -> None:
    before = dict(CHAT)
    for name, text in grown.items():
        before[f"app/{name}.py"] = before[f"app/{name}.py"].replace("    rows", text, 1)
    path = f"app/{edit[0]}.py"
    after = {**before, path: before[path].replace(*edit[1:])}
    assert after != before
    assert reach(before, after, SPACE).level == level


def test_planted_faults_of_the_bundled_program() -> None:
    """Their repairs are labelled in studies/faults.md; all are code, which no tuner could write."""
    study = study_files.load(ROOT / "studies" / "daybook")
    expected = ["data", "bug_fix", "bug_fix", "bug_fix", "format"]
    for file, label in zip(
        sorted((ROOT / "studies" / "faults").glob("*.patch")), expected, strict=True
    ):
        after = patch.apply(study.sources, file.read_text())
        read = classify(study.sources, after, study.roles, study.space)
        assert read.label == label, (file.name, read)
        assert reach(study.sources, after, study.space).level == "R3"


def test_parameters_alone() -> None:
    read = classify(CHAT, CHAT, ROLES, SPACE, {"top_k": 9})
    assert (read.label, read.evidence) == ("hyperparameter", "sets top_k")
    assert reach(CHAT, CHAT, SPACE, {"top_k": 9}).level == "R0"
    assert reach(CHAT, CHAT, SPACE, {"top_k": 90}).level == "R1"
    assert reach(CHAT, CHAT, SPACE, {"topk": 9}).level == "R3"
    code = {**CHAT, "app/search.py": CHAT["app/search.py"].replace("1.5", "2")}
    assert reach(CHAT, code, SPACE, {"top_k": 9}).level == "R2"  # the farther of the two


def test_new_code_counts_for_its_caller() -> None:
    helper = "def first(text):\n    return text.partition('.')[0] + '.'\n"
    after = {**CHAT, "app/cut.py": helper}
    assert classify(CHAT, after, ROLES, SPACE).label == "architecture"  # nobody calls it
    used = CHAT["app/reply.py"].replace('"Answer: " + reply.strip()', "first(reply)")
    after["app/reply.py"] = "from app.cut import first\n" + used
    assert classify(CHAT, after, ROLES, SPACE).label == "format"


TIDY = 'return "Answer: " + reply.strip()'


@pytest.mark.parametrize(
    ("after", "label"),
    [
        ('if reply.endswith("?"):\n        return "yes"\n    ' + TIDY, "format"),
        ('if reply.endswith("?"):\n        return 1\n    ' + TIDY, "format"),
        ('if not reply:\n        return {"answer": True}\n    ' + TIDY, "format"),
        ('return ("Answer: " + reply.strip()) or 7', "format"),
        ("return 7", "format"),
        ("if not reply:\n        return None\n    " + TIDY, "bug_fix"),
        ("if not reply:\n        return 0\n    " + TIDY, "bug_fix"),
        ("if not reply:\n        return []\n    " + TIDY, "bug_fix"),
    ],
)
def test_a_constant_in_place_of_an_answer_is_format_and_an_empty_one_a_guard(
    after: str, label: str
) -> None:
    code = {**CHAT, "app/reply.py": CHAT["app/reply.py"].replace(TIDY, after)}
    assert classify(CHAT, code, ROLES, SPACE).label == label


def test_a_constant_that_no_code_of_the_outputs_form_returns_is_read_as_before() -> None:
    old = "hits = sum("
    new = "if not words:\n            return 1\n        hits = sum("
    code = {**CHAT, "app/search.py": CHAT["app/search.py"].replace(old, new)}
    assert classify(CHAT, code, ROLES, SPACE).label == "bug_fix"


def test_files_that_are_no_python_are_read_as_text() -> None:
    broken = {**CHAT, "app/search.py": "def ("}
    assert classify(CHAT, broken, ROLES, SPACE).label == "architecture"
    assert reach(CHAT, broken, SPACE).level == "R3"
    before, after = {"w.json": '{"a": 1.5}'}, {"w.json": '{"a": 20}'}
    assert classify(before, after, ROLES, SPACE).label == "hyperparameter"
    assert reach(before, after, SPACE).level == "R3"


def test_a_type_that_cannot_occur_is_not_measurable() -> None:
    assert "prompt" in possible_labels(ROLES, CHAT)
    asks = {"a.py": 'def run(q, parameters, services):\n    return services["complete"](q)\n'}
    assert possible_labels(Roles(), asks) == ("bug_fix", "architecture", "prompt", "hyperparameter")
    study = study_files.load(ROOT / "studies" / "daybook")
    assert set(possible_labels(study.roles, study.sources)) == {
        "bug_fix", "architecture", "data", "format", "hyperparameter",
    }  # fmt: skip


def test_kappa() -> None:
    """Cohen's own arithmetic: 20 yes-yes, 15 no-no, 5 and 10 apart make 0.4."""
    pairs: list[tuple[str | None, str | None]]
    pairs = [("y", "y")] * 20 + [("n", "n")] * 15 + [("y", "n")] * 5 + [("n", "y")] * 10
    assert kappa(pairs) == pytest.approx(0.4)
    assert kappa([("y", "y"), ("n", "n")]) == 1
    assert math.isnan(kappa([]))
    assert math.isnan(kappa([("y", "y")]))


def test_declarations_survive_the_ledger() -> None:
    assert {name: from_json(to_json(param)) for name, param in SPACE.items()} == SPACE


EDITS_BY_HAND = Path(__file__).parent / "edits"
Pairs = list[tuple[str | None, str | None]]


def labelled_by_hand() -> dict[str, list[dict[str, str | None]]]:
    """{half: edits with what the hand and the reader said}; the rules saw the odd half only."""
    programs = json.loads((EDITS_BY_HAND / "programs.json").read_text())
    halves: dict[str, list[dict[str, str | None]]] = {"odd (seen)": [], "even (held out)": []}
    for edit in json.loads((EDITS_BY_HAND / "edits.json").read_text()):
        program = programs[edit["program"]]
        space = {name: from_json(declared) for name, declared in program["space"].items()}
        before = patch.apply(program["files"], edit.get("start", ""))
        after, sets = patch.apply(before, edit.get("diff", "")), edit.get("sets", {})
        read = classify(before, after, Roles.from_json(program["roles"]), space, sets)
        far = reach(before, after, space, sets)
        row = {"name": edit["name"], "hand": edit["label"], "read": read.label,
               "reach": edit["reach"], "far": far.level}  # fmt: skip
        halves["odd (seen)" if int(edit["name"][:2]) % 2 else "even (held out)"].append(row)
    return halves


def test_edits_labelled_by_another_hand(capsys: pytest.CaptureFixture[str]) -> None:
    """Written and labelled before the rules were tuned, by somebody who had not seen them."""
    halves = labelled_by_hand()
    for half, rows in halves.items():
        pairs: Pairs = [(row["hand"], row["read"]) for row in rows]
        right, level = sum(a == b for a, b in pairs), sum(r["reach"] == r["far"] for r in rows)
        with capsys.disabled():
            print(f"\n{half}: label {right}/{len(rows)}, kappa {kappa(pairs):.2f}, "
                  f"reach {level}/{len(rows)}", end="")  # fmt: skip
        assert kappa(pairs) > 0.5
    rows = [row for half in halves.values() for row in half]
    assert len(rows) >= 40
    generous = [row for row in rows if str(row["far"]) < str(row["reach"])]
    assert generous == []  # in particular no false R0 or R1


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value"), [("top_k", 8), ("window", 2), ("answer_turns", 3)])
def test_r0_is_what_it_says(name: str, value: int, evaluator: LocalEvaluator) -> None:
    """A literal for a parameter gives the very answers that the parameter gives."""
    study = study_files.load(ROOT / "studies" / "daybook")
    path = next(p for p, text in study.sources.items() if f'parameters["{name}"]' in text)
    read = re.search(rf'(?:self\.)?parameters\["{name}"\]', study.sources[path])
    assert read is not None
    after = {**study.sources, path: study.sources[path].replace(read[0], str(value))}
    assert reach(study.sources, after, study.space).level == "R0"
    bench = Bench(study, evaluator)
    written = bench.run(Candidate(patch=diff.make(study.sources, after)), smoke=True)
    tuned = bench.run(Candidate({name: value}), smoke=True)
    assert written.status == tuned.status == "ok"
    assert written.outputs == tuned.outputs
