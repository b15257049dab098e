"""A series as branches of a git repository, one commit a part.

Only git's plumbing is used: neither the working tree nor the index of the repository is touched, no
hook runs, and a branch that is there with other commits is left as it is.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..records import encodable
from .message import Words
from .patches import MAIL, NAME, seconds
from .series import Series, Stage, Step, Tree

_NEW = "100644"
_SUFFIX: Mapping[Stage, str] = {"decided": "", "undecided": "-undecided", "losing": "-losing"}


class GitError(UserError):
    """Git refuses; the message is its own."""


@dataclass(frozen=True)
class Repository:
    """Repository of the program under study. folder: where its code lies; prefix: that folder's
    place in the repository, empty or with a slash at its end.
    """

    folder: Path
    prefix: str
    head: str

    @classmethod
    def open(cls, folder: Path) -> Repository:
        """Raises UserError where there is no repository, or no commit in it."""
        try:
            prefix = git(folder, "rev-parse", "--show-prefix").strip("\n")
        except GitError as error:
            raise UserError(
                f"{error}; name the program's folder in a git repository, or leave --repo out and "
                "take the patches"
            ) from error
        try:
            head = git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").strip()
        except GitError as error:  # says nothing by itself
            raise UserError(
                f"{folder} is a git repository without a commit; commit the program as the run "
                "began with it, and type the same command again"
            ) from error
        return cls(folder, prefix, head)

    def files(self) -> dict[str, tuple[str, str]]:
        """{path in the repository: (mode, blob)} of the commit that is checked out."""
        listing = git(self.folder, "ls-tree", "-r", "-z", "--full-tree", self.head)
        rows = (row.partition("\t") for row in listing.split("\0") if row)
        return {path: (about.split()[0], about.split()[2]) for about, _, path in rows}

    def blob(self, text: str, *, write: bool = True) -> str:
        options = ["-w"] if write else []
        return git(self.folder, "hash-object", *options, "--stdin", text=text).strip()


def write(words: Words, folder: Path, at: Mapping[int, float]) -> list[tuple[str, int]]:
    """Make the branches of a series; returns (name, number of its own commits) of each.

    at: {trial: Unix time when it had finished}. Raises UserError where the repository does not hold
    the program as the run began with it, and where a branch is there with other commits.
    """
    repository = Repository.open(folder)
    series = words.series
    steps = _from_here(repository, series)
    stem = f"toolkit/{_safe(words.run)}/{_safe(series.cell.name)}"
    tips: dict[str, tuple[str, int]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        trees = _Trees(repository, Path(scratch) / "index")
        parent = repository.head
        for step in steps:
            tree = trees.of(step.before, step.after)
            parent = _commit(words, step, repository, tree, parent, at)
            if step.stage in _SUFFIX:
                name = stem + _SUFFIX[step.stage]
                tips[name] = parent, tips.get(name, ("", 0))[1] + 1
    _create(repository, {name: commit for name, (commit, _) in tips.items()})
    return [(name, count) for name, (_, count) in tips.items()]


def _from_here(repository: Repository, series: Series) -> Sequence[Step]:
    """Steps that lead on from the repository: without the start where it holds that already."""
    steps, files = series.steps, repository.files()
    wrong = _differ(repository, files, series.original)
    if not wrong:
        return steps
    if steps[0].stage == "start" and not _differ(repository, files, steps[0].after):
        return steps[1:]
    path = wrong[0]
    hint = _elsewhere(files, path, repository.prefix)
    raise UserError(
        f"the commit that is checked out in {repository.folder} does not hold the program as the "
        f"run began with it: {repository.prefix}{path} differs or is not there"
        f" ({len(wrong)} of {len(series.original)} files){hint}; check out the commit that the run "
        "began with, or leave --repo out and take the patches"
    )


def _differ(repository: Repository, files: Mapping[str, tuple[str, str]], tree: Tree) -> list[str]:
    """Paths of a tree that the repository does not hold as they are."""
    found = []
    for path, text in tree.items():
        known = files.get(repository.prefix + path)
        if known is None or known[1] != repository.blob(text, write=False):
            found.append(path)
    return found


def _elsewhere(files: Iterable[str], path: str, prefix: str) -> str:
    """Advice where the code lies in another folder of the repository."""
    places = [file for file in files if file == path or file.endswith(f"/{path}")]
    folders = [place.removesuffix(path) for place in places if place != prefix + path]
    if not folders:
        return ""
    return f"; the code may be in {folders[0] or 'the root'} of it, which --repo has to name"


class _Trees:
    """Trees of git that differ from the one that is checked out, made in an index of their own."""

    def __init__(self, repository: Repository, index: Path) -> None:
        self.repository = repository
        self.index = {"GIT_INDEX_FILE": str(index)}
        self.modes = {path: mode for path, (mode, _) in repository.files().items()}
        git(repository.folder, "read-tree", repository.head, env=self.index)

    def of(self, before: Tree, after: Tree) -> str:
        """Name of the tree once these files have changed."""
        changed = [path for path in {*before, *after} if before.get(path) != after.get(path)]
        changed.sort(key=lambda path: (path in after, path))  # a folder may take a file's place
        rows = "".join(self._row(path, after.get(path)) for path in changed)
        git(self.repository.folder, "update-index", "-z", "--index-info", text=rows, env=self.index)
        return git(self.repository.folder, "write-tree", env=self.index).strip()

    def _row(self, path: str, text: str | None) -> str:
        whole = self.repository.prefix + path
        if text is None:
            return f"0 {'0' * len(self.repository.head)}\t{whole}\0"
        return f"{self.modes.get(whole, _NEW)} {self.repository.blob(text)}\t{whole}\0"


def _commit(
    words: Words,
    step: Step,
    repository: Repository,
    tree: str,
    parent: str,
    at: Mapping[int, float],
) -> str:
    """Name of a step's commit. A run gives it again: its author and date are not of this moment."""
    date = f"@{int(seconds(step, at))} +0000"
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", NAME), ("EMAIL", MAIL), ("DATE", date))
    }
    text = f"{words.subject(step)}\n\n{words.body(step)}"
    options = ["-p", parent, "-F", "-"]
    return git(repository.folder, "commit-tree", tree, *options, text=text, env=who).strip()


