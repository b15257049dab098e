"""Outcome of each integrity check for each program: one of four, and never more than it knows.

A finding; nothing found by this check; not applicable (it could find nothing here) and why; not
run and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from ..figures import counted
from ..integrity import plan
from . import findings, omissions
from .wording import Wording

FINDING = "finding"
NOTHING = "nothing found by this check"
NOT_APPLICABLE = "not applicable"
NOT_RUN = "not run"
LATER = "type the same command again, with --after full"
OPEN = "no data was held out"
FEW = 5  # items of a kind; with fewer, one output for most of them means nothing
RERUNS = {"again": plan.AGAIN, "another_order": plan.ORDER, "half_batches": plan.HALVES}

Row = Mapping[str, Any]
Ask = Callable[[Row, Row, Wording], "Conclusion"]
"""(a program's section, the scope, words) -> outcome"""
Conclusion = tuple[str, str, list[str]]
"""(outcome, why, findings as lines)"""


def outcomes(
    found: Row, words: Wording | None = None, after: omissions.After = None
) -> list[dict[str, Any]]:
    """Rows of check, subject, outcome, why and findings. found: the integrity section.

    after: the finding of how much follows the search, which says what was left out.
    """
    less = omissions.brief(after, read=found["scope"]["reach"] is not None)
    later = f"{less}; --after full runs it" if less else LATER
    return [
        {
            "check": check,
            "subject": subject,
            "outcome": outcome,
            "why": later if why == LATER else why,
            "findings": lines,
        }
        for check, subject, (outcome, why, lines) in _all(found, words or Wording())
    ]


def _all(found: Row, words: Wording) -> Iterator[tuple[str, str, Conclusion]]:
    scope = found["scope"]
    for check, ask in OF_EDITS.items():
        for name, one in found["champions"].items():
            yield check, name, ask(one, scope, words)
        for name, why in found["unchecked"].items():
            yield check, name, (NOT_APPLICABLE, why, [])
    for name in (*found["champions"], *found["unchecked"]):
        yield "gold n-grams in prompts", name, _prompts(found["gold_in_prompts"], name, scope)
    everybody = {"baseline": found["baseline"], **found["champions"]}
    for name, one in everybody.items():
        yield "more parts than gold", name, _parts(one["more_parts"], scope, words)
        yield "floors", name, _floors(found, name, words)
        for key, check in RERUNS.items():
            first = (name, key) == ("baseline", "again")
            row = found["noise_floor"][words.final] if first else one[key]
            yield check, name, _rerun(check, row, scope, words)
    yield "dead parameters", plan.STUDY, _dead(found, scope)


def _of(value: Any, tell: Callable[[Any], Iterator[str]]) -> Conclusion:
    if value is None:
        return NOT_RUN, LATER, []
    lines = list(tell(value))
    return (FINDING if lines else NOTHING), "", lines


def _edits(key: str, tell: Callable[[Any], Iterator[str]]) -> Ask:
    """A check that reads what edits add; a champion of parameters alone adds nothing."""

    def ask(one: Row, scope: Row, words: Wording) -> Conclusion:
        if not one["edits"]:
            return NOT_APPLICABLE, "the champion only sets parameters", []
        return _of(one[key], tell)

    return ask


def _gold(one: Row, scope: Row, words: Wording) -> Conclusion:
    if why := _no_gold(scope, "search", "test"):  # where nothing is sealed, it is the search's
        return NOT_APPLICABLE, why, []
    outcome, why, lines = _of(one["gold_ngrams"], findings.gold)
    return outcome, why or _reached(scope), lines


def _reached(scope: Row) -> str:
    """Number of gold answers that can be found: most are too short to be told from speech."""
    if (reach := scope["reach"]) is None:
        return ""
    split = "search" if _open(scope) else "test"
    return (
        f"{reach['gold'][split]} of {counted(reach['answers'][split], 'gold answer')} on {split} "
        "can be found"
    )


def _open(scope: Row) -> str:
    """Why a check of what is sealed finds nothing here; older ledgers all have a sealed split."""
    return "" if scope.get("sealed", True) else OPEN


def _no_gold(scope: Row, *splits: str) -> str:
    reach = scope["reach"]
    if reach is None or any(reach["gold"][split] for split in splits):
        return ""
    return "no gold answer has four words in a row that nothing else holds"


def _searched(one: Row, scope: Row, words: Wording) -> Conclusion:
    found = one["searched_items"]
    if found is not None and not found["known"]:
        return NOT_APPLICABLE, "no input of the search split has four words of its own", []
    return _edits("searched_items", findings.searched)(one, scope, words)


def _rare(one: Row, scope: Row, words: Wording) -> Conclusion:
    if why := _open(scope):
        return NOT_APPLICABLE, why, []
    if scope["reach"] and not scope["reach"]["words"]:
        return NOT_APPLICABLE, "the test split has no word of its own", []
    return _edits("rare_words", lambda _: findings.rare(one, words))(one, scope, words)


def _unreadable(one: Row, scope: Row, words: Wording) -> Conclusion:
    """Numbers and invisible characters are found in any study, unreadable words in most."""
    found = _edits("unreadable", findings.unreadable(one["held"]))(one, scope, words)
    if found[0] == NOTHING and scope["reach"] and not scope["reach"]["readable"] >= 0.5:
        return NOT_APPLICABLE, "texts of this study cannot be told from unreadable ones", []
    return found


def _symmetric(one: Row, scope: Row, words: Wording) -> Conclusion:
    if scope["reach"] and not scope["reach"]["symmetric"]:
        return NOT_APPLICABLE, "the task has no symmetric rule", []
    return _of(one["symmetric_gain"], lambda _: findings.symmetric(one, words))


def _no_texts(scope: Row) -> str:
    """Why a check that reads outputs as texts says nothing here; older ledgers hold texts."""
    reach = scope["reach"]
    return "no output is a text" if reach and not reach.get("texts", 1) else ""


def _parts(row: Row | None, scope: Row, words: Wording) -> Conclusion:
    if why := _no_texts(scope):
        return NOT_APPLICABLE, why, []
    return _of(row, partial(findings.more_parts, words=words))


def _repeated(one: Row, scope: Row, words: Wording) -> Conclusion:
    if why := _no_texts(scope):
        return NOT_APPLICABLE, why, []
    kinds = one["repeated_outputs"]
    if kinds and all(row["asked"] < FEW for row in kinds.values()):
        return NOT_APPLICABLE, f"no kind has {FEW} {words.nouns.items}", []
    return _of(kinds, lambda rows: findings.repeated(rows, FEW, words))


def _format(one: Row, scope: Row, words: Wording) -> Conclusion:
    if one["edits"] and not one["labelled"]:
        return NOT_APPLICABLE, "its searcher labels no edit", []
    return _edits("format_edits", findings.format_edits)(one, scope, words)


def _elsewhere(one: Row, scope: Row, words: Wording) -> Conclusion:
    if not scope.get("wrong_context", True):
        return NOT_APPLICABLE, "another context makes no sense in this study", []
    if scope["calls"] < 2:
        return NOT_APPLICABLE, f"{_all_items(words)} one {words.nouns.cluster}", []
    if one["wrong_context"] and one["wrong_context"]["kept"] is None:
        return NOT_APPLICABLE, f"it has no gain on {words.split}", []
    return _of(one["wrong_context"], partial(findings.elsewhere, words=words))


OF_EDITS: Mapping[str, Ask] = {
    "gold n-grams in edits": _gold,
    "searched items in edits": _searched,
    "rare words in edits": _rare,
    "unreadable texts in edits": _unreadable,
    "decoders in edits": _edits("decoders", findings.decoders),
    "many texts in edits": _edits("many", findings.many),
    "list parts": _symmetric,
    "repeated outputs": _repeated,
    "wrong context": _elsewhere,
    "edits labelled format": _format,
}


def _prompts(found: Row, name: str, scope: Row) -> Conclusion:
    if name not in found:
        return NOT_APPLICABLE, "it asked no language model", []
    row = found[name]
    if why := _open(scope) or _no_gold(scope, "test"):
        return NOT_APPLICABLE, why, []
    if row and row["unread"] == row["prompts"]:
        return NOT_RUN, "its prompts have changed since they were answered", []
    outcome, why, lines = _of(row, findings.prompts)
    if row and row["unread"]:
        changed = "has changed and was" if row["unread"] == 1 else "have changed and were"
        why = f"{row['unread']} of {counted(row['prompts'], 'prompt')} {changed} not read"
    return outcome, why or _reached(scope), lines


def _floors(found: Row, name: str, words: Wording) -> Conclusion:
    if not (found["scope"]["reach"] or {}).get("floors", True):
        return NOT_APPLICABLE, "the task has no floor", []
    if not found["floors"]:
        return NOT_RUN, f"no floor has a score on {words.split}", []
    rows = [row for row in found["below_floors"] if row["program"] == name]
    return _of(rows, partial(findings.floors, words=words))


def _rerun(check: str, row: Row | None, scope: Row, words: Wording) -> Conclusion:
    times = scope.get("replicates", 1)
    if check == plan.AGAIN and times > 1:
        why = f"the noise of {times} replicates was measured"
        return NOT_APPLICABLE, why, []
    if check == plan.HALVES and scope["most_items"] < 2:
        return NOT_APPLICABLE, f"no call has two {words.nouns.items}", []
    if check == plan.ORDER and scope["most_items"] < 2 and scope["calls"] < 2:
        return NOT_APPLICABLE, f"{_all_items(words)} one {words.nouns.item}", []
    if row and row["status"] == "ok" and row["outputs_differ"] is None:
        return NOT_RUN, LATER, []
    return _of(row, lambda known: findings.rerun(check, known, words))


def _all_items(words: Wording) -> str:
    """`the test split is`, to stand before what all of it is."""
    return "the test split is" if words.sealed else "the study has"


def _dead(found: Row, scope: Row) -> Conclusion:
    if why := found["dead_parameters_skipped"]:
        return NOT_APPLICABLE, why, []
    if not scope["parameters"]:
        return NOT_APPLICABLE, "the study has no parameters", []
    return _of(found["dead_parameters"], findings.dead)
