"""What happens between two keys: which sentence is on, what was said of it, what is undone. Knows no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from toolkit.labelling.answers import Answer, AnswerFile
from toolkit.labelling.items import Item

PAUSE = 120.0
"""Longer on one sentence than this many seconds, and somebody went for coffee."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come.

    Attributes:
        total: Items.
        labelled: Those with a label.
        skipped: Those that were left out.
        seconds_left: What the rest takes at the median pace of this session; None before there is one.
    """

    total: int
    labelled: int
    skipped: int
    seconds_left: float | None

    @property
    def left(self) -> int:
        """Items without an answer."""
        return self.total - self.labelled - self.skipped


class Session:
    """One annotator at work. Everything that is said is in the file before the next sentence shows.

    Args:
        items: What to label, in order.
        file: Where the answers are, those of earlier sessions too.
        labels: What may be answered.
        flag: Whether ``attributed`` is asked.
        assisted: Whether suggestions are shown before the answer.
        flags: Item to the flag to begin with, where it is known already.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        items: Sequence[Item],
        file: AnswerFile,
        *,
        labels: Sequence[str],
        flag: bool = True,
        assisted: bool = False,
        flags: Mapping[str, bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.items = items
        self.file = file
        self.labels = labels
        self.flag = flag
        self.assisted = assisted
        self.flags = flags or {}
        self._clock = clock
        self._place = {item.id: place for place, item in enumerate(items)}
        self._history: list[tuple[int, Answer | None]] = [
            (self._place[one], None) for one, answer in file.answers.items() if one in self._place and answer.is_done
        ]
        self._paces: list[float] = []
        self.last: tuple[Item, Answer] | None = None
        """What was answered just now, to be compared with the suggestion."""
        self.position: int | None = None
        self.attributed = False
        """The flag that the next answer will have."""
        self.note = ""
        """The note on the current sentence."""
        self._since = clock()
        self._show(self._next(0))

    @property
    def current(self) -> Item | None:
        """The sentence that is on; None when there is nothing left."""
        return None if self.position is None else self.items[self.position]

    @property
    def answer(self) -> Answer | None:
        """What was said of the current sentence before."""
        return self.file.answers.get(self.current.id) if self.current else None

    @property
    def is_revealed(self) -> bool:
        """Whether the suggestion may be seen: after the answer, or always."""
        return self.assisted or bool(self.answer and (self.answer.is_done or self.answer.shown))

    @property
    def progress(self) -> Progress:
        """How far it has come."""
        answers = [answer for item in self.items if (answer := self.file.answers.get(item.id))]
        labelled = sum(answer.label is not None for answer in answers)
        skipped = sum(answer.skipped for answer in answers)
        left = len(self.items) - labelled - skipped
        return Progress(
            len(self.items), labelled, skipped, float(np.median(self._paces)) * left if self._paces else None
        )

    def label(self, name: str) -> None:
        """Answer with a label, and go on.

        Raises:
            ValueError: There is no such label.
            OutputError: It cannot be written.
        """
        if name not in self.labels:
            raise ValueError(f"{name!r} is not a label")
        self._finish(label=name, attributed=self.attributed if self.flag else None, skipped=False)

    def skip(self) -> None:
        """Leave the sentence without a label, and go on."""
        self._finish(label=None, attributed=None, skipped=True)

    def toggle_attributed(self) -> None:
        """Turn the flag; of a sentence that is labelled already, in its answer."""
        if not self.flag or self.current is None:
            return
        self.attributed = not self.attributed
        earlier = self.answer
        if earlier is not None and earlier.label is not None:
            self._keep(replace(self._draft(), label=earlier.label, attributed=self.attributed))

    def set_note(self, note: str) -> None:
        """Write a note on the sentence; kept at once, and before there is an answer."""
        if self.current is None:
            return
        self.note = note.strip()
        earlier = self.answer
        if earlier is not None:
            self.file.put(replace(earlier, note=self.note), last=False)
        elif self.note:
            self.file.put(self._draft())

    def undo(self) -> bool:
        """Take back the answer that was given last, of an earlier session too, and go there.

        Returns:
            Whether there was one.
        """
        if not self._history:
            return False
        place, before = self._history.pop()
        item = self.items[place]
        taken = self.file.answers.get(item.id)
        if before is not None:
            self.file.put(before)
        elif taken is not None:
            # Once the suggestion has been seen, no later answer is a blind one.
            draft = replace(taken, label=None, attributed=None, skipped=False, shown=self._seen(item))
            if draft.note or draft.shown:
                self.file.put(draft)
            else:
                self.file.drop(item.id)
        self.last = None
        self._show(place)
        if taken is not None and taken.attributed is not None:
            self.attributed = taken.attributed
        return True

    def move(self, step: int) -> None:
        """Look at a sentence further on or back, without an answer."""
        start = len(self.items) if self.position is None else self.position
        self.last = None
        self._show(min(max(start + step, 0), len(self.items) - 1))

    def go_on(self) -> None:
        """Back to the first sentence without an answer."""
        self._show(self._next(0))

    def revisit_skipped(self) -> int:
        """Ask again about what was skipped.

        Returns:
            How many.
        """
        skipped = [item for item in self.items if (one := self.file.answers.get(item.id)) and one.skipped]
        for item in skipped:
            self.file.answers[item.id] = replace(self.file.answers[item.id], skipped=False, shown=self._seen(item))
        if skipped:
            self.file.save()
            self._history = [one for one in self._history if self.items[one[0]] not in skipped]
            self.go_on()
        return len(skipped)

    def _finish(self, *, label: str | None, attributed: bool | None, skipped: bool) -> None:
        if self.position is None or self.current is None:
            return
        item, earlier = self.current, self.answer
        done = replace(self._draft(), label=label, attributed=attributed, skipped=skipped)
        if not done.shown:
            done = replace(done, blind_label=label, blind_attributed=attributed)
        if (spent := self._clock() - self._since) < PAUSE:
            self._paces.append(spent)
        self._history.append((self.position, earlier if earlier and earlier.is_done else None))
        self._keep(done)
        self.last = (item, done)
        self._show(self._next(self.position + 1))

    def _draft(self) -> Answer:
        """The answer to the current sentence, without the answer."""
        item, earlier = self.items[self.position or 0], self.answer
        known = earlier or Answer(item.id, item.doc, item.text)
        shown = item.suggestion is not None and self.is_revealed
        spent = round(known.seconds + min(self._clock() - self._since, PAUSE), 1)
        return replace(known, note=self.note, shown=known.shown or shown, seconds=spent)

    def _keep(self, answer: Answer) -> None:
        self.file.put(replace(answer, answered_at=datetime.now(UTC).isoformat(timespec="seconds")))
        self._since = self._clock()

    def _seen(self, item: Item) -> bool:
        """Whether the suggestion of an item that was answered has been on the screen."""
        return item.suggestion is not None

    def _next(self, start: int) -> int | None:
        """The first place without an answer from here on, then from the beginning."""
        order = [*range(start, len(self.items)), *range(min(start, len(self.items)))]
        answers = self.file.answers
        return next(
            (one for one in order if not ((a := answers.get(self.items[one].id)) and a.is_done)),
            None,
        )

    def _show(self, place: int | None) -> None:
        self.position = place
        self._since = self._clock()
        earlier = self.answer
        self.note = earlier.note if earlier else ""
        flag = earlier.attributed if earlier and earlier.attributed is not None else None
        self.attributed = flag if flag is not None else self.flags.get(self.current.id if self.current else "", False)
