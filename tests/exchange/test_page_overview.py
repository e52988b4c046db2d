"""Several documents, two sides, and barriers, in a real browser. Skipped where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from exchange.paging import NAMES, Open, annotation, article, hostile, rows, sentence, write

from toolkit.exchange.page import AnnotatedDocument, Comparison

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(open_file: Open, tmp_path: Path) -> Open:
    """Opens documents in a window of their own, with what the page is told beside them."""

    def open_page(*documents: AnnotatedDocument, window: dict[str, Any] | None = None, **options: Any) -> Page:
        return open_file(write(tmp_path / "page.html", *documents, **options), **(window or {}))

    return open_page


def corpus() -> list[AnnotatedDocument]:
    return [
        article("b/long", 40, group="b", date="2021-03-01"),
        article("a/short", 4, group="a", date="2023-11-30"),
        article("a/none", 0, group="a"),
    ]


def compared(kind: Any = "run") -> tuple[AnnotatedDocument, Comparison]:
    """Twelve sentences: the other side says opinion to all but the third, which it does not know, and has one more."""
    document = article()
    answers = [
        None if index == 2 else replace(unit, label="opinion", failure=None, abstained=False, probs={"opinion": 1.0})
        for index, unit in enumerate(document.annotations)
    ]
    extra = annotation("article", "A heading", 0, 3)
    loose = [annotation("elsewhere", "Nobody knows.", 0, 1)]
    return replace(document, answers=answers, extra=[extra]), Comparison("mine", "theirs", kind, {"id": 11}, loose)


def cells(page: Page, table: str) -> list[list[str]]:
    return [  # type: ignore[no-any-return]
        [" ".join(cell.split()) for cell in row]
        for row in page.get_by_role("region", name=table)
        .locator("tbody tr")
        .evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.textContent))")
    ]


def documents(page: Page) -> list[str]:
    return [row[0] for row in cells(page, "Table of documents")]


def test_several_documents_begin_with_a_list_of_them(open_page: Open) -> None:
    page = open_page(*corpus(), grouped_by="folder", dated_by="published")
    assert documents(page) == ["b/long", "a/short", "a/none"]
    assert [row[3] for row in cells(page, "Table of documents")] == ["40", "4", "0"]
    page.get_by_role("link", name="a/short").first.click()
    assert page.locator("h2").first.inner_text() == "a/short"
    assert page.locator("mark").count() == 4
    assert page.locator("h2").first.evaluate("heading => heading === document.activeElement")
    page.wait_for_url("**#view=read&doc=a%2Fshort")
    page.go_back()
    assert documents(page) == ["b/long", "a/short", "a/none"]
    page.go_forward()
    page.keyboard.press("[")
    assert page.locator("h2").first.inner_text() == "b/long"


def test_documents_are_found_and_sorted(open_page: Open) -> None:
    page = open_page(*corpus(), grouped_by="folder", dated_by="published")
    for heading, expected in [
        ("Name", ["a/none", "a/short", "b/long"]),
        ("Sentences", ["b/long", "a/short", "a/none"]),
        ("Sentences", ["a/none", "a/short", "b/long"]),
        ("Date", ["a/none", "b/long", "a/short"]),
    ]:
        page.get_by_role("region", name="Table of documents").get_by_role("button", name=heading).click()
        assert documents(page) == expected
    assert page.locator("[aria-sort]").get_attribute("aria-sort") == "ascending"
    page.get_by_role("searchbox", name="Find a document").fill("SHORT")
    page.wait_for_url("**#find=SHORT&sort=date")
    assert documents(page) == ["a/short"]
    page.reload()
    assert documents(page) == ["a/short"]
    assert page.locator("#found").inner_text() == "1 of 3"


def test_search_and_filters_reach_all_documents(open_page: Open) -> None:
    page = open_page(*corpus())
    page.get_by_role("searchbox", name="Search the text").fill("sentence 3")
    page.get_by_text("12 hits in 2 documents").wait_for()
    assert documents(page) == ["b/long", "a/short"]
    page.get_by_role("button", name="rhetoric").click()
    assert page.locator("#hits").inner_text() == "5 hits in 2 documents"
    page.get_by_role("link", name="Sentences").click()
    assert page.locator("#list-name").inner_text() == "5 of 44 sentences"
    assert page.locator(".row mark").first.inner_text().startswith("Sentence 3 ")
    page.locator(".row .id a").last.click()
    assert page.locator("h2").first.inner_text() == "a/short"
    assert page.locator("mark.here").inner_text().startswith("Sentence 3 ")


def test_hits_lead_from_one_document_to_the_next(open_page: Open) -> None:
    page = open_page(*corpus())
    page.get_by_role("searchbox", name="Search the text").fill("sentence 3 has")
    page.get_by_text("2 hits in 2 documents").wait_for()
    page.keyboard.press("Enter")
    assert page.locator("h2").first.inner_text() == "b/long"
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert page.locator("h2").first.inner_text() == "a/short"
    assert page.locator("#hits").inner_text() == "2 of 2 hits in 2 documents"


def test_labels_are_counted_by_group_and_over_time(open_page: Open) -> None:
    page = open_page(*corpus(), grouped_by="folder", dated_by="published")
    by_folder = cells(page, "Labels by folder")
    assert [row[:3] for row in by_folder] == [["b", "1", "40"], ["a", "2", "4"]]
    assert by_folder[1][4:] == ["25%"] * 4 + ["0%"] * 2
    months = cells(page, "Labels by month")
    assert (months[0][:2], months[-1][:2], len(months)) == (["Mar 2021", "40"], ["Nov 2023", "4"], 33)
    assert page.get_by_role("img", name="Sentences by month, from Mar 2021 to Nov 2023").is_visible()
    assert "1 document without a date is not shown" in page.locator("main").inner_text()
    page.get_by_role("button", name="opinion").click()
    assert [row[2] for row in cells(page, "Labels by folder")] == ["9", "1"]
    page.get_by_role("region", name="Labels by folder").get_by_role("button", name="b").click()
    assert documents(page) == ["b/long"]


@pytest.mark.parametrize(
    ("dates", "unit", "first"),
    [
        (["2024-02-28", "2024-03-01"], "day", "2024-02-28"),
        (["2024-01-01", "2024-11-01"], "week", "2024-01-01"),
        (["2024-01", "2024-02-11"], "month", "Jan 2024"),
        (["2015-05-05", "2024-02-11"], "quarter", "2015 Q2"),
        (["2015", "2024-02-11"], "year", "2015"),
        (["1815", "2024-02-11"], "decade", "1810s"),
    ],
)
def test_time_is_cut_as_finely_as_can_be_seen(open_page: Open, dates: list[str], unit: str, first: str) -> None:
    page = open_page(*(article(date, 2, date=date) for date in dates), dated_by="date")
    assert cells(page, f"Labels by {unit}")[0][:2] == [first, "2"]


def test_rows_of_a_table_are_a_list(open_page: Open) -> None:
    page = open_page(*rows())
    assert page.locator(".row .id").all_inner_texts() == [f"r{index}" for index in range(12)]
    page.get_by_role("button", name="prediction").click()
    assert page.locator(".row .id").all_inner_texts() == ["r2", "r6", "r10"]
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".row.here .id").inner_text() == "r6"
    page.wait_for_url("**doc=r6&at=0&label=prediction")
    page.reload()
    assert page.locator(".row.here .id").inner_text() == "r6"


def test_two_sides_are_merged_and_their_differences_marked(open_page: Open) -> None:
    document, comparison = compared()
    page = open_page(document, comparison=comparison)
    marks = page.locator("mark").evaluate_all(
        "marks => marks.map(mark => [mark.dataset.m, mark.className.split(' ').at(-1)])"
    )
    assert marks[:5] == [["R−", "alone"], ["F”/O", "differs"], ["O", "u1"], ["P+", "alone"], ["R/O", "differs"]]
    page.get_by_role("button", name="differences").click()
    assert page.locator("#status").inner_text() == "9 of 13"
    page.keyboard.press("d")
    assert page.locator("mark.here").get_attribute("data-m") == "F”/O"
    told = page.locator("#card").inner_text()
    assert all(part in told for part in ("mine", "factual claim", "theirs", "opinion", "70% / –", "10% / 100%"))
    page.wait_for_url("**only=differences")


def test_a_side_without_probabilities_tells_its_flag_alone(open_page: Open) -> None:
    document, comparison = compared("gold")
    answers = [
        answer and replace(answer, probs={}, attributed=True, attributed_prob=None) for answer in document.answers
    ]
    page = open_page(replace(document, answers=answers), comparison=comparison)
    sentence(page, 1).click()
    shares = page.locator("#card .share").all_inner_texts()
    assert shares == ["70%", "10%", "10%", "10%", "90% / yes"]


def test_two_sides_side_by_side(open_page: Open) -> None:
    document, comparison = compared()
    page = open_page(document, comparison=comparison)
    page.get_by_role("button", name="Side by side").click()
    texts = page.locator(".pair").evaluate_all(
        "pairs => pairs.map(pair => [...pair.children].map(side => side.textContent))"
    )
    assert all(left == right for left, right in texts)
    assert "".join(left for left, _ in texts) == document.text
    left, right = (page.locator(f".pair > p:nth-child({side}) mark") for side in (1, 2))
    assert (left.count(), right.count()) == (12, 12)
    assert {letter[0] for letter in right.evaluate_all("marks => marks.slice(1).map(mark => mark.dataset.m)")} == {"O"}
    sentence(page, 4).click()
    assert page.locator("mark.here").count() == 2


@pytest.mark.parametrize(("kind", "heading"), [("run", "mine against theirs"), ("gold", "mine and theirs")])
def test_what_is_taken_for_what(open_page: Open, kind: str, heading: str) -> None:
    document, comparison = compared(kind)
    page = open_page(document, comparison=comparison)
    page.get_by_role("link", name="Overview").click()
    assert page.locator("h2").first.inner_text() == heading
    table = cells(page, "What is taken for what")
    found = {row[0].split(" ", 1)[1]: row[2] for row in table}
    assert found == {
        "factual claim": "2",
        "opinion": "2",
        "prediction": "2",
        "rhetoric": "3",
        "abstained": "1",
        "failed": "1",
    }
    figures = page.locator(".figures").inner_text()
    for told in ("joined: 11 by id", "2 (18%)", "9", "without a place here"):
        assert told in figures
    page.get_by_text("1 sentence of theirs without a place").click()
    assert page.get_by_text("Nobody knows.").is_visible()
    page.get_by_role("button", name="3: rhetoric by mine, opinion by theirs").click()
    assert page.locator(".row").count() == 3
    page.wait_for_url("**#view=list&pair=rhetoric%7Eopinion")


def test_sentences_cut_differently_are_shown_side_by_side_alone(open_page: Open) -> None:
    text = "One and two. Three."
    document = AnnotatedDocument(
        "d", text, [annotation("d", "One and two.", 0, 0), annotation("d", "Three.", 13, 1)],
        answers=[None, annotation("d", "Three.", 13, 2)],
        extra=[annotation("d", "One", 0, 2), annotation("d", "and two.", 4, 2)],
    )  # fmt: skip
    page = open_page(document, comparison=Comparison("mine", "theirs", "run"))
    assert page.locator("mark").all_inner_texts() == ["One and two.", "Three."]
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("mark.here").inner_text() == "Three."
    page.get_by_role("button", name="Side by side").click()
    assert page.locator(".pair > p:nth-child(2) mark").all_inner_texts() == ["One", "and two.", "Three."]


VIEWS = ["overview", "read", "list"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_there_are_no_barriers_that_axe_finds(open_page: Open, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    other, comparison = compared()
    plain = [replace(one, answers=[None] * len(one.annotations)) for one in corpus()]
    documents = [*plain, replace(other, date="2024-01-02")]
    options: dict[str, Any] = {"comparison": comparison, "grouped_by": "folder", "dated_by": "on"}
    page = open_page(*documents, window={"color_scheme": scheme}, **options)
    for view in [
        *VIEWS,
        "read&doc=article&show=sides",
        "read&doc=article&at=11&label=opinion&q=words",
        "overview&only=differences",
    ]:
        page.evaluate("hash => { location.hash = hash }", f"view={view}")
        page.wait_for_timeout(300)
        found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert axe.Axe().run(page).violations_count == 0


def test_a_hostile_comparison_runs_nothing(open_page: Open) -> None:
    documents, labels = hostile()
    documents = [replace(one, answers=[replace(unit, label=NAMES[0]) for unit in one.annotations]) for one in documents]
    evil = documents[0].text
    loose = [annotation(evil, evil, 0, 1)]
    page = open_page(
        *documents, labels=labels, grouped_by=evil, dated_by=evil, comparison=Comparison(evil, evil, "gold", {}, loose)
    )
    for link in page.locator("#views a").all():
        link.click()
    page.locator("#views a").first.click()
    page.get_by_text("1 sentence of").click()
    for one in page.locator(".sort").all():
        one.click()
    page.locator(".cell button").first.click()
    page.locator("mark").first.click()
    assert page.evaluate("window.__pwned") is None
    assert page.evaluate("document.querySelectorAll('script').length") == 2


def test_twenty_labels_of_any_name(open_page: Open) -> None:
    from toolkit.exchange.page import LabelView

    labels = [
        LabelView(name, "") for name in ("", " ", "a b", "__proto__", "constructor", "toString", *map(str, range(14)))
    ]
    text = " ".join("x." for _ in labels)
    units = [
        annotation("d", "x.", 3 * n, 11, label=label.name, probs={label.name: 1.0}) for n, label in enumerate(labels)
    ]
    page = open_page(AnnotatedDocument("d", text, units), labels=labels)
    letters = page.locator("mark").evaluate_all("marks => marks.map(mark => mark.dataset.m)")
    assert len(set(letters)) == 20
    page.locator(".chip", has_text="constructor").click()
    page.wait_for_url("**#label=constructor")
    assert page.locator("mark:not(.out)").count() == 1
