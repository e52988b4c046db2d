from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pyarrow import fs
from support import Outcome, scripted

from toolkit.annotate.output import read_rows
from toolkit.annotate.publish import publish, resolve
from toolkit.annotate.run import annotate
from toolkit.corpus.read import Corpus
from toolkit.errors import ConfigError, OutputError


def run(folder: Path, out: str, sentences: int, **options: bool) -> Path:
    source = folder / "in.csv"
    source.write_text("text\n" + "".join(f"Sentence {number} is here.\n" for number in range(sentences)))
    annotate(Corpus([source]), scripted(), folder / out, window=4, **options)
    return folder / out


def files(place: Path) -> dict[str, bytes]:
    return {one.relative_to(place).as_posix(): one.read_bytes() for one in place.rglob("*") if one.is_file()}


def test_a_run_folder_arrives_whole_and_is_sent_once(tmp_path: Path) -> None:
    out = run(tmp_path, "run", 25)
    bucket = fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem())
    place = (bucket, "bucket/copy")
    assert publish(out, place) == len(files(out)) == 10
    assert files(tmp_path / "bucket" / "copy") == files(out)
    assert publish(out, place) == 0
    (tmp_path / "bucket" / "copy" / "annotations" / "part-00003.parquet").write_bytes(b"cut off")
    assert publish(out, place) == 2
    assert files(tmp_path / "bucket" / "copy") == files(out)


def test_parts_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    place = resolve(bucket.as_uri())
    publish(run(tmp_path, "run", 25), place)
    out = run(tmp_path, "run", 9, fresh=True)
    publish(out, place)
    assert files(bucket) == files(out)
    assert [row["text"] for row in read_rows(bucket)] == [f"Sentence {number} is here." for number in range(9)]


def test_one_file_goes_with_its_manifest(tmp_path: Path) -> None:
    filesystem, base = resolve("mock:///bucket")
    assert publish(run(tmp_path, "out.jsonl", 5), (filesystem, base)) == 2
    found = [info.path for info in filesystem.get_file_info(fs.FileSelector(base))]
    assert sorted(found) == ["bucket/out.jsonl", "bucket/out.jsonl.manifest.json"]
    with filesystem.open_input_stream("bucket/out.jsonl") as stream:
        assert stream.read() == (tmp_path / "out.jsonl").read_bytes()


def test_a_place_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no copying to 'nowhere://x'"):
        resolve("nowhere://x")
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(OutputError, match="cannot be copied"):
        publish(run(tmp_path, "run", 5), (fs.LocalFileSystem(), os.fspath(taken)))


def test_the_command_copies_when_it_is_done(claimkit: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("Prices will fall next year.")
    given = ("annotate", tmp_path / "in.txt", "--backend", "cues", "--copy-to")
    assert claimkit(*given, (tmp_path / "bucket").as_uri(), "-o", tmp_path / "run").code == 0
    assert files(tmp_path / "bucket") == files(tmp_path / "run")
    assert claimkit(*given, "nowhere://x", "-o", tmp_path / "other").code == 2
    assert not (tmp_path / "other").exists()
    assert "There is no run to copy." in claimkit(*given, (tmp_path / "bucket").as_uri()).err
