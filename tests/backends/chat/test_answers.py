from __future__ import annotations

import json
from typing import Any

import pytest
from chat_server import ChatServer, as_logprobs, completion, token
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.backends.chat.answers import Answer, UnusableError, bare, model_fits, name_of, read_answer, read_completion
from toolkit.backends.chat_config import ChatConfig
from toolkit.labels import Label, LabelSet, load_labels

CLAIMS = load_labels()


def config(**settings: Any) -> ChatConfig:
    return ChatConfig(kind="chat", base_url="http://127.0.0.1/v1", model="tiny", **settings)


def answer(content: str, *, labels: LabelSet = CLAIMS, chosen: ChatConfig | None = None, **fields: Any) -> Answer:
    text = json.dumps(completion(content, **fields))
    return read_answer(read_completion(text), chosen or config(), labels)


def label_set(*names: str) -> LabelSet:
    return LabelSet(name="own", labels=tuple(Label(name=name) for name in names))


@pytest.mark.parametrize(
    "content",
    [
        '{"label": "factual_claim", "attributed": true}',
        '  {"attributed": true,\n "label": "factual_claim"}\n',
        '```json\n{"label": "factual_claim", "attributed": true}\n```',
        '```\n{"label": "factual_claim", "attributed": true}```',
        '<think>Is it an opinion? No.</think>\n\n{"label": "factual_claim", "attributed": true}',
        '{"label": "Factual claim", "attributed": true}',
        '{"label": " FACTUAL_CLAIM ", "attributed": true}',
        '{"label": "factual-claim", "attributed": true, "confidence": 0.9}',
    ],
)
def test_one_label_said_plainly(content: str) -> None:
    assert answer(content) == Answer("factual_claim", attributed=True)


@pytest.mark.parametrize(
    "content", ["opinion", "Opinion", " opinion. ", '"opinion"', "`opinion`", "**Opinion**", "```\nopinion\n```"]
)
def test_a_bare_label_tells_no_flag(content: str) -> None:
    assert answer(content) == Answer("opinion")


@pytest.mark.parametrize(
    "content",
    [
        '{"label": "opinion", "label": "rhetoric", "attributed": false}',
        '{"label": "opinion", "attributed": false} {"label": "rhetoric", "attributed": false}',
        '{"label": "opinion", "attributed": false}\nThe sentence judges.',
        'Sure! {"label": "opinion", "attributed": false}',
        '[{"label": "opinion", "attributed": false}]',
        '{"label": {"name": "opinion"}, "attributed": false}',
        '{"label": null, "attributed": false}',
        '{"label": "", "attributed": false}',
        '{"label": "opinion or rhetoric", "attributed": false}',
        '{"Label": "opinion", "attributed": false}',
        '{"label": "opinion", "attributed": "maybe"}',
        '{"label": "opinion"}',
        '{"label": "opinion", "attributed": false',
        "opinion\nrhetoric",
        "opinion/rhetoric",
        "not opinion",
        "opinions",
        "no label",
        "```\nopinion\n```\n```\nrhetoric\n```",
        "<think>It is an opinion",
        "{" * 5000,
    ],
)
def test_anything_else_is_no_answer(content: str) -> None:
    with pytest.raises(UnusableError) as fault:
        answer(content)
    assert fault.value.failure.kind == "invalid_response"
    assert len(fault.value.failure.message) < 200


@settings(deadline=None)
@given(st.text())
def test_whatever_is_said_is_one_label_or_none(content: str) -> None:
    try:
        label = answer(content).label
    except UnusableError:
        label = CLAIMS.names[0]
    assert label in CLAIMS.names


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.text() | st.sampled_from(["message", "content", "finish_reason", "refusal"]), inner)
        ),
    )
)
def test_whatever_else_is_sent_is_no_answer(value: Any) -> None:
    with pytest.raises(UnusableError):
        read_answer(read_completion(json.dumps({"choices": value})), config(), CLAIMS)


def test_case_decides_where_it_must() -> None:
    labels = label_set("Yes", "yes", "no")
    assert [name_of(said, labels) for said in ("Yes", "yes", "YES", "NO")] == ["Yes", "yes", None, "no"]


def test_without_flags_none_is_wanted() -> None:
    assert answer('{"label": "opinion"}', chosen=config(flags=False)) == Answer("opinion")
    assert answer('{"label": "no"}', labels=label_set("yes", "no")) == Answer("no")


def test_a_rationale_comes_with_it() -> None:
    content = '{"rationale": "It judges.\\ud83d", "label": "opinion", "attributed": false}'
    assert answer(content, chosen=config(rationale=True)).rationale == "It judges.�"


@pytest.mark.parametrize(
    ("reported", "wanted", "fits"),
    [
        ("gpt-5-mini", None, True),
        ("gpt-5-mini-2025-08-07", None, True),
        ("gpt-5-mini-0613", None, True),
        ("gpt-5", None, False),
        ("gpt-5-mini-high", None, False),
        ("GPT-5-mini", None, False),
        (None, None, True),
        ("/models/a.gguf", "/models/a.gguf", True),
        ("gpt-5-mini", "/models/a.gguf", False),
        ("anything", "*", True),
    ],
)
def test_which_models_may_answer(reported: str | None, wanted: str | None, fits: bool) -> None:
    settings = config().model_copy(update={"model": "gpt-5-mini", "reported_model": wanted})
    assert model_fits(reported, settings) is fits


@pytest.mark.parametrize("text", ["```opinion", "a ``` b ``` c", "<think>x", ""])
def test_half_a_fence_is_left_as_it_is(text: str) -> None:
    assert bare(text) == text


class TestProbabilities:
    def test_of_label_and_flag(self, server: ChatServer) -> None:
        tokens = [
            token('{"label": "', 1.0),
            token("op", 0.6, fact=0.3, pred=0.05),
            token('inion"', 1.0),
            token(', "attributed":', 1.0),
            token(" true", 0.8, **{" false": 0.1}),
            token("}", 1.0),
        ]
        content = "".join(one["token"] for one in tokens)
        found = answer(content, logprobs=as_logprobs(tokens))
        assert found.scores == pytest.approx(
            {"factual_claim": 0.3 / 0.95, "opinion": 0.6 / 0.95, "prediction": 0.05 / 0.95, "rhetoric": 0}
        )
        assert found.flags == pytest.approx({"attributed": 0.8 / 0.9})

    def test_of_a_bare_label(self) -> None:
        tokens = [token("op", 0.75, pred=0.25), token("inion", 1.0)]
        found = answer("opinion", logprobs=as_logprobs(tokens))
        assert (found.scores["opinion"], found.scores["prediction"]) == pytest.approx((0.75, 0.25))

    @pytest.mark.parametrize("logprobs", [None, {}, {"content": None}, {"content": []}, {"tokens": ["op"]}, "no", 7])
    def test_without_log_probabilities_there_are_none(self, logprobs: Any) -> None:
        found = answer('{"label": "opinion", "attributed": true}', logprobs=logprobs)
        assert (found.label, found.scores, found.flags) == ("opinion", {}, {})

    def test_not_of_another_answer(self) -> None:
        found = answer('{"label": "opinion", "attributed": true}', logprobs=as_logprobs([token("rhetoric", 1.0)]))
        assert (found.label, found.scores) == ("opinion", {})
