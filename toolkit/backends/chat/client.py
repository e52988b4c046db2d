"""The wire: a client of the `openai` SDK that paces and counts every request, and never shows a key."""

from __future__ import annotations

import asyncio
import contextvars
import os
import re
from dataclasses import dataclass
from typing import Any

import httpx2
from openai import APIStatusError, AsyncOpenAI, OpenAIError

from toolkit.backends.chat.limits import Budget, Pace
from toolkit.backends.chat_config import ChatConfig
from toolkit.corpus.decode import encodable
from toolkit.errors import ConfigError, ServerError
from toolkit.records import Failure

MAX_FAULT = 200
"""Characters of a server's words that go into a failure."""

LONGEST_HOLD = 120.0
"""Seconds that a Retry-After can hold everything up; for longer ones the SDK gives up."""

HIDDEN = "[key]"
TOO_LONG = re.compile(
    r"context.(?:length|window|size)|too (?:long|many tokens)|maximum.{0,20}(?:length|tokens)", re.IGNORECASE
)
FORM = re.compile(r"response_format|json_schema|json_object|schema|grammar|literal_error", re.IGNORECASE)


class Key:
    """An API key, from the environment. It has no way into text: neither ``str`` nor ``repr`` shows it.

    Args:
        variable: The environment variable; none for a server without keys.

    Raises:
        ConfigError: The variable is not set.
    """

    def __init__(self, variable: str | None) -> None:
        self._value = os.environ.get(variable, "").strip() if variable else ""
        if variable and not self._value:
            raise ConfigError(
                f"The environment variable {variable}, which is to hold the key of the server, is not set.",
                hint=f"export {variable}=…, or `--dry-run` to see what would be sent.",
            )
        if not self._value.isascii() or any(letter.isspace() for letter in self._value):
            raise ConfigError(
                f"The key in {variable} cannot be sent: it has a space or a letter outside of ASCII.",
                hint="Set it again.",
            )

    def for_sdk(self) -> str:
        """What the SDK is given; never empty, or it would look for a key of its own in the environment."""
        return self._value or "none"

    def hide(self, text: str) -> str:
        """A text without the key, should a server say it back, in JSON or not."""
        if not self._value:
            return text
        pattern = re.escape(self._value).replace("/", r"\\?/")  # some servers escape slashes
        return re.sub(pattern, HIDDEN, text)

    def __bool__(self) -> bool:
        return bool(self._value)


class BudgetSpentError(OpenAIError):
    """Raised in the place of sending a request that the budget has no room for."""


@dataclass(slots=True)
class Tally:
    """What was sent for one request."""

    requests: int = 0


tally: contextvars.ContextVar[Tally] = contextvars.ContextVar("tally")
"""Of the request that the current task is about."""


class Wire(httpx2.AsyncClient):
    """Waits its turn, counts, and gives every attempt one time limit as a whole.

    The limits of httpx are for the time between two bytes, so a server that drips could hold a request for ever.

    Args:
        budget: Counts requests that are sent again, and may refuse them; None counts nothing.
        pace: Spreads requests.
        seconds: For an attempt.
        keyless: Whether to leave out the header with the key.
    """

    def __init__(self, budget: Budget | None, pace: Pace, seconds: float, *, keyless: bool) -> None:
        super().__init__(timeout=httpx2.Timeout(seconds), follow_redirects=False)
        self.budget = budget
        self.pace = pace
        self.seconds = seconds
        self.keyless = keyless
        self.reached = False

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send one attempt; see `httpx2.AsyncClient.send`."""
        # The SDK takes these from the environment, whatever server it talks to.
        for header in ("OpenAI-Organization", "OpenAI-Project", *(("Authorization",) if self.keyless else ())):
            request.headers.pop(header, None)
        await self.pace.wait()
        sent = tally.get(None) or Tally()
        if sent.requests and self.budget is not None and not self.budget.count_again():
            raise BudgetSpentError("the budget is used up")
        sent.requests += 1
        try:
            async with asyncio.timeout(self.seconds):
                response = await super().send(request, **options)
        except TimeoutError:
            raise httpx2.ReadTimeout("no whole answer in time", request=request) from None
        self.reached = True
        if response.status_code == 429 and (seconds := _seconds(response.headers.get("retry-after"))):
            self.pace.hold(min(seconds, LONGEST_HOLD))
        return response


def _seconds(retry_after: str | None) -> float:
    try:
        return max(float(retry_after or 0), 0.0)
    except ValueError:  # a date, which the SDK reads for the request that it was told to
        return 0.0


def sdk(config: ChatConfig, key: Key, wire: Wire) -> AsyncOpenAI:
    """The SDK's client, over our wire."""
    return AsyncOpenAI(
        api_key=key.for_sdk(),
        base_url=config.base_url,
        timeout=config.timeout,
        max_retries=config.retries,
        http_client=wire,
    )


def words_of(error: APIStatusError, key: Key) -> str:
    """What a server said was wrong, in one line and without the key."""
    body = error.body
    said = body.get("message") if isinstance(body, dict) else body
    return short(str(said or error.response.text or error.message), key)


def short(text: str, key: Key) -> str:
    """Somebody else's words, fit for a failure."""
    return encodable(key.hide(" ".join(text.split())))[:MAX_FAULT]


def failure_of_status(status: int, code: str | None, words: str) -> Failure:
    """The failure that an HTTP status is, for one sentence."""
    if code == "content_filter" or "content_filter" in words or "content management policy" in words:
        return Failure("refused", f"the server refused the sentence: {words}")
    if status == 413 or code == "context_length_exceeded" or (status in {400, 422} and TOO_LONG.search(words)):
        return Failure("too_long", f"the server says that the prompt is too long: {words}")
    if status in {408, 504}:
        return Failure("timeout", f"HTTP {status}: {words}")
    return Failure("backend_error", f"HTTP {status}: {words}")


def refuses_form(error: APIStatusError, words: str) -> bool:
    """Whether a server does not know the form of answer that it was asked for."""
    # llama-cpp-python says it as an internal error.
    return error.status_code in {400, 404, 415, 422, 500, 501} and FORM.search(words) is not None


def not_for_us(error: APIStatusError, config: ChatConfig, words: str) -> ServerError | None:
    """The error that stops a run, where the fault is with the key, the address or the model: it is so for all."""
    where = f"The server {config.base_url}"
    if error.status_code in {401, 403}:
        name = config.api_key_env
        hint = f"Check the value of {name}." if name else "Name the variable that holds its key as api_key_env."
        return ServerError(f"{where} refuses access (HTTP {error.status_code}): {words}", hint=hint)
    if error.status_code == 404:
        return ServerError(
            f"{where} does not know this address or the model {config.model!r} (HTTP 404): {words}",
            hint="Check base_url, which most often ends in /v1, and model.",
        )
    return None
