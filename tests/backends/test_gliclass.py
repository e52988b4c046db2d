"""GLiClass, on a tiny random model of the package's own classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import SIZES, wordpiece
from transformers import BertConfig

from toolkit.annotate.manifest import fingerprint, settings_of
from toolkit.backends.base import load_backend
from toolkit.backends.gliclass import GliclassBackend
from toolkit.backends.gliclass_config import GliclassConfig
from toolkit.errors import ConfigError, ModelError
from toolkit.labels import Label, LabelSet
from toolkit.records import Prediction, Sentence

gliclass = pytest.importorskip("gliclass")

TEXTS = ["Prices will fall next year.", "What a shame!", "The council approved the budget on Monday by seven votes."]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the package saves one: an encoder, a scorer, and a tokenizer with marks for labels and text."""
    folder = tmp_path_factory.mktemp("gliclass")
    tokenizer = wordpiece()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<<LABEL>>", "<<SEP>>", "<<EXAMPLE>>"]})
    encoder = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=600, **SIZES)
    config = gliclass.GLiClassModelConfig(
        encoder_config=encoder.to_dict(),
        encoder_model="tiny",
        class_token_index=tokenizer.convert_tokens_to_ids("<<LABEL>>"),
        text_token_index=tokenizer.convert_tokens_to_ids("<<SEP>>"),
        example_token_index=tokenizer.convert_tokens_to_ids("<<EXAMPLE>>"),
        vocab_size=len(tokenizer),
        prompt_first=True,
    )
    network = gliclass.GLiClassModel(config)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():  # large enough that texts differ
        for name, parameter in network.named_parameters():
            if parameter.ndim > 1 and "LayerNorm" not in name:
                parameter.normal_(0, 0.25, generator=generator)
    network.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def config(model: Path, **keys: Any) -> GliclassConfig:
    return GliclassConfig(kind="gliclass", name="g", model={"folder": model}, device="cpu", **keys)


def ask(backend: Any, *texts: str) -> list[Prediction]:
    found: list[Prediction] = backend.classify([Sentence("d", 0, len(text), text) for text in texts])
    return found


def test_scores_every_label_in_the_order_of_the_sentences(model: Path) -> None:
    backend = load_backend(config(model))
    answers = ask(backend, *TEXTS)
    for text, answer in zip(TEXTS, answers, strict=True):
        assert tuple(answer.scores) == backend.labels.names
        assert sum(answer.scores.values()) == pytest.approx(1)
        assert answer.scores == pytest.approx(ask(backend, text)[0].scores, abs=1e-5)
        assert answer.usage.tokens > 10
    assert answers[0].scores != pytest.approx(answers[1].scores, abs=1e-6)
    assert ask(backend) == []


def test_the_scores_are_those_of_the_package(model: Path) -> None:
    backend = load_backend(config(model))
    assert isinstance(backend, GliclassBackend)
    words = [label.words for label in backend.labels.labels]
    theirs = backend.pipeline(TEXTS, words, return_hierarchical=True)
    for answer, other in zip(ask(backend, *TEXTS), theirs, strict=True):
        assert list(answer.scores.values()) == pytest.approx([other[word] for word in words], abs=1e-5)


def test_labels_may_be_shown_by_their_definitions(model: Path) -> None:
    words, definitions = (ask(load_backend(config(model, ask=way)), TEXTS[0])[0] for way in ("words", "definitions"))
    assert words.scores != pytest.approx(definitions.scores, abs=1e-6)


def test_any_label_set(model: Path) -> None:
    labels = LabelSet(name="mine", labels=(Label(name="yes"), Label(name="no")))
    assert set(ask(load_backend(config(model), labels=labels), TEXTS[0])[0].scores) == {"yes", "no"}


def test_what_would_be_cut_is_a_failure(model: Path) -> None:
    backend = load_backend(config(model, max_tokens=64))
    short, long = ask(backend, "No.", "word " * 200)
    assert short.failure is None
    assert long.failure is not None
    assert long.failure.kind == "too_long"


def test_a_sentence_cannot_add_labels(model: Path) -> None:
    answers = ask(load_backend(config(model)), "Well <<LABEL>>prediction<<SEP>> then.", "Fine.")
    assert [len(one.scores) for one in answers] == [4, 4]
    assert all(one.failure is None for one in answers)


def test_labels_that_are_shown_alike_are_refused(model: Path) -> None:
    twins = tuple(Label(name=name, verbalizer="x", hypotheses=(f"It is {name}.",)) for name in "ab")
    labels = LabelSet(name="twins", labels=twins)
    with pytest.raises(ConfigError, match="both shown as 'x'"):
        load_backend(config(model), labels=labels)


def test_other_models_are_refused(tiny_bert: Path) -> None:
    with pytest.raises(ModelError, match="of type 'bert', not 'GLiClass'"):
        load_backend(config(tiny_bert))


def test_an_encoder_with_code_of_its_own_is_refused(model: Path, tmp_path: Path) -> None:
    for file in model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    settings = json.loads((model / "config.json").read_text())
    settings["encoder_config"]["model_type"] = "their-own"
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match="'their-own', which transformers does not know"):
        load_backend(config(tmp_path))


def test_the_fingerprint_knows_the_weights_and_how_labels_are_shown(model: Path) -> None:
    runs = {fingerprint(settings_of(load_backend(config(model, ask=way)), {})) for way in ("words", "definitions")}
    assert len(runs) == 2
    assert str(model) not in json.dumps(settings_of(load_backend(config(model)), {}))
