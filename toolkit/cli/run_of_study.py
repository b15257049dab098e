"""Run of a study that `toolkit run` joins: its log of openings, and the seeds of its replicates."""

from __future__ import annotations

from pathlib import Path

from ..bench import replicates, secret
from ..bench.bench import Bench
from ..compare import run_folder
from ..errors import UserError
from ..ledger.journal import Journal
from ..ledger.ledger import Ledger
from ..ledger.state import load
from ..ledger.subjects import Split
from ..records import Candidate
from ..study.study import Study
from . import lookup, output


def folder(study: Study, run: str | None) -> Path:
    """Folder of the study's run, which may not be there yet; raises UserError for another's."""
    if run is None:
        return run_folder(study.name, study.digest, lookup.RUNS)
    found = lookup.run_folder(run)
    with Ledger(found, writer=False) as ledger:
        known = load(ledger).study.get("digest")
    if known not in (None, study.digest):
        raise UserError(
            f"--run {run} is a run of another study, or of an earlier version of {study.name!r}; "
            "name one of this study, or leave the option out"
        )
    return found


def join(bench: Bench, candidate: Candidate, split: Split, folder: Path) -> None:
    """Log an opening of the test split, and take the seeds of replicates from the study's run.

    Candidates that are run one by one are then paired, with each other and with those of the run.
    """
    study = bench.study
    test = split == "test" and study.claim == "sealed"  # else there is nothing to open
    if not test and not replicates.has_seeds_of_its_own(study):
        return
    if not test and (known := secret.recorded(folder)):  # a comparison may be writing there
        bench.follow(known)
        return
    with Ledger(folder, writer=True) as ledger:
        journal = Journal(ledger)
        if test:
            journal.write("opened", {"subject": candidate.digest, "by": "run"})
            output.note(f"this opening of the test split is logged in {folder}")
        else:
            output.note(f"the seeds of the replicates are kept in {folder}")
        bench.follow(secret.of_run(journal))
