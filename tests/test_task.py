"""What is wrong with a study's task is told at once, before anything is spent, and what is right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import TOY

import toolkit
from searchers.autoresearcher import Autoresearch, shown_value
from searchers.autoresearcher.telling import asked
from searchers.optuna_search import OptunaSearch
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import CellSpec, Comparison, Plan
from toolkit.errors import DataError, StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.search.budget import Budget
from toolkit.search.searcher import Outline, refusal
from toolkit.study import study as study_files
from toolkit.study.task import contexts, floors, has_wrong_context, named_floors
from toolkit.testing import search

Cli = Callable[..., subprocess.CompletedProcess[str]]
TASK = (TOY / "task.py").read_text()
ITEMS = 'toolkit.Item(f"{cluster}:{number}", cluster, {"text": f"question {number}"})'
GOLD = 'toolkit.Gold(TRUTH, "extra" if item.id.endswith("3") else "number")'
VAULT = 'toolkit.Vault(gold, score, counted=["number"], best=1.0)'
FLOORS = '{"no number": {"answer": "no"}, "half": {"answer": "0.5"}}'
NOTE = '{"truth": f"the truth of {item.cluster} is {TRUTH}"}'
CONTEXT = '{cluster: {"offset": i / 100} for i, cluster in enumerate(CLUSTERS)}'


def changed(folder: Path, *edits: tuple[str, str]) -> Path:
    """The toy study with some texts of its task replaced."""
    text = TASK
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "task.py").write_text(text)
    return folder


def told(folder: Path) -> str:
    """What the study's error says, at load or where its task is opened."""
    with pytest.raises(StudyError) as caught:
        study_files.load(folder).task()
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("def vault(self) -> toolkit.Vault:", "def volt(self) -> toolkit.Vault:",
         "Toy has no method vault; write `def vault(self)`, which gives a toolkit.Vault"),
        ("def items(self)", "@property\n    def items(self)", "Toy.items is a property and no method"),
        ("def items(self)", "items = ()\n    def _items(self)", "Toy.items is a tuple and no method"),
        ("def items(self)", "async def items(self)", "Toy.items is an `async def`"),
        ("def explain(self, item: toolkit.Item, output: Any)", "def explain(self, item)",
         "Toy.explain cannot be called: too many positional arguments; write `def explain(self, it"),
        ("def floors(self)", "def floors(self, split)",
         "Toy.floors cannot be called: missing a required argument: 'split'"),
        ("def floors(self)", "@staticmethod\n    def floors(self)", "Toy.floors cannot be called"),
        ("def check(self, output: Any)", "@property\n    def check(self)", "Toy.check is a property"),
        ("def answer(self, output: Any)", "def answer(self)", "Toy.answer cannot be called"),
        ("def floors(self)", "def metrics(self): ...\n\n    def floors(self)",
         "Toy.metrics cannot be called: too many positional arguments; write `def metrics(self, ro"),
        ("def contexts(self)", "def context(self)",
         "Toy.context is no member of a task; did you mean 'contexts'? (write `def contexts(self)`"),
        ("def explain(self, item", "def explian(self, item",
         "Toy.explian is no member of a task; did you mean 'explain'?"),
        ("wrong_context = True", "wrong_contexts = True",
         "Toy.wrong_contexts is no member of a task; did you mean 'wrong_context'?"),
        ("def contexts(self)", "def conversations(self)",
         "Toy.conversations is called contexts now: it gives {call: context}; write `def contexts("),
        ("def floors(self)", "def constants(self)",
         "Toy.constants is called floors now: it gives {name: output}, whole outputs as a program"),
        ("def explain(self, item: toolkit.Item, output: Any)", "def passages(self, cluster)",
         "Toy.passages is called explain now: explain(item, output) gives what is shown of a fail"),
        ("def __init__(self, data: Path)", "def setup(self, data)",
         "Toy(data) cannot be called: too many positional arguments; write `def __init__(self, dat"),
        ("def __init__(self, data: Path)", "def __init__(self, data, extra)",
         "Toy(data) cannot be called: missing a required argument: 'extra'"),
        ("class Toy:", "import abc\n\nclass Toy(abc.ABC):\n    @abc.abstractmethod\n"
         "    def more(self): ...\n", "Toy is abstract: it does not define more"),
        ("class Toy:", "raise SystemExit(3)\n\nclass Toy:", "cannot be imported: SystemExit: 3"),
    ],
)  # fmt: skip
def test_a_class_that_does_not_keep_to_the_protocol_is_told_at_load(
    old: str, new: str, message: str, toy_folder: Path
) -> None:
    changed(toy_folder, (old, new))
    with pytest.raises(StudyError) as caught:
        study_files.load(toy_folder)
    assert f"task.class: {toy_folder / 'task.py'}" in str(caught.value)
    assert message in str(caught.value)


