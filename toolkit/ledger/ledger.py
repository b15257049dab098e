"""The one durable record of a run: an append-only event log and a store of blobs, in SQLite.

`docs/ledger.md` lists every event. SQLite in WAL mode with synchronous=FULL: an append that
returned survives kill -9 and a power cut. The host is the only writer of a run.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import UserError
from ..records import canonical, digest

FORMAT = 2
FILENAME = "ledger.sqlite"

_HELD = {errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES}
"""what a lock says that somebody else holds; anything else is no lock at all"""
_NO_LOCKS = (
    "a run needs a file system with locks and shared memory, which some network and container "
    "file systems lack; give a folder on a local disk with --out, or copy the run there"
)
_READ_ONLY = "copy the run to a folder on a local disk that can be written to, and name that"
_PLACE = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS,
}  # fmt: skip
"""errors of where the file lies: it may be sound"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  cell TEXT NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS blobs (digest TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
  key TEXT PRIMARY KEY, data TEXT NOT NULL, usd REAL NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Event:
    """One line of the log. cell is "" for events of the whole run; at is Unix time."""

    seq: int
    cell: str
    kind: str
    data: Any
    at: float


class Ledger:
    """Open ledger of one run directory. Thread-safe; `writer` takes the run's lock."""

    lasts = True

    def __init__(self, folder: Path, *, writer: bool, filename: str = FILENAME) -> None:
        """filename: that of a copy, for a reader.

        Raises UserError where the run is locked, absent (readers) or of another format.
        """
        self.folder = folder
        self.path = folder / filename
        self._guard = threading.Lock()
        self._lock_file: int | None = None
        self._closed = False
        if writer:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self._take_lock()
            except OSError as error:
                raise UserError(
                    f"{folder} cannot be a run folder: {error.strerror}; give another with --out"
                ) from error
        elif not self.path.is_file():
            raise UserError(f"{folder} holds no run ({FILENAME} is missing); see `toolkit runs`")
        try:
            self._open(writer)
        except sqlite3.DatabaseError as error:
            self.close()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _PLACE:
                advice = _NO_LOCKS if writer else _READ_ONLY
                raise UserError(f"{self.path} cannot be opened ({error}): {advice}") from error
            raise UserError(
                f"{self.path} is not a readable ledger ({error}); restore it from a copy, or move "
                "the folder away and run the command again"
            ) from error

    def _take_lock(self) -> None:
        self._lock_file = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock_file)
            self._lock_file = None
            if error.errno in _HELD:
                raise UserError(
                    f"another process is writing the run {self.folder}; wait for it or stop it, "
                    "or give this run a folder of its own with --out"
                ) from None
            raise UserError(
                f"{self.folder} cannot be locked ({error.strerror}): {_NO_LOCKS}"
            ) from error

    def _open(self, writer: bool) -> None:
        self._db = sqlite3.connect(
            self._address(writer), uri=True, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA busy_timeout = 10000")
        found = self._format()
        if writer and found is None:
            found = FORMAT
        self._check_format(found, writer)  # before anything of another format is touched
        if writer:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (str(FORMAT),))

    def _format(self) -> int | None:
        """The format of what is on record; None where nothing is yet."""
        tables = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'"
        if not self._db.execute(tables).fetchone()[0]:
            return None
        found = self._db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        return int(found[0]) if found else None

    def _check_format(self, found: int | None, writer: bool) -> None:
        """Older formats are read and not continued: a run is written in one format."""
        if found is None or found > FORMAT:
            raise UserError(
                f"{self.path} has format {found}; this version reads up to {FORMAT}: "
                "upgrade autoresearch-toolkit"
            )
        if writer and found < FORMAT:
            raise UserError(
                f"{self.folder} holds a run of an earlier version, in format {found}. This version "
                f"reads it (`toolkit report`, `plot`, `export`) and writes format {FORMAT} only; "
                "begin a new run in another folder with --out, or move this one away"
            )

    def _address(self, writer: bool) -> str:
        """Address to open it by; a log that nobody can write to needs no lock to be read."""
        shut = not writer and not os.access(self.folder, os.W_OK)
        log = self.path.with_name(f"{self.path.name}-wal")
        whole = not (log.exists() and log.stat().st_size)  # a killed reader leaves an empty one
        address = f"file:{quote(os.fsencode(self.path.absolute()))}"
        return f"{address}?immutable=1" if shut and whole else address

    def append(self, kind: str, data: Any, *, cell: str = "") -> Event:
        """Write one event; it is durable when this returns. Its data is what will be read back."""
        at = time.time()
        text = canonical(data)
        sql = "INSERT INTO events (cell, kind, data, at) VALUES (?, ?, ?, ?)"
        with self._using() as database:
            seq = database.execute(sql, (cell, kind, text, at)).lastrowid
        return Event(seq or 0, cell, kind, json.loads(text), at)

    def clear(self) -> None:
        """Forget a run that has come to nothing, at one stroke.

        The openings of the sealed split stay: data that was looked at was looked at.
        """
        with self._using() as database:
            database.executescript(
                "BEGIN; DELETE FROM events WHERE kind != 'opened'; DELETE FROM blobs; COMMIT"
            )

    def put(self, value: Any) -> str:
        """Store a JSON value by its content; returns its digest. Idempotent."""
        text = canonical(value)
        name = digest(text)
        sql = "INSERT OR IGNORE INTO blobs VALUES (?, ?)"
        with self._using() as database:
            database.execute(sql, (name, zlib.compress(text.encode(), 3)))
        return name

    def get(self, name: str) -> Any:
        """The JSON value stored under this digest; raises KeyError."""
        sql = "SELECT content FROM blobs WHERE digest = ?"
        with self._using() as database:
            row = database.execute(sql, (name,)).fetchone()
        if row is None:
            raise KeyError(name)
        return json.loads(zlib.decompress(row[0]))

    def answer(self, key: str) -> Any:
        """Answer of a language model to a program under study; None where none is on record."""
        with self._using() as database:
            row = database.execute("SELECT data FROM answers WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else None

    def keep_answers(self, rows: Mapping[str, Any]) -> None:
        """Keep {key: answer, with its dollars}; they are durable when this returns."""
        at = time.time()
        values = [(key, canonical(one), one["usd"] or 0.0, at) for key, one in rows.items()]
        with self._using() as database:
            database.execute("BEGIN")
            database.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)", values)
            database.execute("COMMIT")

    def paid_for_answers(self) -> float:
        """Dollars that all answers on record cost."""
        with self._using() as database:
            found = database.execute("SELECT total(usd) FROM answers").fetchone()
        return float(found[0])

    def answers_kept(self) -> dict[str, Any]:
        """Count of all answers on record, their tokens, and dollars (None: not known of all)."""
        fields = ("tokens_in", "tokens_out", "usd")
        sums = (
            f"total(json_extract(data, '$.{one}')), count(json_extract(data, '$.{one}'))"
            for one in fields
        )
        with self._using() as database:
            row = database.execute(f"SELECT count(*), {', '.join(sums)} FROM answers").fetchone()
        number, tokens_in, _, tokens_out, _, usd, priced = row
        return {
            "answers": number,
            "tokens_in": int(tokens_in),
            "tokens_out": int(tokens_out),
            "usd": usd if priced == number else None,
        }

    def events(self, after: int = 0) -> Iterator[Event]:
        """Every event, oldest first. after: number of the last one that is known."""
        sql = "SELECT * FROM events WHERE seq > ? ORDER BY seq"
        with self._using() as database:
            rows = database.execute(sql, (after,)).fetchall()
        for seq, cell, kind, data, at in rows:
            yield Event(seq, cell, kind, json.loads(data), at)

    def counts(self, kind: str, *, without: str = "", lacking: str = "") -> dict[str, int]:
        """{cell: events of this kind, but for those of one status}; "" holds the run's own.

        lacking: a key that they must not have.
        """
        sql = (
            "SELECT cell, count(*) FROM events WHERE kind = ? "
            "AND coalesce(json_extract(data, '$.status'), '') != ? "
            "AND json_extract(data, ?) IS NULL GROUP BY cell"
        )
        path = f"$.{lacking or 'no key'}"
        with self._using() as database:
            return dict(database.execute(sql, (kind, without or "no status", path)).fetchall())

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """One thread at a time; raises UserError where the disk or the file fails."""
        with self._guard:
            if self._closed:
                raise UserError(f"the ledger {self.path} is closed")
            try:
                yield self._db
            except sqlite3.Error as error:
                raise UserError(
                    f"{self.path} cannot be read or written: {error}; mend that (is the disk "
                    "full?) and type the same command again: it resumes from what is on record"
                ) from error

    def close(self) -> None:
        with self._guard:
            self._closed = True
            if hasattr(self, "_db"):
                self._db.close()
            if self._lock_file is not None:
                os.close(self._lock_file)
                self._lock_file = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
