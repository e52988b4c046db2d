"""`claimkit label` from its arguments to the session: everything that can be wrong is found before the screen opens."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from toolkit.errors import InputError
from toolkit.evaluation.answers import ADJUDICATOR
from toolkit.labelling.answers import AnswerFile
from toolkit.labelling.draw import require_jsonl
from toolkit.labelling.items import Item, read_items
from toolkit.labelling.session import Session
from toolkit.labels import LabelSet

Mode = Literal["blind", "assisted", "hidden"]
"""When the model's suggestion is seen: after the answer, before it, or never."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be labelled, by whom.

    Attributes:
        items: In the order in which they are asked.
        answers: The file of the answers.
        annotator: Whose.
        mode: When suggestions are seen.
        labels: The label set.
    """

    items: Sequence[Item]
    answers: Path
    annotator: str
    mode: Mode
    labels: LabelSet

    def session(self, file: AnswerFile) -> Session:
        """The session on an open file."""
        return Session(
            self.items,
            file,
            labels=self.labels.names,
            flag=bool(self.labels.flags),
            assisted=self.mode == "assisted",
        )


def prepare(
    source: Path,
    labels: LabelSet,
    annotator: str,
    *,
    output: Path | None = None,
    mode: Mode = "blind",
    shuffle: bool = False,
) -> Task:
    """Read what is to be labelled.

    Args:
        source: A sample, a run, or a table with id and text.
        labels: The label set.
        annotator: A name; the same name goes on where it stopped.
        output: File of the answers; ``<source>.<annotator>.jsonl`` beside the source by default.
        mode: When suggestions are seen.
        shuffle: Whether to ask in an order of the annotator's own, always the same one.

    Raises:
        InputError: The source or the name will not do.
    """
    name = annotator.strip()
    if not name or name == ADJUDICATOR:
        raise InputError(f"{annotator!r} cannot be an annotator's name.", hint="Give your own with --annotator NAME.")
    items = read_items(source, labels.names)
    if mode == "hidden":
        items = [replace(item, suggestion=None) for item in items]
    if shuffle:
        random.Random(name).shuffle(items)
    file_name = re.sub(r"[^\w.-]+", "-", name)
    path = output or source.with_name(f"{_stem(source)}.{file_name}.jsonl")
    require_jsonl(path)
    if path.resolve() == source.resolve():
        raise InputError(f"{path} is what is to be labelled.", hint="Name another file for the answers with -o.")
    return Task(items, path, name, mode, labels)


def _stem(source: Path) -> str:
    return source.resolve().name if source.is_dir() else source.stem