def test_a_file_without_a_class_is_told_how_to_name_one(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("task.py:Toy", "task.py"))
    with pytest.raises(StudyError, match=r'task\.class: must read "task\.py:Name", got '):
        study_files.load(file)


def test_a_method_that_is_only_inherited_from_the_protocol_is_missing(toy_folder: Path) -> None:
    derived = ("class Toy:", "class Toy(toolkit.Task):")
    assert study_files.load(changed(toy_folder, derived)).task().items()
    changed(toy_folder, derived, ("def vault(", "def valut("))
    with pytest.raises(StudyError, match="Toy has no method vault"):
        study_files.load(toy_folder)


def test_all_that_is_wrong_with_a_class_is_told_with_the_rest_of_the_study(
    toy_folder: Path,
) -> None:
    changed(toy_folder, ("def vault(", "def volt("), ("def items(self)", "def items(self, split)"))
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("cpu_s = 2", "cpu_s = 0"))
    with pytest.raises(StudyError, match=r"has 3 problem\(s\)") as caught:
        study_files.load(file)
    for text in ("no method vault", "Toy.items cannot be called", "limits.cpu_s"):
        assert text in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("self.data = data", "self.data = open(data / 'no.csv')",
         "__init__ raised FileNotFoundError: [Errno 2] No such file or directory"),
        ("self.data = data", "raise KeyError('train')", "__init__ raised KeyError: 'train' (task.py, li"),
        ("self.data = data", "self.data = data; self.items = [1]", "items() raised TypeError: 'list'"),
        (CONTEXT, "1 / 0", "contexts() raised ZeroDivisionError: division by zero (task.py, line"),
        (CONTEXT, "__import__('json').loads('no')", "(task.py, line"),
        (CONTEXT, "__import__('sys').exit('no')", "contexts() raised SystemExit: no"),
        (CONTEXT, "None", "contexts() gives None; write `def contexts(self)`"),
        (CONTEXT, "list(CLUSTERS)", "contexts() gives a list; write"),
        (CONTEXT, CONTEXT.replace("cluster:", "i:", 1), "contexts(): a call's name is a text, unlike 0"),
        (CONTEXT, CONTEXT.replace("i / 100", "{i}", 1),
         "contexts()['a'] is no JSON value: Object of type set is not JSON serializable"),
        (CONTEXT, CONTEXT.replace("i / 100", "float('nan')", 1), "contexts()['a'] is no JSON"),
        (CONTEXT, CONTEXT.replace("CLUSTERS", "'abde'"), "contexts() does not hold the call 'c', 'f'"),
        ('CLUSTERS = "abcdef"', 'CLUSTERS = "abde"', "[splits] names c, f, which the data does not"),
        (ITEMS, ITEMS.replace('f"{cluster}:{number}"', "number"), "an item's id is a text, unlike 0"),
        (ITEMS, ITEMS.replace('f"{cluster}:{number}"', "cluster"),
         "items(): several items have the same id: 'a', 'b', 'c' and 3 more"),
        (ITEMS, ITEMS.replace("cluster, {", "cluster.upper(), {"),
         "items(): contexts() does not hold the call 'A', 'B', 'C' and 3 more"),
        (ITEMS, '{"id": "a", "question": "?"}', "items(): each is a toolkit.Item(id, cluster, i"),
        (ITEMS, ITEMS.replace('{"text"', 'b"", {"text"').replace(', b"", {"text": f"question {number}"}',
         ', b"no"'), "items(): the input of 'a:0' is no JSON value: Object of type bytes"),
        (ITEMS, ITEMS.replace("cluster, {", "cluster, question={"),
         "keyword argument 'question' (task.py, line 30); an item's question is called input now"),
        (ITEMS, ITEMS.replace('"})', '"}, call=7)').replace('{number}"})', '{number}"}, call=7)'),
         "items(): an item's call is a text, unlike 7"),
        (VAULT, VAULT.replace("score, ", ""), "vault(): scorer is missing; write toolkit.Vault(gold, scorer),"),
        (VAULT, VAULT.replace("score,", "None,"), "vault(): scorer is missing; write toolkit.Vault(gold, sc"),
        (VAULT, VAULT.replace("score,", "lambda text: 1.0,"),
         "vault(): scorer must be a function of (gold, output): too many positional arguments"),
        (VAULT, VAULT.replace("best=", "refuses=bool, best="), "what refuses is the study's own affair:"),
        (VAULT, VAULT.replace("best=", "symmetric=0.5, best="), "vault(): symmetric must be a function"),
        (VAULT, VAULT.replace("best=1.0", "best='1'"), "vault(): best must be a finite number, got '1'"),
        (VAULT, VAULT.replace("best=", "pool=max, best="), 'write aggregate = "pooled" under [object'),
        (VAULT, VAULT.replace('["number"]', '"number"'),
         "vault() raised TypeError: counted is a list of kinds, such as ['number'], not a text (task.py"),
        (VAULT, VAULT.replace('["number"]', '["nubmer"]'),
         "counted names what is the kind of no item: 'nubmer'; did you mean 'number'? (the kinds are"),
        (VAULT, VAULT.replace('["number"]', "[]"), "vault(): counted names no kind"),
        (VAULT, VAULT.replace("(gold,", "({'a:0': gold['a:0']},"),
         "vault(): there is no gold answer for the item 'a:1', 'a:2', 'a:3' and 20 more"),
        (VAULT, "gold", "vault() gives a dict; write `def vault(self)`, which gives a toolkit.Vault"),
        (GOLD, "TRUTH", "vault(): each is a toolkit.Gold(answer, kind), unlike that of 'a:0', 'a:1'"),
        (GOLD, 'toolkit.Gold(TRUTH, 1)', "vault(): a kind is a text, unlike that of 'a:0'"),
        (GOLD, 'toolkit.Gold(TRUTH, "number", "t1")', "; write toolkit.Gold(answer, kind)"),
        (GOLD, 'toolkit.Gold(TRUTH, "number", evidence=())', "; evidence is the study's own affair:"),
        (GOLD, 'toolkit.Gold(TRUTH, "number" if item.cluster in "abc" else "extra")',
         "[splits] test: none of its 12 items is of a kind that counts (number)"),
        (FLOORS, "[0.5]", "floors() gives a list; write `def floors(self)`, which gives {name: output}"),
        (FLOORS, '{1: {"answer": "no"}}', "floors(): the name of an output is a text, unlike 1"),
        (FLOORS, '{"half": {0.5}}', "floors()['half'] is no JSON value: Object of type set"),
        (FLOORS, '{"half": 0.5}', "floors()['half'] is refused by check(): each answer must be {"),
        (FLOORS, '{"half": {"answer": "0.5"}}', "named_floors: floors() does not give 'no number'"),
        ('return ""', "return 7", "check() gives 7; write `def check(self, output)`, which gives what"),
        ('return ""', "1 / 0", "check(floors()['no number']) raised ZeroDivisionError: division by ze"),
        ('output["answer"]\n\n    def explain', 'output["x"]\n\n    def explain',
         "answer(floors()['no number']) raised KeyError: 'x' (task.py, line"),
        ("wrong_context = True", 'wrong_context = "yes"',
         "Toy.wrong_context is 'yes'; write `wrong_context = True` (or False)"),
        ("wrong_context = True", "def wrong_context(self): ...", "Toy.wrong_context is a method; write"),
        ('named_floors = ("no number",)', 'named_floors = "no number"',
         "Toy.named_floors is 'no number'; write `named_floors = [names]`"),
    ],
)  # fmt: skip
def test_what_a_method_gives_is_told_when_the_task_is_opened(
    old: str, new: str, message: str, toy_folder: Path
) -> None:
    changed(toy_folder, (old, new))
    text = told(toy_folder)
    assert message in text
    assert str(toy_folder) in text


