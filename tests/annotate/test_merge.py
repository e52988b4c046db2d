from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import Retrying, Stopping, scripted

from toolkit.annotate.merge import merge
from toolkit.annotate.run import annotate
from toolkit.annotate.shard import Shard
from toolkit.annotate.summary import Summary
from toolkit.corpus.read import Corpus
from toolkit.errors import ConfigError, InputError, OutputError, ToolkitError

KINDS = ["out.jsonl", "out.csv", "out.parquet", "run"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Rows whose columns differ from window to window: absent, null, numbers, text."""
    path = tmp_path / "in.jsonl"
    rows: list[dict[str, Any]] = []
    for number in range(30):
        row = {"text": f"Sentence number {number}.", "n": [number, None, number / 2, f"n{number}"][number // 4 % 4]}
        rows.append(row | ({f"only{number // 4}": number} if number % 4 == 1 else {}))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{\n")
    return path


def run(corpus: Path, target: Path, backend: Any = None, **options: Any) -> Summary:
    return annotate(Corpus([corpus]), backend or scripted(), target, **{"window": 4} | options)


def shards(corpus: Path, target: Path, count: int, **options: Any) -> list[Path]:
    every = [Shard(number, count) for number in range(1, count + 1)]
    for shard in every:
        run(corpus, target, shard=shard, **options)
    return [shard.folder_of(target) for shard in every]


def content(out: Path) -> dict[str, Any]:
    files = sorted(out.rglob("*")) if out.is_dir() else [out, out.with_name(f"{out.name}.manifest.json")]
    found: dict[str, Any] = {file.name.removeprefix(out.name): file.read_bytes() for file in files if file.is_file()}
    for name in [name for name in found if name.endswith("manifest.json")]:
        manifest = json.loads(found.pop(name))
        found["manifest"] = {key: value for key, value in manifest.items() if key not in {"started", "ended"}}
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 3, 11])
def test_merged_shards_are_what_the_whole_run_writes(tmp_path: Path, corpus: Path, kind: str, count: int) -> None:
    whole = run(corpus, tmp_path / "whole" / kind)
    parts = shards(corpus, tmp_path / "shards" / kind, count)
    merged = merge(parts[::-1], tmp_path / "merged" / kind)
    assert content(tmp_path / "merged" / kind) == content(tmp_path / "whole" / kind)
    assert merged.as_dict() == whole.as_dict()
    assert {path.name for path in (tmp_path / "merged").iterdir()} >= {kind}
    again = scripted()
    run(corpus, tmp_path / "merged" / kind, again)
    assert again.history == []


def test_every_shard_has_a_share_of_its_own(tmp_path: Path, corpus: Path) -> None:
    asked = []
    for number in (1, 2, 3):
        backend = scripted()
        summary = run(corpus, tmp_path / "run", backend, shard=Shard(number, 3))
        assert summary.total - 1 <= len(backend.history) <= summary.total  # one row is no row
        assert summary.documents == 30
        asked += backend.history
    assert sorted(asked) == sorted(f"Sentence number {number}." for number in range(30))


def test_stopped_shard_goes_on_where_it_was(tmp_path: Path, corpus: Path) -> None:
    whole = tmp_path / "whole"
    run(corpus, whole)
    with pytest.raises(KeyboardInterrupt):
        run(corpus, tmp_path / "run", Stopping(scripted(), at=2, error=KeyboardInterrupt()), shard=Shard(1, 2))
    with pytest.raises(InputError, match="is not finished") as caught:
        merge([tmp_path / "run.shard-1-of-2"], tmp_path / "merged")
    assert "--shard 1/2" in caught.value.hint
    backend = scripted()
    parts = shards(corpus, tmp_path / "run", 2)
    assert run(corpus, tmp_path / "run", backend, shard=Shard(1, 2)).reused == 16
    assert backend.history == []
    merge(parts, tmp_path / "merged")
    assert content(tmp_path / "merged") == content(whole)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_annotate(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in.md").write_text("# Title alone\n")
    run(tmp_path / "in.md", tmp_path / "whole" / kind)
    merge(shards(tmp_path / "in.md", tmp_path / kind, 2), tmp_path / "merged" / kind)
    assert content(tmp_path / "merged" / kind) == content(tmp_path / "whole" / kind)


@pytest.mark.parametrize("kind", KINDS)
def test_failures_can_be_tried_again_after_merging(tmp_path: Path, corpus: Path, kind: str) -> None:
    failing = scripted({"Sentence number 5.": "!timeout"})
    merge(shards(corpus, tmp_path / kind, 3, backend=failing), tmp_path / "merged" / kind)
    again = Retrying(failing)
    assert run(corpus, tmp_path / "merged" / kind, again).failed == {"bad_row": 1}
    assert again.history == ["Sentence number 5."]


def other_settings(corpus: Path, place: Path) -> list[Path]:
    one = shards(corpus, place / "a", 2)
    return [one[0], shards(corpus, place / "b", 2, backend=scripted(default="rhetoric"))[1]]


def other_input(corpus: Path, place: Path) -> list[Path]:
    one = shards(corpus, place / "a", 2)
    corpus.write_text(corpus.read_text() + '{"text": "More."}\n')
    return [one[0], shards(corpus, place / "b", 2)[1]]


def damaged(corpus: Path, place: Path) -> list[Path]:
    parts = shards(corpus, place / "a", 2)
    part = parts[1] / "annotations" / "part-00003.parquet"
    part.write_bytes(part.read_bytes()[:-50])
    return parts


def copied(corpus: Path, place: Path) -> list[Path]:
    parts = shards(corpus, place / "a", 2)
    shutil.copytree(parts[0], place / "copy")
    return [*parts, place / "copy"]


def forgotten(corpus: Path, place: Path) -> list[Path]:
    parts = shards(corpus, place / "a", 2)
    journal = parts[0] / "journal.jsonl"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[1:]))
    return parts


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda corpus, place: shards(corpus, place / "a", 3)[::2], "Of 3 shards these are missing: 2."),
        (lambda corpus, place: [*shards(corpus, place / "a", 1), *shards(corpus, place / "a", 2)], "one of 2 shards"),
        (copied, "are both shard 1/2"),
        (other_settings, "backend config.default: opinion → rhetoric"),
        (other_input, "made from another input"),
        (damaged, "part-00003.parquet is missing or damaged"),
        (forgotten, "Parts are missing from the shards: 0."),
        (lambda corpus, place: [place / "nothing"], "nothing does not exist"),
        (lambda corpus, place: [corpus.parent], "is not a shard of a run"),
        (lambda corpus, place: [], "There is no shard"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    tmp_path: Path, corpus: Path, given: Callable[[Path, Path], list[Path]], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        merge(given(corpus, tmp_path), tmp_path / "merged")
    assert said in caught.value.message
    assert caught.value.hint
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize(("kind", "other"), [("run", "out.csv"), ("out.csv", "run"), ("out.jsonl", "out.csv")])
def test_shards_make_what_they_were_made_for(tmp_path: Path, corpus: Path, kind: str, other: str) -> None:
    parts = shards(corpus, tmp_path / kind, 2)
    with pytest.raises(OutputError, match=f"made for {kind}") as caught:
        merge(parts, tmp_path / "merged" / other)
    assert "with -o" in caught.value.hint


@pytest.mark.parametrize("fresh", [False, True])
def test_place_that_holds_something_else_is_left_alone(tmp_path: Path, corpus: Path, fresh: bool) -> None:
    parts = shards(corpus, tmp_path / "run", 2)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note").write_text("mine")
    with pytest.raises(OutputError, match="is not a claimkit run"):
        merge(parts, tmp_path / "mine", fresh=fresh)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["note"]


@pytest.mark.parametrize("fresh", [False, True])
def test_shard_is_not_written_over(tmp_path: Path, corpus: Path, fresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = shards(corpus, tmp_path / "run", 2)
    other = shards(corpus, tmp_path / "other", 3)[0]
    before = [content(place) for place in (*parts, other)]
    monkeypatch.chdir(parts[0])
    for target in (parts[1], other, Path("../run.shard-1-of-2")):
        with pytest.raises(OutputError, match=r"is shard ./. of a run, which would be lost") as caught:
            merge(parts, target, fresh=fresh)
        assert caught.value.hint
        with pytest.raises(OutputError, match=r"is shard ./. of a run"):
            run(corpus, target, fresh=fresh)
    assert [content(place) for place in (*parts, other)] == before


@pytest.mark.parametrize("change", [{"finished": None}, {"shard": 1}])
def test_what_is_hardly_a_shard_is_none(tmp_path: Path, corpus: Path, change: dict[str, Any]) -> None:
    parts = shards(corpus, tmp_path / "run", 2)
    manifest = json.loads((parts[0] / "manifest.json").read_text()) | change
    kept = {key: value for key, value in manifest.items() if value is not None}
    (parts[0] / "manifest.json").write_text(json.dumps(kept))
    with pytest.raises(InputError, match="is not a shard of a run"):
        merge(parts, tmp_path / "merged")


def test_run_of_other_settings_is_only_replaced_on_demand(tmp_path: Path, corpus: Path) -> None:
    run(corpus, tmp_path / "there", scripted(default="rhetoric"))
    parts = shards(corpus, tmp_path / "run", 2)
    with pytest.raises(OutputError, match="made with other settings"):
        merge(parts, tmp_path / "there")
    for fresh in (True, False):
        assert merge(parts, tmp_path / "there", fresh=fresh).labels == {"opinion": 30}


def test_merge_that_was_cut_short_is_done_again(tmp_path: Path, corpus: Path) -> None:
    parts = shards(corpus, tmp_path / "run", 2)
    merge(parts, tmp_path / "whole")
    merge(parts, tmp_path / "merged")
    manifest = json.loads((tmp_path / "merged" / "manifest.json").read_text())
    cut = {key: value for key, value in manifest.items() if key not in {"ended", "read", "counts"}}
    (tmp_path / "merged" / "manifest.json").write_text(json.dumps(cut | {"finished": False}))
    (tmp_path / "merged" / "annotations" / "part-00002.parquet").unlink()
    merge(parts, tmp_path / "merged")
    assert content(tmp_path / "merged") == content(tmp_path / "whole")


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/5", "١/٣", ""])
def test_what_is_no_shard_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="is no shard") as caught:
        Shard.parse(text)
    assert isinstance(caught.value, ToolkitError)


@pytest.mark.parametrize("place", [".", "/", "..", "a/.."])
def test_shard_needs_a_name_to_be_called_after(corpus: Path, place: str) -> None:
    with pytest.raises(ConfigError, match="has no name to call it after") as caught:
        run(corpus, Path(place), shard=Shard(1, 2))
    assert "-o run" in caught.value.hint


def test_shards_are_named_so_that_they_sort() -> None:
    assert Shard.parse("3/12").folder_of(Path("a/b.jsonl")) == Path("a/b.jsonl.shard-03-of-12")
    assert str(Shard(3, 12)) == "3/12"
