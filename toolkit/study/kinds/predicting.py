"""Task of the kind "table": training rows with their target, asked rows without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import fmean, median
from typing import Any

from ...errors import StudyError
from ...records import digest
from ...text import short
from ..task import Gold, Item, Row, Vault
from . import rows as csv_rows
from .asking import Asking, parts
from .metrics import Metric
from .predictions import Form, label
from .rows import Rows

CALL = "table"
BLOCKS = 200
"""most clusters of a pooled metric without groups: each is left out once, for the interval"""
LIKELY = (("0", "1"), ("-1", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"))
"""pairs of labels of which the second is taken for the positive one"""


class TableTask:
    """Predicts a column. A program never gets the target of a row that it is asked about.

    Nor does it get that row's id, unless the study shows it: where a file is sorted by its target,
    the id tells the target.
    """

    def __init__(self, asking: Asking, metric: Metric) -> None:
        """Raises StudyError where the files do not hold what [task] says."""
        self.asking, self.metric = asking, metric
        self._train, self._asked = parts(asking)
        both = (self._train, self._asked)
        self._labels = [] if metric.takes == "numbers" else self._check_labels(both)
        self._check_target(both)
        self._positive = self._find_positive()
        self._form = Form(metric, tuple(self._labels), self._positive)

    def _check_labels(self, both: Sequence[Rows]) -> list[str]:
        """Every label, as text, in order."""
        target = self.asking.target
        found = {label(one) for rows in both for one in self._targets(rows)}
        if len(found) > len(both[0].rows) // 2 and len(found) > 20:
            raise StudyError(
                f"{both[0].file}, column {target!r}: it holds {len(found)} labels, nearly one a "
                f'row, and [task] metric = "{self.metric.name}" is of labels (for numbers write '
                'metric = "rmse", "mae" or "r2")'
            )
        return sorted(found)

    def _check_target(self, both: Sequence[Rows]) -> None:
        for rows in both:
            values = self._targets(rows)
            if len(set(values)) == 1 and len(values) > 1:
                raise StudyError(
                    f"{rows.file}, column {self.asking.target!r}: the {len(values)} "
                    f"{self._part(rows)} rows all hold {short(values[0])}, so there is nothing to "
                    "predict"
                )
            if self.metric.takes == "numbers" and min(values) < self.metric.least:
                raise StudyError(
                    f"{rows.file}, column {self.asking.target!r}: it holds {min(values):g}, and "
                    f"{self.metric.name} is of numbers that are not negative"
                )

    def _part(self, rows: Rows) -> str:
        return "training" if rows is self._train else "asked"

    def _targets(self, rows: Rows) -> list[Any]:
        """The target of every row: numbers, or labels as a program gets them."""
        target, metric = self.asking.target, self.metric
        if metric.takes == "numbers":
            why = f'[task] metric = "{metric.name}" is of numbers (for labels write accuracy or f1)'
            return list(rows.numbers(target, why))
        rows.full(target, "target")
        at = rows.header.index(target)
        return [row[at] for row in rows.typed]

    def _find_positive(self) -> str:
        """The positive label of two, as text; "" where the metric needs none."""
        known, given = self._labels, self.asking.positive
        listing = ", ".join(map(repr, known[:10]))
        where = f"{self._train.file}, column {self.asking.target!r}"
        if given and given not in known:
            raise StudyError(f"{where}: positive = {given!r} is none of its labels {listing}")
        if given and len(known) == 2:
            return given
        if not self.metric.positive:
            return known[-1] if known else ""
        if len(known) != 2:
            averaged = self.metric.name in ("f1", "precision", "recall")
            instead = f"; {self.metric.name}_macro takes many" if averaged else ""
            raise StudyError(
                f"{where}: it holds {len(known)} labels ({listing}), and {self.metric.name} is of "
                f"two{instead}"
            )
        order = sorted(known, key=str.lower)
        if (order[0].lower(), order[1].lower()) in LIKELY:
            return order[1]
        raise StudyError(
            f"{where}: which of {listing} is the positive label? Write positive = {known[0]!r} or "
            f"positive = {known[1]!r} under [task]"
        )

    @cached_property
    def _ids(self) -> list[str]:
        rows = self._asked
        if self.asking.id:
            return rows.column(self.asking.id)
        return [f"line {line}" for line in rows.lines]

    @cached_property
    def _by_id(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(self._ids)}

    def _clusters(self) -> list[str]:
        if self.asking.group:
            return self._asked.column(self.asking.group)
        if self.metric.row:
            return self._ids
        blocks = min(BLOCKS, len(self._ids))
        order = sorted(range(len(self._ids)), key=lambda at: digest(f"block:{self._ids[at]}"))
        found = [""] * len(order)
        for place, at in enumerate(order):
            found[at] = f"block {place % blocks + 1:03d}"
        return found

    def _kept(self, *, training: bool) -> list[int]:
        """Places of the columns that a program gets."""
        hidden = set() if training else {self.asking.target}
        if self.asking.id and not self.asking.show_id:
            hidden.add(self.asking.id)
        return [at for at, name in enumerate(self._asked.header) if name not in hidden]

    @cached_property
    def _inputs(self) -> list[dict[str, Any]]:
        kept = self._kept(training=False)
        names, values = self._asked.header, _typed_alike(self._asked, self._train)
        return [{names[at]: row[at] for at in kept} for row in values]

    def items(self) -> Sequence[Item]:
        """A row each, all of them in one call."""
        rows = zip(self._ids, self._clusters(), self._inputs, strict=True)
        return [Item(name, cluster, values, CALL) for name, cluster, values in rows]

    def contexts(self) -> Mapping[str, Any]:
        """The training rows, with their target."""
        kept, names = self._kept(training=True), self._train.header
        values, targets = _typed_alike(self._train, self._asked), self._targets(self._train)
        found = [{names[at]: row[at] for at in kept} for row in values]
        for row, target in zip(found, targets, strict=True):
            row[self.asking.target] = target
        return {CALL: found}

    def given(self, items: Sequence[Item]) -> Mapping[str, bytes]:
        """The two files of a script. A row that is asked about has its place for an id."""
        asking, places = self.asking, [self._by_id[item.id] for item in items]
        files = {}
        for name, rows, some in (
            (asking.names.train, self._train, range(len(self._train.rows))),
            (asking.names.asked, self._asked, places),
        ):
            training = rows is self._train
            kept = self._kept(training=training)
            own = [] if asking.show_id else [self._id_column]
            body = [
                [*[str(number)] * len(own), *(rows.rows[row][at] for at in kept)]
                for number, row in enumerate(some, 1 + training * len(places))
            ]
            files[name] = csv_rows.written([*own, *(rows.header[at] for at in kept)], body)
        return files

    @property
    def _id_column(self) -> str:
        return self.asking.id or "id"

    def read_output(self, items: Sequence[Item], output: Any) -> list[Any]:
        """The predictions that a script left; raises ValueError where they are no good."""
        name = self.asking.names.predictions
        text = output["files"].get(name)
        if not isinstance(text, str):
            raise ValueError(f"it left no {name} with a prediction for each row that it was asked")
        try:
            rows = csv_rows.parsed(text, name)
            at = rows.require(self._id_column, "id")
            found = dict(zip(rows.column(rows.header[at]), self._predicted(rows), strict=True))
        except StudyError as error:
            raise ValueError(str(error)) from None
        shown = self.asking.show_id
        wanted = [item.id if shown else str(place) for place, item in enumerate(items, 1)]
        lost = [one for one in wanted if one not in found]
        if len(rows.rows) != len(wanted) or lost:
            missing = f", and none for {self._id_column} {short(lost[0])}" if lost else ""
            raise ValueError(
                f"{name} holds {len(rows.rows)} rows for {len(wanted)} that were asked{missing}"
            )
        return [found[one] for one in wanted]

    def _predicted(self, rows: Rows) -> list[Any]:
        """The column of predictions, or a column of probabilities for each label."""
        column = self.asking.names.column
        if column in rows.header:
            at = rows.header.index(column)
            return [row[at] for row in rows.typed]
        labels = [at for at, name in enumerate(rows.header) if label(name) in self._labels]
        if self.metric.takes == "probabilities" and labels:
            return [{rows.header[at]: row[at] for at in labels} for row in rows.typed]
        rows.require(column, "column")
        return []

    def vault(self) -> Vault:
        targets = self._targets(self._asked)
        gold = {name: Gold(one) for name, one in zip(self._ids, targets, strict=True)}
        if self.metric.row:
            return Vault(gold, self._score, best=self._best)
        return Vault(gold, self._worse, pool=self._pool, best=self._best)

    @property
    def _best(self) -> float:
        """Score of a row that cannot be bettered."""
        return 1.0 if self.metric.takes in ("labels", "scores") else 0.0

    def _score(self, gold: Gold, output: Any) -> float:
        assert self.metric.row
        return self.metric.row(self._truth(gold), self._form.read(output))

    def _worse(self, gold: Gold, output: Any) -> float:
        """Score of a row for the order of failures alone; the metric itself is of all rows."""
        truth, given = self._truth(gold), self._form.read(output)
        if self.metric.takes == "numbers":
            wrong = (truth - given) ** 2
            return float(wrong if self.metric.direction == "minimize" else -wrong)
        if self.metric.takes == "labels":
            return float(truth == given)
        return float(given if truth == self._positive else -given)

    def _pool(self, rows: Sequence[Row]) -> float:
        function = self.metric.pool(self._positive, self._labels)
        truth = [self._truth(row.gold) for row in rows]
        return function(truth, [self._form.read(row.output) for row in rows])

    def _truth(self, gold: Gold) -> Any:
        return gold.answer if self.metric.takes == "numbers" else label(gold.answer)

    def check(self, output: Any) -> str:
        """Fault of one prediction; "" for none."""
        return self._form.problem(output)

    def floors(self) -> Mapping[str, Any]:
        """Constant predictions that the training rows suggest."""
        known = self._targets(self._train)
        if self.metric.takes == "numbers":
            return {"mean of training rows": fmean(known), "median": float(median(known))}
        counts = Counter(map(label, known))
        if self.metric.takes == "labels":
            most = counts.most_common(1)[0][0]
            return {"most frequent label": next(one for one in known if label(one) == most)}
        if len(self._labels) == 2:
            return {"share of training rows": counts[self._positive] / len(known)}
        return {"shares of training rows": {one: n / len(known) for one, n in counts.items()}}


def _typed_alike(rows: Rows, others: Rows) -> list[list[Any]]:
    """The rows with the types that a column has in both parts together."""
    both = Rows(rows.file, rows.header, [*rows.rows, *others.rows], [])
    return both.typed[: len(rows.rows)]
