"""Every shipped config, label set and prompt is sound, and unsound ones are told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

from toolkit import inventory
from toolkit.backends.base import load_config
from toolkit.errors import InputError, UnknownNameError
from toolkit.labels import load_labels

SHIPPED = sorted([*(ROOT / "configs").rglob("*.yaml"), *(ROOT / "prompts").glob("*.jinja")])


TRAIN = "kind: nli\nname: t\nbackbone: {hub: a/b}\ndata: [good.csv]\n"


def fault(path: Path, labels: str = "claims") -> str:
    """What is wrong with the only file."""
    ((_, said),) = inventory.check([path], labels)
    return said or ""


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_shipped_files_are_sound(path: Path) -> None:
    assert fault(path) == ""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_shipped_files_are_listed_with_a_description(path: Path) -> None:
    listed = {name: about for names in inventory.listing().values() for name, about in names.items()}
    assert len(listed[path.name.removesuffix(".yaml").removesuffix(".jinja")]) > 10


def test_shipped_backends_go_by_the_name_of_their_file() -> None:
    for name in inventory.listing()["backends"]:
        assert load_config(name)[0].name == name


def test_folders_are_searched(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b.yaml", "kind: cues\n")
    write(tmp_path / "p.jinja", "{{ text }}")
    write(tmp_path / "gold" / "test.jsonl", '{"id": 1, "text": "One.", "label": "opinion"}\n')
    write(tmp_path / "gold" / "guidelines.md", "")
    write(tmp_path / "corpus" / "test.jsonl", "not gold")
    assert [path.name for path, said in inventory.check([tmp_path]) if said is None] == [
        "b.yaml",
        "p.jinja",
        "test.jsonl",
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("b.yaml", "kind: cues\nlabels: checkworthiness\n", "answers factual_claim"),
        ("b.yaml", "kind: cues\nlabels: none.yaml\n", "Unknown label set 'none.yaml'"),
        ("b.yaml", "kind: majority\nlabel: maybe\n", "answers maybe"),
        ("b.yaml", "kind: scripted\ndefault: ''\n", "answers , which 'claims' does not have"),
        ("e.yaml", "name: e\ngold: [none]\nbackends: [cues]\n", "does not exist"),
        ("e.yaml", "name: e\ngold: [g.jsonl]\nbackends: [cuse]\n", "Unknown backend 'cuse'. Did you mean cues?"),
        ("e.yaml", "name: e\nlabels: checkworthiness\ngold: [g.jsonl]\nbackends: [cues]\n", "answers factual_claim"),
        ("c.yaml", "name: c\nbackend: cues\ngold: [none]\nfit: {}\n", "does not exist"),
        ("c.yaml", "name: c\nbackend: cues\ngold: [g.jsonl]\nsplit: test\nfit: {}\n", "dev split alone"),
        ("t.yaml", "kind: nli\nname: t\nbackbone: {hub: a/b}\ndata: [none.csv]\n", "none.csv cannot be read"),
        ("t.yaml", "kind: nli\nname: t\nbackbone: {hub: a/b}\ndata: [bad.csv]\n", "bad.csv, line 2: 'joke' is not"),
        ("t.yaml", TRAIN + "dev: [none.csv]\n", "none.csv cannot be read"),
        ("t.yaml", TRAIN + "start: nowhere\n", "There is no adapter in"),
        ("t.yaml", TRAIN.replace("good", "one"), "only one document"),
        ("e.yaml", "name: e\ngold: [g.jsonl]\nbackends: [cues, again.yaml]\n", "Two backends are called 'cues'"),
        ("e.yaml", "name: e\ngold: [g.jsonl]\nbackends: [cues]\nslices: [era]\n", "Unknown column to slice by 'era'"),
        ("e.yaml", "name: e\ngold: [g.jsonl]\nbackends: [cues]\nleakage: [none.csv]\n", "does not exist"),
        ("e.yaml", "name: e\ngold: [g.jsonl]\nbackends: [cues]\nrobustness: {backends: [no]}\n", "Unknown backend of"),
        ("l.yaml", "name: l\nlabels: [{name: a}]\n", "labels: at least 2 needed"),
        ("p.jinja", "{{ sentence }}", "'sentence' is undefined"),
        ("x.jsonl", '{"id": 1, "text": "One.", "label": "joke"}\n', "x.jsonl, line 1: 'joke' is not a label"),
    ],
)
def test_faults_are_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    write(tmp_path / "g.jsonl", '{"id": 1, "text": "One.", "label": "opinion"}\n')
    write(tmp_path / "bad.csv", "text,label\nOne.,joke\n")
    write(tmp_path / "again.yaml", "kind: cues\nname: cues\n")
    rows = [f"Text {n} {name}.,{name}" for n in range(3) for name in load_labels().names]
    write(tmp_path / "good.csv", "\n".join(["text,label", *rows]))
    write(tmp_path / "one.csv", "\n".join(["text,label,doc", *(f"{row},d" for row in rows)]))
    if "checkworthiness\ngold" in text:
        write(tmp_path / "g.jsonl", '{"id": 1, "text": "One.", "label": "checkworthy"}\n')
    assert said in fault(write(tmp_path / name, text))


def test_what_an_evaluation_names_starts_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "e.yaml", "name: e\nlabels: l.yaml\ngold: [g.jsonl]\nbackends: [b.yaml]\n")
    write(tmp_path / "l.yaml", "name: l\nlabels: [{name: yes}, {name: no}]\n")
    write(tmp_path / "b.yaml", "kind: majority\nlabel: no\nlabels: l.yaml\n")
    write(tmp_path / "g.jsonl", '{"id": 1, "text": "One.", "label": "no"}\n')
    monkeypatch.chdir("/")
    assert fault(tmp_path / "e.yaml") == ""
    assert fault(tmp_path / "g.jsonl", labels=str(tmp_path / "l.yaml")) == ""


def test_nothing_that_trains_or_runs_a_model_is_imported() -> None:
    code = "import sys, toolkit.inventory; print({'torch', 'transformers', 'datasets', 'accelerate'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to check"):
        list(inventory.check([tmp_path]))


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        list(inventory.check([tmp_path / "none"]))


class TestRendering:
    def test_shows_the_hypotheses_that_the_backend_asks(self) -> None:
        lines = inventory.rendering("One.", "embedded").splitlines()
        assert lines[:3] == ["premise: One.", "factual_claim:", "  This sentence states a fact that could be checked."]
        assert lines[-2] == "attributed (flag):"
        assert len(lines) == 1 + 2 * 5

    def test_of_another_label_set(self) -> None:
        assert "checkworthy:" in inventory.rendering("One.", "embedded", labels="checkworthiness")

    def test_of_a_backend_without_hypotheses(self) -> None:
        assert inventory.rendering("One.", "cues").endswith("asked the bare sentence:\nOne.")

    def test_of_a_prompt(self) -> None:
        assert "Answer with exactly one label" in inventory.rendering("One.", "cues", prompt="classify.v1")

    def test_of_a_local_model_shows_what_is_scored(self) -> None:
        shown = inventory.rendering("One.", "local-gguf")
        assert shown.startswith("[system]\nYou label single sentences.")
        assert "<<<SENTENCE\nOne.\nSENTENCE>>>" in shown
        assert shown.endswith("[scored]\nfactual claim | opinion | prediction | rhetoric")

    def test_of_a_local_model_shows_every_question(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "b.yaml", "kind: causal\nmodel: {file: x.gguf}\nrotations: 2\nflags: true\nanswers: letters\n"
        )
        shown = inventory.rendering("One.", str(path))
        assert shown.count("[system]") == 3
        assert shown.count("[scored]\nA | B | C | D") == 2
        assert shown.endswith("[scored]\nyes | no")

    def test_of_an_unknown_backend(self) -> None:
        with pytest.raises(UnknownNameError, match="Did you mean embedded"):
            inventory.rendering("One.", "embeded")


@pytest.mark.parametrize("kind", ["nli", "classifier", "embedding", "causal"])
def test_a_model_is_neither_loaded_nor_fetched(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "b.yaml"
    path.write_text(f"kind: {kind}\nmodel: {{hub: nobody/nothing}}\n")
    assert list(inventory.check([path])) == [(path, None)]


def test_classes_that_are_not_the_labels_are_found_without_loading(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text("kind: classifier\nlabels: checkworthiness\nmodel: {hub: a/b, adapter: claim-head-minilm}\n")
    ((_, fault),) = inventory.check([path])
    assert fault is not None
    assert "'factual_claim' is no label or flag of 'checkworthiness'" in fault


def test_rendering_of_a_composite_shows_what_each_member_is_asked(tmp_path: Path) -> None:
    write(tmp_path / "c.yaml", "kind: ensemble\nmembers: [embedded, cues]\n")
    shown = inventory.rendering("Prices will fall.", str(tmp_path / "c.yaml"))
    assert shown.startswith("embedded:\npremise: Prices will fall.\n")
    assert "cues:\nThe backend 'cues' is asked the bare sentence:\nPrices will fall." in shown
