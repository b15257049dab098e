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
from searchers.autoresearcher.form import (
    LINE_END,
    MARKS,
    MIDDLE,
    REPLACE,
    SEARCH,
    Fence,
    after_thinking,
    field,
    is_blank,
    is_python,
    is_remark,
    may_go_on,
    without_ending,
)
from searchers.autoresearcher.page import Page
from searchers.autoresearcher.values import read_set
from toolkit import without_thinking

CUT = "the reply was cut off"
MAX_EDITS = 5  # of one reply that are tried
FIELD_CHARS = 300
LONGER = "put a text that holds such fences between longer ones (````)"


def parse(reply: str, labels: tuple[str, ...], *, is_cut: bool = False) -> list[Edit]:
    """The reply's edits; one unusable edit where it holds none.

    is_cut: the server says that the reply lacks its end.
    """
    text = without_thinking(reply)
    if text is None:
        opening = " ".join(reply.split())[:20]
        problem = f"the reply was cut off in its thinking ({opening!r}…), so it holds no answer"
        return [Edit(problem=problem)]
    page = Page(LINE_END.split(without_ending(text)))
    thought = len(text) < len(reply.removeprefix("\ufeff"))
    edits = _Reader(page, labels, thought).read(is_cut)
    if edits:
        return edits
    start = " ".join(text[:2000].split())[:200]
    return [Edit(problem=f"the reply holds no '# EDIT' section; it begins: {start!r}")]