@pytest.mark.parametrize(
    ("objective", "vault", "message"),
    [
        ('aggregate = "pooled"', VAULT,
         "vault(): pool is missing; write toolkit.Vault(gold, scorer, pool=pool), where pool gives "
         "one number and is a function of (rows)"),
        ('aggregate = "pooled"', VAULT.replace("best=", "pool=lambda: 1, best="),
         "vault(): pool must be a function of (rows): too many positional arguments"),
        ('aggregate = "pooled"', VAULT.replace("best=", "symmetric=score, pool=len, best="),
         "symmetric is a rule for one output, and the objective is pooled: leave symmetric out"),
        ('aggregate = "pooled"',
         "toolkit.Vault({**gold, 'a:0': toolkit.Gold(1, 'b')}, pool=len, counted=['b'])",
         "[splits] search: b, c hold no item of a kind that counts, and each is left out once (b)"),
        ('evidence = "reported"', "toolkit.Vault(gold)",
         "vault(): scorer is missing; write toolkit.Vault(gold, scorer), where scorer is a function of"),
    ],
)  # fmt: skip
def test_what_an_objective_asks_of_the_vault_is_told(
    objective: str, vault: str, message: str, toy_folder: Path
) -> None:
    changed(toy_folder, (VAULT, vault))
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("[names]", f"[objective]\n{objective}\n\n[names]"))
    assert message in told(toy_folder)


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


def bare(folder: Path) -> Path:
    """The toy study without parameters."""
    file, code = folder / "study.toml", folder / "toy_pipeline" / "curve.py"
    file.write_text(file.read_text().partition("[parameters]")[0])
    code.write_text("def height(parameters):\n    return 0.3\n")
    return folder


