"""A language model's reply, taken apart into edits; nothing of it is guessed or cut in silence.

A reply is read once, line by line. What a line means depends on where it stands:

    before the first heading   prose
    in an edit                 headings, fields, marks and fences count; the rest is prose
    in a block                 all is text up to the next mark, which has the indentation of
                               `<<<<<<< SEARCH`; any other mark there breaks the edit off
    in a whole text            all is text up to the fence's like: bare, of the same characters, as
                               many of them, at the line's beginning
    in another fence           the form goes on inside where its first line is of the form (models
                               wrap edits and blocks in fences); else it is an illustration

Where an edit breaks off, reading goes on at the next heading that has a LABEL below it: nobody
knows whether the lines before that are text or form.

A whole text that holds a fence like the one around it seems to end too early. What is left of it
then stands where only form and remarks may stand, or leaves a fence without its partner. Either
refuses every whole text before it that may have been cut, and the edits in between, which may be
of that text. Python that parses has not been cut: the fence would have stood in a string.
"""

from __future__ import annotations

from searchers.autoresearcher.changes import changed_files as changed_files
from searchers.autoresearcher.edit import Broken
from searchers.autoresearcher.edit import Edit as Edit
from searchers.autoresearcher.edit import Unusable as Unusable
from searchers.autoresearcher.replies.draft import LONGER, Draft
from searchers.autoresearcher.replies.form import (
    LINE_END,
    MARKS,
    MIDDLE,
    REPLACE,
    SEARCH,
    Fence,
    is_blank,
    is_remark,
    without_ending,
)
from searchers.autoresearcher.replies.page import Page
from searchers.autoresearcher.replies.texts import CUT, Texts
from toolkit import without_thinking

MAX_EDITS = 5  # of one reply that are tried


def parse(reply: str, labels: tuple[str, ...], *, is_cut: bool = False) -> list[Edit]:
    """The reply's edits; one unusable edit where it holds none.

    is_cut: the server says that the reply lacks its end.
    """
    try:
        lines, thought = answer_lines(reply)
    except Unusable as error:
        return [Edit(problem=str(error))]
    edits = Reader(Page(lines), Draft(labels), thought).read(is_cut)
    if edits:
        return edits
    return [Edit(problem=f"the reply holds no '# EDIT' section; {beginning(reply)}")]


def answer_lines(reply: str) -> tuple[list[str], bool]:
    """Lines of a reply without its thinking, and whether it began with some; raises Unusable."""
    text = without_thinking(reply)
    if text is None:
        opening = " ".join(reply.split())[:20]
        raise Unusable(
            f"the reply was cut off in its thinking ({opening!r}…), so it holds no answer"
        )
    return LINE_END.split(without_ending(text)), len(text) < len(reply.removeprefix("\ufeff"))


def beginning(reply: str) -> str:
    """Quotation of what a reply begins with, behind its thinking."""
    start = " ".join((without_thinking(reply) or "")[:2000].split())[:200]
    return f"it begins: {start!r}"


