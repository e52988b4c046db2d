from __future__ import annotations

import pytest
from composites import Fake, ask, cascade, failed, member, said, sure

from toolkit.backends.cascade import margin_of
from toolkit.calibration_config import CalibrationConfig, ConformalConfig, FittedOn
from toolkit.errors import ConfigError
from toolkit.records import Context, Prediction, Sentence, Usage

DOUBTS = {f"{number}.": sure("rhetoric", 0.26 + number / 20) for number in range(10)}
"""Ten answers of rising margin, from nought on."""


def dear(**answers: Prediction | Exception) -> Fake:
    return Fake(member("dear"), {f"{name.removeprefix('n')}.": one for name, one in answers.items()})


def test_what_is_in_doubt_goes_on_and_the_rest_stays() -> None:
    first, second = Fake(member("cheap"), {"a": sure("rhetoric", 0.4), "b": sure("prediction", 0.9)}), dear()
    backend = cascade(first, second, margin=0.5)
    a, b = ask(backend, "a", "b")
    assert second.texts == ["a"]
    assert (a.label, b.label) == ("opinion", "prediction")
    assert b.probs == pytest.approx(sure("prediction", 0.9).scores)
    assert (a.usage, b.usage) == (Usage(tokens=2, escalated=1), Usage(tokens=1))


def test_the_share_takes_the_least_certain_first() -> None:
    first, second = Fake(member("cheap"), DOUBTS), dear()
    answers = ask(cascade(first, second, share=0.3), *reversed(DOUBTS))
    assert second.texts == ["2.", "1.", "0."]
    assert sum(one.usage.escalated for one in answers) == 3


def test_the_share_counts_over_the_run() -> None:
    first, second = Fake(member("cheap"), DOUBTS), dear()
    backend = cascade(first, second, margin=0.2, share=0.2)
    ask(backend, *[f"easy {number}" for number in range(8)])
    assert second.texts == []
    ask(backend, "0.", "1.", "2.")
    assert second.texts == ["0.", "1."], "a fifth of eleven: what easy text left is there for hard text"
    ask(backend, "0.")
    assert second.texts == ["0.", "1."]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7, 1.0])
def test_the_share_is_never_passed_whatever_the_windows(share: float) -> None:
    first, second = Fake(member("cheap"), DOUBTS), dear()
    backend = cascade(first, second, share=share)
    for seen, size in ((1, 1), (4, 3), (14, 10), (16, 2)):
        ask(backend, *list(DOUBTS)[:size])
        assert len(second.asked) <= share * seen + 1e-9
    assert len(second.asked) == int(share * 16 + 1e-9) or share == 1.0


def test_failed_and_abstained_answers_go_first() -> None:
    shy = CalibrationConfig(threshold=0.5)
    first = Fake(member("cheap", calibration=shy), {"shy": sure("opinion", 0.45), "bad": failed()})
    second = dear()
    backend = cascade(first, second, margin=0.01, share=0.5)
    assert [one.label for one in ask(backend, "sure", "shy", "bad", "surer")] == ["opinion"] * 4
    assert second.texts == ["shy", "bad"]
    one = cascade(first, second := dear(), margin=0.01, share=0.25)
    assert [answer.label for answer in ask(one, "sure", "shy", "bad", "surer")] == [
        "opinion",
        None,
        "opinion",
        "opinion",
    ]
    assert second.texts == ["bad"]


def test_label_sets_decide_where_they_are_asked_for() -> None:
    sets = CalibrationConfig(conformal=ConformalConfig(alpha=0.1, quantile=0.65))
    two = {"factual_claim": 0.45, "opinion": 0.45, "prediction": 0.05, "rhetoric": 0.05}
    first = Fake(member("cheap", calibration=sets), {"a": Prediction(scores=two), "b": sure("rhetoric", 0.5)})
    second = dear()
    b = ask(cascade(first, second, conformal=True), "a", "b")[1]
    assert second.texts == ["a"]
    assert b.label_set == ("rhetoric",)


@pytest.mark.parametrize("fault", [failed("timeout"), failed("budget"), RuntimeError("a bug of a library")])
def test_an_answer_stays_when_the_next_fails(fault: Prediction | Exception) -> None:
    first = Fake(member("cheap"), {"0.": sure("rhetoric", 0.3)})
    kept = ask(cascade(first, dear(n0=fault), margin=0.5), "0.", "sure")
    assert [one.label for one in kept] == ["rhetoric", "opinion"]
    strict = ask(cascade(first, dear(n0=fault), margin=0.5, on_failure="fail"), "0.", "sure")
    assert strict[0].failure is not None
    assert strict[0].label is None
    assert strict[1].label == "opinion"


