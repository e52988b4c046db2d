"""A local language model, scored without generating: how likely is each label as the answer to the prompt?

No answer can be off the list, and every label gets a probability. As they come, such probabilities say more of the
words than of the sentence (Holtzman et al. 2021, "Surface form competition"; Zhao et al. 2021, "Calibrate before use"),
so calibrate: `claimkit calibrate` with ``bias: batch`` needs unlabelled text alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from toolkit.backends.causal_config import CausalConfig, GgufSource
from toolkit.backends.prompting import Message, Prompter
from toolkit.backends.scores import softmax
from toolkit.backends.store import AnswerStore
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet
from toolkit.models.gguf import find_gguf
from toolkit.models.parts import cache_folder
from toolkit.models.resolve import resolve
from toolkit.records import Failure, Prediction, Sentence, Usage
from toolkit.runtime.chat_template import chat_pieces
from toolkit.runtime.scoring import Answered, Piece, Scorer

YES_NO = ("yes", "no")


class Said(NamedTuple):
    """What the model said to one question, and whether that was on disk."""

    answered: Answered
    cached: bool


class CausalBackend:
    """Softmax over the log-likelihoods of the labels.

    Args:
        config: Model, prompt, what is scored.
        labels: The label set.

    Raises:
        ConfigError: The prompt or its examples cannot be used; told before the model is loaded.
        ModelError: The model cannot be loaded.
        MissingExtraError: A GGUF file, and llama-cpp-python is not installed.
    """

    def __init__(self, config: CausalConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        self.context = config.context
        self.prompter = causal_prompter(config, labels)
        self.orders = rotated(labels.names, config.rotations)
        self._identity, self.scorer = _load(config)
        self._store: AnswerStore[str] | None = None
        if config.cache:
            self._store = AnswerStore(cache_folder() / "answers.sqlite")
        self._flag = self.prompter.flags[0].name if self.prompter.flags else None

    def identity(self) -> dict[str, Any]:
        """The weights, the prompt and its examples."""
        return {"model": self._identity, **self.prompter.identity()}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Score sentences; see `toolkit.backends.base.Backend`."""
        # Order by order, so that all sentences after the first find the beginning of their prompt computed.
        said: list[list[Said | Failure]] = [[] for _ in sentences]
        flags: list[Said | Failure | None] = [None for _ in sentences]
        for number, order in enumerate(self.orders):
            answers = [one.answer for one in self.prompter.options(order)]
            for place, sentence in enumerate(sentences):
                said[place].append(self._ask(self.prompter.messages(sentence, order=order), answers))
                if self._flag is not None and number == 0:
                    asked = self.prompter.messages(sentence, order=order, question="flag")
                    flags[place] = self._ask(asked, YES_NO)
        return [self._prediction(own, flag) for own, flag in zip(said, flags, strict=True)]

    def _prediction(self, said: Sequence[Said | Failure], flag: Said | Failure | None) -> Prediction:
        everything = [*said, *([] if flag is None else [flag])]
        usage = Usage()
        for one in everything:
            if isinstance(one, Failure):
                return Prediction(failure=one)
            usage += Usage(cached=1) if one.cached else Usage(tokens=one.answered.tokens)
        by_name = [
            dict(zip(order, one.answered.logprobs, strict=True))
            for order, one in zip(self.orders, said, strict=True)
            if isinstance(one, Said)
        ]
        rows = np.array([[own[name] for name in self.labels.names] for own in by_name])
        rows -= rows.max(axis=1, keepdims=True)
        flags: dict[str, float] = {}
        if self._flag is not None and isinstance(flag, Said):
            flags = {self._flag: float(softmax(np.array(flag.answered.logprobs))[0])}
        scores = softmax(rows.mean(axis=0))
        if not np.isfinite([*scores, *flags.values()]).all():
            return Prediction(usage=usage, failure=Failure("invalid_response", "the model's scores are no numbers"))
        return Prediction(scores=dict(zip(self.labels.names, scores.tolist(), strict=True)), flags=flags, usage=usage)

    def _ask(self, messages: Sequence[Message], answers: Sequence[str]) -> Said | Failure:
        pieces = chat_pieces(self.scorer.template, messages, self.scorer.special)
        bare = self.scorer.template is None
        key = self._key(pieces, answers)
        if self._store is not None and (found := self._store.get([key]).get(key)) is not None:
            return Said(Answered(json.loads(found), 0), cached=True)
        prompt = self.scorer.encode(pieces, begin=bare)
        words = answer_tokens(self.scorer, answers)
        longest = len(prompt) + max(map(len, words))
        if longest > self.scorer.limit:
            return Failure("too_long", f"the prompt has {longest} tokens, more than {self.scorer.limit}")
        answered = self.scorer.score(prompt, words, reuse=self.config.reuse_prefix)
        if self._store is not None and np.isfinite(answered.logprobs).all():
            self._store.put(key, json.dumps(answered.logprobs))
        return Said(answered, cached=False)

    def _key(self, pieces: Sequence[Piece], answers: Sequence[str]) -> str:
        runtime = getattr(self.scorer, "version", "")
        settings = [self._identity, runtime, self.config.precision, list(map(list, pieces)), list(answers)]
        return hashlib.sha256(json.dumps(["causal", *settings]).encode()).hexdigest()


