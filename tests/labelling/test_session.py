"""What happens between two keys, and what is in the file after each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from toolkit.errors import OutputError
from toolkit.labelling.answers import AnswerFile
from toolkit.labelling.items import Item
from toolkit.labelling.session import PAUSE, Session
from toolkit.labels import load_labels

LABELS = load_labels("claims").names
Read = Callable[[Path], list[dict[str, Any]]]


def resume(items: Sequence[Item], path: Path, *, assisted: bool = False) -> Session:
    """As after a kill: nothing but the file is left."""
    with AnswerFile(path, "anna") as file:
        return Session(items, file, labels=LABELS, assisted=assisted)


def test_an_answer_is_in_the_file_before_the_next_sentence_shows(session: Session, read: Read) -> None:
    session.toggle_attributed()
    session.label("prediction")
    (line,) = read(session.file.path)
    assert line["id"] == "d:0-1"
    assert (line["annotator"], line["label"], line["attributed"]) == ("anna", "prediction", True)
    assert (line["text"], line["doc"]) == ("Prices will fall.", "d")
    assert session.current is session.items[1]
    assert session.attributed is False


def test_a_new_session_goes_on_where_the_last_one_stopped(
    session: Session, items: Sequence[Item], tmp_path: Path
) -> None:
    session.label("prediction")
    session.skip()
    session.file.close()
    again = resume(items, session.file.path)
    assert again.current == items[2]
    assert (again.progress.labelled, again.progress.skipped, again.progress.left) == (1, 1, 1)


def test_the_end_is_when_everything_has_an_answer(session: Session) -> None:
    for _ in range(3):
        session.label("opinion")
    assert session.current is None
    assert session.progress.left == 0
    session.label("opinion")  # a key too many does nothing
    assert session.progress.labelled == 3


def test_undo_takes_the_last_answer_back_and_goes_there(session: Session) -> None:
    session.label("prediction")
    session.label("opinion")
    assert session.undo()
    assert session.current is session.items[1]
    assert session.answer is None or session.answer.label is None
    assert session.undo()
    assert session.current is session.items[0]
    assert not session.undo()


def test_undo_reaches_into_an_earlier_session(session: Session, items: Sequence[Item]) -> None:
    session.label("prediction")
    session.file.close()
    with AnswerFile(session.file.path, "anna") as file:
        again = Session(items, file, labels=LABELS)
        assert again.undo()
        assert again.current == items[0]
        assert again.progress.labelled == 0


def test_undo_of_a_changed_answer_brings_the_first_one_back(session: Session) -> None:
    session.label("prediction")
    session.move(-1)
    session.label("opinion")
    session.undo()
    assert session.answer is not None
    assert session.answer.label == "prediction"


def test_undo_keeps_the_flag_for_the_next_try(session: Session) -> None:
    session.toggle_attributed()
    session.label("opinion")
    session.undo()
    assert session.attributed is True


def test_a_blind_suggestion_shows_after_the_answer(session: Session) -> None:
    assert not session.is_revealed
    session.label("prediction")
    assert not session.is_revealed
    session.move(-1)
    assert session.is_revealed


def test_an_answer_changed_after_the_suggestion_says_so_and_keeps_the_blind_one(
    session: Session, read: Read, items: Sequence[Item]
) -> None:
    session.skip()
    session.label("factual_claim")
    session.undo()
    session.file.close()
    with AnswerFile(session.file.path, "anna") as file:  # and a kill in between changes nothing
        again = Session(items, file, labels=LABELS)
        assert again.current == items[1]
        assert again.is_revealed
        again.label("opinion")
    line = read(session.file.path)[-1]
    assert (line["label"], line["blind_label"], line["shown"]) == ("opinion", "factual_claim", True)


def test_a_first_answer_is_blind(session: Session, read: Read) -> None:
    session.label("opinion")
    (line,) = read(session.file.path)
    assert (line["label"], line["blind_label"], line["shown"]) == ("opinion", "opinion", False)


def test_an_assisted_answer_is_never_blind(items: Sequence[Item], answer_file: AnswerFile, read: Read) -> None:
    session = Session(items, answer_file, labels=LABELS, assisted=True)
    assert session.is_revealed
    session.label("opinion")
    (line,) = read(answer_file.path)
    assert (line["blind_label"], line["shown"]) == (None, True)


def test_a_note_before_the_answer_is_kept_at_once(session: Session, items: Sequence[Item]) -> None:
    session.set_note("  a threat? ")
    session.file.close()
    again = resume(items, session.file.path)
    assert again.current == items[0]
    assert again.note == "a threat?"
    assert again.progress.left == 3


def test_a_note_goes_into_the_answer(session: Session, read: Read) -> None:
    session.set_note("a threat?")
    session.label("prediction")
    assert read(session.file.path)[0]["note"] == "a threat?"
    assert session.note == ""


def test_the_flag_of_a_labelled_sentence_changes_its_answer(session: Session, read: Read) -> None:
    session.label("prediction")
    session.move(-1)
    session.toggle_attributed()
    (line,) = read(session.file.path)
    assert (line["label"], line["attributed"], line["blind_attributed"]) == ("prediction", True, False)


def test_no_flag_is_asked_where_the_label_set_has_none(items: Sequence[Item], answer_file: AnswerFile) -> None:
    session = Session(items, answer_file, labels=LABELS, flag=False)
    session.toggle_attributed()
    session.label("opinion")
    assert answer_file.answers["d:0-1"].attributed is None


def test_skipped_sentences_are_asked_again_on_wish(session: Session) -> None:
    session.skip()
    session.label("opinion")
    session.skip()
    assert session.current is None
    assert session.revisit_skipped() == 2
    assert session.current is session.items[0]
    session.label("rhetoric")
    assert session.current is session.items[2]
    assert session.revisit_skipped() == 0


def test_moving_stops_at_both_ends(session: Session) -> None:
    session.move(-1)
    assert session.position == 0
    session.move(10)
    assert session.position == 2


def test_an_unknown_label_is_a_bug_of_the_caller(session: Session) -> None:
    with pytest.raises(ValueError, match="'fact' is not a label"):
        session.label("fact")


def test_the_time_left_goes_by_the_median_without_pauses(session: Session, clock: Any) -> None:
    assert session.progress.seconds_left is None
    clock.now += 4
    session.label("opinion")
    assert session.progress.seconds_left == 8
    clock.now += PAUSE * 10
    session.label("opinion")
    assert session.progress.seconds_left == 4
    assert session.file.answers["d:1-2"].seconds == PAUSE


def test_two_annotators_may_share_a_file_one_after_the_other(
    session: Session, items: Sequence[Item], read: Read
) -> None:
    session.label("opinion")
    session.file.close()
    with AnswerFile(session.file.path, "ben") as file:
        other = Session(items, file, labels=LABELS)
        assert other.progress.labelled == 0
        other.label("rhetoric")
    assert [(line["annotator"], line["label"]) for line in read(session.file.path)] == [
        ("anna", "opinion"),
        ("ben", "rhetoric"),
    ]


def test_a_file_is_open_once_only(answer_file: AnswerFile) -> None:
    with pytest.raises(OutputError, match="open in another claimkit"):
        AnswerFile(answer_file.path, "anna")


def test_closing_leaves_nothing_but_the_answers(session: Session) -> None:
    session.label("opinion")
    session.file.close()
    assert [path.name for path in session.file.path.parent.iterdir()] == ["sample.anna.jsonl"]
    AnswerFile(session.file.path, "anna").close()
