"""A share of a run for a job array: every n-th window, so that all together are exactly the whole run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from toolkit.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``count`` shares; its windows are those that the whole run has too, so its answers are the same.

    Attributes:
        number: Which one, counted from 1.
        count: How many there are.
    """

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that ``i/n`` names.

        Raises:
            ConfigError: It names none.
        """
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise ConfigError(
                f"{text!r} is no shard.", hint="Give which one of how many, from 1/n to n/n, such as --shard 3/8."
            )
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def has(self, window: int) -> bool:
        """Whether a window, counted from 0, is in this shard."""
        return window % self.count == self.number - 1

    def own(self, windows: int) -> range:
        """Its windows, of so many."""
        return range(self.number - 1, windows, self.count)

    def pattern(self, path: Path) -> str:
        """What the folders of all shards of a run are called, for a shell."""
        return f"{path.name}.shard-*-of-{self.count}"

    def folder_of(self, path: Path) -> Path:
        """The folder of the shard of a run that will be ``path``.

        Raises:
            ConfigError: The path has no name, so that there is nothing to call the folder after.
        """
        if path.name in {"", ".."}:
            raise ConfigError(
                f"A shard is a folder beside the run, and {path} has no name to call it after.",
                hint="Name a file or folder with -o, such as -o run.",
            )
        return path.with_name(f"{path.name}.shard-{self.number:0{len(str(self.count))}}-of-{self.count}")
