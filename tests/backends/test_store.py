from __future__ import annotations

import logging
import os
import resource
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support import ROOT

from toolkit.backends.store import AnswerStore
from toolkit.errors import OutputError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "answers.sqlite"


def filled(path: Path, count: int = 3000) -> AnswerStore[str]:
    store: AnswerStore[str] = AnswerStore(path)
    store.put_all({f"key {number}": f"value {number} " * 20 for number in range(count)})
    return store


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelno == logging.WARNING]


def test_what_is_put_is_there_for_the_next(path: Path) -> None:
    store: AnswerStore[str] = AnswerStore(path)
    store.put("a", "1")
    store.put_all({"b": "2", "c": "3"})
    store.put("a", "4")
    store.drop(["b", "nothing"])
    store.close()
    other: AnswerStore[str] = AnswerStore(path)
    assert other.get(["a", "b", "c", "a"]) == {"a": "4", "c": "3"}
    other.close()


def test_bytes_come_back_as_bytes(path: Path) -> None:
    store: AnswerStore[bytes] = AnswerStore(path)
    store.put_all({b"\0\xff": b"\0\1", b"": b"x"})
    assert store.get([b"\0\xff", b"", b"none"]) == {b"\0\xff": b"\0\1", b"": b"x"}
    store.close()


def test_more_keys_than_sqlite_takes_at_once(path: Path) -> None:
    store = filled(path)
    assert len(store.get(f"key {number}" for number in range(5000))) == 3000
    store.close()


def test_closed_store_has_no_answers(path: Path) -> None:
    store = filled(path, 3)
    store.close()
    store.put("a", "1")
    assert store.get(["a", "key 1"]) == {}


@pytest.mark.parametrize("content", [b"no database", b"x" * 100_000, b""])
@pytest.mark.parametrize("check", [True, False])
def test_file_that_is_no_database_is_set_aside(
    path: Path, content: bytes, check: bool, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    store: AnswerStore[str] = AnswerStore(path, check=check)
    store.put("a", "1")
    assert store.get(["a"]) == {"a": "1"}
    store.close()
    aside = path.with_name("answers.sqlite.damaged")
    assert aside.exists() is bool(content)
    if content:
        assert aside.read_bytes() == content
        assert "is damaged; it is set aside as answers.sqlite.damaged" in warnings(caplog)[0]


@pytest.mark.parametrize("check", [True, False])
def test_damage_in_the_middle_is_set_aside_whenever_it_is_noticed(
    path: Path, check: bool, caplog: pytest.LogCaptureFixture
) -> None:
    filled(path).close()
    data = bytearray(path.read_bytes())
    data[8192:-4096] = os.urandom(len(data) - 12288)
    path.write_bytes(data)
    store: AnswerStore[str] = AnswerStore(path, check=check)
    found = store.get(f"key {number}" for number in range(3000))
    assert all(value == f"value {key.split()[1]} " * 20 for key, value in found.items())
    store.put("a", "1")
    assert store.get(["a"]) == {"a": "1"}
    store.close()
    assert path.with_name("answers.sqlite.damaged").exists()
    assert len(warnings(caplog)) == 1


def test_damage_while_it_is_open_is_not_fatal(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = filled(path)
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    with path.open("r+b") as handle:
        handle.write(b"\xff" * path.stat().st_size)
    store.get(f"key {number}" for number in range(3000))
    store.put("a", "1")
    store.get(["a"])
    store.close()
    assert warnings(caplog)
    again: AnswerStore[str] = AnswerStore(path)
    again.put("b", "2")
    assert again.get(["b"]) == {"b": "2"}
    again.close()


def test_another_process_that_was_quicker_loses_nothing(path: Path) -> None:
    slow = filled(path, 3)
    path.replace(path.with_name("moved"))  # as a process that noticed damage does
    quick: AnswerStore[str] = AnswerStore(path)
    quick.put("a", "1")
    slow.set_aside()
    assert slow.get(["a"]) == {"a": "1"}
    assert not path.with_name("answers.sqlite.damaged").exists()
    slow.close()
    quick.close()


def hold(path: Path) -> sqlite3.Connection:
    """A process that does not let go."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("INSERT INTO answers VALUES ('x', 'y')")
    return connection


def test_store_that_another_process_holds_is_gone_on_without(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    filled(path, 3).close()
    store: AnswerStore[str] = AnswerStore(path, patience=0.05)
    holder = hold(path)
    for _ in range(2):
        store.put("a", "1")
    holder.close()
    assert store.get(["key 1"]) == {}
    [warning] = warnings(caplog)
    assert "cannot be used any more (database is locked); going on without it" in warning
    store.close()


def test_what_is_vital_is_an_error(path: Path) -> None:
    filled(path, 3).close()
    store: AnswerStore[str] = AnswerStore(path, patience=0.05, vital=True)
    holder = hold(path)
    with pytest.raises(OutputError, match="database is locked") as caught:
        store.put("a", "1")
    holder.close()
    assert "CLAIMKIT_CACHE" in caught.value.hint
    assert store.get(["key 1"]) != {}
    store.close()


def test_limit_ends_the_keeping_and_not_the_finding(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store: AnswerStore[str] = AnswerStore(path, limit=200_000)
    for number in range(100):
        store.put_all({f"{number} {place}": "v" * 100 for place in range(100)})
    assert len(store.get(f"0 {place}" for place in range(100))) == 100
    store.close()
    assert path.stat().st_size <= 200_000
    [warning] = warnings(caplog)
    assert "going on with what is in it" in warning


def test_full_disk_is_said_once(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = filled(path, 10)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        for number in range(20):
            store.put_all({f"{number} {place}": "v" * 100 for place in range(200)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(warnings(caplog)) == 1
    store.close()
    again: AnswerStore[str] = AnswerStore(path)
    assert again.get(["key 1"]) == {"key 1": "value 1 " * 20}
    again.close()


def test_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be used") as caught:
        AnswerStore(tmp_path / "file" / "answers.sqlite")
    assert "CLAIMKIT_CACHE" in caught.value.hint


def test_processes_share_a_file(path: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from toolkit.backends.store import AnswerStore

        store = AnswerStore(Path(sys.argv[1]))
        for number in range(200):
            store.put_all({f"{sys.argv[2]} {number} {place}": sys.argv[2] for place in range(10)})
            assert len(store.get(f"{sys.argv[2]} {number} {place}" for place in range(10))) == 10
        store.close()
    """)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name], env=environment, stderr=subprocess.PIPE)
        for name in ("one", "two", "three")
    ]
    assert [(process.communicate()[1], process.returncode) for process in processes] == [(b"", 0)] * 3
    store: AnswerStore[str] = AnswerStore(path)
    keys = [
        f"{name} {number} {place}" for name in ("one", "two", "three") for number in range(200) for place in range(10)
    ]
    assert len(store.get(keys)) == 6000
    store.close()