def _create(repository: Repository, branches: Mapping[str, str]) -> None:
    """Create all branches or none; those that are there with these commits already stay."""
    wanted = []
    for name, commit in branches.items():
        known = _tip(repository, name)
        if known and known != commit:
            raise UserError(
                f"the branch {name} is there already, with other commits; remove it with `git -C "
                f"{repository.folder} branch -D {name}` and type the same command again"
            )
        wanted += [] if known else [f"create refs/heads/{name} {commit}\n"]
    git(repository.folder, "update-ref", "--stdin", text="".join(wanted))


def _tip(repository: Repository, name: str) -> str:
    try:
        reference = f"refs/heads/{name}"
        return git(repository.folder, "rev-parse", "--verify", "--quiet", reference).strip()
    except GitError:
        return ""


def _safe(name: str) -> str:
    """Part of a branch's name that git allows, whatever a run or a searcher is called."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "run"


def git(folder: Path, *arguments: str, text: str = "", env: Mapping[str, str] | None = None) -> str:
    """Output of a command of git; raises GitError with what it said."""
    own = {name: one for name, one in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, input=encodable(text).encode(), capture_output=True, check=False,
            env={**own, "LC_ALL": "C", **(env or {})},
        )  # fmt: skip
    except OSError as error:
        raise UserError(
            f"git cannot be started ({error.strerror}); install it, or leave --repo out and take "
            "the patches"
        ) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0] or "no reason given"
        raise GitError(f"git {arguments[0]} fails in {folder}: {said}")
    return done.stdout.decode(errors="surrogateescape")
