"""What is wrong with a gold set, beside the figures that were measured on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from toolkit import prompts
from toolkit.backends.composite_config import leaves
from toolkit.backends.config import BackendBase
from toolkit.errors import InputError
from toolkit.evaluation.ceiling import ceiling
from toolkit.evaluation.duplicates import NEAR, Text, duplicates, few_shot, leakage
from toolkit.evaluation.examples import near_examples, shown_by
from toolkit.evaluation.goldset import SPLITS, GoldSet, load_gold
from toolkit.evaluation.plan import Plan
from toolkit.evaluation.schema import Health, Weighting
from toolkit.evaluation.scored import Scored, effective
from toolkit.evaluation.suspects import suspects_of
from toolkit.evaluation.weights import Weights


def health_of(plan: Plan, gold: GoldSet, scored: Mapping[str, Scored]) -> Health:
    """Duplicates, leakage, agreement of the annotators and suspected label errors.

    Args:
        plan: The evaluation.
        gold: The set.
        scored: Name of a backend to its answers.
    """
    own = [Text(row.id, gold.split, row.text) for row in gold.rows]
    exact, near = duplicates(own, _other_splits(plan, gold))
    return {
        "exact": exact,
        "near": near,
        "near_threshold": NEAR,
        "leakage": leakage(own, plan.training),
        "leakage_sources": [path.name for path in plan.settings.leakage],
        "few_shot": [*few_shot(own, _prompts(plan)), *near_examples(own, shown_by(_asked(plan)))],
        "annotators": ceiling(gold, plan.answers[gold.name], plan.bootstrap),
        "suspects": suspects_of([row.id for row in gold.rows], scored, wanted=plan.settings.suspects),
        "weights": _weighting(plan.weights[gold.name]),
    }


def _weighting(weights: Weights) -> Weighting | None:
    if not weights.words:
        return None
    return {"effective": None if weights.values is None else effective(weights.values), "words": weights.words}


def _other_splits(plan: Plan, gold: GoldSet) -> list[Text]:
    """Rows of the splits beside the one that is scored; a broken one is not what is evaluated here."""
    texts: list[Text] = []
    for split in SPLITS if gold.folder and gold.split else ():
        if split != gold.split:
            with suppress(InputError):
                other = load_gold(gold.folder, plan.labels, split=split)  # type: ignore[arg-type]
                texts += [Text(row.id, split, row.text) for row in other.rows]
    return texts


def _asked(plan: Plan) -> list[BackendBase]:
    return [leaf for backend, _ in plan.backends for leaf in leaves(backend)]


def _prompts(plan: Plan) -> Sequence[Text]:
    """The text of the prompts; the examples that they are filled with are looked at by themselves."""
    names = dict.fromkeys(str(name) for leaf in _asked(plan) if (name := getattr(leaf, "prompt", None)))
    return [Text(prompts.prompt_name(name), prompts.prompt_name(name), prompts.load_prompt(name)) for name in names]
