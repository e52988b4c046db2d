"""The sentences of the page say what the figures say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from results_folder import write_results

from toolkit.evaluation.html.findings import findings
from toolkit.evaluation.html.words import best_first, lead, listing, points, span, verdict
from toolkit.evaluation.load import load_results
from toolkit.evaluation.schema import Results


def results(folder: Path, **options: Any) -> Results:
    return load_results(write_results(folder, **options))


def edited(found: Results, **scores: float) -> Results:
    """Results in which a backend, or one on one gold set (``news_good``), has another macro-F1."""
    copy: Results = json.loads(json.dumps(found))
    for result in copy["results"]:
        name = f"{result['gold']}_{result['backend']}"
        result["all_rows"]["macro_f1"]["value"] = scores.get(name, result["all_rows"]["macro_f1"]["value"])
    return copy


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.25, "25"), (0.021, "2.1"), (0.0994, "9.9"), (0.0996, "10"), (0.0, "0.0"), (-0.013, "−1.3"), (-0.3, "−30")],
)
def test_small_differences_keep_a_decimal(value: float, written: str) -> None:
    assert points(value) == written


def test_a_difference_is_given_with_its_interval() -> None:
    assert span(0.25, (0.2, 0.3)) == "25 points (20 to 30)"
    assert span(0.01, None) == "1.0 point"
    assert span(None, None) == "an unknown number of points"


@pytest.mark.parametrize(
    ("names", "written"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")]
)
def test_listing(names: list[str], written: str) -> None:
    assert listing(names) == written


def test_a_lead_is_seen_from_the_better_side(tmp_path: Path) -> None:
    comparison = results(tmp_path)["comparisons"][0]
    turned: Any = comparison | {"macro_f1": {"value": -0.1, "interval": [-0.14, -0.06]}}
    found = lead(turned)
    assert (found.ahead, found.behind) == (comparison["b"], comparison["a"])
    assert (found.difference, found.interval) == (0.1, (0.06, 0.14))


def test_the_best_on_all_sets_beyond_chance_is_called_the_best(tmp_path: Path) -> None:
    found = verdict(results(tmp_path))
    assert found.headline == "good is best on both gold sets."
    assert found.sure.startswith("Its narrowest lead is over fair: 10 points (6.0 to 14) of macro-F1 on news.")


def test_a_lead_that_chance_explains_is_in_doubt(tmp_path: Path) -> None:
    found = verdict(results(tmp_path, certain=False))
    assert found.headline == "good scores highest on both gold sets, but not beyond doubt."
    assert found.sure == "It cannot be told apart from fair or poor on news and talks."


def test_different_winners_are_named(tmp_path: Path) -> None:
    found = verdict(edited(results(tmp_path), talks_poor=0.99))
    assert found.headline == "No backend is best everywhere."
    assert "good leads on news and poor leads on talks." in found.sure


def test_with_two_winners_the_doubtful_one_is_named(tmp_path: Path) -> None:
    found = edited(results(tmp_path, certain=False), talks_poor=0.99)
    for one in found["comparisons"]:
        if one["gold"] == "news":
            one["p_holm"] = 0.001
    sure = verdict(found).sure
    assert "poor leads on talks. poor cannot be told apart from " in sure


def test_without_comparisons_nothing_is_called_sure(tmp_path: Path) -> None:
    found = results(tmp_path, gold=["news"])
    found["comparisons"] = []
    assert verdict(found).headline == "good scores highest on news."
    assert "no paired comparisons" in verdict(found).sure


def test_one_backend_alone_is_not_called_best(tmp_path: Path) -> None:
    found = verdict(results(tmp_path, backends=["good"], gold=["news"]))
    assert found.headline.startswith("good reaches a macro-F1 of 0.7")
    assert "no other backend" in found.sure


def test_backends_go_by_their_mean(tmp_path: Path) -> None:
    found = results(tmp_path)
    assert best_first(found) == ["good", "fair", "poor"]
    assert best_first(edited(found, news_poor=1.0, talks_poor=1.0))[0] == "poor"


def test_findings_tell_what_is_there(tmp_path: Path) -> None:
    found = {finding.text: finding for finding in findings(results(tmp_path, gold=["news"]))}
    assert found["On news, good beats fair by 10 points (6.0 to 14)."].tone == "sure"
    assert found["good gave no label for 2 of 40 rows (1 abstained and 1 failed). They count as wrong."].tone == "warn"
    assert "To be right 90 % of the time, good can label 70 % on news." in found
    assert any(
        text.startswith("good is weakest on news where genre is column: macro-F1 0.600 (n = 13") for text in found
    )
    assert found["Changing the case of letters flips 12 % of the labels of good on news."].tone == "warn"
    assert "Gold labels that look wrong and are worth a second look: 1 on news." in found


def test_what_cannot_be_told_apart_is_said_with_the_limit_of_the_set(tmp_path: Path) -> None:
    first = findings(results(tmp_path, gold=["news"], certain=False))[0]
    assert first.tone == "open"
    assert first.text == (
        "On news, good and fair cannot be told apart: 10 points (−10 to 30). "
        "This set cannot tell apart models closer than 8.0 points."
    )


def test_leaked_rows_are_a_warning(tmp_path: Path) -> None:
    found = results(tmp_path, gold=["news"])
    found["gold"][0]["health"]["leakage"] = found["gold"][0]["health"]["near"]
    texts = {finding.text: finding.tone for finding in findings(found)}
    assert texts["1 row of news also stands in training text or prompts: its figures are too good."] == "warn"


def test_the_most_frequent_mistake_is_counted_over_all_sets(tmp_path: Path) -> None:
    found = results(tmp_path, gold=["news"], backends=["good"])
    found["results"][0]["confusion"] = [[5, 9, 0, 0, 1], [2, 8, 0, 0, 0], [0, 0, 10, 0, 0], [0, 0, 0, 10, 0]]
    texts = [finding.text for finding in findings(found)]
    assert "good most often takes factual claim for opinion: 9 of its 11 wrong labels." in texts
