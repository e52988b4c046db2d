from __future__ import annotations

import pytest

from toolkit.corpus import furniture
from toolkit.corpus.structure import blocks
from toolkit.records import Format

ARTICLE = """\
Home › Opinion › Energy

The dam that nobody needed

Who pays for a wall without water?

by Petra Lindqvist

Wednesday, 6 May 2020

Photo: Aksel Moe / Nordbild

Three years ago the ministry promised a dam.[1] It would hold, the minister said, “more water than anyone can drink. \
It will stand for a century. It will pay for itself.” The wall is there. The water is not.

How it began

The valley had no quarrel with the river[2]. Then Gov. Tveit came with his maps:

• The lower villages were to move by Jan. 2018.
• compensation for every roof
• The church was to stay where it was!

“They asked us to sign on a Sunday. We signed.”

*

Is anybody surprised? I am not. He told me: “We did not lie. We hoped.” And he smiled.

WHAT COMES NEXT

The auditors will report in the autumn [3]. Nobody expects much.

Petra Lindqvist

Translation
Jonas Hale

[1] Ministry of Energy, White Paper No. 4. See p. 12.
[2] The author visited it twice. It was dry.

https://valley.example/dam

Tags: dams, energy

Share this

Subscribe to our newsletter!

Post a comment

Comments (12)

© 2020 The Valley Review. All rights reserved.

Back to top
"""


def found(text: str, layout: Format = "text") -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in blocks(text, format=layout)]


def kind_of(line: str) -> str:
    """The kind of a line that stands as a paragraph among ordinary ones."""
    before = "The council met on Tuesday and decided nothing at all. It will meet again."
    after = "Nobody who was present could remember what had been said there. The minutes are lost."
    text = f"{before}\n\n{line}\n\n{after}\n"
    kinds = [kind for kind, part in found(text) if part not in (before, after)]
    assert len(kinds) == 1, kinds
    return kinds[0]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("What the numbers say", "heading"),
        ("WHAT THE NUMBERS SAY", "heading"),
        ("1. Introduction", "heading"),
        ("2.1 The evidence", "list_item"),
        ("3. What now?", "heading"),
        ("Who Killed the Peace Process?", "heading"),
        ("Discussion.", "heading"),
        ("CHAPTER IV. In which it rains.", "heading"),
        ("# Marked heading", "heading"),
        ("Will it ever end?", "sentence"),
        ("The vote is on Friday.", "sentence"),
        ("So I went out and looked at it —", "sentence"),
        ("Smith, the former president of the bank, resigned.", "sentence"),
        ("By Christmas in that year the war was over.", "sentence"),
        ("He left three or 4 days ago.", "sentence"),
        ("Author Jane Doe told us that it was wrong.", "sentence"),
        ("She has always worked for Reuters.", "sentence"),
        ("Parents can opt out of the tests.", "sentence"),
        ("Like this one, it failed.", "sentence"),
        ("It fell.¹ So did he.²", "sentence"),
        ("Listen.", "sentence"),
        ("Thank you.", "sentence"),
        ("**Bold words** open this sentence.", "sentence"),
        ("By Jane Doe", "byline"),
        ("By Jane Doe in Brussels", "byline"),
        ("Text and photos by Jane Doe", "byline"),
        ("Posted by jane_d on 3 May 2019", "byline"),
        ("Anna K. 3 days ago", "byline"),
        ("by Jane Doe and Ola B. Nordmann", "byline"),
        ("Jane Doe, Brussels correspondent", "byline"),
        ("Translated by Jane Doe", "byline"),
        ("On Mon, 2 May 2022 at 18:40, Tom Hart <tom@x.example> wrote:", "byline"),
        ("Friday, July 21, 2017", "dateline"),
        ("Published 3 May 2019, 10:22 a.m.", "dateline"),
        ("2019-05-03", "dateline"),
        ("* * *", "separator"),
        ("*", "separator"),
        ("———", "separator"),
        ("https://valley.example/dam?id=3", "url"),
        ("Population | 812", "table_row"),
        ("S-01\t0.5\t3", "table_row"),
        ("S-01   0.5   3", "table_row"),
        ("[3] Lund, The Quay, 1951. Second edition.", "footnote"),
        ("¹ It was a rubber one.", "footnote"),
        ("[3]", "footnote"),
        ("Image: Ola Nordmann.", "caption"),
        ("The wall in May. Photo: Aksel Moe", "caption"),
        ("The minister and his dog. Getty Images", "caption"),
        ("Figure 2. The wall from above.", "caption"),
        ("Lund (left) with his brother Per.", "caption"),
        ("Back to top", "furniture"),
        ("Post a comment »", "furniture"),
        ("Share this article", "furniture"),
        ("Comments (12)", "furniture"),
        ("Advertisement", "furniture"),
        ("© 2019 The Valley Review. All rights reserved.", "furniture"),
        ("Subscribe to our newsletter. It is free!", "furniture"),
        ("Tags: dams, energy", "furniture"),
        ("Home > News > World", "furniture"),
        ("We use cookies to improve this site. Read our policy.", "furniture"),
        ("6 min read", "furniture"),
        ("(Applause.)", "furniture"),
        ("- fewer lorries on the quay", "list_item"),
        ("- The council has bought a new car.", "sentence"),
    ],
)
def test_kind_of_a_line(line: str, kind: str) -> None:
    assert kind_of(line) == kind


@pytest.mark.parametrize("bullet", ["• ", "- ", "* ", "– ", "1. ", "a) ", "(i) ", "12) "])
def test_a_sentence_behind_a_bullet_comes_without_it(bullet: str) -> None:
    assert found(f"{bullet}The council has bought a new car.\n") == [("sentence", "The council has bought a new car.")]


