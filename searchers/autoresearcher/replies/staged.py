"""A reply of the staged loop, taken apart: notes, looks, edits with their alternatives, a stop.

It is read as a reply of the greedy loop is (reply.py), with more headings. What a line means
depends on where it stands, and in these sections it is

    # LOOK     one question a line, up to the next heading
    # NOTES    text up to the next heading; what stands in a fence of its own is text, headings too
    # STOP     the reason, in the same line or in the next

Nothing is guessed or cut in silence: what is over a limit or is not understood stands in `problem`,
which the next prompt tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from searchers.autoresearcher.edit import Broken, Edit, Unusable
from searchers.autoresearcher.replies.form import SEARCH, Fence
from searchers.autoresearcher.replies.limits import LIMITS
from searchers.autoresearcher.replies.queries import Look, read_look
from searchers.autoresearcher.replies.reply import Reader, answer_lines, beginning
from searchers.autoresearcher.replies.sections import Section, StagedPage
from searchers.autoresearcher.replies.staged_draft import StagedDraft

SHOWN_PROBLEMS = 6


@dataclass(frozen=True)
class Reply:
    """Wishes of a model. stop: why it ends the search, or None. problem: what was left out."""

    notes: str = ""
    looks: list[Look] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    stop: str | None = None
    problem: str = ""


def read(text: str, labels: tuple[str, ...]) -> Reply:
    """A reply as a model's answer or any text; never raises.

    An answer that knows that it lacks its end (`ending`) is read as one that was cut off.
    """
    ending = str(getattr(text, "ending", ""))
    why = str(getattr(text, "problem", "")) if ending else ""
    try:
        lines, thought = answer_lines(text)
    except Unusable as error:
        return Reply(problem=str(error))
    reader = StagedReader(StagedPage(lines), StagedDraft(labels), thought)
    reader.read("length" in ending)
    return _reply(reader, text, why)


class StagedReader(Reader):
    """section: the one that is open, if it is no edit.

    notes, looks, stop: as far as they were read. unread: lines that stand behind a break.
    """

    draft: StagedDraft
    page: StagedPage

    def forget(self, draft: StagedDraft) -> None:  # type: ignore[override]
        super().forget(draft)
        self.section = ""
        self.notes: list[str] = []
        self.looks: list[Look] = []
        self.stop: str | None = None
        self.is_cut = False
        self.unread = 0

    def read(self, is_cut: bool) -> list[Edit]:
        found = super().read(is_cut)
        self.is_cut = is_cut
        return found

    def skip(self, began: int, end: int) -> None:
        self.section = ""
        self.unread += sum(bool(line.strip()) for line in self.page.lines[began:end])

    @property
    def is_in_edit(self) -> bool:
        return super().is_in_edit and not self.section

    def line(self, at: int, line: str) -> None:
        """One line outside of blocks, whole texts and fences of their own."""
        found = None if self.page.is_edit(at) else self.page.section(at)
        if found and (not self.may_be_text or _is_canonical(line)):
            self.enter(found)
        elif not self.section or self.is_form_of_edits(at, line):
            super().line(at, line)
        elif fence := Fence.of(line):
            self.fence_in_section(fence, line)
        elif self.section == "LOOK":
            self.looks += filter(None, [read_look(line)])
        elif self.section == "NOTES":
            self.notes.append(line)
        elif self.stop is not None and not self.stop.strip():
            self.stop = line.strip()

    @property
    def may_be_text(self) -> bool:
        """True right behind a whole text that may have ended too early."""
        return self.draft.strict and bool(self.draft.suspects)

    def enter(self, found: Section) -> None:
        """A heading that is no edit's."""
        self.headed = True
        if found.name == "ALTERNATIVE":
            self.begin_alternative()
            return
        self.draft.end()
        self.wrappers = [one for one in self.wrappers if one[1]]
        self.section = found.name
        if found.name == "LOOK":
            self.looks += filter(None, [read_look(found.rest)])
        elif found.name == "NOTES":
            self.notes.append(found.rest)
        else:
            self.stop = self.stop or found.rest

    def begin(self, edit: Edit) -> None:
        self.section = ""
        super().begin(edit)

    def begin_alternative(self) -> None:
        self.section = ""
        self.draft.begin_alternative()
        self.wrappers = [one for one in self.wrappers if one[1]]

    def is_form_of_edits(self, at: int, line: str) -> bool:
        """True for a line that ends a section though it has no heading, or ends thinking."""
        if self.page.is_edit(at) or self.page.ends_thinking(at, self.thought, self.headed):
            return True
        found = self.page.field(line)
        is_headless = line.strip() == SEARCH or (found is not None and line.startswith("LABEL:"))
        if is_headless:
            self.begin(Edit(problem="the edit does not begin with a line '# EDIT'"))
        return is_headless

    def fence(self, fence: Fence) -> None:
        inside = self.page.following(self.at)
        super().fence(fence)
        if self.wrappers and self.wrappers[-1][0] is fence and self.page.is_form_heading(inside):
            self.wrappers[-1] = (fence, True)

    def fence_in_section(self, fence: Fence, line: str) -> None:
        """A fence around questions counts for nothing; one in notes holds text, headings too."""
        if self.wrappers and fence.ends(self.wrappers[-1][0]):
            self.wrappers.pop()
        elif self.is_left_over(fence) and self.draft.suspects:
            raise Broken(f"a line {line.strip()[:60]!r} after a whole text has no partner")
        elif self.page.is_form_heading(self.page.following(self.at)):
            self.wrappers.append((fence, True))
        elif self.section == "NOTES":
            end = self.page.past_illustration(self.at, fence)
            if end > self.at:  # else it has no partner, and is around the reply
                self.notes.extend([line, *self.page.lines[self.at : end]])
                self.at = end


