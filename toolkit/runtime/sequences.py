"""From texts to logits, whatever runs the model: tokenise each text once, join token ids, batch by length."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from toolkit.errors import ModelError
from toolkit.runtime.batching import by_token_budget

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    Tokens = NDArray[np.int64]

CHARS_PER_TOKEN = 16
"""Texts are cut to so many characters per token before tokenising: a huge one costs no more than a long one."""


class Logits(NamedTuple):
    """What a model says of every text, or of every (premise, hypothesis) pair.

    Attributes:
        logits: float32, shape (texts, classes) or (premises, hypotheses, classes).
        tokens: int64, shape (texts,): tokens read for each text or premise, padding excluded.
        truncated: bool, shape (texts,): whether the text or premise had to be cut.
    """

    logits: NDArray[np.float32]
    tokens: NDArray[np.int64]
    truncated: NDArray[np.bool_]


class Batch(NamedTuple):
    """Sequences side by side, padded on the right.

    Attributes:
        ids: Token ids, int64, shape (batch, width).
        types: 0 for the first text, 1 for the second; same shape.
        lengths: Tokens of each sequence, int64, shape (batch,).
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True for a token, False for padding; shape (batch, width)."""
        inside: NDArray[np.bool_] = np.arange(self.ids.shape[1]) < self.lengths[:, None]
        return inside

    def columns(self, names: Collection[str]) -> dict[str, NDArray[Any]]:
        """The batch under the names that models give their inputs, those that are asked for."""
        made: dict[str, Callable[[], NDArray[Any]]] = {
            "input_ids": lambda: self.ids,
            "token_type_ids": lambda: self.types,
            "attention_mask": lambda: self.mask.astype(np.int64),
            "lengths": lambda: self.lengths.astype(np.int32),
        }
        return {name: make() for name, make in made.items() if name in names}


class Frame(NamedTuple):
    """What a tokenizer puts around one text, or around and between two.

    Attributes:
        special: Ids before the first text, behind it, and so on; one more than there are texts.
        kinds: Token types of each of these stretches of special tokens.
        texts: Token type of each text.
    """

    special: tuple[Tokens, ...]
    kinds: tuple[Tokens, ...]
    texts: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many tokens it adds."""
        return sum(len(part) for part in self.special)


def frame_of(tokenizer: Tokenizer, texts: int) -> Frame:
    """Find out how a tokenizer joins texts, from one example.

    Args:
        tokenizer: Without padding or truncation.
        texts: One or two.
    """
    parts = tokenizer.encode_batch(["a", "a"][:texts], add_special_tokens=False)
    joined = tokenizer.post_process(parts[0], parts[1] if texts == 2 else None)
    special, kinds, types = [], [], []
    place = 0
    for part in [*parts, None]:
        begin = place
        # Special tokens are those of the frame only, so an unknown "a" is none.
        while place < len(joined.ids) and joined.special_tokens_mask[place]:
            place += 1
        special.append(np.array(joined.ids[begin:place], dtype=np.int64))
        kinds.append(np.array(joined.type_ids[begin:place], dtype=np.int64))
        if part is not None:
            types.append(int(joined.type_ids[place]))
            place += len(part.ids)
    return Frame(tuple(special), tuple(kinds), tuple(types))


