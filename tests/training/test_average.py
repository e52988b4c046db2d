"""The running average of the weights."""

from __future__ import annotations

import pytest
import torch

from toolkit.training.average import AverageCallback


def after(decay: float, values: list[float]) -> float:
    model = torch.nn.Linear(1, 1, bias=False)
    callback = AverageCallback(decay)
    for value in values:
        with torch.no_grad():
            model.weight.fill_(value)
        callback.on_step_end(None, None, None, model=model)
    callback.apply(model)
    return model.weight.item()


def test_no_decay_keeps_the_last() -> None:
    assert after(0.0, [1.0, 2.0, 6.0]) == 6.0


def test_early_steps_count_alike() -> None:
    assert after(0.99, [1.0, 2.0, 6.0]) == pytest.approx(3.0)


def test_later_the_decay_counts() -> None:
    assert after(0.5, [1.0, 3.0, 9.0]) == pytest.approx(0.5 * 2.0 + 0.5 * 9.0)


def test_frozen_weights_stay() -> None:
    model = torch.nn.Linear(1, 1)
    model.weight.requires_grad_(False)
    callback = AverageCallback(0.9)
    callback.on_step_end(None, None, None, model=model)
    assert set(callback.mean) == {"bias"}
