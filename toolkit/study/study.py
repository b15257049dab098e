"""Study files: TOML to a checked Study, with every problem reported at once.

A study may extend another (`extends = "study.toml"`): its keys replace the other's, table by
table. It may start from a patch (`[code] start = "clean.patch"`): the tree after it is the
pristine tree, against which every candidate's patch is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import PatchError, StudyError
from ..jobs import Limits
from ..patches import blocks as marked
from ..patches import patch
from ..patches.pristine import Pristine, matches
from . import beside, document, entry, identity, pairing, reading, splits, start, survey, switches
from . import data as data_files
from . import hidden as hide
from .answers import Answers
from .bindings import Binding, Standing
from .claim import Replicates
from .constraint import Constraint
from .data import DataSource
from .kinds.kind import Kind
from .objective import Claim, Nouns, Objective
from .planted import Planted, standing
from .requirement import Requirement
from .roles import Roles
from .roles import problems as role_problems
from .space import Param
from .task import Task
from .toml import Table


@dataclass(frozen=True)
class Study:
    """Study: the program that is searched, its data, and the limits.

    original: the tree on disk, whose folder is tree; start: the patch that makes the pristine
    tree of it, or "".
    entry: "package.module:function", or "" where the program is a command.
    fresh: "evaluation" or "call": what has a process of its own. splits: {split: clusters and
    patterns of them, as they are named}; a split that names none is of all (see `clusters`), and
    there is a split "test" only where the claim is "sealed", and "fresh" only where the study names
    it. fresh_of: {fresh cluster, or a pattern of some: the searched cluster of its source}.
    sealed: the share of the clusters that is the test split, where it is drawn and not named.
    kind: what the task is where no class of the study's own is it. bindings: {parameter: where its
    value is written}. requires: what values must keep. hidden: what no program may read, beside the
    study's folder.
    command: its words, and those of a script where script is true: a program as it is. leaves,
    arguments, writable and links: see Job. python: the interpreter's path, "" for ours. readable:
    files and folders that the program may read and that are not copied. blocks: the name of the
    marks between which lines may be edited, "" where whole files may. seed_at: where the program
    takes a seed of its own, None where nobody has said it. planted: faults that were put there on
    purpose. transfer: names and paths of studies that run the same code; others: those studies,
    where somebody has looked them up (transfer.py). answers: what its program may ask of a language
    model; None where it gets none.
    """

    name: str
    title: str
    brief: str
    folder: Path
    package: str
    tree: Path
    entry: str
    command: tuple[str, ...]
    editable: tuple[str, ...]
    preload: tuple[str, ...]
    original: Mapping[str, bytes]
    start: str
    space: Mapping[str, Param]
    task_class: type[Any] | None
    source: DataSource | None
    splits: Mapping[str, tuple[str, ...]]
    seed: int
    limits: Limits
    isolation: str
    searchers: tuple[str, ...]
    seeds: int
    recording: str
    roles: Roles = field(default_factory=Roles)
    objective: Objective = field(default_factory=Objective)
    nouns: Nouns = field(default_factory=Nouns)
    constraints: tuple[Constraint, ...] = ()
    claim: Claim = "sealed"
    fresh_of: Mapping[str, str] = field(default_factory=dict)
    sealed: float = 0.0
    replicates: Replicates = field(default_factory=Replicates)
    fresh: str = "evaluation"
    hidden: tuple[Path, ...] = ()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    requires: tuple[Requirement, ...] = ()
    kind: Kind | None = None
    script: bool = False
    leaves: tuple[str, ...] = ()
    arguments: str = "run"
    python: str = ""
    readable: tuple[Path, ...] = ()
    writable: bool = False
    links: Mapping[str, str] = field(default_factory=dict)
    blocks: str = ""
    seed_at: Binding | None = None
    planted: tuple[Planted, ...] = ()
    transfer: tuple[str, ...] = ()
    others: tuple[Study, ...] = ()
    answers: Answers | None = None

    @property
    def entry_files(self) -> frozenset[str]:
        """Files that no patch may delete: that of the entry, or those that the command names."""
        return frozenset(entry.named_files(self.entry, self.command)) & set(self.original)

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        """{path: content} of the pristine tree; raises PatchError where start does not fit."""
        return start.after(self.original, self.start, self.editable)

    @cached_property
    def open_files(self) -> Mapping[str, bytes]:
        """{path: content} of the pristine tree, without what `[task] hidden` names."""
        return hide.without(self.files, self.tree, self.hidden)

    @cached_property
    def original_sources(self) -> Mapping[str, str]:
        """{path: text} of the files that may be edited, before the start."""
        return {path: text.decode() for path, text in self.original.items() if self.may_edit(path)}

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """{path: text} of the files that may be edited."""
        return {path: text.decode() for path, text in self.files.items() if self.may_edit(path)}

    @cached_property
    def pristine(self) -> Pristine:
        """The files that may be edited, with what a patch may do to them."""
        return Pristine(self.sources, self.editable, self.entry_files, self.blocks)

    @cached_property
    def standing(self) -> Standing:
        """Values of bound parameters as a program's own files have them."""
        return Standing(self.bindings, self.files, self.may_edit)

    def may_edit(self, path: str) -> bool:
        """True for what `editable` names; where blocks are set, only if the file holds one."""
        return matches(path, self.editable) and (not self.blocks or path in self._marked)

    @cached_property
    def _marked(self) -> Mapping[str, str]:
        """{path: text} of the files with a block; raises PatchError where start does not fit."""
        return marked.held(self._matched, self.blocks)

    @cached_property
    def _matched(self) -> Mapping[str, str]:
        """{path: text} of the files that `editable` names."""
        found = {path: text for path, text in self.files.items() if matches(path, self.editable)}
        return {path: text.decode() for path, text in found.items()}

    @property
    def block_problems(self) -> list[str]:
        """Problems with the marks of blocks, which are those of the tree after the start."""
        try:
            return list(marked.problems(self._matched, self.blocks)) if self.blocks else []
        except PatchError:
            return []  # that the start does not fit is told elsewhere

    def task(self) -> Task:
        """The benchmark, loaded once and looked over.

        Raises DataError where its files are missing or corrupted, and StudyError with all that is
        wrong with the task.
        """
        return self._task

    @cached_property
    def _task(self) -> Task:
        folder = data_files.require(self.source) if self.source else self.folder
        drawn: dict[str, Any] = {"sealed": self.sealed, "seed": self.seed}
        if self.kind:
            where = f"{self.folder / document.FILENAME}: [task]"
            return survey.built(
                self.kind.make(), where, self.splits, self.objective, self.constraints, **drawn
            )
        assert self.task_class
        return survey.opened(
            self.task_class, folder, self.splits, self.objective, self.constraints, **drawn
        )

    @property
    def notes(self) -> Sequence[str]:
        """Sentences on the data of a task without Python that the person should know."""
        return tuple(getattr(self.task(), "notes", ())) if self.kind else ()

    @property
    def decides(self) -> bool:
        """False where nothing is held out and no run is repeated: then no gain can be decided."""
        if self.claim in ("sealed", "replicates") or self.replicates.search > 1:
            return True
        return self.claim == "exact" and self.objective.evidence == "judged"

    def clusters(self, split: str) -> tuple[str, ...]:
        """Clusters of one split: those that it names, or all in the order of the task's items.

        Where the claim is about replicates, test is of the same data as search. Empty where there
        is no such split.
        """
        if split == "test" and self.claim == "replicates":
            split = "search"
        if split not in self.splits:
            return ()
        every = dict.fromkeys(item.cluster for item in self.task().items())
        known = list(every)
        return splits.parted(self.splits, known, sealed=self.sealed, seed=self.seed)[split]

    @cached_property
    def pairs(self) -> Mapping[str, str]:
        """{fresh cluster: the searched cluster of its source}; raises StudyError for another."""
        return pairing.of_clusters(self.fresh_of, self.clusters("search"), self.clusters("fresh"))

    @cached_property
    def read_digests(self) -> Mapping[str, str]:
        """{name: digest of the content} of the data that the program may read.

        Raises StudyError where it has gone.
        """
        try:
            return beside.digests(self.readable, self.folder)
        except OSError as error:
            raise StudyError(
                f"[code] data: {error.filename} cannot be read: {error.strerror}"
            ) from error

    @cached_property
    def digest(self) -> str:
        """Digest of all that a score depends on."""
        return identity.of(self)


