"""Answers on disk, so that one that took time or money is never asked for twice."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Generic, TypeVar

from toolkit.errors import OutputError

_log = logging.getLogger(__name__)

CHUNK = 500
"""Keys that are looked up at once; SQLite allows a limited number of variables."""

DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
"""What SQLite says of a file that is no database any more; the last, of one that lacks our table."""

HINT = "Set CLAIMKIT_CACHE to a folder that can be written."

Stored = TypeVar("Stored", str, bytes)
Done = TypeVar("Done")


class AnswerStore(Generic[Stored]):
    """Keys and values, both text or both bytes, in a SQLite file; kept across runs.

    Several threads and processes may share it. A file that is damaged is set aside under another name, whenever that is
    noticed, and a new one is begun: answers can be asked for again. When it can no longer be used, because the disk is
    full or another process does not let go of it, that is said once, and there are no answers in it from then on.

    Args:
        path: The file; its folder is made when it is missing.
        vital: Whether what cannot be kept is an error, as for what must not be paid for again.
        check: Whether to look all of it over when it is opened, which takes time with its size.
        safe: Whether an answer survives a power loss as soon as it is put.
        limit: Most bytes; beyond them nothing more is kept.
        patience: Seconds to wait for another process.

    Raises:
        OutputError: There is no way to write there.
    """

    def __init__(
        self,
        path: Path,
        *,
        vital: bool = False,
        check: bool = True,
        safe: bool = True,
        limit: int | None = None,
        patience: float = 60,
    ) -> None:
        self.path = path
        self._vital, self._check, self._safe, self._limit, self._patience = vital, check, safe, limit, patience
        self._lock = threading.RLock()
        self._readable = self._writable = True
        self._connection: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._open()
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):  # no room, no right to write, locked
                    raise
                self._anew()
        except (OSError, sqlite3.Error) as error:
            self._close()
            raise OutputError(f"The cache {path} cannot be used: {error}.", hint=HINT) from error

    def get(self, keys: Iterable[Stored]) -> dict[Stored, Stored]:
        """The answers that are there, by key."""
        wanted = list(dict.fromkeys(keys))
        found: dict[Stored, Stored] = {}

        def look(connection: sqlite3.Connection) -> None:
            for begin in range(0, len(wanted), CHUNK):
                some = wanted[begin : begin + CHUNK]
                marks = ", ".join("?" * len(some))
                found.update(connection.execute(f"SELECT key, value FROM answers WHERE key IN ({marks})", some))

        if self._readable:
            self._try(look)
        return found

    def put(self, key: Stored, value: Stored) -> None:
        """Keep an answer; it is on disk when this returns."""
        self.put_all({key: value})

    def put_all(self, answers: Mapping[Stored, Stored]) -> None:
        """Keep several answers: all of them are on disk when this returns, or none."""
        self._change("INSERT OR REPLACE INTO answers VALUES (?, ?)", list(answers.items()))

    def drop(self, keys: Iterable[Stored]) -> None:
        """Forget answers, those that are there: all of them when this returns, or none."""
        self._change("DELETE FROM answers WHERE key = ?", [(key,) for key in keys])

    def set_aside(self) -> None:
        """Begin anew, for what is in it turned out to be damaged."""
        self._try(lambda _: self._anew())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()
            self._readable = self._writable = False

    def _change(self, statement: str, rows: list[tuple[Stored, ...]]) -> None:
        def change(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany(statement, rows)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                    connection.execute("ROLLBACK")
                raise

        if self._writable and rows:
            self._try(change)

    def _try(self, what: Callable[[sqlite3.Connection], None]) -> None:
        """Do something, in a new file if this one turns out to be damaged.

        Raises:
            OutputError: It cannot be done, and what is kept here is vital.
        """
        with self._lock:
            if self._connection is None:
                return
            try:
                try:
                    what(self._connection)
                except sqlite3.DatabaseError as error:
                    if not _is_damage(error):
                        raise
                    self._anew()
                    what(self._connection)
            except (OSError, sqlite3.Error) as error:
                if self._vital:
                    raise OutputError(f"The cache {self.path} cannot be used: {error}.", hint=HINT) from error
                full = _code(error) == sqlite3.SQLITE_FULL
                _log.warning(
                    "The cache %s cannot be used any more (%s); going on %s.",
                    self.path,
                    error,
                    "with what is in it" if full else "without it",
                )
                self._writable = False
                self._readable = full

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _anew(self) -> None:
        """Put the file aside and begin a new one, unless another process has just done so."""
        self._close()
        if self._inode() == self._opened:
            aside = self.path.with_name(f"{self.path.name}.damaged")
            _log.warning("The cache %s is damaged; it is set aside as %s.", self.path, aside.name)
            with suppress(FileNotFoundError):  # another process was quicker
                self.path.replace(aside)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self._open()

    def _inode(self) -> int | None:
        try:
            return self.path.stat().st_ino
        except OSError:
            return None

    def _open(self) -> None:
        self._opened = self._inode()
        # In autocommit each answer is a transaction of its own.
        connection = sqlite3.connect(self.path, timeout=self._patience, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={'FULL' if self._safe else 'NORMAL'}")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
            )
            if self._limit is not None:
                size = connection.execute("PRAGMA page_size").fetchone()[0]
                connection.execute(f"PRAGMA max_page_count={self._limit // size}")
            if self._check:
                with closing(connection.execute("PRAGMA quick_check(1)")) as rows:
                    if rows.fetchone()[0] != "ok":
                        raise _damaged()
        except BaseException:
            connection.close()
            raise
        self._opened = self._inode()
        self._connection = connection


def _damaged() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("damaged")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _code(error: Exception) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF  # without what kind of it


def _is_damage(error: sqlite3.Error) -> bool:
    # Without a code it is Python that could not make sense of what is there.
    return _code(error) in {*DAMAGE, None}
