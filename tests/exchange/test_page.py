"""The page as text: what it holds, what it escapes, what it refuses. See test_page_browser for what it does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.exchange.page import AnnotatedDocument, LabelView, render_page
from toolkit.records import Annotation, Failure, Kind, Sentence

CLAIMS = [LabelView(name, f"About {name}.") for name in ("factual_claim", "opinion", "prediction", "rhetoric")]
HOSTILE = (
    "<script>window.__pwned = 1</script></script><!-- ]]> --> \"' &amp; <img src=x onerror=alert(1)> javascript:\u2028x"
)


def annotate(text: str, *parts: str, doc_id: str = "doc", labels: tuple[str, ...] = ("opinion",)) -> AnnotatedDocument:
    """Annotates the parts of a text, one after the other, with the labels in turn."""
    annotations, cursor = [], 0
    for index, part in enumerate(parts):
        start = text.index(part, cursor)
        cursor = start + len(part)
        label = labels[index % len(labels)]
        annotations.append(annotation(part, start, label=label, probs={label: 0.75}, doc_id=doc_id))
    return AnnotatedDocument(doc_id, text, annotations)


def annotation(
    text: str, start: int = 0, *, kind: Kind = "sentence", doc_id: str = "doc", **fields: object
) -> Annotation:
    sentence = Sentence(doc_id, start, start + len(text), text, kind)
    return Annotation(sentence, backend="scripted", run="r1", **fields)  # type: ignore[arg-type]


def render(*documents: AnnotatedDocument, labels: list[LabelView] = CLAIMS, title: str = "Title") -> str:
    return render_page(documents, labels, title=title, facts={"Backend": "scripted"})


class Reader(HTMLParser):
    """Collects the elements, and what stands in each script."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._inside = True
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attrs
            for name, attrs in self.elements
            if name == tag and all(attrs.get(key.replace("_", "-")) == value for key, value in wanted.items())
        ]

    @property
    def data(self) -> Any:
        return json.loads(self.scripts[0])


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), st.booleans()), max_size=8
    )
)
def test_any_cutting_of_any_text_keeps_it(parts: list[tuple[str, bool]]) -> None:
    annotations, text = [], ""
    for part, is_sentence in parts:
        if is_sentence:
            annotations.append(annotation(part, len(text), label="opinion"))
        text += part
    (document,) = Reader(render(AnnotatedDocument("doc", text, annotations))).data["documents"]
    assert document["text"] == text
    spans = zip(document["own"]["s"], document["own"]["e"], strict=True)
    assert [text[start:end] for start, end in spans] == [a.sentence.text for a in annotations]


def test_nothing_from_outside_becomes_markup() -> None:
    document = AnnotatedDocument(
        HOSTILE,
        HOSTILE,
        [annotation(HOSTILE, doc_id=HOSTILE, failure=Failure("backend_error", HOSTILE), rationale=HOSTILE)],
    )
    html = render_page([document], [LabelView(HOSTILE, HOSTILE)], title=HOSTILE, facts={HOSTILE: HOSTILE})
    page, plain = Reader(html), Reader(render(AnnotatedDocument("doc", "x", [])))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    assert all(not name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert page.data["documents"][0]["own"]["f"] == {"0": f"backend_error: {HOSTILE}"}
    assert page.data["documents"][0]["own"]["r"] == {"0": HOSTILE}


def test_nothing_comes_from_a_network_and_only_the_own_style_and_script_may_run() -> None:
    html = render(annotate("One.", "One."))
    policy = Reader(html).all("meta", http_equiv="Content-Security-Policy")[0]["content"] or ""
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        source = html.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        assert f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'" in policy
    assert not re.search(r"@import|url\(|\sstyle=|innerHTML|insertAdjacentHTML|document\.write|\beval\(", html)
    assert set(re.findall(r"https?:[^\"]*", html)) == {"http://www.w3.org/2000/svg"}  # a name, never asked for


@pytest.mark.parametrize("documents", [[], [AnnotatedDocument("empty", "", [])]])
def test_a_page_has_a_title_whatever_is_in_it(documents: list[AnnotatedDocument]) -> None:
    assert "<title>Annotated documents</title>" in render(*documents, title="")


@pytest.mark.parametrize("character", ["\0", chr(0xD800), chr(0xDFFF)])
def test_what_cannot_be_written_is_replaced_one_for_one(character: str) -> None:
    text = f"a{character}. b\N{GRINNING FACE}."
    html = render(AnnotatedDocument("doc", text, [annotation(text[:3], label="opinion")]))
    html.encode("utf-8")
    assert Reader(html).data["documents"][0]["text"] == text.replace(character, "\ufffd")
