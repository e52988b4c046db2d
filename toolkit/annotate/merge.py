"""Puts the shards of a run together, into just what the whole run would have written."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.annotate.manifest import Journal, Part, changed, write_manifest
from toolkit.annotate.output import Output
from toolkit.annotate.shard import Shard
from toolkit.annotate.summary import Summary
from toolkit.annotate.work import FRESH
from toolkit.corpus.outputs import read_manifest
from toolkit.corpus.write import atomic
from toolkit.errors import InputError, OutputError

OF_A_SHARD = {"shard", "target"}
"""Keys of a manifest that a whole run does not have."""

SAME = "All shards must be of the same command, but for --shard."


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished shard.

    Attributes:
        folder: Where it is.
        shard: Which one.
        manifest: What it recorded of itself.
        parts: Its windows, in order.
    """

    folder: Path
    shard: Shard
    manifest: dict[str, Any]
    parts: Sequence[Part]


def merge(folders: Sequence[Path], target: Path, *, fresh: bool = False) -> Summary:
    """Write what the run would have written without shards: the same rows in the same order, byte for byte.

    Args:
        folders: Of all shards of one run, in any order.
        target: As -o of the run: a path ending in .jsonl, .csv or .parquet, or a folder.
        fresh: Discard a run of other settings that is at the target.

    Raises:
        InputError: A shard is missing, unfinished or there twice, or they are of different runs.
        OutputError: The target holds something else, is itself a shard, or is of another kind than the shards were made
            for.
    """
    pieces = [_piece(folder) for folder in folders]
    _require_one_run(pieces)
    first = min(pieces, key=lambda piece: piece.shard.number)
    output = Output(target, [label["name"] for label in first.manifest["labels"]])
    windows = first.manifest["read"]["windows"]
    parts = sorted((part for piece in pieces for part in piece.parts), key=lambda part: part.index)
    paths = {part.index: _part_file(piece, part, output) for piece in pieces for part in piece.parts}
    if [part.index for part in parts] != list(range(windows)):
        missing = sorted({*range(windows)} - {part.index for part in parts})
        raise InputError(f"Parts are missing from the shards: {_some(missing)}.", hint="Run those shards again.")
    earlier = output.earlier()
    if earlier and not fresh and (differences := changed(earlier["settings"], first.manifest["settings"])):
        raise OutputError(
            f"{target} was made with other settings ({'; '.join(differences)}).",
            hint=FRESH,
        )
    with output.lock():
        output.clear()
        begun = {name: value for name, value in first.manifest.items() if name not in OF_A_SHARD}
        write_manifest(output.manifest_path, begun | {"finished": False})  # so that a merge cut short is known for one
        for part in parts:
            with paths[part.index].open("rb") as source, atomic(output.part_path(part.index)) as handle:
                shutil.copyfileobj(source, handle)
        summary = Summary(first.manifest["run"])
        for part in parts:
            output.journal.add(part)
            summary.include(part.counts)
        counts = first.manifest["counts"]  # each shard reads everything
        summary.documents, summary.without_sentences = counts["documents"], counts["without_sentences"]
        output.finish(_manifest(pieces, first, summary), parts)
    return summary


def _manifest(pieces: Sequence[Piece], first: Piece, summary: Summary) -> dict[str, Any]:
    merged = {name: value for name, value in first.manifest.items() if name not in OF_A_SHARD}
    merged["started"] = min(piece.manifest["started"] for piece in pieces)
    merged["ended"] = max(piece.manifest["ended"] for piece in pieces)
    return merged | {"counts": summary.as_dict()}


def _piece(folder: Path) -> Piece:
    """A shard that is there and done.

    Raises:
        InputError: It is none, or not finished.
    """
    manifest = read_manifest(folder / "manifest.json")
    if manifest is None or not isinstance(manifest.get("shard"), str):
        what = "does not exist" if not folder.exists() else "is not a shard of a run"
        raise InputError(f"{folder} {what}.", hint="Give the folders that `claimkit annotate --shard` wrote.")
    shard = Shard.parse(manifest["shard"])
    if not manifest["finished"]:
        raise InputError(f"{folder} is not finished.", hint=f"Run its command again, with --shard {shard}.")
    done = Journal(folder / "journal.jsonl").read()
    return Piece(folder, shard, manifest, [done[index] for index in sorted(done)])


def _require_one_run(pieces: Sequence[Piece]) -> None:
    """Check that pieces are all the shards of one run, each once.

    Raises:
        InputError: They are not.
    """
    if not pieces:
        raise InputError("There is no shard.", hint="Give the folders that `claimkit annotate --shard` wrote.")
    first = pieces[0]
    for piece in pieces[1:]:
        if differences := changed(first.manifest["settings"], piece.manifest["settings"]):
            raise InputError(
                f"{piece.folder} was made with other settings than {first.folder} ({'; '.join(differences)}).",
                hint=SAME,
            )
        if piece.shard.count != first.shard.count:
            raise InputError(
                f"{piece.folder} is one of {piece.shard.count} shards and {first.folder} one of {first.shard.count}.",
                hint=SAME,
            )
        if piece.manifest["read"] != first.manifest["read"]:
            raise InputError(f"{piece.folder} was made from another input than {first.folder}.", hint=SAME)
    there: dict[int, Path] = {}
    for piece in pieces:
        if piece.shard.number in there:
            raise InputError(
                f"{there[piece.shard.number]} and {piece.folder} are both shard {piece.shard}.", hint="Give each once."
            )
        there[piece.shard.number] = piece.folder
    missing = [number for number in range(1, first.shard.count + 1) if number not in there]
    if missing:
        raise InputError(
            f"Of {first.shard.count} shards these are missing: {_some(missing)}.",
            hint=f"Run the command with --shard {missing[0]}/{first.shard.count}, or name its folder.",
        )


def _part_file(piece: Piece, part: Part, output: Output) -> Path:
    """The file of a part, in the form that the output has.

    Raises:
        InputError: It is not there, or damaged.
        OutputError: It has another form.
    """
    own = Output(Path(piece.manifest["target"]), output.labels)
    if own.kind != output.kind:
        raise OutputError(
            f"The shards were made for {own.path.name}, which {output.path} is not like.",
            hint=f"Name a {f'file ending in {own.kind}' if own.kind else 'folder'} with -o.",
        )
    own.parts = piece.folder / "annotations"
    if not own.intact(part):
        raise InputError(
            f"{own.part_path(part.index)} is missing or damaged.",
            hint=f"Run the command with --shard {piece.shard} again.",
        )
    return own.part_path(part.index)


def _some(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
