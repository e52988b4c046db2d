"""Evaluations end to end, with backends that need no model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from small_evaluation import ROWS, gold_lines, predictions, result

from toolkit.annotate.manifest import fingerprint
from toolkit.errors import ConfigError, InputError, OutputError, ToolkitError, UnknownNameError
from toolkit.evaluation.folder import read_rows
from toolkit.evaluation.run import evaluate
from toolkit.evaluation.schema import FORMAT, Results


def misfits(value: Any, kind: Any, place: str) -> Iterator[str]:
    """Where a value is not of a type; keys that a TypedDict does not have are misfits too."""
    parts = get_args(kind)
    if kind is Any:
        return
    if is_typeddict(kind) and isinstance(value, dict):
        hints = get_type_hints(kind, include_extras=True)
        optional = {key for key, inner in hints.items() if get_origin(inner) is NotRequired}
        yield from (f"{place}: {key}" for key in (hints.keys() ^ value.keys()) - (optional - value.keys()))
        for key, inner in get_type_hints(kind).items():
            if key in value:
                yield from misfits(value[key], inner, f"{place}.{key}")
    elif isinstance(kind, UnionType):
        if all(list(misfits(value, part, place)) for part in parts):
            yield f"{place}: {value!r} is not {kind}"
    elif get_origin(kind) is list and isinstance(value, list):
        for number, one in enumerate(value):
            yield from misfits(one, parts[0], f"{place}[{number}]")
    elif get_origin(kind) is dict and isinstance(value, dict):
        for key, one in value.items():
            yield from misfits(one, parts[1], f"{place}.{key}")
    elif not (isinstance(value, int | float) if kind is float else type(value) is (get_origin(kind) or kind)):
        yield f"{place}: {value!r} is not {kind}"


def test_writes_results_report_and_predictions(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    report = run()
    written = json.loads((folder / "out" / "results.json").read_text(), parse_constant=pytest.fail)
    assert written == json.loads(json.dumps(report))
    assert predictions(folder) == {"gold/cues.jsonl", "gold/majority.jsonl", "gold/fake.jsonl"}
    assert (folder / "out" / "report.md").read_text().startswith("# mine\n")


def test_results_are_of_their_format(run: Callable[..., dict[str, Any]]) -> None:
    report = run(robustness={"sample": 4})
    assert report["format"] == FORMAT == 2
    assert list(misfits(report, Results, "results")) == []
    assert report["gold"][0]["labels"] == {"prediction": 1, "factual_claim": 3, "opinion": 1, "rhetoric": 1}
    assert (report["gold"][0]["n"], report["gold"][0]["documents"]) == (6, 3)


@pytest.mark.parametrize("entry", ["gold/test.jsonl", "{path: gold/test.jsonl, keep_text: false}"])
def test_gold_is_never_written_over(tmp_path: Path, entry: str) -> None:
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "test.jsonl").write_text(gold_lines(*ROWS))
    (tmp_path / "e.yaml").write_text(f"name: e\ngold: [{entry}]\nbackends: [cues]\n")
    with pytest.raises(OutputError, match=r"gold/test\.jsonl is read by this evaluation"):
        evaluate(tmp_path / "e.yaml", tmp_path)
    assert (tmp_path / "gold" / "test.jsonl").read_text() == gold_lines(*ROWS)
    assert {path.name for path in tmp_path.iterdir()} == {"gold", "e.yaml"}


def test_failures_count_as_wrong_and_are_shown(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    one = result(run(), "fake")
    assert one["failed"] == 1
    assert one["all_rows"]["accuracy"]["value"] == pytest.approx(4 / 6)
    assert one["all_rows"]["per_label"]["rhetoric"]["recall"]["value"] == 0
    assert (one["coverage"], one["covered"]["n"]) == (pytest.approx(5 / 6), 5)
    assert one["covered"]["accuracy"]["value"] == pytest.approx(4 / 5)
    assert one["confusion"][3] == [0, 0, 0, 0, 1]
    lines = (folder / "out" / "predictions" / "gold" / "fake.jsonl").read_text().splitlines()
    assert json.loads(lines[4])["failure"] == {"kind": "timeout", "message": "scripted failure"}
    assert "| gold | fake | 6 |" in (folder / "out" / "report.md").read_text()


def test_abstaining_counts_as_wrong_and_is_shown(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "shy.yaml").write_text("kind: cues\nname: shy\ncalibration: {threshold: 1}\n")
    one = result(run(backends=["shy.yaml"]), "shy")
    assert (one["abstained"], one["failed"], one["all_rows"]["accuracy"]["value"]) == (6, 0, 0)
    assert (one["coverage"], one["covered"]) == (0, None)
    assert one["risk_coverage"]["coverage"][-1] == 1, "what it would have said is known"


def test_all_failures(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "dead.yaml").write_text("kind: scripted\nname: dead\n")
    one = result(run(backends=["dead.yaml"]), "dead")
    assert (one["failed"], one["all_rows"]["macro_f1"]["value"], one["attributed"]) == (6, 0, None)
    assert (one["covered"], one["risk_coverage"], one["reliability"]) == (None, None, [])


def test_the_flag_is_measured_where_gold_tells_it(run: Callable[..., dict[str, Any]]) -> None:
    flag = result(run(), "cues")["attributed"]["all_rows"]
    assert (flag["precision"]["value"], flag["recall"]["value"], flag["support"], flag["n"]) == (1, 1, 1, 5)


def test_a_single_sentence(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "gold" / "test.jsonl").write_text(gold_lines(ROWS[0]))
    one = result(run(), "cues")
    assert one["all_rows"]["accuracy"] == one["all_rows"]["macro_f1"] == {"value": 1, "interval": None}
    assert "| gold | cues | 1 | 1.000 | 1.000 |" in (folder / "out" / "report.md").read_text()


def test_nothing_of_the_machine_is_in_the_results(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    run(gold=[str(folder / "gold")], backends=[str(folder / "fake.yaml"), "cues"])
    text = (folder / "out" / "results.json").read_text()
    assert str(folder) not in text
    assert '"fake.yaml"' in text


def test_where_labelled_text_lies_is_not_in_the_results_and_changes_no_run(
    folder: Path, run: Callable[..., dict[str, Any]]
) -> None:
    runs = []
    for place in ("here", "there"):
        (folder / place).mkdir()
        text = "text,label\n" + "The tax is bad,opinion\nThe tax is new,factual_claim\n" * 3
        (folder / place / f"{place}.csv").write_text(text)
        (folder / "t.yaml").write_text(f"kind: tfidf\nname: t\ndata: [{place}/{place}.csv]\n")
        runs.append(result(run(backends=["t.yaml"]), "t")["run"])
        assert str(folder) not in (folder / "out" / "results.json").read_text()
    assert runs[0] == runs[1]
    (folder / "there" / "there.csv").write_text(text + "The tax is old,factual_claim\n")
    assert result(run(backends=["t.yaml"]), "t")["run"] != runs[1]


def test_the_results_hold_the_settings_that_each_run_is_named_by(
    folder: Path, run: Callable[..., dict[str, Any]]
) -> None:
    run()
    written = json.loads((folder / "out" / "results.json").read_text())
    assert set(written["backends"]) == {"cues", "majority", "fake"}
    for one in written["results"]:
        assert fingerprint(written["backends"][one["backend"]]["settings"]) == one["run"]
    assert written["backends"]["majority"]["settings"]["backend config"]["label"] == "factual_claim"
    assert "tokenizers" in written["stamp"]["libraries"]


def test_the_same_evaluation_gives_the_same_figures(run: Callable[..., dict[str, Any]]) -> None:
    one, other = run(), run()
    for report in (one, other):
        for each in report["results"]:
            del each["speed"]
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
    assert report["results"][0]["all_rows"]["accuracy"]["value"] == 1
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


def test_text_that_may_not_be_kept_is_nowhere(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    run(gold=[{"path": "gold", "keep_text": False}], robustness={"sample": 3}, backends=["cues", "majority"])
    written = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert len(written) > 6
    for path in written:
        content = path.read_text()
        assert not [row[2] for row in ROWS if row[2] in content], path


def test_gold_rows_say_everything_that_slices_need(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    answers = [
        {"id": "a1", "annotator": name, "label": label} for name, label in (("x", "prediction"), ("y", "opinion"))
    ]
    answers.append({"id": "a1", "annotator": "adjudicator", "label": "prediction"})
    (folder / "gold" / "annotators.jsonl").write_text("".join(json.dumps(one) + "\n" for one in answers))
    run()
    rows = read_rows(folder / "out" / "gold" / "gold.jsonl")
    assert rows[0] == {
        "id": "a1",
        "doc": "a",
        "text": "Prices will fall next year.",
        "label": "prediction",
        "attributed": False,
        "words": 5,
        "agreement": "1 of 2",
        "weight": None,
        "columns": {},
    }
    assert rows[1]["agreement"] is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"leakage": ["none.jsonl"]}, "The training text .* does not exist"),
        ({"slices": ["gnre"]}, "Unknown column to slice by 'gnre'"),
        ({"robustness": {"backends": ["embeded"]}}, "Unknown backend of this evaluation 'embeded'"),
        ({"robustness": {"kinds": ["colour"]}}, "robustness.kinds.0"),
        ({"gold": [{"benchmark": "nope"}]}, "Unknown benchmark 'nope'"),
        ({"backends": ["lost.yaml"]}, "The model folder .* does not exist"),
        ({"backends": ["wrong.yaml"]}, "which 'claims' does not have"),
        ({"backends": ["cues", "classes.yaml"]}, "The model's class 'joy' is no label or flag of 'claims'"),
        ({"backends": ["cues", "adapted.yaml"]}, "The model's class 'joy' is no label or flag of 'claims'"),
        ({"backends": ["cues", "bias.yaml"]}, "The calibration of 'bias' names joke"),
    ],
)
def test_everything_wrong_is_said_before_any_model_loads(
    folder: Path, run: Callable[..., dict[str, Any]], changes: dict[str, Any], said: str
) -> None:
    (folder / "lost.yaml").write_text("kind: nli\nname: lost\nmodel: {folder: not-there}\n")
    (folder / "wrong.yaml").write_text("kind: majority\nname: wrong\nlabel: joke\n")
    claims = {0: "factual_claim", 1: "opinion", 2: "prediction", 3: "rhetoric"}
    # Weights that no model could be made of: whoever loads one says something else.
    for place, classes in (("moods", {0: "joy", 1: "fury"}), ("claims", claims), ("adapter", {0: "joy"})):
        (folder / place).mkdir()
        (folder / place / "config.json").write_text(json.dumps({"id2label": classes}))
        (folder / place / "model.safetensors").write_bytes(b"no weights")
    (folder / "adapter" / "adapter_model.safetensors").write_bytes(b"no weights")
    (folder / "classes.yaml").write_text("kind: classifier\nname: classes\nmodel: {folder: moods}\n")
    (folder / "adapted.yaml").write_text("kind: classifier\nname: a\nmodel: {folder: claims, adapter: adapter}\n")
    (folder / "bias.yaml").write_text(
        "kind: classifier\nname: bias\nmodel: {folder: claims}\ncalibration: {bias: {joke: 1}}\n"
    )
    with pytest.raises(ToolkitError, match=said):
        run(**changes)
    assert not (folder / "out").exists()


def test_a_broken_annotators_file_names_the_line(folder: Path, run: Callable[..., dict[str, Any]]) -> None:
    (folder / "gold" / "annotators.jsonl").write_text('\n{"id": 1}\n')
    with pytest.raises(InputError, match=r"annotators\.jsonl, line 2: not an annotator's answer"):
        run()