def _is_canonical(line: str) -> bool:
    """True for `# NOTES` and its like, to the letter; behind a whole text nothing else is form."""
    found = Section.of(line)
    return found is not None and line.startswith(f"# {found.name}")


def _reply(reader: StagedReader, text: str, why: str) -> Reply:
    told = list(reader.draft.told)
    edits = reader.draft.grouped() if reader.headed else []
    told = list(dict.fromkeys([*told, *reader.draft.told]))
    if reader.unread:
        told.append(f"an edit broke off, and {reader.unread} lines behind it were not read")
    drafts = sum(edit.drafts for edit in edits)
    if drafts:
        told.append(f"{drafts} edits before a closing thinking tag were taken for thinking")
    if len(edits) > LIMITS.edits:
        told.append(
            f"{len(edits) - LIMITS.edits} edits were left out: at most {LIMITS.edits} are tried"
        )
    notes, stop = _notes(reader, told), _stop(reader, told)
    looks = _looks(reader, told)
    if not (edits or looks or notes) and stop is None:
        told.append(
            "the reply holds no section '# EDIT', '# LOOK', '# NOTES' or '# STOP'; "
            f"{beginning(text)}"
        )
    if why:
        told.append(why)
    more = [f"and {len(told) - SHOWN_PROBLEMS} more of that kind"] * (len(told) > SHOWN_PROBLEMS)
    return Reply(
        notes, looks, edits[: LIMITS.edits], stop, "; ".join([*told[:SHOWN_PROBLEMS], *more])
    )


def _notes(reader: StagedReader, told: list[str]) -> str:
    notes = _trimmed(reader.notes)
    if len(notes) > LIMITS.notes_chars:
        left = f"{len(notes) - LIMITS.notes_chars:,} of {len(notes):,} characters of the notes"
        told.append(f"{left} were left out: at most {LIMITS.notes_chars:,} are kept")
    return notes[: LIMITS.notes_chars]


def _stop(reader: StagedReader, told: list[str]) -> str | None:
    """The reason; None as well where a part of the reply broke off, which may hold that line."""
    if reader.stop is None:
        return None
    reason = " ".join(reader.stop.split())[: LIMITS.stop_chars]
    if reader.broken:
        told.append("a STOP in a reply of which a part broke off is not obeyed; write it again")
        return None
    return reason or "no reason given"


def _looks(reader: StagedReader, told: list[str]) -> list[Look]:
    """At most so many questions; of those that are not understood, the first are told."""
    asked = list(dict.fromkeys(reader.looks))
    if reader.is_cut and reader.section == "LOOK" and asked:
        told.append(f"the question {asked.pop().text!r} was cut off")
    sound = [look for look in asked if not look.problem]
    strange = [look for look in asked if look.problem]
    for look in strange[:3]:
        told.append(f"LOOK {look.text[:80]!r} is not answered: {look.problem}")
    if len(strange) > 3:
        told.append(f"{len(strange) - 3} more lines of LOOK are no questions")
    if len(sound) > LIMITS.looks:
        left = len(sound) - LIMITS.looks
        told.append(f"{left} questions were left out: at most {LIMITS.looks} are answered")
    return sound[: LIMITS.looks]


def _trimmed(lines: list[str]) -> str:
    """Text of some lines, with single blank lines at most."""
    bare = [line.rstrip() for line in lines]
    kept = [one for before, one in pairwise(["", *bare]) if one or before]
    return "\n".join(kept).strip()
