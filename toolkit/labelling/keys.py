"""Which key gives which label."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.errors import ConfigError

COMMANDS = "asunqgr"
"""Letters that do something else."""
KEYS = "1234567890" + "".join(letter for letter in "abcdefghijklmnopqrstuvwxyz" if letter not in COMMANDS)


def label_keys(labels: Sequence[str]) -> dict[str, str]:
    """Key to label: the digits first, then the free letters.

    Args:
        labels: In the order of the label set.

    Raises:
        ConfigError: There are more labels than keys.
    """
    if len(labels) > len(KEYS):
        raise ConfigError(
            f"There are {len(labels)} labels and {len(KEYS)} keys.", hint="Label with a coarser label set first."
        )
    return dict(zip(KEYS, labels, strict=False))
