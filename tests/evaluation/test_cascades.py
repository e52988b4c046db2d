"""The cost-quality curve of a cascade, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score
from small_evaluation import folder, result, run

from toolkit.backends.base import load_config
from toolkit.calibration_config import CalibrationConfig
from toolkit.evaluation.cascades import cascade_result, curve, members_of
from toolkit.evaluation.comparison import compare
from toolkit.evaluation.intervals import Bootstrap
from toolkit.evaluation.load import load_results
from toolkit.evaluation.page import render
from toolkit.evaluation.report import markdown
from toolkit.evaluation.scored import Scored, join
from toolkit.labels import load_labels

CLASSES = ("a", "b", "c")
OPTIONS = Bootstrap(200, 0)

__all__ = ["folder", "run"]


def world(n: int = 200, *, cheap: float = 0.7, costly: float = 0.9, seed: int = 0) -> dict[str, Any]:
    """Gold and answers: the cheap backend is wrong where its margin is small, the costly one anywhere.

    The cascade sends the fifth that the cheap backend is least sure of to the costly one.
    """
    draw = np.random.default_rng(seed)
    truth = draw.integers(3, size=n)
    sure = draw.permutation(n) / n
    right = {"cheap": sure >= 1 - cheap, "costly": draw.random(n) < costly}
    said = {name: np.where(hit, truth, (truth + 1) % 3) for name, hit in right.items()}
    said["cascade"] = np.where(sure < 0.2, said["costly"], said["cheap"])
    gold = [{"doc": f"d{i % 20}", "label": CLASSES[label], "attributed": None} for i, label in enumerate(truth)]
    rows = {
        name: [row(int(label), share) for label, share in zip(own, sure, strict=True)] for name, own in said.items()
    }
    return {"gold": gold, "rows": rows, "scored": {name: join(gold, own, CLASSES) for name, own in rows.items()}}


def row(label: int, sure: float, **keys: Any) -> dict[str, Any]:
    top = 0.4 + 0.6 * sure
    probs = {name: top if place == label else (1 - top) / 2 for place, name in enumerate(CLASSES)}
    record = {"probs": probs, "scores": probs, "answer": CLASSES[label], "failure": None, "abstained": False}
    return {**record, "attributed": None, "attributed_prob": None, **keys}


def macro(scored: Scored) -> float:
    return float(f1_score(scored.gold, scored.answer, average="macro"))


def told(found: dict[str, Any], *, escalated: int = 40) -> Any:
    pairs, _ = compare(found["scored"], "g", OPTIONS)
    members = ("cheap", "costly")
    answers = found["rows"]["cheap"]
    return cascade_result("cascade", members, found["scored"], answers, pairs, OPTIONS, escalated=escalated)


def test_the_curve_goes_from_one_member_to_the_other_through_the_cascade() -> None:
    found = world()
    points = curve(found["scored"]["cheap"], found["scored"]["costly"], found["rows"]["cheap"], OPTIONS)
    assert [(one["share"], one["rows"]) for one in points] == [(k / 20, 10 * k) for k in range(21)]
    values = [one["macro_f1"]["value"] for one in points]
    for place, name in ((0, "cheap"), (4, "cascade"), (20, "costly")):
        assert values[place] == pytest.approx(macro(found["scored"][name]))
    assert all(one["macro_f1"]["interval"] for one in points)
    chance = [one["at_random"] for one in points]
    assert (chance[0], chance[-1]) == (pytest.approx(values[0]), pytest.approx(values[-1]))
    assert all(value > other for value, other in zip(values[1:16], chance[1:16], strict=True)), "doubt is well placed"


def test_where_the_costly_member_failed_the_answer_stays() -> None:
    found = world()
    nothing = [row(0, 0, probs=None, scores=None, answer=None, failure={"kind": "timeout"})] * 200
    costly = join(found["gold"], nothing, CLASSES)
    points = curve(found["scored"]["cheap"], costly, found["rows"]["cheap"], OPTIONS)
    assert {one["macro_f1"]["value"] for one in points} == {points[0]["macro_f1"]["value"]}


def test_failed_and_abstained_rows_go_first() -> None:
    found = world(40)
    rows = [*found["rows"]["cheap"]]
    rows[7] = row(0, 0, probs=None, scores=None, answer=None, failure={"kind": "timeout"})
    rows[9] = row(0, 0.9, answer=None, abstained=True)
    costly = [row(CLASSES.index(one["label"]), 1) for one in found["gold"]]
    cheap, best = join(found["gold"], rows, CLASSES), join(found["gold"], costly, CLASSES)
    first = curve(cheap, best, rows, OPTIONS)[1]
    answer = cheap.answer.copy()
    answer[[7, 9]] = cheap.gold[[7, 9]]
    assert first["rows"] == 2
    assert first["macro_f1"]["value"] == pytest.approx(f1_score(cheap.gold, answer, average="macro", labels=[0, 1, 2]))


def test_there_is_no_order_without_probabilities() -> None:
    found = world()
    rows = [one | {"probs": None, "scores": None} for one in found["rows"]["cheap"]]
    assert curve(found["scored"]["cheap"], found["scored"]["costly"], rows, OPTIONS) == []


def test_a_cascade_that_is_better_than_both() -> None:
    one = told(world(costly=0.8))
    assert (one["better"], one["at_least_as_good"], one["share"]) == ("costly", True, 0.2)
    assert "cascade asks costly for 20.0 % of the sentences." in one["words"]
    assert "It is at least as good as the better of its members, costly: +" in one["words"]
    assert "Of the 40 sentences that cheap is least sure of, it has 0 right and costly 3" in one["words"]


def test_a_cascade_that_is_worse_than_the_better_member_says_so() -> None:
    one = told(world(cheap=0.9, costly=0.4))
    assert (one["better"], one["at_least_as_good"]) == ("cheap", False)
    assert one["difference"]["value"] < 0
    assert "It is not as good as the better of its members, cheap: -" in one["words"]


def test_what_chance_explains_is_said() -> None:
    assert "which chance explains" in told(world(cheap=0.95, costly=0.78))["words"]


def test_members_are_found_by_what_they_are(folder: Path) -> None:
    def config(name: str, **keys: Any) -> Any:
        path = folder / f"{name}.yaml"
        path.write_text(json.dumps({"kind": "cascade", "members": ["cues", "fake.yaml"], "margin": 0.5, **keys}))
        return load_config(path)[0]

    labels = load_labels("claims")
    backends = [load_config("cues")[0], load_config(folder / "fake.yaml")[0], load_config("majority")[0]]
    assert members_of(config("two"), backends, labels) == ("cues", "fake")
    renamed = [backends[0].model_copy(update={"name": "rules"}), backends[1]]
    assert members_of(config("two"), renamed, labels) == ("rules", "fake")
    assert members_of(config("two"), backends[:1], labels) is None
    other = backends[0].model_copy(update={"calibration": CalibrationConfig(threshold=0.9)})
    assert members_of(config("two"), [other, *backends[1:]], labels) is None
    assert members_of(config("three", members=["cues", "fake.yaml", "majority"]), backends, labels) is None
    assert members_of(backends[0], backends, labels) is None


def test_it_is_in_results_report_and_page(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    settings = {"kind": "cascade", "name": "both", "members": ["cues", "fake.yaml"], "share": 0.5}
    (folder / "both.yaml").write_text(json.dumps(settings))
    report = run(backends=["cues", "fake.yaml", "both.yaml"])
    one = result(report, "both")
    assert (one["speed"]["escalated"], one["cascade"]["share"]) == (3, 0.5)
    assert (one["cascade"]["cheap"], one["cascade"]["costly"]) == ("cues", "fake")
    assert one["failed"] == 0, "where fake fails the answer of cues stays"
    assert result(report, "cues")["cascade"] is None
    loaded = load_results(folder / "out")
    text = markdown(loaded)
    assert f"## Cascades\n\n- gold: {one['cascade']['words']}\n" in text
    assert "| gold: share to fake | rows | macro-F1 | if any rows went |" in text
    assert "| gold | both | " in text.partition("## What it took")[2]
    assert 'id="cascades"' in render(loaded, folder / "out")
    assert "## What it took" not in markdown(load_without_cascade(folder, run))


def load_without_cascade(folder: Path, run: Callable[..., dict[str, Any]]) -> Any:
    run(backends=["cues"])
    return load_results(folder / "out")