def test_tuners_have_nothing_to_do_in_a_study_without_parameters(
    cli: Cli, toy_folder: Path, tmp_path: Path
) -> None:
    done = cli("compare", str(bare(toy_folder)), "--searchers", "random,tpe=optuna")
    assert done.returncode == 2
    assert (
        "no searcher of this command has anything to do:\nrandom, tpe: the study declares no par"
        in done.stderr
    )
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "searcher",
    [RandomSearch(), OptunaSearch(), Autoresearch(scope="parameters")],
    ids=lambda searcher: type(searcher).__name__,
)
def test_a_searcher_of_values_says_so_before_it_runs(searcher: toolkit.Searcher) -> None:
    flag = Outline({"flag": toolkit.Flag(False)}, {})
    assert "add a table [parameters]" in refusal(searcher, Outline({}, {}))
    assert refusal(searcher, flag) == ""
    assert refusal(Autoresearch(), Outline({}, {})) == ""


class Edits:
    """Has nothing to ask of a study."""

    def run(self, lab: toolkit.Lab) -> None:
        while True:
            text = lab.sources["toy_pipeline/main.py"].replace("0.8", "0.9")
            lab.evaluate(lab.edit(toolkit.Candidate(), {"toy_pipeline/main.py": text}))


def test_the_cells_that_have_something_to_do_go_on(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    bench = Bench(study_files.load(bare(toy_folder)), evaluator)
    cells = [
        CellSpec("random", "random", RandomSearch, {}, 0),
        CellSpec("edits", "e", Edits, {}, 0),
    ]
    with Ledger(tmp_path / "run", writer=True) as ledger:
        state = Comparison(bench, ledger, Plan(cells, Budget(2))).run()
    ends: Mapping[str, Any] = {cell.alias: cell.ended for cell in state.cells.values()}
    assert ends["edits"]["status"] == "finished"
    assert ends["random"]["status"] == "failed"
    assert ends["random"]["detail"].startswith(
        "searcher 'random': the study declares no parameters"
    )
    assert "Traceback" not in ends["random"]["detail"]
    charged = {cell.alias: cell.charged for cell in state.cells.values()}
    assert charged == {"random": 0, "edits": 24}


def test_a_study_in_which_nothing_can_be_searched_is_refused(toy_folder: Path) -> None:
    file = bare(toy_folder) / "study.toml"
    file.write_text(file.read_text().replace('editable = ["toy_pipeline/*.py"]', "editable = []"))
    with pytest.raises(StudyError, match=r"code\.editable: names no file, and there are no \[para"):
        study_files.load(file)


def test_one_item_a_split_is_enough(toy_folder: Path, tmp_path: Path) -> None:
    changed(toy_folder, ("QUESTIONS = 4", "QUESTIONS = 1"))
    file = toy_folder / "study.toml"
    text = file.read_text().replace('search = ["a", "b", "c"]', 'search = ["a"]')
    file.write_text(text.replace('test = ["d", "e", "f"]', 'test = ["d"]'))
    options = {"pruner": "successive_halving"}
    cell = search(OptunaSearch, tmp_path / "run", budget=2, options=options, study=toy_folder)
    assert (cell.ended["status"], cell.charged) == ("finished", 2)


def test_a_model_is_shown_a_question_of_any_shape() -> None:
    shapes: Mapping[str, Any] = {
        "where?": {"text": "where?"},
        "where? (picture: a dog)": {"text": "where?", "caption": "a dog"},
        "bare": "bare",
        '{"text": "x", "options": ["a"]}': {"text": "x", "options": ["a"]},
        '{"rows": [1, 2]}': {"rows": [1, 2]},
        '{"text": 3}': {"text": 3},
        "[1, null]": [1, None],
        "null": None,
    }
    assert {text: asked(question) for text, question in shapes.items()} == {t: t for t in shapes}
    choice = toolkit.Choice((1, "1", "a"), 1)
    assert [shown_value(choice, value) for value in choice.values] == ["1", '"1"', "a"]


def test_a_prompt_is_written_for_questions_that_are_no_dictionaries(
    toy_folder: Path, tmp_path: Path
) -> None:
    changed(toy_folder, (ITEMS, ITEMS.replace('{"text": f"question {number}"}', "[number, None]")))
    prompts: list[str] = []

    class Reads(Autoresearch):
        def run(self, lab: toolkit.Lab) -> None:
            self.lab, self.best, self.steps = lab, lab.baseline, []
            prompts.append(self.prompt())

    search(Reads, tmp_path / "run", budget=1, study=toy_folder)
    assert "- [number] [0, null]\n" in prompts[0]
