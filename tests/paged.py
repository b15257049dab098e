"""Pages of runs, read as a browser reads them, and runs to make pages of."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import toolkit
from searchers.random_search import RandomSearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.page import page
from toolkit.report.details import details
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

TOY = Path(toolkit.__file__).parent / "toy"
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@dataclass
class Element:
    """One element of a page."""

    name: str
    attributes: dict[str, str]
    inside: list[Element | str] = field(default_factory=list)

    def walk(self) -> Iterator[Element]:
        """This element and all below it, in the order of the page."""
        yield self
        for one in self.inside:
            if isinstance(one, Element):
                yield from one.walk()

    def all(self, *names: str) -> list[Element]:
        return [one for one in self.walk() if one.name in names]

    @property
    def text(self) -> str:
        found = (one if isinstance(one, str) else one.text for one in self.inside)
        return re.sub(r"\s+", " ", " ".join(found)).strip()

    def by_id(self, name: str) -> Element:
        return next(one for one in self.walk() if one.attributes.get("id") == name)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("page", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(found)
        if tag not in VOID:
            self._open.append(found)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        closed = self._open.pop()
        assert closed.name == tag, f"</{tag}> closes <{closed.name}>"

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


def beside_random(
    place: Path, editor: Callable[[], Any], trials: float, evaluator: LocalEvaluator
) -> State:
    """A run of the toy by a searcher of a test and by random search, in the folder `run`."""
    study = study_files.load(shutil.copytree(TOY, place / "toy"))
    cells = [
        CellSpec("editor", "editor", editor, {}, 0),
        CellSpec("random", "random", RandomSearch, {}, 0),
    ]
    with Ledger(place / "run", writer=True) as ledger:
        return Comparison(Bench(study, evaluator), ledger, Plan(cells, Budget(trials))).run()


def read(html: str) -> Element:
    """The tree of a page; fails where an element is not closed in its turn."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._open == [reader.root]
    return reader.root


def html_of(state: State) -> str:
    return page.render(summarise(state), details(state))


def page_of(state: State) -> Element:
    return read(html_of(state))


def data_of(root: Element) -> Any:
    """Data of the tables inside a page."""
    (text,) = root.by_id("data").inside
    assert isinstance(text, str)
    return json.loads(text)
