"""A chat server on loopback that behaves as badly as a test wants it to."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "tiny"


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    when: float

    @property
    def body(self) -> dict[str, Any]:
        return dict(json.loads(self.raw))

    @property
    def sentence(self) -> str:
        """The sentence that is asked about."""
        found = re.search(r"<<<(SENTENCE\S*)\n(.*)\n\1>>>", self.body["messages"][-1]["content"], flags=re.DOTALL)
        assert found is not None
        return found[2]


Reaction = Callable[["Handler", Received], None]


@dataclass
class ChatServer:
    """What the server is to do, and what it was asked.

    Attributes:
        react: Chooses how to answer a request.
        requests: Everything that came, in order.
        peak: Most requests that were under way at once.
    """

    url: str = ""
    react: Callable[[Received], Reaction] = lambda _: says("opinion")
    requests: list[Received] = field(default_factory=list)
    peak: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def script(self, *reactions: Reaction, then: Reaction | None = None) -> None:
        """React so, one after the other, and then always the last way."""
        left = iter(reactions)
        last = then or reactions[-1]
        self.react = lambda _: next(left, last)

    @property
    def sentences(self) -> list[str]:
        """What was asked about, in order."""
        return [one.sentence for one in self.requests]

    def serve(self, handler: Handler, received: Received) -> None:
        with self._lock:
            self.requests.append(received)
            self._now += 1
            self.peak = max(self.peak, self._now)
            reaction = self.react(received)
        try:
            reaction(handler, received)
        finally:
            with self._lock:
                self._now -= 1


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    chat: ChatServer

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        received = Received(self.command, self.path, headers, self.rfile.read(length), time.monotonic())
        try:
            self.chat.serve(self, received)
        except (BrokenPipeError, ConnectionResetError):  # the client had enough
            self.close_connection = True

    do_POST = do_GET = _any  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """A server in a thread."""
    chat = ChatServer()
    handler = type("OwnHandler", (Handler,), {"chat": chat})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        chat.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield chat
        server.shutdown()
        thread.join()


def completion(
    content: str | None,
    *,
    model: str = MODEL,
    finish_reason: str = "stop",
    refusal: str | None = None,
    logprobs: Any = None,
    usage: tuple[int, int] | None = (100, 10),
) -> dict[str, Any]:
    """The body of a response."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": logprobs}
    body = {"id": "c", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}
    if usage is not None:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return body


def said(content: str | None, **fields: Any) -> Reaction:
    """A response with this content."""
    body = json.dumps(completion(content, **fields)).encode()
    return lambda handler, _: handler.send(200, body)


def says(label: str, *, attributed: bool = False, **fields: Any) -> Reaction:
    """A well-behaved answer."""
    return said(json.dumps({"label": label, "attributed": attributed}), **fields)


def fails(
    status: int, message: str = "no", *, code: str | None = None, headers: dict[str, str] | None = None
) -> Reaction:
    """An error as OpenAI says it."""
    body = json.dumps({"error": {"message": message, "code": code}}).encode()
    return lambda handler, _: handler.send(status, body, headers)


def sends(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Reaction:
    """These bytes as the body."""
    return lambda handler, _: handler.send(status, body, headers)


def waits(seconds: float, then: Reaction) -> Reaction:
    """Something, but later."""

    def react(handler: Handler, received: Received) -> None:
        time.sleep(seconds)
        then(handler, received)

    return react


def drips(seconds: float) -> Reaction:
    """A good answer, one byte at a time, each well within what is called a read timeout."""
    body = json.dumps(completion('{"label": "opinion", "attributed": false}')).encode()

    def react(handler: Handler, received: Received) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        for byte in body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(seconds)

    return react


def stops_short(body: bytes, *, missing: int = 10) -> Reaction:
    """Promises more bytes than it sends, and hangs up."""

    def react(handler: Handler, received: Received) -> None:
        handler.send(200, body, {"Content-Length": str(len(body) + missing)})
        handler.close_connection = True

    return react


def resets() -> Reaction:
    """Cuts the connection off without a word."""

    def react(handler: Handler, received: Received) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()
        raise ConnectionResetError

    return react


def token(text: str, probability: float, **others: float) -> dict[str, Any]:
    """A token of an answer, with what could have stood in its place."""
    from math import log

    top = {text: probability, **others}
    return {
        "token": text,
        "logprob": log(probability),
        "top_logprobs": [{"token": one, "logprob": log(value)} for one, value in top.items()],
    }


def as_logprobs(tokens: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The log-probabilities of an answer."""
    return {"content": list(tokens)}
