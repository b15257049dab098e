"""No hostile command does harm, and nothing of what it starts is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from processes import children, showing, wait_for

from hostile.commands import COMMAND_ATTACKS, MARK, command_code
from hostile.corpus import ATTACKS, Attack
from hostile.targets import Targets, leaked, sandboxed
from hostile.targets import victim as victim
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits

pytestmark = pytest.mark.slow

LIMITS = Limits(cpu_s=0.5, memory_mb=256, output_mb=1)
# of the corpus' endings those that do not depend on a frame
ENDINGS = ("ok", "crashed", "timeout", "oom")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[LocalEvaluator]:
    with sandboxed(command=True) as running:
        yield running


@pytest.mark.parametrize("attack", COMMAND_ATTACKS, ids=lambda attack: attack.name)
def test_no_harm_is_done(attack: Attack, victim: Targets, sandbox: LocalEvaluator) -> None:
    assert sandbox.isolation == "command", sandbox.confinement.reason
    job = Job(
        {"main.py": command_code(attack)}, "", victim.told(), (b"[{}, [{}]]",), LIMITS,
        command=["python", "main.py"],
    )  # fmt: skip
    outcome = sandbox.run(job)
    assert outcome.status in (ENDINGS if attack in ATTACKS else attack.statuses), outcome.detail
    assert attack.reason in outcome.detail
    assert not leaked(outcome.values, outcome.detail), outcome
    assert not victim.harm()
    wait_for(lambda: children(sandbox._live_server().pid) == [])  # its keeper has had its say
    wait_for(lambda: showing(MARK) == [])  # a killed process has to run once more to be gone
