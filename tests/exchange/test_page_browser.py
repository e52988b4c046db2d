"""The page in a real browser. Skipped where there is no Chromium, or no playwright to drive it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from toolkit.exchange.page import AnnotatedDocument, LabelView, render_page
from toolkit.records import Annotation, Failure, Sentence

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NAMES = ("factual_claim", "opinion", "prediction", "rhetoric")
LABELS = [LabelView(name, f"About {name}.") for name in NAMES]
HOSTILE = (
    "<script>window.__pwned = 1; alert(1)</script>",
    "</script><!-- ]]> </mark></div><img src=x onerror='window.__pwned = 1'>",
    '"\' onmouseover="window.__pwned = 1" javascript:alert(1)\u2028\u2029 &lt;b&gt; {{ 7 * 7 }}',
    "<svg onload=alert(1)><style>*{display:none}</style><base href=http://example.invalid/>\r\nline\rline",
)


Open = Callable[..., "Page"]


@pytest.fixture
def open_page(open_file: Open, tmp_path: Path) -> Open:
    """Opens documents in a window of their own."""

    def open_page(*documents: AnnotatedDocument, labels: list[LabelView] = LABELS, **options: Any) -> Page:
        path = tmp_path / "page.html"
        path.write_text(
            render_page(documents, labels, title="A page", facts={"Run": "r1"}), encoding="utf-8", newline=""
        )
        return open_file(path, **options)

    return open_page


def annotation(doc_id: str, text: str, start: int, index: int) -> Annotation:
    """Labels in turn; every fifth sentence is attributed, the ninth abstained, the tenth failed."""
    sentence = Sentence(doc_id, start, start + len(text), text)
    probs = {name: 0.7 if name == NAMES[index % 4] else 0.1 for name in NAMES}
    flags: dict[str, Any] = {"attributed": index % 5 == 0, "attributed_prob": 0.9 if index % 5 == 0 else 0.2}
    if index == 9:
        return Annotation(sentence, "scripted", "r1", failure=Failure("timeout", "No answer in 60 s."))
    if index == 8:
        return Annotation(sentence, "scripted", "r1", probs=probs, abstained=True, **flags)
    return Annotation(sentence, "scripted", "r1", label=NAMES[index % 4], probs=probs, **flags)


def article(doc_id: str = "article", sentences: int = 12, words: int = 12) -> AnnotatedDocument:
    text, annotations = "A heading\n\n", []
    for index in range(sentences):
        sentence = f"Sentence {index} {'has words ' * words}and ends."
        annotations.append(annotation(doc_id, sentence, len(text), index))
        text += sentence + ("\n\n" if index % 4 == 3 else " ")
    return AnnotatedDocument(doc_id, text, annotations)


def rows(count: int = 12) -> list[AnnotatedDocument]:
    texts = [f"Row {index} is short." for index in range(count)]
    return [
        AnnotatedDocument(f"r{index}", text, [annotation(f"r{index}", text, 0, index)])
        for index, text in enumerate(texts)
    ]


def chip(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name)


def in_view(page: Page, mark: int) -> bool:
    box = page.locator("mark").nth(mark).bounding_box()
    height = page.viewport_size
    return box is not None and height is not None and 0 <= box["y"] < height["height"]


def test_labels_differ_in_colour_underline_and_letter(open_page: Open) -> None:
    page = open_page(article())
    looks = page.locator("mark").evaluate_all(
        """marks => marks.slice(0, 4).map(mark => { const style = getComputedStyle(mark); return [
            style.backgroundColor, style.textDecorationStyle, getComputedStyle(mark, "::before").content[1]] })"""
    )
    assert all(len({look[aspect] for look in looks}) == 4 for aspect in range(3))
    assert [look[2] for look in looks] == ["F", "O", "P", "R"]


def test_letters_can_be_turned_off(open_page: Open) -> None:
    page = open_page(article())
    chip(page, "Letters").click()
    assert chip(page, "Letters").get_attribute("aria-pressed") == "false"
    assert page.locator("mark").first.evaluate("mark => getComputedStyle(mark, '::before').display") == "none"


def test_text_is_shown_unchanged(open_page: Open) -> None:
    document = article()
    assert open_page(document).locator(".text").evaluate("text => text.textContent") == document.text


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["opinion"], {1, 5}),
        (["opinion", "rhetoric"], {1, 3, 5, 7, 11}),
        (["attributed"], {0, 5, 10}),
        (["opinion", "attributed"], {5}),
        (["abstained"], {8}),
        (["failed"], {9}),
    ],
)
def test_filters_dim_the_other_sentences(open_page: Open, names: list[str], kept: set[int]) -> None:
    page = open_page(article())
    for name in names:
        chip(page, name).click()
        assert chip(page, name).get_attribute("aria-pressed") == "true"
    dimmed = page.locator("mark").evaluate_all("marks => marks.map(mark => mark.classList.contains('out'))")
    assert {index for index, out in enumerate(dimmed) if not out} == kept
    assert page.get_by_role("status").inner_text() == f"{len(kept)} of 12"
    chip(page, "Show all").click()
    assert page.locator("mark.out, path.out").count() == 0


def test_filters_hide_the_other_rows(open_page: Open) -> None:
    page = open_page(*rows())
    chip(page, "prediction").click()
    assert page.locator(".row:visible .id").all_inner_texts() == ["r2", "r6", "r10"]


def test_pointing_shows_the_probabilities_and_leaving_hides_them(open_page: Open) -> None:
    document = article()
    page = open_page(document)
    card = page.get_by_label("About this sentence")
    assert card.is_hidden()
    page.locator("mark").nth(1).hover()
    assert card.locator("strong").inner_text() == "opinion"
    assert [share.inner_text() for share in card.locator(".share:visible").all()] == ["10%", "70%", "10%", "10%", "20%"]
    sentence = document.annotations[1].sentence
    assert f"Characters {sentence.start}\N{EN DASH}{sentence.end}" in card.inner_text()
    page.mouse.move(5, 5)
    assert card.is_hidden()


def test_the_card_tells_why_there_is_no_label(open_page: Open) -> None:
    page = open_page(article())
    card = page.locator("#card")
    page.locator("mark").nth(8).click()
    assert "No label was likely enough." in card.inner_text()
    page.locator("mark").nth(9).click()
    assert "timeout: No answer in 60 s." in card.inner_text()
    card.get_by_role("button", name="Close").click()
    assert card.is_hidden()


def test_a_click_on_the_strip_goes_to_the_sentence_there(open_page: Open) -> None:
    page = open_page(article(sentences=400))
    assert not in_view(page, 300)
    strip = page.locator(".strip svg")
    box = strip.bounding_box()
    assert box is not None
    strip.click(position={"x": box["width"] * 300.5 / 400, "y": 8})
    chosen = page.locator("mark.here")
    assert abs(int(chosen.inner_text().split()[1]) - 300) <= 1
    assert in_view(page, int(chosen.inner_text().split()[1]))
    assert chosen.evaluate("mark => mark === document.activeElement")
    page.wait_for_function(
        """() => {
            const [card, mark] = ["#card", "mark.here"].map(it => document.querySelector(it).getBoundingClientRect());
            return Math.abs(card.top - mark.top) < 40 && card.left > mark.right }"""
    )


def test_keys_move_between_the_sentences_that_are_not_filtered_out(open_page: Open) -> None:
    page = open_page(article())
    here = page.locator("mark.here")
    for key, expected in [("j", 0), ("j", 1), ("ArrowRight", 2), ("k", 1), ("ArrowLeft", 0)]:
        page.keyboard.press(key)
        assert here.inner_text().startswith(f"Sentence {expected} ")
        assert page.locator("#card").is_visible()
    page.keyboard.press("Escape")
    assert here.count() == 0
    assert page.locator("#card").is_hidden()
    chip(page, "rhetoric").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert here.inner_text().startswith("Sentence 7 ")


def test_tab_reaches_each_document_once(open_page: Open) -> None:
    page = open_page(article("one"), article("two"))
    page.locator(".contents a").last.focus()
    reached = []
    for _ in range(2):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert reached == ["s0-11", "s1-11"]


def test_a_link_to_a_sentence_opens_it(open_page: Open) -> None:
    page = open_page(article(sentences=200))
    target = page.locator("mark").nth(150).get_attribute("id")
    page.evaluate("id => { location.hash = id }", target)
    page.wait_for_selector("mark.here")
    assert page.locator("mark.here").get_attribute("id") == target
    assert in_view(page, 150)


@pytest.mark.parametrize("shape", ["article", "rows"])
def test_a_hostile_document_runs_nothing(open_page: Open, shape: str) -> None:
    text = "\n".join(HOSTILE) + "\0"
    annotations, cursor = [], 0
    for index, part in enumerate(HOSTILE):
        annotations.append(annotation(part, part, cursor, index))
        cursor += len(part) + 1
    documents = [AnnotatedDocument(HOSTILE[1], text, annotations)]
    if shape == "rows":
        documents = [AnnotatedDocument(part, part, [annotation(part, part, 0, 9)]) for part in HOSTILE]
    labels = [*LABELS, *(LabelView(part, part) for part in HOSTILE)]
    page = open_page(*documents, labels=labels)
    for mark in page.locator("mark").all():
        mark.click()
        page.keyboard.press("j")
    page.locator(".chip").nth(5).click()
    assert page.evaluate("window.__pwned") is None
    shown = page.locator(".text").evaluate_all("texts => texts.map(text => text.textContent)")
    assert shown == [document.text.replace("\0", "\ufffd") for document in documents]


@pytest.mark.parametrize(
    "documents", [[article(words=3), article("a/very/long/path" * 9)], rows()], ids=["prose", "rows"]
)
def test_a_phone_needs_no_sideways_scrolling(open_page: Open, documents: list[AnnotatedDocument]) -> None:
    wall = "x" * 300
    documents = [*documents, AnnotatedDocument(wall, wall, [annotation(wall, wall, 0, 0)])]
    page = open_page(*documents, viewport={"width": 375, "height": 700}, has_touch=True, is_mobile=True)
    page.locator("mark").nth(1).tap()
    assert page.locator("#card").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_print_keeps_the_colours_and_drops_the_controls(open_page: Open) -> None:
    page = open_page(article("one"), article("two"))
    page.emulate_media(media="print")
    assert page.locator(".tools").is_hidden()
    assert page.locator(".contents").is_hidden()
    assert page.locator("mark").first.evaluate("mark => getComputedStyle(mark).printColorAdjust") == "exact"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_and_text_have_enough_contrast(open_page: Open, scheme: str) -> None:
    labels = [LabelView(f"{chr(65 + index)} label", "") for index in range(12)]
    text = " ".join(label.name for label in labels)
    annotations = [
        Annotation(Sentence("d", 8 * index, 8 * index + 7, label.name), "scripted", "r1", label=label.name)
        for index, label in enumerate(labels)
    ]
    page = open_page(AnnotatedDocument("d", text, annotations), labels=labels, color_scheme=scheme)
    contrasts = page.evaluate(
        """() => {
            const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const paint = (...colours) => {
                for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
                const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map(value => value / 255)
                    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const paper = getComputedStyle(document.documentElement).backgroundColor;
            const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            return [...document.querySelectorAll("mark")].flatMap(mark => {
                const ground = paint(paper, getComputedStyle(mark).backgroundColor);
                return [contrast(paint(getComputedStyle(mark).color), ground),
                        contrast(paint(getComputedStyle(mark, "::before").color), ground)];
            });
        }"""
    )
    assert len(contrasts) == 24
    assert min(contrasts) >= 4.5


def test_without_scripts_the_coloured_text_is_still_there(open_page: Open) -> None:
    page = open_page(article(), java_script_enabled=False)
    assert page.locator("mark:visible").count() == 12
    assert page.locator(".tools").is_hidden()


def test_twenty_thousand_sentences_stay_usable(open_page: Open) -> None:
    page = open_page(article(sentences=20_000, words=4))
    milliseconds = page.evaluate(
        "() => { const start = performance.now(); document.querySelector('.chip').click();"
        " document.body.offsetHeight; return performance.now() - start }"
    )
    assert milliseconds < 3000
    assert page.locator("svg *").count() < 100
