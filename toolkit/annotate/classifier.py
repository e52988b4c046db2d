"""The Python door: a backend and the road around it, as one object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from toolkit.annotate import run, stream
from toolkit.annotate.summary import Summary
from toolkit.backends.asking import predict
from toolkit.backends.base import Backend, load_backend
from toolkit.backends.config import BackendBase
from toolkit.corpus.read import Corpus, ReadOptions
from toolkit.errors import InputError
from toolkit.labels import LabelSet
from toolkit.records import Annotation, Prediction, Sentence


class Classifier:
    """Tags sentences and documents.

    Example:
        >>> clf = Classifier.load("cues")
        >>> clf.classify(["Prices will fall next year."])[0].label
        'prediction'

    Args:
        backend: A loaded backend.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    @classmethod
    def load(
        cls, reference: str | Path | BackendBase = "embedded", *, labels: str | Path | LabelSet | None = None
    ) -> Classifier:
        """Load a backend.

        Args:
            reference: Name of a shipped backend, path of a YAML file, or a config object.
            labels: Label set to use instead of the one that the config names.

        Raises:
            ToolkitError: Unknown name, bad config, missing or changed model files.
        """
        return cls(load_backend(reference, labels=labels))

    @property
    def labels(self) -> LabelSet:
        """The label set."""
        return self.backend.labels

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        """Label texts as they are, without splitting them.

        Args:
            texts: Sentences.

        Returns:
            One prediction per text, in order; one that could not be made carries a failure.

        Raises:
            InputError: A single string was given instead of a list of them, or something that is no string.
        """
        if isinstance(texts, str):
            raise InputError("classify() takes a list of texts.", hint="Put the text in a list.")
        for index, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(f"Text {index} is not a string but {type(text).__name__}.", hint="Leave it out.")
        return predict([Sentence(str(index), 0, len(text), text) for index, text in enumerate(texts)], self.backend)

    def annotate(
        self,
        *inputs: str | Path,
        options: ReadOptions | None = None,
        all_units: bool = False,
        cache: bool | None = None,
    ) -> Iterator[Annotation]:
        """Annotate files, folders or globs as a stream, with offsets.

        Args:
            *inputs: What to read.
            options: How to read it.
            all_units: Keep headings, bylines and the like, without a label.
            cache: Keep answers on disk across runs, and look for them there; None does so for models.

        Raises:
            InputError: An input is missing, or nothing in it can be read.
        """
        return stream.stream(Corpus(inputs, options), self.backend, all_units=all_units, cache=cache)

    def annotate_to(
        self,
        output: str | Path,
        *inputs: str | Path,
        options: ReadOptions | None = None,
        all_units: bool = False,
        fresh: bool = False,
        cache: bool | None = None,
    ) -> Summary:
        """Annotate into a file or run folder, resuming an earlier run; see `toolkit.annotate.run.annotate`."""
        corpus = Corpus(inputs, options)
        return run.annotate(corpus, self.backend, Path(output), all_units=all_units, fresh=fresh, cache=cache)
