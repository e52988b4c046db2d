"""Few-shot examples against the gold: what a prompt shows must not be what is scored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.backends.config import BackendBase
from toolkit.backends.prompt_config import PromptedBase
from toolkit.corpus.examples import rows
from toolkit.errors import InputError
from toolkit.evaluation.duplicates import LONG, Text, leakage, plain
from toolkit.evaluation.goldset import GoldSet
from toolkit.evaluation.schema import Match


class Shown(NamedTuple):
    """A sentence that a prompt may show with its label.

    Attributes:
        text: It, its id or line, and the name of its file.
        file: The file.
        doc: The document that it stands in.
    """

    text: Text
    file: Path
    doc: str


def shown_by(backends: Sequence[BackendBase]) -> list[Shown]:
    """Everything in the files that the prompts of backends take examples from, each file once."""
    files = dict.fromkeys(
        file
        for backend in backends
        if isinstance(backend, PromptedBase) and backend.examples is not None
        for file in backend.examples.files
    )
    return [
        Shown(Text(str(row.get("id") or line), file.name, text), file, str(row.get("doc") or text))
        for file in files
        for line, row in rows(file)
        if (text := str(row.get("text") or "").strip())
    ]


def require_examples_apart(backends: Sequence[BackendBase], gold: Sequence[GoldSet]) -> None:
    """Refuse examples that stand in what is scored.

    On a dev split, and in a single file that is the examples' own, they may: no sentence is shown its own answer.

    Raises:
        InputError: An example of a prompt is a row of the gold, word for word.
    """
    examples = shown_by(backends)
    for one in gold:
        if one.split == "dev":
            continue
        scored = {words: row.id for row in one.rows if len(words := plain(row.text)) >= LONG}
        for example in examples:
            row = scored.get(plain(example.text.text))
            if row is not None and not _is_of(example.file, one):
                raise InputError(
                    f"The example {example.text.id} of {example.file} is the row {row} of the gold set {one.name!r}.",
                    hint="Take the examples from other text than what is scored, such as the dev split.",
                )


def near_examples(own: Sequence[Text], examples: Sequence[Shown]) -> list[Match]:
    """Rows that an example resembles without being it, which a prompt may show them.

    Examples of the document that a row itself is an example of are never shown to it, so they do not count.
    """
    documents: dict[str, set[str]] = {}
    for one in examples:
        documents.setdefault(plain(one.text.text), set()).add(one.doc)
    found: list[Match] = []
    for row in own:
        barred = documents.get(plain(row.text), set())
        if not barred:
            continue
        others = [one.text for one in examples if one.doc not in barred]
        found += leakage([row], others)
    free = [row for row in own if plain(row.text) not in documents]
    return [*found, *leakage(free, [one.text for one in examples])]


def _is_of(file: Path, gold: GoldSet) -> bool:
    """Whether the gold set is that one file."""
    return (
        gold.split == ""
        and gold.folder is not None
        and file.resolve() == (gold.folder / file.name).resolve()
        and (file.stem == gold.name)
    )