class SequenceClassifier(ABC):
    """A loaded sequence classifier.

    Attributes:
        id2label: Column to class name.
        limit: Longest sequence.
        single: What the tokenizer puts around a text.
        pair: What it puts around and between two.
        runtime: What runs it.
        precision: What its matrix products are computed in.
        most_tokens: A bigger batch makes it slower; None when it does not.
        threads: Batches that run at the same time.

    Args:
        tokenizer: Without padding or truncation.
        id2label: Column to class name.
        pad: Id of the padding token.
        limit: Longest sequence.
        threads: Batches that run at the same time.
    """

    runtime: str
    precision: str
    most_tokens: int | None = None

    def __init__(
        self, tokenizer: Tokenizer, id2label: dict[int, str], *, pad: int, limit: int, threads: int = 1
    ) -> None:
        self.tokenizer = tokenizer
        self.id2label = id2label
        self.pad = pad
        self.limit = limit
        self.threads = threads
        self.single, self.pair = frame_of(tokenizer, 1), frame_of(tokenizer, 2)

    @abstractmethod
    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """Logits of a batch, shape (batch, classes); safe to call from several threads."""

    def pair_logits(
        self, premises: Sequence[str], hypotheses: Sequence[str], *, max_tokens: int, tokens_per_batch: int
    ) -> Logits:
        """Run every premise with every hypothesis, as one queue sorted by length.

        Args:
            premises: Sentences; equal ones are run once.
            hypotheses: Sentences about them.
            max_tokens: Longest pair; the premise is cut to fit, the hypothesis never is.
            tokens_per_batch: Padded tokens per forward pass.

        Raises:
            ModelError: A hypothesis alone is longer than ``max_tokens``.
        """
        second, room = self._second(hypotheses, max_tokens)
        different, where = _unique(premises)
        first, truncated = self.encode(different, room)
        rows, lengths = self._run(self.pair, [(a, b) for a in first for b in second], tokens_per_batch)
        shape = (len(different), len(hypotheses))
        logits, tokens = rows.reshape(*shape, rows.shape[-1]), lengths.reshape(shape).sum(axis=1)
        return Logits(logits[where], tokens[where], truncated[where])

    def text_logits(self, texts: Sequence[str], *, max_tokens: int, tokens_per_batch: int) -> Logits:
        """Run every text by itself, as one queue sorted by length.

        Args:
            texts: Sentences; equal ones are run once.
            max_tokens: Longest sequence; a longer text is cut.
            tokens_per_batch: Padded tokens per forward pass.
        """
        different, where = _unique(texts)
        encoded, truncated = self.encode(different, min(max_tokens, self.limit) - self.single.size)
        rows, lengths = self._run(self.single, [(one,) for one in encoded], tokens_per_batch)
        return Logits(rows[where], lengths[where], truncated[where])

    def room(self, hypotheses: Sequence[str], max_tokens: int) -> int:
        """How many tokens of a premise fit beside the longest hypothesis.

        Raises:
            ModelError: None.
        """
        return self._second(hypotheses, max_tokens)[1]

    def batch(self, frame: Frame, sequences: Sequence[tuple[Tokens, ...]]) -> Batch:
        """Put texts into their frame, and side by side.

        Args:
            frame: Of as many texts as each sequence has.
            sequences: The tokens of each text.
        """
        lengths = np.array([sum(map(len, texts)) for texts in sequences], dtype=np.int64) + frame.size
        ids = np.full((len(sequences), int(lengths.max())), self.pad, dtype=np.int64)
        types = np.zeros_like(ids)
        for row, texts in enumerate(sequences):
            place = 0
            for special, kinds, text, kind in zip(frame.special, frame.kinds, texts, frame.texts, strict=False):
                middle, end = place + len(special), place + len(special) + len(text)
                ids[row, place:middle], types[row, place:middle] = special, kinds
                ids[row, middle:end], types[row, middle:end] = text, kind
                place = end
            end = place + len(frame.special[-1])
            ids[row, place:end], types[row, place:end] = frame.special[-1], frame.kinds[-1]
        return Batch(ids, types, lengths)

    def _run(
        self, frame: Frame, sequences: Sequence[tuple[Tokens, ...]], tokens_per_batch: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Logits of each sequence, shape (sequences, classes), and its length in tokens."""
        lengths = np.array([sum(map(len, texts)) for texts in sequences], dtype=np.int64) + frame.size
        rows: NDArray[np.float32] = np.zeros((len(sequences), len(self.id2label)), dtype=np.float32)

        def run(places: list[int]) -> None:
            rows[places] = self.forward(self.batch(frame, [sequences[place] for place in places]))

        budget = min(tokens_per_batch, self.most_tokens or tokens_per_batch)
        batches = list(by_token_budget(lengths.tolist(), budget=budget))
        if self.threads == 1 or len(batches) == 1:
            for places in batches:
                run(places)
        else:
            with ThreadPoolExecutor(self.threads) as pool:
                list(pool.map(run, batches))
        return rows, lengths

    def _second(self, hypotheses: Sequence[str], max_tokens: int) -> tuple[list[Tokens], int]:
        limit = min(max_tokens, self.limit)
        encoded = self._tokens(hypotheses)
        longest = max((len(one) for one in encoded), default=0)
        room = limit - self.pair.size - longest
        if room < 1:
            raise ModelError(
                f"A hypothesis of {longest} tokens leaves no room for the sentence within {limit}.",
                hint="Shorten it or raise max_tokens.",
            )
        return encoded, room

    def encode(self, texts: Sequence[str], room: int) -> tuple[list[Tokens], NDArray[np.bool_]]:
        """Tokenise.

        Args:
            texts: Sentences.
            room: Most tokens of each.

        Returns:
            The tokens of each text, without special ones and cut to fit; and whether it was cut.
        """
        cut = [text[: room * CHARS_PER_TOKEN] for text in texts]
        encoded = self._tokens(cut)
        truncated = [len(e) > room or len(c) < len(t) for e, c, t in zip(encoded, cut, texts, strict=True)]
        return [tokens[:room] for tokens in encoded], np.array(truncated, dtype=np.bool_)

    def _tokens(self, texts: Sequence[str]) -> list[Tokens]:
        encoded = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(one.ids, dtype=np.int64) for one in encoded]


def _unique(texts: Sequence[str]) -> tuple[list[str], list[int]]:
    """The different texts, and where among them each text is."""
    places: dict[str, int] = {}
    where = [places.setdefault(text, len(places)) for text in texts]
    return list(places), where