def test_nothing_is_invented_when_all_fail() -> None:
    answer = ask(
        cascade(Fake(member("cheap"), {"0.": failed("timeout")}), dear(n0=failed("refused")), margin=0.5), "0."
    )[0]
    assert answer.failure is not None
    assert answer.failure.kind == "refused"
    assert (answer.usage.requests, answer.usage.escalated) == (2, 1)


def test_over_budget_nobody_went_on() -> None:
    first, second = Fake(member("cheap"), DOUBTS), dear(n0=failed("budget"), n1=failed("budget"))
    backend = cascade(first, second, margin=0.5, share=0.5)
    answers = ask(backend, "0.", "1.", "2.", "3.")
    assert [one.usage.escalated for one in answers] == [0, 0, 0, 0]
    assert [one.label for one in answers] == ["rhetoric"] * 4
    ask(backend, "2.", "3.")
    assert second.texts == ["0.", "1.", "2.", "3."], "what was not asked does not count against the share"


def test_three_members_and_a_failure_in_the_middle() -> None:
    first = Fake(member("cheap"), {text: sure("rhetoric", 0.3) for text in ("0.", "1.", "2.")})
    second = Fake(member("middle"), {"0.": sure("prediction", 0.3), "1.": sure("prediction", 0.9), "2.": failed()})
    third = dear()
    answers = ask(cascade(first, second, third, margin=0.5), "0.", "1.", "2.", "sure")
    assert (second.texts, third.texts) == (["0.", "1.", "2."], ["0.", "2."])
    assert [one.label for one in answers] == ["opinion", "prediction", "opinion", "opinion"]
    assert [one.usage.escalated for one in answers] == [2, 1, 2, 0]


def test_answers_without_probabilities_are_believed() -> None:
    first, second = Fake(member("cheap"), {"a": said("prediction", attributed=True), "b": said(None)}), dear()
    a, b = ask(cascade(first, second, margin=0.5), "a", "b")
    assert (a.label, a.attributed, a.probs) == ("prediction", True, {})
    assert (b.label, second.texts) == ("opinion", ["b"])


def test_each_member_is_calibrated_by_its_own() -> None:
    bent = CalibrationConfig(bias={"prediction": 20.0}, flag_threshold=0.2)
    first = Fake(member("cheap", calibration=bent), {"a": sure("rhetoric", 0.7, flag=0.3)})
    answer = ask(cascade(first, dear(), margin=0.1), "a")[0]
    assert (answer.label, answer.attributed, answer.attributed_prob) == ("prediction", True, 0.3)


def test_a_calibration_of_the_cascade_comes_on_top() -> None:
    first = Fake(member("cheap"), {"a": sure("rhetoric", 0.7, flag=0.3)})
    backend = cascade(first, dear(), margin=0.1, calibration=CalibrationConfig(threshold=0.9, flag_threshold=0.2))
    answer = ask(backend, "a")[0]
    assert (answer.label, answer.abstained, answer.attributed) == (None, True, True)
    assert answer.probs == pytest.approx(sure("rhetoric", 0.7).scores)


def test_members_see_no_context_that_they_did_not_ask_for() -> None:
    first, second = Fake(member("cheap")), dear()
    context = Context("Title", ("before",), ("after",))
    cascade(first, second, share=1.0).classify([Sentence("d", 0, 1, "a", context=context)])
    assert [one.context for one in (*first.asked, *second.asked)] == [None, None]


def test_margin() -> None:
    assert margin_of({"a": 0.2, "b": 0.7, "c": 0.1}) == pytest.approx(0.5)
    assert margin_of({}) is None


def test_label_sets_of_other_labels_are_told_when_it_is_loaded() -> None:
    fitted = FittedOn(claimkit="1", backend="cheap", label_set="ab", labels=("a", "b"))
    sets = CalibrationConfig(conformal=ConformalConfig(alpha=0.1, quantile=0.65), fitted_on=fitted)
    with pytest.raises(ConfigError, match="no label sets for 'claims'"):
        cascade(Fake(member("cheap", calibration=sets)), dear(), conformal=True)


def test_nothing_to_ask() -> None:
    assert cascade(Fake(member("cheap")), dear(), margin=0.1).classify([]) == []
