"""The fit: from a backend and gold rows to a `CalibrationConfig` that tells how good it is on unseen documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from toolkit.annotate.manifest import fingerprint, package_version, settings_of
from toolkit.annotate.run import WINDOW
from toolkit.backends.asking import predict
from toolkit.backends.base import Backend
from toolkit.calibrating.config import FitOptions
from toolkit.calibrating.measure import cross_validate
from toolkit.calibrating.parameters import fit_scored, flag_varies, halves
from toolkit.calibrating.scaling import mean_score_bias
from toolkit.calibrating.scored import Scored, score_matrix
from toolkit.calibration import NEVER
from toolkit.calibration_config import CalibrationConfig, FittedOn
from toolkit.errors import ConfigError
from toolkit.evaluation.goldset import GoldRow
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
    """

    calibration: CalibrationConfig
    failed: int
    notes: tuple[str, ...]


def fit(
    backend: Backend,
    rows: Sequence[GoldRow],
    *,
    options: FitOptions | None = None,
    texts: Sequence[str] = (),
    progress: Progress | None = None,
) -> Fitted:
    """Fit a calibration on gold rows, which must not be those that it is measured on later.

    Args:
        backend: The backend; what its config has under ``calibration`` is kept where it is not fitted.
        rows: Gold rows of at least two documents (four with label sets); may be empty where labels are not needed.
        options: What to fit; bias by labels, temperature and flag by default.
        texts: Unlabelled sentences for ``bias: batch``; the gold sentences when empty.
        progress: Told how many sentences the backend has read, of how many.

    Raises:
        ConfigError: The rows do not suffice for what is to be fitted.
    """
    options = options or FitOptions()
    _require_rows([row.doc for row in rows], [row.label for row in rows], options, backend.labels.names)
    unlabelled = CONTENT_FREE if options.bias == "content_free" else texts if options.bias == "batch" else ()
    asked = [*(row.text for row in rows), *unlabelled]
    predictions = _ask(backend, asked, progress)
    scored, failed = _scored(rows, predictions, backend.labels.names)
    if rows and not len(scored):
        raise ConfigError("The backend answered none of the gold rows.", hint="Look at one with `claimkit annotate`.")
    if failed:
        _require_rows(scored.documents, scored.gold, options, backend.labels.names)
    free = [prediction for prediction in predictions[len(rows) :] if prediction.failure is None]
    if unlabelled and not free:
        raise ConfigError("The backend answered none of the unlabelled texts.", hint="Use `bias: labels`.")
    # Without text of its own, batch calibration takes the sentences of the rows that a fit sees.
    fixed = mean_score_bias(score_matrix(free, backend.labels.names)) if free else None
    before = backend.config.calibration.model_copy(update={"fitted_on": None})
    # A quantile belongs to the probabilities that it was made from.
    start = before.model_copy(update={"conformal": None}) if options.moves_probabilities else before
    calibration = fit_scored(scored, options, start, bias=fixed)

    def refit(part: Scored) -> CalibrationConfig:
        return fit_scored(part, options, start, bias=fixed)

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
    notes = _notes(scored, calibration, options)
    return Fitted(calibration.model_copy(update={"fitted_on": fitted_on}), failed, notes)


def _ask(backend: Backend, texts: Sequence[str], progress: Progress | None) -> list[Prediction]:
    sentences = [Sentence(str(number), 0, len(text), text) for number, text in enumerate(texts)]
    predictions: list[Prediction] = []
    for begin in range(0, len(sentences), WINDOW):
        predictions += predict(sentences[begin : begin + WINDOW], backend)
        if progress:
            progress(len(predictions), len(sentences))
    return predictions


def _scored(rows: Sequence[GoldRow], predictions: Sequence[Prediction], names: tuple[str, ...]) -> tuple[Scored, int]:
    pairs = zip(rows, predictions, strict=False)  # those of the unlabelled texts follow
    kept = [(row, prediction) for row, prediction in pairs if prediction.failure is None]
    scored = Scored(
        [prediction for _, prediction in kept],
        [row.label for row, _ in kept],
        [row.attributed for row, _ in kept],
        [row.doc for row, _ in kept],
        names,
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
