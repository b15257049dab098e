"""What is wrong with a study's task is told at once, before anything is spent."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_tasks import CONTEXT, FLOORS, ITEMS, VAULT, changed, told

from toolkit.errors import StudyError
from toolkit.study import study as study_files

GOLD = 'toolkit.Gold(TRUTH, "extra" if item.id.endswith("3") else "number")'


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
         "items(): an item's call is a text, unlike 7 of item 'a:0'"),
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
        (GOLD, "TRUTH", "vault(): each is a toolkit.Gold(answer, kind), unlike that of 'a:0' (1.0), 'a:1' (1.0)"),
        (GOLD, 'toolkit.Gold(TRUTH, "overall" if item.id == "b:1" else "number")',
         "vault(): rename the kind, there is another metric of this name: 'overall' of item 'b:1'"),
        (GOLD, 'toolkit.Gold(TRUTH, 1)', "vault(): a kind is a text, unlike that of 'a:0' (1)"),
        (GOLD, 'toolkit.Gold(TRUTH, "number", "t1")', "; write toolkit.Gold(answer, kind)"),
        (GOLD, 'toolkit.Gold(TRUTH, "number", evidence=())', "; evidence is the study's own affair:"),
        (GOLD, 'toolkit.Gold(TRUTH, "number" if item.cluster in "abc" else "extra")',
         "[splits] test: none of its 12 items is of a kind that counts (number)"),
        (FLOORS, "[0.5]", "floors() gives a list; write `def floors(self)`, which gives {name: output}"),
        (FLOORS, '{1: {"answer": "no"}}', "floors(): the name of an output is a text, unlike 1"),
        (FLOORS, '{"half": {0.5}}', "floors()['half'] is no JSON value: Object of type set"),
        (FLOORS, '{"half": 0.5}', "floors()['half'] is refused by check(): each answer must be {"),
        (FLOORS, '{"half": {"answer": "0.5"}}', "named_floors: floors() does not give 'no number'"),
        ('return ""', "return 7", "check(floors()['no number']) gives 7; write `def check(self, output)`, which gives what"),
        ('return ""', "1 / 0", "check(floors()['no number']) raised ZeroDivisionError: division by ze"),
        ('output["answer"]\n\n    def explain', 'output["x"]\n\n    def explain',
         "answer(floors()['no number']) raised KeyError: 'x' (task.py, line"),
        ("wrong_context = True", 'wrong_context = "yes"',
         "Toy.wrong_context is 'yes'; write `wrong_context = True` (or False)"),
        ("def contexts(self)", "def _contexts(self)",
         "Toy.wrong_context is True, and without contexts() no call has a context to take from"),
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
