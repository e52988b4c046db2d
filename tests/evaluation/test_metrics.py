from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import evaluate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    matthews_corrcoef,
    precision_score,
    recall_score,
)
from support import ROOT

from toolkit.evaluation.metrics import METRICS, NO_LABEL, Accuracy, MacroF1, compute

LABELS = ["a", "b", "c"]
pairs = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, NO_LABEL])), min_size=1, max_size=40)


@settings(max_examples=25)
@given(pairs)
def test_equal_those_of_scikit_learn(rows: list[tuple[str, str]]) -> None:
    gold, predicted = map(list, zip(*rows, strict=True))
    found = compute(predicted, gold, LABELS)
    present = sorted(set(gold))
    options = {"zero_division": 0}
    assert found["macro_f1"] == pytest.approx(f1_score(gold, predicted, labels=present, average="macro", **options))
    assert found["accuracy"] == pytest.approx(accuracy_score(gold, predicted))
    assert found["confusion"] == confusion_matrix(gold, predicted, labels=[*LABELS, NO_LABEL])[:3].tolist()
    with warnings.catch_warnings(action="ignore"):  # of a single class
        assert found["mcc"] == pytest.approx(matthews_corrcoef(gold, predicted))
    for name, score in {"precision": precision_score, "recall": recall_score, "f1": f1_score}.items():
        each = score(gold, predicted, labels=LABELS, average=None, **options)
        assert [found["per_label"][label][name] for label in LABELS] == pytest.approx(list(each))


def test_a_label_absent_from_gold_is_left_out_of_the_mean() -> None:
    found = compute(["a", "b"], ["a", "b"], LABELS)
    assert found["macro_f1"] == 1
    assert found["per_label"]["c"] == {"precision": 0, "recall": 0, "f1": 0, "support": 0}


def test_predicting_a_label_absent_from_gold_counts_as_a_miss() -> None:
    assert compute(["c", "b"], ["a", "b"], LABELS)["macro_f1"] == 0.5


def test_all_failures_score_nought() -> None:
    found = compute([NO_LABEL] * 3, LABELS, LABELS)
    assert (found["macro_f1"], found["accuracy"]) == (0, 0)
    assert [row[-1] for row in found["confusion"]] == [1, 1, 1]


@pytest.mark.parametrize(("answer", "score"), [("a", 1), ("b", 0), (NO_LABEL, 0)])
def test_a_single_sentence(answer: str, score: float) -> None:
    found = compute([answer], ["a"], LABELS)
    assert (found["macro_f1"], found["accuracy"]) == (score, score)


def test_they_combine_as_metrics_of_evaluate_do() -> None:
    combined = evaluate.combine([MacroF1(), Accuracy()])
    assert combined.compute(predictions=["a", "b"], references=["a", "a"], labels=LABELS) == {
        "macro_f1": pytest.approx(2 / 3),
        "accuracy": 0.5,
    }


@pytest.mark.parametrize("metric", METRICS)
def test_they_take_batches(metric: type) -> None:
    one = metric()
    one.add_batch(predictions=["a"], references=["a"])
    one.add_batch(predictions=["b"], references=["a"])
    assert one.compute(labels=LABELS) == metric().compute(predictions=["a", "b"], references=["a", "a"], labels=LABELS)


def test_nothing_is_written_to_the_home(tmp_path: Path) -> None:
    script = "from toolkit.evaluation.metrics import compute; print(compute(['a'], ['a'], ['a', 'b'])['macro_f1'])"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "XDG_"))}
    environment = {**kept, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "1.0"
    assert [path for path in tmp_path.rglob("*") if "metrics" in path.parts or path.is_file()] == []
