"""Splits of a study: their items, and those of them that one evaluation asks about."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

from ..errors import UserError
from ..ledger.subjects import FRESH, SPLITS, Split
from ..study import researcher
from ..study import task as tasks
from ..study.study import Study
from ..study.task import Item, Task, Vault
from . import replicates, scripts, secret, selection, shares
from .selection import Selection
from .shuffle import Shuffle

SMOKE_ITEMS = 5


class Splits:
    """Items of one study's splits, call by call, in the host's own order."""

    def __init__(self, study: Study) -> None:
        """Raises DataError where the study's data is missing."""
        self.study = study
        self.task: Task = study.task()
        items = self.task.items()
        splits = (*SPLITS, FRESH) if FRESH in study.splits else SPLITS
        self.items: dict[Split, list[list[Item]]] = {
            split: selection.grouped(items, study.clusters(split), study.seed) for split in splits
        }
        # lru_cache on the methods themselves would keep every bench alive
        self.selection = lru_cache(maxsize=64)(self._selection)
        self.follow(secret.fresh())

    def follow(self, drawn_from: str) -> None:
        """Take the order of items and the seeds of replicates from this secret: that of the run."""
        self.secret, self._shuffle = drawn_from, Shuffle(drawn_from)
        self.selection.cache_clear()

    @cached_property
    def vault(self) -> Vault:
        """The vault, opened at its first use, when the evaluator's clean interpreter runs."""
        return self.task.vault()

    @property
    def splits(self) -> tuple[Split, ...]:
        """Splits of the study that have items."""
        return tuple(split for split in self.items if self.items[split])

    def require(self, split: Split) -> None:
        """Raises UserError where the study has no such split."""
        if split not in self.splits:
            raise UserError(
                f'study {self.study.name!r} has no {split} split: its [splits] say test = "none"'
            )

    @property
    def full(self) -> int:
        """Items in the search split: the price of one trial."""
        return sum(map(len, self.items["search"]))

    def size(self, split: Split) -> int:
        """Number of items in a split."""
        return sum(map(len, self.items[split]))

    def ids(self, split: Split) -> list[str]:
        """Ids of a split's items."""
        return [item.id for call in self.items[split] for item in call]

    def has_wrong_context(self, split: Split) -> bool:
        """True if the context of another call can be handed over, and makes a floor."""
        return tasks.has_wrong_context(self.task) and len(self.items[split]) > 1

    @property
    def has_empty_context(self) -> bool:
        """True if a context with nothing in it to read makes a floor; a script gets none at all."""
        return tasks.has_empty_context(self.task) and not self.study.script

    @cached_property
    def _ordered(self) -> dict[Split, list[Item]]:
        """Items of each split in the order in which growing shares take them."""
        kinds = {item: gold.kind for item, gold in self.vault.gold.items()}
        seed = self.study.seed
        return {split: shares.order(items, kinds, seed) for split, items in self.items.items()}

    @cached_property
    def prices(self) -> shares.Tariff:
        """Prices of the shares of the search split, in items."""
        ordered, smoke = self._ordered["search"], self.selection("search", smoke=True)
        least, times = shares.least(ordered, self.counted), self.study.replicates.search
        return shares.Tariff(len(ordered), least, smoke.size, times)

    def kinds(self, split: Split) -> tuple[str, ...]:
        """Names of the kinds of a split's items, sorted; one without a name is none of them."""
        items = (item.id for call in self.items[split] for item in call)
        return tuple(sorted({kind for item in items if (kind := self.vault.gold[item].kind)}))

    @property
    def rule(self) -> str:
        """The scorer's rule in words; "" where the study tells none."""
        return researcher.rule(self.study.rule, self.task)

    def homes(self, split: Split) -> Mapping[str, str]:
        """{row of the score: its cluster} of what counts."""
        items = [item for call in self.items[split] for item in call if item.id in self.counted]
        if self.study.objective.pooled:
            return {item.cluster: item.cluster for item in items}
        return {item.id: item.cluster for item in items}

    @cached_property
    def sealed(self) -> frozenset[str]:
        """Ids of the items that no searcher may see."""
        if self.study.claim != "sealed":  # the test split, if any, is of the same data
            return frozenset()
        return frozenset(item.id for items in self.items["test"] for item in items)

    @cached_property
    def counted(self) -> set[str]:
        """Ids of the items that make up the objective."""
        return {item for item in self.vault.gold if self.vault.counts(item)}

    def _selection(
        self,
        split: Split,
        share: float = 1.0,
        smoke: bool = False,
        wrong_context: bool = False,
        empty_context: bool = False,
        only: frozenset[str] | None = None,
        order: int = 0,
        halves: bool = False,
    ) -> Selection:
        """Items of a share; shares are nested (see shares.py). only: the clusters to take."""
        named = None if replicates.rows(self.study, split) is not None else only
        batches = selection.only_of(self.items[split], named)
        if smoke:
            batches = [batches[0][:SMOKE_ITEMS]]
        elif share < 1:
            batches = shares.head(batches, self._ordered[split], share, self.counted)
        batches = [self._shuffle.arrange(items, order) for items in batches]
        if halves:
            batches = selection.halved(batches)
        calls = selection.with_contexts(
            self.task, batches, wrong_context=wrong_context, empty_context=empty_context
        )
        calls = self._shuffle.calls(calls)
        if self.study.script:
            return scripts.selected(self.task, batches, fresh=self.study.fresh)
        return selection.selected(calls[::-1] if order else calls)
