"""How a backend is asked: it is held to its promise, what it raises is contained, and its answers are calibrated."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.backends.base import Backend
from toolkit.calibration import calibrate
from toolkit.calibration_config import CalibrationConfig
from toolkit.corpus.decode import encodable
from toolkit.errors import ToolkitError
from toolkit.records import Failure, Prediction, Sentence

MAX_FAULT = 200
"""Characters of a library's error that go into a failure."""


def predict(sentences: Sequence[Sentence], backend: Backend) -> list[Prediction]:
    """Ask the backend, hold it to its promise of one answer per sentence, and calibrate.

    A backend made of others gives answers that are calibrated already; without a calibration of its own they stay so.

    What it raises costs only the sentences that it raises for; a `ToolkitError` is the user's to put right and passes.

    Raises:
        RuntimeError: The backend broke that promise, which is a bug in it.
    """
    predictions = _ask(sentences, backend) if sentences else []
    own = backend.config.calibration
    plain = own == CalibrationConfig()
    return [prediction if prediction.probs and plain else calibrate(prediction, own) for prediction in predictions]


def _ask(sentences: Sequence[Sentence], backend: Backend) -> list[Prediction]:
    """The backend's answers; if it raises, those to each sentence alone, and a failure where it still does."""
    fault = ""
    try:
        predictions = backend.classify(sentences)
    except ToolkitError:
        raise
    except Exception as error:  # a library's: tokenizers on odd text, torch out of memory
        fault = encodable(" ".join(f"{type(error).__name__}: {error}".split()))[:MAX_FAULT]
    # Outside the handler, which would keep alive what the failed call holds in memory.
    if fault and len(sentences) > 1:
        return [prediction for sentence in sentences for prediction in _ask([sentence], backend)]
    if fault:
        return [Prediction(failure=Failure("backend_error", fault))]
    if len(predictions) != len(sentences):
        raise RuntimeError(f"{backend.config.name!r} gave {len(predictions)} answers to {len(sentences)} sentences")
    return predictions
