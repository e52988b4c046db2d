from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from support import documents, scripted, texts

from toolkit.annotate.run import annotate
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.errors import InputError
from toolkit.records import Unreadable

MANIFEST = json.dumps({"run": "0123456789abcdef", "finished": True, "settings": {"reading": {"unit": None}}})


def write(folder: Path, *names: str, text: str | None = None) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name if text is None else text)


def close(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let nobody list a folder: permissions would not keep out root."""
    scandir = os.scandir

    def guarded(path: str) -> object:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)


def ids(*inputs: str | Path, **options: object) -> list[str]:
    return [one.id for one in documents(*inputs, **options)]


def test_ids_differ_where_a_whole_path_is_the_name_of_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a/b/x.txt", "b/x.txt", "c/x.txt")
    monkeypatch.chdir(tmp_path)
    assert ids("a", "b/x.txt") == ["b/x.txt", "x.txt"]
    assert ids("b/x.txt", "c/x.txt") == ["b/x.txt", "c/x.txt"]
    assert ids("a", "b/x.txt", "c/x.txt") == ["a/b/x.txt", "b/x.txt", "c/x.txt"]


def test_ids_differ_where_file_names_are_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "n/\udcfe.txt", "n/\udcff.txt", "n/\ufffd.txt#2.txt", text="One.")
    write(tmp_path, "m/a.txt")
    monkeypatch.chdir(tmp_path)
    assert ids("m", "n") == ["a.txt", "n/\ufffd.txt", "n/\ufffd.txt#2", "\ufffd.txt#2.txt"]


@pytest.mark.parametrize("manifest", ["{}", "x", "[1]", '{"settings": {"reading": {}}}', '{"run": "a", "settings": 1}'])
def test_folder_of_another_tool_with_a_manifest_is_read(tmp_path: Path, manifest: str) -> None:
    write(tmp_path, "set/annotations/b.txt", "set/a.txt", "a.txt.manifest.json")
    write(tmp_path, "set/manifest.json", text=manifest)
    assert ids(tmp_path) == ["set/a.txt", "set/annotations/b.txt"]
    write(tmp_path, "set/manifest.json", text=MANIFEST)
    with pytest.raises(InputError, match="no file that can be read"):
        ids(tmp_path)


def test_folder_that_cannot_be_entered_is_a_record_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "a.txt", "b/x.txt", "c.txt")
    close(monkeypatch, tmp_path / "b")
    first, bad, last = documents(tmp_path)
    assert (first.id, bad.id, last.id) == ("a.txt", "b", "c.txt")
    assert isinstance(bad, Unreadable)
    assert (bad.failure.kind, bad.failure.message) == ("bad_file", "b cannot be read: Permission denied.")


@pytest.mark.parametrize("inner", ["", "b"])
def test_folder_that_cannot_be_entered_and_is_all_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    write(tmp_path, "top/b/x.txt")
    close(monkeypatch, tmp_path / "top" / inner)
    with pytest.raises(InputError, match="cannot be read: Permission denied") as caught:
        Corpus([tmp_path / "top"])
    assert caught.value.hint


def test_linked_folders_are_entered_once_and_after_what_is_there_without_them(tmp_path: Path) -> None:
    write(tmp_path, "else/y.txt", "else/deep/z.txt", "in/b/x.txt", "in/e.txt")
    (tmp_path / "in/a").symlink_to(tmp_path / "in/b")
    (tmp_path / "in/c").symlink_to(tmp_path / "else")
    (tmp_path / "in/d").symlink_to(tmp_path / "else/deep")
    (tmp_path / "in/.hidden").symlink_to(tmp_path / "else")
    (tmp_path / "else/around").symlink_to(tmp_path / "in")
    assert ids(tmp_path / "in") == ["b/x.txt", "c/deep/z.txt", "c/y.txt", "e.txt"]


def test_link_to_nothing_is_a_record(tmp_path: Path) -> None:
    write(tmp_path, "b.txt")
    for name in ("a.txt", "a.log", ".a.txt"):
        (tmp_path / name).symlink_to(tmp_path / "nothing")
    assert texts(tmp_path) == texts(str(tmp_path / "*.txt")) == ["!bad_file", "b.txt"]


def test_pipes_in_folders_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "b.txt")
    os.mkfifo(tmp_path / "a.txt")
    assert ids(tmp_path) == ["b.txt"]


def test_glob_gives_what_is_in_the_folders_that_it_matches(tmp_path: Path) -> None:
    write(tmp_path, "g/a/x.txt", "g/b/deep/y.txt", "g/c/z.log", "g/d.txt")
    assert ids(str(tmp_path / "g" / "*")) == ["x.txt", "deep/y.txt", "d.txt"]
    assert ids(str(tmp_path / "g" / "[ab]")) == ["x.txt", "deep/y.txt"]
    assert ids(str(tmp_path / "g" / "**" / "[dxy]*")) == ["x.txt", "y.txt", "d.txt"]
    with pytest.raises(InputError, match="matches no file"):
        ids(str(tmp_path / "g" / "[c]"))


def test_glob_leaves_out_what_claimkit_wrote(tmp_path: Path) -> None:
    write(tmp_path, "a.jsonl", "run/annotations/part-0.jsonl", text='{"text": "One."}\n')
    write(tmp_path, "b.jsonl", "b.jsonl.manifest.json", "run/manifest.json", text=MANIFEST)
    for pattern in ("*", "*.json*", "**/*.jsonl"):
        assert ids(str(tmp_path / pattern)) == ["a.jsonl#1"]
    assert ids(str(tmp_path / "run/annotations/*")) == ["part-0.jsonl#1"]
    with pytest.raises(InputError, match="matches no file") as caught:
        ids(str(tmp_path / "r*"))
    assert "what claimkit wrote" in caught.value.hint


@pytest.mark.parametrize("out", ["out.jsonl", "run"])
def test_glob_that_matches_the_output_can_be_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str
) -> None:
    write(tmp_path, "a.jsonl", text='{"text": "One."}\n')
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        summary = annotate(Corpus(["*"], ReadOptions()), scripted(), Path(out))
        assert summary.total == 1


@pytest.mark.parametrize("name", ["a.json", "a.xml", "a.JSON", "a.yaml.gz"])
def test_structured_file_is_refused_without_its_format(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, text='{"text": "One."}\n')
    with pytest.raises(InputError, match=f"{name} is not read without --format") as caught:
        Corpus([tmp_path / name])
    assert "--format jsonl" in caught.value.hint
    write(tmp_path, "b.txt")
    assert texts(tmp_path / name, tmp_path / "b.txt") == ["!bad_file", "b.txt"]
    if not name.endswith(".gz"):
        assert texts(tmp_path / name, file_type="jsonl") == ["One."]


def test_empty_input_is_not_the_folder_that_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.txt")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="There is no input"):
        Corpus([""])
