"""The records that travel through the toolkit: what goes in, what comes out, what failed.

They are plain frozen dataclasses, not validated models: a run creates one or two per sentence, and
everything that needs validating was validated where it entered (configs, files).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Unit = Literal["sentence", "row"]
"""What one annotation covers: a sentence cut out of a document, or one whole row of a table."""

Kind = Literal[
    "sentence",
    "heading",
    "byline",
    "dateline",
    "list_item",
    "separator",
    "url",
    "table_row",
    "footnote",
    "caption",
    "furniture",
    "code",
]
"""What a stretch of text is. Only a ``sentence`` is ever labelled."""

Format = Literal["text", "markdown", "html"]
"""How a document is laid out; HTML has already been turned into text when a `Document` exists."""

FailureKind = Literal[
    "bad_row", "bad_file", "too_long", "backend_error", "invalid_response", "refused", "timeout", "budget"
]
"""Why an item has no label. ``bad_*`` come from the input, the others from a backend; ``budget``: it was not asked,
because what the config allows for one run was used up."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something has no label. A failure is data: it is written, counted and retried, never hidden."""

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class Document:
    """One decoded text and where it came from.

    Attributes:
        id: Unique name within a run: a relative path, a row id, or ``stdin``.
        text: The decoded text. Every offset in a run counts its code points.
        unit: Whether it is to be split into sentences or taken whole.
        format: Layout hint for `toolkit.corpus.structure`.
        source: The input as the user named it.
        columns: The other columns of the row that it came from; empty for files.
        title: The title that a web page gives itself; elsewhere it is a heading in the text.
    """

    id: str
    text: str
    unit: Unit = "sentence"
    format: Format = "text"
    source: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or row that could not be read, in the place where its document would stand.

    Attributes:
        id: What the document's id would have been.
        failure: Why there is no document.
        columns: What could be read of the row.
    """

    id: str
    failure: Failure
    columns: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a sentence, for the backends that want it.

    Attributes:
        title: The document's title; empty when it has none.
        before: Sentences before it, in order.
        after: Sentences after it, in order.
    """

    title: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of a document: ``document.text[start:end] == text``, always."""

    doc_id: str
    start: int
    end: int
    text: str
    kind: Kind = "sentence"
    context: Context | None = None
    """Only set for a backend that wants it."""

    @property
    def id(self) -> str:
        """``<doc_id>:<start>-<end>``."""
        return f"{self.doc_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Usage:
    """What a prediction took. Adds up with ``+``."""

    tokens: int = 0
    """Tokens that the model read, padding excluded."""
    truncated: int = 0
    """Sentences of which the model saw only the beginning."""
    output_tokens: int = 0
    """Tokens that the model wrote."""
    requests: int = 0
    """Requests that were sent to a server."""
    cached: int = 0
    """Answers that were on disk from an earlier time."""
    escalated: int = 0
    """Sentences that a cascade passed on to its next backend."""
    cost: float = 0.0
    """Money, in the currency of the config's prices; 0 where it has none."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


NOTHING = Usage()
"""What an answer takes that nothing was computed for."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a backend says of one sentence; calibration adds the last six.

    A backend that has no scores, such as a chat server without log-probabilities, names the ``label`` (and
    ``attributed``) itself, and there are no probabilities.

    Attributes:
        scores: Label to score before calibration; non-negative, sums to 1. Empty when it failed or has none.
        flags: Flag name (``attributed``) to its score before calibration, in [0, 1].
        usage: Tokens read, and whether the text was cut.
        failure: Set when there is no answer; then everything else is empty.
        probs: Label to probability, after the config's calibration; sums to 1.
        label: The most probable label, or None when abstained or failed.
        attributed: The flag, or None when the backend does not tell.
        attributed_prob: Probability of the flag, or None.
        abstained: True when the most probable label stayed below the threshold.
        label_set: The labels that cannot be ruled out, the most probable first; None without a conformal calibration.
        rationale: The model's reason, where the config asks for one.
    """

    scores: Mapping[str, float] = field(default_factory=dict)
    flags: Mapping[str, float] = field(default_factory=dict)
    usage: Usage = NOTHING
    failure: Failure | None = None
    probs: Mapping[str, float] = field(default_factory=dict)
    label: str | None = None
    attributed: bool | None = None
    attributed_prob: float | None = None
    abstained: bool = False
    label_set: Sequence[str] | None = None
    rationale: str | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """One line of the output, in JSONL, CSV and Parquet alike.

    Attributes:
        sentence: What was annotated.
        label: One of the label set, or None when abstained, failed, or not a sentence.
        probs: Label to probability, after the config's calibration; sums to 1, empty when there is none.
        attributed: The flag, or None when the backend does not tell.
        attributed_prob: Probability of the flag, or None.
        abstained: True when the most probable label stayed below the threshold.
        backend: Name of the backend.
        run: Fingerprint of everything that can change the answer.
        failure: Why there is no label, or None.
        columns: The row's own columns, kept beside the fields.
        label_set: The labels that cannot be ruled out, with a conformal calibration; None otherwise.
        rationale: The model's reason, where the config asks for one.
    """

    sentence: Sentence
    backend: str
    run: str
    label: str | None = None
    probs: Mapping[str, float] = field(default_factory=dict)
    attributed: bool | None = None
    attributed_prob: float | None = None
    abstained: bool = False
    failure: Failure | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    label_set: Sequence[str] | None = None
    rationale: str | None = None
