from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from dying import DyingConfig
from support import Stopping, scripted

from toolkit.annotate.engine import Item, annotate_window
from toolkit.annotate.output import read_rows
from toolkit.annotate.ray import OnRay
from toolkit.annotate.ray_guard import DIED, TRIES, Guard
from toolkit.annotate.run import annotate
from toolkit.backends.scripted import ScriptedBackend
from toolkit.corpus.read import Corpus
from toolkit.labels import load_labels
from toolkit.records import Annotation, Prediction, Sentence


class Death(BaseException):
    """What ends a process, seen from outside of it."""


class Deadly(ScriptedBackend):
    """Ends its process over some sentences."""

    def __init__(self, deadly: set[str]) -> None:
        super().__init__(scripted().config, load_labels("claims"))
        self.deadly = deadly

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        if any(sentence.text in self.deadly for sentence in sentences):
            raise Death
        return super().classify(sentences)


def window(count: int) -> list[Item]:
    texts = [f"Sentence {n}." for n in range(count)]
    return [Item(Sentence("doc", n, n + 1, text)) for n, text in enumerate([*texts, *texts[:3]])]


def survive(path: Path, items: list[Item], backend: ScriptedBackend) -> tuple[list[Annotation], int]:
    """The answers of the first worker that lives, and how many died before."""
    for deaths in range(50):
        guard = Guard(path)
        try:
            found, _ = guard.annotate(items, backend, "run")
        except Death:
            continue
        guard.done()
        return found, deaths
    raise AssertionError("they all died")


@pytest.mark.parametrize("deadly", [{0}, {199}, {7, 100, 101}, {1, 5}, {*range(0, 200, 30)}])
def test_only_what_a_worker_dies_over_goes_without_an_answer(tmp_path: Path, deadly: set[int]) -> None:
    items, path = window(200), tmp_path / "parts" / "note"
    found, deaths = survive(path, items, Deadly({f"Sentence {n}." for n in deadly}))
    whole, _ = annotate_window(items, scripted(), "run")
    for place, (one, other) in enumerate(zip(found, whole, strict=True)):
        assert one.failure == (DIED if place % 200 in deadly else None)
        assert one.failure or one == other
    # Each costs one to know that there is another, and three to cut 200 into eighths until one is left.
    assert TRIES < deaths <= TRIES + 4 * len(deadly)
    assert not path.exists()


@pytest.mark.parametrize("deaths", range(1, TRIES))
def test_a_window_whose_worker_was_killed_now_and_then_is_asked_as_it_is(tmp_path: Path, deaths: int) -> None:
    backend = Stopping(scripted(), at=1, error=Death())
    path, items = tmp_path / "note", window(20)
    for _ in range(deaths):
        backend.calls = 0
        with pytest.raises(Death):
            Guard(path).annotate(items, backend, "run")
    found, _ = Guard(path).annotate(items, backend, "run")
    assert found == annotate_window(items, scripted(), "run")[0]
    assert backend.history == [f"Sentence {n}." for n in range(20)]


def test_a_sentence_that_ends_its_worker_does_not_end_the_run(tmp_path: Path, cluster: None) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "run"
    texts = [f"Sentence {n} is {'deadly' if n == 9 else 'good'}." for n in range(32)]
    source.write_text("\n".join(["text", *texts, ""]))
    config = DyingConfig(kind="scripted", name="scripted", answers={}, default="opinion")
    dying = ScriptedBackend(config, load_labels("claims"))
    summary = annotate(Corpus([source]), dying, out, window=8, work=OnRay(2))
    assert summary.failed == {"backend_error": 1}
    assert [row["text"] for row in read_rows(out) if row["failure"]] == [texts[9]]
    assert [row["label"] for row in read_rows(out)].count("opinion") == 31
    assert not list(out.rglob("*.tmp"))
    again = annotate(Corpus([source]), dying, out)  # where it does not die
    assert (again.failed.total(), again.reused) == (0, 31)
