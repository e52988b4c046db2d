from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.segment import sentences
from toolkit.records import Document


def cut(text: str, **options: str) -> list[str]:
    return [one.text for one in sentences(Document("doc", text, **options))]


@pytest.mark.parametrize(
    "expected",
    [
        ["The road is closed.", "Nobody knows why."],
        ["Is it open?", "Yes!", "It is."],
        ["Dr. Osei met Mr. and Mrs. Lund at 9 a.m. in St. Ives.", "They spoke."],
        ["J. K. Marlow wrote it.", "So did E. T. Hask."],
        ["She moved to the U.S. in 1990.", "He stayed."],
        ["He works in the U.S.", "The firm does not."],
        ["The last boat goes at 4 p.m.", "Take it."],
        ["The train leaves at 6 p.m. EDT every day.", "It is late."],
        ["Bring cups, plates, etc.", "Guests bring wine."],
        ["He sold it to Lund Inc.", "The price was low."],
        ["See Fig. 3 and No. 5, e.g. on p. 12, i.e. the map (cf. Sec. 2.3).", "It is clear."],
        ["Prices rose 3.5 per cent to $1,204.50.", "They fell later."],
        ["The level stood at 6.07 m.", "Nobody had seen that."],
        ["Kerr et al. (2009) agree.", "Others do not."],
        ["Cllr. Boyd and Pfc. Adams came.", "We left."],
        ["It was late…", "The lamps were out."],
        ["He just... he looked tired.", "We left."],
        ["We have two; they have four: that is all.", "Count them."],
        ["“We will not.", "We cannot.”", "And he left."],
        ["“Stop!” he cried.", "Nobody stopped."],
        ["“Nora!” Edmund shouted.", "She ran."],
        ['He said: "We will not.', 'We cannot."', "And left."],
        ["“My boss said, ‘Keep it.", "They pay.’", "They never did!”", "He laughed."],
        ["(I asked twice.", "He never answered.)", "So I went."],
        ["It works (see Lund 2010. The end) for us.", "Try it."],
        ["He won (what a day!) and left.", "We stayed."],
        ["They made Viva Roma! (1965) and another film.", "Both are lost."],
        ["So good :)", "My brother hated it :(", "He left."],
        ["We won! 🎉", "Well done. 👩\u200d🍳", "See you."],
        ["I heard the — I heard his car go.", "Then nothing."],
        ["Um, yes.", "Well, no.", "I want — no, I need it."],
        ["See www.example.org/a.b?c=D.E for more.", "Or write to a.b@c.example now."],
        ["What?", "No!"],
    ],
)
def test_sentences_of_one_paragraph(expected: list[str]) -> None:
    assert cut(" ".join(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The plan has ended.The next begins.", ["The plan has ended.", "The next begins."]),
        ("prices rose. the bank said so. nobody cared.", ["prices rose.", "the bank said so.", "nobody cared."]),
        (
            "It took force in 2014.[3] The next one failed.",
            ["It took force in 2014.", "The next one failed."],
        ),
        ("It ended.¹ “Then,” she said, “we left.”[2][4]", ["It ended.", "“Then,” she said, “we left.”"]),
        ("The mark[3] stays where it is. So does this [4].", ["The mark[3] stays where it is.", "So does this [4]."]),
        ("It ended. [3] The next one failed.", ["It ended. [3]", "The next one failed."]),
        ("He used node.js and v2.1. today. Good.", ["He used node.js and v2.1. today.", "Good."]),
    ],
)
def test_sentences_of_untidy_text(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_wrapped_lines_are_one_sentence() -> None:
    text = (
        "The harbour master, who had been asleep since noon, came down to the\r\n"
        "quay with his coat unbuttoned and asked what all the noise could be\r\n"
        "about. Nobody would tell him, since nobody knew, and the noise went\r\n"
        "on until the evening.\r\n"
    )
    assert [one.replace("\r\n", " ") for one in cut(text)] == [
        "The harbour master, who had been asleep since noon, came down to the quay with his coat unbuttoned and asked "
        "what all the noise could be about.",
        "Nobody would tell him, since nobody knew, and the noise went on until the evening.",
    ]


def test_a_row_is_taken_whole() -> None:
    assert cut("  One. Two.\nThree. ", unit="row") == ["One. Two.\nThree."]


@pytest.mark.parametrize("unit", ["row", "sentence"])
def test_blank_text_has_no_sentences(unit: str) -> None:
    assert cut(" \ufeff\n\u2028\t", unit=unit) == []


def test_other_units_come_only_on_demand_and_in_order() -> None:
    document = Document("doc", "A short title\n\nBy Jane Doe\n\nIt rained. We left.\n\n* * *\n")
    assert {one.kind for one in sentences(document)} == {"sentence"}
    kinds = [one.kind for one in sentences(document, all_units=True)]
    assert kinds == ["heading", "byline", "sentence", "sentence", "separator"]


_PIECES = st.sampled_from(
    ["The bank ", "said. ", "“No.” ", "\r\n", "\n\n", "\u2028", "\xa0", "e\u0301", "👩\u200d🍳", "\ufeff", "\u200b",
     "[3]", "(", ")", "Mr. ", "- ", "1. ", "> ", "```\n", "# ", "|", "\t", "...", "…", "* * *", "3 May 2019",
     "\x00", "\x1c", "\ud800"]
)  # fmt: skip
_TEXTS = st.one_of(st.text(), st.lists(_PIECES).map("".join), st.text(alphabet=' \n.ab?“”"()[]1-#>*'))


@given(text=_TEXTS, markdown=st.booleans())
def test_offsets_are_exact_for_any_text(text: str, markdown: bool) -> None:
    document = Document("doc", text, format="markdown" if markdown else "text")
    position = 0
    for one in sentences(document, all_units=True):
        assert text[one.start : one.end] == one.text
        assert one.text
        assert one.text == one.text.strip()
        assert one.start >= position
        position = one.end


@given(text=_TEXTS)
def test_only_footnote_marks_and_bullets_are_left_out(text: str) -> None:
    words = "The quay is long and empty. " + "".join(character for character in text if character.isalpha())
    assert "".join(cut(words)).replace(" ", "") == words.replace(" ", "")


@pytest.mark.parametrize("piece", ["a", "word ", ".", "\n", "\r\n", '"', "(", "[", " ", "😀", "> ", "-", "“", "[1]"])
def test_ten_megabytes_of_one_thing(piece: str) -> None:
    text = piece * (10_000_000 // len(piece))
    found = sentences(Document("doc", text), all_units=True)
    assert all(text[one.start : one.end] == one.text for one in found)
    assert len(found) <= 1


def test_ten_megabytes_in_one_line() -> None:
    sentence = "The bank, e.g. Mr. Lund of the U.S. branch, said “no” (twice). "
    found = sentences(Document("doc", sentence * 150_000))
    assert len(found) == 150_000
    assert {one.text for one in found} == {sentence.strip()}


def test_a_long_run_of_faces_or_marks_that_ends_in_a_word() -> None:
    """Exponential patterns would never come back."""
    faces = "😂" * 5_000
    assert cut(f"I love it! {faces}lol…") == ["I love it!", f"{faces}lol…"]
    assert cut(f"I love it! {faces} Nobody does.") == [f"I love it! {faces}", "Nobody does."]
    marks = "¹" * 5_000
    assert cut(f"The war ended.{marks}x was gone.") == [f"The war ended.{marks}x was gone."]
    assert cut(f"The war ended.{marks} Nobody won.") == ["The war ended.", "Nobody won."]


NOTED = "He refused. [1] She did not. [2] [3]\n\n[1] Letter of 3 May 1911.\n[2] Ibid.\n[3] Diary.\n"


def test_a_spaced_mark_is_no_part_of_a_sentence_where_the_document_has_its_note() -> None:
    units = sentences(Document("d", NOTED))
    assert [unit.text for unit in units] == ["He refused.", "She did not."]


def test_a_spaced_mark_without_a_note_stays_with_its_sentence() -> None:
    units = sentences(Document("d", NOTED.partition("\n")[0]))
    assert [unit.text for unit in units] == ["He refused. [1]", "She did not. [2] [3]"]
