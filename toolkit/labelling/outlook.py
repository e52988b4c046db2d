"""What a run, and a labelled pilot of it, tell about the sample that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from toolkit.errors import InputError
from toolkit.evaluation.intervals import LEAST
from toolkit.labelling.items import Item
from toolkit.labelling.sizes import ASSUMED, Outlook, spreads, together, unequal_weights

FALLBACK = 0.8
"""Accuracy of a model without probabilities, where the user assumes none."""
PILOT = 20
"""A pilot of fewer sentences says nothing."""


def outlook(
    items: Sequence[Item],
    labels: Sequence[str],
    *,
    pilot: Mapping[str, str] | None = None,
    accuracy: float | None = None,
    correlation: float | None = None,
    evenly: bool = False,
) -> Outlook:
    """What is to be expected of a random sample.

    Args:
        items: What can be sampled, with the model's suggestions.
        labels: The label set.
        pilot: Item to its label by hand.
        accuracy: Assume this instead of what the probabilities say.
        correlation: Assume this within documents.
        evenly: Whether the same number will be drawn from each document.

    Raises:
        InputError: There is nothing to sample, or the pilot is too small or of another run.
    """
    if not items:
        raise InputError("There is no sentence to sample.", hint="Is everything left out by --exclude?")
    known = [item for item in items if pilot and item.id in pilot]
    if pilot and len(known) < PILOT:
        raise InputError(
            f"The pilot has {len(known)} sentences of this run.",
            hint=f"It takes {PILOT}; its ids must be those of the run.",
        )
    used = known or items
    places = {name: place for place, name in enumerate(labels)}
    predicted = np.array([_predicted(item, places) for item in used])
    if pilot:
        chances = np.eye(len(labels))[[places[pilot[item.id]] for item in used]]
        basis = f"from {len(used)} labelled sentences"
    else:
        chances = np.array([_chances(item, labels, accuracy) for item in used])
        basis = _basis(items, accuracy)
    documents = [item.doc for item in used]
    measured = bool(pilot) and correlation is None and len({*documents}) >= LEAST
    rho = correlation if correlation is not None else None if measured else ASSUMED
    everywhere = [item.doc for item in items]
    return Outlook(
        spreads(predicted, chances, documents, correlation=rho),
        documents=len({*everywhere}),
        together=together(everywhere, evenly=evenly),
        sentences=len(items),
        basis=basis,
        correlation_basis="measured" if measured else "assumed",
        weighting=unequal_weights(everywhere) if evenly else 1.0,
    )


def _basis(items: Sequence[Item], accuracy: float | None) -> str:
    if accuracy is not None:
        return f"at an assumed accuracy of {accuracy:.2f}"
    if any(item.suggestion and item.suggestion.probs for item in items):
        return "from the model's probabilities"
    return f"at an assumed accuracy of {FALLBACK:.2f}, since the run has no probabilities"


def _predicted(item: Item, places: Mapping[str, int]) -> int:
    said = item.suggestion
    return -1 if said is None or said.label is None else places.get(said.label, -1)


def _chances(item: Item, labels: Sequence[str], accuracy: float | None) -> list[float]:
    """How likely each label is the true one."""
    said = item.suggestion
    if accuracy is None and said and said.probs:
        probs = [max(said.probs.get(name, 0.0), 0.0) for name in labels]
        if (total := sum(probs)) > 0:
            return [one / total for one in probs]
    if said is None or said.label not in labels:
        return [1 / len(labels)] * len(labels)
    right = FALLBACK if accuracy is None else accuracy
    return [right if name == said.label else (1 - right) / (len(labels) - 1) for name in labels]
