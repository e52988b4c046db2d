"""The fit: from a backend and gold rows to a `CalibrationConfig` that tells how good it is on unseen documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from toolkit.annotate.manifest import fingerprint, package_version, settings_of
from toolkit.annotate.run import WINDOW
from toolkit.backends.asking import predict
from toolkit.backends.base import Backend, context_of
from toolkit.backends.composite_config import EnsembleConfig
from toolkit.backends.config import BackendBase
from toolkit.backends.ensemble import Answers, EnsembleBackend
from toolkit.calibrating.config import FitOptions
from toolkit.calibrating.measure import Answer, cross_validate
from toolkit.calibrating.parameters import fit_scored, flag_varies, halves
from toolkit.calibrating.scaling import mean_score_bias
from toolkit.calibrating.scored import Floats, Scored, score_matrix
from toolkit.calibrating.weights import fit_weights, words
from toolkit.calibration import NEVER, calibrate
from toolkit.calibration_config import CalibrationConfig, FittedOn
from toolkit.errors import ConfigError
from toolkit.evaluation.goldset import GoldRow, sentences_of
from toolkit.records import Prediction, Sentence

CONTENT_FREE = ("N/A", "[MASK]", "")
"""The premises of Zhao et al. 2021."""

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a fit came to.

    Attributes:
        calibration: To put into the backend's config; its ``fitted_on`` holds the figures.
        failed: Gold rows left out because the backend had no answer.
        notes: What a user should know, a sentence each.
        weights: Of an ensemble's members, where they were fitted.
    """

    calibration: CalibrationConfig
    failed: int
    notes: tuple[str, ...]
    weights: tuple[float, ...] | None = None


def fit(
    backend: Backend,
    rows: Sequence[GoldRow],
    *,
    weight: Floats | None = None,
    options: FitOptions | None = None,
    texts: Sequence[str] = (),
    progress: Progress | None = None,
) -> Fitted:
    """Fit a calibration on gold rows, which must not be those that it is measured on later.

    Args:
        backend: The backend; what its config has under ``calibration`` is kept where it is not fitted.
        rows: Gold rows of at least two documents (four with label sets); may be empty where labels are not needed.
        weight: How much each row counts, in the fit and in its figures, as `pool` tells it; all alike when not given.
        options: What to fit; bias by labels, temperature and flag by default.
        texts: Unlabelled sentences for ``bias: batch``; the gold sentences when empty.
        progress: Told how many sentences the backend has read, of how many.

    Raises:
        ConfigError: The rows do not suffice for what is to be fitted.
        ValueError: There are more or fewer weights than rows.
    """
    options = options or FitOptions()
    if options.weights:
        require_weighted(backend.config)
    if weight is not None and len(weight) != len(rows):
        raise ValueError(f"{len(rows)} rows have {len(weight)} weights")
    _require_rows([row.doc for row in rows], [row.label for row in rows], options, backend.labels.names)
    unlabelled = CONTENT_FREE if options.bias == "content_free" else texts if options.bias == "batch" else ()
    # Unlabelled texts come without the documents around them.
    plain = [Sentence(str(number), 0, len(text), text) for number, text in enumerate(unlabelled)]
    asked = [*sentences_of(rows, context_of(backend)), *plain]
    ensemble = cast("EnsembleBackend", backend) if options.weights else None
    members, predictions = _ask(backend, asked, progress, ensemble)
    scored, failed = _scored(rows, weight, predictions, members, backend.labels.names)
    _require_answers(rows, predictions, scored)
    if failed:
        _require_rows(scored.documents, scored.gold, options, backend.labels.names)
    free = [prediction for prediction in predictions[len(rows) :] if prediction.scores]
    if unlabelled and not free:
        raise ConfigError("The backend answered none of the unlabelled texts.", hint="Use `bias: labels`.")
    # Without text of its own, batch calibration takes the sentences of the rows that a fit sees.
    fixed = mean_score_bias(score_matrix(free, backend.labels.names)) if free else None
    before = backend.config.calibration.model_copy(update={"fitted_on": None})
    # A quantile belongs to the probabilities that it was made from.
    start = before.model_copy(update={"conformal": None}) if options.moves_probabilities else before

    def weigh(part: Scored) -> tuple[tuple[float, ...] | None, CalibrationConfig]:
        weights = fit_weights(part) if ensemble else None
        return weights, fit_scored(_mixed(part, ensemble, weights), options, start, bias=fixed)

    def refit(part: Scored) -> Answer:
        weights, config = weigh(part)
        return lambda other: [calibrate(one, config) for one in _mixed(other, ensemble, weights).predictions]

    weights, calibration = weigh(scored)
    measured = options.needs_gold and len(scored)
    figures = cross_validate(scored, refit, before, folds=options.folds, seed=options.seed) if measured else {}
    groups = len({*scored.documents})
    fitted_on = FittedOn(
        claimkit=package_version(),
        backend=backend.config.name,
        model=fingerprint(settings_of(backend, {})),
        label_set=f"{backend.labels.name} {backend.labels.fingerprint[:12]}",
        labels=backend.labels.names,
        n=len(scored),
        documents=groups,
        folds=min(options.folds, groups) if figures else 0,
        seed=options.seed,
        figures=figures,
    )
    notes = _notes(_mixed(scored, ensemble, weights), calibration, options)
    if ensemble and weights:
        notes = (words([one.config.name for one in ensemble.members.backends], weights), *notes)
    return Fitted(calibration.model_copy(update={"fitted_on": fitted_on}), failed, notes, weights)


