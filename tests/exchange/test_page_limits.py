"""What a page must bear, in a real browser: hostile text, small screens, paper, night, no scripts, many sentences."""

from __future__ import annotations

import pytest
from contrast import WITH_CONTRAST
from exchange.paging import HOSTILE, Open, annotation, article, hostile, rows

from toolkit.exchange.page import AnnotatedDocument, LabelView
from toolkit.records import Annotation, Sentence

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("shape", ["article", "rows"])
def test_a_hostile_document_runs_nothing(open_page: Open, shape: str) -> None:
    documents, labels = hostile(shape)
    page = open_page(*documents, labels=labels)
    for link in page.locator("#views a").all():
        link.click()
        for mark in page.locator("mark").all():
            mark.click()
            page.keyboard.press("j")
    page.locator("#views a", has_text="Text" if shape == "rows" else "Document").click()
    page.get_by_role("searchbox").fill("<svg onload=alert(1)>")
    page.locator("#hits", has_text="3 hits" if shape == "article" else "1 hit").wait_for()
    page.keyboard.press("Enter")
    page.locator(".chip").nth(5).click()
    assert page.evaluate("window.__pwned") is None
    expected = documents[0].text if shape == "article" else HOSTILE[4]
    shown = page.locator(".text").evaluate("text => text.textContent")
    assert shown == "".join("\ufffd" if c == "\0" or 0xD800 <= ord(c) < 0xE000 else c for c in expected)
    assert page.evaluate("document.querySelectorAll('script').length") == 2
    assert page.locator("img, iframe, link[rel=stylesheet], base").count() == 0


@pytest.mark.parametrize("width", [320, 375])
@pytest.mark.parametrize("documents", [[article(words=3)], [article(words=3), article("a/very/long/path" * 9)], rows()])
def test_a_phone_needs_no_sideways_scrolling(open_page: Open, documents: list[AnnotatedDocument], width: int) -> None:
    wall = "x" * 300
    documents = [*documents, AnnotatedDocument(wall, wall, [annotation(wall, wall, 0, 0)])]
    page = open_page(*documents, viewport={"width": width, "height": 700}, has_touch=True, is_mobile=True)
    for link in page.locator("#views a").all():
        link.tap()
        if page.locator("mark").count():
            page.locator("mark").first.tap()
            assert page.locator("#card").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_print_keeps_letters_and_colours_and_drops_the_controls(open_page: Open) -> None:
    page = open_page(article(sentences=2000))
    page.emulate_media(media="print")
    assert not page.locator(".tools, #search, #views, .range").filter(visible=True).count()
    mark = page.locator("mark").first
    assert mark.evaluate("mark => getComputedStyle(mark).printColorAdjust") == "exact"
    assert '"' in mark.evaluate("mark => getComputedStyle(mark, '::before').content")
    assert page.locator(".chip .name").first.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("mark").count() == 2000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_and_text_have_enough_contrast(open_page: Open, scheme: str) -> None:
    labels = [LabelView(f"{chr(65 + index)} label", "") for index in range(20)]
    text = " ".join(label.name for label in labels)
    annotations = [
        Annotation(Sentence("d", 8 * index, 8 * index + 7, label.name), "scripted", "r1", label=label.name)
        for index, label in enumerate(labels)
    ]
    page = open_page(AnnotatedDocument("d", text, annotations), labels=labels, color_scheme=scheme)
    contrasts = page.evaluate(
        "() => {"
        + WITH_CONTRAST
        + """
            return [...document.querySelectorAll("mark")].flatMap(mark => {
                const ground = paint(paper, getComputedStyle(mark).backgroundColor);
                return [contrast(paint(getComputedStyle(mark).color), ground),
                        contrast(paint(getComputedStyle(mark, "::before").color), ground)];
            });
        }"""
    )
    assert len(contrasts) == 40
    assert min(contrasts) >= 4.5


def test_without_scripts_the_page_says_so(open_page: Open) -> None:
    page = open_page(article(), java_script_enabled=False)
    assert page.get_by_text("Scripts are switched off here.").is_visible()
    assert page.get_by_role("heading", name="A page").is_visible()


def test_twenty_thousand_sentences_are_all_there_and_stay_few_elements(open_page: Open) -> None:
    page = open_page(article(sentences=20_000, words=4))
    page.wait_for_function("() => document.querySelectorAll('mark').length === 20000", timeout=120_000)
    assert page.locator(".strip svg *").count() < 100
    page.get_by_role("link", name="Sentences").click()
    assert page.locator("mark").count() < 1000
    page.locator("mark").nth(40).click()
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelectorAll('mark').length > 200")
