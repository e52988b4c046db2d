"""The page as text: what it holds, what it escapes, what it refuses. See test_page_browser for what it does."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

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
    """Collects what the tests ask about: elements, and the text inside of each ``div.text``."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "div" and (dict(attrs).get("class") or "").split()[:1] == ["text"]:
            self._inside = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts[-1] += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attrs
            for name, attrs in self.elements
            if name == tag and all(attrs.get(key.replace("_", "-")) == value for key, value in wanted.items())
        ]


@pytest.mark.parametrize(
    "text",
    [
        "# Head\n\n  By A. B.\n\nOne. Two.\n- Three.\n\n\n\nEnd",
        "\n\nOne.\tTwo.\r\n\r\nThree.\r",
        f"One. {HOSTILE} Two. {HOSTILE}\nThree.",
        "\N{GRINNING FACE} One.\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}Two.\x0b\x1f Three. \N{HEBREW LETTER ALEF}",
    ],
)
def test_the_text_of_a_document_is_kept_exactly(text: str) -> None:
    assert Reader(render(annotate(text, "One.", "Two.", "Three."))).texts == [text]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.text("ab <&\n\r\t\"'\u2028", min_size=1), st.booleans()), max_size=8))
def test_any_cutting_of_any_text_keeps_it(parts: list[tuple[str, bool]]) -> None:
    annotations, text = [], ""
    for part, is_sentence in parts:
        if is_sentence:
            annotations.append(annotation(part, len(text), label="opinion"))
        text += part
    assert Reader(render(AnnotatedDocument("doc", text, annotations))).texts == [text]


def test_nothing_from_outside_becomes_markup() -> None:
    document = AnnotatedDocument(
        HOSTILE,
        HOSTILE,
        [annotation(HOSTILE, doc_id=HOSTILE, failure=Failure("backend_error", HOSTILE))],
    )
    html = render_page([document], [LabelView(HOSTILE, HOSTILE)], title=HOSTILE, facts={HOSTILE: HOSTILE})
    page = Reader(html)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert all(not name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert page.all("mark")[0]["data-f"] == f"backend_error: {HOSTILE}"


def test_nothing_comes_from_a_network_and_only_the_own_style_and_script_may_run() -> None:
    html = render(annotate("One.", "One."))
    policy = Reader(html).all("meta", http_equiv="Content-Security-Policy")[0]["content"] or ""
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        source = html.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        assert f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'" in policy
    assert not re.search(r"https?:|@import|url\(|\sstyle=", html)


def test_counts_and_shares_are_those_of_the_sentences() -> None:
    document = AnnotatedDocument(
        "doc",
        "Head A. B. C. D.",
        [
            annotation("Head", 0, kind="heading"),
            annotation("A.", 5, label="opinion", attributed=True),
            annotation("B.", 8, label="opinion", attributed=False),
            annotation("C.", 11, abstained=True),
            annotation("D.", 14, failure=Failure("timeout", "60 s")),
        ],
    )
    html = render(document)
    chips = re.findall(r'data-[ka]="(\w+)" aria-pressed.*?class="count">(\d+)<.*?class="share">([^<]+)<', html)
    expected = {"0": 0, "1": 2, "2": 0, "3": 0, "abstained": 1, "failed": 1}
    assert chips[:6] == [(key, str(count), f"{25 * count}%") for key, count in expected.items()]
    assert chips[6:] == [("1", "1", "25%"), ("0", "1", "25%")]
    assert "4 sentences · 25% attributed · 1 abstained · 1 failed" in html


def test_a_sentence_carries_what_the_card_shows() -> None:
    document = AnnotatedDocument(
        "doc",
        "A. B.",
        [
            annotation(
                "A.", label="rhetoric", probs={"opinion": 0.1, "rhetoric": 0.9}, attributed=False, attributed_prob=0.125
            ),
            annotation("B.", 3, failure=Failure("refused", "No.")),
        ],
    )
    first, second = Reader(render(document)).all("mark")
    assert first == {
        "id": "s0-0", "class": "c3 u3", "data-k": "3", "data-m": "R", "data-end": "2",
        "data-p": "- 100 - 900", "data-a": "0", "data-ap": "125",
    }  # fmt: skip
    assert second["data-f"] == "refused: No."
    assert "data-p" not in second


def test_claims_labels_keep_their_colours_and_others_take_what_is_left() -> None:
    labels = [LabelView(name, "") for name in ("rhetoric", "request", "factual_claim", "remark")]
    document = annotate("A. B. C. D.", "A.", "B.", "C.", "D.", labels=tuple(label.name for label in labels))
    marks = Reader(render(document, labels=labels)).all("mark")
    assert [mark["class"] for mark in marks] == ["c3 u3", "c1 u1", "c0 u0", "c2 u2"]
    assert [mark["data-m"] for mark in marks] == ["R", "E", "F", "M"]


def test_twelve_labels_are_told_apart_by_letter_and_by_colour() -> None:
    labels = [LabelView(f"label {index}", "") for index in range(12)]
    sentences = [f"{index}." for index in range(12)]
    document = annotate(" ".join(sentences), *sentences, labels=tuple(label.name for label in labels))
    marks = Reader(render(document, labels=labels)).all("mark")
    assert len({mark["class"] for mark in marks}) == len({mark["data-m"] for mark in marks}) == 12


def test_a_strip_segment_is_as_wide_as_its_sentence_is_long() -> None:
    path = Reader(render(annotate("Head. Word. End", "Word."))).all("path")[0]
    assert path["d"] == "M6 0h5v1h-5z"


def test_single_annotations_become_rows_on_one_strip() -> None:
    documents = [annotate(text, text, doc_id=f"row {index}") for index, text in enumerate(("One.", "Two!!", "Three."))]
    page = Reader(render(*documents))
    assert page.all("body", **{"class": "rows"})
    assert [row["data-x"] for row in page.all("li") if "data-x" in row] == ["0", "4", "9"]
    assert [path["d"] for path in page.all("path")] == ["M0 0h4v1h-4zM4 0h5v1h-5zM9 0h6v1h-6z"]
    assert page.texts == ["One.", "Two!!", "Three."]


def test_several_documents_get_a_table_of_contents() -> None:
    html = render(*(annotate("A. B.", "A.", "B.", doc_id=f"doc {index}") for index in range(3)))
    assert [link["href"] for link in Reader(html).all("a") if "href" in link] == ["#d0", "#d1", "#d2"]


@pytest.mark.parametrize(
    "documents", [[], [AnnotatedDocument("empty", "", [])], [AnnotatedDocument("bare", "Text", [])]]
)
def test_a_page_without_sentences_still_renders(documents: list[AnnotatedDocument]) -> None:
    assert Reader(render(*documents, title="")).texts == [document.text for document in documents]


def test_a_lone_surrogate_does_not_make_the_page_unwritable() -> None:
    render(AnnotatedDocument("doc", "bad \udcff byte", [])).encode("utf-8")


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ([annotation("Two.", 0)], "another text"),
        ([annotation("Two.", 99)], "another text"),
        ([annotation("One.", 0), annotation("One.", 0)], "before the end"),
        ([annotation("One.", 0), annotation("e. T", 2)], "before the end"),
        ([annotation("One.", -9)], "before the end"),
        ([annotation("One.", 0, label="joke")], "'joke' is not in the label set"),
    ],
)
def test_annotations_that_do_not_fit_are_refused(annotations: list[Annotation], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        render(AnnotatedDocument("doc", "One. Two.", annotations))
