"""Splits by document: like label shares, and nothing that stands in two of them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from toolkit.errors import ConfigError, InputError
from toolkit.evaluation.duplicates import LONG, plain
from toolkit.exchange.near import near_pairs
from toolkit.exchange.select import lot
from toolkit.records import Annotation

SPLITS = ("train", "dev", "test")
SAME = 0.5
"""Documents are copies of each other when this share of the long sentences of one stands in the other too."""


MANY = 64
"""Documents with one sentence in common that are all compared with each other."""


class Split(NamedTuple):
    """The rows of each split, and how many were left out because another split has them too."""

    parts: Mapping[str, Sequence[Annotation]]
    left_out: int


def split(annotations: Sequence[Annotation], *, dev: float, test: float, seed: int = 0) -> Split:
    """Share documents out over train, dev and test.

    Documents that are copies of each other go together. A sentence that stands in two splits all the same, exactly or
    nearly, is kept in the one that is measured on: in test before dev before train.

    Args:
        annotations: What to share out.
        dev: Share of dev; 0 for none.
        test: Share of test; 0 for none.
        seed: Of the lots that decide between equals.

    Raises:
        ConfigError: The shares are more than everything.
        InputError: There are too few documents.
    """
    if min(dev, test) < 0 or dev + test >= 1:
        raise ConfigError(f"Shares of {dev:g} and {test:g} leave nothing for train.", hint="Give less than 1 in all.")
    shares = {name: share for name, share in zip(SPLITS, (1 - dev - test, dev, test), strict=True) if share}
    pairs = near_pairs([a.sentence.text for a in annotations])
    groups = _groups(annotations, pairs)
    if len(groups) < len(shares):
        raise InputError(
            f"{len(groups)} document{'s are' if len(groups) != 1 else ' is'} too few for the splits "
            f"{', '.join(shares)}; copies of each other count as one.",
            hint="Pass --dev 0 --test 0, or export more documents.",
        )
    place = _assign(annotations, groups, shares, seed)
    parts: dict[str, list[Annotation]] = {name: [] for name in shares}
    for annotation in annotations:
        parts[place[annotation.sentence.doc_id]].append(annotation)
    return _apart(parts, pairs)


def _groups(annotations: Sequence[Annotation], pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Documents, those that are copies of each other together."""
    texts: defaultdict[str, set[str]] = defaultdict(set)
    for annotation in annotations:
        words = plain(annotation.sentence.text)
        texts[annotation.sentence.doc_id] |= {words} if len(words) >= LONG else set()
    home: defaultdict[str, list[str]] = defaultdict(list)
    for document, own in texts.items():
        for text in own:
            home[text].append(document)
    for documents in home.values():
        documents.sort()
    linked: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        linked[one].add(other)
        linked[other].add(one)
    leader = {document: document for document in texts}

    def find(document: str) -> str:
        while leader[document] != document:
            leader[document] = document = leader[leader[document]]
        return document

    for document, own in texts.items():
        shared: Counter[str] = Counter()
        for text in own:
            shared.update(set().union(*(_nearby(home[twin], document) for twin in (text, *linked[text]))))
        for other, count in shared.items():
            if count >= SAME * min(len(own), len(texts[other])):
                leader[find(document)] = find(other)
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for document in texts:
        groups[find(document)].append(document)
    return list(groups.values())


def _nearby(home: Sequence[str], document: str) -> set[str]:
    """The other documents that a sentence stands in; of very many only the next one, which links copies as well."""
    if len(home) <= MANY:
        return {*home} - {document}
    at = bisect_left(home, document)
    return {*home[at : at + 2]} - {document}


def _assign(
    annotations: Sequence[Annotation], groups: Sequence[Sequence[str]], shares: Mapping[str, float], seed: int
) -> dict[str, str]:
    """Document to split: large groups first, each to where it brings the labels nearest to their shares."""
    counts: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
    for annotation in annotations:
        counts[annotation.sentence.doc_id][annotation.label] += 1
    own = [sum((counts[document] for document in group), Counter[str | None]()) for group in groups]
    total = sum(own, Counter[str | None]())
    order = sorted(range(len(groups)), key=lambda i: (-int(math.log2(own[i].total() or 1)), lot(seed, min(groups[i]))))
    have: dict[str, Counter[str | None]] = {name: Counter() for name in shares}
    place: dict[str, str] = {}
    for done, index in enumerate(order):
        empty = [name for name in shares if not have[name]]
        # The last groups must fill what is still empty, however large the others' want is.
        choice = empty if len(empty) >= len(order) - done else list(shares)

        best = min(choice, key=lambda name: _misfit(own[index], have[name], total, shares[name]))
        have[best] += own[index]
        place |= dict.fromkeys(groups[index], best)
    return place


def _misfit(added: Counter[str | None], have: Counter[str | None], total: Counter[str | None], share: float) -> float:
    """What a group adds to the χ² of a split against its share of each label; negative while the split wants more."""
    return sum(
        count * (have[label] + count / 2 - share * total[label]) / (share * total[label] ** 2)
        for label, count in added.items()
    )


def _apart(parts: Mapping[str, Sequence[Annotation]], pairs: Sequence[tuple[str, str]]) -> Split:
    """Take out of each split what a later one has too."""
    linked: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        linked[one].add(other)
        linked[other].add(one)
    later: set[str] = set()
    kept: dict[str, list[Annotation]] = {}
    left_out = 0
    for name in reversed(list(parts)):
        own = [(annotation, plain(annotation.sentence.text)) for annotation in parts[name]]
        kept[name] = [a for a, words in own if words not in later]
        left_out += len(own) - len(kept[name])
        for words in {words for a, words in own if words not in later and len(words) >= LONG}:
            later |= {words, *linked[words]}
        if not kept[name]:
            raise InputError(
                f"All sentences of {name} stand in another split too.", hint="Pass --dev 0 --test 0 for no splits."
            )
    return Split({name: kept[name] for name in parts}, left_out)
