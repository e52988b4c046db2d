"""The zero-shot baseline: nearest description."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import SENTENCES
from transformers import AutoModel, AutoTokenizer

from toolkit.backends.config import EmbeddingConfig, ModelSource
from toolkit.backends.embedding import EmbeddingBackend
from toolkit.errors import ModelError
from toolkit.labels import Label, LabelSet
from toolkit.records import Prediction, Sentence
from toolkit.runtime.encoder import Encoder

LABELS = LabelSet(
    name="x", labels=(Label(name="price", definition=SENTENCES[0]), Label(name="march", definition=SENTENCES[5]))
)


def backend(folder: Path, **options: object) -> EmbeddingBackend:
    config = EmbeddingConfig(kind="embedding", name="near", model=ModelSource(folder=folder), **options)  # type: ignore[arg-type]
    return EmbeddingBackend(config, LABELS)


def classify(one: EmbeddingBackend, *texts: str) -> list[Prediction]:
    return one.classify([Sentence("d", 0, len(text), text) for text in texts])


def test_embeddings_are_those_of_transformers(tiny_encoder: Path) -> None:
    tokens = AutoTokenizer.from_pretrained(tiny_encoder)(SENTENCES, padding=True, return_tensors="pt")
    model = AutoModel.from_pretrained(tiny_encoder).eval()
    with torch.inference_mode():
        states = model(**tokens)[0]
    weights = tokens["attention_mask"].unsqueeze(-1)
    mean = (states * weights).sum(1) / weights.sum(1)
    expected = torch.nn.functional.normalize(mean, dim=1).numpy()
    found = Encoder(tiny_encoder, device="cpu").embed(SENTENCES, max_tokens=128, tokens_per_batch=64)
    np.testing.assert_allclose(found.vectors, expected, atol=1e-5)
    assert found.tokens.tolist() == tokens["attention_mask"].sum(1).tolist()
    assert not found.truncated.any()


def test_a_long_text_is_cut_at_the_limit_of_the_model_and_counted(tiny_encoder: Path) -> None:
    (long,) = classify(backend(tiny_encoder, max_tokens=4096), " ".join(SENTENCES * 30))
    assert long.usage.truncated == 1
    assert long.usage.tokens == AutoModel.from_pretrained(tiny_encoder).config.max_position_embeddings


def test_the_nearest_description_wins(tiny_encoder: Path) -> None:
    same, other = classify(backend(tiny_encoder), SENTENCES[0], SENTENCES[5])
    assert same.scores["price"] > 0.5 > same.scores["march"]
    assert other.scores["march"] > 0.5
    assert sum(same.scores.values()) == pytest.approx(1)
    assert same.flags == {}


def test_softness_moves_probabilities_and_not_the_order(tiny_encoder: Path) -> None:
    sharp, soft = (classify(backend(tiny_encoder, softness=s), SENTENCES[0])[0].scores for s in (0.01, 1.0))
    assert sharp["price"] > soft["price"] > 0.5


def test_no_sentences_no_answers(tiny_encoder: Path) -> None:
    assert classify(backend(tiny_encoder)) == []


def test_a_folder_without_an_encoder_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((tiny_encoder / "model.safetensors").read_bytes())
    with pytest.raises(ModelError, match="cannot be loaded"):
        backend(tmp_path)
