"""Probabilities of the answers that a model could have given, from the log-probabilities of its tokens.

At the place where the value stands, each alternative that the server lists for a token is the beginning of at most one
option ("op" of opinion), and gives it its probability. While the token that was written still fits several options
(fact of factual_claim and fact_check), the walk goes on to the next token, within what that one had. What the server
does not list counts for nothing, and what is left is scaled to sum to 1: the scores say how the model weighs the
options against each other, given that it names one of them, and given everything that it wrote before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Alternative(BaseModel):
    model_config = ConfigDict(extra="ignore")
    token: str
    logprob: float | None = None
    data: list[Annotated[int, Field(ge=0, le=255)]] | None = Field(default=None, alias="bytes")

    @property
    def raw(self) -> bytes:
        return self.token.encode("utf-8", "replace") if self.data is None else bytes(self.data)

    @property
    def probability(self) -> float:
        known = self.logprob is not None and not math.isnan(self.logprob)
        return math.exp(min(self.logprob or 0.0, 0.0)) if known else 0.0


class _Token(_Alternative):
    top_logprobs: list[_Alternative] = []


class _Logprobs(BaseModel):
    model_config = ConfigDict(extra="ignore")
    content: list[_Token]


def choice_scores(logprobs: Any, content: str, begin: int, options: Mapping[str, str]) -> dict[str, float]:
    """Score the options for what stands at a place of an answer.

    Args:
        logprobs: As a chat completion has them.
        content: The answer that they belong to.
        begin: Where in it the value begins, in characters.
        options: Name to how it is written; with its closing quote, if it has one.

    Returns:
        Name to score, which sum to 1; empty when the server told no log-probabilities, or none that fit the answer.
    """
    tokens = _tokens(logprobs)
    written = b"".join(token.raw for token in tokens)
    start = written.find(content.encode("utf-8", "replace")) if tokens and begin >= 0 else -1
    if start < 0:
        return {}
    start += len(content[:begin].encode("utf-8", "replace"))
    ways = {name: option.encode() for name, option in options.items()}
    found = _walk(tokens, start, ways)
    total = math.fsum(found.values())
    return {name: found[name] / total for name in options} if total > 0 else {}


def _tokens(logprobs: Any) -> Sequence[_Token]:
    try:
        return _Logprobs.model_validate(logprobs).content
    except ValidationError:  # a server's own idea of log-probabilities
        return ()


def _walk(tokens: Sequence[_Token], start: int, ways: Mapping[str, bytes]) -> dict[str, float]:
    """Option to probability, along the tokens from the byte where the value begins."""
    scores = dict.fromkeys(ways, 0.0)
    mass, value, place = 1.0, b"", 0
    for token in tokens:
        end = place + len(token.raw)
        if end <= start:
            place = end
            continue
        lead = token.raw[: max(start - place, 0)]  # what of the token stands before the value
        chosen = value + token.raw[len(lead) :]
        here: list[str] = []
        for alternative in {one.raw: one for one in (*token.top_logprobs, token)}.values():
            if not alternative.raw.startswith(lead):
                continue
            begun = value + alternative.raw[len(lead) :]
            fits = [name for name, way in ways.items() if begun and (way.startswith(begun) or begun.startswith(way))]
            if alternative.raw == token.raw:
                here = fits
            if len(fits) == 1:
                scores[fits[0]] += mass * alternative.probability
        if not here:
            return dict.fromkeys(ways, 0.0)
        if len(here) == 1:
            return scores
        mass, value, place = mass * token.probability, chosen, end
    # The answer ends where an option does that is the beginning of another.
    for name, way in ways.items():
        if value == way:
            scores[name] += mass
    return scores
