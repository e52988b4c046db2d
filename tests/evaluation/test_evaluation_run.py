"""Evaluations end to end, with backends that need no model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolkit.annotate.manifest import fingerprint
from toolkit.errors import ConfigError, InputError, ToolkitError, UnknownNameError
from toolkit.evaluation.run import FORMAT, evaluate

ROWS = [
    ("a1", "a", "Prices will fall next year.", "prediction", False),
    ("a2", "a", "The bridge was built in 1931.", "factual_claim", False),
    ("a3", "a", "Police said two men were held.", "factual_claim", True),
    ("b1", "b", "We should abolish this unfair tax.", "opinion", False),
    ("b2", "b", "Who are they?", "rhetoric", False),
    ("c1", "c", "It failed | badly.", "factual_claim", None),
]


def gold_lines(*rows: tuple[str, str, str, str, bool | None]) -> str:
    keys = ("id", "doc", "text", "label", "attributed")
    return "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "test.jsonl").write_text(gold_lines(*ROWS))
    (tmp_path / "fake.yaml").write_text(
        "kind: scripted\nname: fake\ndefault: factual_claim\n"
        "answers: {Prices will fall next year.: prediction, Who are they?: '!timeout'}\n"
    )
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Callable[..., dict[str, Any]]:
    def make(**changes: object) -> dict[str, Any]:
        settings = {"name": "mine", "gold": ["gold"], "backends": ["cues", "majority", "fake.yaml"], "resamples": 100}
        (folder / "e.yaml").write_text(json.dumps(settings | changes))
        return evaluate(folder / "e.yaml", folder / "out")

    return make


def result(report: dict[str, Any], backend: str) -> dict[str, Any]:
    return next(one for one in report["results"] if one["backend"] == backend)


def predictions(folder: Path) -> set[str]:
    base = folder / "out" / "predictions"
    return {path.relative_to(base).as_posix() for path in base.rglob("*.*") if path.is_file()}


def test_writes_results_report_and_predictions(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    report = run()
    written = json.loads((folder / "out" / "results.json").read_text(), parse_constant=pytest.fail)
    assert written == json.loads(json.dumps(report))
    assert predictions(folder) == {"gold/cues.jsonl", "gold/majority.jsonl", "gold/fake.jsonl"}
    assert (folder / "out" / "report.md").read_text().startswith("# mine\n")


def test_results_have_the_fields_of_their_format(run: Callable[..., dict[str, Any]]) -> None:
    report = run()
    assert report["format"] == FORMAT == 1
    assert set(report) == {"format", "name", "description", "config", "labels", "stamp", "gold", "backends", "results"}
    assert report["gold"][0] | {"sha256": ""} == {
        "name": "gold",
        "split": "test",
        "n": 6,
        "documents": 3,
        "labels": {"prediction": 1, "factual_claim": 3, "opinion": 1, "rhetoric": 1},
        "sha256": "",
    }
    one = result(report, "cues")
    assert {"gold", "split", "backend", "run", "n", "documents", "abstained", "failed"} < set(one)
    for figure in ("macro_f1", "accuracy"):
        low, high = one[f"{figure}_interval"]
        assert low <= one[figure] <= high
    assert set(one["per_label"]) == set(report["labels"])


def test_failures_count_as_wrong_and_are_shown(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    one = result(run(), "fake")
    assert one["failed"] == 1
    assert one["accuracy"] == pytest.approx(4 / 6)
    assert one["per_label"]["rhetoric"]["recall"] == 0
    assert one["confusion"][3] == [0, 0, 0, 0, 1]
    lines = (folder / "out" / "predictions" / "gold" / "fake.jsonl").read_text().splitlines()
    assert json.loads(lines[4])["failure"] == {"kind": "timeout", "message": "scripted failure"}
    assert "| gold | fake | 6 |" in (folder / "out" / "report.md").read_text()


def test_abstaining_counts_as_wrong_and_is_shown(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "shy.yaml").write_text("kind: cues\nname: shy\ncalibration: {threshold: 1}\n")
    one = result(run(backends=["shy.yaml"]), "shy")
    assert (one["abstained"], one["failed"], one["accuracy"]) == (6, 0, 0)


def test_all_failures(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "dead.yaml").write_text("kind: scripted\nname: dead\n")
    one = result(run(backends=["dead.yaml"]), "dead")
    assert (one["failed"], one["macro_f1"], one["attributed"]) == (6, 0, None)


def test_the_flag_is_measured_where_gold_tells_it(run: Callable[..., dict[str, Any]]) -> None:
    flag = result(run(), "cues")["attributed"]
    assert (flag["precision"], flag["recall"], flag["support"]) == (1, 1, 1)


def test_a_single_sentence(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "gold" / "test.jsonl").write_text(gold_lines(ROWS[0]))
    one = result(run(), "cues")
    assert (one["accuracy"], one["macro_f1"], one["macro_f1_interval"]) == (1, 1, None)
    assert "| gold | cues | 1 | 1.000 | 1.000 |" in (folder / "out" / "report.md").read_text()


def test_nothing_of_the_machine_is_in_the_results(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    run(gold=[str(folder / "gold")], backends=[str(folder / "fake.yaml"), "cues"])
    text = (folder / "out" / "results.json").read_text()
    assert str(folder) not in text
    assert '"fake.yaml"' in text


def test_the_results_hold_the_settings_that_each_run_is_named_by(
    folder: Path, run: Callable[..., dict[str, Any]]
) -> None:
    run()
    written = json.loads((folder / "out" / "results.json").read_text())
    assert set(written["backends"]) == {"cues", "majority", "fake"}
    for one in written["results"]:
        assert fingerprint(written["backends"][one["backend"]]) == one["run"]
    assert written["backends"]["majority"]["backend config"]["label"] == "factual_claim"
    assert "tokenizers" in written["stamp"]["libraries"]


def test_the_same_evaluation_gives_the_same_figures(run: Callable[..., dict[str, Any]]) -> None:
    one, other = run(), run()
    for report in (one, other):
        for each in report["results"]:
            del each["sentences_per_second"]
    assert one == other


def test_progress_counts_sentences_of_all_backends(folder: Path) -> None:
    (folder / "e.yaml").write_text("name: x\ngold: [gold]\nbackends: [cues, majority]\nresamples: 100\n")
    told: list[tuple[int, int | None]] = []
    evaluate(folder / "e.yaml", folder / "out", progress=lambda done, total: told.append((done, total)))
    assert told == [(6, 12), (12, 12)]


def test_a_label_set_of_ones_own(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "l.yaml").write_text("name: l\nlabels: [{name: yes}, {name: no}]\n")
    (folder / "m.yaml").write_text("kind: majority\nlabel: no\n")
    (folder / "gold" / "test.jsonl").write_text('{"id": 1, "text": "One.", "label": "no"}\n')
    report = run(labels="l.yaml", backends=["m.yaml"])
    assert report["labels"] == ["yes", "no"]
    assert report["results"][0]["accuracy"] == 1
    assert report["results"][0]["attributed"] is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "a1", "text": "One.", "label": "opinion"}', "line 2: the id 'a1' occurs twice"),
        ('{"id": "x", "text": "One.", "label": "joke"}', "line 2: 'joke' is not a label"),
        ("{", "line 2: not valid JSON"),
    ],
)
def test_a_gold_fault_stops_it_before_anything_is_written(
    folder: Path, run: Callable[..., dict[str, Any]], line: str, said: str
) -> None:
    (folder / "gold" / "test.jsonl").write_text(gold_lines(ROWS[0]) + line)
    with pytest.raises(InputError, match=said):
        run()
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"gold": ["none"]}, InputError, "does not exist"),
        ({"split": "dev"}, InputError, r"dev\.jsonl does not exist"),
        ({"backends": ["cuse"]}, UnknownNameError, "Did you mean cues"),
        ({"labels": "checkworthiness"}, InputError, "is not a label of 'checkworthiness'"),
        ({"gold": ["gold", "other/gold"]}, ConfigError, "Two gold sets are called 'gold'"),
        ({"backends": ["fake.yaml", "other/fake.yaml"]}, ConfigError, "Two backends are called 'fake'"),
    ],
)
def test_what_cannot_be_used(
    folder: Path, run: Callable[..., dict[str, Any]], changes: dict[str, Any], error: type[ToolkitError], said: str
) -> None:
    (folder / "other" / "gold").mkdir(parents=True)
    (folder / "other" / "gold" / "test.jsonl").write_text(gold_lines(ROWS[0]))
    (folder / "other" / "fake.yaml").write_text((folder / "fake.yaml").read_text())
    with pytest.raises(error, match=said):
        run(**changes)
    assert not (folder / "out").exists()


def test_a_backend_name_with_a_slash_stays_in_the_folder(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "b.yaml").write_text("kind: cues\nname: ../../owner/model\n")
    run(backends=["b.yaml"])
    assert predictions(folder) == {"gold/.._.._owner_model.jsonl"}


def test_dots_in_names_do_not_make_two_files_one(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    for gold in ("x", "x.y"):
        (folder / gold).mkdir()
        (folder / gold / "test.jsonl").write_text(gold_lines(*ROWS))
    for backend in ("y.z", "z"):
        (folder / f"{backend}.yaml").write_text(f"kind: cues\nname: {backend}\n")
    run(gold=["x", "x.y"], backends=["y.z.yaml", "z.yaml"])
    assert predictions(folder) == {"x/y.z.jsonl", "x/z.jsonl", "x.y/y.z.jsonl", "x.y/z.jsonl"}


@pytest.mark.parametrize("other", ["a_b", "A/B"])
def test_names_that_make_the_same_file_are_refused(
    folder: Path, run: Callable[..., dict[str, Any]], other: str
) -> None:
    (folder / "1.yaml").write_text("kind: cues\nname: a/b\n")
    (folder / "2.yaml").write_text(f"kind: cues\nname: {other}\n")
    with pytest.raises(ConfigError, match=f"'a/b' and '{other}' have the same file name"):
        run(backends=["1.yaml", "2.yaml"])
    assert not (folder / "out").exists()
