"""Reading a document in a real browser. Skipped where there is no Chromium, or no playwright to drive it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from exchange.paging import Open, annotation, article, sentence

from toolkit.exchange.page import AnnotatedDocument

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name)


def in_view(page: Page, index: int) -> bool:
    box = sentence(page, index).bounding_box()
    height = page.viewport_size
    return box is not None and height is not None and 0 <= box["y"] < height["height"]


def here(page: Page) -> str:
    return str(page.locator("mark.here").first.inner_text())


def test_labels_differ_in_colour_underline_and_letter(open_page: Open) -> None:
    page = open_page(article())
    looks = page.locator("mark").evaluate_all(
        """marks => marks.slice(0, 4).map(mark => { const style = getComputedStyle(mark); return [
            style.backgroundColor, style.textDecorationStyle, mark.dataset.m[0]] })"""
    )
    assert all(len({look[aspect] for look in looks}) == 4 for aspect in range(3))
    assert [look[2] for look in looks] == ["F", "O", "P", "R"]


def test_a_screen_reader_is_told_the_label(open_page: Open) -> None:
    page = open_page(article())
    told = page.locator("mark").evaluate_all(
        "marks => marks.map(mark => mark.getAttribute('aria-describedby').split(' ')"
        ".map(id => document.getElementById(id).textContent))"
    )
    assert told[:2] == [["factual claim", "attributed"], ["opinion"]]
    assert told[8:10] == [["abstained"], ["failed"]]


def test_letters_can_be_turned_off(open_page: Open) -> None:
    page = open_page(article())
    button(page, "Letters").click()
    assert button(page, "Letters").get_attribute("aria-pressed") == "false"
    assert page.locator("mark").first.evaluate("mark => getComputedStyle(mark, '::before').display") == "none"


@pytest.mark.parametrize(
    "text",
    [
        "# Head\n\n  By A. B.\n\nOne. Two.\n- Three.\n\n\n\nEnd",
        "\n\nOne.\tTwo.\r\n\r\nThree.\r",
        "\N{GRINNING FACE} One.\N{NO-BREAK SPACE}\N{GRINNING FACE}Two.\x0b\x1f Three. \N{HEBREW LETTER ALEF}",
    ],
)
def test_text_is_shown_unchanged(open_page: Open, text: str) -> None:
    parts = [(part, text.index(part)) for part in ("One.", "Two.", "Three.")]
    page = open_page(AnnotatedDocument("doc", text, [annotation("doc", part, at, 0) for part, at in parts]))
    assert page.locator(".text").evaluate("text => text.textContent") == text
    assert page.locator("mark").evaluate_all("marks => marks.map(mark => mark.textContent)") == [
        "One.",
        "Two.",
        "Three.",
    ]


def test_places_are_told_in_code_points(open_page: Open) -> None:
    text = "\N{GRINNING FACE}\N{GRINNING FACE} One. Two \N{GRINNING FACE}."
    page = open_page(AnnotatedDocument("d", text, [annotation("d", "One.", 3, 0), annotation("d", text[8:], 8, 1)]))
    sentence(page, 1).click()
    assert "Characters 8\N{EN DASH}14" in page.locator("#card").inner_text()
    page.wait_for_url("**#at=8")


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
        button(page, name).click()
        assert button(page, name).get_attribute("aria-pressed") == "true"
    dimmed = page.locator("mark").evaluate_all("marks => marks.map(mark => mark.classList.contains('out'))")
    assert {index for index, out in enumerate(dimmed) if not out} == kept
    assert page.locator("#status").inner_text() == f"{len(kept)} of 12"
    button(page, "Show all").click()
    assert page.locator("mark.out, path.out").count() == 0


def test_counts_and_shares_are_those_of_the_sentences(open_page: Open) -> None:
    page = open_page(article())
    told = page.locator(".chip").evaluate_all("chips => chips.map(chip => chip.textContent.replace(/\\s+/g, ' '))")
    assert told == [
        "Ffactual claim 2 17%", "Oopinion 2 17%", "Pprediction 3 25%", "Rrhetoric 3 25%", "?abstained 1 8%",
        "!failed 1 8%", "”attributed 3 25%", "author’s own 8 67%",
    ]  # fmt: skip
    assert page.locator("#summary").inner_text() == "12 sentences · 25% attributed · 1 abstained · 1 failed"


def test_the_probability_range_narrows_down(open_page: Open) -> None:
    text = "One. Two. Three."
    probs = [{"opinion": 0.95}, {"opinion": 0.6}, {"opinion": 0.3}]
    units = [
        annotation("d", part, text.index(part), 1, label="opinion", probs=prob)
        for part, prob in zip(("One.", "Two.", "Three."), probs, strict=True)
    ]
    page = open_page(AnnotatedDocument("d", text, units))
    page.get_by_role("slider", name="Least probability").fill("50")
    page.get_by_role("slider", name="Greatest probability").fill("90")
    page.wait_for_url("**#p=50-90")
    assert page.locator("mark:not(.out)").all_inner_texts() == ["Two."]
    assert page.locator("#range").inner_text() == "50\N{EN DASH}90%"
    page.get_by_role("slider", name="Least probability").fill("99")
    page.wait_for_url("**#p=90-90")  # it stops at the other end


def test_search_counts_hits_and_steps_through_them(open_page: Open) -> None:
    page = open_page(article(sentences=400))
    page.keyboard.press("/")
    page.keyboard.type("sentence  2")
    page.get_by_text("111 hits").wait_for()  # 2, 20 to 29, and 200 to 299; any white space is one
    for expected in ("1 of 111 hits", "2 of 111 hits"):
        page.keyboard.press("Enter")
        assert page.locator("#hits").inner_text() == expected
    assert here(page).startswith("Sentence 20 ")
    assert page.evaluate("document.activeElement.id") == "query"
    button(page, "Previous hit").click()
    button(page, "Previous hit").click()
    assert page.locator("#hits").inner_text() == "111 of 111 hits"
    assert here(page).startswith("Sentence 299 ")
    assert in_view(page, 299)
    assert page.evaluate("CSS.highlights.get('hit').size") == 1
    assert page.evaluate("CSS.highlights.get('hits').size") == 111


@pytest.mark.parametrize(
    ("query", "told"), [("a heading", "1 hit"), ("(has", "Not found"), ("", ""), ("0 HAS", "2 hits")]
)
def test_what_is_searched_is_text(open_page: Open, query: str, told: str) -> None:
    page = open_page(article())
    page.get_by_role("searchbox").fill("x")
    page.get_by_text("Not found").wait_for()
    page.get_by_role("searchbox").fill(query)
    page.wait_for_function("told => document.querySelector('#hits').textContent === told", arg=told)


def test_hits_are_counted_in_what_passes_the_filters(open_page: Open) -> None:
    page = open_page(article())
    page.get_by_role("searchbox").fill("ends")
    page.get_by_text("12 hits").wait_for()
    button(page, "opinion").click()
    assert page.locator("#hits").inner_text() == "2 hits"


def test_pointing_shows_the_probabilities_and_leaving_hides_them(open_page: Open) -> None:
    document = article()
    page = open_page(document)
    card = page.get_by_label("About this sentence")
    assert card.is_hidden()
    sentence(page, 1).hover()
    assert card.locator("strong").inner_text() == "opinion"
    assert [share.inner_text() for share in card.locator(".share").all()] == ["10%", "70%", "10%", "10%", "20%"]
    place = document.annotations[1].sentence
    assert f"Characters {place.start}\N{EN DASH}{place.end}" in card.inner_text()
    page.mouse.move(5, 5)
    assert card.is_hidden()


def test_the_card_tells_why(open_page: Open) -> None:
    text = "One. Two. Three."
    page = open_page(
        AnnotatedDocument(
            "d",
            text,
            [
                annotation("d", "One.", 0, 8, abstained=True, label=None, label_set=("opinion", "rhetoric")),
                annotation("d", "Two.", 5, 9),
                annotation("d", "Three.", 10, 1, rationale="It is <b>a feeling</b>."),
            ],
        )
    )
    for index, told in enumerate(
        ["No label was likely enough.", "timeout: No answer in 60 s.", "It is <b>a feeling</b>."]
    ):
        sentence(page, index).click()
        assert told in page.locator("#card").inner_text()
    page.locator("#card").get_by_role("button", name="Close").click()
    assert page.locator("#card").is_hidden()


def test_a_click_on_the_strip_goes_to_the_sentence_there(open_page: Open) -> None:
    page = open_page(article(sentences=400))
    strip = page.locator(".strip svg")
    box = strip.bounding_box()
    assert box is not None
    strip.click(position={"x": box["width"] * 300.5 / 400, "y": 8})
    index = int(here(page).split()[1])
    assert abs(index - 300) <= 1
    assert in_view(page, index)
    assert page.locator("mark.here").evaluate("mark => mark === document.activeElement")
    page.wait_for_function(
        """() => {
            const [card, mark] = ["#card", "mark.here"].map(it => document.querySelector(it).getBoundingClientRect());
            return Math.abs(card.top - mark.top) < 40 && card.left > mark.right }"""
    )


def test_keys_move_between_the_sentences_that_are_not_filtered_out(open_page: Open) -> None:
    page = open_page(article())
    for key, expected in [("j", 0), ("j", 1), ("ArrowRight", 2), ("k", 1), ("ArrowLeft", 0), ("a", 5), ("A", 0)]:
        page.keyboard.press(key)
        assert here(page).startswith(f"Sentence {expected} ")
        assert page.locator("#card").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("mark.here").count() == 0
    assert page.locator("#card").is_hidden()
    button(page, "rhetoric").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert here(page).startswith("Sentence 7 ")


def test_digits_go_to_the_next_sentence_of_a_label(open_page: Open) -> None:
    page = open_page(article())
    for key, expected in [("2", 1), ("2", 5), ("4", 7), ("Shift+Digit1", 4), ("1", 4)]:
        page.keyboard.press(key)
        assert here(page).startswith(f"Sentence {expected} ")
    assert page.locator("#live").inner_text() == "None after this."


def test_keys_are_told_and_letters_typed_into_a_field_are_no_keys(open_page: Open) -> None:
    page = open_page(article())
    page.keyboard.press("?")
    told = page.get_by_role("dialog", name="Keys").inner_text()
    assert "next sentence of a label: 1 factual claim, 2 opinion, 3 prediction, 4 rhetoric; with Shift" in told
    assert "[object" not in told
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    page.get_by_role("searchbox").focus()
    page.keyboard.type("j?1")
    assert page.locator("mark.here").count() == 0
    assert page.get_by_role("searchbox").input_value() == "j?1"


def test_tab_reaches_a_document_once(open_page: Open) -> None:
    page = open_page(article())
    button(page, "Keys").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.i") == "0"
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.i") == "2"


def test_a_view_is_told_by_its_address(open_page: Open) -> None:
    document = article(sentences=200)
    page = open_page(document)
    start = document.annotations[150].sentence.start
    address = f"q=ends&label=prediction&is=abstained&voice=attributed&p=10-90&at={start}"
    page.evaluate("address => { location.hash = address }", address)
    page.wait_for_selector("mark.here")
    assert here(page).startswith("Sentence 150 ")
    assert in_view(page, 150)
    assert page.get_by_role("searchbox").input_value() == "ends"
    pressed = page.locator(".chip[aria-pressed=true] .name").all_inner_texts()
    assert pressed == ["prediction", "abstained", "attributed"]
    assert page.locator("#range").inner_text() == "10\N{EN DASH}90%"
    button(page, "Show all").click()
    page.wait_for_url(f"**#at={start}&q=ends")
    page.reload()
    assert here(page).startswith("Sentence 150 ")


@pytest.mark.parametrize(
    "address", ["at=x&p=9&label=no&is=no&sort=no&only=no&view=no", "at=-1&p=900-10&pair=a~b", "%", "=&&=="]
)
def test_an_address_that_makes_no_sense_is_the_start(open_page: Open, address: str) -> None:
    page = open_page(article())
    page.evaluate("address => { location.hash = address }", address)
    page.keyboard.press("j")
    assert here(page).startswith("Sentence 0 ")
