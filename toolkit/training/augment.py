"""Copies of a sentence as messier sources would have it; what it says, and so its label, stays the same."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from toolkit.training.config import AugmentConfig

_PUNCTUATION = re.compile(r"""(?<=\S)([.,;:!?%)\]”"])|([$(\[“"])(?=\S)|(?<=\w)(['’](?:s|re|ve|ll|d|m)\b)""")
_END = re.compile(r"[.!?…]+(?=[\"”’')\]]*\s*$)")


def spaced(text: str) -> str:
    """Spaces around punctuation and before clitics, as in "sales rose 4 % , he said .", which many corpora have."""
    return " ".join(_PUNCTUATION.sub(r" \1\2 \3", text).split())


def without_end(text: str) -> str:
    """No punctuation at the end; a text that is nothing else stays."""
    return _END.sub("", text).strip() or text


STEPS: dict[str, Callable[[str], str]] = {
    "spaced": spaced,
    "no_end": without_end,
    "lower": str.lower,
    "upper": str.upper,
}
"""In this order; each is drawn for itself."""


def augment(text: str, config: AugmentConfig, rng: random.Random) -> str:
    """The sentence as it is or, by chance, messier.

    Args:
        text: A sentence.
        config: How often each change is made.
        rng: Draws them.
    """
    for name, change in STEPS.items():
        share = getattr(config, name)
        if share and rng.random() < share:
            text = change(text)
    return text
