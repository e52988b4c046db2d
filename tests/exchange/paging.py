"""Documents to make pages of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.exchange.page import AnnotatedDocument, LabelView, render_page
from toolkit.records import Annotation, Failure, Sentence

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]

NAMES = ("factual_claim", "opinion", "prediction", "rhetoric")
LABELS = [LabelView(name, f"About {name}.") for name in NAMES]
HOSTILE = (
    "<script>window.__pwned = 1; alert(1)</script>",
    "</script><!-- ]]> </mark></div><img src=x onerror='window.__pwned = 1'>",
    "<!--<script>\u202eevil\u202c {{ 7 * 7 }} ${window.__pwned = 1} </style>",
    '"\' onmouseover="window.__pwned = 1" javascript:alert(1)\u2028\u2029 &lt;b&gt; {{ 7 * 7 }}',
    "<svg onload=alert(1)><style>*{display:none}</style><base href=http://example.invalid/>\r\nline\rline",
    '<a href="javascript:alert(1)">x</a><iframe src=http://example.invalid></iframe><link rel=stylesheet href=//x.in>',
    "\u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0633\u0644\u0627\u0645 \u2067\u202e(1) \u200f",
    "\N{GRINNING FACE}\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL} e\u0301\u0300\u0323\u0330 Z\u0351\u036b",
    f"a\0b{chr(0xD83D)}c{chr(0xDE00)}d",
)


def annotation(doc_id: str, text: str, start: int, index: int, **changes: Any) -> Annotation:
    """Labels in turn; every fifth sentence is attributed, the ninth abstained, the tenth failed."""
    sentence = Sentence(doc_id, start, start + len(text), text)
    probs = {name: 0.7 if name == NAMES[index % 4] else 0.1 for name in NAMES}
    flags: dict[str, Any] = {"attributed": index % 5 == 0, "attributed_prob": 0.9 if index % 5 == 0 else 0.2}
    if index == 9:
        return Annotation(sentence, "scripted", "r1", failure=Failure("timeout", "No answer in 60 s."))
    if index == 8:
        return Annotation(sentence, "scripted", "r1", probs=probs, abstained=True, **flags)
    return Annotation(sentence, "scripted", "r1", **({"label": NAMES[index % 4], "probs": probs} | flags | changes))


def article(doc_id: str = "article", sentences: int = 12, words: int = 12, **facts: Any) -> AnnotatedDocument:
    text, annotations = "A heading\n\n", []
    for index in range(sentences):
        sentence = f"Sentence {index} {'has words ' * words}and ends."
        annotations.append(annotation(doc_id, sentence, len(text), index))
        text += sentence + ("\n\n" if index % 4 == 3 else " ")
    return AnnotatedDocument(doc_id, text, annotations, **facts)


def rows(count: int = 12) -> list[AnnotatedDocument]:
    texts = [f"Row {index} is short." for index in range(count)]
    return [
        AnnotatedDocument(f"r{index}", text, [annotation(f"r{index}", text, 0, index)])
        for index, text in enumerate(texts)
    ]


def hostile(shape: str = "article") -> tuple[list[AnnotatedDocument], list[LabelView]]:
    """Documents full of markup and script, and labels of the same kind."""
    labels = [*LABELS, *(LabelView(part, part) for part in HOSTILE)]
    names = [label.name for label in labels]
    remarks = [{"label": names[4 + number], "rationale": part, "probs": {}} for number, part in enumerate(HOSTILE)]
    if shape == "rows":
        return [
            AnnotatedDocument(f"{number}{part}", part, [annotation(part, part, 0, 11, **remarks[number])], group=part)
            for number, part in enumerate(HOSTILE)
        ], labels
    annotations, cursor = [], 0
    for number, part in enumerate(HOSTILE):
        annotations.append(annotation(part, part, cursor, 11, **remarks[number]))
        cursor += len(part) + 1
    text = "\n".join(HOSTILE) + "\0"
    documents = [
        AnnotatedDocument(f"{shape}{part}", text, annotations, group=part, date="2020") for part in HOSTILE[:3]
    ]
    return documents, labels


def write(path: Path, *documents: AnnotatedDocument, labels: list[LabelView] = LABELS, **options: Any) -> Path:
    html = render_page(documents, labels, title="A page", facts={"Run": "r1"}, **options)
    path.write_text(html, encoding="utf-8", newline="")
    return path


def sentence(page: Page, index: int) -> Any:
    """A sentence by its number in the page."""
    return page.locator(f'mark[data-i="{index}"]').first
