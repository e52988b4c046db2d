"""What asking some sentences would take, backend by backend: measured where a model runs here, else reckoned.

A chat server is never asked, and its backend is never loaded.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from toolkit.annotate.cache import Recalling, key_of, recalling
from toolkit.backends.asking import predict
from toolkit.backends.base import Backend, load_backend
from toolkit.backends.cascade import doubt_of
from toolkit.backends.chat.limits import BYTES_PER_TOKEN, TokenGuess
from toolkit.backends.chat.request import RequestMaker
from toolkit.backends.chat_config import ChatConfig
from toolkit.backends.composite_config import CascadeConfig, CompositeBase
from toolkit.backends.config import BackendBase
from toolkit.backends.store import AnswerStore
from toolkit.labels import LabelSet
from toolkit.models.parts import cache_folder
from toolkit.records import Prediction, Sentence

ENOUGH = 32
"""Sentences in a call from which on smaller ones, which take longer for each, do not count."""

SECONDS = 5.0
"""A measurement ends here."""

RATIONALE_TOKENS = 40
"""Of a reason of at most 25 words."""


@dataclass(slots=True)
class Member:
    """What one backend would have to do.

    Attributes:
        name: Of the backend.
        kind: Of its config.
        share: Which share of the sentences it is asked; the most that it may be where nothing tells.
        share_known: Whether that share was measured or is certain.
        cached: Share of them whose answers are on disk.
        asked: Sentences, without those.
        requests: Requests to a server.
        tokens: Tokens read; None when unknown.
        output_tokens: Tokens written.
        cost: Money; None where the config has no prices.
        cost_at_most: The same if every answer were as long as it may be.
        seconds: Time; None when unknown.
        seconds_at_least: Time by the rate limits of the config.
        measured: Sentences that the time was measured on.
        notes: What else there is to know.
    """

    name: str
    kind: str
    share: float = 1.0
    share_known: bool = True
    cached: float = 0.0
    asked: int = 0
    requests: int | None = None
    tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    cost_at_most: float | None = None
    seconds: float | None = None
    seconds_at_least: float | None = None
    measured: int = 0
    notes: list[str] = field(default_factory=list)


class Estimator:
    """Knows what a backend is made of; what runs here is loaded, what is asked elsewhere is not.

    Args:
        config: The backend.
        labels: The label set.
        cache: As `claimkit annotate` has it: None keeps the answers of models.

    Raises:
        ToolkitError: A model cannot be loaded, or a prompt cannot be used.
    """

    def __init__(self, config: BackendBase, labels: LabelSet, *, cache: bool | None = None) -> None:
        self.config = config
        self.labels = labels
        self.cache = cache
        self._local: dict[str, Backend] = {}
        self._load(config)

    def _load(self, config: BackendBase) -> None:
        if isinstance(config, CompositeBase):
            for member in config.members:
                self._load(member)
        elif not isinstance(config, ChatConfig):
            self._local[config.name] = load_backend(config, labels=self.labels)

    @property
    def whole(self) -> Backend | None:
        """The backend itself, where it is a single one that runs here."""
        return self._local.get(self.config.name)

    def members(self, sample: Sequence[Sentence], asked: int, *, measure: bool) -> list[Member]:
        """What each backend would have to do.

        Args:
            sample: Sentences that stand for all; all of them if there are few.
            asked: How many there are in all.
            measure: Whether to let the models that run here answer some of the sample.
        """
        return self._members(self.config, sample, asked, 1.0, known=True, measure=measure)[0]

    def _members(
        self, config: BackendBase, sample: Sequence[Sentence], asked: int, share: float, *, known: bool, measure: bool
    ) -> tuple[list[Member], list[Prediction]]:
        """The members, and answers to the beginning of the sample where they were measured."""
        if not isinstance(config, CompositeBase):
            member = Member(config.name, str(getattr(config, "kind", "")), share, known)
            count = round(asked * share)
            if isinstance(config, ChatConfig):
                return [_chat(member, config, self.labels, sample, count)], []
            return [member], _here(member, self._local[config.name], sample, count, measure=measure, cache=self.cache)
        found: list[Member] = []
        answers: list[Prediction] = []
        for member_config in config.members:
            own, answers = self._members(member_config, sample, asked, share, known=known, measure=measure)
            found += own
            if isinstance(config, CascadeConfig):
                goes_on = [doubt_of(answer, config) is not None for answer in answers]
                part = sum(goes_on) / len(goes_on) if goes_on else 1.0
                share *= min(part, config.share or 1.0)
                known = known and bool(goes_on or config.share)
        return found, []


def _here(
    member: Member, backend: Backend, sample: Sequence[Sentence], count: int, *, measure: bool, cache: bool | None
) -> list[Prediction]:
    """A backend that runs here."""
    with recalling(backend, wanted=cache, only_look=True) as (asked, _):
        if isinstance(asked, Recalling) and sample:
            keys = [key_of(replace(sentence, context=None)) for sentence in sample]
            there = asked.store.get(keys)
            member.cached = sum(key in there for key in keys) / len(keys)
    answers: list[Prediction] = []
    if measure and sample:
        answers, seconds, member.measured = _measured(backend, sample)
        asked_now = [answer for answer in answers if not answer.usage.cached]
        if len(asked_now) < len(answers):  # a language model that knows them
            member.cached = 1 - len(asked_now) / len(answers)
        tokens = sum(answer.usage.tokens for answer in asked_now)
        member.tokens = round(tokens / len(asked_now) * count * (1 - member.cached)) if tokens else None
        member.seconds = seconds * count * (1 - member.cached)
        if failed := sum(answer.failure is not None for answer in answers):
            member.notes.append(f"{failed} of {len(answers)} sentences of the sample failed")
    member.asked = round(count * (1 - member.cached))
    return answers


def _measured(backend: Backend, sample: Sequence[Sentence]) -> tuple[list[Prediction], float, int]:
    """Answers to the beginning of the sample, seconds for each that was not known, and how many were timed."""
    answers = predict(sample[:1], backend)  # before the clock runs
    rounds: list[tuple[int, int, float]] = []
    # A single sentence is asked again.
    place, size, spent = min(1, len(sample) - 1), 1, 0.0
    while place < len(sample) and spent < SECONDS:
        some = sample[place : place + size]
        begun = time.perf_counter()
        found = predict(some, backend)
        seconds = time.perf_counter() - begun
        rounds.append((len(some), sum(not answer.usage.cached for answer in found), seconds))
        if place:
            answers += found
        place, size, spent = place + len(some), size * 2, spent + seconds
    if any(count >= ENOUGH for count, _, _ in rounds):
        rounds = [one for one in rounds if one[0] >= ENOUGH]
    return answers, sum(one[2] for one in rounds) / max(1, sum(one[1] for one in rounds)), sum(one[0] for one in rounds)


def _chat(member: Member, config: ChatConfig, labels: LabelSet, sample: Sequence[Sentence], count: int) -> Member:
    """A server, which is not asked."""
    maker = RequestMaker(config, labels)
    requests = [maker.requests(sentence) for sentence in sample]
    if config.cache and requests and (path := cache_folder() / "answers.sqlite").exists():
        store: AnswerStore[str] = AnswerStore(path)
        there = store.get(one.key for own in requests for one in own)
        store.close()
        open_requests = [[one for one in own if one.key not in there] for own in requests]
        member.cached = sum(not own for own in open_requests) / len(requests)
        requests = open_requests
    flat = [one for own in requests for one in own]
    scale = count / len(requests) if requests else 0.0
    guess = TokenGuess()
    member.asked = round(count * (1 - member.cached))
    member.requests = round(len(flat) * scale)
    member.tokens = round(sum(guess.tokens(one.size) for one in flat) * scale)
    longest = max(_answer_tokens(name, maker) for name in labels.names)
    written = min(longest + RATIONALE_TOKENS * config.rationale, config.max_output_tokens)
    member.output_tokens = member.requests * written
    if config.prices is not None:
        member.cost = _price(config, member.tokens, member.output_tokens)
        member.cost_at_most = _price(config, member.tokens, member.requests * config.max_output_tokens)
    minutes = [
        amount / limit
        for amount, limit in (
            (member.requests, config.requests_per_minute),
            (member.tokens + member.output_tokens, config.tokens_per_minute),
        )
        if limit
    ]
    member.seconds_at_least = 60 * max(minutes) if minutes else None
    member.notes += _over_budget(member, config)
    return member


def _answer_tokens(label: str, maker: RequestMaker) -> int:
    return round(len(f'{{"label": "{label}"{", attributed: false" if maker.asks_flag else ""}}}') / BYTES_PER_TOKEN)


def _price(config: ChatConfig, read: int, written: int) -> float:
    prices = config.prices
    return 0.0 if prices is None else (read * prices.input + written * prices.output) / 1e6


def _over_budget(member: Member, config: ChatConfig) -> list[str]:
    """How many runs the budget of the config cuts this into."""
    used: list[tuple[float, Any]] = [
        (member.requests or 0, config.budget.max_requests),
        ((member.tokens or 0) + (member.output_tokens or 0), config.budget.max_tokens),
        (member.cost or 0.0, config.budget.max_cost),
    ]
    runs = max((math.ceil(amount / limit) for amount, limit in used if limit), default=1)
    return [f"the budget of the config stops it; {runs} runs of the same command do it all"] if runs > 1 else []
