"""What is worth knowing at first sight: one sentence each, with the section that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from toolkit.evaluation.html.words import best_first, lead, listing, percent, points, ranked, several
from toolkit.evaluation.schema import Result, Results

USEFUL = 0.2
"""Whoever labels less than this share of sentences will hardly do so."""

Tone = Literal["sure", "open", "warn", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence.

    Attributes:
        text: The sentence.
        section: Id of the section that shows it.
        tone: Whether it is certain, left open by the data, a reason to be careful, or just good to know.
    """

    text: str
    section: str
    tone: Tone = "note"


def findings(results: Results) -> list[Finding]:
    """Everything that the reader should see first, the comparisons before the rest."""
    best = best_first(results)[0]
    of_best = [one for one in results["results"] if one["backend"] == best]
    parts = (
        _comparisons(results),
        _cascades(results),
        _unanswered(results),
        _without_probabilities(results),
        _people(results, best),
        _mistakes(results, of_best),
        _calibration(of_best),
        _thresholds(of_best),
        _slices(of_best),
        _robustness(results, best),
        _health(results),
    )
    return [finding for part in parts for finding in part]


def _comparisons(results: Results) -> Iterator[Finding]:
    """The first against the second on each gold set."""
    for gold in results["gold"]:
        ranking = [name for name, _ in ranked(results, gold["name"])]
        pair = next(
            (
                lead(one)
                for one in results["comparisons"]
                if one["gold"] == gold["name"] and {one["a"], one["b"]} == set(ranking[:2])
            ),
            None,
        )
        if pair is None or pair.difference is None:
            continue
        if pair.certain:
            text = f"On {gold['name']}, {pair.ahead} beats {pair.behind} by {pair.points}."
            yield Finding(text, "pairs", "sure")
        else:
            limit = gold["detectable"]["macro_f1"]
            apart = f" This set cannot tell apart models closer than {points(limit)} points." if limit else ""
            text = f"On {gold['name']}, {pair.ahead} and {pair.behind} cannot be told apart: {pair.points}.{apart}"
            yield Finding(text, "pairs", "open")


def _cascades(results: Results) -> Iterator[Finding]:
    for result in results["results"]:
        if cascade := result["cascade"]:
            tone: Tone = "open" if cascade["at_least_as_good"] else "warn"
            yield Finding(f"On {result['gold']}, {cascade['words']}", "cascades", tone)


def _unanswered(results: Results) -> Iterator[Finding]:
    for name in results["backends"]:
        own = [one for one in results["results"] if one["backend"] == name]
        abstained, failed = (sum(one[key] for one in own) for key in ("abstained", "failed"))
        if abstained or failed:
            kinds = [f"{number:,} {word}" for number, word in ((abstained, "abstained"), (failed, "failed")) if number]
            rows = several(sum(one["n"] for one in own), "row")
            text = f"{name} gave no label for {abstained + failed:,} of {rows} ({listing(kinds)}). They count as wrong."
            yield Finding(text, "errors", "warn" if failed else "note")


def _without_probabilities(results: Results) -> Iterator[Finding]:
    for name in results["backends"]:
        own = [one for one in results["results"] if one["backend"] == name]
        if count := sum(one["unscored"] for one in own):
            rows = several(sum(one["n"] for one in own), "row")
            text = f"{name} answered {count:,} of {rows} without probabilities: how sure it is cannot be measured."
            yield Finding(text, "leaderboard")


def _people(results: Results, best: str) -> Iterator[Finding]:
    """Where people stand on the same scale, gold set by gold set."""
    parts = []
    for gold in results["gold"]:
        people = gold["health"]["annotators"]
        scores = [score for one in (people["people"] if people else []) if (score := one["macro_f1"]["value"])]
        own = dict(ranked(results, gold["name"])).get(best)
        if scores and own and own["value"] is not None:
            low, high = f"{min(scores):.2f}", f"{max(scores):.2f}"
            between = low if low == high else f"{low} to {high}"
            parts.append(f"{between} on {gold['name']} ({best}: {own['value']:.2f})")
    if parts:
        yield Finding(f"Annotators agree with the gold at a macro-F1 of {listing(parts)}.", "health")


