"""How many sentences it takes, against drawing samples for real."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from toolkit.errors import InputError
from toolkit.labelling.items import Item, Suggestion
from toolkit.labelling.outlook import outlook
from toolkit.labelling.sizes import Figure, Outlook, Spread, spreads, together

LABELS = ("a", "b", "c")


def corpus(n: int = 3000, documents: int = 60, seed: int = 1) -> list[Item]:
    """Calibrated probabilities of three labels, one of them rare."""
    generator = np.random.default_rng(seed)
    probs = np.stack([generator.dirichlet([4, 2, 0.6]) for _ in range(n)])
    return [
        Item(
            str(i),
            f"d{i % documents}",
            f"T {i}",
            suggestion=Suggestion(LABELS[int(one.argmax())], dict(zip(LABELS, one.tolist(), strict=True))),
        )
        for i, one in enumerate(probs)
    ]


def truth(items: list[Item], generator: np.random.Generator) -> list[str]:
    probs = np.array([[one.suggestion.probs[name] for name in LABELS] for one in items if one.suggestion])
    places = (probs.cumsum(axis=1) > generator.random((len(items), 1))).argmax(axis=1)
    return [LABELS[place] for place in places]


def test_the_expected_figures_and_widths_are_those_of_samples_drawn_for_real() -> None:
    items = corpus()
    said = np.array([one.suggestion.label for one in items if one.suggestion])
    expected = outlook(items, LABELS, correlation=0.0)
    generator = np.random.default_rng(7)
    size, figures = 300, []
    for _ in range(600):
        gold = np.array(truth(items, generator))
        chosen = generator.choice(len(items), size, replace=False)
        f1 = f1_score(gold[chosen], said[chosen], labels=LABELS, average="macro", zero_division=0)
        figures.append((accuracy_score(gold[chosen], said[chosen]), f1))
    means, deviations = np.mean(figures, axis=0), np.std(figures, axis=0)
    for place, name in enumerate(("accuracy", "macro_f1")):
        figure: Figure = "accuracy" if name == "accuracy" else "macro_f1"
        assert expected.figures[figure].value == pytest.approx(means[place], abs=0.01)
        assert expected.figures[figure].deviation / np.sqrt(size) == pytest.approx(deviations[place], rel=0.08)


def made(correlation: float = 0.1, documents: int = 30) -> Outlook:
    spread = Spread(0.8, 0.4, correlation)
    return Outlook({"accuracy": spread, "macro_f1": spread}, documents, 1 / documents, 5000, "", "")


@pytest.mark.parametrize("width", [0.15, 0.1])
@pytest.mark.parametrize("correlation", [0.0, 0.02])
def test_the_size_needed_for_a_width_is_the_smallest_that_has_it(width: float, correlation: float) -> None:
    one = made(correlation)
    needed = one.needed("accuracy", width)
    assert needed is not None
    reached, before = one.width("accuracy", needed), one.width("accuracy", needed - 1)
    assert reached is not None
    assert before is not None
    assert reached <= width < before


def test_alike_documents_set_a_limit_that_no_number_of_sentences_beats() -> None:
    one = made(correlation=0.2)
    finest = one.finest("accuracy")
    assert finest is not None
    assert one.needed("accuracy", finest * 0.99) is None
    assert one.needed("accuracy", finest * 1.05) is not None
    assert one.width("accuracy", 10**9) == pytest.approx(finest, rel=1e-3)


def test_with_few_documents_there_is_no_interval_to_promise() -> None:
    one = made(documents=4)
    assert (one.width("accuracy", 100), one.needed("accuracy", 0.1), one.finest("accuracy")) == (None, None, None)


def test_a_pilot_measures_how_alike_the_sentences_of_a_document_are() -> None:
    generator = np.random.default_rng(0)
    documents = [f"d{i}" for i in range(200) for _ in range(10)]
    easy = np.repeat(generator.beta(0.8 * 4, 0.2 * 4, 200), 10)  # correlation of right and wrong: 1 / (1 + 4)
    right = generator.random(2000) < easy
    predicted = np.zeros(2000, dtype=np.int64)
    gold = np.eye(2)[np.where(right, 0, 1)]
    found = spreads(predicted, gold, documents, correlation=None)
    assert found["accuracy"].correlation == pytest.approx(0.2, abs=0.05)
    assert found["accuracy"].value == pytest.approx(right.mean())


def test_even_documents_are_together_least() -> None:
    documents = ["a"] * 8 + ["b"] * 2
    assert together(documents) == pytest.approx(0.68)
    assert together(documents, evenly=True) == 0.5


def test_a_pilot_replaces_what_the_model_thinks_of_itself() -> None:
    items = corpus(200)
    pilot = {one.id: one.suggestion.label or "" for one in items[:60] if one.suggestion}
    expected = outlook(items, LABELS, pilot=pilot)
    assert expected.figures["accuracy"].value == 1.0
    assert (expected.basis, expected.correlation_basis) == ("from 60 labelled sentences", "measured")
    assert expected.sentences == 200


def test_a_pilot_of_another_run_is_refused() -> None:
    with pytest.raises(InputError, match="The pilot has 0 sentences of this run"):
        outlook(corpus(50), LABELS, pilot={"elsewhere": "a"})


def test_without_probabilities_an_accuracy_is_assumed() -> None:
    items = [Item(str(i), str(i), "T", suggestion=Suggestion(LABELS[i % 3])) for i in range(30)]
    assert outlook(items, LABELS).figures["accuracy"].value == pytest.approx(0.8)
    assert "no probabilities" in outlook(items, LABELS).basis
    assert outlook(items, LABELS, accuracy=0.6).figures["accuracy"].value == pytest.approx(0.6)


def test_a_failed_sentence_counts_as_wrong() -> None:
    items = [
        Item("1", "d", "T", suggestion=Suggestion(None)),
        Item("2", "e", "T", suggestion=Suggestion("a", {"a": 1.0})),
    ]
    assert outlook(items, LABELS).figures["accuracy"].value == pytest.approx(0.5)


def test_a_label_that_does_not_occur_is_no_part_of_macro_f1() -> None:
    items = [Item(str(i), str(i), "T", suggestion=Suggestion(name, {name: 1.0})) for i, name in enumerate("abab")]
    assert outlook(items, LABELS).figures["macro_f1"].value == pytest.approx(1.0)


def test_nothing_to_sample_is_said() -> None:
    with pytest.raises(InputError, match="no sentence to sample"):
        outlook([], LABELS)
