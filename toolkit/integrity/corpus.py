"""The texts of both splits, as the host knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..ledger.state import SPLITS, Split
from .words import strings

if TYPE_CHECKING:  # the other rooms here are pure
    from ..bench.bench import Bench


@dataclass(frozen=True)
class Corpus:
    """gold, questions: {split: {item id: text}}; conversations: {split: texts}."""

    gold: Mapping[Split, Mapping[str, str]]
    questions: Mapping[Split, Mapping[str, str]]
    conversations: Mapping[Split, Sequence[str]]

    def texts(self, split: Split) -> list[str]:
        found = [*self.gold[split].values(), *self.questions[split].values()]
        return [*found, *self.conversations[split]]


def read(bench: Bench) -> Corpus:
    known = bench.task.conversations()
    items = {split: [item for batch in bench.items[split] for item in batch] for split in SPLITS}
    return Corpus(
        gold={
            split: {item.id: _text(bench.vault.gold[item.id].answer) for item in items[split]}
            for split in SPLITS
        },
        questions={
            split: {item.id: _text(item.question) for item in items[split]} for split in SPLITS
        },
        conversations={
            split: [
                text for batch in bench.items[split] for text in strings(known[batch[0].cluster])
            ]
            for split in SPLITS
        },
    )


def _text(value: object) -> str:
    return " ".join(strings(value))
