"""The texts of the splits, as the host knows them; of the test split only where it is sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..ledger.subjects import SPLITS, Split
from ..study.task import contexts
from .words import strings

if TYPE_CHECKING:  # the other rooms here are pure
    from ..bench.bench import Bench


@dataclass(frozen=True)
class Corpus:
    """gold, inputs: {split: {item id: text}}; contexts: {split: texts}."""

    gold: Mapping[Split, Mapping[str, str]]
    inputs: Mapping[Split, Mapping[str, str]]
    contexts: Mapping[Split, Sequence[str]]

    def texts(self, split: Split) -> list[str]:
        found = [*self.gold[split].values(), *self.inputs[split].values()]
        return [*found, *self.contexts[split]]


def read(bench: Bench) -> Corpus:
    known = contexts(bench.task)
    batches = {split: bench.items[split] for split in SPLITS}
    if bench.study.claim != "sealed":  # the test split, if any, is the data that was searched
        batches["test"] = []
    items = {split: [item for batch in some for item in batch] for split, some in batches.items()}
    return Corpus(
        gold={
            split: {item.id: _text(bench.vault.gold[item.id].answer) for item in items[split]}
            for split in SPLITS
        },
        inputs={split: {item.id: _text(item.input) for item in items[split]} for split in SPLITS},
        contexts={
            split: [text for batch in batches[split] for text in strings(known[batch[0].call])]
            for split in SPLITS
        },
    )


def _text(value: object) -> str:
    return " ".join(strings(value))
