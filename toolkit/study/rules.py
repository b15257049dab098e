"""Complaints about a task's rules: the vault with its functions, and the constant outputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from numbers import Real
from typing import Any

from ..text import short
from .complaints import Complaints, no_texts
from .inspection import WRITE, mismatch
from .objective import OVERALL, Objective, reserved
from .task import Gold, Item, Task, Vault, as_output, guesses, has_forms, named_floors

_MISSING = {
    "scorer": "toolkit.Vault(gold, scorer), where scorer is",
    "pool": "toolkit.Vault(gold, scorer, pool=pool), where pool gives one number and is",
}


def look_over(
    vault: Vault, items: Sequence[Item], objective: Objective, found: Complaints
) -> Mapping[str, Gold]:
    """The gold that is as it should be, by item."""
    note = partial(found.all, "vault()")
    strange = [_of(name, one) for name, one in vault.gold.items() if not isinstance(one, Gold)]
    note("each is a toolkit.Gold(answer, kind), unlike that of", strange)
    gold = {name: one for name, one in vault.gold.items() if isinstance(one, Gold)}
    odd = [_of(name, one.kind) for name, one in gold.items() if not isinstance(one.kind, str)]
    note("a kind is a text, unlike that of", odd)
    lacking = [short(item.id) for item in items if item.id not in vault.gold]
    note("there is no gold answer for the item", list(dict.fromkeys(lacking)))
    _functions(vault, objective, found)
    best = vault.best
    if best is not None and not (isinstance(best, Real) and math.isfinite(best)):
        found.problems.append(f"vault(): best must be a finite number, got {short(best)}")
    return {name: one for name, one in gold.items() if isinstance(one.kind, str)}


def _of(item: Any, value: Any) -> str:
    return f"{short(item)} ({short(value)})"


def kinds(vault: Vault, objective: Objective, found: Complaints) -> None:
    """A kind is shown as a metric of its name, which is to be no other metric's."""
    taken = {OVERALL, *reserved(objective)}
    lost: dict[str, str] = {}
    for name, one in vault.gold.items():
        if isinstance(one, Gold) and isinstance(one.kind, str) and one.kind in taken:
            lost.setdefault(one.kind, f"{short(one.kind)} of item {short(name)}")
    found.all("vault()", "rename the kind, there is another metric of this name:", [*lost.values()])


def _functions(vault: Vault, objective: Objective, found: Complaints) -> None:
    needed = not objective.pooled and objective.evidence != "measured"
    if vault.scorer is not None or needed:
        _function("scorer", vault.scorer, ("gold", "output"), found)
    if objective.pooled:
        _function("pool", vault.pool, ("rows",), found)
    elif vault.pool is not None:
        found.problems.append(
            'vault(): pool is of a pooled objective: write aggregate = "pooled" under '
            "[objective] in the study's file, or leave pool out"
        )
    if vault.symmetric is not None:
        _function("symmetric", vault.symmetric, ("gold", "output"), found)
        if objective.pooled:
            found.problems.append(
                "vault(): symmetric is a rule for one output, and the objective is pooled: leave "
                "symmetric out"
            )

    _views(vault.views, objective, found)


def _views(views: Mapping[str, Any], objective: Objective, found: Complaints) -> None:
    """Views have names of their own, are functions of one output, and need scores of items."""
    found.all("vault()", "the name of a view is a text, unlike", no_texts(views))
    for name, rule in views.items():
        _function(f"views[{short(name)}]", rule, ("gold", "output"), found)
    if objective.name in views:
        found.problems.append(
            f"vault(): rename the view {short(objective.name)}: it is the name of the objective"
        )
    if views and (objective.pooled or objective.evidence != "judged"):
        found.problems.append(
            "vault(): views are rules for one output, beside an objective that is a mean of scores "
            "of outputs, and this one is not: leave views out"
        )


def _function(name: str, function: Any, arguments: Sequence[str], found: Complaints) -> None:
    shown = f"a function of ({', '.join(arguments)})"
    if function is None:
        found.problems.append(f"vault(): {name} is missing; write {_MISSING[name]} {shown}")
        return
    wrong = mismatch(function, *arguments) if callable(function) else short(function)
    if wrong:
        found.problems.append(f"vault(): {name} must be {shown}: {wrong}")


def floors(task: Task, found: Complaints) -> None:
    """Constant outputs have names, are JSON and of the form that the task wants."""
    function = getattr(task, "floors", None)
    given = found.call("floors()", function) if function else {}
    if not found.is_a(given, Mapping, "floors()"):
        return
    found.all("floors()", "the name of an output is a text, unlike", no_texts(given))
    for name, output in given.items():
        _floor(task, f"floors()[{short(name)}]", output, found)
    named = getattr(task, "named_floors", ())
    if isinstance(named, list | tuple):
        lost = [short(one) for one in named_floors(task) if one not in given]
        found.all("named_floors", "floors() does not give", lost)


def told(task: Task, found: Complaints) -> None:
    """The scorer's rule in words, where the task tells it."""
    if function := getattr(task, "rule", None):
        given = found.call("rule()", function)
        if given is not None and not isinstance(given, str):
            found.problems.append(f"rule() gives {short(given)}; write {WRITE['rule']}")


def of_inputs(task: Task, item: Item, vault: Any, found: Complaints) -> None:
    """Form, guesses and gold as an output, of one item: the others are made in the same way."""
    for name in ("guesses", "as_output"):
        if hasattr(task, name) and not has_forms(task):
            found.problems.append(f"{name}() is read where there is a form: write {WRITE['form']}")
            return
    if not has_forms(task):
        return
    called = found.call("form(item)", lambda: getattr(task, "form")(item))  # noqa: B009
    if called is not None and not isinstance(called, str):
        found.problems.append(f"form(item) gives {short(called)}; write {WRITE['form']}")
    made = found.call("guesses(item)", lambda: guesses(task, item))
    if found.is_a(made, Mapping, "guesses(item)"):
        for name, output in made.items():
            _floor(task, f"guesses(item)[{short(name)}]", output, found)
    gold = vault.gold.get(item.id) if isinstance(vault, Vault) else None
    if isinstance(gold, Gold) and hasattr(task, "as_output"):
        output = found.call("as_output(gold)", lambda: as_output(task, gold))
        if output is not None:
            _floor(task, "as_output(gold)", output, found)


def _floor(task: Task, where: str, output: Any, found: Complaints) -> None:
    if not found.json(where, output):
        return
    if check := getattr(task, "check", None):
        wrong = found.call(f"check({where})", lambda: check(output))
        if wrong is not None and not isinstance(wrong, str):
            found.problems.append(f"check({where}) gives {short(wrong)}; write {WRITE['check']}")
        elif wrong:
            found.problems.append(f"{where} is refused by check(): {wrong}")
    if answer := getattr(task, "answer", None):
        found.json(f"answer({where})", found.call(f"answer({where})", lambda: answer(output)))
