from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support import scripted

from toolkit.annotate.cache import UNUSED, Recalling, key_of, pack, recalling, unpack
from toolkit.annotate.run import annotate
from toolkit.annotate.stream import stream
from toolkit.backends.base import load_backend
from toolkit.backends.composite_config import EnsembleConfig
from toolkit.backends.config import ModelSource, NliConfig
from toolkit.backends.scripted import ScriptedBackend
from toolkit.backends.store import AnswerStore
from toolkit.corpus.read import Corpus
from toolkit.labels import LabelSet, load_labels
from toolkit.models.parts import cache_folder
from toolkit.records import Context, Failure, Prediction, Sentence, Usage

NAMES = (("a", "b"), ("attributed",))
TEXTS = [f"Sentence number {number}." for number in range(20)]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return Corpus([path])


def files() -> list[Path]:
    return sorted((cache_folder() / "annotations").glob("*.sqlite"))


class Counting(ScriptedBackend):
    """Says that it read three tokens a sentence."""

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        plain = super().classify(sentences)
        usage = Usage(tokens=3)
        return [Prediction(one.scores, one.flags, usage, one.failure) for one in plain]


def counting(**config: Any) -> Counting:
    plain = scripted(**config)
    return Counting(plain.config, plain.labels)


@pytest.mark.parametrize("flags", [{"attributed": 0.1 + 0.2}, {}])
def test_answers_come_back_to_the_last_bit(flags: dict[str, float]) -> None:
    answer = Prediction(scores={"a": 1 / 3, "b": 2 / 3}, flags=flags, usage=Usage(tokens=70_000, truncated=1))
    packed = pack(b"key", answer, NAMES)
    assert packed is not None
    assert unpack(b"key", packed, NAMES) == answer


@pytest.mark.parametrize(
    "answer",
    [
        Prediction(failure=Failure("timeout", "why")),
        Prediction(scores={"a": 1.0, "b": 0.0}, failure=Failure("timeout", "why")),
        Prediction(label="a"),
        Prediction(scores={"b": 0.0, "a": 1.0}),
        Prediction(scores={"a": 1.0, "b": 0.0}, flags={"other": 1.0}),
        Prediction(scores={"a": 1.0, "b": 0.0}, rationale="so"),
        Prediction(scores={"a": 1.0, "b": 0.0}, usage=Usage(requests=1)),
    ],
)
def test_what_would_not_come_back_whole_is_not_kept(answer: Prediction) -> None:
    assert pack(b"key", answer, NAMES) is None


@pytest.mark.parametrize("place", [0, 9, 25, -1])
def test_a_changed_bit_is_noticed(place: int) -> None:
    packed = bytearray(pack(b"key", Prediction(scores={"a": 1 / 3, "b": 2 / 3}), NAMES) or b"")
    packed[place] ^= 1
    for key, value in ((b"key", bytes(packed)), (b"kex", bytes(packed)), (b"key", bytes(packed[:-3]))):
        with pytest.raises(ValueError, match="damaged"):
            unpack(key, value, NAMES)


def test_keys_tell_text_and_context_apart() -> None:
    contexts = [None, Context(), Context("t"), Context("", ("t",)), Context("", (), ("t",))]
    sentences = [Sentence("d", 0, 1, text, context=context) for text in ("One.", "Two.") for context in contexts]
    assert len({key_of(sentence) for sentence in sentences}) == 10
    assert key_of(Sentence("d", 0, 4, "One.")) == key_of(Sentence("e", 7, 11, "One."))


def test_second_run_asks_nothing_and_comes_to_the_same(tmp_path: Path, corpus: Corpus) -> None:
    first, second = counting(), counting()
    before = annotate(corpus, first, tmp_path / "a.jsonl", cache=True)
    after = annotate(corpus, second, tmp_path / "b.jsonl", cache=True)
    assert (len(first.history), second.history) == (20, [])
    assert (before.recalled, after.recalled) == (0, 20)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert before.as_dict() == after.as_dict()
    assert after.usage == Usage(tokens=60)


