"""The screen, driven by keys as a person would."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partialmethod
from pathlib import Path

import pytest

pytest.importorskip("textual", reason="the extra label is not installed")

from rich.text import Text
from textual.pilot import Pilot
from textual.widgets import Input, Markdown, Static

from toolkit.errors import OutputError
from toolkit.labelling.adjudicate import prepare
from toolkit.labelling.answers import AnswerFile
from toolkit.labelling.guideline import guideline
from toolkit.labelling.items import Item
from toolkit.labelling.label import Mode, Task
from toolkit.labelling.session import Session
from toolkit.labelling.terminal.app import LabelApp
from toolkit.labelling.terminal.screen import Wording
from toolkit.labelling.terminal.text import flowing, visible
from toolkit.labelling.terminal.wording import case_wording, task_wording
from toolkit.labels import load_labels

LABELS = load_labels("claims")
Play = Callable[[Pilot[None]], Awaitable[None]]
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilot gives a screen 30 seconds, which a machine that is busy with a training exceeds."""
    monkeypatch.setattr(Pilot, "_wait_for_screen", partialmethod(Pilot._wait_for_screen, timeout=600))


def drive(session: Session, wording: Wording, play: Play, size: tuple[int, int] = (100, 32)) -> LabelApp:
    async def run() -> LabelApp:
        app = LabelApp(session, wording)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await play(pilot)
        return app

    return asyncio.run(run())


def label(items: Sequence[Item], file: AnswerFile, play: Play, mode: Mode = "blind") -> LabelApp:
    task = Task(items, file.path, "anna", mode, LABELS)
    return drive(task.session(file), task_wording(task, guideline(LABELS), source="sample.jsonl"), play)


def shown(pilot: Pilot[None], part: str) -> str:
    """What stands in a part of the screen; empty when it is hidden."""
    widget = pilot.app.screen.query_one(f"#{part}", Static)
    return str(widget.visual) if widget.display else ""


def test_keys_answer_and_the_suggestion_comes_after_the_answer(items: Sequence[Item], answer_file: AnswerFile) -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert shown(pilot, "sentence") == "Prices will fall."
        assert (shown(pilot, "before"), shown(pilot, "after")) == ("before", "after")
        assert "hidden until you have answered" in shown(pilot, "suggestion")
        assert "prediction 0.80" not in shown(pilot, "suggestion")
        await pilot.press("a", "3")
        assert shown(pilot, "sentence") == "The bridge was built in 1931."
        assert shown(pilot, "last").startswith("Before: prediction, attributed; the model too")
        await pilot.press("1")
        assert "factual_claim; the model says opinion 0.80" in shown(pilot, "last")
        assert shown(pilot, "progress").startswith("2 of 3")
        await pilot.press("s")
        assert "That was all: 2 labelled, 1 skipped" in shown(pilot, "sentence")
        assert shown(pilot, "choices") == ""

    label(items, answer_file, play)
    assert [(one.label, one.attributed, one.skipped) for one in answer_file.answers.values()] == [
        ("prediction", True, False),
        ("factual_claim", False, False),
        (None, None, True),
    ]


def test_undo_and_arrows_go_back(items: Sequence[Item], answer_file: AnswerFile) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("2", "u")
        assert shown(pilot, "sentence") == "Prices will fall."
        assert "The model says prediction 0.80." in shown(pilot, "suggestion")
        await pilot.press("3", "left")
        assert "● 3" in shown(pilot, "choices")
        await pilot.press("g")
        assert shown(pilot, "sentence") == "The bridge was built in 1931."

    label(items, answer_file, play)
    assert answer_file.answers["d:0-1"].blind_label == "opinion"


def test_a_note_is_written_without_answering(items: Sequence[Item], answer_file: AnswerFile) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("n")
        assert isinstance(pilot.app.focused, Input)
        await pilot.press("1", "q", "s", "enter")
        assert shown(pilot, "note") == "n  1qs"
        await pilot.press("n", "x", "escape")
        assert shown(pilot, "note") == "n  1qs"
        await pilot.press("2")

    label(items, answer_file, play)
    (answer,) = answer_file.answers.values()
    assert (answer.label, answer.note) == ("opinion", "1qs")