class Reader(Texts):
    """headed: whether a heading was read.

    wrappers: open fences around form, each with whether it stands around whole edits. broken: why
    an edit broke off, if one did.
    """

    def __init__(self, page: Page, draft: Draft, thought: bool) -> None:
        super().__init__(page, draft)
        self.thought = thought
        self.forget(draft)

    def forget(self, draft: Draft) -> None:
        """Nothing of the reply is known yet."""
        self.draft = draft
        self.headed = False
        self.wrappers: list[tuple[Fence, bool]] = []
        self.broken = ""

    def read(self, is_cut: bool) -> list[Edit]:
        lines = self.page.lines
        while self.at < len(lines):
            began = self.at
            self.at += 1
            try:
                self.line(began, lines[began])
            except Broken as error:
                self.draft.refuse(error)
                self.broken = self.broken or str(error)
                if error.doubts and not (is_cut and CUT in str(error)):
                    self.draft.doubt()
                self.at = error.at or self.page.next_beginning(began + 1, self.thought)
                self.skip(began + 1, self.at)
            except Unusable as error:
                self.draft.refuse(error)
        self.draft.close()
        if is_cut and self.is_in_edit and self.page.may_go_on(lines[-1]):
            self.draft.refuse(
                Unusable(f"the edit ends in the middle of a line: {lines[-1][:60]!r}")
            )
        return self.draft.edits if self.headed else []

    def skip(self, began: int, end: int) -> None:
        """Lines from one to another are not read, for they stand behind a break."""

    @property
    def is_in_edit(self) -> bool:
        return bool(self.draft.edits)

    def line(self, at: int, line: str) -> None:
        """One line outside of blocks and whole texts."""
        fence, found = Fence.of(line), self.page.field(line)
        if self.page.is_beginning(at) or (self.page.is_heading(at) and not self.draft.strict):
            self.begin(Edit())
            self.headed = True
        elif self.page.ends_thinking(at, self.thought, self.headed):
            self.forget_thinking(at, line)
        elif line.strip() == SEARCH:
            self.block(line[: line.index("<")])
        elif fence:
            self.fence(fence)
        elif not self.draft.edits:
            if found and found[0] == "LABEL":
                self.begin(Edit(problem="the edit does not begin with a line '# EDIT'"))
        elif line.strip() in MARKS:
            raise Broken(f"a line {line.strip()!r} without {SEARCH!r} before it")
        elif found:
            self.draft.field(*found)
        elif self.draft.strict and not is_blank(line) and not is_remark(line):
            raise Broken(
                f"text is left over after the whole text of {self.draft.path}: "
                f"{line.strip()[:60]!r}; {LONGER}, and write nothing behind them"
            )

    def begin(self, edit: Edit) -> None:
        self.draft.begin(edit)
        self.wrappers = [one for one in self.wrappers if one[1]]

    def forget_thinking(self, at: int, line: str) -> None:
        """Forget everything before this line: it was thought, drafts of edits included.

        Where an edit broke off before, or held a whole text, the line may also be of its text.
        """
        broken = self.broken or (
            "a whole text may have ended too early" if self.draft.suspects else ""
        )
        thought = 0 if broken else len(self.draft.edits)
        self.forget(self.draft.anew(thought))
        self.thought, self.broken = True, broken
        if broken:
            self.draft.edits = [
                Edit(problem=f"{broken}; no edit up to a line {line[:60]!r} was tried")
            ]
            self.headed = True
        rest = self.page.after_thinking(line)
        self.at = at + 1
        if rest:  # the answer begins on the same line
            self.page.lines[at] = rest
            self.at = at

    def block(self, indent: str) -> None:
        search = self.until(indent, MIDDLE)
        replacement = self.until(indent, REPLACE)
        if not self.draft.edits:
            self.begin(Edit(problem="a block stands before the first line '# EDIT'"))
        if not self.draft.path:
            raise Unusable("a block without 'FILE: path' above it")
        self.draft.add(search, replacement)

    def fence(self, fence: Fence) -> None:
        inside = self.page.following(self.at)
        is_awaited = bool(self.draft.path) and not self.draft.used
        if is_awaited and self.page.line(inside).strip() != SEARCH:
            self.whole_text(fence)
        elif not is_awaited and self.wrappers and fence.ends(self.wrappers[-1][0]):
            self.wrappers.pop()
        elif not is_awaited and self.is_left_over(fence):
            raise Broken(
                f"a line {fence.mark + fence.info!r} after a whole text has no partner: that text "
                f"may have ended too early; {LONGER}"
            )
        elif self.draft.edits and self.page.names_file_inside(inside):
            self.file_inside(fence, inside)
        elif self.page.is_form(inside):
            self.wrappers.append((fence, self.page.is_beginning(inside)))
        else:
            self.at = self.page.past_illustration(self.at, fence)

    def file_inside(self, fence: Fence, at: int) -> None:
        """A fence around the line FILE and the text."""
        found = self.page.field(self.page.line(at))
        self.at = at + 1
        try:
            self.draft.open(found[1] if found else "")
        except Unusable as error:
            self.draft.refuse(error)
        self.whole_text(fence)
