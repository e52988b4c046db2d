"""What is where a run goes to: its own inputs, things of others, what a kill left, a result that is no longer whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support import Retrying, scripted

from toolkit.annotate.output import Output
from toolkit.annotate.run import annotate
from toolkit.annotate.shard import Shard
from toolkit.annotate.summary import Summary
from toolkit.corpus.read import Corpus
from toolkit.errors import OutputError

KINDS = ["out.jsonl", "out.csv", "out.parquet", "run"]
TEXTS = [f"Sentence number {number}." for number in range(10)]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return path


def run(corpus: Path, out: Path, backend: Any = None, **options: Any) -> Summary:
    return annotate(Corpus([corpus]), backend or scripted(), out, window=4, **options)


def content(folder: Path) -> dict[str, bytes]:
    """Every file, hidden ones too."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def without_times(path: Path) -> dict[str, Any]:
    return {key: value for key, value in json.loads(path.read_text()).items() if key not in {"started", "ended"}}


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize(
    ("read", "out", "said"),
    [
        ("out.jsonl", "out.jsonl", "out.jsonl is the output"),
        ("link.jsonl", "out.jsonl", "link.jsonl is the output"),
        ("out.jsonl", "../{}/out.jsonl", "out.jsonl is the output"),
        ("run/annotations/part-00000.parquet", "run", "part-00000.parquet lies in the output run"),
        ("failed.jsonl/../.failed.jsonl.run/parts/part-00000.jsonl", "failed.jsonl", "lies in the output failed.jsonl"),
    ],
)
def test_output_that_is_an_input_is_refused(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch, read: str, out: str, said: str, fresh: bool
) -> None:
    place = tmp_path / "place"
    run(corpus, place / "out.jsonl")
    run(corpus, place / "run")
    run(corpus, place / "failed.jsonl", scripted({TEXTS[0]: "!timeout"}))
    (place / "link.jsonl").symlink_to("out.jsonl")
    monkeypatch.chdir(place)
    before = content(place)
    with pytest.raises(OutputError) as caught:
        run(Path(os.path.normpath(read)), Path(out.format(place.name)), fresh=fresh)
    assert said in caught.value.message
    assert caught.value.hint
    assert content(place) == before


def test_what_merge_would_write_is_no_input_of_a_shard(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(OutputError, match="is the output"):
        run(corpus, corpus, shard=Shard(1, 2))


@pytest.mark.parametrize("kind", KINDS)
def test_folder_that_holds_its_output_is_still_read(tmp_path: Path, corpus: Path, kind: str) -> None:
    (tmp_path / "corpus").mkdir()
    corpus.rename(tmp_path / "corpus" / "in.jsonl")
    for _ in range(2):
        assert run(tmp_path / "corpus", tmp_path / "corpus" / kind).total == 10


FOREIGN = [
    {"settings": {"theme": "dark"}},
    {"settings": {"reading": {}}},
    {"settings": {"reading": {}}, "run": 7, "finished": True},
    {"settings": {"reading": {}}, "run": "abc", "finished": "yes"},
    {"settings": {"reading": "slowly"}, "run": "abc", "finished": True},
]


def test_name_that_leaves_no_room_for_its_manifest(tmp_path: Path, corpus: Path) -> None:
    with pytest.raises(OutputError, match="cannot be used: File name too long"):
        run(corpus, tmp_path / f"{'x' * 244}.jsonl")


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize("kind", ["out.jsonl", "run"])
def test_manifest_of_something_else_is_left_alone(
    tmp_path: Path, corpus: Path, kind: str, foreign: dict[str, Any], fresh: bool
) -> None:
    manifest = Output(tmp_path / "place" / kind, []).manifest_path
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps(foreign))
    before = content(tmp_path)
    with pytest.raises(OutputError, match=r"is there already and is not (a|that of a) claimkit run"):
        run(corpus, tmp_path / "place" / kind, fresh=fresh)
    assert content(tmp_path) == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shard", [None, Shard(1, 2)])
def test_kill_at_the_very_first_write_blocks_nothing(
    tmp_path: Path, corpus: Path, kind: str, shard: Shard | None
) -> None:
    out = tmp_path / "out" / kind
    place = Output(out, [], shard)
    place.folder.mkdir(parents=True)
    (place.folder / ".lock").touch()
    place.manifest_path.with_name(f".{place.manifest_path.name}.abcd_123.tmp").write_text("{")
    assert run(corpus, out, shard=shard).total
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_temporary_files_of_others_still_fill_a_place(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".notes.txt.abcd_123.tmp").write_text("mine")
    with pytest.raises(OutputError, match="is not a claimkit run"):
        run(corpus, tmp_path / "run")


@pytest.mark.parametrize("size", [0, 300])
@pytest.mark.parametrize(("kind", "shard"), [("run", None), *((kind, Shard(1, 1)) for kind in KINDS)])
def test_part_that_is_no_longer_whole_is_done_again_and_no_other(
    tmp_path: Path, corpus: Path, kind: str, shard: Shard | None, size: int
) -> None:
    out = tmp_path / kind
    place = Output(out, [], shard)
    run(corpus, out, shard=shard)
    before = content(place.folder)
    os.truncate(place.part_path(1), size)
    backend = scripted()
    assert run(corpus, out, backend, shard=shard).reused == 6
    assert backend.history == TEXTS[4:8]
    after = content(place.folder)
    assert after | {"manifest.json": b""} == before | {"manifest.json": b""}


def test_journal_that_was_removed_costs_nothing(tmp_path: Path, corpus: Path) -> None:
    run(corpus, tmp_path / "run")
    (tmp_path / "run" / "journal.jsonl").unlink()
    assert run(corpus, tmp_path / "run").reused == 10
    with pytest.raises(OutputError, match="made with other settings"):
        run(corpus, tmp_path / "run", scripted(default="rhetoric"))


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize("failing", [False, True])
def test_file_that_was_changed_is_not_called_done(tmp_path: Path, corpus: Path, kind: str, failing: bool) -> None:
    out = tmp_path / kind
    backend = scripted({TEXTS[3]: "!timeout"}) if failing else scripted()
    run(corpus, out, backend)
    whole = out.read_bytes()
    for changed in (whole[: len(whole) // 2], whole + b"\n", b""):
        out.write_bytes(changed)
        with pytest.raises(OutputError, match="has been changed since its run wrote it") as caught:
            run(corpus, out, backend)
        assert "--fresh" in caught.value.hint
        assert out.read_bytes() == changed
    assert run(corpus, out, Retrying(backend), fresh=True).total == 10
    assert run(corpus, out, Retrying(backend)).reused == 10


def test_run_that_does_not_say_its_size_is_believed(tmp_path: Path, corpus: Path) -> None:
    out = tmp_path / "out.jsonl"
    run(corpus, out)
    manifest = out.with_name("out.jsonl.manifest.json")
    found = json.loads(manifest.read_text())
    assert found.pop("written") == {"bytes": out.stat().st_size}
    manifest.write_text(json.dumps(found))
    backend = scripted()
    assert run(corpus, out, backend).reused == 10
    assert backend.history == []


@pytest.mark.parametrize("kind", KINDS)
def test_equal_runs_say_the_same_of_what_they_wrote(tmp_path: Path, corpus: Path, kind: str) -> None:
    for name in "ab":
        run(corpus, tmp_path / name / kind)
    one, other = (without_times(Output(tmp_path / name / kind, []).manifest_path) for name in "ab")
    assert one == other
