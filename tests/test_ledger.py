from pathlib import Path

import pytest

from toolkit.errors import UserError
from toolkit.ledger import FILENAME, Ledger


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
