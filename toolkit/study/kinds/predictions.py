"""One prediction of the kind "table": its form, and what the metric takes of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...text import short
from .metrics import Metric
from .rows import number

WHOLE = 1e-6
"""by which the probabilities of one prediction may miss 1"""


@dataclass(frozen=True)
class Form:
    """Form of a prediction. labels: every label, as text. positive: the one of two that counts."""

    metric: Metric
    labels: tuple[str, ...]
    positive: str

    def read(self, output: Any) -> Any:
        """A prediction as the metric takes it."""
        if self.metric.takes in ("numbers", "scores"):
            return float(output)
        if self.metric.takes == "labels":
            return label(output)
        if isinstance(output, Mapping):
            return {label(name): float(share) for name, share in output.items()}
        other = next(one for one in self.labels if one != self.positive)
        return {self.positive: float(output), other: 1 - float(output)}

    def problem(self, output: Any) -> str:
        """Fault of one prediction; "" for none."""
        takes = self.metric.takes
        if takes == "labels":
            return self._check_label(output)
        if takes == "probabilities" and isinstance(output, Mapping):
            return self._check_shares(output)
        if isinstance(output, bool) or not isinstance(output, int | float):
            return f"a prediction is {self._wanted}; got {short(output)}"
        if not math.isfinite(output):
            return f"a prediction is {self._wanted}; got {output}"
        if takes == "probabilities" and (not 0 <= output <= 1 or len(self.labels) != 2):
            return f"a prediction is {self._wanted}; got {short(output)}"
        if output < self.metric.least:
            return f"a prediction is not negative, as {self.metric.name} wants it; got {output:g}"
        return ""

    @property
    def _wanted(self) -> str:
        if self.metric.takes != "probabilities":
            return "a finite number"
        if len(self.labels) == 2:
            return f"the probability of the label {self.positive!r}, from 0 to 1"
        return "a table {label: probability}"

    def _check_label(self, output: Any) -> str:
        known = ", ".join(map(repr, self.labels[:10])) + (", …" * (len(self.labels) > 10))
        if isinstance(output, list | dict) or output is None or label(output) not in self.labels:
            return f"a prediction is one of the labels {known}; got {short(output)}"
        return ""

    def _check_shares(self, output: Mapping[str, Any]) -> str:
        strange = [name for name in output if label(name) not in self.labels]
        if strange:
            return f"{short(strange[0])} is none of the labels {', '.join(self.labels[:10])}"
        shares = list(output.values())
        if any(isinstance(one, bool) or not isinstance(one, int | float) for one in shares) or any(
            not 0 <= one <= 1 for one in shares
        ):
            return f"a probability is a number from 0 to 1; got {short(dict(output))}"
        if abs(sum(shares) - 1) > WHOLE:
            return f"the probabilities of a prediction add up to 1; got {sum(shares):.6g}"
        return ""


def label(value: Any) -> str:
    """A label as text: 1, 1.0 and "1" are one."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    found = number(text) if not isinstance(value, bool) else None
    return str(int(found)) if found is not None and found == int(found) and "." in text else text
