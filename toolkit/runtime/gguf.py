"""Scores answers with llama.cpp. The prompt's beginning stays in its KV cache from one sentence to the next."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import MissingExtraError, ModelError
from toolkit.runtime.scoring import Answered, Piece, common_prefix, log_softmax, stretches

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ANSWERS = 63
"""llama.cpp keeps that many sequences beside the one of the prompt."""
ROOM = 512
"""Tokens of the cache that are kept for the answers, all at once."""

_log = logging.getLogger(__name__)
_listeners: list[Any] = []
"""Callbacks that llama.cpp may still call, so that they are never collected."""


def _note(level: int, text: bytes, _: object) -> None:
    """What llama.cpp says; it says a lot, and what matters comes back as a code."""
    _log.debug("llama.cpp: %s", text.decode("utf-8", "replace").rstrip())


class GgufScorer:
    """A loaded GGUF file.

    Every token of a prompt belongs to as many sequences as there are answers, and every answer continues one of them.
    So a prompt's new part and all answers to it go through the model at once.

    Args:
        file: The model.
        context_tokens: Room for a prompt with its answer; what the model was trained for if that is less.
        threads: Processor threads; one for each core when None.

    Raises:
        MissingExtraError: llama-cpp-python is not installed.
        ModelError: The model cannot be loaded or used.
    """

    def __init__(self, file: Path, *, context_tokens: int, threads: int | None = None) -> None:
        try:
            import llama_cpp
            from llama_cpp import llama_cpp as api
        except ImportError as error:
            raise MissingExtraError("llama-cpp-python", "gguf") from error
        self._api: Any = api
        self.version = f"llama-cpp-python {llama_cpp.__version__}"
        if not _listeners:
            _listeners.append(api.llama_log_callback(_note))
        api.llama_log_set(_listeners[0], None)
        api.llama_backend_init()
        self._stack = ExitStack()
        self._model = api.llama_model_load_from_file(str(file).encode(), api.llama_model_default_params())
        if not self._model:
            raise ModelError(
                f"llama.cpp cannot load {file}.", hint="Is it whole, and of a kind that this llama-cpp-python knows?"
            )
        self._stack.callback(api.llama_model_free, self._model)
        if api.llama_model_is_recurrent(self._model) or api.llama_model_is_hybrid(self._model):
            raise ModelError(
                f"{file} is a recurrent model, whose memory of a prompt cannot be shared.",
                hint="Use a transformer, such as Qwen, Llama or Gemma.",
            )
        self._vocab = api.llama_model_get_vocab(self._model)
        self._size = api.llama_vocab_n_tokens(self._vocab)
        trained = api.llama_model_n_ctx_train(self._model)
        self.limit = min(context_tokens, trained) if trained > 0 else context_tokens
        self._open(self.limit + ROOM, threads or os.cpu_count() or 1)
        template = api.llama_model_chat_template(self._model, None)
        self.template: str | None = template.decode() if template else None
        names = {"bos_token": api.llama_vocab_bos, "eos_token": api.llama_vocab_eos}
        self.special: Mapping[str, str] = {name: self._text(token(self._vocab)) for name, token in names.items()}
        self._cached: list[int] = []

    def _open(self, room: int, threads: int) -> None:
        params = self._api.llama_context_default_params()
        params.n_ctx = params.n_batch = room
        params.n_ubatch = min(512, room)
        params.n_seq_max = MOST_ANSWERS + 1
        params.kv_unified = True  # so that a token may belong to many sequences
        params.swa_full = True  # so that a prompt can be taken back to where it differs from the next
        # Its rounding depends on how many tokens go through at once, so the same prompt would get other scores when its
        # beginning is kept. The same holds of eight-bit activations, but less.
        params.flash_attn_type = 0
        params.n_threads = params.n_threads_batch = threads
        self._context = self._api.llama_init_from_model(self._model, params)
        if not self._context:
            self.close()
            raise ModelError("llama.cpp has no room for the context.", hint="Lower `context_tokens`.")
        self._stack.callback(self._api.llama_free, self._context)
        self._memory = self._api.llama_get_memory(self._context)
        self._batch = self._api.llama_batch_init(room, 0, MOST_ANSWERS + 1)
        self._stack.callback(self._api.llama_batch_free, self._batch)

    def close(self) -> None:
        """Give the memory back."""
        self._stack.close()

    def __del__(self) -> None:
        if hasattr(self, "_stack"):
            self._stack.close()

    def encode(self, pieces: Sequence[Piece], *, begin: bool = False) -> list[int]:
        """Tokens; see `toolkit.runtime.scoring.Scorer`."""
        tokens: list[int] = []
        if begin and self._api.llama_vocab_get_add_bos(self._vocab):
            tokens.append(self._api.llama_vocab_bos(self._vocab))
        for text, control in stretches(pieces, self._marks):
            tokens += self._ids(text, control=control)
        return tokens

    def _ids(self, text: str, *, control: bool) -> list[int]:
        data = text.encode("utf-8", "replace")
        most = len(data) + 8  # no token is shorter than a byte, but for a space that some models put in front
        room = (self._api.llama_token * most)()
        count = self._api.llama_tokenize(self._vocab, data, len(data), room, most, False, control)
        if count < 0:
            raise ValueError("llama.cpp cannot tokenise the prompt")
        return list(room[:count])

    def _marks(self, text: str) -> list[str]:
        """The tokens in a part of the template that the tokenizer would find in anybody's text too."""
        anywhere = self._api.LLAMA_TOKEN_ATTR_USER_DEFINED
        found = (
            one for one in self._ids(text, control=True) if self._api.llama_vocab_get_attr(self._vocab, one) & anywhere
        )
        return [mark for token in found if (mark := self._text(token)).strip()]

    def score(self, prompt: Sequence[int], answers: Sequence[Sequence[int]], *, reuse: bool = True) -> Answered:
        """Log-likelihoods; see `toolkit.runtime.scoring.Scorer`."""
        sums: list[float] = []
        read = 0
        for some in portions(answers):
            found = self._score(prompt, some, reuse=reuse or bool(sums))
            sums, read = sums + found.logprobs, read + found.tokens
        return Answered(sums, read)

    def _score(self, prompt: Sequence[int], answers: Sequence[Sequence[int]], *, reuse: bool) -> Answered:
        """Log-likelihoods of as many answers as there is room for at once."""
        if len(prompt) + sum(map(len, answers)) > self.limit + ROOM:
            raise ValueError("prompt and answers have more tokens than there is room for")
        # The last token is always read again: its logits are what the first tokens of the answers are scored by.
        kept = min(common_prefix(self._cached, prompt), len(prompt) - 1) if reuse else 0
        if kept == 0 or not self._api.llama_memory_seq_rm(self._memory, -1, kept, -1):
            self._api.llama_memory_clear(self._memory, False)
            kept = 0
        self._cached = []
        everyone = range(MOST_ANSWERS + 1)
        self._batch.n_tokens = 0
        for place in range(kept, len(prompt)):
            self._add(prompt[place], place, everyone, logits=place == len(prompt) - 1)
        rows = {(number, 0): self._batch.n_tokens - 1 for number in range(len(answers))}
        for number, answer in enumerate(answers):
            for step, token in enumerate(answer[:-1]):
                rows[number, step + 1] = self._batch.n_tokens
                self._add(token, len(prompt) + step, (number + 1,), logits=True)
        read = int(self._batch.n_tokens)
        if code := self._api.llama_decode(self._context, self._batch):
            self._api.llama_memory_clear(self._memory, False)
            raise RuntimeError(f"llama.cpp failed with code {code}")
        self._cached = list(prompt)
        found = {row: self._logprobs(row) for row in {*rows.values()}}
        sums = [
            float(sum(found[rows[number, step]][token] for step, token in enumerate(answer)))
            for number, answer in enumerate(answers)
        ]
        self._api.llama_memory_seq_rm(self._memory, -1, len(prompt), -1)
        return Answered(sums, read)

    def _add(self, token: int, position: int, sequences: Sequence[int], *, logits: bool) -> None:
        batch, row = self._batch, self._batch.n_tokens
        batch.token[row], batch.pos[row], batch.logits[row] = token, position, logits
        batch.n_seq_id[row] = len(sequences)
        for place, sequence in enumerate(sequences):
            batch.seq_id[row][place] = sequence
        batch.n_tokens = row + 1

    def _logprobs(self, row: int) -> NDArray[np.float64]:
        pointer = self._api.llama_get_logits_ith(self._context, row)
        return log_softmax(np.ctypeslib.as_array(pointer, shape=(self._size,)))

    def _text(self, token: int) -> str:
        text = self._api.llama_vocab_get_text(self._vocab, token) if token >= 0 else b""
        return (text or b"").decode("utf-8", "replace")


def portions(answers: Sequence[Sequence[int]]) -> list[list[Sequence[int]]]:
    """Answers in groups that there is room for at once; one that is alone too long for `ROOM` has a group of its own.

    Args:
        answers: Tokens of each.
    """
    groups: list[list[Sequence[int]]] = []
    size = 0
    for answer in answers:
        if not groups or len(groups[-1]) == MOST_ANSWERS or size + len(answer) > ROOM:
            groups.append([])
            size = 0
        groups[-1].append(answer)
        size += len(answer)
    return groups
