"""Puts messages into a model's chat template, so that no message can pose as part of the template."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from toolkit.errors import ModelError
from toolkit.runtime.scoring import Piece

_PLACE = "claimkit-message-{}-goes-here"
_PLACES = re.compile(r"claimkit-message-(\d+)-goes-here")


def chat_pieces(template: str | None, messages: Sequence[Mapping[str, str]], special: Mapping[str, str]) -> list[Piece]:
    """A conversation up to the place where the model answers.

    The template is rendered around place-holders. So the text of a message, which may hold anything, is never part of
    what may have control tokens.

    Args:
        template: Jinja text of the model; without one the messages follow each other as plain text.
        messages: With ``role`` and ``content``.
        special: Variables such as ``bos_token``.

    Raises:
        ModelError: The template cannot be used.
    """
    contents = [message["content"] for message in messages]
    if template is None:
        return [Piece("\n\n".join(contents))]
    try:
        text = _render(template, [message["role"] for message in messages], special)
        places = [int(place) for place in _PLACES.findall(text)]
        if places != list(range(len(contents))):  # a template that knows no system message, and says nothing
            raise TemplateError("it drops messages")
    except TemplateError as error:
        if len(messages) == 1:
            raise ModelError(
                f"The model's chat template cannot be used: {' '.join(str(error).split())[:200]}.",
                hint="Use an instruct model whose template takes a single user message.",
            ) from error
        merged = {"role": "user", "content": "\n\n".join(contents)}
        return chat_pieces(template, [merged], special)
    parts = _PLACES.split(text)
    # Every other part is the number of a message.
    pieces = [Piece(contents[int(part)]) if i % 2 else Piece(part, control=True) for i, part in enumerate(parts)]
    return [piece for piece in pieces if piece.text]


def _render(template: str, roles: Sequence[str], special: Mapping[str, str]) -> str:
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.globals["raise_exception"] = _refuse
    # Nothing tells the template the date: the same sentence gets the same prompt tomorrow.
    messages: list[dict[str, Any]] = [
        {"role": role, "content": _PLACE.format(number)} for number, role in enumerate(roles)
    ]
    try:
        return environment.from_string(template).render(
            messages=messages, add_generation_prompt=True, enable_thinking=False, **special
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise TemplateError(f"{type(error).__name__}: {error}") from error


def _refuse(message: str) -> str:
    raise TemplateError(message)
