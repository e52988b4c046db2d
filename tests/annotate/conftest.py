from __future__ import annotations

from tiny import tiny_bert

__all__ = ["tiny_bert"]
