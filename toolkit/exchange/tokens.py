"""Words, marks and white space, for formats that label tokens; a sentence never begins or ends inside one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_TOKEN = re.compile(r"\w+|[^\w\s]|\s+")


class Token(NamedTuple):
    """A stretch of a text."""

    text: str
    start: int
    end: int

    @property
    def is_space(self) -> bool:
        """Whether it is nothing but white space."""
        return self.text.isspace()


def tokens(text: str, boundaries: Iterable[int] = ()) -> Iterator[Token]:
    """All of a text as tokens.

    Args:
        text: The text.
        boundaries: Offsets where a token has to end.
    """
    cuts = sorted({0, len(text), *boundaries})
    for start, end in itertools.pairwise(cuts):
        for match in _TOKEN.finditer(text, start, end):
            yield Token(match.group(), match.start(), match.end())
