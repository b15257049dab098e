"""Collections for ranking in the files of BEIR and TREC, and trec_eval's measures.

Formulas: trec_eval 9 (github.com/usnistgov/trec_eval, m_ndcg_cut.c, m_recip_rank.c, m_recall.c,
m_map.c, m_P.c). The gain of a document is its grade in the qrels, 0 where it is not judged or its
grade is below 0; a document is relevant from grade 1 on.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ...errors import StudyError
from ...records import parse
from ...text import short
from .kind import text_of

Grades = Mapping[str, int]
"""{document: grade} of one query"""
Measure = Callable[[Grades, Sequence[str]], float]
_FORM = re.compile(r"(ndcg|mrr|map|recall|precision|success)(?:@(\d+))?", re.I)
FORMS = "ndcg@10, mrr@10, map@100, recall@100, precision@10 or success@10 (any depth)"


@dataclass(frozen=True)
class Line:
    """One document or query, and the line in which it stands."""

    id: str
    value: Mapping[str, Any]
    number: int


def ndcg(grades: Grades, ranked: Sequence[str], depth: int) -> float:
    """Discounted gain of the first documents over that of the best order there is.

    Sum of grade / log2(rank + 1), as ndcg_cut of trec_eval: the gain is the grade itself.
    """
    best = sorted((max(one, 0) for one in grades.values()), reverse=True)
    ideal = _discounted(best[:depth])
    return _discounted([_gain(grades, one) for one in ranked[:depth]]) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def _gain(grades: Grades, document: str) -> int:
    return max(grades.get(document, 0), 0)


def mrr(grades: Grades, ranked: Sequence[str], depth: int) -> float:
    """1 over the rank of the first relevant document; 0 where there is none so far up."""
    ranks = (rank for rank, one in enumerate(ranked[:depth], 1) if _gain(grades, one))
    return 1 / next(ranks, math.inf)


def mean_precision(grades: Grades, ranked: Sequence[str], depth: int) -> float:
    """Mean over all relevant documents of the precision at their rank, map_cut of trec_eval."""
    found, total = 0, 0.0
    for rank, one in enumerate(ranked[:depth], 1):
        if _gain(grades, one):
            found += 1
            total += found / rank
    return total / len(relevant(grades))


def recall(grades: Grades, ranked: Sequence[str], depth: int) -> float:
    """Share of all relevant documents that stand among the first."""
    return _hits(grades, ranked, depth) / len(relevant(grades))


def precision(grades: Grades, ranked: Sequence[str], depth: int) -> float:
    """Share of relevant documents among the first; what was not returned is not relevant."""
    return _hits(grades, ranked, depth) / depth


def success(grades: Grades, ranked: Sequence[str], depth: int) -> float:
    """1 where any relevant document stands among the first, else 0."""
    return float(_hits(grades, ranked, depth) > 0)


def _hits(grades: Grades, ranked: Sequence[str], depth: int) -> int:
    return sum(_gain(grades, one) > 0 for one in ranked[:depth])


def relevant(grades: Grades) -> list[str]:
    return [one for one, grade in grades.items() if grade > 0]


_MEASURES: Mapping[str, Callable[[Grades, Sequence[str], int], float]] = {
    "ndcg": ndcg,
    "mrr": mrr,
    "map": mean_precision,
    "recall": recall,
    "precision": precision,
    "success": success,
}
NAMES = tuple(_MEASURES)


def measure(name: str) -> Measure | None:
    """The measure of a name such as "ndcg@10"; without a depth, of the first 1000."""
    found = _FORM.fullmatch(name.strip())
    if not found or found[2] == "0":
        return None
    depth = int(found[2] or 1000)
    function = _MEASURES[found[1].lower()]
    return partial(_at, function, depth)


def _at(
    function: Callable[[Grades, Sequence[str], int], float],
    depth: int,
    grades: Grades,
    ranked: Sequence[str],
) -> float:
    return function(grades, ranked, depth)


def lines(path: Path, what: str) -> list[Line]:
    """Documents or queries: a JSON object a line, with `_id` or `id`. Raises StudyError.

    A TSV file of queries or passages (id, text) is read as well.
    """
    found: list[Line] = []
    seen: dict[str, int] = {}
    for number, text in _numbered(path):
        value = (
            _tabbed(text, path, number) if path.suffix == ".tsv" else _object(text, path, number)
        )
        name = str(value.get("_id", value.get("id", "")))
        if not name:
            raise StudyError(f'{path}, line {number}: this {what} has no "_id" (nor "id")')
        if name in seen:
            raise StudyError(
                f"{path}: the {what} {short(name)} stands in line {seen[name]} and in line {number}"
            )
        if not isinstance(value.get("text", ""), str):
            raise StudyError(
                f'{path}, line {number}: "text" is {short(value["text"])}, and no text'
            )
        seen[name] = number
        found.append(Line(name, value, number))
    if not found:
        raise StudyError(f"{path} holds no {what}")
    return found


def _tabbed(text: str, path: Path, number: int) -> Mapping[str, Any]:
    fields = text.split("\t")
    if len(fields) != 2:
        raise StudyError(f"{path}, line {number}: it has {len(fields)} fields; write id, tab, text")
    return {"_id": fields[0], "text": fields[1]}


def _object(text: str, path: Path, number: int) -> Mapping[str, Any]:
    try:
        value = parse(text)
    except ValueError as error:
        raise StudyError(
            f"{path}, line {number}: it is no JSON object ({error}); each line is one, such as "
            '{"_id": "d1", "text": "…"}'
        ) from error
    if not isinstance(value, dict):
        raise StudyError(f"{path}, line {number}: it holds {short(value)}, and no JSON object")
    return value


def _numbered(path: Path) -> list[tuple[int, str]]:
    """(number, text) of every line that is not empty."""
    split = (one.removesuffix("\r") for one in text_of(path).split("\n"))
    return [(number, one) for number, one in enumerate(split, 1) if one.strip()]


def qrels(path: Path) -> dict[str, dict[str, int]]:
    """{query: {document: grade}} of TREC's four columns or BEIR's three. Raises StudyError."""
    found: dict[str, dict[str, int]] = {}
    for number, text in _numbered(path):
        fields = text.split("\t") if "\t" in text else text.split()
        if number == 1 and len(fields) > 2 and not _is_whole(fields[-1]):
            continue  # the names of BEIR's columns
        if len(fields) not in (3, 4) or not _is_whole(fields[-1]):
            raise StudyError(
                f"{path}, line {number}: {short(text)} is no judgement; write query, document, "
                "grade (BEIR), or query, 0, document, grade (TREC); a grade is a whole number"
            )
        query, document = fields[0].strip(), fields[-2].strip()
        if document in found.setdefault(query, {}):
            raise StudyError(
                f"{path}, line {number}: the document {short(document)} is judged twice for the "
                f"query {short(query)}"
            )
        found[query][document] = int(fields[-1])
    if not found:
        raise StudyError(f"{path} holds no judgement")
    return found


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"\s*-?\d{1,9}\s*", text) is not None


def run_file(text: str, where: str) -> dict[str, list[str]]:
    """{query: documents in their order} of a TREC run, or of JSON. Raises ValueError.

    TREC's order is that of the scores, the highest first, and of equal ones the last document name
    first, as trec_eval takes it; the rank that a line gives is not read.
    """
    if text.lstrip().startswith("{"):
        value = json.loads(text)
        if all(isinstance(one, list) for one in value.values()):
            return {str(query): list(map(str, one)) for query, one in value.items()}
        raise ValueError(f"{where}: each query has a list of document ids")
    rows: dict[str, list[tuple[float, str]]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        try:
            query, _, document, _, score, *_ = fields
            rows.setdefault(query, []).append((_score(score), document))
        except ValueError:
            raise ValueError(
                f"{where}, line {number}: {short(line)} is none of a run; write query, Q0, "
                "document, rank, score and a name"
            ) from None
    return {
        query: [document for _, document in sorted(some, reverse=True)]
        for query, some in rows.items()
    }


def _score(text: str) -> float:
    value = float(text)
    if math.isnan(value):
        raise ValueError
    return value
