"""What a run would come to, before anything is run: how much there is to do, how long it takes, what it costs."""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from toolkit.annotate.cache import key_of
from toolkit.annotate.engine import Item, ItemStream, windows
from toolkit.annotate.estimate import Estimator, Member
from toolkit.annotate.manifest import Part, changed, settings_of
from toolkit.annotate.output import Output
from toolkit.annotate.run import default_window, reading_of
from toolkit.backends.base import load_config
from toolkit.backends.chat.backend import BATCH_WINDOW
from toolkit.backends.chat_config import ChatConfig
from toolkit.backends.composite_config import leaves
from toolkit.backends.config import BackendBase
from toolkit.backends.identity import answer_settings
from toolkit.backends.prompt_config import ContextConfig, PromptedBase
from toolkit.corpus.read import Corpus
from toolkit.labels import LabelSet, load_labels
from toolkit.records import Sentence

SAMPLE = 2000
"""Sentences that stand for all where looking at each would take long."""

EXACT = 1 << 20
"""Distinct sentences up to which they are counted and not estimated."""


class Distinct:
    """Counts different keys in bounded memory: of many, it keeps those whose hash ends in so many zero bits.

    Args:
        most: Keys that are kept.
    """

    def __init__(self, most: int = EXACT) -> None:
        self._most = most
        self._kept: set[int] = set()
        self._bits = 0

    def add(self, key: bytes) -> bool:
        """Count a key; whether it was not there before, as far as is known."""
        number = int.from_bytes(key[:8])
        if number & ((1 << self._bits) - 1) or number in self._kept:
            return False
        self._kept.add(number)
        while len(self._kept) > self._most:
            self._bits += 1
            self._kept = {one for one in self._kept if not one & ((1 << self._bits) - 1)}
        return True

    @property
    def count(self) -> int:
        """How many there were; within about a tenth of a percent when it is not exact."""
        return len(self._kept) << self._bits

    @property
    def exact(self) -> bool:
        """Whether none was left out."""
        return self._bits == 0


@dataclass(slots=True)
class Plan:
    """What a run would come to.

    Attributes:
        inputs: Files, dataset folders and streams.
        documents: Documents that can be read, or rows.
        without_sentences: How many of them have no sentence.
        failures: Kind to count of what cannot be annotated whatever the backend.
        sentences: What is to be labelled.
        other_units: Units that are not sentences, which are kept without a label.
        characters: Of the sentences.
        duplicates: Sentences whose text was there before.
        exact: Whether they were counted; estimated when False.
        kept: Sentences that the output holds already.
        retried: Failed rows in the output that will be asked again.
        asked: Different sentences that are left.
        seconds_reading: What reading and splitting took.
        members: What each backend would have to do.
        notes: What else there is to know.
    """

    inputs: int = 0
    documents: int = 0
    without_sentences: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    sentences: int = 0
    other_units: int = 0
    characters: int = 0
    duplicates: int = 0
    exact: bool = True
    kept: int = 0
    retried: int = 0
    asked: int = 0
    seconds_reading: float = 0.0
    members: list[Member] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float | None:
        """How long it takes, or None when a part of it is unknown."""
        parts = [member.seconds if member.asked else 0.0 for member in self.members]
        known = [part for part in parts if part is not None]
        return self.seconds_reading + sum(known) if len(known) == len(parts) else None

    @property
    def cost(self) -> float | None:
        """What it costs, or None when a server's config has no prices."""
        paid = [member.cost for member in self.members if member.requests]
        known = [cost for cost in paid if cost is not None]
        return sum(known) if len(known) == len(paid) else None

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {**asdict(self), "failures": dict(self.failures), "seconds": self.seconds, "cost": self.cost}


def plan(
    corpus: Corpus,
    reference: str | Path,
    *,
    labels: str | None = None,
    target: Path | None = None,
    all_units: bool = False,
    cache: bool | None = None,
    measure: bool = True,
) -> Plan:
    """Read a corpus and say what annotating it would come to. Nothing is written or sent, no server is asked.

    Args:
        corpus: The inputs.
        reference: Name or path of a backend config.
        labels: Label set to use instead of the backend's.
        target: What -o of the run would be; what is there already is taken off.
        all_units: Keep units that are not sentences.
        cache: As the run has it.
        measure: Whether to let models that run here answer a sample.

    Raises:
        ToolkitError: Whatever would stop the run, too: a broken config, a missing model, an output that is taken.
    """
    config, base = load_config(reference)
    label_set = load_labels(labels) if labels else load_labels(config.labels, base=base)
    estimator = Estimator(config, label_set, cache=cache)
    counter = _Counter(corpus, config, label_set, estimator, target, all_units=all_units)
    counter.count()
    found = counter.plan
    found.members = estimator.members(counter.sample, found.asked, measure=measure)
    return found


