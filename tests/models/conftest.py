from __future__ import annotations

from tiny import tiny_bert, tiny_encoder, tiny_roberta

__all__ = ["tiny_bert", "tiny_encoder", "tiny_roberta"]
