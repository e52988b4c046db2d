"""What the figures say, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from toolkit.evaluation.schema import Comparison, Estimate, Results

_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
CERTAIN = 0.05
"""Paired differences with a smaller p, after Holm, are called differences."""


@dataclass(frozen=True, slots=True)
class Lead:
    """How far one backend is ahead of another on a gold set, in macro-F1.

    Attributes:
        gold: Where.
        ahead: Who is ahead.
        behind: Of whom.
        difference: Never negative; None where it could not be measured.
        interval: Its 95 % interval.
        p: After Holm over all pairs.
    """

    gold: str
    ahead: str
    behind: str
    difference: float | None
    interval: tuple[float, float] | None
    p: float | None

    @property
    def certain(self) -> bool:
        """Whether the two differ by more than chance would have it."""
        return self.p is not None and self.p < CERTAIN

    @property
    def points(self) -> str:
        """The difference in points, with its interval."""
        return span(self.difference, self.interval)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to the question that an evaluation asks: which is best, and how sure is that."""

    headline: str
    sure: str


def points(value: float) -> str:
    """A difference of shares in points: 25, or 2.1."""
    return f"{100 * value:.{0 if abs(value) >= 0.0995 else 1}f}".replace("-", "−")


def percent(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.0f} %"


def span(value: float | None, interval: Sequence[float] | None) -> str:
    """Points and their interval: ``25 points (20 to 30)``."""
    if value is None:
        return "an unknown number of points"
    word = f"{points(value)} point{'' if points(value) in ('1', '1.0') else 's'}"
    return word if interval is None else f"{word} ({points(interval[0])} to {points(interval[1])})"


def count(number: int) -> str:
    """Small numbers as words."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else f"{number:,}"


def several(number: int, noun: str) -> str:
    """A number of things: ``1 row``, ``1,200 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listing(names: Iterable[str], last: str = "and") -> str:
    """Names in a row: a, b and c."""
    every = list(names)
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} {last} {every[-1]}" if every else ""


def best_first(results: Results) -> list[str]:
    """Backends by their mean macro-F1 over the gold sets, the best first."""
    scores: dict[str, list[float]] = {name: [] for name in results["backends"]}
    for result in results["results"]:
        scores[result["backend"]].append(result["all_rows"]["macro_f1"]["value"] or 0.0)
    return sorted(scores, key=lambda name: -sum(scores[name]) / (len(scores[name]) or 1))


def ranked(results: Results, gold: str) -> list[tuple[str, Estimate]]:
    """Backends on one gold set with their macro-F1, the best first."""
    found = [(one["backend"], one["all_rows"]["macro_f1"]) for one in results["results"] if one["gold"] == gold]
    return sorted(found, key=lambda one: -(one[1]["value"] or 0.0))


def lead(one: Comparison) -> Lead:
    """A comparison, seen from the better side."""
    value, interval = one["macro_f1"]["value"], one["macro_f1"]["interval"]
    if value is not None and value < 0:
        turned = None if interval is None else (-interval[1], -interval[0])
        return Lead(one["gold"], one["b"], one["a"], -value, turned, one["p_holm"])
    kept = None if interval is None else (interval[0], interval[1])
    return Lead(one["gold"], one["a"], one["b"], value, kept, one["p_holm"])


def verdict(results: Results) -> Verdict:
    """Which backend is best on these gold sets, and how sure that is."""
    places = [gold["name"] for gold in results["gold"]]
    leaders = {gold: ranking[0][0] for gold in places if (ranking := ranked(results, gold))}
    if len(results["backends"]) == 1 or not leaders:
        return _single(results)
    if len(set(leaders.values())) > 1:
        by_leader = {name: [gold for gold in leaders if leaders[gold] == name] for name in leaders.values()}
        parts = [f"{name} leads on {listing(golds)}" for name, golds in by_leader.items()]
        return Verdict("No backend is best everywhere.", f"{listing(parts)}. {_doubts(results, leaders)}".strip())
    best = next(iter(leaders.values()))
    several_places = "both gold sets" if len(places) == 2 else f"all {count(len(places))} gold sets"
    everywhere = places[0] if len(places) == 1 else several_places
    leads = [one for one in map(lead, results["comparisons"]) if one.ahead == best]
    if not leads:
        return Verdict(
            f"{best} scores highest on {everywhere}.",
            "These results hold no paired comparisons: intervals that overlap leave the order open.",
        )
    if doubts := _doubts(results, leaders):
        return Verdict(f"{best} scores highest on {everywhere}, but not beyond doubt.", doubts)
    closest = min(leads, key=lambda one: one.difference or 0.0)
    narrowest = "It leads" if len(leads) == 1 else "Its narrowest lead is over"
    rest = f" {closest.behind} by" if len(leads) == 1 else f" {closest.behind}:"
    where = f" on {closest.gold}" if len(places) > 1 else ""
    return Verdict(
        f"{best} is best on {everywhere}.",
        f"{narrowest}{rest} {closest.points} of macro-F1{where}. Every paired test confirms that it is ahead.",
    )


def _doubts(results: Results, leaders: dict[str, str]) -> str:
    """Where the first place is not certain."""
    doubts: dict[tuple[str, str], list[str]] = {}
    for gold, best in leaders.items():
        pairs = [lead(one) for one in results["comparisons"] if one["gold"] == gold and best in (one["a"], one["b"])]
        if rivals := [one.behind if one.ahead == best else one.ahead for one in pairs if not one.certain]:
            doubts.setdefault((best, listing(rivals, "or")), []).append(gold)
    # With several leaders named before, "it" could be any of them.
    alone = len(set(leaders.values())) == 1
    parts = [
        f"{'it' if alone else best} cannot be told apart from {rivals} on {listing(golds)}"
        for (best, rivals), golds in doubts.items()
    ]
    words = f"{listing(parts)}." if parts else ""
    return words.replace("it", "It", 1) if alone else words


def _single(results: Results) -> Verdict:
    scores = [(one["all_rows"]["macro_f1"], one["gold"], one["backend"]) for one in results["results"]]
    known = [(value, gold, name) for one, gold, name in scores if (value := one["value"]) is not None]
    if not known:
        return Verdict(results["name"], "")
    (low, worst, name), (high, best, _) = min(known), max(known)
    if len(known) == 1:
        return Verdict(
            f"{name} reaches a macro-F1 of {low:.3f} on {worst}.", "There is no other backend to compare it with."
        )
    return Verdict(f"{name} reaches a macro-F1 of {low:.3f} on {worst} to {high:.3f} on {best}.", "")
