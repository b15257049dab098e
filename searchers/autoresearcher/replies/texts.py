"""Texts inside an edit, where nothing is form: up to a closing mark, or up to a fence's like."""

from __future__ import annotations

from searchers.autoresearcher.edit import Broken, Unusable
from searchers.autoresearcher.replies.draft import LONGER, Draft
from searchers.autoresearcher.replies.form import REPLACE, SEARCH, Fence, is_python
from searchers.autoresearcher.replies.page import Page

CUT = "the reply was cut off"


class Texts:
    """Reads texts of a page into a draft. at: the next line."""

    def __init__(self, page: Page, draft: Draft) -> None:
        self.page, self.draft, self.at = page, draft, 0

    def until(self, indent: str, end: str) -> str:
        """The lines up to the closing mark, each with its line end."""
        began, what = self.at, f"block of {self.draft.path or 'no FILE'}"
        at = self.page.next_mark(began, indent)
        if at is None:
            raise Broken(f"the {what} is not closed by {end!r}: {CUT}")
        mark = self.page.lines[at].strip()
        if mark != end:
            raise Broken(
                f"a line {mark!r} inside a {what}: the block before it is not closed "
                f"by {end!r}, or the text itself holds such a line",
                doubts=False,
            )
        self.at = at + 1
        return _text(self.page.lines[began:at])

    def whole_text(self, fence: Fence) -> None:
        """Lines up to the fence's like; a fence that is indented, shorter or longer is text."""
        path = self.draft.path
        if fence.indent:
            raise Broken(f"the fence of {path} is indented; write it at the line's beginning")
        for at in self.page.rest(self.at):
            other = Fence.of(self.page.lines[at])
            if other is None or other.indent or other.mark != fence.mark:
                continue
            if other.info:
                raise Broken(
                    f"a line {self.page.lines[at].strip()[:60]!r} inside the whole text of "
                    f"{path}, which no line {fence.mark!r} has closed before; {LONGER}"
                )
            self.take_whole(fence, at)
            return
        raise Broken(f"the block of {path} is not closed by {fence.mark!r}: {CUT}")

    def take_whole(self, fence: Fence, end: int) -> None:
        began, lines = self.at, self.page.lines[self.at : end]
        if next((line for line in lines[::-1] if line.strip()), "").rstrip() == REPLACE:
            raise Broken(
                f"a line {REPLACE!r} inside a block of {self.draft.path} that does not begin with "
                f"{SEARCH!r}; behind a fence that must be the first line"
            )
        self.draft.add(None, _text(lines))
        self.at, self.draft.strict = end + 1, True
        is_diff = fence.info.lower().split()[:1] in (["diff"], ["patch"])
        if is_diff and not self.draft.path.endswith((".diff", ".patch")):
            raise Unusable(f"a diff is not a whole text of {self.draft.path}: use SEARCH/REPLACE")
        if not self.draft.path.endswith((".py", ".pyi")):
            self.draft.suspects.append((len(self.draft.edits) - 1, fence.mark))
        elif not is_python(_text(lines)):
            self.draft.suspects.append((len(self.draft.edits) - 1, fence.mark))
            self.check_cut(fence, began, end)

    def check_cut(self, fence: Fence, began: int, end: int) -> None:
        """Text that is no Python may have been cut at a fence of its own: it is not tried.

        Where a later fence makes it whole, reading goes on behind that one. Else nobody knows where
        the text ends, and nothing behind it is read.
        """
        if self.page.following(end + 1) == len(self.page.lines):
            return
        whole = self.page.end_of_python(began, end, fence.mark)
        unread = "" if whole is not None else ", and nothing behind it was read"
        raise Broken(
            f"the text of {self.draft.path} is no Python: its text may have been cut at an inner "
            f"fence{unread}; use a longer fence (````)",
            at=len(self.page.lines) if whole is None else whole + 1,
            doubts=False,
        )

    def is_left_over(self, fence: Fence) -> bool:
        """True if this may be the end of a whole text that seemed to end before.

        A bare fence may be one, though it seems to open something, and a fence without an end.
        """
        is_doubtful = any(mark == fence.mark for _, mark in self.draft.suspects)
        if self.draft.strict and not is_doubtful:
            return not self.page.is_beginning(self.page.following(self.at))
        has_end = self.page.past_illustration(self.at, fence) > self.at
        return is_doubtful and (self.draft.strict or not fence.info or not has_end)


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
