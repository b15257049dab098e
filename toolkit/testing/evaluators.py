"""The contract that every evaluator keeps."""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ..bench.bench import Bench
from ..evaluator import Evaluator, settings_of
from ..jobs import LEVELS, Limits, Outcome
from ..patches import diff
from ..places import entered, made
from ..records import Candidate
from ..study import study as study_files
from .jobs import ASLEEP, LATER, command, expect, job, named, refuses, script, together, within
from .runs import TOY

SECRET = "CONTRACT_KEY"


def _failed(text: str) -> None:
    """A command goes on where an evaluator does not end; a plugin's own test does not."""
    raise AssertionError(text)


class EvaluatorContract:
    """Inherit, set `factory` (and `settings` where it needs some), and pytest does the rest.

    settings: what the host would give the factory, by name, beside its own choice.
    """

    factory: ClassVar[Callable[..., Any]]
    settings: ClassVar[Mapping[str, Any]] = {}
    _running: ClassVar[tuple[contextlib.ExitStack, Evaluator] | None] = None

    @classmethod
    def _entered(cls, **more: Any) -> contextlib.AbstractContextManager[Evaluator]:
        host: dict[str, Any] = {
            "preload": (),
            "slots": 2,
            "address": None,
            "hidden": (),
            "command": False,
            "confine": True,
            "python": "",
            "readable": (),
        }
        given = {**host, **cls.settings, **more}
        os.environ[SECRET] = "a key of the host"
        return entered("plugin", made("plugin", cls.factory, given), tell=_failed)

    @classmethod
    def _shared(cls) -> Evaluator:
        """One for all tests: some take seconds to start."""
        if cls._running is None:
            stack = contextlib.ExitStack()
            cls._running = stack, stack.enter_context(cls._entered())
        return cls._running[1]

    @classmethod
    def teardown_class(cls) -> None:
        os.environ.pop(SECRET, None)
        if cls._running is not None:
            (stack, _), cls._running = cls._running, None
            stack.close()

    def _ends(self, status: str, body: str, **given: Any) -> Outcome:
        return expect(status, self._shared().run(job(body, **given)))

    def test_a_result_comes_back_in_the_order_of_the_calls(self) -> None:
        calls: list[list[Any]] = [[1], ["ü"], [None], [{"a": [1.5]}]]
        found = self._ends("ok", "return [x, p['p']]", calls=calls)
        assert found.values == [[call[0], 2] for call in calls]
        assert found.usage.cpu_s > 0, "an evaluation that came to its end has used CPU time"
        assert found.usage.peak_rss_mb > 0, "the peak of memory is missing"

    def test_no_later_call_is_within_reach(self) -> None:
        found = self._ends("ok", LATER, calls=[["first"], ["the-later-call"]])
        assert found.values == [False, False], (
            "a program found its second call while it was asked the first: hand over the next one "
            "when the last was answered"
        )

    def test_what_it_prints_is_no_result(self) -> None:
        found = self._ends("ok", "print('[]', flush=True)\nos.write(1, b'[]')\nreturn 1")
        assert found.values == [1]

    def test_an_error_is_a_crash_and_its_text_the_detail(self) -> None:
        assert "boom" in self._ends("crashed", "raise ValueError('boom')").detail

    def test_an_end_without_a_result_is_a_crash(self) -> None:
        self._ends("crashed", "os._exit(0)")
        self._ends("crashed", "os.abort()")

    def test_cpu_time_has_its_limit(self) -> None:
        found = self._ends("timeout", "while True: pass", limits=Limits(0.5, 256, 1, wall_s=60))
        assert found.usage.cpu_s > 0.2, "what it used is charged"

    def test_what_hangs_has_a_limit_by_the_clock(self) -> None:
        self._ends("timeout", "time.sleep(600)", limits=Limits(60, 256, 1, wall_s=0.5))

    def test_what_works_is_not_cut_by_the_derived_limit(self) -> None:
        body = "until = time.process_time() + 0.6\nwhile time.process_time() < until: pass"
        self._ends("ok", body, limits=Limits(10, 256, 1, grace_s=0.4))

    def test_memory_has_its_limit(self) -> None:
        self._ends("oom", "return len(bytearray(1 << 30))")

    def test_too_much_output_is_a_crash(self) -> None:
        self._ends("crashed", "return 'x' * (2 << 20)")
        self._ends("crashed", "for _ in range(2 << 10): print('x' * 1024)\nsys.stdout.flush()")

    def test_what_json_cannot_hold_is_a_crash(self) -> None:
        for value in ("float('nan')", "{1, 2}", "float('inf')", "'\\ud800'"):
            self._ends("crashed", f"return {value}")

    def test_a_wrong_number_of_answers_is_a_crash(self) -> None:
        bench = Bench(study_files.load(TOY), self._shared())
        right = bench.run(Candidate())
        assert right.status == "ok", right.detail
        text = "def run(context, inputs, parameters, services):\n    return []\n"
        sources = dict(bench.study.sources)
        change = diff.make(sources, {**sources, "toy_pipeline/main.py": text})
        assert bench.run(Candidate({}, change)).status == "crashed"

    def test_chance_comes_from_the_jobs_seed(self) -> None:
        body = "return [random.random(), services, list({'a', 'b', 'c', 'd', 'e', 'f'})]"
        one, same, other = (self._ends("ok", body, seed=seed).values for seed in (1, 1, 2))
        assert one == same, (
            "the same job came to other values: call random.seed(job.seed) before the program is "
            "imported, and start it with PYTHONHASHSEED=0"
        )
        assert one and other and one[0][0] != other[0][0], "another seed changed nothing"
        assert one[0][1] == {"seed": 1}, "the last argument is services: {'seed': job.seed}"

    def test_the_hosts_environment_stays_with_the_host(self) -> None:
        found = self._ends("ok", f"return {SECRET!r} in os.environ")
        assert found.values == [False], "a program sees the host's environment, keys and all"

    def test_every_job_finds_its_files_and_nothing_of_the_last(self) -> None:
        body = (
            "found = sorted(os.listdir())\n"
            "try: open('left', 'w').close()\n"
            "except OSError: pass\n"
            "return found"
        )
        for _ in range(2):
            found = self._ends("ok", body).values
            assert found and "program" in found[0], "a program runs in the root of its files"
            assert "left" not in found[0], "a job found what an earlier one had written"

    def test_isolation_is_named_and_required(self) -> None:
        evaluator = self._shared()
        reached = LEVELS.index(evaluator.isolation)
        for level in LEVELS:
            if LEVELS.index(level) > reached:
                assert refuses(evaluator, level), f"it let pass a study that wants {level!r}"
            evaluator.require(level, weak=True)
        evaluator.require(evaluator.isolation)
        for node in getattr(evaluator, "nodes", {}).values():
            assert {"host", "level", "reason"} <= set(node)

    def test_as_many_at_a_time_as_it_has_slots(self) -> None:
        evaluator, most = self._shared(), 0
        for seconds in (0.3, 2, 8):  # a busy machine may start them one after the other
            body = f"began = time.time()\ntime.sleep({seconds})\nreturn [began, time.time()]"
            jobs = [job(body)] * (evaluator.slots + 1)
            spans = [expect("ok", found).values or [] for found in together(evaluator, jobs)]
            most = max(sum(b <= a < e for [[b, e]] in spans) for [[a, _]] in spans)
            if most == evaluator.slots:
                break
        assert most == evaluator.slots, f"{most} ran at a time, with {evaluator.slots} slots"

    def test_closing_ends_what_still_runs(self) -> None:
        self.teardown_class()  # a cluster may have room for one
        name, found = f"job-{secrets.token_hex(4)}", list[Outcome]()
        with self._entered() as evaluator:
            body = ASLEEP.format(name=name)
            running = threading.Thread(target=lambda: found.append(evaluator.run(job(body))))
            running.start()
            within(5, lambda: named(name))  # where it runs on this machine
        running.join(30)
        assert not running.is_alive(), "`run` did not return when its evaluator was closed"
        assert [one.status for one in found] == ["lost"], f"it came to {found}"
        assert within(5, lambda: not named(name)), "a program went on after the end"
        assert evaluator.run(job("return 1")).status == "lost", "a closed evaluator ran a job"

    def test_commands_run_where_it_takes_them(self) -> None:
        if not takes_commands(type(self).factory):
            return
        self.teardown_class()
        with self._entered(command=True) as evaluator:
            echo = "print(json.dumps([[*call, job['parameters']['p']] for call in job['calls']]))"
            assert expect("ok", evaluator.run(command(echo))).values == [[1, 2]]
            for body in ("sys.exit(3)", "print('no JSON')", "raise ValueError('boom')"):
                expect("crashed", evaluator.run(command(body)))

    def test_scripts_run_where_it_takes_commands(self) -> None:
        if not takes_commands(type(self).factory):
            return
        self.teardown_class()
        with self._entered(command=True) as evaluator:
            for _ in range(2):  # in a copy of its own each time
                ((found,),) = expect("ok", evaluator.run(script())).values or [[{}]]
                assert found == {
                    "printed": "loss: 1.5 0.1\n",
                    "errors": "careful\n",
                    "files": {"out/a.txt": "what it was given"},
                }, f"a script's result is what it printed and left; it was {found}"
            expect("crashed", evaluator.run(script("import sys; sys.exit(3)")))
            linked = "import os\nos.mkdir('out')\nos.symlink('/etc/passwd', 'out/a.txt')"
            expect("crashed", evaluator.run(script(linked)))

    def test_a_function_may_know_nothing_of_calls(self) -> None:
        made = job("")
        code = b"def double(x): return (2 * x,)\ndef seven(): return 7\n"
        asked = replace(
            made, files={**made.files, "program/plain.py": code}, calls=(b"[0, [1, 2]]",)
        )
        for name, arguments, right in (("double", "input", [[2], [4]]), ("seven", "none", [7, 7])):
            one = replace(asked, entry=f"program.plain:{name}", arguments=arguments)
            assert expect("ok", self._shared().run(one)).values == [right]


def takes_commands(factory: Callable[..., Any]) -> bool:
    """True if a factory names the setting `command`."""
    return "command" in settings_of(factory)