def require_weighted(config: BackendBase) -> None:
    """Check that a backend has weights to fit.

    Raises:
        ConfigError: It is something else than an ensemble with ``method: weighted``.
    """
    if not isinstance(config, EnsembleConfig) or config.method != "weighted":
        raise ConfigError(
            f"The backend {config.name!r} has no weights to fit.",
            hint="`weights: true` is for an ensemble with `method: weighted`.",
        )


def _mixed(scored: Scored, ensemble: EnsembleBackend | None, weights: Sequence[float] | None) -> Scored:
    """Rows with the answers that an ensemble gives with other weights."""
    if ensemble is None:
        return scored
    return replace(scored, predictions=[ensemble.mixed(answers, weights) for answers in scored.members])


def _require_answers(rows: Sequence[GoldRow], predictions: Sequence[Prediction], scored: Scored) -> None:
    """Check that there is something to fit on.

    Raises:
        ConfigError: No gold row has an answer, or no answer has probabilities.
    """
    if len(scored) or not rows:
        return
    if any(prediction.failure is None for prediction in predictions):
        raise ConfigError(
            "The backend tells labels without probabilities, so there is nothing to calibrate.",
            hint="Ask it for log-probabilities or votes, where it has them.",
        )
    raise ConfigError("The backend answered none of the gold rows.", hint="Look at one with `claimkit annotate`.")


def _ask(
    backend: Backend, sentences: Sequence[Sentence], progress: Progress | None, ensemble: EnsembleBackend | None
) -> tuple[list[Answers], list[Prediction]]:
    """The answers to sentences, and those of each member where its weight is to be fitted."""
    members: list[Answers] = []
    predictions: list[Prediction] = []
    for begin in range(0, len(sentences), WINDOW):
        some = sentences[begin : begin + WINDOW]
        if ensemble:
            members += (asked := ensemble.ask(some))
            predictions += [calibrate(ensemble.mixed(answers), backend.config.calibration) for answers in asked]
        else:
            predictions += predict(some, backend)
        if progress:
            progress(len(predictions), len(sentences))
    return members, predictions


def _scored(
    rows: Sequence[GoldRow],
    weight: Floats | None,
    predictions: Sequence[Prediction],
    members: Sequence[Answers],
    names: tuple[str, ...],
) -> tuple[Scored, int]:
    # Predictions of the unlabelled texts follow those of the rows.
    kept = [place for place in range(len(rows)) if predictions[place].scores]
    scored = Scored(
        [predictions[place] for place in kept],
        [rows[place].label for place in kept],
        [rows[place].attributed for place in kept],
        [rows[place].doc for place in kept],
        names,
        [members[place] for place in kept] if members else (),
        None if weight is None else weight[kept],
    )
    return scored, len(rows) - len(kept)


def _require_rows(documents: Sequence[str], gold: Sequence[str], options: FitOptions, names: Sequence[str]) -> None:
    """Check that what is to be learnt can be learnt from the rows.

    Raises:
        ConfigError: Too few documents, or a label that never occurs.
    """
    if not options.needs_gold:
        return
    count, least = len({*documents}), 4 if options.conformal else 2
    if count < least:
        raise ConfigError(
            f"The gold rows are of {count} document{'s' if count != 1 else ''}, and this calibration needs {least}.",
            hint="Figures come from documents that the fit did not see; give each row its `doc`.",
        )
    if options.bias != "labels":
        return
    if missing := [name for name in names if name not in gold]:
        raise ConfigError(
            f"No gold row is {', '.join(missing)}, so its bias cannot be fitted.",
            hint="Add rows, or use `bias: batch`, which needs no labels.",
        )
    if not options.conformal:
        return
    fitted = {gold[place] for place in halves(documents, options.seed)[0]}
    if missing := [name for name in names if name not in fitted]:
        raise ConfigError(
            f"No gold row is {', '.join(missing)} in the half of the documents that is not kept for label sets, "
            "so its bias cannot be fitted.",
            hint="Add rows in other documents, try another `seed`, or use `bias: batch`, which needs no labels.",
        )


def _notes(scored: Scored, calibration: CalibrationConfig, options: FitOptions) -> tuple[str, ...]:
    notes = []
    if options.flag and any(prediction.flags for prediction in scored.predictions) and not flag_varies(scored):
        notes.append("The flag was left alone: it does not vary in the gold rows or in the answers.")
    never = [name for name, value in calibration.thresholds.items() if value == NEVER] if options.precision else []
    if never:
        notes.append(
            f"No threshold makes {', '.join(never)} right {options.precision:.0%} of the time, so it abstains."
        )
    if options.conformal and calibration.conformal and calibration.conformal.quantile == 1.0:
        notes.append("There are too few rows for so small an alpha: every label set holds every label.")
    return tuple(notes)
