"""Metrics of predictions, by the names of scikit-learn's metrics and of its scorers.

One that is a mean over rows is taken row by row: an item then has a score. Any other is pooled over
all rows, by scikit-learn's own function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ..objective import Direction

Takes = Literal["numbers", "labels", "probabilities", "scores"]
"""what a prediction is: a number, a label, the probability of the positive label (or of each
label), any number that ranks the rows"""
Row = Callable[[Any, Any], float]
Pool = Callable[[Sequence[Any], Sequence[Any]], float]
SMALLEST = 2.0**-52
"""scikit-learn keeps a probability so far from 0 and 1, that of a double's rounding"""


@dataclass(frozen=True)
class Metric:
    """Metric of scikit-learn. row: of one row, where it is their mean; function: its name in
    sklearn.metrics. options: what is handed to it. positive: one label of two is the positive one.
    """

    name: str
    direction: Direction
    takes: Takes
    row: Row | None = None
    function: str = ""
    options: Mapping[str, Any] | None = None
    positive: bool = False
    least: float = -math.inf

    def pool(self, positive: str, labels: Sequence[str]) -> Pool:
        """The metric of all rows at once. positive, labels: as texts."""
        import sklearn.metrics

        options = dict(self.options or {})
        if self.positive and self.takes == "labels":
            options |= {"pos_label": positive, "average": "binary"}
        function = partial(getattr(sklearn.metrics, self.function), **options)
        if self.takes in ("scores", "probabilities"):
            return lambda truth, given: float(function([one == positive for one in truth], given))
        return lambda truth, given: float(function(truth, given))


def _squared(truth: float, given: float) -> float:
    return (truth - given) ** 2


def _absolute(truth: float, given: float) -> float:
    return abs(truth - given)


def _relative(truth: float, given: float) -> float:
    return abs(truth - given) / max(abs(truth), SMALLEST)


def _log_squared(truth: float, given: float) -> float:
    return (math.log1p(truth) - math.log1p(given)) ** 2


def _right(truth: Any, given: Any) -> float:
    return float(truth == given)


def _surprise(truth: str, given: Mapping[str, float]) -> float:
    """The negative log of the probability of the true label, in nats."""
    whole = sum(given.values())
    likely = given.get(truth, 0.0) / whole if whole else 0.0
    return -math.log(min(max(likely, SMALLEST), 1 - SMALLEST))


def _brier(truth: str, given: Mapping[str, float]) -> float:
    """Squared error of the positive label's probability, the last of two."""
    return (given.get(truth, 0.0) - 1) ** 2


_F = {"zero_division": 0.0}
_ALL: Sequence[Metric] = (
    Metric("mae", "minimize", "numbers", _absolute),
    Metric("mse", "minimize", "numbers", _squared),
    Metric("mape", "minimize", "numbers", _relative),
    Metric("msle", "minimize", "numbers", _log_squared, least=0.0),
    Metric("rmse", "minimize", "numbers", function="root_mean_squared_error"),
    Metric("rmsle", "minimize", "numbers", function="root_mean_squared_log_error", least=0.0),
    Metric("r2", "maximize", "numbers", function="r2_score"),
    Metric("explained_variance", "maximize", "numbers", function="explained_variance_score"),
    Metric("accuracy", "maximize", "labels", _right),
    Metric("balanced_accuracy", "maximize", "labels", function="balanced_accuracy_score"),
    Metric("f1", "maximize", "labels", function="f1_score", options=_F, positive=True),
    Metric(
        "precision", "maximize", "labels", function="precision_score", options=_F, positive=True
    ),
    Metric("recall", "maximize", "labels", function="recall_score", options=_F, positive=True),
    *(
        Metric(
            f"{name}_{average}",
            "maximize",
            "labels",
            function=f"{name}_score",
            options={"average": average, **_F},
        )
        for name in ("f1", "precision", "recall")
        for average in ("macro", "micro", "weighted")
    ),
    Metric("matthews_corrcoef", "maximize", "labels", function="matthews_corrcoef"),
    Metric("roc_auc", "maximize", "scores", function="roc_auc_score", positive=True),
    Metric(
        "average_precision", "maximize", "scores", function="average_precision_score", positive=True
    ),
    Metric("log_loss", "minimize", "probabilities", _surprise),
    Metric("brier_score", "minimize", "probabilities", _brier, positive=True),
)
METRICS: Mapping[str, Metric] = {one.name: one for one in _ALL}
_ALIASES = {
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "mean_absolute_percentage_error": "mape",
    "mean_squared_log_error": "msle",
    "root_mean_squared_error": "rmse",
    "root_mean_squared_log_error": "rmsle",
    "r2_score": "r2",
    "explained_variance_score": "explained_variance",
    "accuracy_score": "accuracy",
    "balanced_accuracy_score": "balanced_accuracy",
    "f1_score": "f1",
    "precision_score": "precision",
    "recall_score": "recall",
    "roc_auc_score": "roc_auc",
    "average_precision_score": "average_precision",
    "brier_score_loss": "brier_score",
}
"""scikit-learn's functions; of its scorers, `neg_` and the same name"""


def named(name: str) -> Metric | None:
    """The metric of one of its names in scikit-learn, with or without `neg_`."""
    bare = name.lower().removeprefix("neg_")
    return METRICS.get(_ALIASES.get(bare, bare))


def names() -> list[str]:
    return [*METRICS, *_ALIASES]
