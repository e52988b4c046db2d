"""Adapters of the public sets, on invented lines of the same shape: no line of those sets is in this repository."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from support import ROOT

from toolkit.errors import ConfigError, InputError, UnknownNameError
from toolkit.evaluation.benchmark_sets import BENCHMARKS
from toolkit.evaluation.benchmarks import FOLDER_VARIABLE, load_benchmark, portable, sample
from toolkit.evaluation.goldset import GoldRow
from toolkit.evaluation.plan import prepare
from toolkit.evaluation.run import evaluate
from toolkit.evaluation.schemes import LabelScheme, OneVsRestScheme, RestrictedScheme, SubjectivityScheme
from toolkit.labels import load_labels

CLAIMS = load_labels("claims")


def put(folder: Path, name: str, *rows: tuple[str, str]) -> Path:
    """A file of invented lines, as text and source label."""
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({"text": text, "src_label": label}) for text, label in rows]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def one_of_each(name: str) -> list[tuple[str, str]]:
    return [(f"An invented sentence of kind {i}.", label) for i, label in enumerate(BENCHMARKS[name].mapping)]


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_source_label_is_mapped_to_a_class_of_the_scheme(tmp_path: Path, name: str) -> None:
    gold = load_benchmark(name, folder=put(tmp_path, name, *one_of_each(name)), labels=CLAIMS)
    assert [row.label for row in gold.rows] == list(BENCHMARKS[name].mapping.values())
    assert {row.label for row in gold.rows} <= {*gold.scheme.classes}
    assert len({row.doc for row in gold.rows}) == len(gold.rows)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_the_documentation_tells_source_licence_and_convention(name: str) -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    one = BENCHMARKS[name]
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}`"))
    assert one.licence in row
    assert one.source in page
    assert one.citation.split(",")[0] in page


@pytest.mark.parametrize(
    ("name", "kind", "classes"),
    [
        ("newssd_eng", SubjectivityScheme, ("subjective", "objective")),
        ("numclaim_dev", RestrictedScheme, ("factual_claim", "prediction")),
        ("sitent_letters_essays", RestrictedScheme, ("factual_claim", "rhetoric")),
        ("policlaim_train", OneVsRestScheme, ("factual_claim", "not factual_claim")),
        ("wcb_15_banks", OneVsRestScheme, ("prediction", "not prediction")),
        ("subj_panglee", LabelScheme, CLAIMS.names),
    ],
)
def test_schemes(tmp_path: Path, name: str, kind: type, classes: tuple[str, ...]) -> None:
    gold = load_benchmark(name, folder=put(tmp_path, name, *one_of_each(name)), labels=CLAIMS)
    assert isinstance(gold.scheme, kind)
    assert gold.scheme.classes == classes


ROWS = [GoldRow(str(i), str(i), "word " * (1 + i % 90), "ab"[i % 3 > 0]) for i in range(900)]


class TestSample:
    def test_up_to_200_of_a_class_of_4_to_80_words(self) -> None:
        chosen = sample(ROWS)
        assert Counter(row.label for row in chosen) == {"a": 200, "b": 200}
        assert all(4 <= len(row.text.split()) <= 80 for row in chosen)
        assert [int(row.id) for row in chosen] == sorted(int(row.id) for row in chosen)

    def test_always_the_same_and_drawn_with_seed_1(self) -> None:
        right = [row for row in ROWS if row.label == "a" and 4 <= len(row.text.split()) <= 80]
        expected = {row.id for row in random.Random(1).sample(right, 200)}
        assert {row.id for row in sample(ROWS) if row.label == "a"} == expected

    def test_a_class_does_not_depend_on_the_others(self) -> None:
        alone = sample([row for row in ROWS if row.label == "a"])
        assert alone == [row for row in sample(ROWS) if row.label == "a"]


def test_all_rows(tmp_path: Path) -> None:
    folder = put(tmp_path, "subj_panglee", ("Short.", "subjective"), ("Long enough to be counted.", "subjective"))
    assert len(load_benchmark("subj_panglee", folder=folder, labels=CLAIMS).rows) == 1
    assert len(load_benchmark("subj_panglee", folder=folder, labels=CLAIMS, rows="all").rows) == 2


def test_the_digest_is_of_the_rows_that_are_scored(tmp_path: Path) -> None:
    long = ("Long enough to be counted.", "subjective")
    one = load_benchmark("subj_panglee", folder=put(tmp_path / "a", "subj_panglee", long), labels=CLAIMS)
    two = load_benchmark(
        "subj_panglee", folder=put(tmp_path / "b", "subj_panglee", ("Short.", "subjective"), long), labels=CLAIMS
    )
    other = put(tmp_path / "c", "subj_panglee", ("Another long enough to count.", "subjective"))
    assert one.digest == two.digest != load_benchmark("subj_panglee", folder=other, labels=CLAIMS).digest


def test_the_folder_of_the_environment_and_the_default_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("benchmarks", "elsewhere"):
        put(tmp_path / place, "subj_panglee", (f"It is in {place}, as told.", "subjective"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    assert "in benchmarks" in load_benchmark("subj_panglee", labels=CLAIMS).rows[0].text
    monkeypatch.setenv(FOLDER_VARIABLE, "elsewhere")
    assert "in elsewhere" in load_benchmark("subj_panglee", labels=CLAIMS).rows[0].text


class TestHub:
    """Through `datasets`, from a folder laid out as a repository of the Hub is."""

    def test_splits_are_put_together_and_labels_joined(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
        repository = tmp_path / "repository"
        repository.mkdir()
        for split, time in (("train", "forward looking"), ("test", "not forward looking")):
            row = {"sentences": f"rates in {split} may move a lot", "time_label": time, "certain_label": "certain"}
            (repository / f"{split}.jsonl").write_text(json.dumps(row) + "\n")
        gold = load_benchmark("wcb_15_banks", hub=str(repository), labels=CLAIMS)
        assert sorted((row.text, row.label) for row in gold.rows) == [
            ("rates in test may move a lot", "not prediction"),
            ("rates in train may move a lot", "prediction"),
        ]
        assert gold.benchmark is not None
        assert gold.benchmark["source"] == "repository"

    def test_a_local_folder_is_not_written_in_full(self, tmp_path: Path) -> None:
        (tmp_path / "train.jsonl").write_text(json.dumps({"text": "One is bad.", "label": "SUBJ"}) + "\n")
        entry = {"benchmark": "newssd_eng", "hub": str(tmp_path), "rows": "all"}
        (tmp_path / "e.yaml").write_text(json.dumps({"name": "x", "gold": [entry], "backends": ["cues"]}))
        written = prepare(tmp_path / "e.yaml").portable()
        assert written["gold"][0]["hub"] == tmp_path.name
        assert str(tmp_path) not in json.dumps(written)
        assert portable("owner/name") == "owner/name"

    def test_other_columns(self, tmp_path: Path) -> None:
        (tmp_path / "train.jsonl").write_text(json.dumps({"body": "One.", "label": "SUBJ"}) + "\n")
        with pytest.raises(InputError, match="has the columns body, label"):
            load_benchmark("newssd_eng", hub=str(tmp_path), labels=CLAIMS)

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot be read"):
            load_benchmark("newssd_eng", hub=str(tmp_path / "none"), labels=CLAIMS)


def test_what_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean subj_panglee"):
        load_benchmark("subj_pangle", labels=CLAIMS)
    with pytest.raises(InputError, match="is not there"):
        load_benchmark("subj_panglee", folder=tmp_path, labels=CLAIMS)
    with pytest.raises(InputError, match="has the label 'objective'"):
        load_benchmark(
            "subj_panglee", folder=put(tmp_path, "subj_panglee", ("One.", "objective")), labels=CLAIMS, rows="all"
        )
    with pytest.raises(ConfigError, match="scored by opinion, which 'checkworthiness' does not have"):
        load_benchmark("subj_panglee", folder=tmp_path, labels=load_labels("checkworthiness"))
    (tmp_path / "mpqa12.jsonl").write_text('{"text": "One."}\n')
    with pytest.raises(InputError, match="line 1: not a row with text and src_label"):
        load_benchmark("mpqa12", folder=tmp_path, labels=CLAIMS)


def test_evaluates_and_keeps_no_text(tmp_path: Path) -> None:
    secret = "Perhaps the zymurgist will be late again, he said"
    rows = [(f"{secret} {i}.", label) for i in range(6) for label in ("SUBJ", "OBJ")]
    put(tmp_path / "sets", "newssd_eng", *rows)
    entry = "{benchmark: newssd_eng, folder: sets, rows: all, keep_text: false}"
    (tmp_path / "e.yaml").write_text(f"name: e\nbackends: [cues]\nresamples: 100\ngold: [{entry}]\n")
    evaluate(tmp_path / "e.yaml", tmp_path / "out")
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert any(path.name == "results.json" for path in written)
    assert not [path.name for path in written if b"zymurgist" in path.read_bytes()]
