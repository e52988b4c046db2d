"""Answers on disk, so that one that took time or money is never asked for twice."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from toolkit.errors import OutputError

_log = logging.getLogger(__name__)

CHUNK = 500
"""Keys that are looked up at once; SQLite allows a limited number of variables."""


class AnswerStore:
    """Key to text in a SQLite file, kept across runs; several threads and processes may share it.

    A file that is damaged is set aside under another name, never fatal: answers can be asked for again.

    Args:
        path: The file; its folder is made when it is missing.

    Raises:
        OutputError: There is no way to write there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = _open(path)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):  # no room, no right to write, locked: not damaged
                    raise
                self._connection = self._anew()
        except (OSError, sqlite3.Error) as error:
            raise OutputError(
                f"The cache {path} cannot be used: {error}.", hint="Set CLAIMKIT_CACHE to a folder that can be written."
            ) from error

    def get(self, keys: Iterable[str]) -> dict[str, str]:
        """The answers that are there, by key."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, str] = {}
        with self._lock:
            for begin in range(0, len(wanted), CHUNK):
                some = wanted[begin : begin + CHUNK]
                marks = ", ".join("?" * len(some))
                try:
                    found.update(
                        self._connection.execute(f"SELECT key, value FROM answers WHERE key IN ({marks})", some)
                    )
                except sqlite3.OperationalError:
                    raise
                except sqlite3.DatabaseError:
                    self._connection.close()
                    self._connection = self._anew()
        return found

    def put(self, key: str, value: str) -> None:
        """Keep an answer; it is on disk when this returns."""
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, value))

    def put_all(self, answers: Mapping[str, str]) -> None:
        """Keep several answers: all of them are on disk when this returns, or none."""
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", answers.items())
            self._connection.execute("COMMIT")

    def drop(self, keys: Iterable[str]) -> None:
        """Forget answers, those that are there: all of them when this returns, or none."""
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany("DELETE FROM answers WHERE key = ?", ((key,) for key in keys))
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _anew(self) -> sqlite3.Connection:
        aside = self.path.with_name(f"{self.path.name}.damaged")
        _log.warning("The cache %s is damaged; it is set aside as %s.", self.path, aside.name)
        self.path.replace(aside)
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        return _open(self.path)


def _open(path: Path) -> sqlite3.Connection:
    # In autocommit each answer is a transaction of its own.
    connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
        )
        with closing(connection.execute("PRAGMA quick_check(1)")) as rows:
            if rows.fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("damaged")
    except BaseException:
        connection.close()
        raise
    return connection
