"""Answers that are a label without probabilities: what stands, what is not defined, and that it is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_evaluation import folder, result, run

from toolkit.evaluation.folder import prediction_row, read_rows
from toolkit.evaluation.html.findings import findings
from toolkit.evaluation.load import load_results
from toolkit.evaluation.page import render
from toolkit.evaluation.report import markdown
from toolkit.evaluation.schemes import (
    LabelScheme,
    OneVsRestScheme,
    RestrictedScheme,
    Scheme,
    SubjectivityScheme,
)
from toolkit.labels import load_labels
from toolkit.records import Annotation, Sentence

NAMES = load_labels("claims").names

__all__ = ["folder", "run"]


@pytest.fixture
def report(folder: Path, run: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Two votes: one of two that agree with cues, one of which a member fails once."""
    members = ["cues", {"kind": "cues", "name": "again"}]
    settings = {"kind": "ensemble", "method": "vote", "name": "vote", "members": members}
    (folder / "vote.yaml").write_text(json.dumps(settings))
    (folder / "part.yaml").write_text(json.dumps({**settings, "name": "part", "members": ["cues", "fake.yaml"]}))
    return run(backends=["cues", "vote.yaml", "part.yaml"])


def test_figures_of_labels_stand_and_those_of_probabilities_do_not(report: dict[str, Any], folder: Path) -> None:
    one = result(report, "vote")
    assert (one["n"], one["unscored"], one["failed"], one["abstained"], one["coverage"]) == (6, 6, 0, 0, 1)
    scores = one["all_rows"]
    assert scores["accuracy"]["value"] == result(report, "cues")["all_rows"]["accuracy"]["value"]
    assert scores["per_label"]["prediction"]["f1"]["value"] is not None
    assert {scores[key]["value"] for key in ("log_loss", "brier", "ece")} == {None}
    assert {label["auroc"]["value"] for label in scores["per_label"].values()} == {None}
    assert (one["reliability"], one["risk_coverage"], one["thresholds"]) == ([], None, [])
    rows = read_rows(folder / "out" / one["predictions"])
    assert [row["probs"] for row in rows] == [row["scores"] for row in rows] == [None] * 6
    assert [row["answer"] for row in rows] == [row["label"] for row in rows]


def test_the_flag_too(report: dict[str, Any]) -> None:
    flag = result(report, "vote")["attributed"]
    assert flag["all_rows"]["f1"]["value"] == 1
    assert [flag["all_rows"][key]["value"] for key in ("ece", "auroc")] == [None, None]
    assert flag["reliability"] == []


def test_failures_are_still_failures(report: dict[str, Any]) -> None:
    one = result(report, "part")
    assert (one["failed"], one["unscored"]) == (1, 5)


def test_backends_with_probabilities_keep_their_figures(report: dict[str, Any]) -> None:
    one = result(report, "cues")
    assert one["unscored"] == 0
    assert one["all_rows"]["log_loss"]["value"] is not None
    assert one["risk_coverage"] is not None


def test_it_is_said(report: dict[str, Any], folder: Path) -> None:
    loaded = load_results(folder / "out")
    assert "- 6 answers come without probabilities, so log-loss" in markdown(loaded)
    texts = [one.text for one in findings(loaded)]
    assert "vote answered 6 of 6 rows without probabilities: how sure it is cannot be measured." in texts
    assert "vote" in render(loaded, folder / "out")
    assert report["gold"][0]["health"]["suspects"]["skipped"] or report["gold"][0]["health"]["suspects"]["backends"]


@pytest.mark.parametrize(
    ("scheme", "label", "attributed", "answer"),
    [
        (LabelScheme("claims", NAMES), "opinion", None, "opinion"),
        (LabelScheme("claims", NAMES), None, None, None),
        (RestrictedScheme(("factual_claim", "opinion")), "opinion", None, "opinion"),
        (RestrictedScheme(("factual_claim", "opinion")), "rhetoric", None, None),
        (OneVsRestScheme("opinion"), "opinion", None, "opinion"),
        (OneVsRestScheme("opinion"), "rhetoric", None, "not opinion"),
        (SubjectivityScheme(), "opinion", None, "subjective"),
        (SubjectivityScheme(), "opinion", True, "objective"),
        (SubjectivityScheme(), "prediction", False, "objective"),
    ],
)
def test_a_label_in_the_classes_of_the_gold(
    scheme: Scheme, label: str | None, attributed: bool | None, answer: str | None
) -> None:
    annotation = Annotation(Sentence("d", 0, 4, "Why?"), "b", "r", label=label, attributed=attributed)
    row = prediction_row(annotation, scheme, NAMES, keep_text=True)
    assert (row["answer"], row["scores"]) == (answer, None)
