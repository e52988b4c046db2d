"""Evaluation results as Markdown, from ``results.json`` alone."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.evaluation.schema import Comparison, GoldFacts, Result, Results, Robustness
from toolkit.evaluation.tables import NONE, chance, estimate, markdown_table, number, share, without_probabilities

NOTE = (
    "In brackets: 95 % intervals, by bootstrap over documents; none where there are fewer than five, or no gold. "
    "Draws that lack a label are left out of its F1 and of macro-F1. "
    "Abstained and failed sentences count as wrong."
)


def markdown(results: Results, *, brief: bool = False) -> str:
    """The report of an evaluation.

    Args:
        results: What ``results.json`` holds, in the present format; see `toolkit.evaluation.load`.
        brief: Only the main table and what it comes to.
    """
    lines = [f"# {results['name']}", ""]
    if results["description"]:
        lines += [results["description"], ""]
    lines += [*main_table(results), "", NOTE, ""]
    lines += markdown_findings(results, most=10 if brief else None)
    if not brief:
        lines += markdown_pairs(results["comparisons"])
        lines += [*cascades(results), *_costs(results)]
        for result in results["results"]:
            classes = next(one["scheme"]["classes"] for one in results["gold"] if one["name"] == result["gold"])
            lines += _details(result, classes)
        lines += _robustness(results["robustness"])
        for gold in results["gold"]:
            lines += _health(gold, prompts=bool(results["stamp"]["prompts"]))
        lines += _stamp(results)
    return "\n".join(lines).rstrip("\n") + "\n"


def main_table(results: Results) -> list[str]:
    """One line a gold set and backend."""
    header = ["gold set", "backend", "n", "macro-F1", "accuracy", "attributed F1", "abstained", "failed"]
    rows = [
        [
            result["gold"],
            result["backend"],
            str(result["n"]),
            estimate(result["all_rows"]["macro_f1"]),
            estimate(result["all_rows"]["accuracy"]),
            estimate(result["attributed"]["all_rows"]["f1"]) if result["attributed"] else "–",
            str(result["abstained"]),
            str(result["failed"]),
        ]
        for result in results["results"]
    ]
    return markdown_table(header, rows)


def markdown_findings(results: Results, *, most: int | None = None) -> list[str]:
    """What the table comes to, a sentence each."""
    found = [f"- {one['gold']}: {one['words']}" for one in results["comparisons"][:most] if one["words"]]
    if more := len(results["comparisons"][most:] if most else []):
        found.append(f"- and {more} more pairs in the report")
    found += [f"- {one['name']}: {words}" for one in results["gold"] if (words := one["detectable"]["words"])]
    found += [
        f"- {one['name']}: {weights['words']}" for one in results["gold"] if (weights := one["health"]["weights"])
    ]
    return [*found, ""] if found else []


def markdown_pairs(comparisons: Sequence[Comparison]) -> list[str]:
    """The table of pairs, under a title; nothing where there are none."""
    if not comparisons:
        return []
    header = ["gold set", "a", "b", "macro-F1, a − b", "p (Holm)", "accuracy, a − b", "only a right", "only b right"]
    rows = [
        [
            one["gold"],
            one["a"],
            one["b"],
            estimate(one["macro_f1"]),
            chance(one["p_holm"]),
            estimate(one["accuracy"]),
            str(one["mcnemar"]["a_only"]),
            f"{one['mcnemar']['b_only']} (McNemar p {chance(one['mcnemar']['p_holm'])})",
        ]
        for one in comparisons
    ]
    return ["## Pairs", "", *markdown_table(header, rows), ""]


def cascades(results: Results) -> list[str]:
    """Each cascade against its members, with its cost-quality curve; nothing where there are none."""
    found = [(result, result["cascade"]) for result in results["results"] if result["cascade"]]
    lines = []
    for result, cascade in found:
        lines += [f"- {result['gold']}: {cascade['words']}"]
    for result, cascade in found:
        rows = [
            [share(one["share"], decimals=0), str(one["rows"]), estimate(one["macro_f1"]), number(one["at_random"])]
            for one in cascade["points"][::2]
        ]
        header = [f"{result['gold']}: share to {cascade['costly']}", "rows", "macro-F1", "if any rows went"]
        lines += ["", *markdown_table(header, rows)] if rows else []
    return ["## Cascades", "", *lines, ""] if found else []


def _costs(results: Results) -> list[str]:
    """What was asked of servers and passed on; nothing where nothing was."""
    keys = ("requests", "cached", "output_tokens", "escalated", "cost")
    told = any(result["speed"][key] for result in results["results"] for key in keys)  # type: ignore[literal-required]
    if not told:
        return []
    header = ["gold set", "backend", "sentences a second", "tokens read", "tokens written", "requests"]
    header += ["answers kept from before", "passed on", "cost"]
    rows = []
    for result in results["results"]:
        speed = result["speed"]
        counts = [speed[key] for key in ("tokens", "output_tokens", "requests", "cached", "escalated")]
        cost = NONE if speed["cost"] is None else f"{speed['cost']:.4f}"
        rate = NONE if speed["sentences_per_second"] is None else str(speed["sentences_per_second"])
        shown = [NONE if count is None else f"{count:,}" for count in counts]
        rows.append([result["gold"], result["backend"], rate, *shown, cost])
    return ["## What it took", "", *markdown_table(header, rows), ""]


def _details(result: Result, classes: Sequence[str]) -> list[str]:
    """Scores of each label, what was taken for what, and how far probabilities can be trusted."""
    scores = result["all_rows"]
    by_label = [
        [
            name,
            str(scores["per_label"][name]["support"]),
            *(number(scores["per_label"][name][figure]["value"]) for figure in ("precision", "recall")),
            estimate(scores["per_label"][name]["f1"]),
            number(scores["per_label"][name]["auroc"]["value"]),
        ]
        for name in classes
    ]
    confusion = [[name, *map(str, counts)] for name, counts in zip(classes, result["confusion"], strict=True)]
    lines = [
        f"## {result['backend']} on {result['gold']}",
        "",
        *markdown_table(["label", "gold", "precision", "recall", "F1", "AUROC"], by_label),
        "",
        "Gold by row, predicted by column:",
        "",
        *markdown_table(["", *classes, "no label"], confusion),
        "",
        *_both_ways(result),
        *(f"- {words}" for words in [without_probabilities(result)] if words),
        *(f"- {row['words']}" for row in result["thresholds"]),
    ]
    if result["slices"]["words"]:
        lines.append(f"- {result['slices']['words']}")
    return [*lines, "", *_slices(result)]


def _both_ways(result: Result) -> list[str]:
    """Failures counted as wrong, and the covered rows alone."""
    names = {"macro_f1": "macro-F1", "accuracy": "accuracy", "mcc": "MCC", "log_loss": "log-loss", "brier": "Brier"}
    names["ece"] = "ECE"
    parts = {"all rows": result["all_rows"], f"covered ({share(result['coverage'])})": result["covered"]}
    rows = [
        [title, str(scores["n"]), *(estimate(scores[key]) for key in names)]  # type: ignore[literal-required]
        for title, scores in parts.items()
        if scores is not None
    ]
    return [*markdown_table(["", "n", *names.values()], rows), ""]


def _slices(result: Result) -> list[str]:
    rows = [
        [one["column"], one["value"], f"{one['n']}{' (few)' if one['small'] else ''}", estimate(one["macro_f1"])]
        for one in result["slices"]["groups"]
    ]
    return [*markdown_table(["slice by", "value", "n", "macro-F1"], rows), ""] if rows else []


def _robustness(robustness: Sequence[Robustness]) -> list[str]:
    rows = [
        [
            one["gold"],
            one["backend"],
            str(one["n"]),
            kind["kind"],
            kind["skipped"] or f"{share(kind['any_flip'])} of labels flip",
            "–" if kind["macro_f1_range"] is None else " to ".join(number(end) for end in kind["macro_f1_range"]),
        ]
        for one in robustness
        for kind in one["kinds"]
    ]
    header = ["gold set", "backend", "n", "asked with another", "what changes", "macro-F1"]
    return ["## Robustness", "", *markdown_table(header, rows), ""] if rows else []


def _health(gold: GoldFacts, *, prompts: bool) -> list[str]:
    health = gold["health"]
    lines = [f"## The gold set {gold['name']}", ""]
    if health["weights"]:
        lines.append(f"- {health['weights']['words']}")
    lines.append(f"- {len(health['exact'])} exact and {len(health['near'])} near duplicates")
    if health["leakage_sources"]:
        lines.append(
            f"- {len(health['leakage'])} rows stand in the training text {', '.join(health['leakage_sources'])}"
        )
    if prompts:
        lines.append(f"- {len(health['few_shot'])} rows stand in a prompt, or resemble one of its examples")
    else:
        lines.append("- examples of a prompt: not searched, since no backend has a prompt")
    if health["annotators"]:
        lines.append(f"- {health['annotators']['words']}")
    suspects = health["suspects"]
    if suspects["skipped"]:
        lines.append(f"- suspected label errors: {suspects['skipped']}")
    else:
        shown = ", ".join(f"{one['id']} ({one['label']}; {one['suggested']}?)" for one in suspects["rows"][:10])
        lines.append(f"- {len(suspects['rows'])} suspected label errors{': ' if shown else ''}{shown}")
    return [*lines, ""]


def _stamp(results: Results) -> list[str]:
    stamp = results["stamp"]
    libraries = ", ".join(f"{name} {number}" for name, number in stamp["libraries"].items())
    gold = [
        f"- {one['name']} {one['split']}: n = {one['n']}, SHA-256 `{one['sha256'][:16]}…`" for one in results["gold"]
    ]
    git = stamp["git"]
    commit = f", commit {git['commit'][:12]}{' with changes' if git['dirty'] else ''}" if git else ""
    return [
        "## How these figures were made",
        "",
        f"- claimkit {stamp['claimkit']}{commit}, Python {stamp['python']}, {stamp['machine']}; {libraries}",
        f"- label set {stamp['label_set'][:24]}…",
        f"- seed {stamp['seed']}, {stamp['resamples']} draws",
        *gold,
    ]
