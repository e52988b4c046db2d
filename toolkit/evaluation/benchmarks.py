"""Public sets by name: read from a folder or the Hub, mapped to what is scored, and sampled the same way each time."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from toolkit.errors import ConfigError, InputError, UnknownNameError
from toolkit.evaluation.benchmark_sets import BENCHMARKS, Benchmark
from toolkit.evaluation.goldset import GoldRow, GoldSet
from toolkit.evaluation.schemes import LabelScheme, OneVsRestScheme, RestrictedScheme, Scheme, SubjectivityScheme
from toolkit.labels import LabelSet

FOLDER_VARIABLE = "CLAIMKIT_BENCHMARKS"
DEFAULT_FOLDER = Path("benchmarks")
"""Where the files are when neither the config nor the environment says so; from the working directory."""

PER_CLASS, SEED, SHORTEST, LONGEST = 200, 1, 4, 80
"""The sample: so many rows of each class, drawn with this seed, of at least and at most so many words."""

TEXT_COLUMNS = ("text", "sentence", "sentences", "context")


class Line(NamedTuple):
    """One row of a source: its number, its text, and the label as the source has it."""

    number: int
    text: str
    label: str


def load_benchmark(
    name: str,
    *,
    folder: Path | None = None,
    hub: str | None = None,
    labels: LabelSet,
    rows: Literal["sample", "all"] = "sample",
) -> GoldSet:
    """Load a public set.

    Args:
        name: Which.
        folder: Local folder with ``NAME.jsonl``; that of the environment variable CLAIMKIT_BENCHMARKS by default,
            else ``benchmarks``.
        hub: Hub id (or a local dataset folder) to read instead, through the library `datasets`.
        labels: The label set that backends answer in.
        rows: ``all``, or up to 200 rows a class of 4 to 80 words.

    Raises:
        UnknownNameError: There is none of that name.
        InputError: It is not there, or holds a label that the mapping does not know.
        ConfigError: The label set lacks a label that it is scored by.
    """
    one = require_benchmark(name)
    scheme = scheme_of(one, labels)
    found = _from_hub(hub, one) if hub else _from_file((folder or default_folder()) / f"{name}.jsonl", name)
    gold = [
        GoldRow(f"{name}:{line.number}", f"{name}:{line.number}", line.text, _class(line, one, name))
        for line in found
        if line.text.strip()
    ]
    chosen = gold if rows == "all" else sample(gold)
    if not chosen:
        raise InputError(f"The benchmark {name!r} has no rows.", hint="Check the file.")
    facts = {
        "name": name,
        "title": one.title,
        "source": portable(hub) if hub else one.source,
        "licence": one.licence,
        "citation": one.citation,
        "convention": one.convention,
        "rows": rows,
    }
    return GoldSet(name, "", chosen, _digest(chosen), scheme, benchmark=facts)


def require_benchmark(name: str) -> Benchmark:
    """The set of a name.

    Raises:
        UnknownNameError: There is none.
    """
    if name not in BENCHMARKS:
        raise UnknownNameError("benchmark", name, BENCHMARKS)
    return BENCHMARKS[name]


def default_folder() -> Path:
    """Where benchmark files are when a config does not say so."""
    return Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER).expanduser()


def scheme_of(one: Benchmark, labels: LabelSet) -> Scheme:
    """How a set is scored.

    Args:
        one: The set.
        labels: The label set that backends answer in.

    Raises:
        ConfigError: It lacks a label that is needed.
    """
    classes = tuple(dict.fromkeys(one.mapping.values()))
    positive = next(name for name in classes if not name.startswith("not "))
    needed = {
        "best": classes,
        "rest": (positive,),
        "recall": classes,
        "subjectivity": ("factual_claim", "opinion", "rhetoric"),
    }[one.scoring]
    if missing := [name for name in needed if name not in labels.names]:
        raise ConfigError(
            f"The benchmark is scored by {', '.join(missing)}, which {labels.name!r} does not have.",
            hint="The public benchmarks are mapped to the label set claims.",
        )
    if one.scoring == "best":
        return RestrictedScheme(tuple(name for name in labels.names if name in classes))
    if one.scoring == "rest":
        return OneVsRestScheme(positive)
    if one.scoring == "subjectivity":
        return SubjectivityScheme()
    return LabelScheme(f"recall of {positive}", labels.names)


def sample(rows: Iterable[GoldRow]) -> list[GoldRow]:
    """Up to 200 rows of each class, of 4 to 80 words; always the same ones, in the order of the source.

    Args:
        rows: All rows.
    """
    by_class: dict[str, list[tuple[int, GoldRow]]] = {}
    for place, row in enumerate(rows):
        if SHORTEST <= len(row.text.split()) <= LONGEST:
            by_class.setdefault(row.label, []).append((place, row))
    chosen: list[tuple[int, GoldRow]] = []
    for name in sorted(by_class):
        own = by_class[name]
        # A generator for each class, so that a class does not depend on how many rows the others have.
        chosen += random.Random(SEED).sample(own, PER_CLASS) if len(own) > PER_CLASS else own
    return [row for _, row in sorted(chosen, key=lambda one: one[0])]


def portable(hub: str) -> str:
    """A Hub id as it is; of a local folder the last part, since the rest belongs to this machine."""
    path = Path(hub).expanduser()
    return path.resolve().name if path.exists() or path.is_absolute() else hub


def _class(line: Line, one: Benchmark, name: str) -> str:
    if line.label not in one.mapping:
        raise InputError(
            f"Row {line.number} of the benchmark {name!r} has the label {line.label!r}, which is not known.",
            hint=f"Labels: {', '.join(one.mapping)}.",
        )
    return one.mapping[line.label]


def _from_file(path: Path, name: str) -> Iterator[Line]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The benchmark {name!r} is not there: {path} cannot be read.",
            hint=f"Set {FOLDER_VARIABLE} to the folder that holds it, or give `folder:`; see docs/benchmarks.md.",
        ) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
                yield Line(number, str(row["text"]), str(row["src_label"]))
            except (ValueError, KeyError, TypeError):
                raise InputError(
                    f"{path}, line {number}: not a row with text and src_label.", hint="One JSON object per line."
                ) from None


def _from_hub(hub: str, one: Benchmark) -> Iterator[Line]:
    """All splits of the first configuration; the others of these sets are the same rows, split in another way."""
    import datasets

    try:
        splits = datasets.load_dataset(hub, datasets.get_dataset_config_names(hub)[0])
    except Exception as error:  # of the network, the Hub, or any of its readers
        raise InputError(
            f"The dataset {hub} cannot be read: {' '.join(str(error).split())[:200]}.",
            hint="Check the id and the connection, or give a local `folder:`.",
        ) from error
    number = 0
    for split in sorted(splits):
        columns = splits[split].column_names
        text = next((name for name in TEXT_COLUMNS if name in columns), None)
        label = ("src_label",) if "src_label" in columns else one.label_columns
        if text is None or any(name not in columns for name in label):
            raise InputError(
                f"The dataset {hub} has the columns {', '.join(columns)}.",
                hint=f"It needs one of {', '.join(TEXT_COLUMNS)}, and {' and '.join(one.label_columns)}.",
            )
        for row in splits[split]:
            number += 1
            yield Line(number, str(row[text]), "|".join(_named(row[name], splits[split], name) for name in label))


def _named(value: Any, split: Any, column: str) -> str:
    """A label as its name, where the dataset knows names for numbers."""
    feature = split.features[column]
    return str(feature.int2str(value)) if hasattr(feature, "int2str") else str(value)


def _digest(rows: Iterable[GoldRow]) -> str:
    """Of the rows that are scored, whichever file they came in."""
    data = "".join(f"{row.text}\0{row.label}\1" for row in rows)
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest()
