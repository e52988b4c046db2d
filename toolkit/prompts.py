"""Prompts: versioned Jinja files, rendered in a sandbox, where a variable that is missing is an error."""

from __future__ import annotations

from pathlib import Path

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from toolkit import resources
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet

SUFFIX = ".jinja"


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


def render_prompt(template: str, labels: LabelSet, text: str) -> str:
    """What a language model is asked about a sentence.

    Args:
        template: Text of a prompt.
        labels: Fills ``labels``.
        text: Fills ``text``; it is data, and the prompts that come with claimkit fence it off.

    Raises:
        ConfigError: The template is broken, uses a variable that there is not, or fails in any other way.
    """
    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        return environment.from_string(template).render(labels=labels, text=text)
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(
            f"The prompt cannot be rendered: {reason}.", hint="It may use `labels` and `text`."
        ) from error
