"""The requests of a sentence, exactly as they are sent, and without any key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.backends.chat.answers import FLAG
from toolkit.backends.chat_config import ChatConfig, Form
from toolkit.backends.prompting import Prompter
from toolkit.corpus.decode import encodable
from toolkit.labels import LabelSet
from toolkit.records import Sentence

PATH = "/chat/completions"

LADDER: tuple[Form, ...] = ("json_schema", "json_object_schema", "json_object", "text")
"""The forms that ``structured: auto`` takes one after the other, until the server accepts one."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        body: What is sent, without the form of the answer, which a server may refuse.
        key: SHA-256 of everything that can change the answer.
        size: Bytes of its messages.
    """

    body: Mapping[str, Any]
    key: str
    size: int


class RequestMaker:
    """Makes requests of sentences.

    Args:
        config: Of the server.
        labels: The label set.

    Raises:
        ToolkitError: The prompt or the examples cannot be used.
    """

    def __init__(self, config: ChatConfig, labels: LabelSet) -> None:
        self.config = config
        self.labels = labels
        self.prompter = Prompter(config, labels)
        self.forms = LADDER if config.structured == "auto" else (config.structured,)
        self.asks_flag = config.flags and bool(labels.flags)

    def requests(self, sentence: Sentence) -> list[Request]:
        """The requests of a sentence, one for each vote."""
        messages = self._messages(sentence)
        size = sum(len(message["content"].encode()) for message in messages)
        return [self._request(messages, size, vote) for vote in range(self.config.votes)]

    def _messages(self, sentence: Sentence) -> list[dict[str, str]]:
        messages = [
            {"role": message["role"], "content": encodable(message["content"])}
            for message in self.prompter.messages(sentence)
        ]
        # A prompt that does not say what form the answer is to have, as classify.v1 does not, is told so at its end.
        form = self.prompter.form(self.prompter.options())
        if not any(form in message["content"] for message in messages):
            messages[-1]["content"] += f"\n\nAnswer with a JSON object and nothing else: {form}"
        return messages

    def _request(self, messages: list[dict[str, str]], size: int, vote: int) -> Request:
        config = self.config
        body: dict[str, Any] = {"model": config.model, "messages": messages}
        if config.temperature is not None:
            body["temperature"] = config.temperature
        if config.seed is not None:
            body["seed"] = config.seed + vote
        body[config.output_limit] = config.max_output_tokens
        if config.logprobs:
            body |= {"logprobs": True, "top_logprobs": config.top_logprobs}
        body |= config.extra_body
        decides = [config.base_url, self.with_form(body, self.forms[0]), config.structured, vote]
        key = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
        return Request(body, key, size)

    def with_form(self, body: Mapping[str, Any], form: Form) -> dict[str, Any]:
        """A request that says what form the answer is to have."""
        if form == "text":
            return dict(body)
        wanted: dict[str, Any] = {"type": "json_object"}
        if form == "json_schema":
            wanted = {"type": form, "json_schema": {"name": "answer", "strict": True, "schema": self.schema()}}
        elif form == "json_object_schema":
            wanted["schema"] = self.schema()
        return {**body, "response_format": wanted}

    def schema(self) -> dict[str, Any]:
        """The JSON schema of an answer: the labels are all that may stand in its place."""
        properties: dict[str, Any] = {"rationale": {"type": "string"}} if self.config.rationale else {}
        properties["label"] = {"type": "string", "enum": list(self.labels.names)}
        if self.asks_flag:
            properties[FLAG] = {"type": "boolean"}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def preview(self, sentence: Sentence) -> str:
        """The first request of a sentence, as it would go out."""
        config = self.config
        key = f"Authorization: Bearer (the value of {config.api_key_env})\n" if config.api_key_env else ""
        body = self.with_form(self.requests(sentence)[0].body, self.forms[0])
        text = json.dumps(body, indent=2, ensure_ascii=False)
        return f"POST {config.base_url}{PATH}\nContent-Type: application/json\n{key}\n{text}"