class _Counter:
    """Goes through a corpus as the run will."""

    def __init__(
        self,
        corpus: Corpus,
        config: BackendBase,
        labels: LabelSet,
        estimator: Estimator,
        target: Path | None,
        *,
        all_units: bool,
    ) -> None:
        self.plan = Plan(inputs=len(corpus.sources))
        self.sample: list[Sentence] = []
        self._random = random.Random(13)
        self._stream = ItemStream(corpus, all_units=all_units, context=context_wanted(config))
        self._done: dict[int, Part] = {}
        self._finished: str | None = None
        self._output: Output | None = None
        self._window = BATCH_WINDOW if _is_batch(config) else default_window(config)
        self._everything, self._left = Distinct(), Distinct()
        if target is not None:
            self._output = Output(target, labels.names)
            self._look_at(self._output, config, labels, estimator)

    def _look_at(self, output: Output, config: BackendBase, labels: LabelSet, estimator: Estimator) -> None:
        """Find out what the output holds.

        Raises:
            OutputError: It is something else, or one of the inputs.
        """
        output.require_apart(self._stream.corpus.sources)
        earlier = output.earlier()
        if earlier is None:
            return
        if output.altered(earlier):
            self.plan.notes.append(f"{output.path} has been changed since its run wrote it; the run will want --fresh.")
            return
        self._window = earlier["settings"]["reading"].get("window", self._window)
        reading = reading_of(self._stream.corpus, self._stream.all_units, self._window)
        if estimator.whole is not None:
            now = settings_of(estimator.whole, reading)
        else:  # what the models are is not known without asking for them
            now = {**earlier["settings"], "reading": reading, "backend config": answer_settings(config)}
            now["label set"] = f"{labels.name} {labels.fingerprint[:12]}"
        if differences := changed(earlier["settings"], now):
            self.plan.notes.append(
                f"{output.path} was made with other settings ({'; '.join(differences)}); the run will want --fresh."
            )
            return
        if output.finished(earlier) and not earlier["counts"]["failed"]:
            self._finished = earlier["read"]["sha256"]
        self._done = output.journal.read()

    def count(self) -> None:
        """Count everything; choose the sample.

        Raises:
            InputError: The only input cannot be read, or an input changes while it is read.
        """
        begun = time.perf_counter()
        everything = hashlib.sha256()
        for index, digest, items in windows(self._stream, self._window):
            everything.update(digest.encode())
            part = self._done.get(index)
            if part is not None and part.digest != digest:
                self._begin_again()
                return
            if part is not None and self._output is not None and not self._output.intact(part):
                part = None
            self._count_window(items, part)
        if self._finished not in {None, everything.hexdigest()}:
            self._begin_again()
            return
        found = self.plan
        found.documents, found.without_sentences = self._stream.documents, self._stream.without_sentences
        found.duplicates = max(0, found.sentences - self._everything.count)
        found.exact = self._everything.exact
        found.asked = self._left.count
        found.seconds_reading = time.perf_counter() - begun
        self._random.shuffle(self.sample)  # in order it would begin with the first documents alone

    def _begin_again(self) -> None:
        """Count anew as if there were no output, for it is of another input."""
        note = "The input has changed since the output was begun; the run will want --fresh."
        self.plan, self.sample = Plan(inputs=self.plan.inputs, notes=[*self.plan.notes, note]), []
        self._done, self._finished = {}, None
        self._everything, self._left = Distinct(), Distinct()
        self.count()

    def _count_window(self, items: list[Item], part: Part | None) -> None:
        found = self.plan
        failed: set[str] = set()
        if part is not None and part.retry and self._output is not None:
            failed = {row["id"] for row in self._output.rows(part.index) if row["failure"] is not None}
        for item in items:
            if item.failure is not None:
                found.failures[item.failure.kind] += 1
            elif item.sentence.kind != "sentence":
                found.other_units += 1
            else:
                kept = part is not None or self._finished is not None
                self._count_sentence(item.sentence, kept=kept, failed=item.sentence.id in failed)

    def _count_sentence(self, sentence: Sentence, *, kept: bool, failed: bool) -> None:
        found = self.plan
        found.sentences += 1
        found.characters += len(sentence.text)
        key = key_of(sentence)
        self._everything.add(key)
        if kept and not failed:
            found.kept += 1
            return
        found.retried += failed
        if self._left.add(key):
            # Every different sentence is as likely to be in the sample as any other.
            place = len(self.sample) if len(self.sample) < SAMPLE else self._random.randrange(self._left.count)
            if place == len(self.sample):
                self.sample.append(sentence)
            elif place < SAMPLE:
                self.sample[place] = sentence


def context_wanted(config: BackendBase) -> ContextConfig | None:
    """What at least one part of a backend wants to see around a sentence, by the config alone."""
    wanted = [leaf.context for leaf in leaves(config) if isinstance(leaf, PromptedBase) and leaf.context.wanted]
    if not wanted:
        return None
    return ContextConfig(
        title=any(one.title for one in wanted),
        before=max(one.before for one in wanted),
        after=max(one.after for one in wanted),
    )


def _is_batch(config: BackendBase) -> bool:
    return isinstance(config, ChatConfig) and config.mode == "batch"
