"""Kind "ranking": documents in the order in which they answer a query, judged by qrels.

A query is an item and a cluster of its own; all are asked in one call, whose context is the corpus.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from ...errors import StudyError, near_misses
from ...text import short
from ..task import Gold, Item, Vault
from ..toml import Table
from . import trec
from .kind import Kind, existing, settings

CALL = "corpus"
_KEYS = ("corpus_as", "queries_as", "run", "query_fields")
OPEN = ("_id", "id", "text")
"""what a script gets of a query: collections keep answers in the other fields, as SciFact does"""


@dataclass(frozen=True)
class Names:
    """Names of the files between the host and a script, and of what they hold of a query.

    fields: beside its id and its text.
    """

    corpus: str = "corpus.jsonl"
    queries: str = "queries.jsonl"
    run: str = "run.trec"
    fields: tuple[str, ...] = ()


def read(task: Table, code: Mapping[str, Any]) -> Kind | None:
    """The kind that [task] declares, without a look into its files."""
    told = len(task.problems)
    files = {
        "corpus": existing(
            task, "corpus", 'the documents, a JSON object a line with "_id", "text"'
        ),
        "queries": existing(
            task, "queries", 'the queries, a JSON object a line with "_id", "text"'
        ),
        "qrels": existing(task, "qrels", "the judgements, of TREC or BEIR"),
    }
    name = task.text("metric", default="ndcg@10").strip().lower()
    measure = trec.measure(name)
    if measure is None:
        hint = near_misses(name.partition("@")[0], trec.NAMES)
        task.problem("metric", f'there is none called "{name}"{hint}; write {trec.FORMS}')
    usual = Names()
    names = Names(
        corpus=task.text("corpus_as", default=usual.corpus),
        queries=task.text("queries_as", default=usual.queries),
        run=task.text("run", default=usual.run),
        fields=tuple(task.texts("query_fields", default=())),
    )
    if len(task.problems) > told or measure is None:
        return None
    found = {key: path for key, path in files.items() if path}
    return Kind(
        name="ranking",
        evidence="judged",
        direction="maximize",
        defaults={
            "objective": {"name": name},
            "names": {
                "item": ["query", "queries"],
                "cluster": ["query", "queries"],
                "output": "ranking",
            },
            "splits": {"test": 0.5},
        },
        files={key: found[key] for key in ("queries", "qrels")},
        settings={**settings(task, _KEYS), "metric": name},
        open={"corpus": found["corpus"]},
        leaves=(names.run,),
        make=partial(RankingTask, found, measure, names),
    )


class RankingTask:
    """Ranks documents. A query without a relevant document is left out, and told of."""

    def __init__(self, files: Mapping[str, Path], measure: trec.Measure, names: Names) -> None:
        """Raises StudyError where the files do not fit together."""
        self.names, self._measure = names, measure
        self._corpus = trec.lines(files["corpus"], "document")
        self._queries = trec.lines(files["queries"], "query")
        self._grades = trec.qrels(files["qrels"])
        self._check(files)

    def _check(self, files: Mapping[str, Path]) -> None:
        known = {one.id for one in self._queries}
        lost = [name for name in self._grades if name not in known]
        if len(lost) == len(self._grades):
            raise StudyError(
                f"{files['qrels']} judges no query of {files['queries']}: it names "
                f"{short(lost[0])}, and the first query is {short(self._queries[0].id)}"
            )
        documents = {one.id for one in self._corpus}
        strange = [one for some in self._grades.values() for one in some if one not in documents]
        if len(strange) == sum(map(len, self._grades.values())):
            raise StudyError(
                f"{files['qrels']} judges no document of {files['corpus']}: it names "
                f"{short(strange[0])}, and the first document is {short(self._corpus[0].id)}"
            )
        if len(self._asked) < 2:
            raise StudyError(
                f"{files['qrels']}: {len(self._asked)} of the {len(self._queries)} queries "
                f"{_have(len(self._asked))} a relevant document, and a search needs some to learn "
                "from and some to be judged by"
            )

    @cached_property
    def _asked(self) -> list[trec.Line]:
        """The queries that have a relevant document: of the others no order is better."""
        return [one for one in self._queries if trec.relevant(self._grades.get(one.id, {}))]

    @property
    def notes(self) -> Sequence[str]:
        """Sentences on the data that the person should know."""
        left, closed = len(self._queries) - len(self._asked), self._closed
        found = []
        if left:
            found.append(
                f"{left} of the {len(self._queries)} queries {_have(left)} no relevant document "
                f"and {'is' if left == 1 else 'are'} left out"
            )
        if closed:
            found.append(
                f"a program gets the id and the text of a query, and not {', '.join(closed)}: name "
                "in [task] query_fields what a script may read and holds no answer"
            )
        return tuple(found)

    @property
    def _closed(self) -> list[str]:
        """Fields of the queries that no program gets."""
        every = dict.fromkeys(
            key for one in self._asked for key, value in one.value.items() if value
        )
        return [key for key in every if key not in (*OPEN, *self.names.fields)]

    def items(self) -> Sequence[Item]:
        return [Item(one.id, one.id, one.value.get("text", ""), CALL) for one in self._asked]

    def contexts(self) -> Mapping[str, Any]:
        """The corpus: documents as they stand in its file, with their id as `id`."""
        return {CALL: [_document(one) for one in self._corpus]}

    def given(self, items: Sequence[Item]) -> Mapping[str, bytes]:
        """The two files of a script: the corpus as it stands, and the queries that are asked."""
        known, fields = {one.id: one for one in self._asked}, (*OPEN, *self.names.fields)
        asked = [known[item.id].value for item in items]
        return {
            self.names.corpus: _lined([one.value for one in self._corpus]),
            self.names.queries: _lined(
                [{key: one[key] for key in one if key in fields} for one in asked]
            ),
        }

    def read_output(self, items: Sequence[Item], output: Any) -> list[Any]:
        """The rankings of a run that a script left; a query that is not in it has none."""
        text = output["files"].get(self.names.run)
        if not isinstance(text, str):
            raise ValueError(f"it left no {self.names.run}, a TREC run or a JSON object of lists")
        found = trec.run_file(text, self.names.run)
        if not {item.id for item in items} & {*found}:
            raise ValueError(f"{self.names.run} ranks no document for any query that was asked")
        return [found.get(item.id, []) for item in items]

    def vault(self) -> Vault:
        gold = {one.id: Gold(self._grades[one.id]) for one in self._asked}
        return Vault(gold, self._score, best=1.0)

    def _score(self, gold: Gold, output: Any) -> float:
        return self._measure(gold.answer, [str(one) for one in output])

    def check(self, output: Any) -> str:
        """Fault of a ranking; "" for none. A document twice is one, as it is in trec_eval.

        One that the corpus does not hold counts as not relevant, as there.
        """
        if not isinstance(output, list):
            return f"a ranking is a list of document ids, the best first; got {short(output)}"
        odd = [one for one in output if isinstance(one, bool) or not isinstance(one, str | int)]
        if odd:
            return f"a ranking is a list of document ids; it holds {short(odd[0])}"
        ids = list(map(str, output))
        if len(set(ids)) < len(ids):
            twice = Counter(ids).most_common(1)[0][0]
            return f"a ranking names each document once; it names {short(twice)} twice"
        return ""


def _lined(values: Sequence[Any]) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in values).encode()


def _document(line: trec.Line) -> Mapping[str, Any]:
    rest = {key: value for key, value in line.value.items() if key not in ("_id", "id")}
    return {"id": line.id, **rest}


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
