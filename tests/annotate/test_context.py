from __future__ import annotations

from pathlib import Path

import pytest
from support import scripted

from toolkit.annotate.context import MOST, add_context
from toolkit.annotate.engine import ItemStream, annotate_window, items_of
from toolkit.backends.base import context_of
from toolkit.backends.prompt_config import ContextConfig
from toolkit.corpus.read import Corpus
from toolkit.evaluation.goldset import GoldRow, sentences_of
from toolkit.records import Context, Document, Sentence

WANTED = ContextConfig(title=True, before=1, after=2)
TEXT = "# The big fall\n\nPrices fell today. Nobody knows why.\n\n## Later\n\nThey will rise again. Buy now."


def test_neighbours_are_those_of_the_document_in_order() -> None:
    items = items_of(Document("d", TEXT, format="markdown"), context=WANTED)
    assert [one.sentence.context for one in items] == [
        Context("The big fall", (), ("Nobody knows why.", "They will rise again.")),
        Context("The big fall", ("Prices fell today.",), ("They will rise again.", "Buy now.")),
        Context("The big fall", ("Nobody knows why.",), ("Buy now.",)),
        Context("The big fall", ("They will rise again.",), ()),
    ]


@pytest.mark.parametrize("all_units", [False, True])
def test_context_changes_nothing_else(all_units: bool) -> None:
    document = Document("d", TEXT, format="markdown")
    plain, seen = (items_of(document, all_units=all_units, context=context) for context in (None, WANTED))
    ids, same = ([(one.sentence.id, one.sentence.kind) for one in items] for items in (plain, seen))
    assert ids == same
    assert {one.sentence.context for one in plain} == {None}


def test_a_web_page_is_called_what_its_head_says(tmp_path: Path) -> None:
    body = "<p>Prices fell again today, as the bank had said they would.</p>" * 3
    (tmp_path / "p.html").write_text(f"<html><head><title>Fall &amp;\n rise</title></head><body>{body}</body></html>")
    [first, *_] = list(ItemStream(Corpus([tmp_path / "p.html"]), context=WANTED))
    assert first.sentence.context is not None
    assert first.sentence.context.title == "Fall & rise"


def test_a_huge_neighbour_is_cut() -> None:
    sentences = [Sentence("d", 0, 1, "x" * 5000), Sentence("d", 0, 1, "Two.")]
    context = add_context(sentences, ContextConfig(before=1))[1].context
    assert context is not None
    assert len(context.before[0]) == MOST


def test_gold_rows_have_the_rows_of_their_document_around_them() -> None:
    rows = [
        GoldRow("1", "a", "A one.", "opinion", columns={"title": "On A"}),
        GoldRow("2", "b", "B one.", "opinion"),
        GoldRow("3", "a", "A two.", "opinion"),
    ]
    found = [one.context for one in sentences_of(rows, ContextConfig(title=True, before=1))]
    assert found == [Context("On A"), Context(), Context("On A", ("A one.",))]


def test_equal_sentences_in_other_surroundings_are_asked_apart() -> None:
    backend = scripted()
    document = Document("d", "Prices fell. They rose. Prices fell. They rose.")
    annotate_window(items_of(document), backend, "")
    assert len(backend.history) == 2
    backend.history.clear()
    annotate_window(items_of(document, context=ContextConfig(before=2)), backend, "")
    assert len(backend.history) == 4


def test_a_backend_that_does_not_ask_gets_none() -> None:
    backend = scripted()
    assert context_of(backend) is None
    backend.context = ContextConfig()  # type: ignore[attr-defined]
    assert context_of(backend) is None
    backend.context = WANTED  # type: ignore[attr-defined]
    assert context_of(backend) == WANTED
