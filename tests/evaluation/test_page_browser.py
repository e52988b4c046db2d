"""The page of an evaluation in a real browser. Skipped where there is no Chromium, or no playwright to drive it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from contrast import WITH_CONTRAST
from results_folder import write_results, wrong
from support import ROOT

from toolkit.evaluation import page

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

Open = Callable[..., "Page"]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
HOSTILE = (
    "<script>window.__pwned = 1; alert(1)</script>",
    "</script><!-- ]]> </li></div><img src=x onerror='window.__pwned = 1'>",
    '"\' onmouseover="window.__pwned = 1" \u202edesrever\u202c\u2028 &lt;b&gt; {{ 7 * 7 }}',
)


@pytest.fixture
def open_results(open_file: Open, tmp_path: Path) -> Open:
    """Opens the page of a results folder; options of the window are given as ``window``."""

    def open_results(window: dict[str, Any] | None = None, **options: Any) -> Page:
        folder = write_results(tmp_path / "results", **options)
        return open_file(page.write(folder), **(window or {}))

    return open_results


def column(table: Locator, number: int) -> list[str]:
    return [str(text) for text in table.locator(f"tbody tr > :nth-child({number})").all_inner_texts()]


def ids(page: Page) -> list[str]:
    """The rows on screen, as ``<set>-<number>``."""
    return [line.split(" · ")[1] for line in page.locator("#wrong .facts-line").all_inner_texts()]


def choose(page: Page, **fields: str) -> None:
    for name, label in fields.items():
        page.locator(f"select[name={name}]").select_option(label=label)


def test_a_heading_sorts_its_table_and_another_click_turns_it_round(open_results: Open) -> None:
    table = open_results(gold=["news"]).locator("#leaderboard table").first
    score = table.get_by_role("button", name="macro-F1")
    assert column(table, 2) == ["good", "fair", "poor"]
    score.click()
    score.click()
    heading = score.locator("xpath=..")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert column(table, 2) == ["poor", "fair", "good"]
    score.click()
    assert heading.get_attribute("aria-sort") == "descending"
    table.get_by_role("button", name="backend").click()
    assert column(table, 2) == ["fair", "good", "poor"]
    assert table.locator("[aria-sort]").count() == 1


def test_figures_that_there_are_not_stay_last(open_results: Open) -> None:
    table = open_results(gold=["news"]).locator("#abstaining table")
    for _ in range(2):
        table.get_by_role("button", name="99 % right").click()
        assert set(column(table, 4)) == {"–"}


def test_the_error_browser_starts_with_the_best_backend(open_results: Open) -> None:
    page = open_results(gold=["news"])
    assert sorted(ids(page)) == sorted(f"news-{at}" for at in [*wrong("good"), 10, 20])
    assert (
        page.get_by_role("status").inner_text() == f"1–{len(wrong('good')) + 2} of {len(wrong('good')) + 2} wrong rows"
    )


def test_filters_narrow_the_rows_down(open_results: Open) -> None:
    page = open_results()
    choose(page, backend="poor", set="talks")
    assert {one.split("-")[0] for one in ids(page)} == {"talks"}
    assert page.locator("#wrong .who").first.inner_text() == "poor"
    choose(page, **{"from": "opinion", "to": "prediction"})
    assert set(page.locator("#wrong .verdict").all_inner_texts()) == {"opinion → prediction"}
    choose(page, to="rhetoric")
    assert page.locator("#wrong li").count() == 0
    assert page.get_by_role("status").inner_text().startswith("None of ")
    page.get_by_role("button", name="Show all").click()
    total = 2 * sum(len(wrong(name)) for name in ("good", "fair", "poor")) + 4
    assert page.get_by_role("status").inner_text() == f"1–20 of {total} wrong rows"


@pytest.mark.parametrize(("kind", "row"), [("abstained", "news-10"), ("failed", "news-20")])
def test_rows_without_an_answer_are_found_too(open_results: Open, kind: str, row: str) -> None:
    page = open_results(gold=["news"])
    choose(page, to=kind)
    assert ids(page) == [row]
    assert kind in page.locator("#wrong .verdict").inner_text()
    assert ("No answer in 60 s." in page.locator("#wrong").inner_text()) == (kind == "failed")


def test_words_and_ids_can_be_searched(open_results: Open) -> None:
    page = open_results(gold=["news"])
    for typed, found in (("SENTENCE 11 ", "news-11"), ("news-16", "news-16")):
        page.get_by_label("Find").fill(typed)
        page.locator(".facts-line", has_text=found).wait_for()
        page.locator("#wrong > li").nth(1).wait_for(state="detached")
        assert ids(page) == [found]


def test_a_row_shows_its_probabilities_as_bars(open_results: Open) -> None:
    row = open_results(gold=["news"]).locator("#wrong > li").first
    assert row.locator(".probs .share").all_inner_texts() == ["70 %", "10 %", "10 %", "10 %"]
    widths = row.locator(".track span").evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().width)")
    assert widths[0] > 6 * widths[1] > 0
    assert row.locator(".is-gold .name").inner_text() == row.locator(".verdict .gold").inner_text()


def test_a_number_of_the_confusion_matrix_opens_its_sentences(open_results: Open) -> None:
    page = open_results()
    button = page.locator('.heat button[data-who="poor"][data-gold="talks"]').first
    expected = int(button.inner_text())
    button.click()
    assert page.locator("#wrong > li").count() == expected
    assert {one.split("-")[0] for one in ids(page)} == {"talks"}
    page.locator('.heat button[data-who="good"][data-to="-1"]').first.click()
    assert page.locator("#wrong .verdict .none").count() == page.locator("#wrong > li").count() == 1


def test_pages_are_turned(open_results: Open) -> None:
    page = open_results(gold=["news"], rows=200)
    choose(page, backend="poor", order="as in the gold set")
    forth, back = page.locator("#next"), page.locator("#back")
    assert back.is_disabled()
    first = ids(page)
    forth.click()
    assert set(first).isdisjoint(ids(page))
    assert page.get_by_role("status").inner_text() == "21–40 of 100 wrong rows"
    for _ in range(3):
        forth.click()
    assert forth.is_disabled()
    back.click()
    assert page.get_by_role("status").inner_text() == "61–80 of 100 wrong rows"


def test_all_of_it_works_by_keyboard(open_results: Open) -> None:
    page = open_results(gold=["news"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    heading = page.locator("#leaderboard").get_by_role("button", name="n", exact=True)
    heading.focus()
    page.keyboard.press("Enter")
    assert page.locator("#leaderboard [aria-sort]").count() == 1
    summary = page.locator("#labels summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#labels details table").is_visible()
    page.locator(".heat button").first.focus()
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.name") == "backend"


def test_hostile_text_is_shown_and_runs_nothing(open_results: Open) -> None:
    page = open_results(gold=["news"], texts=list(HOSTILE) * 10, rows=30, name=HOSTILE[1])
    choose(page, backend="poor")
    assert page.evaluate("window.__pwned") is None
    shown = page.locator("#wrong .quote").evaluate_all("quotes => quotes.map(quote => quote.textContent)")
    named = HOSTILE[2].replace("\u202e", "U+202E").replace("\u202c", "U+202C")
    assert set(shown) == {*HOSTILE[:2], named}
    assert HOSTILE[1] in page.locator(".eyebrow").inner_text()


def test_ids_stand_where_text_was_not_kept(open_results: Open) -> None:
    page = open_results(gold=["news"], keep_text=False)
    assert set(page.locator("#wrong .quote").all_inner_texts()) == set(ids(page))


@pytest.mark.parametrize("size", [4, 12])
def test_a_phone_needs_no_sideways_scrolling(open_results: Open, size: int) -> None:
    classes = [f"a_rather_long_label_{at}" for at in range(size)]
    texts = ["x" * 400, "https://example.invalid/" + "a" * 300]
    page = open_results(PHONE, gold=["news", "a-gold-set-with-a-very-long-name" * 3], classes=classes, texts=texts)
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    text = page.locator("#overview .row .name").first.bounding_box()
    assert text is not None
    assert text["x"] >= 0


def test_the_first_screen_of_a_phone_has_the_verdict_and_the_picture(open_results: Open) -> None:
    page = open_results(PHONE, gold=["news"])
    for place in ("h1", "#overview .dot"):
        box = page.locator(place).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 740


def test_print_has_no_controls(open_results: Open) -> None:
    page = open_results(gold=["news"])
    page.emulate_media(media="print")
    for control in (".rail", ".filters", "#next"):
        assert page.locator(control).is_hidden()
    assert page.locator("#overview .dot").first.evaluate("dot => getComputedStyle(dot).printColorAdjust") == "exact"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"


CONTRAST = (
    "() => {"
    + WITH_CONTRAST
    + """
    const found = {};
    for (const element of document.querySelectorAll(
        "h1, .sure, .soft, small, .note, .row .name, .figure, td, th, .quote, .facts-line, .verdict span, svg text")) {
        const style = getComputedStyle(element), cell = element.closest("td");
        const ground = paint(paper, cell ? getComputedStyle(cell).backgroundColor : "transparent");
        const ink = paint(element.matches("svg *") ? style.fill : style.color);
        const ratio = contrast(ink, ground);
        const key = element.tagName + "." + element.className.toString() + (cell ? " in " + cell.className : "");
        found[key] = Math.min(found[key] ?? 99, ratio);
    }
    return found;
}"""
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(open_results: Open, scheme: str) -> None:
    page = open_results({"color_scheme": scheme}, gold=["news"])
    contrasts = page.evaluate(CONTRAST)
    assert len(contrasts) > 20
    assert {name: ratio for name, ratio in contrasts.items() if ratio < 4.5} == {}


def test_without_scripts_everything_but_the_browser_of_errors_is_there(open_results: Open) -> None:
    page = open_results({"java_script_enabled": False}, gold=["news"])
    assert page.locator("#leaderboard table").first.is_visible()
    assert page.locator(".filters").is_hidden()
    assert page.get_by_text("Browsing the wrong rows needs scripts").is_visible()


@pytest.mark.parametrize(("version", "dots"), [("v1", 2), ("v2", 2)])
def test_results_of_real_runs_open(open_file: Open, tmp_path: Path, version: str, dots: int) -> None:
    opened = open_file(page.write(ROOT / "tests" / "old_results" / version, tmp_path / "page.html"))
    assert opened.locator("#overview .row:not(.people) .dot").count() == dots
    assert (opened.locator("#wrong > li").count() > 0) == (version == "v2")


def test_twenty_thousand_rows_stay_usable(open_results: Open) -> None:
    page = open_results(gold=["news"], rows=20_000)
    milliseconds = page.evaluate(
        "() => { const start = performance.now(); const form = document.querySelector('.filters');"
        " form.elements.backend.value = ''; form.elements.find.value = 'sentence 1';"
        " form.dispatchEvent(new Event('input')); return new Promise(done => setTimeout(() =>"
        " { document.body.offsetHeight; done(performance.now() - start) }, 0)) }"
    )
    assert milliseconds < 2000
    assert page.locator("#wrong > li").count() == 20
    assert page.locator("*").count() < 5000
