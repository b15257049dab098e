"""The files that may be edited, as a study begins with them, and what a patch may do to them."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import PatchError
from . import blocks as marked
from . import composing, diff, patch


@dataclass(frozen=True)
class Pristine:
    """sources: {path: text}. editable: patterns of paths. entry_files: what no patch deletes.

    blocks: the name of the marks between which lines may be edited; "" where whole files may, and
    new ones.
    """

    sources: Mapping[str, str]
    editable: tuple[str, ...]
    entry_files: frozenset[str]
    blocks: str = ""

    def may_edit(self, path: str) -> bool:
        return matches(path, self.editable) and (not self.blocks or path in self.sources)

    @property
    def allowed(self) -> Sequence[str]:
        """Text for people of what may be edited."""
        if not self.blocks:
            return self.editable
        return marked.described(self.sources, self.blocks)

    def check(self, text: str) -> None:
        """Raises PatchError where a patch goes where it may not."""
        patch.check(text, self.may_edit, self.entry_files, allowed=self.allowed)
        if self.blocks:
            self._applied(text)

    def patched(self, text: str) -> dict[str, str]:
        """The files after a patch; raises PatchError."""
        if not text:
            return dict(self.sources)
        patch.check(text, self.may_edit, self.entry_files, allowed=self.allowed)
        return self._applied(text)

    def composed(self, text: str, others: Mapping[str, str]) -> dict[str, str]:
        """The files after a candidate's patch and others; raises PatchError where they clash.

        others: {what a message calls a patch: its text}; each is made of the files as they are.
        """
        if not others:
            return self.patched(text)
        every = {**others, "the candidate's own patch": text}
        for one in every.values():
            patch.check(one, self.may_edit, self.entry_files, allowed=self.allowed)
        return self._kept(composing.composed(self.sources, every))

    def _applied(self, text: str) -> dict[str, str]:
        """The files after a patch, which leaves all lines outside the blocks as they are."""
        return self._kept(patch.apply(self.sources, text))

    def _kept(self, found: dict[str, str]) -> dict[str, str]:
        """The files, if all lines outside the blocks are as they were; raises PatchError."""
        if self.blocks:
            marked.check(self.sources, found, self.blocks)
        return found

    def edited(self, text: str, files: Mapping[str, str | None]) -> str:
        """A patch with whole new texts for some files on top of it; None deletes one.

        Raises PatchError where a file may not be edited, or the entry point is deleted.
        """
        texts = self.patched(text)
        for path, content in files.items():
            if content is not None:
                texts[path] = content
            elif texts.pop(path, None) is None:
                raise PatchError(f"{path} cannot be deleted: there is no such file")
        changed = diff.make(self.sources, texts)
        if changed:
            self.check(changed)
        return changed


def matches(path: str, patterns: Sequence[str]) -> bool:
    """True if one of the patterns names this path; case counts on every system."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
