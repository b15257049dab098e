"""The judge by HTTP: what it serves, what it refuses, and what is charged for either."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from served import MAIN, Client, run, served

import toolkit
from toolkit.bench.bench import Bench
from toolkit.errors import UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.search.lab import Lab
from toolkit.study import study as study_files

REPLY = {
    "trial", "status", "score", "baseline", "gain", "unit", "direction", "evidence", "best",
    "is_best", "kinds", "noise", "interval", "metrics", "failed", "seconds", "detail", "output",
    "left", "total",
}  # fmt: skip
BASELINE = 0.292
SLOW = "    import time; time.sleep(0.4)\n    value ="


def test_a_trial_is_judged_and_recorded_with_what_was_said_of_it(
    bench: Bench, tmp_path: Path
) -> None:
    with served(bench, tmp_path / "run") as client:
        files = client.edited("SCALE = 0.8", "SCALE = 1.0")
        one = client.trial(files=files, label="bug_fix", hypothesis="a fifth is lost")
        two = client.trial(files=files, overrides={"x": 0.3}, label="hyperparameter")
        worse = client.trial(overrides={"x": 0.0})
    assert set(one) >= REPLY
    assert one["status"] == "ok"
    assert one["baseline"] == pytest.approx(BASELINE)
    assert one["score"] == pytest.approx(0.3675)
    assert one["gain"] == pytest.approx(0.0755)
    assert one["interval"] == pytest.approx([0.0755, 0.0755])
    assert one["kinds"]["number"] == {"score": one["score"], "baseline": one["baseline"]}
    assert one["failed"] == {"extra": 3, "number": 9}
    assert (one["left"], one["total"]) == (4, 5)
    assert one["is_best"] and two["is_best"] and not worse["is_best"]
    assert worse["best"] == {"trial": 2, "score": two["score"]}
    assert worse["gain"] < 0
    first, second, third = (client.cell.started[n].candidate for n in (1, 2, 3))
    assert (first.label, first.note, first.parent) == ("bug_fix", "a fifth is lost", None)
    assert "+SCALE = 1.0" in first.patch
    assert (second.parent, third.parent) == (1, 2)
    assert dict(second.overrides) == {"x": 0.3}
    assert client.cell.ended["status"] == "finished"


def test_a_patch_and_the_files_it_makes_are_one_candidate(bench: Bench, tmp_path: Path) -> None:
    with served(bench, tmp_path / "run") as client:
        edited = client.edited("SCALE = 0.8", "SCALE = 0.9")
        patch = client.lab.edit(toolkit.Candidate(), dict(edited)).patch
        everything = {path: text.decode() for path, text in client.lab.tree.items()}
        replies = [
            client.trial(files=edited), client.trial(patch=patch),
            client.trial(files={**everything, **edited}),
        ]  # fmt: skip
    assert len({reply["score"] for reply in replies}) == 1
    assert len({start.candidate.digest for start in client.cell.started.values()}) == 1


def test_a_share_is_charged_as_it_is_and_compared_on_the_same_items(
    bench: Bench, tmp_path: Path
) -> None:
    with served(bench, tmp_path / "run") as client:
        reply = client.trial(overrides={"x": 0.3}, share=1 / 3)
    assert reply["left"] == pytest.approx(5 - 1 / 3)
    assert reply["gain"] == pytest.approx(reply["score"] - reply["baseline"])
    assert reply["gain"] == pytest.approx(0.16)
    assert not reply["is_best"]
    assert [start.items for start in client.cell.started.values()] == [4]


def test_what_cannot_be_run_is_charged_as_invalid_and_says_why(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    file = toy_folder / "bounded.toml"
    (toy_folder / "toy_pipeline" / "table.txt").write_text("1 2 3")
    bench = Bench(study_files.load(file), evaluator)
    cases = {
        "toy_pipeline/table.txt may not be edited": {"files": {"toy_pipeline/table.txt": "4"}},
        "files that may be edited: toy_pipeline/*.py": {"files": {"notes.txt": "hello"}},
        "may not be deleted, for the study needs it": {"files": {MAIN: None}},
        "nothing differs": {"files": {"toy_pipeline/gone.py": None}},
        "nothing differs from the pristine program": {},
        "no parameter is set": {"files": {"toy_pipeline/table.txt": "1 2 3"}},
        "unknown label 'fix'": {"overrides": {"x": 0.2}, "label": "fix"},
        "holds no section of a unified diff": {"patch": "make it better"},
        "x + y <= 0.8": {"overrides": {"x": 0.7, "y": 0.5}},
        "unknown parameter 'z'": {"overrides": {"z": 1}},
        "the file 'toy_pipeline/no.py' does not exist": {
            "patch": "--- a/toy_pipeline/no.py\n+++ b/toy_pipeline/no.py\n@@ -1 +1 @@\n-a\n+b\n"
        },
    }
    with served(bench, tmp_path / "run", budget=len(cases) + 1) as client:
        replies = {why: client.trial(**asked) for why, asked in cases.items()}
        assert client.trial(overrides={"x": 0.2})["left"] == 0
    for why, reply in replies.items():
        assert (reply["status"], reply["score"], reply["gain"]) == ("invalid", None, None), why
        assert why in reply["detail"]
    assert [reply["left"] for reply in replies.values()] == list(range(len(cases), 0, -1))


def test_what_is_malformed_costs_nothing(bench: Bench, tmp_path: Path) -> None:
    wrong = {
        "[1, 2]": "a request is a JSON object, got [1, 2]",
        "{": "the body is no JSON",
        "[" * 5000: "nested more than 100 deep",
        '{"file": {}}': "unknown field 'file'; did you mean 'files'?",
        '{"files": {"a.py": 1}}': "files must be an object {path: text, or null",
        '{"files": ["a.py"]}': "files must be an object",
        '{"patch": 1}': "patch must be a text, got 1",
        '{"overrides": [1]}': "overrides must be an object {name: value}, got [1]",
        '{"share": 0}': "share must be a number above 0 and at most 1, got 0",
        '{"share": true}': "share must be a number above 0",
        '{"hypothesis": 3}': "hypothesis must be a text",
        '{"files": {"a.py": ""}, "patch": "x"}': "give files or patch, not both",
    }
    looks = {
        '{"trial": -1}': "trial must be a number from 0 on",
        '{"trial": 7}': "no trial 7 has finished (finished: 0)",
        '{"limit": "many"}': "limit must be a number",
    }
    with served(bench, tmp_path / "run") as client:
        for path, cases in (("/trial", wrong), ("/look", looks)):
            for body, why in cases.items():
                status, reply = client.ask("POST", path, body)
                assert status == 400, body
                assert why in reply["error"]
        status, reply = client.get("/look?trial=first")
        assert (status, client.get("/budget")[1]["left"]) == (400, 5)
    assert client.cell.started == {}


def test_who_asks_for_more_than_the_budget_is_told_that_it_is_spent(
    bench: Bench, tmp_path: Path
) -> None:
    with served(bench, tmp_path / "run", budget=2) as client:
        client.trial(overrides={"x": 0.2})
        with ThreadPoolExecutor(4) as pool:
            asked = [{"overrides": {"x": 0.3 + n / 100}} for n in range(4)]
            found = list(pool.map(lambda one: client.another().post("/trial", one), asked))
    assert sorted(status for status, _ in found) == [200, 429, 429, 429]
    refused = [reply for status, reply in found if status == 429]
    assert {reply["error"] for reply in refused} == {"the budget is spent"}
    assert {reply["left"] for reply in refused} == {0}
    assert {reply["best"]["trial"] for reply in refused} <= {1, 2}
    assert client.cell.charged == 2 * bench.full
    assert [one.ending for one in client.cell.sessions.values()] == ["the budget is spent"]


def test_a_part_of_a_trial_that_is_left_ends_the_search_once_a_whole_one_was_refused(
    bench: Bench, tmp_path: Path
) -> None:
    with served(bench, tmp_path / "run", budget=1.5) as client:
        client.trial(overrides={"x": 0.2})
        assert client.trial(overrides={"x": 0.3}, share=1 / 3)["left"] == pytest.approx(1 / 6)
        status, reply = client.post("/trial", {"overrides": {"x": 0.4}})
        assert (status, reply["error"]) == (429, "the budget is spent")
        assert "another 1 does not fit" in reply["why"]
    assert [one.ending for one in client.cell.sessions.values()] == ["the budget is spent"]


def test_nothing_but_the_budget_is_told_once_it_is_spent(bench: Bench, tmp_path: Path) -> None:
    found = []

    class Asking:
        live = True

        def run(self, lab: Lab) -> None:
            judge = toolkit.Judge(lab)
            judge.trial({"overrides": {"x": 0.2}})
            with toolkit.JudgeServer(judge) as server:
                client = Client(server.url, server.token)
                for method, path in (("POST", "/trial"), ("POST", "/look"), ("GET", "/budget")):
                    found.append(client.ask(method, path, "{}" if method == "POST" else None))

    run(bench, tmp_path / "run", Asking, budget=1)
    assert [status for status, _ in found] == [429, 429, 200]
    assert found[2][1]["left"] == 0


@pytest.mark.slow
def test_trials_that_are_asked_for_at_once_run_at_once_and_are_charged_once(
    bench: Bench, tmp_path: Path
) -> None:
    with served(bench, tmp_path / "run", budget=4) as client:
        files = client.edited("    value =", SLOW)
        asked = [{"files": files, "overrides": {"x": n / 10}} for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda one: client.another().trial(**one), asked))
    assert sorted(reply["trial"] for reply in found) == [1, 2, 3, 4]
    for one, reply in zip(asked, found, strict=True):
        started = client.cell.started[reply["trial"]]
        assert started.candidate.overrides == one["overrides"]
        assert client.cell.trials[reply["trial"]].score == reply["score"]
    kinds = [kind for kind, _ in client.cell.log]
    assert kinds[:2] == ["started", "started"]  # the second one while the first one ran
    assert client.cell.charged == 4 * bench.full


def test_nobody_gets_in_without_the_token(bench: Bench, tmp_path: Path) -> None:
    with served(bench, tmp_path / "run") as client:
        for given in ("Bearer wrong", f"bearer {client.token}", client.token, ""):
            status, reply = client.ask(
                "POST", "/trial", {"overrides": {"x": 0.3}}, Authorization=given
            )
            assert (status, "Authorization: Bearer TOKEN" in reply["error"]) == (401, True)
        assert client.get("/budget")[1]["spent"] == 0
    assert len(client.token) >= 32


def test_other_paths_and_methods_are_named_and_a_connection_outlives_a_wrong_request(
    bench: Bench, tmp_path: Path
) -> None:
    with served(bench, tmp_path / "run") as client:
        status, reply = client.get("/trials")
        assert (status, "/trial, /look, /budget" in reply["error"]) == (404, True)
        assert client.ask("PUT", "/trial", "{}")[1]["error"] == "/trial takes POST, not PUT"
        client.get("/budget")
        before = client.connection.sock
        assert client.ask("POST", "/trial", "{")[0] == 400
        client.trial(overrides={"x": 0.3})
        assert client.connection.sock is before
        assert before.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_body_that_is_too_large_is_refused_and_costs_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    with served(bench, tmp_path / "run") as client:
        large = json.dumps({"files": {MAIN: "#" * (33 * 1024**2)}})
        status, reply = client.ask("POST", "/trial", large)
        assert (status, "33,554,432 bytes at most" in reply["error"]) == (413, True)
        client.connection.request(
            "POST", "/trial", iter([b"{}"]), {"Authorization": f"Bearer {client.token}"},
            encode_chunked=True,
        )  # fmt: skip
        assert client.connection.getresponse().status == 411
        client.connection.close()
        assert client.get("/budget")[1]["spent"] == 0


def test_done_ends_the_search_whatever_is_left(bench: Bench, tmp_path: Path) -> None:
    class Asking:
        live = True

        def run(self, lab: Lab) -> None:
            judge = toolkit.Judge(lab)
            judge.trial({"overrides": {"x": 0.2}})
            judge.done()
            assert judge.ended == "the search is done"
            for ask in (lambda: judge.trial({}), lambda: judge.look({}), judge.budget, judge.done):
                with pytest.raises(toolkit.Refusal) as refused:
                    ask()
                assert refused.value.status == 410

    cell = run(bench, tmp_path / "one", Asking, budget=5)
    assert (cell.ended["status"], len(cell.trials)) == ("finished", 1), cell.ended["detail"]
    with served(bench, tmp_path / "two") as client:
        client.trial(overrides={"x": 0.2})
        assert client.post("/done")[1]["left"] == 4
    assert client.cell.ended["status"] == "finished"
    assert [one.ending for one in client.cell.sessions.values()] == ["the search is done"]


def test_a_budget_in_seconds_counts_the_time_in_which_nobody_asks(
    bench: Bench, tmp_path: Path
) -> None:
    with served(bench, tmp_path / "run", budget=50, max_seconds=0.6) as client:
        assert 0 < client.trial(overrides={"x": 0.2})["seconds_left"] < 0.6
        time.sleep(0.7)
    (session,) = client.cell.sessions.values()
    assert session.ending == "the budget is spent"
    assert session.wall_s >= 0.6
    assert client.cell.usage.wall_s < 0.6
    assert list(client.cell.trials) == [1]


def test_a_lab_that_closes_in_mid_trial_answers_and_records_nothing_more(
    bench: Bench, tmp_path: Path
) -> None:
    found = []

    class Asking:
        live = True

        def run(self, lab: Lab) -> None:
            judge = toolkit.Judge(lab)
            slow = lab.sources[MAIN].replace("    value =", SLOW)
            with ThreadPoolExecutor(1) as pool:
                trial = pool.submit(judge.trial, {"files": {MAIN: slow}})
                while not judge.busy:
                    time.sleep(0.01)
                lab._scheduler.close("the run was stopped")
                found.append(trial.exception())

    run(bench, tmp_path / "run", Asking, budget=5)
    assert isinstance(found[0], toolkit.Refusal)
    assert (found[0].status, str(found[0])) == (503, "the search has ended: the run was stopped")


def test_a_fault_of_ours_is_answered_and_ends_the_cell_with_its_traceback(
    bench: Bench, tmp_path: Path
) -> None:
    class Asking:
        live = True

        def run(self, lab: Lab) -> None:
            judge = toolkit.Judge(lab, failures="many")  # type: ignore[arg-type]
            with toolkit.JudgeServer(judge) as server:
                client = Client(server.url, server.token)
                assert client.post("/look", {"limit": 3})[0] == 500

    cell = run(bench, tmp_path / "run", Asking, budget=5)
    assert cell.ended["status"] == "failed"
    assert "TypeError" in cell.ended["detail"]


def test_the_program_is_described(
    toy_folder: Path, evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    (toy_folder / "toy_pipeline" / "table.txt").write_text("1 2 3")
    bench = Bench(study_files.load(toy_folder), evaluator)
    with served(bench, tmp_path / "run") as client:
        reply = client.get("/program")[1]
    assert "A table with a peak" in reply["brief"]
    assert reply["baseline"] == pytest.approx(BASELINE)
    assert reply["parameters"]["x"]["value"] == 0.1
    assert reply["parameters"]["x"]["high"] == 1
    assert {"path": "toy_pipeline/table.txt", "editable": False} in reply["files"]
    assert {"path": MAIN, "editable": True} in reply["files"]
    assert reply["editable"] == ["toy_pipeline/*.py"]


def test_a_port_that_is_taken_is_said(bench: Bench, tmp_path: Path) -> None:
    with served(bench, tmp_path / "run") as client:
        port = int(client.server.url.rpartition(":")[2])
        with pytest.raises(UserError, match=f"port {port} cannot be had"):
            toolkit.JudgeServer(client.server.judge, port=port)


def test_it_writes_nothing_and_asks_no_name_server(
    bench: Bench, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with served(bench, tmp_path / "run") as client:
        client.get("/nothing")
        where = ("127.0.0.1", int(client.server.url.rpartition(":")[2]))
        with socket.create_connection(where) as half:
            half.send(b"POST /trial HTTP/1.1\r\nAuthorization: ")
        with socket.create_connection(where) as nonsense:
            nonsense.send(b"nonsense\r\n\r\n")
            assert b"Bad request syntax" in nonsense.recv(200)
        assert client.get("/budget")[0] == 200
    assert capfd.readouterr() == ("", "")
