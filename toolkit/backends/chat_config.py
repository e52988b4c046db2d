"""The config of a chat server: which one, how it is asked, and what that may cost."""

from __future__ import annotations

import re
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from toolkit.backends.prompt_config import PromptedBase
from toolkit.config import Config

Form = Literal["json_schema", "json_object_schema", "json_object", "text"]
"""How a server is told what an answer looks like."""

OWN_KEYS = {
    "model",
    "messages",
    "temperature",
    "seed",
    "max_tokens",
    "max_completion_tokens",
    "response_format",
    "logprobs",
    "top_logprobs",
    "n",
    "stream",
}
"""Keys of a request that ``extra_body`` may not set: another key of the config does, or claimkit relies on them."""


class PricesConfig(Config):
    """Prices per million tokens, in any currency."""

    input: float = Field(ge=0)
    """Of what the model reads."""
    output: float = Field(ge=0)
    """Of what it writes."""


class BudgetConfig(Config):
    """What one run may use; what it does not get to is asked by the next run of the same command."""

    max_requests: int | None = Field(default=None, ge=1)
    """Requests, those that are sent again included."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Tokens read and written."""
    max_cost: float | None = Field(default=None, gt=0)
    """Money, in the currency of ``prices``."""


class ChatConfig(PromptedBase):
    """An OpenAI-compatible server that is asked for the label."""

    kind: Literal["chat"]
    base_url: str
    """Where the server is, such as ``http://127.0.0.1:8000/v1``."""
    model: str = Field(min_length=1)
    """The model's name on that server."""
    reported_model: str | None = None
    """What the server calls it in its answers, where that is another name; ``*`` takes any. An answer of another model
    is a failure. By default the name itself and dated versions of it."""
    api_key_env: str | None = None
    """The environment variable that holds the key; none for a server that wants none."""
    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """Randomness of the answers; null leaves it to the server, for models that refuse to be told."""
    seed: int | None = None
    """Sent to the server; each further vote gets the next number."""
    max_output_tokens: int = Field(default=200, ge=8)
    """Longest answer. One that is cut off is a failure."""
    output_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What the server calls that limit; OpenAI's newer models want the second."""
    structured: Literal["auto"] | Form = "auto"
    """How the answer's form is asked for. ``auto`` begins with a JSON schema and takes the next form when the server
    refuses one: a JSON object with the schema beside it (llama-cpp-python), a JSON object, text."""
    logprobs: bool = False
    """Ask for log-probabilities of the tokens, which label probabilities are made from."""
    top_logprobs: int = Field(default=20, ge=2, le=100)
    """How many alternatives a token is asked for."""
    votes: int = Field(default=1, ge=1, le=50)
    """Ask so many times; the shares of the votes are the label probabilities (self-consistency)."""
    rationale: bool = False
    """Ask for a short reason first; it becomes the column ``rationale``."""
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """Further keys of every request, such as ``top_p`` or ``reasoning_effort``."""
    mode: Literal["online", "batch"] = "online"
    """``batch`` hands all requests over as one file, to be answered within a day at a lower price."""
    poll_seconds: float = Field(default=30.0, gt=0)
    """How often a batch is asked for its state."""
    concurrency: int = Field(default=8, ge=1, le=512)
    """Requests that are under way at the same time."""
    requests_per_minute: float | None = Field(default=None, gt=0)
    """Spread requests so that there are no more."""
    tokens_per_minute: float | None = Field(default=None, gt=0)
    """Spread requests so that they read and write no more."""
    timeout: float = Field(default=60.0, gt=0)
    """Seconds within which an answer must be there whole."""
    retries: int = Field(default=3, ge=0, le=20)
    """How often a request is sent again after a fault that may pass."""
    prices: PricesConfig | None = None
    """Without them costs are not counted."""
    budget: BudgetConfig = BudgetConfig()
    cache: bool = True
    """Keep answers on disk, and never ask for the same one twice."""

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        # The value is left out of these messages: whoever writes a key here should not find it in a log.
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValueError("this is not an address") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("an address begins with http:// or https://")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("an address has no password, query or fragment; keys come from the environment")
        return url.rstrip("/")

    @field_validator("api_key_env")
    @classmethod
    def _is_a_variable(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
            raise ValueError("give the name of an environment variable in capitals, never the key itself")
        return name

    @field_validator("extra_body")
    @classmethod
    def _leaves_our_keys(cls, extra: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(OWN_KEYS & {*extra}):
            raise ValueError(f"{', '.join(taken)} cannot be set here")
        return extra

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.votes > 1 and not (self.temperature is None or self.temperature > 0):
            raise ValueError("votes need a temperature above 0, or all of them are the same")
        if self.votes > 1 and self.logprobs:
            raise ValueError("label probabilities come from votes or from logprobs, not from both")
        if self.budget.max_cost is not None and self.prices is None:
            raise ValueError("a budget in money needs prices")
        return self
