"""Which annotations leave: by label, probability, flag and source, capped and sampled by lot."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from toolkit.errors import ConfigError, InputError
from toolkit.evaluation.duplicates import Text, leakage, plain, read_training
from toolkit.exchange.page import LabelView
from toolkit.records import Annotation

Abstained = Literal["keep", "drop", "only"]
"""What happens to sentences that the backend abstained on."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What to keep; the default keeps every sentence that has an answer, abstentions included.

    Attributes:
        labels: Labels to keep; all when empty. With ``abstained="only"`` the most probable label counts.
        min_prob: Least probability of the label, or of the most probable one where there is none.
        max_prob: Greatest probability.
        abstained: Keep, drop, or take nothing but sentences that the backend abstained on.
        attributed: Keep those with the flag, or those without it.
        failed: Keep sentences without an answer too.
        per_document: At most so many of a document.
        per_label: At most so many of a label.
        sample: So many in all, in the proportions of the labels.
        exclude: Gold sets (folder or file) whose sentences stay out, near duplicates of them too.
        seed: Of the lots that caps and samples are drawn by.
    """

    labels: Sequence[str] = ()
    min_prob: float | None = None
    max_prob: float | None = None
    abstained: Abstained = "keep"
    attributed: bool | None = None
    failed: bool = False
    per_document: int | None = None
    per_label: int | None = None
    sample: int | None = None
    exclude: Sequence[Path] = ()
    seed: int = 0


def select(
    annotations: Sequence[Annotation], filters: Filters, labels: Sequence[LabelView]
) -> tuple[list[Annotation], dict[str, int]]:
    """Choose annotations.

    Args:
        annotations: Of a run.
        filters: What to keep.
        labels: The label set.

    Returns:
        Those that are kept, in their order, and how many each filter took out.

    Raises:
        ConfigError: A label that is not in the set.
        InputError: A gold set cannot be read, or nothing is left.
    """
    names = [label.name for label in labels]
    if unknown := [name for name in filters.labels if name not in names]:
        raise ConfigError(f"The run has no label {unknown[0]!r}.", hint=f"Its labels: {', '.join(names)}.")
    kept, out = list(annotations), {}
    for reason, keep in _rules(filters):
        before = len(kept)
        kept = [annotation for annotation in kept if keep(annotation)]
        if before > len(kept):
            out[reason] = before - len(kept)
    for reason, thin in _thinning(filters):
        thinned = thin(kept)
        if len(thinned) < len(kept):
            out[reason] = len(kept) - len(thinned)
        kept = thinned
    if not kept:
        raise InputError("Nothing is left to export" + (f" ({told(out)})." if out else "."), hint="Loosen the filters.")
    return kept, out


def told(out: dict[str, int]) -> str:
    """What was left out, in words."""
    return ", ".join(f"{count:,} {reason}" for reason, count in out.items())


def probability(annotation: Annotation) -> float | None:
    """Probability of the label, or of the most probable one where there is none; None without probabilities."""
    if not annotation.probs:
        return None
    return annotation.probs.get(annotation.label or "", max(annotation.probs.values()))


def top(annotation: Annotation) -> str | None:
    """The label, or the most probable one where the backend abstained."""
    if annotation.label is None and annotation.probs:
        return max(annotation.probs, key=lambda name: annotation.probs[name])
    return annotation.label


def lot(seed: int, name: str) -> bytes:
    """What a row draws: the same whatever else is in the run, so that a larger sample holds the smaller one."""
    return hashlib.blake2b(f"{seed}:{name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _rules(filters: Filters) -> list[tuple[str, Callable[[Annotation], bool]]]:
    rules: list[tuple[str, Callable[[Annotation], bool]]] = [
        ("not a sentence", lambda a: a.sentence.kind == "sentence"),
        ("unreadable", lambda a: a.failure is None or bool(a.sentence.text)),
    ]
    if not filters.failed:
        rules.append(("failed", lambda a: a.failure is None))
    if filters.abstained != "keep":
        only = filters.abstained == "only"
        rules.append(("not abstained" if only else "abstained", lambda a: a.abstained == only))
    if filters.labels:
        say = top if filters.abstained == "only" else lambda a: a.label
        rules.append(("of other labels", lambda a: say(a) in filters.labels))
    if filters.min_prob is not None:
        least = filters.min_prob
        rules.append((f"below probability {least:g}", lambda a: (probability(a) or 0.0) >= least))
    if filters.max_prob is not None:
        most = filters.max_prob
        rules.append((f"above probability {most:g}", lambda a: (p := probability(a)) is not None and p <= most))
    if filters.attributed is not None:
        wanted = filters.attributed
        rules.append(("not attributed" if wanted else "attributed", lambda a: a.attributed is wanted))
    return rules


def _thinning(filters: Filters) -> list[tuple[str, Callable[[list[Annotation]], list[Annotation]]]]:
    steps: list[tuple[str, Callable[[list[Annotation]], list[Annotation]]]] = []
    if filters.exclude:
        steps.append(("in an excluded gold set", lambda kept: _without(kept, filters.exclude)))
    if (cap := filters.per_document) is not None:
        steps.append(
            ("over the cap of their document", lambda kept: _cap(kept, cap, lambda a: a.sentence.doc_id, filters.seed))
        )
    if (most := filters.per_label) is not None:
        steps.append(("over the cap of their label", lambda kept: _cap(kept, most, lambda a: a.label, filters.seed)))
    if (size := filters.sample) is not None:
        steps.append(("not drawn", lambda kept: _sample(kept, size, filters.seed)))
    return steps


def _without(kept: list[Annotation], gold: Iterable[Path]) -> list[Annotation]:
    texts: list[Text] = []
    for path in gold:
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        files = [file for file in files if file.stem not in ("annotators", "adjudicate")]
        if not files:
            raise InputError(f"There is no gold set in {path}.", hint="A gold set has dev.jsonl and test.jsonl.")
        texts += [text for file in files for text in read_training(file)]
    same = {plain(text.text) for text in texts}
    near = leakage([Text(a.sentence.id, "", a.sentence.text) for a in kept], texts)
    out = {match["id"] for match in near}
    return [a for a in kept if a.sentence.id not in out and plain(a.sentence.text) not in same]


def _cap(kept: list[Annotation], most: int, group: Callable[[Annotation], Hashable], seed: int) -> list[Annotation]:
    seen: Counter[Hashable] = Counter()
    chosen = set()
    for annotation in sorted(kept, key=lambda a: lot(seed, a.sentence.id)):
        seen[group(annotation)] += 1
        if seen[group(annotation)] <= most:
            chosen.add(annotation.sentence.id)
    return [a for a in kept if a.sentence.id in chosen]


def _sample(kept: list[Annotation], size: int, seed: int) -> list[Annotation]:
    """So many, shared out over the labels by largest remainder."""
    if size >= len(kept):
        return kept
    strata: dict[str | None, list[Annotation]] = {}
    for annotation in sorted(kept, key=lambda a: lot(seed, a.sentence.id)):
        strata.setdefault(annotation.label, []).append(annotation)
    exact = {label: size * len(rows) / len(kept) for label, rows in strata.items()}
    shares = {label: int(share) for label, share in exact.items()}
    rest = sorted(strata, key=lambda label: (shares[label] - exact[label], str(label)))
    for label in rest[: size - sum(shares.values())]:
        shares[label] += 1
    chosen = {a.sentence.id for label, rows in strata.items() for a in rows[: shares[label]]}
    return [a for a in kept if a.sentence.id in chosen]
