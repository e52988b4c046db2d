"""The backend: what is asked of a server for each sentence, and what its answers come to."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from toolkit.backends.chat.answers import FLAG, Answer, UnusableError, read_answer, read_completion
from toolkit.backends.chat.limits import Budget
from toolkit.backends.chat.request import Request, RequestMaker
from toolkit.backends.chat_config import ChatConfig
from toolkit.backends.store import AnswerStore
from toolkit.errors import MissingExtraError
from toolkit.labels import LabelSet
from toolkit.models.parts import cache_folder
from toolkit.records import Failure, Prediction, Sentence, Usage

if TYPE_CHECKING:
    from toolkit.backends.chat.batch import Batches
    from toolkit.backends.chat.online import Online, Reply

BATCH_WINDOW = 20_000
"""Sentences that are handed to `classify` at once in batch mode, where each call waits for a batch or more."""


class ChatBackend:
    """Labels sentences by a chat server.

    Answers are on disk as they come, so that whatever ends a run, none is paid for twice. Failures are not kept: the
    next run asks again.

    Args:
        config: Which server, and how it is asked.
        labels: The label set.

    Raises:
        ConfigError: The key is not in the environment, or the prompt cannot be used.
        MissingExtraError: The `openai` SDK is not installed.
    """

    def __init__(self, config: ChatConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        self.context = config.context
        self.rationale = config.rationale
        self.window = BATCH_WINDOW if config.mode == "batch" else None
        self.maker = RequestMaker(config, labels)
        self.budget = Budget(config.budget, config.prices)
        self._store: AnswerStore[str] | None = None
        if config.cache or self.window:
            # A batch that was paid for is found again by it.
            self._store = AnswerStore(cache_folder() / "answers.sqlite", vital=config.mode == "batch")
        self._asker = self._connect()

    def _connect(self) -> Online | Batches:
        try:  # here, so that a request can be shown without the SDK, which takes a second to import
            from toolkit.backends.chat.batch import Batches
            from toolkit.backends.chat.client import Key
            from toolkit.backends.chat.online import Online
        except ModuleNotFoundError as error:
            raise MissingExtraError("openai", "chat") from error
        key = Key(self.config.api_key_env)
        if self.config.mode == "batch" and self._store is not None:
            return Batches(self.maker, key, self.budget, self._store)
        return Online(self.maker, key, self.budget)

    @classmethod
    def preview(cls, config: ChatConfig, labels: LabelSet, sentence: Sentence) -> str:
        """What would be sent for a sentence; no key is needed, and nothing is sent."""
        return RequestMaker(config, labels).preview(sentence)

    def identity(self) -> dict[str, Any]:
        """The model, where it runs, and the prompt."""
        return {"model": self.config.model, "base_url": self.config.base_url, **self.maker.prompter.identity()}

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Ask; see `toolkit.backends.base.Backend`.

        Raises:
            ServerError: The server cannot be reached, or refuses key, address or model.
        """
        asked = [self.maker.requests(sentence) for sentence in sentences]
        once = {request.key: request for requests in asked for request in requests}
        found = _Found(self.config, self.labels, self.budget, self._store if self.config.cache else None)
        missing = found.look_up(list(once.values()))
        if missing:
            run(self._asker.ask(missing, found.take))
        counted: set[str] = set()
        return [self._prediction(requests, found, counted) for requests in asked]

    def _prediction(self, requests: Sequence[Request], found: _Found, counted: set[str]) -> Prediction:
        usage = Usage()
        for request in requests:
            if request.key not in counted:  # two sentences may share a request
                usage += found.usage[request.key]
                counted.add(request.key)
        answers = [found.answers[request.key] for request in requests if request.key in found.answers]
        failures = [found.failures[request.key] for request in requests if request.key in found.failures]
        return vote(answers, failures, self.labels, usage=usage)


def vote(answers: Sequence[Answer], failures: Sequence[Failure], labels: LabelSet, *, usage: Usage) -> Prediction:
    """One prediction of all the answers to a sentence.

    A vote that names no label is left out, as long as more than half of them name one. A vote that could not be asked
    for, or got no response, fails the sentence: the next run asks for just that one.
    """
    absent = [failure for failure in failures if failure.kind not in {"invalid_response", "refused"}]
    if absent or not answers or len(failures) >= len(answers):
        return Prediction(failure=(absent or failures)[0], usage=usage)
    if len(answers) == 1 and not failures:
        (only,) = answers
        return Prediction(
            scores=only.scores,
            flags=only.flags,
            label=only.label,
            attributed=only.attributed,
            rationale=only.rationale,
            usage=usage,
        )
    counts = Counter(answer.label for answer in answers)
    told = [answer.attributed for answer in answers if answer.attributed is not None]
    best = max(labels.names, key=lambda name: counts[name])
    return Prediction(
        scores={name: counts[name] / len(answers) for name in labels.names},
        flags={FLAG: sum(told) / len(told)} if told else {},
        rationale=next(answer.rationale for answer in answers if answer.label == best),
        usage=usage,
    )


class _Found:
    """Answers, failures and usage by the key of the request, as they come in."""

    def __init__(self, config: ChatConfig, labels: LabelSet, budget: Budget, store: AnswerStore[str] | None) -> None:
        self.config = config
        self.labels = labels
        self.budget = budget
        self.store = store
        self.answers: dict[str, Answer] = {}
        self.failures: dict[str, Failure] = {}
        self.usage: dict[str, Usage] = {}

    def look_up(self, requests: Sequence[Request]) -> list[Request]:
        """Take what is on disk; the rest is left to be asked."""
        there = self.store.get(request.key for request in requests) if self.store else {}
        for request in requests:
            if request.key in there:
                self._read(request, there[request.key])
        self.failures.clear()  # an answer that an earlier version could read
        self.usage = dict.fromkeys(self.answers, Usage(cached=1))
        return [request for request in requests if request.key not in self.answers]

    def take(self, request: Request, reply: Reply) -> Usage:
        """A reply has come; gives what it took."""
        usage = Usage(requests=reply.requests)
        if reply.failure is not None:
            self.failures[request.key] = reply.failure
        else:
            usage += self._read(request, reply.text)
            if self.store and request.key in self.answers:
                self.store.put(request.key, reply.text)
        self.usage[request.key] = usage
        return usage

    def _read(self, request: Request, text: str) -> Usage:
        """Read a response; gives what it took, which it does with an answer that is no good too."""
        usage = Usage()
        try:
            completion = read_completion(text)
            if (told := completion.usage) is not None:
                tokens, written = told.prompt_tokens or 0, told.completion_tokens or 0
                usage = Usage(tokens=tokens, output_tokens=written, cost=self.budget.price(tokens, written))
            self.answers[request.key] = read_answer(completion, self.config, self.labels)
        except UnusableError as fault:
            self.failures[request.key] = fault.failure
        return usage


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run asynchronous work to its end, in a notebook too, where this thread has a loop of its own that is running."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(work)
        return
    faults: list[BaseException] = []

    def inside() -> None:
        try:
            asyncio.run(work)
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=inside, name="claimkit-chat", daemon=True)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
