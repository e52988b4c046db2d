"""What ``results.json`` holds, format 2; docs/results.md explains it, and a test keeps the two alike.

Plain JSON values throughout: a figure that is not defined is None, never NaN.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

FORMAT = 2
"""Version of the format; results of an earlier version stay readable (`toolkit.evaluation.load`)."""


class Estimate(TypedDict):
    """A figure and its 95 % interval."""

    value: float | None
    interval: list[float] | None


NOTHING: Estimate = {"value": None, "interval": None}
"""A figure that is not defined."""


class LabelScores(TypedDict):
    """One class, against the rest."""

    precision: Estimate
    recall: Estimate
    f1: Estimate
    auroc: Estimate
    support: int


class Scores(TypedDict):
    """Every figure of one backend on one set of rows."""

    n: int
    macro_f1: Estimate
    accuracy: Estimate
    mcc: Estimate
    log_loss: Estimate
    brier: Estimate
    ece: Estimate
    per_label: dict[str, LabelScores]


class FlagScores(TypedDict):
    """The flag ``attributed`` on one set of rows."""

    n: int
    precision: Estimate
    recall: Estimate
    f1: Estimate
    ece: Estimate
    auroc: Estimate
    support: int


class Bin(TypedDict):
    """One bin of a reliability diagram; bins hold equally many rows."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float
    interval: list[float]


class FlagResult(TypedDict):
    """The flag, where gold and backend both tell it."""

    all_rows: FlagScores
    covered: FlagScores | None
    confusion: list[list[int]]
    reliability: list[Bin]


class RiskCoverage(TypedDict):
    """What abstaining from the least certain rows would gain."""

    aurc: Estimate
    coverage: list[float]
    risk: list[float]
    threshold: list[float]


class ThresholdRow(TypedDict):
    """What it takes to be right as often as one wants."""

    wanted: float
    threshold: float | None
    coverage: float | None
    accuracy: float | None
    interval: list[float] | None
    n: int
    words: str


class Slice(TypedDict):
    """The rows that share a value."""

    column: str
    value: str
    n: int
    documents: int
    small: bool
    coverage: float
    macro_f1: Estimate
    accuracy: Estimate


class Slices(TypedDict):
    """All slices; the worst is an index into them."""

    minimum: int
    groups: list[Slice]
    worst: int | None
    words: str


class Speed(TypedDict):
    """What the predictions took; None where it is not known."""

    seconds: float | None
    sentences_per_second: float | None
    tokens: int | None
    truncated: int | None
    peak_memory_mb: float | None
    output_tokens: int | None
    requests: int | None
    cached: int | None
    escalated: int | None
    cost: float | None
    energy_kwh: float | None


class CurvePoint(TypedDict):
    """What macro-F1 would be if so many rows went on, the least certain ones or any."""

    share: float
    rows: int
    macro_f1: Estimate
    at_random: float | None


class CascadeResult(TypedDict):
    """A cascade of two against its members, which were evaluated on the same rows."""

    cheap: str
    costly: str
    share: float
    points: list[CurvePoint]
    better: str
    difference: Estimate
    at_least_as_good: bool | None
    words: str


class Result(TypedDict):
    """One backend on one gold set."""

    gold: str
    split: str
    backend: str
    run: str
    predictions: str
    n: int
    documents: int
    abstained: int
    failed: int
    unscored: int
    coverage: float
    all_rows: Scores
    covered: Scores | None
    confusion: list[list[int]]
    reliability: list[Bin]
    risk_coverage: RiskCoverage | None
    thresholds: list[ThresholdRow]
    slices: Slices
    attributed: FlagResult | None
    cascade: CascadeResult | None
    speed: Speed


class McNemar(TypedDict):
    """Exact test on the rows that only one of two backends has right."""

    a_only: int
    b_only: int
    p: float
    p_holm: float


class Comparison(TypedDict):
    """Two backends on the same rows of one gold set; differences are a − b, on all rows."""

    gold: str
    a: str
    b: str
    n: int
    documents: int
    macro_f1: Estimate
    p: float | None
    p_holm: float | None
    accuracy: Estimate
    mcnemar: McNemar
    detectable: float | None
    words: str


class Detectable(TypedDict):
    """The smallest true difference of macro-F1 that a set of this size shows four times out of five."""

    macro_f1: float | None
    basis: str
    words: str


class Variant(TypedDict):
    """The same rows, asked in another way."""

    name: str
    flips: Estimate
    macro_f1: float | None
    failed: int


class Perturbation(TypedDict):
    """All variants of one kind."""

    kind: str
    variants: list[Variant]
    any_flip: float | None
    macro_f1_range: list[float] | None
    skipped: str | None


class Robustness(TypedDict):
    """One backend on a subsample of one gold set, asked in other ways."""

    gold: str
    backend: str
    n: int
    macro_f1: float | None
    kinds: list[Perturbation]


class Match(TypedDict):
    """Two texts that are equal or nearly so."""

    id: str
    split: str
    other: str
    where: str
    similarity: float


class AnnotatorAgreement(TypedDict):
    """How well people agree: a ceiling for models."""

    annotators: list[str]
    n: int
    unanimous: float
    alpha: Estimate
    pairs: list[dict[str, Any]]
    people: list[dict[str, Any]]
    words: str


class Suspect(TypedDict):
    """A gold label that the models doubt."""

    id: str
    label: str
    suggested: str
    quality: float


class Suspects(TypedDict):
    """Suspected label errors; rows is empty and skipped says why where none were looked for."""

    method: str
    backends: list[str]
    rows: list[Suspect]
    skipped: str | None


class Weighting(TypedDict):
    """What the sampling of a gold set means for its figures; effective is None where rows count alike."""

    effective: float | None
    words: str


class Health(TypedDict):
    """What is wrong with a gold set."""

    exact: list[Match]
    near: list[Match]
    near_threshold: float
    leakage: list[Match]
    leakage_sources: list[str]
    few_shot: list[Match]
    annotators: AnnotatorAgreement | None
    suspects: Suspects
    weights: Weighting | None


class SchemeFacts(TypedDict):
    """What is scored."""

    name: str
    classes: list[str]


class GoldFacts(TypedDict):
    """One gold set."""

    name: str
    split: str
    rows: str
    n: int
    documents: int
    labels: dict[str, int]
    scheme: SchemeFacts
    sha256: str
    keep_text: bool
    benchmark: dict[str, str] | None
    detectable: Detectable
    health: Health


class BackendFacts(TypedDict):
    """One backend: the settings that its fingerprint is made of, and its model."""

    run: str
    settings: dict[str, Any]
    parameters: int | None
    revision: str | None


class Stamp(TypedDict):
    """What one needs to get the same figures again."""

    claimkit: str
    git: dict[str, Any] | None
    config_sha256: str
    label_set: str
    prompts: dict[str, str]
    python: str
    machine: str
    cores: int
    libraries: dict[str, str]
    seed: int
    resamples: int


class Results(TypedDict):
    """All of ``results.json``."""

    format: int
    name: str
    description: str
    config: dict[str, Any]
    labels: list[str]
    stamp: Stamp
    gold: list[GoldFacts]
    backends: dict[str, BackendFacts]
    results: list[Result]
    comparisons: list[Comparison]
    robustness: list[Robustness]
    read_from: NotRequired[int]
