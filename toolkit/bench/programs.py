"""Candidates as programs of one study: their trees, values, and why one is not run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import PatchError
from ..records import Candidate
from ..study import bindings, requirement, seeding, space
from ..study.bindings import Bound
from .splits import Splits


class Programs(Splits):
    """Programs that a study's candidates are, before any of them runs."""

    def sources(self, candidate: Candidate) -> dict[str, str]:
        """The editable files after the candidate's patch and switches; raises PatchError."""
        return self.study.pristine.composed(candidate.patch, self._switched(candidate))

    def _switched(self, candidate: Candidate) -> dict[str, str]:
        return space.switched(self.study.space, candidate.overrides)

    def files(self, candidate: Candidate) -> Mapping[str, bytes]:
        """The whole tree of a candidate; raises PatchError, Gone and Refused."""
        return self.bound(candidate).files

    def bound(self, candidate: Candidate, *, rewrite: bool = False) -> Bound:
        """A candidate's tree with its values in it; raises PatchError, Gone and Refused.

        rewrite: also values that stand there already are written.
        """
        values = space.settled(self.study.space, candidate.overrides)
        tree = self._tree(candidate)
        return bindings.bound(self.study.bindings, tree, values, again=rewrite)

    def _tree(self, candidate: Candidate) -> dict[str, bytes]:
        kept = {
            path: text for path, text in self.study.files.items() if not self.study.may_edit(path)
        }
        edited = {path: text.encode() for path, text in self.sources(candidate).items()}
        return {**kept, **edited}

    def problem(self, candidate: Candidate) -> str:
        """Why a candidate is not run at all; empty if it may be."""
        return self.built(candidate)[1]

    def built(self, candidate: Candidate, *, rewrite: bool = False) -> tuple[Bound | None, str]:
        """A candidate's tree with its values in it, and why it is not run at all; "" if it may be.

        rewrite: see `bound`.
        """
        wrong = space.problems(self.study.space, candidate.overrides)
        if not wrong:
            wrong += requirement.broken(self.study.requires, self.values(candidate))
        made = None
        try:
            if wrong:  # a value that may not be there is not written
                self._tree(candidate)
            else:
                made = self.bound(candidate, rewrite=rewrite)
                seeding.require(self.study.seed_at, made.files)
        except (PatchError, UnicodeEncodeError, bindings.Gone, bindings.Refused) as error:
            wrong.append(str(error))
            made = None
        return made, "\n".join(wrong)

    def values(self, candidate: Candidate) -> dict[str, Any]:
        """Value of every parameter: a bound one's that is not set is what its program has."""
        others = self._switched(candidate)
        own = self.study.standing.after(candidate.patch, self.study.pristine, others)
        return space.settings(self.study.space, {**own, **candidate.overrides})

    def told(self, candidate: Candidate) -> dict[str, Any]:
        """Values that the program is given. A switch is in its files: it hears no more of it."""
        switches = space.switches(self.study.space)
        return {name: one for name, one in self.values(candidate).items() if name not in switches}
