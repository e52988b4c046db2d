from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import tiny_bert, tiny_encoder, tiny_mpnet, tiny_roberta

__all__ = ["tiny_bert", "tiny_encoder", "tiny_mpnet", "tiny_roberta"]

GOOD = ("The soup was hot", "Lovely staff", "A great view", "What a fine place")
BAD = ("The soup was cold", "Rude staff", "A dull view", "What an awful place")


def reviews(*, attributed: bool = False) -> str:
    """Forty sentences of a user's own label set, in five documents."""
    header = "text,label,doc" + (",attributed" if attributed else "")
    lines = [header]
    for number in range(5):
        for label, stems in (("praise", GOOD), ("no", BAD)):
            for stem in stems:
                extra = f",{'true' if number % 2 else 'false'}" if attributed else ""
                lines.append(f"{stem} on day {number}.,{label},day{number}{extra}")
    return "\n".join(lines) + "\n"


@pytest.fixture
def project(tmp_path: Path, tiny_encoder: Path) -> Callable[..., Path]:
    """A training config beside its label set and data; keyword arguments change the config."""

    def make(
        *, flags: bool = False, attributed: bool = False, backbone: Path = tiny_encoder, **changes: object
    ) -> Path:
        flag = "flags: [{name: attributed, hypotheses: [Somebody said so.]}]\n" if flags else ""
        (tmp_path / "labels.yaml").write_text(f"name: reviews\nlabels: [{{name: praise}}, {{name: no}}]\n{flag}")
        (tmp_path / "reviews.csv").write_text(reviews(attributed=attributed))
        settings: dict[str, object] = {
            "kind": "nli",
            "name": "mine",
            "labels": "labels.yaml",
            "backbone": {"folder": str(backbone)},
            "data": ["reviews.csv"],
            "dev_share": 0.2,
            "adapter": {"rank": 4, "alpha": 8},
            "epochs": 1,
            "batch_size": 8,
            "max_tokens": 48,
        }
        (tmp_path / "train.yaml").write_text(json.dumps(settings | changes))
        return tmp_path / "train.yaml"

    return make
