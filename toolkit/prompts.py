"""Prompts: versioned Jinja files, rendered in a sandbox, where a variable that is missing is an error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from toolkit import resources
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet

SUFFIX = ".jinja"

_FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Whatever a template can fail with."""


def load_prompt(reference: str | Path) -> str:
    """The text of a prompt, by shipped name (``classify.v1``) or path.

    Raises:
        UnknownNameError: No such prompt.
        ConfigError: It cannot be read.
    """
    path = resources.resolve("prompt", reference, "prompts", suffix=SUFFIX)
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The prompt {path} cannot be read: {error}.", hint="It must be a UTF-8 file.") from error


def prompt_name(reference: str | Path) -> str:
    """The name of a prompt without the folders in front of it, for whatever is published."""
    return Path(reference).name.removesuffix(SUFFIX)


class Template:
    """A compiled prompt.

    Attributes:
        blocks: Names of its blocks; empty when all of it is one message.
        variables: Names of the variables that it looks at.

    Args:
        text: The Jinja text.

    Raises:
        ConfigError: It is broken.
    """

    def __init__(self, text: str) -> None:
        environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        try:
            self._template = environment.from_string(text)
            self.variables = frozenset(meta.find_undeclared_variables(environment.parse(text)))
        except _FAULTS as error:
            raise _broken(error, ()) from error
        self.blocks = frozenset(self._template.blocks)

    def render(self, variables: Mapping[str, Any], *, block: str | None = None) -> str:
        """The text of one block, or of the whole.

        Args:
            variables: What the prompt may use.
            block: Name of a block.

        Raises:
            ConfigError: It uses a variable that there is not, or fails in any other way.
        """
        try:
            if block is None:
                return self._template.render(variables)
            return "".join(self._template.blocks[block](self._template.new_context(dict(variables))))
        except _FAULTS as error:
            raise _broken(error, variables) from error


def render_prompt(template: str, labels: LabelSet, text: str) -> str:
    """What a prompt that is one message asks about a sentence.

    Args:
        template: Text of a prompt.
        labels: Fills ``labels``.
        text: Fills ``text``; it is data, and the prompts that come with claimkit fence it off.

    Raises:
        ConfigError: The template is broken, uses a variable that there is not, or fails in any other way.
    """
    variables = {"labels": labels, "text": text}
    try:
        return Template(template).render(variables)
    except ConfigError as error:
        raise _broken(error.__cause__ or error, variables) from error


def _broken(error: BaseException, variables: Mapping[str, Any] | tuple[()]) -> ConfigError:
    reason = " ".join(str(error).split())
    names = ", ".join(f"`{name}`" for name in sorted(variables))
    hint = f"It may use {names}." if names else "Look at the shipped prompts, in the folder `prompts`."
    return ConfigError(f"The prompt cannot be rendered: {reason}.", hint=hint)
