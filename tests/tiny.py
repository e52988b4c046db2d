"""Tiny random sequence classifiers with real tokenizers, made from config objects: nothing is downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    MPNetConfig,
    MPNetModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForSequenceClassification,
)

THREE_WAY = {0: "contradiction", 1: "entailment", 2: "neutral"}

SENTENCES = [
    "Prices will fall next year.",
    "The council approved the budget on Monday by seven votes to two.",
    "This sentence is an example of opinion.",
    "What a shame!",
    "Naïve café owners said they expect — perhaps — 12,000 visitors.",
    "Let us march together, my friends, and never look back at what we have lost.",
]
"""What the tokenizers are trained on."""

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}


def wordpiece() -> PreTrainedTokenizerFast:
    """As BERT has it: ``[CLS] a [SEP] b [SEP]``."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=180, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def byte_level() -> PreTrainedTokenizerFast:
    """As RoBERTa has it: ``<s> a </s> </s> b </s>``, and no token types."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=350, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
        model_input_names=["input_ids", "attention_mask"],
    )


def _randomise(model: torch.nn.Module, seed: int) -> None:
    """Weights large enough that texts differ, where a fresh model's logits are all about nought."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "LayerNorm" not in name:
                parameter.normal_(0, 0.25, generator=generator)


def _names(id2label: Mapping[int, str]) -> dict[str, object]:
    return {"id2label": dict(id2label), "label2id": {name: column for column, name in id2label.items()}}


def save_bert(folder: Path, id2label: Mapping[int, str] = THREE_WAY, *, seed: int = 0, positions: int = 128) -> Path:
    """A BERT sequence classifier."""
    tokenizer = wordpiece()
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=positions, **SIZES, **_names(id2label))
    model = BertForSequenceClassification(config)
    _randomise(model, seed)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_roberta(folder: Path, id2label: Mapping[int, str] = THREE_WAY, *, seed: int = 0) -> Path:
    """A RoBERTa sequence classifier of 128 usable positions."""
    tokenizer = byte_level()
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=130,
        pad_token_id=1,
        type_vocab_size=1,
        **SIZES,
        **_names(id2label),
    )
    model = RobertaForSequenceClassification(config)
    _randomise(model, seed)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_classifier(folder: Path, model_type: str) -> Path:
    """A sequence classifier of another architecture, of 128 usable positions."""
    tokenizer = byte_level()
    sizes: dict[str, Any] = {**SIZES, "type_vocab_size": 1}
    if model_type == "mpnet":
        sizes = {**SIZES}
    elif model_type == "distilbert":
        sizes = {"dim": 64, "n_layers": 2, "n_heads": 2, "hidden_dim": 64}
    elif model_type == "deberta-v2":
        sizes = {**SIZES, "hidden_size": 64, "intermediate_size": 64, "relative_attention": True}
        sizes |= {"position_buckets": 16, "pos_att_type": ["p2c", "c2p"], "share_att_key": True}
        sizes |= {"norm_rel_ebd": "layer_norm", "position_biased_input": False}
    config = AutoConfig.for_model(
        model_type,
        vocab_size=len(tokenizer),
        max_position_embeddings=130,
        pad_token_id=1,
        **sizes,
        **_names(THREE_WAY),
    )
    model = AutoModelForSequenceClassification.from_config(config)
    _randomise(model, 0)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save_causal(folder: Path, *, template: str | None = CHATML, seed: int = 0, positions: int = 4096) -> Path:
    """A Llama that was never trained, with a byte-level tokenizer and a chat template."""
    tokenizer = byte_level()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = template
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=positions,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=48,
        bos_token_id=0,
        eos_token_id=2,
    )
    model = LlamaForCausalLM(config)
    _randomise(model, seed)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_encoder(folder: Path, *, seed: int = 0, hidden_size: int = 32) -> Path:
    """A bare BERT encoder, as backbones are."""
    tokenizer = wordpiece()
    sizes = {**SIZES, "hidden_size": hidden_size}
    model = BertModel(BertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, **sizes))
    _randomise(model, seed)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_mpnet(folder: Path) -> Path:
    """A bare encoder, as the backbone of the large model is one."""
    tokenizer = byte_level()
    torch.manual_seed(3)
    config = MPNetConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=130,
        pad_token_id=1,
        **SIZES,
    )
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def tiny_roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_roberta(tmp_path_factory.mktemp("roberta"))


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="session")
def tiny_mpnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_mpnet(tmp_path_factory.mktemp("mpnet"))


@pytest.fixture(scope="session")
def tiny_causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_causal(tmp_path_factory.mktemp("causal"))
