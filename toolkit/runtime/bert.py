"""A BERT sequence classifier in plain torch: the same numbers as transformers, without its five seconds of imports.

Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers". For inference only; every other
architecture, and every unusual setting of this one, runs through transformers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch.nn.functional import embedding, gelu, layer_norm, linear, scaled_dot_product_attention

PREFIX = "bert."
HEAD = "classifier"
LAYER = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)


def supports(config: Mapping[str, Any]) -> bool:
    """Whether a model config asks for nothing but the plain architecture."""
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder", False)
    )


def is_complete(config: Mapping[str, Any], names: Collection[str]) -> bool:
    """Whether the encoder's weights are there, under the names of today; old files call some of them otherwise."""
    layers = [f"encoder.layer.{number}" for number in range(int(config.get("num_hidden_layers", -1)))]
    modules = ["embeddings.LayerNorm", "pooler.dense", *(f"{layer}.{part}" for layer in layers for part in LAYER)]
    wanted = [f"embeddings.{kind}_embeddings.weight" for kind in ("word", "token_type", "position")]
    wanted += [f"{module}.{part}" for module in modules for part in ("weight", "bias")]
    return bool(layers) and all(PREFIX + name in names for name in wanted)


class BertClassifier:
    """The forward pass.

    Args:
        config: The model's ``config.json``.
        tensors: Weights under the names of ``BertForSequenceClassification``.
    """

    def __init__(self, config: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
        self.tensors = tensors
        self.layers = int(config["num_hidden_layers"])
        self.heads = int(config["num_attention_heads"])
        self.epsilon = float(config.get("layer_norm_eps", 1e-12))

    def __call__(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Logits of a batch.

        Args:
            input_ids: Token ids, shape (batch, width).
            attention_mask: 1 for a token, 0 for padding; same shape.
            token_type_ids: 0 for the first text, 1 for the second; same shape.

        Returns:
            Shape (batch, classes).
        """
        table = self.tensors
        hidden = embedding(input_ids, table[f"{PREFIX}embeddings.word_embeddings.weight"])
        hidden = hidden + embedding(token_type_ids, table[f"{PREFIX}embeddings.token_type_embeddings.weight"])
        hidden = hidden + table[f"{PREFIX}embeddings.position_embeddings.weight"][: input_ids.shape[1]]
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        mask = attention_mask.bool()[:, None, None, :]
        for number in range(self.layers):
            hidden = self._layer(hidden, mask, f"encoder.layer.{number}", last=number == self.layers - 1)
        pooled = torch.tanh(self._linear(hidden[:, 0], "pooler.dense"))
        return linear(pooled, table[f"{HEAD}.weight"], table[f"{HEAD}.bias"])

    def _layer(self, hidden: torch.Tensor, mask: torch.Tensor, name: str, *, last: bool) -> torch.Tensor:
        """One layer; of the last one only the first token, which is all that the head reads."""
        attention = f"{name}.attention"
        key, value = (self._split(self._linear(hidden, f"{attention}.self.{x}")) for x in ("key", "value"))
        hidden = hidden[:, :1] if last else hidden
        query = self._split(self._linear(hidden, f"{attention}.self.query"))
        mixed = scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).reshape(hidden.shape)
        hidden = self._norm(self._linear(mixed, f"{attention}.output.dense") + hidden, f"{attention}.output.LayerNorm")
        wide = gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        return self._norm(self._linear(wide, f"{name}.output.dense") + hidden, f"{name}.output.LayerNorm")

    def _split(self, hidden: torch.Tensor) -> torch.Tensor:
        """(batch, width, size) to (batch, heads, width, size of a head)."""
        return hidden.reshape(*hidden.shape[:2], self.heads, -1).transpose(1, 2)

    def _linear(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        return linear(hidden, self.tensors[f"{PREFIX}{name}.weight"], self.tensors[f"{PREFIX}{name}.bias"])

    def _norm(self, hidden: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self.tensors[f"{PREFIX}{name}.weight"], self.tensors[f"{PREFIX}{name}.bias"]
        return layer_norm(hidden, weight.shape, weight, bias, self.epsilon)
