"""Prompts: versioned Jinja files, rendered in a sandbox, where a variable that is missing is an error."""

from __future__ import annotations

from pathlib import Path

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from toolkit import resources
from toolkit.errors import ConfigError, UnknownNameError
from toolkit.labels import LabelSet

SUFFIX = ".jinja"


def load_prompt(reference: str | Path) -> str:
    """The text of a prompt, by shipped name (``classify.v1``) or path.

    Raises:
        UnknownNameError: No such prompt.
    """
    names = resources.shipped("prompts", SUFFIX)
    path = names.get(str(reference), Path(reference))
    if not path.is_file():
        raise UnknownNameError("prompt", str(reference), names)
    return path.read_text(encoding="utf-8")


def render_prompt(template: str, labels: LabelSet, text: str) -> str:
    """What a language model is asked about a sentence.

    Args:
        template: Text of a prompt.
        labels: Fills ``labels``.
        text: Fills ``text``; it is data, and the prompts that come with claimkit fence it off.

    Raises:
        ConfigError: The template is broken, or uses a variable that there is not.
    """
    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        return environment.from_string(template).render(labels=labels, text=text)
    except TemplateError as error:
        raise ConfigError(f"The prompt cannot be rendered: {error}.", hint="It may use `labels` and `text`.") from error
