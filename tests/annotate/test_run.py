from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support import ROOT, Retrying, Stopping, scripted

from toolkit.annotate.output import read_rows
from toolkit.annotate.run import annotate
from toolkit.annotate.summary import Summary
from toolkit.backends.base import Backend
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.corpus.write import FIELDS
from toolkit.errors import OutputError
from toolkit.records import Prediction, Sentence, Usage

KINDS = ["out.jsonl", "out.csv", "out.parquet", "run"]
TEXTS = [f"Sentence number {number}." for number in range(25)]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    rows = [{"text": text, "n": number if number < 12 else f"n{number}"} for number, text in enumerate(TEXTS)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(corpus: Path, out: Path, backend: Backend | None = None, **options: Any) -> Summary:
    return annotate(Corpus([corpus]), backend or scripted(), out, window=4, **options)


def content(out: Path) -> dict[str, bytes]:
    """What counts of a finished run: all of it but the manifest, which has times in it."""
    files = sorted(out.rglob("*")) if out.is_dir() else [out]
    return {file.name: file.read_bytes() for file in files if file.is_file() and file.name != "manifest.json"}


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_of_output_hold_the_same_records(tmp_path: Path, corpus: Path, kind: str) -> None:
    out = tmp_path / "deep" / kind
    summary = run(corpus, out)
    rows = list(read_rows(out))
    assert [row["text"] for row in rows] == TEXTS
    assert [list(row) for row in rows] == [[*FIELDS, "n"]] * 25
    assert [row["id"] for row in rows] == [f"in.jsonl#{n}:0-{len(text)}" for n, text in enumerate(TEXTS, 1)]
    assert {str(row["n"]) for row in rows} == {str(n) if n < 12 else f"n{n}" for n in range(25)}
    assert {row["run"] for row in rows} == {summary.run}
    assert (summary.total, summary.labels, summary.failure_rate) == (25, Counter(opinion=25), 0)


def test_nothing_but_the_result_and_its_manifest_is_left(tmp_path: Path, corpus: Path) -> None:
    for kind in KINDS:
        run(corpus, tmp_path / "out" / kind)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*KINDS} | {
        f"{kind}.manifest.json" for kind in KINDS[:3]
    }
    assert {path.name for path in (tmp_path / "out" / "run").iterdir()} == {
        "annotations",
        "failures.jsonl",
        "journal.jsonl",
        "manifest.json",
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stop", [1, 3, 7])
def test_stopped_run_does_only_the_rest_and_ends_the_same(tmp_path: Path, corpus: Path, kind: str, stop: int) -> None:
    whole = tmp_path / "whole" / kind
    run(corpus, whole)
    out = tmp_path / "stopped" / kind
    with pytest.raises(KeyboardInterrupt):
        run(corpus, out, Stopping(scripted(), at=stop, error=KeyboardInterrupt()))
    backend = scripted()
    summary = run(corpus, out, backend)
    assert backend.history == TEXTS[4 * (stop - 1) :]
    assert summary.reused == 4 * (stop - 1)
    assert content(out) == content(whole)


@pytest.mark.parametrize("kind", KINDS)
def test_run_killed_outright_does_only_the_rest_and_ends_the_same(tmp_path: Path, corpus: Path, kind: str) -> None:
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from support import scripted
        from toolkit.annotate.run import annotate
        from toolkit.corpus.read import Corpus

        backend = scripted()
        answer = backend.classify
        backend.classify = lambda sentences: (time.sleep(0.05), answer(sentences))[1]
        annotate(Corpus([sys.argv[1]]), backend, Path(sys.argv[2]), window=4)
    """)
    out = tmp_path / "killed" / kind
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    process = subprocess.Popen([sys.executable, "-c", script, str(corpus), str(out)], env=environment)
    journal = (out if kind == "run" else out.with_name(f".{kind}.run")) / "journal.jsonl"
    deadline = time.monotonic() + 30
    while not (journal.exists() and journal.read_text().count("\n") >= 2) and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = 4 * journal.read_text().count("\n")
    backend = scripted()
    run(corpus, out, backend)
    assert 8 <= done < 25
    assert backend.history == TEXTS[done:]
    run(corpus, tmp_path / "whole" / kind)
    assert content(out) == content(tmp_path / "whole" / kind) | (
        {"journal.jsonl": journal.read_bytes()} if kind == "run" else {}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_finished_run_is_left_alone(tmp_path: Path, corpus: Path, kind: str) -> None:
    out = tmp_path / kind
    first = run(corpus, out)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    backend = scripted()
    again = run(corpus, out, backend)
    assert backend.history == []
    assert (again.total, again.reused, again.labels) == (25, 25, first.labels)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("kind", KINDS)
def test_finished_run_whose_result_was_deleted_is_made_again(tmp_path: Path, corpus: Path, kind: str) -> None:
    out = tmp_path / kind
    run(corpus, out)
    lost = out / "annotations" / "part-00002.parquet" if kind == "run" else out
    before = lost.read_bytes()
    lost.unlink()
    run(corpus, out)
    assert lost.read_bytes() == before


@pytest.mark.parametrize("kind", KINDS[:3])
def test_deleted_file_binds_nobody_to_its_settings(tmp_path: Path, corpus: Path, kind: str) -> None:
    run(corpus, tmp_path / kind)
    (tmp_path / kind).unlink()
    assert run(corpus, tmp_path / kind, scripted(default="rhetoric")).labels == Counter(rhetoric=25)


@pytest.mark.parametrize("kind", KINDS)
def test_failed_rows_are_tried_again_and_done_ones_are_not(tmp_path: Path, corpus: Path, kind: str) -> None:
    out = tmp_path / kind
    failing = scripted({TEXTS[5]: "!timeout", TEXTS[6]: "!refused"})
    first = run(corpus, out, failing)
    assert first.failed == Counter(timeout=1, refused=1)
    assert [row["text"] for row in read_rows(out) if row["failure"]] == TEXTS[5:7]
    again = Retrying(failing)
    second = run(corpus, out, again)
    assert again.history == TEXTS[5:7]
    assert (second.failed.total(), second.reused, second.total) == (0, 23, 25)
    run(corpus, tmp_path / "whole" / kind, Retrying(failing))
    journals = {"journal.jsonl": b""} if kind == "run" else {}
    assert content(out) | journals == content(tmp_path / "whole" / kind) | journals


def test_failures_of_the_input_are_kept_and_never_asked(tmp_path: Path, corpus: Path) -> None:
    corpus.write_text('{"text": "Good."}\n{\n{"text": ""}\n')
    for expected in (["Good."], []):
        backend = scripted()
        summary = run(corpus, tmp_path / "run", backend)
        assert backend.history == expected
        assert summary.failed == Counter(bad_row=2)
        assert len((tmp_path / "run" / "journal.jsonl").read_text().splitlines()) == 1
    failures = [json.loads(line) for line in (tmp_path / "run" / "failures.jsonl").read_text().splitlines()]
    assert [row["id"] for row in failures] == ["in.jsonl#2:0-0", "in.jsonl#3:0-0"]


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("kind", ["out.jsonl", "run"])
@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"backend": scripted(calibration={"threshold": 0.5})}, "backend config.calibration.threshold: 0.0 → 0.5"),
        ({"backend": scripted(default="prediction")}, "backend config.default: opinion → prediction"),
        ({"all_units": True}, "reading.all_units: false → true"),
        ({"options": ReadOptions(unit="sentence")}, "reading.unit: null → sentence"),
    ],
)
def test_other_settings_are_refused_and_named(
    tmp_path: Path, corpus: Path, kind: str, change: dict[str, Any], named: str, finished: bool
) -> None:
    out = tmp_path / kind
    stop(corpus, out, finished=finished)
    options = change.copy()
    with pytest.raises(OutputError) as caught:
        annotate(
            Corpus([corpus], options.pop("options", None)),
            options.pop("backend", scripted()),
            out,
            window=4,
            **options,
        )
    assert named in caught.value.message
    assert "--fresh" in caught.value.hint


def stop(corpus: Path, out: Path, *, finished: bool) -> None:
    if finished:
        run(corpus, out)
        return
    with pytest.raises(KeyboardInterrupt):
        run(corpus, out, Stopping(scripted(), at=4, error=KeyboardInterrupt()))


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", ["text", "column", "longer", "shorter"])
def test_changed_input_is_noticed(tmp_path: Path, corpus: Path, kind: str, change: str, finished: bool) -> None:
    out = tmp_path / kind
    stop(corpus, out, finished=finished)
    lines = corpus.read_text().splitlines(keepends=True)
    changed = {
        "text": [lines[0].replace("number", "no"), *lines[1:]],
        "column": [lines[0].replace('"n": 0', '"n": -1'), *lines[1:]],
        "longer": [*lines, '{"text": "More."}\n'],
        "shorter": lines[:8],
    }
    corpus.write_text("".join(changed[change]))
    if change == "longer" and not finished:
        assert run(corpus, out).total == 26  # nothing of what was done is touched by it
        return
    with pytest.raises(OutputError, match="input has changed"):
        run(corpus, out)
    assert run(corpus, out, fresh=True).total == len(changed[change])
    assert len(list(read_rows(out))) == len(changed[change])


def test_settings_of_a_run_that_did_nothing_bind_nobody(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(corpus, tmp_path / "run", Stopping(scripted(default="rhetoric"), at=1, error=KeyboardInterrupt()))
    assert run(corpus, tmp_path / "run").labels == Counter(opinion=25)


def test_half_written_journal_line_is_ignored(tmp_path: Path, corpus: Path) -> None:
    stop(corpus, tmp_path / "run", finished=False)
    journal = tmp_path / "run" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20] + b"\xff")
    backend = scripted()
    assert run(corpus, tmp_path / "run", backend).total == 25
    assert backend.history == TEXTS[8:]
    stop_again = scripted()
    run(corpus, tmp_path / "run", stop_again)
    assert stop_again.history == []


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("name", ["notes.txt", "notes", "out.jsonl", "folder", "folder.csv"])
def test_place_that_holds_something_else_is_left_alone(tmp_path: Path, corpus: Path, name: str, fresh: bool) -> None:
    place = tmp_path / name
    if name.startswith("folder"):
        place.mkdir()
        (place / "mine").write_text("mine")
    else:
        place.write_text("mine")
    before = content(place)
    with pytest.raises(OutputError, match="is not a claimkit run"):
        run(corpus, place, fresh=fresh)
    assert content(place) == before


def test_empty_folder_is_a_free_place(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "run").mkdir()
    assert run(corpus, tmp_path / "run").total == 25


def test_fresh_keeps_what_others_put_into_the_run_folder(tmp_path: Path, corpus: Path) -> None:
    run(corpus, tmp_path / "run")
    (tmp_path / "run" / "page.html").write_text("mine")
    backend = scripted()
    run(corpus, tmp_path / "run", backend, fresh=True)
    assert len(backend.history) == 25
    assert (tmp_path / "run" / "page.html").read_text() == "mine"


@pytest.mark.parametrize("kind", KINDS)
def test_document_without_sentences_gives_an_empty_table(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.md").write_text("# Title alone\n")
    out = tmp_path / kind
    assert run(tmp_path / "a.md", out).total == 0
    assert list(read_rows(out)) == []
    if kind == "out.csv":
        assert out.read_text().strip() == ",".join(FIELDS)
    if kind == "out.parquet":
        assert pq.read_schema(out).names == list(FIELDS)
    assert run(tmp_path / "a.md", out).total == 0


@pytest.mark.parametrize("kind", KINDS)
def test_units_that_are_no_sentences_keep_their_kind(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.md").write_text("# Title\n\nPrices will fall.\n")
    summary = run(tmp_path / "a.md", tmp_path / kind, all_units=True)
    rows = list(read_rows(tmp_path / kind))
    assert [(row["kind"], row["label"], row["abstained"]) for row in rows] == [
        ("heading", None, False),
        ("sentence", "opinion", False),
    ]
    assert (summary.other_units, summary.total) == (1, 2)


def test_full_disk_is_said_and_costs_nothing_that_was_done(tmp_path: Path, corpus: Path) -> None:
    corpus.write_text(
        "".join(json.dumps({"text": f"{n} " + "long " * 50 * (1 + 3 * (n // 8))}) + "\n" for n in range(16))
    )
    out = tmp_path / "out.jsonl"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(OutputError, match="cannot be written") as caught:
            run(corpus, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "disk" in caught.value.hint
    backend = scripted()
    assert run(corpus, out, backend).total == 16
    assert len(backend.history) == 8


def test_manifest_says_what_the_run_was(tmp_path: Path, corpus: Path) -> None:
    summary = run(corpus, tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["finished"] is True
    assert manifest["run"] == summary.run
    assert manifest["counts"] == summary.as_dict()
    assert manifest["inputs"] == [str(corpus)]
    assert [label["name"] for label in manifest["labels"]] == list(scripted().labels.names)


@pytest.mark.parametrize("kind", KINDS[:3])
def test_begun_run_without_its_manifest_asks_for_fresh(tmp_path: Path, corpus: Path, kind: str) -> None:
    out = tmp_path / kind
    with pytest.raises(KeyboardInterrupt):
        run(corpus, out, Stopping(scripted(), at=3, error=KeyboardInterrupt()))
    (tmp_path / f"{kind}.manifest.json").unlink()
    with pytest.raises(OutputError, match="missing or damaged") as caught:
        run(corpus, out)
    assert "--fresh" in caught.value.hint
    assert run(corpus, out, fresh=True).reused == 0
    assert len(list(read_rows(out))) == 25


class Reading(Stopping):
    """Says that it read one token a sentence, and cut it."""

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        return [replace(one, usage=Usage(1, 1)) for one in super().classify(sentences)]


@pytest.mark.parametrize("kind", KINDS)
def test_counts_of_tokens_and_documents_outlive_a_stop(tmp_path: Path, corpus: Path, kind: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(corpus, tmp_path / kind, Reading(scripted(), at=3, error=KeyboardInterrupt()))
    for _ in range(2):
        counts = run(corpus, tmp_path / kind, Reading(scripted(), at=0, error=KeyboardInterrupt())).as_dict()
        names = ("tokens", "truncated", "documents", "without_sentences")
        assert [counts[name] for name in names] == [25, 25, 25, 0]


@pytest.mark.parametrize("name", KINDS)
def test_label_sets_are_in_every_record_of_a_conformal_calibration(corpus: Path, tmp_path: Path, name: str) -> None:
    conformal = {"alpha": 0.1, "quantile": 0.5}
    backend = scripted({TEXTS[3]: "!timeout"}, calibration={"conformal": conformal})
    annotate(Corpus([corpus]), backend, tmp_path / name, window=4)
    rows = list(read_rows(tmp_path / name))
    assert [row["label_set"] for row in rows[2:5]] == [["opinion"], None, ["opinion"]]
    assert all("label_set" in row for row in rows)
