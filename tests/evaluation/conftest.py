from __future__ import annotations

from small_evaluation import folder, run

__all__ = ["folder", "run"]