def load(path: Path) -> Study:
    """Read a study file or the folder that holds one; raises StudyError."""
    path = document.file(path)
    problems: list[str] = []
    table = Table(document.read(path), "", problems)
    fields = reading.read(table, path)
    study = None if problems else Study(**fields)
    if study is not None:
        _check_start(study, problems)
        problems += [f"code.blocks: {text}" for text in study.block_problems]
        study = _look_for_planted(study, problems)
    if study is not None and not problems:
        problems += switches.problems(study.space, study.pristine)
    if problems or study is None:
        problems = list(dict.fromkeys(problems))  # a key that is read twice is wrong once
        listing = "\n".join(f"  {text}" for text in problems)
        raise StudyError(f"{path} has {len(problems)} problem(s):\n{listing}")
    return study


def _look_for_planted(study: Study, problems: list[str]) -> Study:
    """Study that knows which of its planted faults its start has left."""
    if not study.planted or problems:
        return study
    found = standing(study.planted, study.pristine, study.folder, problems)
    return replace(study, planted=tuple(found))


def _check_start(study: Study, problems: list[str]) -> None:
    """The starting patch may touch only what a candidate's may; roles may name what it brings."""
    if not study.start:
        return
    try:
        patch.check(study.start, study.may_edit, study.entry_files, allowed=study.editable)
        found = role_problems(study.roles, study.original, study.files)
        problems += [f"roles.{role}: {text}" for role, text in found]
    except PatchError as error:
        problems.append(f"code.start: {error}")