@pytest.mark.parametrize(
    ("line", "prefix", "kind"),
    [
        ("LONDON (Reuters) — The bank raised its rates.", "LONDON (Reuters) —", "dateline"),
        ("GENEVA, 3 May – The bank raised its rates.", "GENEVA, 3 May –", "dateline"),
        ("MODERATOR: The bank raised its rates.", "MODERATOR:", "byline"),
        ("[00:01:04] HOST: The bank raised its rates.", "[00:01:04] HOST:", "byline"),
    ],
)
def test_a_prefix_is_cut_off(line: str, prefix: str, kind: str) -> None:
    assert found(line) == [(kind, prefix), ("sentence", "The bank raised its rates.")]


def test_names_before_a_colon_are_speakers_when_they_come_back() -> None:
    text = "Ida Berg: It rained.\nPer Lund: It did.\nIda Berg: We left.\n"
    assert [part for kind, part in found(text) if kind == "sentence"] == ["It rained.", "It did.", "We left."]
    assert found("Good news: It rained.\n") == [("sentence", "Good news: It rained.")]


def test_a_commentary_article() -> None:
    kinds: dict[str, list[str]] = {}
    for kind, part in found(ARTICLE):
        kinds.setdefault(kind, []).append(part)
    assert [part.split()[0] for part in kinds["sentence"]] == [
        "Who", "Three", "The", "The", "The", "“They", "Is", "The",
    ]  # fmt: skip
    assert kinds["list_item"] == ["compensation for every roof"]
    assert len(kinds["footnote"]) == 2
    assert kinds["separator"] == ["*"]
    assert {"Back to top", "Share this", "Subscribe to our newsletter!"} <= set(kinds["furniture"])


def test_wrapped_paragraphs_are_joined_and_lists_are_not() -> None:
    text = (
        "The road to the village was closed in the winter of that year, and\n"
        "the people who lived there had to carry everything that they needed\n"
        "over the pass on their backs, which took them two days, or three if\n"
        "it snowed.\n"
        "\n"
        "red paint\n"
        "blue paint\n"
        "a brush\n"
    )
    assert [kind for kind, _ in found(text)] == ["sentence", "heading", "heading", "heading"]


def test_lines_that_are_paragraphs_are_not_joined() -> None:
    text = "A short title\nThe first paragraph stands here.\nThe second one is a little longer than that.\nThe end.\n"
    assert [part for _, part in found(text)] == text.splitlines()


def test_text_without_any_punctuation_is_still_text() -> None:
    assert found("prices will fall\n") == [("sentence", "prices will fall")]


def test_entries_under_references_are_footnotes() -> None:
    text = "It rained for a week and nobody came.\n\nReferences\n1. Lund, A. The Quay. 1951.\n2. It is a café now.\n"
    assert [kind for kind, _ in found(text)] == ["sentence", "heading", "footnote", "footnote"]


def test_markdown() -> None:
    text = """\
---
title: Dams
---
# The dam #

The wall is there, and it
is **high.** Nobody came.

Under the wall
--------------

> They asked us to sign
> on a Sunday.

![the wall](wall.png)

[More about dams](https://dams.example)

| height | 90 |
|--------|----|

```python
print("No sentence. At all.")
```

**In bold**

1. Open the gate.
"""
    assert found(text, "markdown") == [
        ("furniture", "---\ntitle: Dams\n---"),
        ("heading", "The dam"),
        ("sentence", "The wall is there, and it\nis **high.** Nobody came."),
        ("heading", "Under the wall"),
        ("sentence", "They asked us to sign\n> on a Sunday."),
        ("caption", "![the wall](wall.png)"),
        ("url", "[More about dams](https://dams.example)"),
        ("table_row", "| height | 90 |"),
        ("table_row", "|--------|----|"),
        ("code", '```python\nprint("No sentence. At all.")\n```'),
        ("heading", "**In bold**"),
        ("sentence", "Open the gate."),
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Home | " + "a | " * 30 + "a!", "table_row"),
        ("Home | " + "a | " * 30 + "a", "furniture"),
        ("Aa¹ " * 24 + "Aa", None),
        ("Aa¹ " * 24 + "Aa¹", "byline"),
        ("Aa,, " * 40 + "x", None),
        ("A-" * 200, None),
    ],
)
def test_a_line_of_one_thing(line: str, kind: str | None) -> None:
    """Exponential patterns would never come back."""
    assert furniture.line_kind(line) == kind
    assert furniture.dateline_prefix(line) == 0


def test_patterns_on_long_lines() -> None:
    assert furniture._MENU.match("Home | " + "a | " * 5_000 + "a")
    assert not furniture._MENU.match("Home | " + "a | " * 5_000 + "a!")
    assert furniture._AFFILIATION.match("Aa¹ " * 5_000 + "Aa¹")
    assert not furniture._AFFILIATION.match("Aa¹ " * 5_000 + "Aa")
    assert not furniture._DATELINE_PREFIX.match("A-" * 2_000 + "x")


@pytest.mark.parametrize("tail", ["😂" * 50, "¹" * 50, " 😂" * 25])
def test_a_run_of_marks_that_ends_in_a_letter_does_not_hang(tail: str) -> None:
    """Each further mark doubled the time when the pattern of a stop could take a run of them in many ways."""
    text = f"It was a long and happy day, and we laughed.{tail}x"
    [block] = blocks(text)
    assert text[block.start : block.end] == text