def test_the_guideline_opens_on_f1_and_keys_do_not_answer_behind_it(
    items: Sequence[Item], answer_file: AnswerFile
) -> None:
    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("f1")
        text = pilot.app.screen.query_one(Markdown).source
        assert all(word in text for word in (LABELS.labels[0].definition, LABELS.rules[-1], "attributed"))
        await pilot.press("1", "escape")
        assert shown(pilot, "sentence") == "Prices will fall."

    label(items, answer_file, play)
    assert not answer_file.answers


def test_assisted_shows_the_suggestion_first(items: Sequence[Item], answer_file: AnswerFile) -> None:
    async def play(pilot: Pilot[None]) -> None:
        assert shown(pilot, "suggestion") == "The model says prediction 0.80."

    label(items, answer_file, play, mode="assisted")


def test_text_of_a_document_is_neither_markup_nor_a_command_to_the_terminal(
    items: Sequence[Item], answer_file: AnswerFile
) -> None:
    nasty = "[bold red]x[/] \x1b]0;title\x07 \x9b31m [@click=app.exit]y[/]"
    items = [replace(items[0], text=nasty, doc="[b]\x1b[31mdoc", columns={"title": "a\x1b\nb"}), *items[1:]]

    async def play(pilot: Pilot[None]) -> None:
        assert shown(pilot, "sentence") == "[bold red]x[/] ␛]0;title␇ �31m [@click=app.exit]y[/]"
        assert shown(pilot, "place") == "[b]␛[31mdoc · a␛ b"
        await pilot.press("1")
        assert "[bold red]x[/]" in shown(pilot, "last")

    label(items, answer_file, play)


def test_a_small_terminal_still_shows_the_sentence(items: Sequence[Item], answer_file: AnswerFile) -> None:
    items = [replace(items[0], before="Long before. " * 200, after="Long after. " * 100), *items[1:]]
    task = Task(items, answer_file.path, "anna", "blind", LABELS)

    async def play(pilot: Pilot[None]) -> None:
        await pilot.pause()
        screen = pilot.app.screen
        document, sentence = screen.query_one("#document"), screen.query_one("#sentence")
        assert document.region.contains_region(sentence.region)
        assert sentence.region.height >= 1

    drive(task.session(answer_file), task_wording(task, "", source="s"), play, size=(60, 20))


def test_an_answer_that_cannot_be_kept_closes_the_screen(items: Sequence[Item], answer_file: AnswerFile) -> None:
    answer_file.path.mkdir()  # as bad as a full disk: the file cannot be replaced

    async def play(pilot: Pilot[None]) -> None:
        await pilot.press("1")

    app = label(items, answer_file, play)
    assert isinstance(app.label_screen.failure, OutputError)


def test_the_adjudicator_sees_answers_and_notes_by_letter(write: Write, tmp_path: Path) -> None:
    files = [
        write(f"{who}.jsonl", [{"id": "1", "annotator": who, "label": said, "note": note, "doc": "d", "text": "T"}])
        for who, said, note in (("anna", "opinion", "[a norm]"), ("ben", "rhetoric", ""))
    ]
    case = prepare(files, LABELS, tmp_path / "gold")

    async def play(pilot: Pilot[None]) -> None:
        said = shown(pilot, "said")
        assert "they differ on label" in said
        assert "A  opinion  [a norm]" in said
        assert "B  rhetoric" in said
        assert "anna" not in said
        assert "attributed" not in shown(pilot, "choices")
        await pilot.press("2")
        assert "That was all" in shown(pilot, "sentence")

    with case.open() as file:
        drive(case.session(file), case_wording(case, "", names=False), play)
        assert case.settled(file).open == 0


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\nb\n\nc\n- d\n- e\n1. f\n# g", "a b\n\nc\n- d\n- e\n1. f\n# g"),
        ("a  \r\n   b", "a b"),
        ("| a |\n| b |", "| a |\n| b |"),
        ("1931\n2 cats", "1931 2 cats"),
    ],
)
def test_lines_flow_but_paragraphs_and_lists_stay(text: str, seen: str) -> None:
    assert flowing(text) == seen


def test_every_control_character_is_made_visible() -> None:
    every = "".join(map(chr, range(0xA0)))
    assert all(letter in "\n\t" or letter.isprintable() for letter in visible(every))
    assert Text(visible("\u202egnp.exe")).plain == "�gnp.exe"
