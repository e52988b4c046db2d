"""What the runtimes of language models have in common: a prompt as tokens, and how likely each answer to it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Piece(NamedTuple):
    """A stretch of a prompt.

    Attributes:
        text: The text.
        control: Whether control tokens in it are meant; in anybody's text they are just letters.
    """

    text: str
    control: bool = False


class Answered(NamedTuple):
    """What a model says of one prompt.

    Attributes:
        logprobs: Log-likelihood of each answer, summed over its tokens.
        tokens: How many tokens the model read for it.
    """

    logprobs: list[float]
    tokens: int


class Scorer(Protocol):
    """A loaded language model.

    Attributes:
        limit: Longest prompt with its answer, in tokens.
        template: Its chat template, or None for a model that was not trained on chats.
        special: Names and texts of the special tokens that a template may use.
    """

    limit: int
    template: str | None
    special: Mapping[str, str]

    def encode(self, pieces: Sequence[Piece], *, begin: bool = False) -> list[int]:
        """Tokens of a prompt; with ``begin`` as the model wants a text without template to begin."""
        ...

    def score(self, prompt: Sequence[int], answers: Sequence[Sequence[int]], *, reuse: bool = True) -> Answered:
        """How likely each answer is after the prompt.

        Args:
            prompt: Its tokens.
            answers: Tokens of each answer, at least one.
            reuse: Go on from what the prompt before had in common with this one.
        """
        ...


def apart(text: str, marks: Sequence[str]) -> list[str]:
    """A text, cut inside of every mark in it, so that a tokenizer that knows the marks finds none.

    Args:
        text: Anybody's text.
        marks: What a chat template marks turns with.
    """
    known = [mark for mark in marks if len(mark) > 1]
    done, left = [], text
    while found := [place for mark in known if (place := left.find(mark)) >= 0]:
        end = min(found) + 1
        done.append(left[:end])
        left = left[end:]
    return [*done, left]


def stretches(pieces: Sequence[Piece], marks_of: Callable[[str], Sequence[str]]) -> Iterator[tuple[str, bool]]:
    """What is tokenised at once, and whether control tokens in it are meant.

    Args:
        pieces: Of a prompt.
        marks_of: The marks in a part of a template that the tokenizer would find in anybody's text too.
    """
    marks = sorted({mark for piece in pieces if piece.control for mark in marks_of(piece.text)})
    for piece in pieces:
        for text in [piece.text] if piece.control else apart(piece.text, marks):
            yield text, piece.control


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens two prompts begin with alike."""
    shorter = min(len(left), len(right))
    return next((place for place in range(shorter) if left[place] != right[place]), shorter)


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Log-probabilities of one row of logits, in double precision."""
    wide = logits.astype(np.float64)
    wide -= wide.max()
    result: NDArray[np.float64] = wide - np.log(np.exp(wide).sum())
    return result
