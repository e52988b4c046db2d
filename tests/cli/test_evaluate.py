"""`claimkit evaluate` as a command: what it says and what it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Outcome


@pytest.fixture
def config(tmp_path: Path) -> Path:
    rows = [
        {"id": str(i), "doc": str(i % 6), "text": text.format(i), "label": "factual_claim"}
        for i, text in enumerate(["It opened in {}."] * 20 + ["Who opened it in {}?"] * 10)
    ]
    (tmp_path / "g.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = tmp_path / "e.yaml"
    path.write_text("name: e\ngold: [g.jsonl]\nbackends: [cues, majority]\nresamples: 100\n")
    return path


def test_it_says_what_it_found_and_where_it_is(claimkit: Callable[..., Outcome], config: Path, tmp_path: Path) -> None:
    outcome = claimkit("evaluate", config, "-o", tmp_path / "out")
    assert outcome.code == 0
    assert outcome.out == ""
    assert "This set cannot tell apart models closer than" in outcome.err
    assert f"Wrote {tmp_path / 'out' / 'report.html'}, report.md and results.json" in outcome.err
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"results.json", "report.md", "gold", "predictions"} <= written


def test_what_is_kept_is_said_and_fresh_keeps_nothing(
    claimkit: Callable[..., Outcome], config: Path, tmp_path: Path
) -> None:
    command = ("evaluate", config, "-o", tmp_path / "out")
    assert "is kept." not in claimkit(*command).err
    assert "g by cues was finished before and is kept." in claimkit(*command).err
    assert "is kept." not in claimkit(*command, "--fresh").err
