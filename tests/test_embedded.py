"""The embedded model, as a newcomer meets it: on the example documents, with sockets blocked (see pyproject.toml)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from toolkit import Classifier
from toolkit.cli.main import main
from toolkit.models.resolve import adapter_folder

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module", params=["embedded", "embedded-fast"])
def embedded(request: pytest.FixtureRequest) -> Classifier:
    return Classifier.load(request.param)


@pytest.mark.parametrize(
    ("text", "label", "attributed"),
    [
        ("The city council approved the budget by seven votes to two on Monday.", "factual_claim", False),
        ("The new museum is the ugliest building in the country.", "opinion", False),
        ("Interest rates will fall sharply next year.", "prediction", False),
        ("Let us march together, my friends!", "rhetoric", False),
        ("Who among us has never made a mistake?", "rhetoric", False),
        ("Police said two men had been arrested near the station.", "factual_claim", True),
        ("Analysts expect profits to double by 2030.", "prediction", True),
        ("We should abolish this unfair tax.", "opinion", False),
    ],
)
def test_clear_cases(embedded: Classifier, text: str, label: str, attributed: bool) -> None:
    prediction = embedded.classify([text])[0]
    assert prediction.label == label
    assert prediction.attributed is attributed


def test_probabilities_sum_to_one(embedded: Classifier) -> None:
    prediction = embedded.classify(["Prices rose by four per cent in May."])[0]
    assert sum(prediction.probs.values()) == pytest.approx(1)


def test_other_labels_work_without_training() -> None:
    classifier = Classifier.load("embedded", labels="checkworthiness")
    prediction = classifier.classify(["Unemployment has doubled since the minister took office."])[0]
    assert set(prediction.probs) == set(classifier.labels.names)


def test_a_document_keeps_its_offsets(embedded: Classifier) -> None:
    source = ROOT / "examples" / "speech.txt"
    text = source.read_text(encoding="utf-8")
    annotations = list(embedded.annotate(source))
    assert len(annotations) > 30
    assert all(text[a.sentence.start : a.sentence.end] == a.sentence.text for a in annotations)
    assert {a.label for a in annotations} == set(embedded.labels.names)


def test_the_readme_commands_that_need_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = str(ROOT / "examples" / "commentary.txt")
    monkeypatch.setattr(sys, "argv", ["claimkit", "annotate", source, "--labels", "checkworthiness", "-o", "c.jsonl"])
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code in {0, None}
    rows = [json.loads(line) for line in Path("c.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(row["label"] in {"checkworthy", "unimportant_claim", "not_a_claim"} for row in rows)


@pytest.mark.parametrize("name", ["claim-nli-minilm", "claim-head-minilm", "claim-head-mpnet"])
def test_the_adapters_are_small(name: str) -> None:
    size = sum(file.stat().st_size for file in adapter_folder(name).glob("*.safetensors"))
    assert size < 8_000_000
