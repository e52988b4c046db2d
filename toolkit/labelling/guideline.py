"""What the annotator reads on F1."""

from __future__ import annotations

from pathlib import Path

from toolkit.errors import InputError
from toolkit.labels import LabelSet


def guideline(labels: LabelSet, path: Path | None = None) -> str:
    """The guideline as Markdown: a file of the user's, or the label set's definitions and rules.

    Args:
        labels: The label set.
        path: A Markdown file.

    Raises:
        InputError: The file cannot be read.
    """
    if path is None:
        return _of_labels(labels)
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "not valid UTF-8"
        raise InputError(
            f"The guideline {path} cannot be read: {reason}.", hint="Give a Markdown file with --guideline."
        ) from None


def _of_labels(labels: LabelSet) -> str:
    parts = [f"# {labels.name}, version {labels.version}", labels.description]
    for number, label in enumerate(labels.labels, start=1):
        parts += [f"## {number}. `{label.name}`", label.definition or label.words]
    for flag in labels.flags:
        parts += [f"## The flag `{flag.name}`", flag.definition]
    if labels.rules:
        parts += ["## Rules", "\n".join(f"{number}. {rule}" for number, rule in enumerate(labels.rules, start=1))]
    return "\n\n".join(part for part in parts if part) + "\n"
