"""What a language model is asked about a sentence: the instructions, the examples, the sentence behind its fence."""

from __future__ import annotations

import hashlib
import json
import re
import string
import unicodedata
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from toolkit import prompts
from toolkit.backends.few_shot import FewShot
from toolkit.backends.prompt_config import PromptedBase
from toolkit.corpus.examples import Example
from toolkit.errors import ConfigError
from toolkit.labels import LabelSet
from toolkit.records import Context, Sentence

Message = dict[str, str]
"""``role`` (system or user) and ``content``."""

Answers = Literal["json", "names", "letters"]
"""How the model answers: a JSON object, the label's words, or the letter in front of it."""

MARK = "SENTENCE"
_UNSEEN = {"Cc", "Cf", "Me", "Mn", "Zl", "Zp", "Zs"}
SAMPLE = Sentence("", 0, 1, "A sentence to try the prompt with.", context=Context("A title", ("One.",), ("Two.",)))


class Option(NamedTuple):
    """A label as the prompt shows it."""

    name: str
    words: str
    definition: str
    answer: str


class Prompter:
    """Makes the messages of a sentence; everything wrong with prompt or examples fails when it is made.

    The system message is the same for all sentences, except that one which is itself among the fixed examples, or
    stands in a document with one of them, gets others in its place: it may not be told its own answer.

    Args:
        config: Prompt, examples, context.
        labels: The label set.
        answers: How the model is to answer.

    Raises:
        ConfigError: The prompt is broken, or has no place for what the config wants to show.
        InputError: The examples cannot be used, or are of a test split.
    """

    def __init__(self, config: PromptedBase, labels: LabelSet, *, answers: Answers = "json") -> None:
        self.config = config
        self.labels = labels
        self.answers = answers
        self.flags = labels.flags if config.flags else ()
        self._text = prompts.load_prompt(config.prompt)
        self._template = prompts.Template(self._text)
        self._few = None if config.examples is None else FewShot(config.examples, labels, flags=self._tells_flags)
        self._require_places()
        shown = self.messages(SAMPLE, dry=True)[-1]["content"]
        if SAMPLE.text not in shown:
            name = prompts.prompt_name(config.prompt)
            raise ConfigError(f"The prompt {name!r} does not show the sentence.", hint="Put {{ text }} into it.")
        if self.flags and answers != "json":
            if "flag" not in self._template.blocks:
                name = prompts.prompt_name(config.prompt)
                raise ConfigError(f"The prompt {name!r} has no block `flag` to ask for it.", hint="Set `flags: false`.")
            self.messages(SAMPLE, question="flag", dry=True)

    @property
    def _tells_flags(self) -> bool:
        return bool(self.flags) and self.answers == "json"

    def identity(self) -> dict[str, Any]:
        """Hash of the prompt and of everything that the examples are chosen from."""
        digest = hashlib.sha256(self._text.encode()).hexdigest()
        return {"prompt": digest, "examples": None if self._few is None else self._few.identity()}

    def options(self, order: Sequence[str] | None = None) -> list[Option]:
        """The labels in the order in which they are shown, each with the answer that stands for it."""
        names = self.labels.names if order is None else tuple(order)
        known = {label.name: label for label in self.labels.labels}
        return [self._option(known[name], place) for place, name in enumerate(names)]

    def messages(
        self,
        sentence: Sentence,
        *,
        order: Sequence[str] | None = None,
        question: Literal["label", "flag"] = "label",
        dry: bool = False,
    ) -> list[Message]:
        """What the model is asked.

        Args:
            sentence: The sentence; its text and context are data, behind a mark that does not occur in them.
            order: Label names in the order shown.
            question: For the label, or for the flag by yes or no; both begin with the same text.
            dry: Leave out the search for nearest examples, which loads a model.

        Raises:
            ConfigError: The prompt fails on this sentence.
        """
        options = self.options(order)
        fixed: Sequence[Example] = ()
        nearest: Sequence[Example] = ()
        if self._few is not None and not self._few.nearest:
            fixed = self._few.fixed(sentence)
        elif self._few is not None and not dry:
            nearest = self._few.nearest_to(sentence)
        context = self._context(sentence)
        values = {
            "labels": self.labels,
            "options": options,
            "rules": self._rules(options),
            "answers": self.answers,
            "form": self.form(options),
            "rationale": self._rationale,
            "flags": self.flags,
            "flag": self.flags[0] if self.flags else None,
            "examples": [self._example(one, options) for one in fixed],
            "nearest": [self._example(one, options) for one in nearest],
            "context": context,
            "mark": fence(sentence.text, context.title, *context.before, *context.after),
            "text": sentence.text,
        }
        if not self._template.blocks:
            return [{"role": "user", "content": self._template.render(values).strip()}]
        asked = {"system": "system", "user": "user" if question == "label" else "flag"}
        return [
            {"role": role, "content": self._template.render(values, block=block).strip()}
            for role, block in asked.items()
            if block in self._template.blocks
        ]

    def form(self, options: Sequence[Option]) -> str:
        """The JSON object that is asked for, in words."""
        parts = [f'"label": one of {", ".join(json.dumps(one.name, ensure_ascii=False) for one in options)}']
        parts += [f'"{flag.name}": true or false' for flag in self.flags]
        if self._rationale:
            parts.insert(0, '"rationale": at most 25 words')
        return "{" + ", ".join(parts) + "}"

    @property
    def _rationale(self) -> bool:
        return bool(getattr(self.config, "rationale", False))

    def _option(self, label: Any, place: int) -> Option:
        answer = {"json": label.name, "names": label.words, "letters": _letter(place)}[self.answers]
        return Option(label.name, label.words, label.definition, answer)

    def _rules(self, options: Sequence[Option]) -> list[str]:
        """The deciding rules, with the labels called as the options call them."""
        shown = {one.name: one.name if self.answers == "json" else one.words for one in options}
        pattern = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(shown, key=len, reverse=True)))
        return [pattern.sub(lambda found: shown[found[0]], rule) for rule in self.labels.rules]

    def _example(self, example: Example, options: Sequence[Option]) -> dict[str, str]:
        option = next(one for one in options if one.name == example.label)
        if self.answers != "json":
            return {"text": example.text, "answer": option.answer}
        answer: dict[str, Any] = {"label": option.name}
        if self._tells_flags:
            answer |= {flag.name: bool(example.attributed) for flag in self.flags}
        return {"text": example.text, "answer": json.dumps(answer, ensure_ascii=False)}

    def _context(self, sentence: Sentence) -> Context:
        wanted, there = self.config.context, sentence.context or Context()
        return Context(
            there.title if wanted.title else "",
            there.before[max(0, len(there.before) - wanted.before) :],
            there.after[: wanted.after],
        )

    def _require_places(self) -> None:
        """Check that the prompt uses what the config wants shown.

        Raises:
            ConfigError: It does not.
        """
        name, seen, wanted = prompts.prompt_name(self.config.prompt), self._template.variables, set()
        if self._few is not None:
            wanted.add("nearest" if self._few.nearest else "examples")
        if self.config.context.wanted:
            wanted.add("context")
        if missing := sorted(wanted - seen):
            raise ConfigError(
                f"The prompt {name!r} has no place for {' and '.join(missing)}, which the config asks for.",
                hint="Use `prompt: classify.v2`, or leave them out of the config.",
            )


def fence(*texts: str) -> str:
    """A mark that occurs in none of the texts, so that none of them can end its own fence.

    Nor does anything that looks like it: in wide letters, or with spaces or invisible characters in it.
    """
    everything = " ".join(texts)
    plain = (one for one in unicodedata.normalize("NFKD", everything) if unicodedata.category(one) not in _UNSEEN)
    everything = f"{everything}\n{''.join(plain)}".casefold()
    mark, number = MARK, 1
    while f"{mark.casefold()}>>>" in everything or f"<<<{mark.casefold()}" in everything:
        number += 1
        mark = f"{MARK}-{number}"
    return mark


def _letter(place: int) -> str:
    if place < len(string.ascii_uppercase):
        return string.ascii_uppercase[place]
    raise ConfigError("There are more labels than letters.", hint="Set `answers: names`.")
