"""Asks a server request by request: many under way at once, within the limits, each answer handed over as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx2
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI, OpenAIError

from toolkit.backends.chat.client import (
    BudgetSpentError,
    Key,
    Tally,
    Wire,
    failure_of_status,
    not_for_us,
    refuses_form,
    sdk,
    short,
    tally,
    words_of,
)
from toolkit.backends.chat.limits import Budget, Estimate, Pace, TokenGuess
from toolkit.backends.chat.request import PATH, Request, RequestMaker
from toolkit.errors import ServerError, ToolkitError
from toolkit.records import Failure, Usage

SPENT = "not asked: the budget of this run is used up"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one request: the body of a response, or a failure.

    Attributes:
        text: The body; empty when it failed.
        failure: Why there is none.
        requests: How many requests were sent for it.
        silent: Whether no response came at all.
    """

    text: str = ""
    failure: Failure | None = None
    requests: int = 0
    silent: bool = False


GONE = 16
"""So many requests in a row without any response, each after its retries, and the server is taken to be gone."""


Got = Callable[[Request, Reply], Usage]
"""Told each reply as it comes; says what it took."""


def used(request: Request, usage: Usage, estimate: Estimate, guess: TokenGuess) -> tuple[int, int]:
    """Tokens that a response took; by the estimate where the server does not say."""
    if not usage.tokens:
        return estimate.input_tokens, estimate.output_tokens
    guess.learn(request.size, usage.tokens)
    return usage.tokens, usage.output_tokens


class Online:
    """Sends requests to one server.

    Args:
        maker: Makes the requests; knows the config.
        key: The server's.
        budget: Of the run.
    """

    def __init__(self, maker: RequestMaker, key: Key, budget: Budget) -> None:
        self.config = maker.config
        self.maker = maker
        self.key = key
        self.budget = budget
        self.guess = TokenGuess()
        self._requests = Pace(self.config.requests_per_minute)
        self._tokens = Pace(self.config.tokens_per_minute)
        self._rung = 0
        self._settled = len(maker.forms) == 1
        self._reached = False
        self._stop: ServerError | None = None
        self._unanswered = 0

    async def ask(self, requests: Sequence[Request], got: Got) -> None:
        """Ask all of them, in order, as many at once as the config allows.

        What is wrong for all lets those finish that are under way, as they are paid for, and keeps the others back.

        Raises:
            ServerError: The server cannot be reached any more, or refuses key, address or model.
        """
        self._places = asyncio.Semaphore(self.config.concurrency)
        self._first = asyncio.Lock()
        self._stop = None
        wire = Wire(self.budget, self._requests, self.config.timeout, keyless=not self.key)
        wire.reached = self._reached
        try:
            async with sdk(self.config, self.key, wire) as client, asyncio.TaskGroup() as group:
                for request in requests:
                    group.create_task(self._one(client, wire, request, got))
        except ExceptionGroup as faults:
            known = [fault for fault in faults.exceptions if isinstance(fault, ToolkitError)]
            raise (known or faults.exceptions)[0] from None
        finally:
            self._reached = wire.reached
        if self._stop is not None:
            raise self._stop

    async def _one(self, client: AsyncOpenAI, wire: Wire, request: Request, got: Got) -> None:
        async with self._places:
            if self._stop is not None:
                return
            estimate = Estimate(self.guess.tokens(request.size), self.config.max_output_tokens)
            if not await self.budget.reserve(estimate):
                got(request, Reply(failure=Failure("budget", SPENT)))
                return
            took = (0, 0)
            try:
                sent = Tally()
                tally.set(sent)
                await self._tokens.wait(estimate.tokens)
                if self._stop is not None:
                    return
                reply = await self._reply(client, wire, request, sent)
                self._notice(reply)
                usage = got(request, reply)
                if reply.failure is None:
                    took = used(request, usage, estimate, self.guess)
            except ServerError as stop:
                self._stop = self._stop or stop
            finally:
                self.budget.settle(estimate, *took)
                self._tokens.correct(estimate.tokens - sum(took))

    def _notice(self, reply: Reply) -> None:
        """Stop a run whose server has gone away, instead of failing sentence after sentence.

        Raises:
            ServerError: It has.
        """
        self._unanswered = self._unanswered + 1 if reply.silent else 0
        if self._unanswered >= max(GONE, 2 * self.config.concurrency) and reply.failure:
            raise ServerError(
                f"The server {self.config.base_url} has stopped answering: {self._unanswered} requests in a row got no"
                f" response (the last one: {reply.failure.message}).",
                hint="What was answered is kept. Run the same command again when the server is there.",
            )

    async def _reply(self, client: AsyncOpenAI, wire: Wire, request: Request, sent: Tally) -> Reply:
        try:
            text = await self._text(client, request)
        except BudgetSpentError:
            return Reply(failure=Failure("budget", SPENT), requests=sent.requests)
        except APIStatusError as error:
            words = words_of(error, self.key)
            if stop := not_for_us(error, self.config, words):
                raise stop from None
            return Reply(failure=failure_of_status(error.status_code, error.code, words), requests=sent.requests)
        except APITimeoutError:
            seconds = f"{self.config.timeout:g} s"
            return Reply(failure=Failure("timeout", f"no answer within {seconds}"), requests=sent.requests, silent=True)
        except APIConnectionError as error:
            words = short(f"{type(error.__cause__).__name__}: {error.__cause__}", self.key)
            if isinstance(error.__cause__, httpx2.ConnectError) and not wire.reached:
                raise ServerError(
                    f"The server {self.config.base_url} cannot be reached ({words}).", hint="Is it running?"
                ) from None
            failure = Failure("backend_error", f"the connection failed: {words}")
            return Reply(failure=failure, requests=sent.requests, silent=True)
        except OpenAIError as error:
            words = short(f"{type(error).__name__}: {error}", self.key)
            return Reply(failure=Failure("backend_error", words), requests=sent.requests)
        return Reply(text, requests=sent.requests)

    async def _text(self, client: AsyncOpenAI, request: Request) -> str:
        """The body of the response. Until a form of answer is known to be accepted, one request goes ahead alone."""
        if self._settled:
            return await self._post(client, request)
        async with self._first:
            while not self._settled and self._rung < len(self.maker.forms) - 1:
                try:
                    text = await self._post(client, request)
                except APIStatusError as error:
                    if not refuses_form(error, words_of(error, self.key)):
                        raise
                    self._rung += 1
                else:
                    self._settled = True
                    return text
            self._settled = True
        return await self._post(client, request)

    async def _post(self, client: AsyncOpenAI, request: Request) -> str:
        body = self.maker.with_form(request.body, self.maker.forms[self._rung])
        response = await client.post(PATH, cast_to=httpx2.Response, body=body)
        return self.key.hide(response.text)