def test_equal_sentences_in_other_windows_are_asked_once(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text\n" + "One.\nTwo.\n" * 4)
    backend = counting()
    summary = annotate(Corpus([tmp_path / "in.csv"]), backend, tmp_path / "a", window=2, cache=True)
    assert (backend.history, summary.recalled, summary.usage.tokens) == (["One.", "Two."], 6, 24)


def test_a_stream_remembers_too(corpus: Corpus) -> None:
    first, second = scripted(), scripted()
    rows = [list(stream(corpus, backend, cache=True)) for backend in (first, second)]
    assert rows[0] == rows[1]
    assert (len(first.history), second.history) == (20, [])


def test_failures_are_asked_again(tmp_path: Path, corpus: Corpus) -> None:
    backend = scripted({TEXTS[3]: "!timeout"})
    for name in ("a", "b"):
        annotate(corpus, backend, tmp_path / name, cache=True)
    assert backend.history == [*TEXTS, TEXTS[3]]


def test_calibration_is_put_on_what_was_kept(tmp_path: Path, corpus: Corpus) -> None:
    annotate(corpus, scripted(), tmp_path / "a", cache=True)
    other = scripted(calibration={"bias": {"rhetoric": 30.0}})
    assert annotate(corpus, other, tmp_path / "b", cache=True).labels == {"rhetoric": 20}
    assert other.history == []


@pytest.mark.parametrize(
    "other",
    [
        lambda: scripted(default="rhetoric"),
        lambda: ScriptedBackend(scripted().config, LabelSet(name="o", labels=load_labels("claims").labels[::-1])),
        lambda: Other(scripted().config, scripted().labels),
    ],
)
def test_what_can_change_an_answer_gets_another_file(tmp_path: Path, corpus: Corpus, other: Any) -> None:
    annotate(corpus, scripted(), tmp_path / "a", cache=True)
    backend = other()
    annotate(corpus, backend, tmp_path / "b", cache=True)
    assert len(backend.history) == 20
    assert len(files()) == 2


class Other(ScriptedBackend):
    """Of another model."""

    def identity(self) -> dict[str, Any]:
        return {"model": "other"}


def test_the_name_changes_nothing(tmp_path: Path, corpus: Corpus) -> None:
    annotate(corpus, scripted(), tmp_path / "a", cache=True)
    renamed = ScriptedBackend(scripted().config.model_copy(update={"name": "renamed"}), scripted().labels)
    annotate(corpus, renamed, tmp_path / "b", cache=True)
    assert renamed.history == []


@pytest.mark.parametrize("wanted", [None, False])
def test_rules_are_not_remembered_unasked(tmp_path: Path, corpus: Corpus, wanted: bool | None) -> None:
    annotate(corpus, scripted(), tmp_path / "a", cache=wanted)
    assert files() == []


def test_models_are_remembered_by_default(tiny_bert: Path) -> None:
    tiny_claims = load_backend(NliConfig(kind="nli", model=ModelSource(folder=tiny_bert), device="cpu"))
    with recalling(tiny_claims) as (asked, memories):
        assert isinstance(asked, Recalling)
        assert memories == [asked]
        first = asked.classify([Sentence("d", 0, 4, "One.")])
        assert asked.classify([Sentence("d", 9, 13, "One.")]) == first
        assert asked.recalled == 1
    with recalling(tiny_claims, wanted=False) as (asked, memories):
        assert asked is tiny_claims
        assert memories == []


def test_members_of_a_composite_remember_and_are_as_before_afterwards(tmp_path: Path, corpus: Corpus) -> None:
    members = [scripted().config, scripted(default="rhetoric").config.model_copy(update={"name": "other"})]
    backend: Any = load_backend(EnsembleConfig(kind="ensemble", name="both", members=tuple(members)))
    before = list(backend.members.backends)
    for name in ("a", "b"):
        annotate(corpus, backend, tmp_path / name, cache=True)
        assert all(one is other for one, other in zip(backend.members.backends, before, strict=True))
    assert [len(member.history) for member in before] == [20, 20]
    assert (tmp_path / "a" / "journal.jsonl").read_bytes() == (tmp_path / "b" / "journal.jsonl").read_bytes()


@pytest.mark.parametrize("kind", ["CAST(damaged AS BLOB)", "damaged", "'text'"])
def test_damage_costs_the_answers_and_nothing_else(
    tmp_path: Path, corpus: Corpus, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    damaged = kind.replace("damaged", "substr(value, 1, 20) || X'ff' || substr(value, 22)")
    annotate(corpus, scripted(), tmp_path / "a.jsonl", cache=True)
    with sqlite3.connect(files()[0]) as connection:
        connection.execute(f"UPDATE answers SET value = {damaged}")
    connection.close()
    backend = scripted()
    annotate(corpus, backend, tmp_path / "b.jsonl", cache=True)
    assert len(backend.history) == 20
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    again = scripted()
    annotate(corpus, again, tmp_path / "c.jsonl", cache=True)
    assert again.history == []


class Damaging(ScriptedBackend):
    """Ruins the cache while it is in use."""

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        for file in files():
            for path in (file, file.with_name(f"{file.name}-wal")):
                with path.open("r+b") as handle:
                    handle.write(b"\xff" * path.stat().st_size)
        return super().classify(sentences)


def test_damage_in_the_middle_of_a_run_is_not_fatal(
    tmp_path: Path, corpus: Corpus, caplog: pytest.LogCaptureFixture
) -> None:
    backend = Damaging(scripted().config, scripted().labels)
    summary = annotate(corpus, backend, tmp_path / "a.jsonl", window=4, cache=True)
    assert (summary.total, backend.history) == (20, TEXTS)
    annotate(corpus, scripted(), tmp_path / "b.jsonl", window=4, cache=True)
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert files()[0].with_name(f"{files()[0].name}.damaged").exists()
    assert "is damaged" in caplog.text


def test_place_that_cannot_be_written_is_gone_on_without(
    tmp_path: Path, corpus: Corpus, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file")
    assert annotate(corpus, scripted(), tmp_path / "a", cache=True).total == 20
    assert [record.message.endswith("Going on without it.") for record in caplog.records] == [True]


def aged(path: Path, seconds: float) -> Path:
    """A file that was last used so long ago."""
    path.touch()
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_files_that_no_run_has_used_for_long_are_removed(tmp_path: Path, corpus: Corpus) -> None:
    annotate(corpus, scripted(), tmp_path / "first.jsonl", cache=True)
    (used,) = files()
    old, recent = used.with_name(f"{'0' * 32}.sqlite"), used.with_name(f"{'1' * 32}.sqlite")
    for suffix in ("", "-wal", "-shm", ".damaged"):
        aged(old.with_name(old.name + suffix), UNUSED + 60)
    aged(recent, UNUSED - 3600)
    aged(used, UNUSED + 60)
    logs = [aged(recent.with_name(f"{recent.name}-{end}"), UNUSED + 60) for end in ("wal", "shm")]
    assert annotate(corpus, scripted(), tmp_path / "second.jsonl", cache=True).recalled == len(TEXTS)
    assert {*used.parent.iterdir()} == {recent, *logs, used}
    assert used.stat().st_mtime > time.time() - 60


def test_files_of_others_in_the_folder_of_the_cache_are_left_alone(tmp_path: Path, corpus: Corpus) -> None:
    folder = cache_folder() / "annotations"
    folder.mkdir(parents=True)
    names = ("gold.sqlite", "thesis.docx", f"{'0' * 32}.jsonl", f"x{'0' * 32}.sqlite", f"{'0' * 32}.sqlite.bak")
    mine = {aged(folder / name, 2 * UNUSED) for name in names}
    annotate(corpus, scripted(), tmp_path / "out.jsonl", cache=True)
    assert {*folder.iterdir()} == {*mine, *files()}


def test_who_only_looks_makes_and_removes_nothing(tmp_path: Path, corpus: Corpus) -> None:
    with recalling(scripted(), wanted=True, only_look=True) as (_, memories):
        assert memories == []
    assert not cache_folder().exists()
    annotate(corpus, scripted(), tmp_path / "out.jsonl", cache=True)
    old = aged(files()[0].with_name(f"{'0' * 32}.sqlite"), UNUSED + 60)
    with recalling(scripted(), wanted=True, only_look=True) as (_, [memory]):
        assert len(memory.look_up([key_of(Sentence("d", 0, 1, text)) for text in TEXTS])) == len(TEXTS)
    assert old in files()


def test_no_text_is_kept(tmp_path: Path, corpus: Corpus) -> None:
    annotate(corpus, scripted(), tmp_path / "a", cache=True)
    assert all(b"number" not in path.read_bytes() for path in (cache_folder() / "annotations").iterdir())
    store: AnswerStore[bytes] = AnswerStore(files()[0])
    assert len(store.get([key_of(Sentence("d", 0, len(text), text)) for text in TEXTS])) == 20
    store.close()
