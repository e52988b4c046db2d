"""claimkit: tags sentences as factual claim, opinion, prediction or rhetoric, and measures how well that is done."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit.annotate.classifier import Classifier as Classifier
    from toolkit.corpus.read import Corpus as Corpus
    from toolkit.corpus.read import ReadOptions as ReadOptions
    from toolkit.errors import ToolkitError as ToolkitError
    from toolkit.labels import LabelSet as LabelSet
    from toolkit.labels import load_labels as load_labels
    from toolkit.records import Annotation as Annotation
    from toolkit.records import Document as Document
    from toolkit.records import Failure as Failure
    from toolkit.records import Prediction as Prediction
    from toolkit.records import Sentence as Sentence

_HOMES = {
    "Annotation": "records",
    "Classifier": "annotate.classifier",
    "Corpus": "corpus.read",
    "Document": "records",
    "Failure": "records",
    "LabelSet": "labels",
    "Prediction": "records",
    "ReadOptions": "corpus.read",
    "Sentence": "records",
    "ToolkitError": "errors",
    "load_labels": "labels",
}

__all__ = [
    "Annotation",
    "Classifier",
    "Corpus",
    "Document",
    "Failure",
    "LabelSet",
    "Prediction",
    "ReadOptions",
    "Sentence",
    "ToolkitError",
    "load_labels",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that `import toolkit` and `claimkit --help` load next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"toolkit.{_HOMES[name]}"), name)
