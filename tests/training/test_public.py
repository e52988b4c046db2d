"""Stand-off labels find their text, or say that it is another one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from toolkit.errors import InputError
from toolkit.labels import load_labels
from toolkit.training.public import DIGITS, join

LABELS = Path(__file__).resolve().parents[2] / "eval" / "public" / "labels.jsonl"
TEXT = [("a", "It rained."), ("a", "Heading"), ("b", "It may rain."), ("a", "How wet!"), ("c", "Nobody labelled me.")]


def label(doc: str, index: int, text: str, name: str | None, split: str = "train") -> dict[str, object]:
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGITS]
    place = {"source": "rain", "doc": doc, "index": index, "sha256": digest, "split": split}
    return place | {"label": name, "attributed": None if name is None else False}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    rows = [
        label("a", 0, "It rained.", "factual_claim"),
        label("a", 1, "Heading", None),
        label("b", 0, "It may rain.", "prediction", "dev"),
    ]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "rain.jsonl").write_text("".join(json.dumps({"doc": d, "text": t}) + "\n" for d, t in TEXT))
    return tmp_path / "labels.jsonl", tmp_path, tmp_path / "out"


def read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_labels_meet_their_text(files: tuple[Path, Path, Path]) -> None:
    assert join(*files) == {"train": 1, "dev": 1, "rest": 2}
    assert read(files[2] / "train.jsonl") == [
        {"id": "a:0", "doc": "a", "text": "It rained.", "label": "factual_claim", "attributed": False}
    ]
    # What no label speaks of is for distilling, but nothing of a document that models are chosen on.
    assert [row["text"] for row in read(files[2] / "rest.jsonl")] == ["How wet!", "Nobody labelled me."]


def test_another_text_is_refused(files: tuple[Path, Path, Path]) -> None:
    rain = files[1] / "rain.jsonl"
    rain.write_text(rain.read_text().replace("It rained.", "It snowed."))
    with pytest.raises(InputError, match="Sentence 0 of a is not in rain"):
        join(*files)


def test_a_missing_source_is_said(files: tuple[Path, Path, Path]) -> None:
    (files[1] / "rain.jsonl").unlink()
    with pytest.raises(InputError, match=r"rain\.jsonl cannot be read"):
        join(*files)


def test_the_shipped_labels_hold_no_text_and_are_in_order() -> None:
    rows = read(LABELS)
    names = set(load_labels().names) | {None}
    keys = {"source", "doc", "index", "sha256", "split", "label", "attributed", "A", "B", "adjudicated"}
    assert all(set(row) == keys for row in rows)
    assert {row["label"] for row in rows} == names
    assert all(len(str(row["sha256"])) == DIGITS for row in rows)
    docs = {split: {row["doc"] for row in rows if row["split"] == split} for split in ("train", "dev")}
    assert not docs["train"] & docs["dev"]
    agreed = [row for row in rows if not row["adjudicated"]]
    assert all(row["A"] == row["B"] == [row["label"], row["attributed"]] for row in agreed)
    card = (LABELS.parent / "card.md").read_text()
    assert f"Stand-off labels of {len(rows):,} real sentences" in card
    for source in ("gum_permissive", "presidential_speeches"):
        own = [row for row in rows if row["source"] == source]
        counts = [sum(row["label"] == name for row in own) for name in (*load_labels().names, None)]
        shown = " | ".join(f"{count:,}" for count in counts)
        ruled = sum(bool(row["adjudicated"]) for row in own)
        assert f"| {source} | {len(own):,} | {shown} | {sum(row['attributed'] is True for row in own)} |" in card
        assert f"| {ruled} |" in card
