from __future__ import annotations

from typing import Any

import pytest
from composites import CLAIMS, Fake, ask, ensemble, failed, member, said, sure

from toolkit.calibration_config import CalibrationConfig
from toolkit.records import Prediction, Usage


def fakes(*answers: Prediction) -> list[Fake]:
    """Members that give these answers to the sentence ``a``."""
    return [Fake(member(f"m{place}"), {"a": answer}) for place, answer in enumerate(answers)]


def answer(*answers: Prediction, **keys: Any) -> Prediction:
    return ask(ensemble(*fakes(*answers), **keys), "a")[0]


def test_mean() -> None:
    one = answer(sure("rhetoric", 0.9, flag=0.9), sure("opinion", 0.6, flag=0.2))
    assert one.probs["rhetoric"] == pytest.approx((0.9 + 0.4 / 3) / 2)
    assert sum(one.probs.values()) == pytest.approx(1)
    assert (one.label, one.attributed) == ("rhetoric", True)
    assert one.attributed_prob == pytest.approx(0.55)
    assert one.usage == Usage(tokens=2)


def test_weighted() -> None:
    two = sure("rhetoric", 0.9), sure("opinion", 0.6)
    assert answer(*two, method="weighted").label == "rhetoric", "equal until they are fitted"
    one = answer(*two, method="weighted", weights=(0.2, 0.8))
    assert one.label == "opinion"
    assert one.probs["opinion"] == pytest.approx(0.8 * 0.6 + 0.2 * 0.1 / 3)


def test_each_member_is_asked_once() -> None:
    members = fakes(sure("rhetoric"), sure("opinion"))
    ask(ensemble(*members), "a", "b", "c")
    assert [one.texts for one in members] == [["a", "b", "c"]] * 2


def test_members_are_calibrated_by_their_own() -> None:
    bent = Fake(member("bent", calibration=CalibrationConfig(bias={"prediction": 30.0})), {"a": sure("rhetoric", 0.7)})
    one = ask(ensemble(bent, Fake(member("plain"), {"a": sure("rhetoric")})), "a")[0]
    assert one.probs["prediction"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("votes", "label"),
    [
        (("opinion", "rhetoric", "rhetoric"), "rhetoric"),
        (("opinion", "rhetoric"), "opinion"),
        (("opinion", None, None), "opinion"),
        ((None, None), None),
    ],
)
def test_vote(votes: tuple[str | None, ...], label: str | None) -> None:
    one = answer(*map(said, votes), method="vote")
    assert (one.label, one.abstained, one.failure) == (label, label is None, None)
    assert one.probs == {}, "votes are no probabilities"


def test_probabilities_break_a_tied_vote() -> None:
    assert answer(sure("opinion", 0.4), sure("rhetoric", 0.9), method="vote").label == "rhetoric"


def test_flags_are_those_of_members_that_tell() -> None:
    assert answer(sure("opinion", flag=0.8), sure("opinion")).attributed_prob == pytest.approx(0.8)
    assert answer(sure("opinion"), sure("opinion")).attributed is None
    votes = [said("opinion", attributed=value) for value in (True, None, True, False)]
    assert answer(*votes, method="vote").attributed is True
    assert answer(said("opinion"), said("opinion"), method="vote").attributed is None


def test_a_member_without_probabilities_can_only_vote() -> None:
    one = answer(sure("opinion"), said("opinion"))
    assert one.failure is not None
    assert one.failure.message == "m1 tells no probabilities; only `method: vote` can use it"
    assert answer(sure("opinion"), said("rhetoric"), said("rhetoric"), method="vote").label == "rhetoric"


def test_a_member_that_fails() -> None:
    one = answer(sure("opinion"), failed("timeout"))
    assert one.failure is not None
    assert (one.failure.kind, one.failure.message) == ("timeout", "m1: no answer")
    assert one.usage == Usage(tokens=1, requests=1)
    rest = answer(sure("opinion", 0.6), failed("timeout"), on_failure="leave_out")
    assert rest.probs == pytest.approx(sure("opinion", 0.6).scores)
    assert answer(failed("timeout"), failed("budget"), on_failure="leave_out").failure is not None


def test_only_members_of_no_weight_are_left() -> None:
    one = answer(sure("opinion"), failed(), method="weighted", weights=(0.0, 1.0), on_failure="leave_out")
    assert one.failure is not None


def test_an_ensemble_may_abstain_by_a_calibration_of_its_own() -> None:
    one = answer(sure("opinion", 0.6), sure("rhetoric", 0.6), calibration=CalibrationConfig(threshold=0.5))
    assert (one.label, one.abstained, set(one.probs)) == (None, True, set(CLAIMS.names))


def test_nothing_to_ask() -> None:
    assert ensemble(*fakes(sure("opinion"), sure("opinion"))).classify([]) == []
