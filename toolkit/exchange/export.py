"""`claimkit export`: a run, filtered and split, in the format of another tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from toolkit.annotate.surroundings import Room, Surroundings, surroundings
from toolkit.errors import ConfigError, OutputError, UnknownNameError
from toolkit.exchange.bundle import Export, Settings, Unit
from toolkit.exchange.folder import folder
from toolkit.exchange.provenance import provenance
from toolkit.exchange.run import Run, read_run
from toolkit.exchange.select import Filters, select
from toolkit.exchange.splits import Split, split
from toolkit.records import Annotation

ROOM = Room(before=400, after=250)
"""What tasks show around a sentence: the one before and the one after it, with a few to spare."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be written.

    Attributes:
        module: Where its ``write`` is.
        suffix: Ending of its file; empty when it is a folder.
        units: What one of its items can be, the default first.
        whole: Whether it writes all splits itself, and has some by default.
        shown: Whether people read its items, who want to see what stands around a sentence.
    """

    module: str
    suffix: str
    units: Sequence[Unit] = ("sentence",)
    whole: bool = False
    shown: bool = False


FORMATS: Mapping[str, Format] = {
    "jsonl": Format("jsonl", ".jsonl"),
    "csv": Format("spreadsheet", ".csv"),
    "xlsx": Format("workbook", ".xlsx"),
    "parquet": Format("parquet", ".parquet"),
    "huggingface": Format("huggingface", "", whole=True),
    "label-studio": Format("label_studio", "", ("sentence", "document"), shown=True),
    "argilla": Format("argilla", "", ("sentence", "document"), shown=True),
    "prodigy": Format("prodigy", ".jsonl", ("sentence", "document"), shown=True),
    "doccano": Format("doccano", ".jsonl", ("sentence", "document"), shown=True),
    "spacy": Format("spacy", ".spacy", ("document", "sentence")),
    "conll": Format("conll", ".conllup"),
    "brat": Format("brat", "", ("document",)),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What was written.

    Attributes:
        parts: Split to the number of its sentences.
        documents: How many documents they are from.
        left_out: Why others are not there, with how many.
        blanked: Documents whose source is gone or changed, where the format has whole documents.
        notes: What else the user should know.
    """

    parts: Mapping[str, int]
    documents: int
    left_out: Mapping[str, int]
    blanked: Sequence[str]
    notes: Sequence[str] = ()


def export(
    run: Path, form: str, output: Path, *, filters: Filters | None = None, settings: Settings | None = None
) -> Report:
    """Export a run.

    Args:
        run: Run folder, or file of annotations.
        form: Name of the format.
        output: File, or folder where the format is one or there are splits.
        filters: Which annotations leave.
        settings: How to export.

    Raises:
        UnknownNameError: No such format.
        ConfigError: Something that the format cannot do or needs.
        InputError: There is no run, or nothing to export.
        OutputError: The place is taken by something else.
        MissingExtraError: The package of the format is not installed.
    """
    settings, filters = settings or Settings(), filters or Filters()
    chosen = _format(form, settings)
    module = import_module(f"toolkit.exchange.{chosen.module}")
    source = read_run(run)
    kept, left_out = select(source.annotations, filters, source.labels)
    parts, left_out = _parts(kept, left_out, chosen, settings)
    unit = settings.unit or chosen.units[0]
    found = Export(
        name=Path(source.name).stem,
        labels=source.labels,
        parts=parts,
        unit=unit,
        settings=settings,
        provenance=provenance(source),
        left_out=left_out,
        texts=_texts(source, kept) if unit == "document" else {},
        flag=any(annotation.attributed is not None for annotation in source.annotations),
        around=_around(source, kept) if (chosen.shown or settings.review) and unit == "sentence" else {},
    )
    notes = _write(found, chosen, module.write, output)
    blanked = [document.id for document in found.documents() if not document.faithful] if unit == "document" else []
    documents = len({annotation.sentence.doc_id for annotation in found.annotations})
    return Report({name: len(part) for name, part in parts.items()}, documents, left_out, blanked, notes)


def _format(form: str, settings: Settings) -> Format:
    if form not in FORMATS:
        raise UnknownNameError("format", form, FORMATS)
    chosen = FORMATS[form]
    if settings.unit and settings.unit not in chosen.units:
        raise ConfigError(
            f"{form} has no items that are a {settings.unit}.", hint=f"Leave out --unit, or pass {chosen.units[0]}."
        )
    if chosen.whole and not (settings.licence or "").strip():
        raise ConfigError(
            "A dataset needs the licence of its texts, which claimkit cannot know.",
            hint="Pass --licence, such as cc-by-4.0, or other.",
        )
    if settings.review and form not in ("csv", "xlsx"):
        raise ConfigError(f"{form} has no columns to answer in.", hint="--review goes with csv and xlsx.")
    return chosen


def _parts(
    kept: Sequence[Annotation], left_out: dict[str, int], chosen: Format, settings: Settings
) -> tuple[Mapping[str, Sequence[Annotation]], dict[str, int]]:
    default = 0.1 if chosen.whole else 0.0
    dev = default if settings.dev is None else settings.dev
    test = default if settings.test is None else settings.test
    if not dev and not test:
        return {"train" if chosen.whole else "": kept}, left_out
    found: Split = split(kept, dev=dev, test=test, seed=settings.seed)
    return found.parts, left_out | ({"in another split too": found.left_out} if found.left_out else {})


def _write(found: Export, chosen: Format, write: Callable[[Export, Path], Sequence[str]], output: Path) -> list[str]:
    """Write every part: to one file, or to a folder with a record of what is there."""
    if not (chosen.whole or len(found.parts) > 1 or not chosen.suffix):
        if output.is_dir():
            raise OutputError(f"{output} is a folder.", hint=f"The format is one file; end -o in {chosen.suffix}.")
        return list(write(found, output))
    with folder(output, found) as place:
        if chosen.whole:
            return list(write(found, place))
        notes: list[str] = []
        for name, part in found.parts.items():
            notes += write(replace(found, parts={name: part}), place / f"{name}{chosen.suffix}" if name else place)
        return list(dict.fromkeys(notes))


def _around(source: Run, kept: Sequence[Annotation]) -> dict[str, Surroundings]:
    """What stands around the sentences that leave; around it stand also those that stay."""
    documents = {annotation.sentence.doc_id for annotation in kept}
    sentences = (a.sentence for a in source.annotations if a.sentence.doc_id in documents and a.sentence.text.strip())
    return surroundings(source.manifest, sentences, ROOM)


def _texts(source: Run, kept: Sequence[Annotation]) -> dict[str, str]:
    if source.manifest.get("settings", {}).get("reading", {}).get("unit") == "row":
        return {a.sentence.doc_id: a.sentence.text for a in kept}  # a row is its whole text
    return source.texts(a.sentence.doc_id for a in kept)