class _Reader:
    """at: the next line. path, used: the FILE that is open, and whether it has got its text.

    strict: only form and remarks may follow, for a whole text has just ended. suspects: (number of
    the edit, fence) of each whole text that may have ended too early. wrappers: open fences around
    form, each with whether it stands around whole edits. broken: why an edit broke off, if one did.
    drafts: edits that were taken for thinking.
    """

    def __init__(self, page: Page, labels: tuple[str, ...], thought: bool) -> None:
        self.page, self.labels, self.thought = page, labels, thought
        self.at = 0
        self.drafts = 0
        self.forget()

    def forget(self) -> None:
        """Nothing of the reply is known yet."""
        self.edits: list[Edit] = []
        self.headed = False
        self.wrappers: list[tuple[Fence, bool]] = []
        self.suspects: list[tuple[int, str]] = []
        self.broken = ""
        self.path, self.used, self.strict = "", True, False

    def read(self, is_cut: bool) -> list[Edit]:
        lines = self.page.lines
        while self.at < len(lines):
            began = self.at
            self.at += 1
            try:
                self.line(began, lines[began])
            except Broken as error:
                self.refuse(error)
                self.broken = self.broken or str(error)
                if error.doubts and not (is_cut and CUT in str(error)):
                    self.doubt()
                self.at = error.at or self.page.next_beginning(began + 1, self.thought)
            except Unusable as error:
                self.refuse(error)
        self.close()
        if is_cut and self.edits and may_go_on(lines[-1]):
            self.refuse(Unusable(f"the edit ends in the middle of a line: {lines[-1][:60]!r}"))
        return self.edits if self.headed else []

    def line(self, at: int, line: str) -> None:
        """One line outside of blocks and whole texts."""
        fence, found = Fence.of(line), field(line)
        if self.page.is_beginning(at) or (self.page.is_heading(at) and not self.strict):
            self.begin(Edit())
            self.headed = True
        elif self.page.ends_thinking(at, self.thought, self.headed):
            self.forget_thinking(at, line)
        elif line.strip() == SEARCH:
            self.block(line[: line.index("<")])
        elif fence:
            self.fence(fence)
        elif not self.edits:
            if found and found[0] == "LABEL":
                self.begin(Edit(problem="the edit does not begin with a line '# EDIT'"))
        elif line.strip() in MARKS:
            raise Broken(f"a line {line.strip()!r} without {SEARCH!r} before it")
        elif found:
            self.field(*found)
        elif self.strict and not is_blank(line) and not is_remark(line):
            raise Broken(
                f"text is left over after the whole text of {self.path}: {line.strip()[:60]!r}; "
                f"{LONGER}, and write nothing behind them"
            )

    def doubt(self) -> None:
        """What a text may hold that seems to have ended too early is not tried either."""
        if not self.suspects:
            return
        for edit in self.edits[self.suspects[0][0] : -1]:
            problem = f"a whole text in this reply may have ended too early; {LONGER}"
            edit.problem = edit.problem or problem
        marks = dict.fromkeys(mark for _, mark in self.suspects)
        self.suspects = [(len(self.edits) - 1, mark) for mark in marks]  # all before are refused

    def begin(self, edit: Edit) -> None:
        self.close()
        edit.drafts, self.drafts = self.drafts, 0
        self.edits.append(edit)
        self.path, self.used, self.strict = "", True, False
        self.wrappers = [one for one in self.wrappers if one[1]]

    def close(self) -> None:
        """The end of an edit."""
        if not self.edits:
            return
        edit = self.edits[-1]
        try:
            self.leave()
            if edit.label not in self.labels:
                raise Unusable(f"LABEL must be one of {', '.join(self.labels)}, got {edit.label!r}")
            if not edit.blocks and not edit.sets:
                raise Unusable("the edit changes nothing: it has no FILE, DELETE or SET")
        except Unusable as error:
            self.refuse(error)

    def refuse(self, error: Unusable) -> None:
        """Of several things that are wrong with an edit the first one is told."""
        if not self.edits:
            self.edits.append(Edit())
        self.edits[-1].problem = self.edits[-1].problem or str(error)

    def forget_thinking(self, at: int, line: str) -> None:
        """All before this line was thought, drafts of edits included.

        Where an edit broke off before, or held a whole text, the line may also be of its text.
        """
        broken = self.broken or ("a whole text may have ended too early" if self.suspects else "")
        self.drafts = 0 if broken else len(self.edits)
        self.forget()
        self.thought, self.broken = True, broken
        if broken:
            self.edits = [Edit(problem=f"{broken}; no edit up to a line {line[:60]!r} was tried")]
            self.headed = True
        rest = after_thinking(line)
        self.at = at + 1
        if rest:  # the answer begins on the same line
            self.page.lines[at] = rest
            self.at = at

    def field(self, name: str, value: str) -> None:
        edit = self.edits[-1]
        if name == "FILE":
            self.open(value)
        elif name == "DELETE":
            edit.blocks.append((_checked(value), None, None))
        elif name == "SET":
            read_set(edit.sets, value)
        elif name == "HYPOTHESIS":
            edit.hypothesis = _shortened(value)
        elif edit.label:
            raise Unusable("a second LABEL: each edit begins with a line '# EDIT' of its own")
        else:
            edit.label = value.lower()[:FIELD_CHARS]

    def open(self, path: str) -> None:
        try:
            self.leave()
        finally:
            self.path, self.used, self.strict = path, False, False
        _checked(path)

    def leave(self) -> None:
        """The end of a FILE: half an edit is none."""
        if self.path and not self.used:
            raise Unusable(f"FILE: {self.path} has neither a {SEARCH!r} block nor a whole text")

    def add(self, search: str | None, text: str) -> None:
        self.edits[-1].blocks.append((self.path, search, text))
        self.used = True

    def block(self, indent: str) -> None:
        search = self.until(indent, MIDDLE)
        replacement = self.until(indent, REPLACE)
        if not self.edits:
            self.begin(Edit(problem="a block stands before the first line '# EDIT'"))
        if not self.path:
            raise Unusable("a block without 'FILE: path' above it")
        self.add(search, replacement)

    def until(self, indent: str, end: str) -> str:
        """The lines up to the closing mark, each with its line end."""
        began, what = self.at, f"block of {self.path or 'no FILE'}"
        for at in self.page.rest(began):
            line = self.page.lines[at].rstrip()
            if line == indent + end:
                self.at = at + 1
                return _text(self.page.lines[began:at])
            if line.startswith(indent) and line.removeprefix(indent) in MARKS:
                raise Broken(
                    f"a line {line.strip()!r} inside a {what}: the block before it is not closed "
                    f"by {end!r}, or the text itself holds such a line",
                    doubts=False,
                )
        raise Broken(f"the {what} is not closed by {end!r}: {CUT}")

    def fence(self, fence: Fence) -> None:
        inside = self.page.following(self.at)
        is_awaited = bool(self.path) and not self.used
        if is_awaited and self.page.line(inside).strip() != SEARCH:
            self.whole_text(fence)
        elif not is_awaited and self.wrappers and fence.ends(self.wrappers[-1][0]):
            self.wrappers.pop()
        elif not is_awaited and self.is_left_over(fence):
            raise Broken(
                f"a line {fence.mark + fence.info!r} after a whole text has no partner: that text "
                f"may have ended too early; {LONGER}"
            )
        elif self.edits and self.page.names_file_inside(inside):
            self.file_inside(fence, inside)
        elif self.page.is_form(inside):
            self.wrappers.append((fence, self.page.is_beginning(inside)))
        else:
            self.at = self.page.past_illustration(self.at, fence)

    def file_inside(self, fence: Fence, at: int) -> None:
        """A fence around the line FILE and the text."""
        found = field(self.page.line(at))
        self.at = at + 1
        try:
            self.open(found[1] if found else "")
        except Unusable as error:
            self.refuse(error)
        self.whole_text(fence)

    def whole_text(self, fence: Fence) -> None:
        """All lines up to the fence's like; a fence that is indented, shorter or longer is text."""
        if fence.indent:
            raise Broken(f"the fence of {self.path} is indented; write it at the line's beginning")
        for at in self.page.rest(self.at):
            other = Fence.of(self.page.lines[at])
            if other is None or other.indent or other.mark != fence.mark:
                continue
            if other.info:
                raise Broken(
                    f"a line {self.page.lines[at].strip()[:60]!r} inside the whole text of "
                    f"{self.path}, which no line {fence.mark!r} has closed before; {LONGER}"
                )
            self.take_whole(fence, at)
            return
        raise Broken(f"the block of {self.path} is not closed by {fence.mark!r}: {CUT}")

    def take_whole(self, fence: Fence, end: int) -> None:
        began, lines = self.at, self.page.lines[self.at : end]
        if next((line for line in lines[::-1] if line.strip()), "").rstrip() == REPLACE:
            raise Broken(
                f"a line {REPLACE!r} inside a block of {self.path} that does not begin with "
                f"{SEARCH!r}; behind a fence that must be the first line"
            )
        self.add(None, _text(lines))
        self.at, self.strict = end + 1, True
        is_diff = fence.info.lower().split()[:1] in (["diff"], ["patch"])
        if is_diff and not self.path.endswith((".diff", ".patch")):
            raise Unusable(f"a diff is not a whole text of {self.path}: use SEARCH/REPLACE")
        if not self.path.endswith((".py", ".pyi")):
            self.suspects.append((len(self.edits) - 1, fence.mark))
        elif not is_python(_text(lines)):
            self.suspects.append((len(self.edits) - 1, fence.mark))
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
            f"the text of {self.path} is no Python: its text may have been cut at an inner fence"
            f"{unread}; use a longer fence (````)",
            at=len(self.page.lines) if whole is None else whole + 1,
            doubts=False,
        )

    def is_left_over(self, fence: Fence) -> bool:
        """Whether this may be the end of a whole text that seemed to end before.

        A bare fence may be one, though it seems to open something, and a fence without an end.
        """
        is_doubtful = any(mark == fence.mark for _, mark in self.suspects)
        if self.strict and not is_doubtful:
            return not self.page.is_beginning(self.page.following(self.at))
        has_end = self.page.past_illustration(self.at, fence) > self.at
        return is_doubtful and (self.strict or not fence.info or not has_end)


def _shortened(text: str) -> str:
    return text if len(text) <= FIELD_CHARS else f"{text[: FIELD_CHARS - 1]}…"


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _checked(path: str) -> str:
    if len(path) > FIELD_CHARS:
        raise Unusable(f"a path of {len(path)} characters; {FIELD_CHARS} are allowed")
    return path
