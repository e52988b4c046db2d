"""The columns that the script of the page reads."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.exchange.page_data import payload
from toolkit.exchange.views import AnnotatedDocument, Comparison, LabelView
from toolkit.records import Annotation, Failure, Kind, Sentence

NAMES = ("factual_claim", "opinion", "prediction", "rhetoric")
CLAIMS = [LabelView(name, f"About {name}.") for name in NAMES]


def annotation(text: str, start: int = 0, *, kind: Kind = "sentence", **fields: Any) -> Annotation:
    return Annotation(Sentence("doc", start, start + len(text), text, kind), "scripted", "r1", **fields)


def data(*documents: AnnotatedDocument, labels: list[LabelView] = CLAIMS, **options: Any) -> dict[str, Any]:
    return payload(documents, labels, facts={}, **options)


def test_a_sentence_is_told_in_columns() -> None:
    document = AnnotatedDocument(
        "doc",
        "Head A. B. C. D.",
        [
            annotation("Head", 0, kind="heading"),
            annotation("A.", 5, label="rhetoric", probs={"opinion": 0.1, "rhetoric": 0.9}, attributed=True),
            annotation("B.", 8, label="opinion", attributed=False, attributed_prob=0.125, rationale="Because."),
            annotation("C.", 11, abstained=True, label_set=("opinion", "factual_claim")),
            annotation("D.", 14, failure=Failure("refused", "No.")),
        ],
    )
    assert data(document)["documents"] == [
        {
            "id": "doc",
            "text": "Head A. B. C. D.",
            "own": {
                "s": [0, 5, 8, 11, 14],
                "e": [4, 7, 10, 13, 16],
                "k": [-1, 3, 1, 4, 5],
                "a": [-1, 1, 0, -1, -1],
                "q": [-1, -1, 125, -1, -1],
                "p": [0, [-1, 100, -1, 900], 0, 0, 0],
                "u": {0: "heading"},
                "r": {2: "Because."},
                "n": {3: "opinion, factual claim"},
                "f": {4: "refused: No."},
            },
        }
    ]


def test_the_other_side_is_told_beside_it() -> None:
    document = AnnotatedDocument(
        "doc",
        "A. B. C.",
        [annotation("A.", 0, label="opinion"), annotation("B.", 3, label="opinion")],
        answers=[annotation("A.", 0, label="rhetoric"), None],
        extra=[annotation("C.", 6, label="prediction")],
    )
    found = data(document, comparison=Comparison("one", "two", "gold", {"id": 1}, [annotation("Z.", label="opinion")]))
    assert found["documents"][0]["other"]["k"] == [3, -2]
    assert found["documents"][0]["extra"]["k"] == [2]
    assert found["against"] == {
        "own": "one", "other": "two", "gold": True, "joined": {"id": 1}, "loose": [["doc", "Z.", 1]],
    }  # fmt: skip


def test_as_many_answers_as_annotations() -> None:
    document = AnnotatedDocument("doc", "A.", [annotation("A.")], answers=[None, None])
    with pytest.raises(ValueError, match="2 answers for 1 annotations"):
        data(document, comparison=Comparison("one", "two", "run"))


def test_claims_labels_keep_their_colours_and_others_take_what_is_left() -> None:
    labels = [LabelView(name, "") for name in ("rhetoric", "request", "factual_claim", "remark")]
    looks = data(labels=labels)["labels"][:4]
    assert [look["css"] for look in looks] == ["c3 u3", "c1 u1", "c0 u0", "c2 u2"]
    assert [look["letter"] for look in looks] == ["R", "E", "F", "M"]


@pytest.mark.parametrize(
    "names",
    [
        [f"label {number}" for number in range(20)],
        ["?", "!", "", "1", "2", "..", "3 ", " "],
        ["ß", "ss", "s", "\N{HIRAGANA LETTER A}", "\N{HIRAGANA LETTER A}x", "\N{GRINNING FACE}"],
    ],
)
def test_labels_of_any_name_are_told_apart_by_letter_and_by_colour(names: list[str]) -> None:
    looks = data(labels=[LabelView(name, "") for name in names])["labels"]
    assert len({look["letter"] for look in looks}) == len({look["css"] for look in looks}) == len(names) + 2
    assert all(look["letter"] for look in looks)


@pytest.mark.parametrize(("long", "rows"), [(1, True), (2, False), (3, False)])
def test_single_annotations_make_a_page_of_rows(long: int, rows: bool) -> None:
    short = AnnotatedDocument("doc", "A.", [annotation("A.", label="opinion")])
    two = [annotation("A.", label="opinion"), annotation("B.", 3, label="opinion")]
    documents = [short, short, short] + [AnnotatedDocument("doc", "A. B.", two)] * long
    assert data(*documents)["rows"] is rows


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
@pytest.mark.parametrize("side", ["annotations", "extra"])
def test_annotations_that_do_not_fit_are_refused(annotations: list[Annotation], message: str, side: str) -> None:
    document = AnnotatedDocument("doc", "One. Two.", **({"annotations": []} | {side: annotations}))
    with pytest.raises(ValueError, match=message):
        data(document, comparison=Comparison("one", "two", "run"))
