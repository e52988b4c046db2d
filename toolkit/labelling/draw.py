"""`claimkit sample` from its arguments to its file: what is left out, how many it takes, which are chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.annotate.documents import manifest_of
from toolkit.corpus.write import write_jsonl
from toolkit.errors import InputError
from toolkit.evaluation.answers import read_table
from toolkit.labelling.items import Item, is_run, items_of_run
from toolkit.labelling.outlook import outlook
from toolkit.labelling.sampling import MEASURING, WAYS, Embed, Way, sample, sentence_vectors
from toolkit.labelling.sizes import FIGURES, Outlook

SIZE = 200
"""Sentences when neither a size nor a width is wanted."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted.

    Attributes:
        run: Annotations to sample from.
        way: How to choose.
        size: How many; None takes what ``width`` needs, or `SIZE`.
        width: Wanted width of the 95 % intervals of accuracy and macro-F1, end to end.
        other: Another run, for ``disagreement``.
        exclude: Gold sets, samples or answers whose sentences are left out.
        pilot: Gold file with sentences of this run, which makes the sizes better.
        accuracy: Assumed for the sizes instead of what the probabilities say.
        correlation: Within documents, assumed for the sizes.
        seed: Of the drawing.
    """

    run: Path
    way: Way = "random"
    size: int | None = None
    width: float | None = None
    other: Path | None = None
    exclude: Sequence[Path] = ()
    pilot: Path | None = None
    accuracy: float | None = None
    correlation: float | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """What came of it.

    Attributes:
        items: The chosen ones.
        size: How many were wanted.
        outlook: What intervals to expect; None where the way of choosing allows none.
        excluded: How many were left out by ``exclude``.
    """

    items: Sequence[Item]
    size: int
    outlook: Outlook | None
    excluded: int


def draw(request: Request, *, embed: Embed = sentence_vectors) -> Sample:
    """Choose the sample.

    Args:
        request: What is wanted.
        embed: Sentence vectors, for ``diverse``.

    Raises:
        InputError: A file is missing or of the wrong kind, or the run lacks what the way needs.
    """
    if request.way not in WAYS:
        raise InputError(f"There is no way {request.way!r} to sample.", hint=f"Ways: {', '.join(WAYS)}.")
    if (request.way == "disagreement") != (request.other is not None):
        raise InputError(
            "To sample by disagreement takes two runs.", hint="Give RUN, --by disagreement and --against OTHER_RUN."
        )
    if request.width is not None and request.way not in MEASURING:
        raise InputError(
            f"A sample by {request.way} is no measure of the run, so no width can be promised.",
            hint=f"Give --size, or choose --by {' or '.join(MEASURING)}.",
        )
    every = items_of_run(_run(request.run))
    other = {item.id: item for item in items_of_run(_run(request.other))} if request.other else None
    ids, texts = _excluded(request.exclude)
    items = [item for item in every if item.id not in ids and _plain(item.text) not in texts]
    labels = _labels(request.run, every)
    pilot = _pilot(request.pilot, labels) if request.pilot else None
    # With a pilot that is left out of the sample, the sizes still follow from all of the run.
    expected = (
        outlook(
            every if pilot else items,
            labels,
            pilot=pilot,
            accuracy=request.accuracy,
            correlation=request.correlation,
            evenly=request.way == "document",
        )
        if request.way in MEASURING
        else None
    )
    size = request.size or _size(expected, request.width)
    chosen = sample(items, size, request.way, seed=request.seed, other=other, embed=embed)
    return Sample(chosen, size, expected, len(every) - len(items))


def write_sample(items: Sequence[Item], path: Path) -> None:
    """Write what `claimkit label` reads.

    Raises:
        InputError: It would not be JSONL.
        OutputError: It cannot be written.
    """
    require_jsonl(path)
    write_jsonl((item.to_row() for item in items), path)


def require_jsonl(path: Path) -> None:
    """Refuse a path with another ending.

    Raises:
        InputError: It has one.
    """
    if path.suffix.lower() != ".jsonl":
        raise InputError(f"{path} does not end in .jsonl.", hint="Name a .jsonl file with -o.")


def _run(path: Path) -> Path:
    if not path.exists():
        raise InputError(f"The run {path} does not exist.", hint="Give what `claimkit annotate -o` wrote.")
    if not is_run(path):
        raise InputError(f"{path} is not a run.", hint="Give what `claimkit annotate -o` wrote.")
    return path


def _size(expected: Outlook | None, width: float | None) -> int:
    if expected is None or width is None:
        return SIZE
    needed = {figure: expected.needed(figure, width) for figure in FIGURES}
    if missing := [figure for figure, n in needed.items() if n is None]:
        finest = expected.finest(missing[0])
        reason = (
            f"its {expected.documents} documents are too few for an interval"
            if finest is None
            else f"its {expected.documents} documents leave one of {finest:.3f} however many sentences are labelled"
        )
        raise InputError(
            f"No sample of this run gives an interval of {width:g}: {reason}.",
            hint="Annotate more documents, or take a wider --width.",
        )
    return max(n for n in needed.values() if n is not None)


def _labels(run: Path, items: Sequence[Item]) -> list[str]:
    named = [str(label["name"]) for label in manifest_of(run).get("labels", [])]
    said = [item.suggestion for item in items if item.suggestion]
    used = dict.fromkeys(name for one in said for name in (*one.probs, one.label) if name is not None)
    labels = named or [*used]
    if len(labels) < 2:
        raise InputError(f"The labels of {run} are not known.", hint="It has no manifest and no probabilities.")
    return labels


def _excluded(paths: Sequence[Path]) -> tuple[set[str], set[str]]:
    """Ids and texts of what is not to be chosen; folders give all their splits."""
    files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    rows = [row for file in files for _, row in read_table(file)]
    return {str(row["id"]) for row in rows if row.get("id")}, {
        _plain(str(row["text"])) for row in rows if row.get("text")
    }


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _pilot(path: Path, labels: Sequence[str]) -> Mapping[str, str]:
    files = (
        [file for split in ("dev", "test") if (file := path / f"{split}.jsonl").is_file()] if path.is_dir() else [path]
    )
    found: dict[str, str] = {}
    for file in files:
        for place, row in read_table(file):
            if row.get("label") is None:
                continue
            if row["label"] not in labels:
                raise InputError(
                    f"{place}: {row['label']!r} is not a label of the run.", hint=f"Labels: {', '.join(labels)}."
                )
            found[str(row.get("id"))] = row["label"]
    return found
