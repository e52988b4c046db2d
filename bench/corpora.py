"""Made-up corpora of any size for the benchmarks: articles out of the sentences of eval/authored."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

AUTHORED = Path(__file__).resolve().parent.parent / "eval" / "authored"
IN_PARAGRAPH = 4
IN_ARTICLE = 40
SAME_EVERY = 10
"""One sentence of so many stays as it is, so that equal ones come back; the others are told apart by a number."""


def sentences(count: int) -> Iterator[str]:
    """So many sentences of natural lengths, in the order of the texts they are from, nine of ten distinct."""
    lines = (line for path in sorted(AUTHORED.glob("train*.jsonl")) for line in path.open(encoding="utf-8"))
    texts = [text for line in lines if (text := json.loads(line)["text"])[-1] == "." and text[0].isupper()]
    for number, text in enumerate(islice(cycle(texts), count)):
        yield text if number % SAME_EVERY == 0 else f"{text[:-1]} in week {number}."


def articles(folder: Path, count: int) -> None:
    """Text files, with a title and a byline each."""
    some = sentences(count)
    number = 0
    while article := list(islice(some, IN_ARTICLE)):
        place = folder / f"{number // 1000:04}"
        place.mkdir(parents=True, exist_ok=True)
        body = (" ".join(article[start : start + IN_PARAGRAPH]) for start in range(0, len(article), IN_PARAGRAPH))
        text = "\n\n".join([f"What the week brought, part {number}", "By Jane Miller", *body])
        (place / f"{number:07}.txt").write_text(text + "\n", encoding="utf-8")
        number += 1


def table(path: Path, count: int) -> None:
    """A CSV file with a sentence in each row and two more columns."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["text", "week", "desk"])
        writer.writerows([text, number, "city"] for number, text in enumerate(sentences(count)))
