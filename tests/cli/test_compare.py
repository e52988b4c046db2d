"""`claimkit compare` as a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support import ROOT, Outcome

V1, V2 = (ROOT / "tests" / "old_results" / version for version in ("v1", "v2"))


@pytest.mark.parametrize(
    ("form", "starts"), [("markdown", "# v1\n"), ("latex", "\\begin{table}\n"), ("json", '{\n "format": 2')]
)
def test_formats_go_to_standard_output(claimkit: Callable[..., Outcome], form: str, starts: str) -> None:
    outcome = claimkit("compare", V1, "--format", form, "--resamples", 100)
    assert outcome.code == 0
    assert outcome.out.startswith(starts)


def test_a_file_is_written(claimkit: Callable[..., Outcome], tmp_path: Path) -> None:
    outcome = claimkit("compare", V2, "--format", "json", "--resamples", 100, "-o", tmp_path / "c.json")
    assert (outcome.code, outcome.out) == (0, "")
    assert json.loads((tmp_path / "c.json").read_text())["comparisons"][0]["a"] == "cues"


def test_different_gold_is_refused_with_both_hashes(refused: Callable[..., str]) -> None:
    said = refused("compare", V1, V2)
    for version in (V1, V2):
        sha = json.loads((version / "results.json").read_text())["gold"][0]["sha256"]
        assert f"SHA-256 {sha[:12]}… in {version.name}" in said


@pytest.mark.parametrize("arguments", [["nowhere"], [str(V1), "--format", "html"], [str(V1), "--labels", "lables"]])
def test_user_errors(refused: Callable[..., str], arguments: list[str]) -> None:
    assert refused("compare", *arguments)
