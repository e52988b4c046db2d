from __future__ import annotations

from gguf_model import gemma
from tiny import tiny_bert, tiny_causal, tiny_encoder, tiny_roberta

__all__ = ["gemma", "tiny_bert", "tiny_causal", "tiny_encoder", "tiny_roberta"]