def causal_prompter(config: CausalConfig, labels: LabelSet) -> Prompter:
    """The prompts of a config; no model is loaded for them.

    Raises:
        ConfigError: Prompt or examples cannot be used, or two labels have the same words.
    """
    prompter = Prompter(config, labels, answers=config.answers)
    said = [one.answer for one in prompter.options()]
    if len({*said}) < len(said):
        raise ConfigError(
            f"Two labels of {labels.name!r} have the same verbalizer.", hint="Change one, or set `answers: letters`."
        )
    return prompter


def scored_prompts(config: CausalConfig, labels: LabelSet, text: str) -> str:
    """What `claimkit render` shows: every message of every question, and the answers that are scored after it.

    The model is not loaded; its chat template, which stands around the messages, is in its file.

    Args:
        config: The backend.
        labels: The label set.
        text: The sentence.
    """
    prompter = causal_prompter(config, labels)
    sentence = Sentence("", 0, len(text), text)
    parts = []
    for order in rotated(labels.names, config.rotations):
        answers = [one.answer for one in prompter.options(order)]
        parts += [shown(prompter.messages(sentence, order=order)), f"[scored]\n{' | '.join(answers)}"]
    if prompter.flags:
        parts += [shown(prompter.messages(sentence, question="flag")), f"[scored]\n{' | '.join(YES_NO)}"]
    return "\n\n".join(parts)


def shown(messages: Sequence[Message]) -> str:
    """Messages as text, each under its role."""
    return "\n\n".join(f"[{message['role']}]\n{message['content']}" for message in messages)


def rotated(names: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Orders of the labels, each with the first of the one before moved to the end; never one twice."""
    return [(*names[first:], *names[:first]) for first in range(min(count, len(names)))]


def answer_tokens(scorer: Scorer, answers: Sequence[str]) -> list[list[int]]:
    """Tokens of each answer, as they follow the prompt.

    Where the tokens of one are the beginning of another's, a line break ends them all: "no" must not be as likely as
    everything that begins with it.
    """
    space = " " if scorer.template is None else ""
    tokens = [scorer.encode([Piece(space + answer)]) for answer in answers]
    if any(one == other[: len(one)] for one in tokens for other in tokens if one is not other):
        tokens = [scorer.encode([Piece(f"{space}{answer}\n")]) for answer in answers]
    return tokens


def _load(config: CausalConfig) -> tuple[str, Scorer]:
    """The identity of the weights, and the model."""
    if isinstance(config.model, GgufSource):
        from toolkit.runtime.gguf import GgufScorer

        file = find_gguf(config.model.file, config.model.sha256)
        return file.identity, GgufScorer(file.path, context_tokens=config.context_tokens, threads=config.threads)
    files = resolve(**config.model.model_dump())
    from toolkit.runtime.causal import TransformersScorer  # seconds of imports, so only when a model is wanted

    scorer = TransformersScorer(
        files.folder, context_tokens=config.context_tokens, device=config.device, precision=config.precision
    )
    return files.identity, scorer
