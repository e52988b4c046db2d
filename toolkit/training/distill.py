"""Distillation: a teacher backend says how probable it finds each label of each sentence, a student learns to agree.

Hinton et al. 2015, "Distilling the knowledge in a neural network". The teacher's answers are kept in a file of their
own, over the road that production takes, so that they can be looked at and gone on with after a kill; those of models
are in the cache of annotations too, where the next student finds them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from toolkit.annotate.cache import recalling
from toolkit.annotate.manifest import fingerprint, settings_of
from toolkit.backends.asking import predict
from toolkit.backends.base import Backend, load_backend
from toolkit.corpus.examples import Example, read_examples, rows
from toolkit.corpus.write import atomic
from toolkit.errors import InputError
from toolkit.records import Sentence
from toolkit.training.data import apart, refuse_test_splits
from toolkit.training.save import DevScore, Say, load_training, make, require_folder

WINDOW = 512
"""Sentences that the teacher labels between two writes: what a kill can cost at most."""

TAUGHT = "taught.jsonl"
"""File in the output folder with the teacher's answers."""


def distill(
    reference: str | Path,
    teacher: str | Path,
    output: Path,
    *,
    data_files: Sequence[Path] = (),
    unlabelled: Sequence[Path] = (),
    sample: int | None = None,
    pair_files: Sequence[Path] = (),
    start: Path | None = None,
    say: Say = lambda line: None,
) -> DevScore:
    """Let a teacher label all text, train a student on it, save and measure the student.

    Args:
        reference: Shipped name or path of the student's training config.
        teacher: Shipped name or path of the teacher's backend config.
        output: Folder of the student; the teacher's answers are kept there too.
        data_files: Labelled text beside that of the config.
        unlabelled: .jsonl or .csv with a column ``text``, for which only the teacher speaks.
        sample: Take only so many of those, drawn with the seed of the config.
        pair_files: General entailment data, for the NLI form.
        start: Adapter that the student starts from, instead of the config's.
        say: Told of progress, line by line.

    Raises:
        ToolkitError: A config, data file or backend that cannot be used.
    """
    settings, labels = load_training(reference, start=start)
    require_folder(output)
    labelled = [*settings.data, *data_files]
    examples = read_examples(labelled, labels)
    more = read_examples(unlabelled, labels, labelled=False) if unlabelled else []
    refuse_test_splits([*labelled, *unlabelled], [*examples, *more])  # before the teacher takes an hour over them
    if more:
        count = len(more) if sample is None else min(sample, len(more))
        examples += random.Random(settings.seed).sample(more, count)
    if settings.dev:
        examples = apart(examples, read_examples(settings.dev, labels))
    taught = output / TAUGHT
    with recalling(load_backend(teacher, labels=labels)) as (asked, _):
        _teach(examples, asked, taught, say)
    student = settings.model_copy(update={"data": (taught,)})
    return make(student, labels, output, pair_files=pair_files, say=say)


def _teach(examples: Sequence[Example], teacher: Backend, target: Path, say: Say) -> None:
    """Write each example with the teacher's probabilities; what an earlier run of the same teacher wrote is kept."""
    stamp = fingerprint(settings_of(teacher, {}))
    known = {str(row["text"]): row for row in _earlier(target) if row.get("teacher") == stamp}
    missing = [text for text in dict.fromkeys(example.text for example in examples) if text not in known]
    for begin in range(0, len(missing), WINDOW):
        texts = missing[begin : begin + WINDOW]
        answers = predict([Sentence(str(i), 0, len(text), text) for i, text in enumerate(texts)], teacher)
        for text, answer in zip(texts, answers, strict=True):
            if answer.failure is None:
                known[text] = {"probs": answer.probs, "attributed_prob": answer.attributed_prob}
        _write(examples, known, stamp, target)
        say(f"teacher: {min(begin + WINDOW, len(missing))}/{len(missing)} sentences")
    if not any(example.text in known for example in examples):
        raise InputError(f"The teacher {teacher.config.name!r} answered no sentence.", hint="Try it with annotate.")
    _write(examples, known, stamp, target)
    if failed := len({example.text for example in examples} - known.keys()):
        say(f"teacher: {failed} sentences without an answer; those with a label are learned from that alone")


def _write(examples: Sequence[Example], known: Mapping[str, Mapping[str, Any]], stamp: str, target: Path) -> None:
    with atomic(target) as handle:
        for example in examples:
            row = example._asdict()
            if example.text in known:
                row |= {name: known[example.text][name] for name in ("probs", "attributed_prob")}
                row["teacher"] = stamp
            elif example.label is None:
                continue  # nobody says anything of it
            handle.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _earlier(target: Path) -> Iterator[dict[str, Any]]:
    if target.is_file():
        yield from (row for _, row in rows(target))
