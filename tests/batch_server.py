"""OpenAI's batch API on loopback, as far as it is used: files, batches, and results in an order of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chat_server import Handler, Reaction, Received, completion, fails, sends

Line = dict[str, Any]


def good(request: Line) -> Line | None:
    """A line of the output: the answer to a request."""
    content = '{"label": "opinion", "attributed": false}'
    return {
        "custom_id": request["custom_id"],
        "response": {"status_code": 200, "body": completion(content)},
        "error": None,
    }


@dataclass
class BatchServer:
    """What is there, and how it goes.

    Attributes:
        answer: Makes the line of a request in the output; None leaves it out.
        polls: How often a batch is asked for before it has ended.
        ends: The state that batches end in.
        files: Id to content.
        batches: Id to batch, in the order in which they were made.
    """

    answer: Callable[[Line], Line | None] = good
    polls: int = 1
    ends: str = "completed"
    errors: Any = None
    files: dict[str, str] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def __call__(self, received: Received) -> Reaction:
        path = received.path.removeprefix("/v1").partition("?")[0]
        if received.method == "POST" and path == "/files":
            found = re.search(rb"\r\n\r\n(\{.*?\})\n?\r\n--", received.raw, flags=re.DOTALL)
            assert found is not None
            name = f"file-{sum(one.startswith('file-') for one in self.files)}"
            self.files[name] = found[1].decode()
            return reply({"id": name, "object": "file"})
        if received.method == "POST" and path == "/batches":
            batch = {"id": f"batch-{len(self.batches)}", "object": "batch", "status": "in_progress", **received.body}
            self.batches[batch["id"]] = batch
            return reply(batch)
        if path == "/batches":
            return reply({"object": "list", "data": list(self.batches.values()), "has_more": False})
        if path.startswith("/batches/"):
            return self._poll(path.split("/")[2])
        if path.endswith("/content"):
            return sends(self.files[path.split("/")[2]].encode())
        return fails(404)

    def _poll(self, name: str) -> Reaction:
        if name not in self.batches:
            return fails(404, "no such batch")
        batch = self.batches[name]
        self.asked[name] = self.asked.get(name, 0) + 1
        if self.asked[name] > self.polls and batch["status"] != self.ends:
            requests = map(json.loads, self.files[batch["input_file_id"]].splitlines())
            lines = [line for request in requests if (line := self.answer(request)) is not None]
            # The order of results is not that of the requests, and failures have a file of their own.
            passed = [line for line in reversed(lines) if line["response"]]
            failed = [line for line in lines if not line["response"]]
            for kind, some in (("output", passed), ("error", failed)):
                if some:
                    self.files[f"{name}-{kind}"] = "\n".join(json.dumps(line, ensure_ascii=False) for line in some)
                    batch[f"{kind}_file_id"] = f"{name}-{kind}"
            batch |= {"status": self.ends, "errors": self.errors}
        return reply(batch)


def reply(value: dict[str, Any]) -> Reaction:
    body = json.dumps(value).encode()

    def react(handler: Handler, _: Received) -> None:
        handler.send(200, body)

    return react
