import errno
import fcntl
import os
import sqlite3
from pathlib import Path

import pytest

from toolkit.errors import UserError
from toolkit.ledger import accounts
from toolkit.ledger.ledger import FILENAME, Ledger


def test_events_and_blobs_survive(tmp_path: Path) -> None:
    with Ledger(tmp_path / "run", writer=True) as ledger:
        name = ledger.put({"b": 1, "a": "ü"})
        assert ledger.put({"a": "ü", "b": 1}) == name
        ledger.append("finding", {"name": "x", "value": 1})
        ledger.append("ended", {"status": "finished"}, cell="c")
    with Ledger(tmp_path / "run", writer=False) as ledger:
        assert [(e.kind, e.cell) for e in ledger.events()] == [("finding", ""), ("ended", "c")]
        assert ledger.get(name) == {"a": "ü", "b": 1}
        with pytest.raises(KeyError):
            ledger.get("nothing")


def test_durable_settings(tmp_path: Path) -> None:
    with Ledger(tmp_path, writer=True) as ledger:
        assert ledger._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ledger._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_one_writer(tmp_path: Path) -> None:
    with Ledger(tmp_path, writer=True):
        with pytest.raises(UserError, match="another process is writing"):
            Ledger(tmp_path, writer=True)
        Ledger(tmp_path, writer=False).close()
    Ledger(tmp_path, writer=True).close()


def test_refuses_nan(tmp_path: Path) -> None:
    with Ledger(tmp_path, writer=True) as ledger, pytest.raises(ValueError, match="JSON"):
        ledger.append("finding", float("nan"))


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_what_is_not_a_ledger(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILENAME).write_bytes(content)
    with pytest.raises(UserError, match="ledger"):
        Ledger(tmp_path, writer=False)


def test_a_later_format_is_not_guessed_at(tmp_path: Path) -> None:
    with Ledger(tmp_path, writer=True) as ledger:
        ledger._db.execute("UPDATE meta SET value = '99' WHERE key = 'format'")
    with pytest.raises(UserError, match="format 99"):
        Ledger(tmp_path, writer=False)


@pytest.mark.parametrize("code", ["ENOLCK", "ENOSYS", "EOPNOTSUPP", "EINVAL", "EIO"])
def test_a_file_system_without_locks_is_no_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    number = getattr(errno, code)

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(UserError) as caught:
        Ledger(tmp_path / "run", writer=True)
    assert f"cannot be locked ({os.strerror(number)})" in str(caught.value)
    assert "--out" in str(caught.value)
    assert "another process" not in str(caught.value)


@pytest.mark.parametrize("code", ["SQLITE_PROTOCOL", "SQLITE_IOERR", "SQLITE_CANTOPEN"])
def test_a_place_that_the_database_cannot_work_in_is_no_broken_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    error = sqlite3.OperationalError("locking protocol")
    error.sqlite_errorcode = getattr(sqlite3, code)

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(sqlite3, "connect", refuse)
    with pytest.raises(UserError, match=r"cannot be opened \(locking protocol\).*--out"):
        Ledger(tmp_path / "run", writer=True)


def test_a_folder_that_nobody_can_write_to_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Ledger(tmp_path, writer=True) as ledger:
        ledger.append("finding", 1)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Ledger(tmp_path, writer=False) as ledger:
        assert [event.data for event in ledger.events()] == [1]
        assert sorted(path.name for path in tmp_path.iterdir()) == [FILENAME, "lock"]
    (tmp_path / f"{FILENAME}-wal").touch()  # of a reader that was killed
    with Ledger(tmp_path, writer=False) as ledger:
        assert [event.data for event in ledger.events()] == [1]
        assert not (tmp_path / f"{FILENAME}-shm").exists()


def test_any_name_and_any_text_can_be_kept(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"d [x]?#%41 caf\xe9")
    with Ledger(folder, writer=True) as ledger:
        name = ledger.put({"\ud83d": "\x00\x1b"})
        ledger.append("finding", "half of a pair: \ud83d")
    assert (folder / FILENAME).is_file()
    with Ledger(folder, writer=False) as ledger:
        assert [event.data for event in ledger.events()] == ["half of a pair: \ud83d"]
        assert ledger.get(name) == {"\ud83d": "\x00\x1b"}


def test_a_ledger_that_is_cleared_begins_anew(tmp_path: Path) -> None:
    with Ledger(tmp_path, writer=True) as ledger:
        name = ledger.put(1)
        ledger.append("finding", 1)
        ledger.clear()
        ledger.append("finding", 2)
        assert [event.data for event in ledger.events()] == [2]
        with pytest.raises(KeyError):
            ledger.get(name)


def test_accounts_of_older_versions_are_read_in_the_words_of_today() -> None:
    figure = {"mean": 0.2, "low": 0.1, "high": 0.3}
    old = {
        "key": "abc",
        "parts": [{"part": "edit 1", "kind": "edit", "label": "format", "value": figure}],
        "categories": {"claimed": {"format": {"parts": 1, "share": figure, "group": figure}}},
        "automl": {"reachable": [], "part": figure, "share": None, "alone": None},
        "questions": {"items": ["a"], "values": [[0.2]]},
    }
    second = {
        "format": 2,
        "key": "abc",
        "parts": [{"part": "edit 1", "form": "edit", "label": "format", "value": figure}],
        "labels": {"claimed": {"format": {"parts": 1, "fraction": figure, "as_one": figure}}},
        "automl": {"reachable": [], "sum": figure, "fraction": None, "alone": None},
        "by_item": {"items": ["a"], "values": [[0.2]]},
    }
    by_the_other_concept = {"enabling": None, "enabling_fraction": None, "range": None}
    new = {
        **second,
        "format": 3,
        "parts": [{**second["parts"][0], "enabling": None}],
        "labels": {
            "claimed": {
                "format": {
                    **second["labels"]["claimed"]["format"], **by_the_other_concept, "brings": [],
                }
            }
        },
        "automl": {**second["automl"], **by_the_other_concept},
        "composition": None,
        "unsettled": {},
        "enabling_chains": 0,
        "enabling_rounds": 0,
    }  # fmt: skip
    assert accounts.current(old) == new
    assert accounts.current(second) == new
    assert accounts.current(new) == new
