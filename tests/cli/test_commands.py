"""list, validate, render, evaluate, train and report as commands: what they say and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support import ROOT, Outcome

Command = Callable[..., Outcome]
Refused = Callable[..., str]
COMMANDS = [
    "annotate",
    "report",
    "export",
    "import",
    "evaluate",
    "compare",
    "calibrate",
    "sample",
    "label",
    "agree",
    "adjudicate",
    "init",
    "train",
    "distill",
    "models",
    "list",
    "validate",
    "render",
]


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    rows = [
        {"id": "a", "text": "Prices will fall next year.", "label": "prediction"},
        {"id": "b", "text": "The bridge was built in 1931.", "label": "factual_claim"},
    ]
    return write(tmp_path / "mine.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def test_version(claimkit: Command) -> None:
    outcome = claimkit("--version")
    assert outcome.code == 0
    assert outcome.out.startswith("claimkit ")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_what_it_does(claimkit: Command, command: str) -> None:
    outcome = claimkit(command, "--help")
    assert outcome.code == 0
    assert f"claimkit {command}" in outcome.out


def test_list_names_everything(claimkit: Command) -> None:
    outcome = claimkit("list")
    assert outcome.code == 0
    for file in [*(ROOT / "configs").rglob("*.yaml"), *(ROOT / "prompts").iterdir()]:
        assert f"  {file.stem} " in outcome.out


class TestValidate:
    def test_what_is_sound(self, claimkit: Command) -> None:
        sound = [*(ROOT / "configs").rglob("*.yaml"), *(ROOT / "prompts").glob("*.jinja")]
        outcome = claimkit("validate", ROOT / "configs", ROOT / "prompts")
        assert outcome.code == 0
        assert "✗" not in outcome.err
        assert outcome.err.count("✓") == len(sound)

    def test_what_is_not(self, claimkit: Command, tmp_path: Path) -> None:
        write(tmp_path / "a.yaml", "kind: cues\n")
        write(tmp_path / "b.yaml", "kind: cuse\n")
        outcome = claimkit("validate", tmp_path)
        assert outcome.code == 2
        assert f"✓ {tmp_path / 'a.yaml'}" in outcome.err
        assert f"✗ {tmp_path / 'b.yaml'}: " in outcome.err
        assert "did you mean cues" in outcome.err

    def test_brackets_in_a_fault_are_text(self, claimkit: Command, tmp_path: Path) -> None:
        write(tmp_path / "[red].yaml", "kind: majority\nlabel: '[/bold] x'\n")
        outcome = claimkit("validate", tmp_path / "[red].yaml")
        assert outcome.code == 2
        assert "[red].yaml" in outcome.err
        assert "[/bold] x" in outcome.err

    def test_gold_of_another_label_set(self, claimkit: Command, tmp_path: Path) -> None:
        labels = write(tmp_path / "l.yaml", "name: l\nlabels: [{name: yes}, {name: no}]\n")
        file = write(tmp_path / "g.jsonl", '{"id": 1, "text": "One.", "label": "no"}\n')
        assert claimkit("validate", file).code == 2
        assert claimkit("validate", file, "--labels", labels).code == 0

    def test_what_is_not_there(self, refused: Refused) -> None:
        assert "nowhere does not exist" in refused("validate", "nowhere")


class TestRender:
    def test_hypotheses_go_to_standard_output(self, claimkit: Command) -> None:
        outcome = claimkit("render", "Prices fell.")
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.startswith("premise: Prices fell.\nfactual_claim:\n  ")

    def test_a_prompt(self, claimkit: Command) -> None:
        outcome = claimkit("render", "Prices fell.", "--prompt", "classify.v1")
        assert outcome.out.startswith("[user]\nYou label single sentences.")

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--backend", "embeded"], "Did you mean embedded"),
            (["--labels", "claim"], "Did you mean claims"),
            (["--prompt", "clasify.v1"], "Did you mean classify.v1"),
        ],
    )
    def test_unknown_names(self, refused: Refused, options: list[str], said: str) -> None:
        assert said in refused("render", "One.", *options)


class TestEvaluate:
    def test_shows_the_table_and_says_where_the_rest_is(self, claimkit: Command, tmp_path: Path, gold: Path) -> None:
        config = write(
            tmp_path / "e.yaml", f"name: e\ngold: [{gold.name}]\nbackends: [cues, majority]\nresamples: 100\n"
        )
        outcome = claimkit("evaluate", config, "-o", tmp_path / "out")
        assert outcome.code == 0, outcome.err
        assert "macro-F1" in outcome.err
        assert f"Wrote {tmp_path / 'out' / 'report.html'}" in outcome.err
        assert outcome.out == ""

    @pytest.mark.parametrize(
        ("config", "said"),
        [
            ("name: e\ngold: [none]\nbackends: [cues]\n", "none does not exist"),
            ("name: e\ngold: [mine.jsonl]\nbackends: [cuse]\n", "Unknown backend 'cuse'. Did you mean cues?"),
            ("name: e\ngold: [mine.jsonl]\n", "backends: this key is missing"),
        ],
    )
    def test_what_cannot_be_used(self, refused: Refused, tmp_path: Path, gold: Path, config: str, said: str) -> None:
        assert said in refused("evaluate", write(tmp_path / "e.yaml", config), "-o", tmp_path / "out")

    def test_an_output_that_cannot_be_written(self, refused: Refused, tmp_path: Path, gold: Path) -> None:
        config = write(tmp_path / "e.yaml", f"name: e\ngold: [{gold.name}]\nbackends: [cues]\nresamples: 100\n")
        assert "cannot be written" in refused("evaluate", config, "-o", write(tmp_path / "file", ""))


class TestCalibrate:
    def test_shows_before_and_after_and_says_what_it_wrote(self, claimkit: Command, tmp_path: Path) -> None:
        gold = ROOT / "eval" / "newsroom"
        text = f"name: c\nbackend: cues\ngold: [{gold}]\nfit: {{conformal: {{alpha: 0.2}}, precision: 0.99}}\n"
        outcome = claimkit("calibrate", write(tmp_path / "c.yaml", text), "-o", tmp_path / "b.yaml")
        assert outcome.code == 0, outcome.err
        assert "before after" in outcome.err
        assert "137 sentences of 7 documents" in outcome.err
        assert "label set holds the label" in outcome.err
        assert "No threshold makes" in outcome.err
        assert f"Wrote {tmp_path / 'b.yaml'}" in outcome.err
        assert outcome.out == ""
        text = write(tmp_path / "a.txt", "Prices will fall.")
        labelled = claimkit("annotate", text, "--backend", tmp_path / "b.yaml")
        assert "prediction" in json.loads(labelled.out)["label_set"]

    def test_refuses_a_test_split(self, refused: Refused, tmp_path: Path) -> None:
        gold = ROOT / "eval" / "newsroom" / "test.jsonl"
        config = write(tmp_path / "c.yaml", f"name: c\nbackend: embedded\ngold: [{gold}]\nfit: {{}}\n")
        assert "is a test split by its name" in refused("calibrate", config, "-o", tmp_path / "b.yaml")


class TestAgree:
    def test_shows_figures_and_writes_what_is_to_be_decided(self, claimkit: Command, tmp_path: Path) -> None:
        file = ROOT / "eval" / "market-and-screen" / "annotators.jsonl"
        outcome = claimkit("agree", file, "-o", tmp_path / "a.jsonl")
        assert outcome.code == 0
        assert "Krippendorff's α" in outcome.err
        assert "Cohen's κ author – A" in outcome.err
        rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
        assert f"({len(rows)} rows to adjudicate)" in outcome.err
        assert all(row["text"] and len(row["answers"]) == 3 for row in rows)

    def test_json_goes_to_standard_output(self, claimkit: Command) -> None:
        outcome = claimkit("agree", ROOT / "eval" / "podium" / "annotators.jsonl", "--json", "--without", "author")
        assert json.loads(outcome.out)["annotators"] == ["A", "B", "adjudicator"]
        assert outcome.err == ""

    def test_a_single_annotator(self, refused: Refused, tmp_path: Path) -> None:
        assert "answers of a alone" in refused("agree", write(tmp_path / "a.jsonl", '{"id": 1, "label": "x"}\n'))


class TestInit:
    def test_says_what_it_wrote_and_replaces_nothing(self, claimkit: Command, refused: Refused, tmp_path: Path) -> None:
        outcome = claimkit("init", tmp_path / "mine", "--labels", "yes, no")
        assert outcome.code == 0
        assert f"Wrote {tmp_path / 'mine' / 'labels.yaml'}" in outcome.err
        assert "README.md is there already" in refused("init", tmp_path / "mine", "--labels", "a,b")
        assert "yes" in (tmp_path / "mine" / "labels.yaml").read_text()

    @pytest.mark.parametrize(("labels", "said"), [("yes", "at least 2"), ("a,a", "occurs twice"), ("a,,b", "name")])
    def test_labels_that_make_no_set(self, refused: Refused, tmp_path: Path, labels: str, said: str) -> None:
        assert said in refused("init", tmp_path / "mine", "--labels", labels)
        assert not (tmp_path / "mine").exists()


class TestTrain:
    @pytest.mark.parametrize(
        ("config", "said"),
        [
            ("kind: nli\nname: m\ndata: [none.csv]\nbackbone: {hub: a/b}\n", "none.csv cannot be read"),
            ("kind: nli\nname: m\ndata: [bad.csv]\nbackbone: {hub: a/b}\n", "bad.csv, line 2: 'joke' is not a label"),
            ("kind: nli\nname: m\ndata: [bad.csv]\nbackbone: {}\n", "give one of folder, package, parts or hub"),
        ],
    )
    def test_what_cannot_be_used(self, refused: Refused, tmp_path: Path, config: str, said: str) -> None:
        write(tmp_path / "bad.csv", "text,label\nOne.,joke\n")
        assert said in refused("train", write(tmp_path / "t.yaml", config), "-o", tmp_path / "out")
        assert not (tmp_path / "out").exists()


class TestReport:
    def test_writes_the_page(self, claimkit: Command, tmp_path: Path) -> None:
        text = write(tmp_path / "a.txt", "Prices will fall. What a shame!")
        claimkit("annotate", text, "--backend", "cues", "-o", tmp_path / "run")
        outcome = claimkit("report", tmp_path / "run", "-o", tmp_path / "page.html", "--title", "Mine")
        assert outcome.code == 0
        assert outcome.err == f"Wrote {tmp_path / 'page.html'} (1 document)"
        assert "<title>Mine</title>" in (tmp_path / "page.html").read_text()

    def test_of_what_is_no_run(self, refused: Refused, tmp_path: Path) -> None:
        assert "does not exist" in refused("report", tmp_path / "none", "-o", tmp_path / "page.html")

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--against", "none"], "none does not exist"),
            (["--by", "no"], "no column 'no'"),
            (["--date", "no"], "no column 'no'"),
        ],
    )
    def test_of_what_is_not_there(
        self, claimkit: Command, refused: Refused, tmp_path: Path, options: list[str], said: str
    ) -> None:
        text = write(tmp_path / "a.txt", "Prices will fall. What a shame!")
        claimkit("annotate", text, "--backend", "cues", "-o", tmp_path / "run")
        assert said in refused("report", tmp_path / "run", "-o", tmp_path / "page.html", *options)
        assert not (tmp_path / "page.html").exists()
