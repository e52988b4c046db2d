"""What a step wants of each sentence, where a label, a teacher, or both speak."""

from __future__ import annotations

import math

import pytest
import torch

from toolkit.training.targets import flag_loss, flag_targets, label_targets

NAMES = ("a", "b")


def example(
    label: str | None = None,
    probs: dict[str, float] | None = None,
    attributed: bool | None = None,
    attributed_prob: float | None = None,
) -> dict[str, object]:
    return {"label": label, "probs": probs, "attributed": attributed, "attributed_prob": attributed_prob}


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (example("b"), [0, 1]),
        (example(None, {"a": 0.3, "b": 0.7}), [0.3, 0.7]),
        (example("b", {"a": 0.8, "b": 0.2}), [0.2, 0.8]),
    ],
)
def test_labels(one: dict[str, object], wanted: list[float]) -> None:
    assert label_targets([one], NAMES, 0.25)[0].tolist() == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (example(attributed=True), 1.0),
        (example(attributed_prob=0.3), 0.3),
        (example(attributed=True, attributed_prob=0.2), 0.8),
        (example(attributed=False, attributed_prob=0.4), 0.1),
    ],
)
def test_flags(one: dict[str, object], wanted: float) -> None:
    assert flag_targets([one], 1, 0.25).item() == pytest.approx(wanted)


def test_an_unknown_flag_costs_nothing() -> None:
    logits = torch.tensor([[3.0], [0.0]], requires_grad=True)
    known = flag_targets([example(), example(attributed=True)], 1, 0.5)
    assert flag_loss(logits, known).item() == pytest.approx(math.log(2))
    nothing = flag_loss(logits, flag_targets([example(), example()], 1, 0.5))
    nothing.backward()
    assert nothing.item() == 0
    assert logits.grad is not None
    assert logits.grad.abs().sum() == 0
