"""Reads what a chat server answers: one label, said plainly, is an answer; anything else a failure, never a guess."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toolkit.backends.chat.token_scores import choice_scores
from toolkit.backends.chat_config import ChatConfig
from toolkit.corpus.decode import encodable
from toolkit.labels import LabelSet
from toolkit.records import Failure, FailureKind

FLAG = "attributed"
SHOWN = 80
"""Characters of an answer that go into a failure's message."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Message(_Part):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Part):
    message: _Message
    finish_reason: str | None = None
    logprobs: Any = None


class _Tokens(_Part):
    prompt_tokens: int | None = Field(default=None, ge=0)
    completion_tokens: int | None = Field(default=None, ge=0)


class Completion(_Part):
    """The parts of a chat completion that are read."""

    model: str | None = None
    choices: list[_Choice] = Field(min_length=1)
    usage: _Tokens | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One label that a server gave.

    Attributes:
        label: One of the label set.
        attributed: The flag; None when the answer does not tell.
        rationale: The reason, where one was asked for.
        scores: Label to probability by the tokens' log-probabilities; empty without them.
        flags: The same for the flag.
    """

    label: str
    attributed: bool | None = None
    rationale: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    flags: Mapping[str, float] = field(default_factory=dict)


class UnusableError(Exception):
    """There is no answer in what came; caught inside this package.

    Args:
        kind: Of the failure.
        message: Why.
    """

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(kind, message)


def read_completion(text: str) -> Completion:
    """The completion in the body of a response.

    Raises:
        UnusableError: It is none.
    """
    try:
        return Completion.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        reason = f"{place}: {fault['msg']}" if place else fault["msg"]
        raise UnusableError("invalid_response", f"the response is not a chat completion: {reason}") from None


def read_answer(completion: Completion, config: ChatConfig, labels: LabelSet) -> Answer:
    """The answer in a completion.

    Raises:
        UnusableError: It is of another model, refused, cut off, or does not name exactly one label.
    """
    if not model_fits(completion.model, config):
        raise UnusableError("invalid_response", f"the answer is by the model {_shown(completion.model or '')}")
    choice = completion.choices[0]
    if choice.finish_reason == "content_filter":
        raise UnusableError("refused", "the server's content filter stopped the answer")
    if choice.message.refusal:
        raise UnusableError("refused", f"the model refused: {_shown(choice.message.refusal)}")
    if choice.finish_reason == "length":
        raise UnusableError("invalid_response", "the answer was cut off; raise max_output_tokens")
    content = choice.message.content or ""
    said = bare(content)
    if not said:
        raise UnusableError("invalid_response", "the answer is empty")
    if said.startswith(("{", "[")):
        return _from_json(said, content, choice.logprobs, labels, wants_flag=config.flags and bool(labels.flags))
    label = name_of(said, labels)
    if label is None:
        raise UnusableError("invalid_response", f"the answer is not one of the labels: {_shown(said)}")
    scores = choice_scores(choice.logprobs, content, content.find(said), {name: name for name in labels.names})
    return Answer(label, scores=scores)


def model_fits(reported: str | None, config: ChatConfig) -> bool:
    """Whether the model that a response names is the one that was asked; a response that names none is believed."""
    if not reported or config.reported_model == "*":
        return True
    wanted = config.reported_model or config.model
    return reported == wanted or re.fullmatch(re.escape(wanted) + r"-\d[\d-]*", reported) is not None


def bare(content: str) -> str:
    """An answer without a thought before it, a code fence around it and white space."""
    text = re.sub(r"\A\s*<think>.*?</think>", "", content, flags=re.DOTALL).strip()
    fenced = re.fullmatch(r"```(?:json|text)?\s*\n?(.*?)\s*```", text, flags=re.DOTALL)
    return fenced.group(1).strip() if fenced and "```" not in fenced.group(1) else text


def name_of(said: str, labels: LabelSet) -> str | None:
    """The one label that is meant, whatever its case and the marks around it; None when it is none or not clear."""
    if said in labels.names:
        return said
    wanted = _plain(said)
    fits = {label.name for label in labels.labels if wanted in {_plain(label.name), _plain(label.words)}}
    return fits.pop() if len(fits) == 1 else None


def _plain(text: str) -> str:
    inner = text.strip().strip("\"'`*").strip().removesuffix(".").strip()
    return re.sub(r"[\s_-]+", " ", inner).casefold()


def _from_json(said: str, content: str, logprobs: Any, labels: LabelSet, *, wants_flag: bool) -> Answer:
    value = _object(said)
    label = value.get("label")
    if not isinstance(label, str):
        raise UnusableError("invalid_response", f"the answer does not name one label: {_shown(said)}")
    name = name_of(label, labels)
    if name is None:
        raise UnusableError("invalid_response", f"the answer is not one of the labels: {_shown(label)}")
    flag = value.get(FLAG)
    if wants_flag and not isinstance(flag, bool):
        raise UnusableError("invalid_response", f"the answer does not say whether {FLAG} is true: {_shown(said)}")
    rationale = value.get("rationale")
    return Answer(
        name,
        attributed=flag if wants_flag else None,
        rationale=encodable(rationale) if isinstance(rationale, str) else None,
        scores=_json_scores(logprobs, content, "label", {one: json.dumps(one)[1:] for one in labels.names}, skip='"'),
        flags=_flag_scores(logprobs, content) if wants_flag else {},
    )


def _object(said: str) -> dict[str, Any]:
    try:
        value = json.loads(said, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise UnusableError("invalid_response", f"the answer is not one JSON object: {_shown(said)}") from None
    if not isinstance(value, dict):
        raise UnusableError("invalid_response", f"the answer is not one JSON object: {_shown(said)}")
    return value


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, in which no key may come twice: of two labels neither is the answer."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key comes twice")
    return value


def _flag_scores(logprobs: Any, content: str) -> dict[str, float]:
    scores = _json_scores(logprobs, content, FLAG, {"true": "true", "false": "false"})
    return {FLAG: scores["true"]} if scores else {}


def _json_scores(
    logprobs: Any, content: str, key: str, options: Mapping[str, str], *, skip: str = ""
) -> dict[str, float]:
    """Scores of what may stand as the value of a key; none where it cannot be told which value that is."""
    places = list(re.finditer(rf'"{key}"\s*:\s*{skip}', content))
    return choice_scores(logprobs, content, places[0].end(), options) if len(places) == 1 else {}


def _shown(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= SHOWN else flat[: SHOWN - 1] + "…")
