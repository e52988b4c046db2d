"""The road of `claimkit calibrate`: config, dev splits, backend, fit, calibrated backend config."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from toolkit import config, resources
from toolkit.annotate.engine import ItemStream
from toolkit.backends.base import load_backend, load_config
from toolkit.calibrating.config import CalibrateConfig
from toolkit.calibrating.fitting import Fitted, Progress, fit, require_weighted
from toolkit.calibrating.guard import dev_file, load_dev
from toolkit.calibrating.pooled import Pooled, pool
from toolkit.calibrating.save import moved_reference, require_free, write_config
from toolkit.corpus.read import Corpus
from toolkit.corpus.splits import Guard
from toolkit.errors import InputError
from toolkit.labels import LabelSet, load_labels


def calibrate(
    reference: str | Path, output: Path | None = None, *, progress: Progress | None = None
) -> tuple[Fitted, Path]:
    """Fit a calibration and write the backend config that carries it.

    Args:
        reference: Shipped name or path of a calibration config.
        output: The file to write; the config's name with .yaml, in the working directory, by default.
        progress: Told how many sentences the backend has read, of how many.

    Returns:
        What was fitted, and the file that was written.

    Raises:
        ToolkitError: Anything that cannot be used, a test split above all; no model has been loaded then.
    """
    settings, base = load_settings(reference)
    target = output or Path(f"{settings.name}.yaml")
    require_free(target)
    labels, gold, texts = load_inputs(settings, base)
    source = resources.resolve("backend", settings.backend, "configs/backends", base=base)
    backend = load_backend(source, labels=labels)
    fitted = fit(
        backend,
        gold.rows,
        weight=gold.weight,
        options=settings.fit,
        texts=[text for _, text in texts],
        progress=progress,
    )
    origin = fitted.calibration.fitted_on
    assert origin is not None  # fit always tells it
    digests = {"gold": gold.digests, "text": _digest(texts)}
    calibration = fitted.calibration.model_copy(update={"fitted_on": origin.model_copy(update=digests)})
    named = settings.labels and moved_reference(
        settings.labels, base, target.resolve().parent, shipped="configs/labels"
    )
    write_config(source, target, calibration, name=settings.name, labels=named, weights=fitted.weights)
    return replace(fitted, calibration=calibration, notes=(*fitted.notes, *gold.notes)), target


def load_settings(reference: str | Path) -> tuple[CalibrateConfig, Path]:
    """A calibration config, and the folder that its relative paths start from."""
    path = resources.resolve("calibration", reference, "configs/calibrate")
    return config.load(path, CalibrateConfig), path.resolve().parent


def load_inputs(settings: CalibrateConfig, base: Path) -> tuple[LabelSet, Pooled, list[tuple[str, str]]]:
    """The label set, the dev splits and the unlabelled sentences (id and text) of a calibration.

    Args:
        settings: The config.
        base: Folder of its file.

    Raises:
        ToolkitError: One is missing or cannot be used, or is a test split, or two gold sets have the same name.
    """
    backend, folder = load_config(settings.backend, base=base)
    if settings.fit.weights:
        require_weighted(backend)
    labels = load_labels(settings.labels, base=base) if settings.labels else load_labels(backend.labels, base=folder)
    corpus = Corpus(settings.text) if settings.text else None
    files = [source.path for source in corpus.sources if source.path.is_file()] if corpus else []
    guard = Guard([*map(dev_file, settings.gold), *files])
    for file in files:
        guard.check_file(file)
    gold = pool(load_dev(settings.gold, labels, guard))
    return labels, gold, read_texts(corpus, guard, most=settings.max_sentences) if corpus else []


def read_texts(corpus: Corpus, guard: Guard, *, most: int) -> list[tuple[str, str]]:
    """Sentences of documents and rows of tables, as id and text.

    Args:
        corpus: What to read.
        guard: Knows the test splits.
        most: How many at most.

    Raises:
        InputError: Nothing can be read, or a sentence of a test split is among it.
    """
    good = (item.sentence for item in ItemStream(corpus) if item.failure is None)
    texts = [(sentence.id, sentence.text) for sentence in islice(good, most)]
    if not texts:
        raise InputError("There is no sentence in the unlabelled text.", hint="Check the paths under `text:`.")
    guard.check_texts(texts, where="the unlabelled text")
    return texts


def _digest(texts: Sequence[tuple[str, str]]) -> str:
    data = "\0".join(text for _, text in texts)
    return hashlib.sha256(data.encode("utf-8", "surrogatepass")).hexdigest() if texts else ""
