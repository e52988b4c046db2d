from __future__ import annotations

import math
from typing import Any

import pytest
from chat_server import as_logprobs, token
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.backends.chat.token_scores import choice_scores

QUOTED = {name: f'{name}"' for name in ("claim", "claim_old", "claim_new", "other")}


def scores(*tokens: dict[str, Any], begin: int, options: dict[str, str] = QUOTED) -> dict[str, float]:
    content = "".join(one["token"] for one in tokens)
    return choice_scores(as_logprobs(tokens), content, begin, options)


def test_labels_that_begin_alike_are_told_apart_further_on() -> None:
    found = scores(
        token('"', 1.0),
        token("claim", 0.8, oth=0.2),
        token("_", 0.5, **{'"': 0.5}),
        token("old", 0.9, new=0.1),
        begin=1,
    )
    assert found == pytest.approx({"claim": 0.4, "claim_old": 0.36, "claim_new": 0.04, "other": 0.2})


def test_a_token_that_begins_before_the_value() -> None:
    found = scores(token('": "cl', 0.5, **{'": "o': 0.3, "nothing": 0.2}), token('aim"', 1.0), begin=4)
    assert found == pytest.approx({"claim": 0.5 / 0.8, "claim_old": 0, "claim_new": 0, "other": 0.3 / 0.8})


def test_what_fits_several_and_was_not_written_counts_for_none() -> None:
    found = scores(token('"', 1.0), token("other", 0.5, claim=0.3, claim_n=0.2), begin=1)
    assert found == pytest.approx({"claim": 0, "claim_old": 0, "claim_new": 0.2 / 0.7, "other": 0.5 / 0.7})


def test_an_answer_that_ends_where_another_goes_on() -> None:
    options = {name: name for name in ("claim", "claim_old")}
    found = scores(token("claim", 0.8), token("\n", 1.0), begin=0, options=options)
    assert found == {"claim": 1.0, "claim_old": 0.0}
    found = scores(token("claim", 0.8), begin=0, options=options)
    assert found == {"claim": 1.0, "claim_old": 0.0}


def test_bytes_go_before_text() -> None:
    """A token may be half a letter, which as text is a replacement mark."""
    head, tail = "é".encode()[:1], "é".encode()[1:]
    tokens = [
        {"token": "\ufffd", "bytes": list(head), "logprob": 0.0, "top_logprobs": []},
        {
            "token": "\ufffd",
            "bytes": list(tail),
            "logprob": math.log(0.7),
            "top_logprobs": [{"token": "\ufffd", "bytes": list("è".encode()[1:]), "logprob": math.log(0.3)}],
        },
    ]
    options = {"accent": "é", "grave": "è"}
    assert choice_scores({"content": tokens}, "é", 0, options) == pytest.approx({"accent": 0.7, "grave": 0.3})


@pytest.mark.parametrize("logprob", [None, float("-inf"), -9999.0, float("nan")])
def test_a_probability_of_nought(logprob: float | None) -> None:
    tokens = [{"token": "yes", "logprob": logprob, "top_logprobs": [{"token": "no", "logprob": -0.1}]}]
    assert choice_scores({"content": tokens}, "yes", 0, {"yes": "yes", "no": "no"}) == {"yes": 0.0, "no": 1.0}


def test_bytes_that_are_none() -> None:
    tokens = [{"token": "yes", "bytes": [500], "logprob": -0.1, "top_logprobs": []}]
    assert choice_scores({"content": tokens}, "yes", 0, {"yes": "yes", "no": "no"}) == {}


@settings(deadline=None)
@given(st.data())
def test_along_the_true_tokens_the_scores_are_those_of_the_model(data: st.DataObject) -> None:
    """A model that picks one letter after the other, all of whose alternatives are listed."""
    names = data.draw(st.lists(st.text("ab", min_size=1, max_size=4), min_size=2, max_size=5, unique=True))
    weights = data.draw(st.lists(st.floats(0.05, 1), min_size=len(names), max_size=len(names)))
    model = {f'{name}"': weight / sum(weights) for name, weight in zip(names, weights, strict=True)}
    written = data.draw(st.sampled_from(sorted(model)))
    tokens = []
    for place in range(len(written)):
        begun = written[:place]
        mass = sum(share for word, share in model.items() if word.startswith(begun))
        ways: dict[str, float] = {}
        for word, share in model.items():
            if word.startswith(begun) and len(word) > place:
                ways[word[place]] = ways.get(word[place], 0.0) + share / mass
        tokens.append(
            token(written[place], ways[written[place]], **{one: p for one, p in ways.items() if one != written[place]})
        )
    found = scores(*tokens, begin=0, options={name: f'{name}"' for name in names})
    assert math.fsum(found.values()) == pytest.approx(1)
    assert found[written[:-1]] > 0
    alone = [name for name in names if sum(other[:1] == name[:1] for other in names) == 1]
    seen = math.fsum(model[f'{name}"'] for name in names if found[name] > 0)
    for name in alone:
        assert found[name] == pytest.approx(model[f'{name}"'] / seen)
