"""Batches: all requests handed over as one file, answered within a day, joined by their ids.

Which batch a request is in is kept on disk before and after it is submitted, so that a run that ends while it waits
picks its batches up again, and none is paid for twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, NotFoundError, OpenAIError
from openai.types import Batch

from toolkit.backends.chat.client import Key, Wire, failure_of_status, not_for_us, sdk, short, words_of
from toolkit.backends.chat.limits import Budget, Estimate, Pace, TokenGuess
from toolkit.backends.chat.online import SPENT, Got, Reply, used
from toolkit.backends.chat.request import PATH, Request, RequestMaker
from toolkit.backends.store import AnswerStore
from toolkit.errors import ServerError
from toolkit.records import Failure, Usage

_log = logging.getLogger(__name__)

MOST_REQUESTS = 50_000
MOST_BYTES = 100_000_000
"""Of one batch; what OpenAI takes is 50,000 requests and 200 MB."""

ENDED = {"completed", "failed", "expired", "cancelled"}
TRANSFER_SECONDS = 600.0
"""For sending or fetching a file."""


class Batches:
    """Sends requests to one server as batches.

    Args:
        maker: Makes the requests; knows the config.
        key: The server's.
        budget: Of the run. It counts the requests in the batches, and its tokens by estimate until they are known.
        store: Where it is kept which batch a request is in.
    """

    def __init__(self, maker: RequestMaker, key: Key, budget: Budget, store: AnswerStore[str]) -> None:
        self.config = maker.config
        self.maker = maker
        self.key = key
        self.budget = budget
        self.store = store
        self.guess = TokenGuess()
        self._set_aside: dict[str, Estimate] = {}

    async def ask(self, requests: Sequence[Request], got: Got) -> None:
        """Submit what is in no batch yet, wait until all batches have ended, and hand over what they hold.

        Raises:
            ServerError: The server cannot be reached, or refuses key or address.
        """
        wire = Wire(None, Pace(None), TRANSFER_SECONDS, keyless=not self.key)
        try:
            async with sdk(self.config, self.key, wire) as client:
                files = await self._submit_new(client, requests, got)
                for file, members in files.items():
                    await self._join(client, file, members, got)
        except APIStatusError as error:
            words = words_of(error, self.key)
            raise not_for_us(error, self.config, words) or self._broken(f"HTTP {error.status_code}: {words}") from None
        except APIConnectionError as error:
            cause = error.__cause__ or error
            raise self._broken(short(f"{type(cause).__name__}: {cause}", self.key)) from None
        except OpenAIError as error:
            raise self._broken(short(f"{type(error).__name__}: {error}", self.key)) from None

    def _broken(self, words: str) -> ServerError:
        return ServerError(
            f"The batch API of {self.config.base_url} failed: {words}.",
            hint="What was submitted is kept; the same command goes on from there.",
        )

    async def _submit_new(
        self, client: AsyncOpenAI, requests: Sequence[Request], got: Got
    ) -> dict[str, dict[str, Request]]:
        """Input file to the requests in it, by key: those of earlier runs, and new ones."""
        files: dict[str, dict[str, Request]] = {}
        marks = self.store.get(_mark(request.key) for request in requests)
        new: list[Request] = []
        for request in requests:
            if file := marks.get(_mark(request.key)):
                files.setdefault(file, {})[request.key] = request
            elif await self._allowed(request):
                new.append(request)
            else:
                got(request, Reply(failure=Failure("budget", SPENT)))
        if files:
            _log.warning(
                "%d requests are in batches of an earlier run, which are waited for.", sum(map(len, files.values()))
            )
        for chunk, content in self._chunks(new):
            file = (await client.files.create(file=("claimkit.jsonl", content), purpose="batch")).id
            # Before the batch is made: should we be stopped in between, it is made, or found, the next time.
            self.store.put_all({_mark(request.key): file for request in chunk})
            files[file] = {request.key: request for request in chunk}
            await self._make(client, file)
        return files

    async def _allowed(self, request: Request) -> bool:
        estimate = Estimate(self.guess.tokens(request.size), self.config.max_output_tokens)
        # Nothing comes back before all of it is submitted, so there is nothing to wait for.
        if not await self.budget.reserve(estimate, waits=False):
            return False
        self._set_aside[request.key] = estimate
        return True

    def _settle(self, request: Request, usage: Usage | None) -> None:
        estimate = self._set_aside.pop(request.key, None)
        if estimate is not None:
            took = (0, 0) if usage is None else used(request, usage, estimate, self.guess)
            self.budget.settle(estimate, *took)

    def _chunks(self, requests: Iterable[Request]) -> Iterator[tuple[list[Request], bytes]]:
        chunk: list[Request] = []
        lines: list[bytes] = []
        size = 0
        for request in requests:
            line = self._line(request)
            if chunk and (len(chunk) == MOST_REQUESTS or size + len(line) > MOST_BYTES):
                yield chunk, b"".join(lines)
                chunk, lines, size = [], [], 0
            chunk.append(request)
            lines.append(line)
            size += len(line)
        if chunk:
            yield chunk, b"".join(lines)

    def _line(self, request: Request) -> bytes:
        body = self.maker.with_form(request.body, self.maker.forms[0])
        line = {"custom_id": request.key, "method": "POST", "url": f"/v1{PATH}", "body": body}
        return json.dumps(line, ensure_ascii=False).encode() + b"\n"

    async def _make(self, client: AsyncOpenAI, file: str) -> Batch:
        batch = await client.batches.create(
            input_file_id=file, endpoint="/v1/chat/completions", completion_window="24h"
        )
        self.store.put(_batch_of(file), batch.id)
        _log.warning("Submitted the batch %s. The command may be stopped; it picks the batch up again.", batch.id)
        return batch

    async def _batch(self, client: AsyncOpenAI, file: str) -> Batch:
        """The batch of a file. One that was made just before a kill is found by its file, not made again."""
        name = _batch_of(file)
        if known := self.store.get([name]).get(name):
            return await client.batches.retrieve(known)
        async for batch in client.batches.list(limit=100):
            if batch.input_file_id == file:
                self.store.put(name, batch.id)
                return batch
        return await self._make(client, file)

    async def _join(self, client: AsyncOpenAI, file: str, members: dict[str, Request], got: Got) -> None:
        left = dict(members)
        try:
            batch = await self._batch(client, file)
            while batch.status not in ENDED:
                await asyncio.sleep(self.config.poll_seconds)
                batch = await client.batches.retrieve(batch.id)
            why = self._why(batch)
            for output in filter(None, (batch.output_file_id, batch.error_file_id)):
                content = await client.files.content(output)
                for key, reply in self._replies(content.text):
                    if request := left.pop(key, None):
                        usage = got(request, reply)
                        self._settle(request, None if reply.failure else usage)
        except NotFoundError:
            why = "the server no longer has the batch"
        for request in left.values():
            got(request, Reply(failure=Failure("backend_error", why)))
            self._settle(request, None)
        # Answers are in the cache now, and failures are to be asked again in another batch.
        self.store.drop([*(_mark(key) for key in members), _batch_of(file)])

    def _why(self, batch: Batch) -> str:
        """Why a request of an ended batch may have no line in its output."""
        faults = [fault.message or fault.code or "" for fault in (batch.errors.data or [])] if batch.errors else []
        said = short(f": {'; '.join(faults)}" if any(faults) else "", self.key)
        return f"the batch is {batch.status} and has no answer to this{said}"

    def _replies(self, text: str) -> Iterator[tuple[str, Reply]]:
        """Key to reply, line by line; a line that cannot be read answers nothing."""
        for line in self.key.hide(text).split("\n"):  # `splitlines` would cut answers at U+2028 and the like
            try:
                value = json.loads(line)
                key, response, error = value["custom_id"], value.get("response") or {}, value.get("error") or {}
                status, body = response.get("status_code"), response.get("body")
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
            if status == httpx2.codes.OK:
                yield str(key), Reply(json.dumps(body), requests=1)
            else:
                yield str(key), Reply(failure=self._failure(status, body, error), requests=1)

    def _failure(self, status: Any, body: Any, error: Any) -> Failure:
        fault = (body.get("error") if isinstance(body, dict) else None) or error
        message = fault.get("message") if isinstance(fault, dict) else fault
        code = fault.get("code") if isinstance(fault, dict) else None
        words = short(str(message or "no reason given"), self.key)
        if isinstance(status, int):
            return failure_of_status(status, code, words)
        return Failure("backend_error", f"the batch has no answer to this: {words}")


def _mark(key: str) -> str:
    return f"file of {key}"


def _batch_of(file: str) -> str:
    return f"batch of {file}"