def _mistakes(results: Results, of_best: list[Result]) -> Iterator[Finding]:
    """What is most often taken for what, over all gold sets."""
    classes = {gold["name"]: gold["scheme"]["classes"] for gold in results["gold"]}
    pairs: dict[tuple[str, str], int] = {}
    for result in of_best:
        names = classes[result["gold"]]
        for gold, counts in zip(names, result["confusion"], strict=True):
            for answer, number in zip(names, counts, strict=False):
                if gold != answer:
                    pairs[gold, answer] = pairs.get((gold, answer), 0) + number
    wrong = sum(pairs.values())
    if wrong:
        (gold, answer), number = max(pairs.items(), key=lambda item: item[1])
        text = (
            f"{of_best[0]['backend']} most often takes {_plain(gold)} for {_plain(answer)}: "
            f"{number:,} of its {several(wrong, 'wrong label')}."
        )
        yield Finding(text, "confusion")


def _calibration(of_best: list[Result]) -> Iterator[Finding]:
    known = [(value, one) for one in of_best if (value := one["all_rows"]["ece"]["value"]) is not None]
    if known:
        value, result = max(known, key=lambda item: item[0])
        where = f" on {result['gold']}" + (", where they are worst" if len(known) > 1 else "")
        text = f"The probabilities of {result['backend']} are off by {points(value)} points on average{where}."
        yield Finding(text, "calibration", "warn" if value > 0.1 else "note")


def _thresholds(of_best: list[Result]) -> Iterator[Finding]:
    """The strictest wish that leaves something to label on every gold set."""
    shared = [
        {row["wanted"]: row["coverage"] for row in one["thresholds"] if row["coverage"] is not None} for one in of_best
    ]
    reachable = set.intersection(*map(set, shared)) if shared else set()
    useful = [share for share in reachable if all(rows[share] >= USEFUL for rows in shared)]
    if wanted := max(useful or reachable, default=None):
        parts = [f"{percent(rows[wanted])} on {one['gold']}" for one, rows in zip(of_best, shared, strict=True)]
        text = f"To be right {percent(wanted)} of the time, {of_best[0]['backend']} can label {listing(parts)}."
        yield Finding(text, "abstaining")


def _slices(of_best: list[Result]) -> Iterator[Finding]:
    worst = [(one["slices"]["groups"][place], one) for one in of_best if (place := one["slices"]["worst"]) is not None]
    if worst:
        group, result = min(worst, key=lambda item: item[0]["macro_f1"]["value"] or 0.0)
        interval = group["macro_f1"]["interval"]
        between = f", 95 % interval {interval[0]:.3f} to {interval[1]:.3f}" if interval else ""
        text = (
            f"{result['backend']} is weakest on {result['gold']} where {_plain(group['column'])} is {group['value']}: "
            f"macro-F1 {group['macro_f1']['value'] or 0:.3f} (n = {group['n']}{between})."
        )
        yield Finding(text, "slices")


def _robustness(results: Results, best: str) -> Iterator[Finding]:
    flips = [
        (kind["any_flip"], kind["kind"], one["gold"])
        for one in results["robustness"]
        if one["backend"] == best
        for kind in one["kinds"]
        if kind["any_flip"]
    ]
    if flips:
        share, kind, gold = max(flips)
        text = f"Changing the {KINDS.get(kind, _plain(kind))} flips {percent(share)} of the labels of {best} on {gold}."
        yield Finding(text, "robustness", "warn" if share > 0.1 else "note")


KINDS = {
    "label_order": "label order",
    "hypotheses": "hypotheses",
    "case": "case of letters",
    "whitespace": "trailing space",
    "batch_size": "batch size",
    "precision": "precision",
    "injection": "sentence by an order to the model",
}
"""What robustness asks again with another one of."""


def _health(results: Results) -> Iterator[Finding]:
    for gold in results["gold"]:
        health, name = gold["health"], gold["name"]
        if leaked := len(health["leakage"]) + len(health["few_shot"]):
            also = "also stands" if leaked == 1 else "also stand"
            text = f"{several(leaked, 'row')} of {name} {also} in training text or prompts: its figures are too good."
            yield Finding(text, "health", "warn")
    for gold in results["gold"]:
        if weights := gold["health"]["weights"]:
            yield Finding(f"{gold['name']}: {weights['words']}", "health", "note" if weights["effective"] else "warn")
    doubtful = [(len(gold["health"]["suspects"]["rows"]), gold["name"]) for gold in results["gold"]]
    if parts := [f"{number} on {name}" for number, name in doubtful if number]:
        yield Finding(f"Gold labels that look wrong and are worth a second look: {listing(parts)}.", "health")


def _plain(name: str) -> str:
    return name.replace("_", " ")
