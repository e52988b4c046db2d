"""Text of documents on a terminal: nothing in it may act as markup or as a command to the terminal."""

from __future__ import annotations

import re

from rich.text import Text

from toolkit.labelling.items import Suggestion
from toolkit.labelling.session import Progress

_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
_PICTURES |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)  # among them the one-byte form of the escape sequence
_PICTURES |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)  # would turn the line around

_SOFT_BREAK = re.compile(r"(?<![\n|])[ \t]*\n(?!\s*(?:\n|[-*•#>|]|\d+[.)]\s))[ \t]*")
"""Not before an empty line, a list item, a heading, a quotation or a row of a table."""


def visible(text: str) -> str:
    """Text with a picture in the place of every control character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_PICTURES)


def flowing(text: str) -> str:
    """Visible text whose lines are as long as the terminal is wide: breaks that only end a line become spaces."""
    return _SOFT_BREAK.sub(" ", visible(text))


def one_line(text: str, width: int) -> str:
    """The beginning of a text, on one line."""
    flat = " ".join(visible(text).split())
    return flat if len(flat) <= width else flat[: max(width - 1, 0)].rstrip() + "…"


def suggestion_words(suggestion: Suggestion) -> str:
    """What a model said, with how sure it was."""
    if suggestion.label is None:
        words = "no label: it abstained or failed"
    else:
        chance = suggestion.probs.get(suggestion.label)
        words = suggestion.label + (f" {chance:.2f}" if chance is not None else "")
    return words + (", attributed" if suggestion.attributed else "")


def answer_words(label: str | None, attributed: bool | None) -> str:
    """An answer."""
    return "skipped" if label is None else label + (", attributed" if attributed else "")


def progress_words(progress: Progress) -> Text:
    """How far it has come, and how long it will take."""
    text = Text(f"{progress.labelled + progress.skipped} of {progress.total}", style="bold")
    if progress.skipped:
        text.append(f"  {progress.skipped} skipped", style="not bold")
    if progress.seconds_left is not None and progress.left:
        minutes = progress.seconds_left / 60
        text.append(
            f"  about {minutes:.0f} min left" if minutes >= 1 else "  under a minute left", style="not bold dim"
        )
    return text
