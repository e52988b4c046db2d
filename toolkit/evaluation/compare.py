"""Puts earlier results side by side: one leaderboard and all pairs, on the same gold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit import resources
from toolkit.corpus.write import write_jsonl
from toolkit.errors import InputError
from toolkit.evaluation import folder
from toolkit.evaluation.annotators import agreement, load_answers
from toolkit.evaluation.comparison import compare
from toolkit.evaluation.goldset import SPLITS, GoldSet, load_gold
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.load import load_results
from toolkit.evaluation.measure import as_result, measure
from toolkit.evaluation.schema import FORMAT, Comparison, GoldFacts, Result, Results
from toolkit.evaluation.scored import Scored
from toolkit.labels import LabelSet, load_labels

WANTED = (0.8, 0.9, 0.95, 0.99)

Rows = list[dict[str, Any]]


def folder_of(path: Path) -> Path:
    """The results folder that is meant by it, or by the ``results.json`` in it."""
    return path.parent if path.is_file() else path


class Earlier:
    """The results in one folder.

    Args:
        path: The folder.
        gold: Files or folders to look for gold in, where the results do not hold it (format 1).
        labels: Label set of that gold.
    """

    def __init__(self, path: Path, gold: Sequence[Path], labels: LabelSet) -> None:
        self.path = folder_of(path)
        self.name = self.path.resolve().name
        self.results = load_results(path)
        self.gold = {one["name"]: one for one in self.results["gold"]}
        self._places = gold
        self._labels = labels

    def gold_rows(self, name: str) -> Rows:
        """The gold rows that were scored.

        Raises:
            InputError: They are not in the folder, and no gold set with their hash is known.
        """
        facts = self.gold[name]
        path = self.path / facts["rows"]
        if path.is_file():
            return folder.read_rows(path)
        found = find_gold(facts["sha256"], self._places, self._labels)
        if found is None:
            raise InputError(
                f"The gold set {name!r} of {self.name} (SHA-256 {facts['sha256'][:12]}…) is not there.",
                hint="Give the file or folder that it is in with --gold; the hash must be the same.",
            )
        columns = {column for row in found.rows for column in row.columns}
        return folder.gold_rows(found, agreement(found, load_answers(found)), columns)

    def predictions(self, result: Result, scheme: Sequence[str]) -> Rows:
        """What a backend answered, with its classes even in results of format 1."""
        rows = folder.read_rows(self.path / result["predictions"])
        for row in rows:
            if "scores" not in row:
                row |= {"answer": row["label"], "scores": row["probs"]}
            if row["scores"] is not None and not set(scheme) <= set(row["scores"]):
                raise InputError(
                    f"{self.path / result['predictions']} has no scores of {', '.join(scheme)}.",
                    hint="Is the results folder whole?",
                )
        return rows


def compare_results(
    paths: Sequence[Path],
    *,
    gold: Sequence[Path] = (),
    labels: str = "claims",
    resamples: int = 2000,
    seed: int = 0,
    output: Path | None = None,
) -> Results:
    """Leaderboard and paired comparison over earlier results.

    Args:
        paths: Folders that ``claimkit evaluate`` wrote.
        gold: Where to look for gold that is not in them.
        labels: Label set of that gold.
        resamples: Draws of the bootstrap.
        seed: Of the drawing.
        output: Write gold, predictions and results into this folder, as an evaluation would.

    Returns:
        Results as of one evaluation of all backends. Backends of the same name get that of their folder before theirs.

    Raises:
        InputError: Folders that are no results, or that were measured on different gold.
    """
    label_set = load_labels(labels)
    # A folder and the results.json in it, or two ways to write its path, are one.
    once = {folder_of(path).resolve(): path for path in reversed(paths)}
    earlier = [Earlier(path, gold, label_set) for path in reversed(once.values())]
    names = shared_gold(earlier)
    titles = _titles(earlier)
    options = Bootstrap(resamples, seed)
    facts: list[GoldFacts] = []
    results: list[Result] = []
    comparisons: list[Comparison] = []
    for name in names:
        rows = earlier[0].gold_rows(name)
        classes = earlier[0].gold[name]["scheme"]["classes"]
        scored: dict[str, Scored] = {}
        for one in earlier:
            for result in one.results["results"]:
                if result["gold"] == name:
                    title = titles[one.path, result["backend"]]
                    predictions = one.predictions(result, classes)
                    _require_same_rows(rows, predictions, one, result)
                    scored[title], again = _measured(one, result, title, rows, predictions, options)
                    if found := result["cascade"]:
                        cheap, costly, better = (
                            titles[one.path, member] for member in (found["cheap"], found["costly"], found["better"])
                        )
                        again["cascade"] = {**found, "cheap": cheap, "costly": costly, "better": better}
                    results.append(again)
                    if output:
                        write_jsonl(predictions, output / again["predictions"])
        pairs, detectable = compare(scored, name, options)
        comparisons += pairs
        facts.append({**earlier[0].gold[name], "rows": folder.gold_path(name), "detectable": detectable})
        if output:
            write_jsonl(rows, output / folder.gold_path(name))
    first = earlier[0].results
    oldest = min(one.results.get("read_from", FORMAT) for one in earlier)
    compared: Results = {
        "format": FORMAT,
        "name": " and ".join(dict.fromkeys(one.name for one in earlier)),
        "description": "Earlier results side by side.",
        "config": {"compared": [one.name for one in earlier]},
        "labels": first["labels"],
        "stamp": {**first["stamp"], "seed": seed, "resamples": resamples},
        "gold": facts,
        "backends": {
            titles[one.path, name]: backend for one in earlier for name, backend in one.results["backends"].items()
        },
        "results": results,
        "comparisons": comparisons,
        "robustness": [
            {**found, "backend": titles[one.path, found["backend"]]}
            for one in earlier
            for found in one.results["robustness"]
            if found["gold"] in names
        ],
    }
    if oldest < FORMAT:
        compared["read_from"] = oldest
    return compared


def shared_gold(earlier: Sequence[Earlier]) -> list[str]:
    """Names of the gold sets, which must be the same in all results.

    Raises:
        InputError: A set is missing in one of them, or differs.
    """
    first = earlier[0]
    for other in earlier[1:]:
        if first.gold.keys() != other.gold.keys():
            only = sorted(first.gold.keys() ^ other.gold.keys())
            raise InputError(
                f"{first.name} and {other.name} have different gold sets: {', '.join(only)} in one of them.",
                hint="Compare results of the same evaluation config.",
            )
        for name, facts in first.gold.items():
            for what, key in (("gold", "sha256"), ("classes", "scheme")):
                mine: Any = facts[key]  # type: ignore[literal-required]
                theirs: Any = other.gold[name][key]  # type: ignore[literal-required]
                if mine != theirs:
                    both = f"{_short(mine)} in {first.name}, {_short(theirs)} in {other.name}"
                    raise InputError(
                        f"The {what} of {name!r} differ: {both}.",
                        hint="Figures on different gold cannot be compared; run the older evaluation again.",
                    )
    return list(first.gold)


def _short(value: Any) -> str:
    return f"SHA-256 {value[:12]}…" if isinstance(value, str) else ", ".join(value["classes"])


def find_gold(sha256: str, places: Sequence[Path], labels: LabelSet) -> GoldSet | None:
    """The gold set with a hash, among given places and the sets that come with claimkit."""
    shipped = sorted((resources.data_root() / "eval").glob("*/"))
    for place in [*places, *shipped]:
        splits = [split for split in SPLITS if (place / f"{split}.jsonl").is_file()] if place.is_dir() else ["test"]
        for split in splits:
            try:
                found = load_gold(place, labels, split=split)
            except InputError:  # a set of another kind lies beside ours
                continue
            if found.digest == sha256:
                return found
    return None


def _titles(earlier: Sequence[Earlier]) -> dict[tuple[Path, str], str]:
    """What each backend is called: its name, after that of its folder where two have the same."""
    names = [name for one in earlier for name in one.results["backends"]]
    titles = {}
    for number, one in enumerate(earlier, start=1):
        folders = [other.name for other in earlier]
        prefix = one.name if folders.count(one.name) == 1 else f"{one.name}-{number}"
        for name in one.results["backends"]:
            titles[one.path, name] = f"{prefix}/{name}" if names.count(name) > 1 else name
    return titles


def _require_same_rows(rows: Rows, predictions: Rows, one: Earlier, result: Result) -> None:
    if [row["id"] for row in rows] != [row["doc_id"] for row in predictions]:
        raise InputError(
            f"The predictions of {result['backend']} in {one.name} are not of the gold set {result['gold']!r}.",
            hint="Is the results folder whole?",
        )


def _measured(
    one: Earlier, result: Result, title: str, rows: Rows, predictions: Rows, options: Bootstrap
) -> tuple[Scored, Result]:
    classes = one.gold[result["gold"]]["scheme"]["classes"]
    columns = dict.fromkeys(group["column"] for group in result["slices"]["groups"])
    scored, figures = measure(
        rows,
        predictions,
        classes,
        options,
        columns=[name for name in columns if name in _columns(rows)],
        minimum=result["slices"]["minimum"] or 30,
        wanted=[row["wanted"] for row in result["thresholds"]] or WANTED,
    )
    head: Mapping[str, str] = {
        "gold": result["gold"],
        "split": result["split"],
        "backend": title,
        "run": result["run"],
        "predictions": folder.predictions_path(result["gold"], title),
    }
    return scored, as_result(head, figures, result["speed"])


def _columns(rows: Rows) -> set[str]:
    return {name for row in rows for name in row["columns"]}
