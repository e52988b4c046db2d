"""Runs made by hand, with any Unicode text, and what the tests of all tools need of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from toolkit.corpus.write import to_row, write_jsonl
from toolkit.exchange.bundle import Export, Settings
from toolkit.exchange.page import LabelView
from toolkit.records import Annotation, Failure, Sentence

NAMES = ("factual_claim", "opinion", "prediction", "rhetoric")
LABELS = [LabelView(name, f"What {name} means.") for name in NAMES]
PROVENANCE = {"run": "abc", "backend": "made", "model": {}, "calibration": None, "sources": ["a.txt"]}


def annotation(
    text: str = "Prices will fall.",
    *,
    doc: str = "a.txt",
    start: int = 0,
    label: str | None = "prediction",
    prob: float = 0.7,
    attributed: bool | None = False,
    **others: Any,
) -> Annotation:
    """One annotation; an abstention when there is no label."""
    top = label or "opinion"
    probs = {name: prob if name == top else round((1 - prob) / 3, 6) for name in NAMES}
    failed = isinstance(others.get("failure"), Failure)
    return Annotation(
        Sentence(doc, start, start + len(text), text),
        "made",
        "abc",
        label=label,
        probs={} if failed else probs,
        attributed=attributed,
        attributed_prob=None if attributed is None else 0.9 if attributed else 0.1,
        abstained=label is None and not failed,
        **others,
    )


def bundle(annotations: Sequence[Annotation], unit: str = "sentence", **others: Any) -> Export:
    """An export of one part."""
    fields = {"texts": {}, "settings": Settings(), "labels": LABELS} | others
    return Export("made", parts={"": annotations}, unit=unit, provenance=PROVENANCE, **fields)  # type: ignore[arg-type]


def run_file(folder: Path, annotations: Sequence[Annotation]) -> Path:
    """The annotations as a file that `claimkit annotate` could have written."""
    path = folder / "run.jsonl"
    write_jsonl((to_row(one) for one in annotations), path)
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    """Lines of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
"""Whatever a decoded document may hold: all of Unicode but NUL, which is refused at reading."""
TEXTS = st.text(st.one_of(CHARACTERS, st.sampled_from("🙂👩🏽é\r\n\t \u2028\u0085'\"=<&|")), min_size=1, max_size=12)
SENTENCES = TEXTS.map(str.strip).filter(bool)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[Annotation]]:
    """A text, and annotations of some stretches of it."""
    pieces, found, at = [], [], 0
    for _ in range(draw(st.integers(1, 4))):
        gap, sentence = draw(st.one_of(st.just(" "), st.just("\n\n"), TEXTS)), draw(SENTENCES)
        label = draw(st.sampled_from([*NAMES, None]))
        flag = draw(st.booleans())
        found.append(annotation(sentence, start=at + len(gap), label=label, attributed=flag))
        pieces += [gap, sentence]
        at += len(gap) + len(sentence)
    return "".join(pieces), found
