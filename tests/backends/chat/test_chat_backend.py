from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from chat_server import ChatServer, as_logprobs, fails, said, says, token
from sentences import sentences

from toolkit.annotate.engine import predict
from toolkit.backends.chat.answers import Answer
from toolkit.backends.chat.backend import ChatBackend, vote
from toolkit.backends.chat.client import Key
from toolkit.backends.chat_config import ChatConfig
from toolkit.errors import ConfigError
from toolkit.labels import load_labels
from toolkit.models.parts import cache_folder
from toolkit.records import Failure, Usage

Make = Callable[..., ChatBackend]


class TestRequests:
    def test_what_is_sent(self, server: ChatServer, backend: Make) -> None:
        backend(seed=7, extra_body={"top_p": 0.9}).classify(sentences(1))
        (sent,) = server.requests
        assert (sent.method, sent.path) == ("POST", "/v1/chat/completions")
        body = sent.body
        schema = body.pop("response_format")["json_schema"]["schema"]
        assert [message["role"] for message in body.pop("messages")] == ["system", "user"]
        assert body == {"model": "tiny", "temperature": 0.0, "seed": 7, "max_tokens": 200, "top_p": 0.9}
        assert schema["properties"]["label"]["enum"] == list(load_labels().names)
        assert schema["required"] == ["label", "attributed"]

    def test_what_is_not_said_is_not_sent(self, server: ChatServer, backend: Make) -> None:
        backend(temperature=None, output_limit="max_completion_tokens", flags=False).classify(sentences(1))
        body = server.requests[0].body
        assert "temperature" not in body
        assert "max_tokens" not in body
        assert body["max_completion_tokens"] == 200
        assert list(body["response_format"]["json_schema"]["schema"]["properties"]) == ["label"]

    def test_a_prompt_that_does_not_say_the_form_is_told_so(self, server: ChatServer, backend: Make) -> None:
        server.react = lambda _: says("opinion")
        backend(prompt="classify.v1").classify(sentences(1))
        (message,) = server.requests[0].body["messages"]
        assert message["content"].count('{"label": one of') == 1

    def test_the_system_message_is_the_same_for_all(self, server: ChatServer, backend: Make) -> None:
        backend().classify(sentences(3))
        assert len({one.body["messages"][0]["content"] for one in server.requests}) == 1

    def test_no_key_and_no_organisation_are_sent_where_none_are_wanted(
        self, server: ChatServer, backend: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
            monkeypatch.setenv(name, "sk-not-for-you")
        backend().classify(sentences(1))
        (sent,) = server.requests
        assert "authorization" not in sent.headers
        assert "sk-not-for-you" not in str(sent.headers)

    def test_the_key_is_sent_where_it_is_wanted(
        self, server: ChatServer, backend: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MY_KEY", "sk-mine")
        backend(api_key_env="MY_KEY").classify(sentences(1))
        assert server.requests[0].headers["authorization"] == "Bearer sk-mine"


class TestForms:
    def test_the_next_form_when_one_is_refused(self, server: ChatServer, backend: Make) -> None:
        def react(asked: Any) -> Any:
            form = asked.body.get("response_format", {"type": "text"})
            return fails(400, "response_format is not supported") if form["type"] != "text" else said("Rhetoric")

        server.react = react
        predictions = backend().classify(sentences(10))
        assert {one.label for one in predictions} == {"rhetoric"}
        forms = [one.body.get("response_format", {"type": "text"}) for one in server.requests]
        assert [form["type"] for form in forms] == ["json_schema", "json_object", "json_object", *["text"] * 10]
        assert [("schema" in form) for form in forms[1:3]] == [True, False]

    def test_another_fault_is_not_taken_for_it(self, server: ChatServer, backend: Make) -> None:
        server.script(fails(400, "no such thing"))
        (prediction,) = backend().classify(sentences(1))
        assert prediction.failure is not None
        assert len(server.requests) == 1

    def test_a_form_that_is_named_is_the_only_one(self, server: ChatServer, backend: Make) -> None:
        server.script(fails(400, "response_format is not supported"))
        backend(structured="json_object").classify(sentences(1))
        assert [one.body["response_format"] for one in server.requests] == [{"type": "json_object"}]


class TestCache:
    def test_nothing_is_asked_twice(self, server: ChatServer, backend: Make) -> None:
        first = backend().classify(sentences(5))
        again = backend(timeout=9, concurrency=1, prices={"input": 1, "output": 1}).classify(sentences(5))
        assert [one.label for one in again] == [one.label for one in first]
        assert len(server.requests) == 5
        assert sum((one.usage for one in again), Usage()) == Usage(cached=5)

    @pytest.mark.parametrize(
        "other",
        [
            {"model": "tiny-2"},
            {"temperature": 0.5},
            {"seed": 1},
            {"prompt": "classify.v1"},
            {"extra_body": {"top_p": 0.5}},
            {"structured": "text"},
            {"cache": False},
        ],
        ids=str,
    )
    def test_what_can_change_an_answer_asks_anew(
        self, server: ChatServer, backend: Make, other: dict[str, Any]
    ) -> None:
        backend().classify(sentences(1))
        backend(**other).classify(sentences(1))
        assert len(server.requests) == 2

    def test_of_another_server(self, server: ChatServer, backend: Make) -> None:
        backend().classify(sentences(1))
        backend(base_url=server.url.replace("127.0.0.1", "localhost")).identity()
        backend(base_url=f"{server.url}/").classify(sentences(1))
        assert len(server.requests) == 1

    def test_an_entry_that_is_no_answer_is_asked_anew(self, server: ChatServer, backend: Make) -> None:
        backend().classify(sentences(1))
        with sqlite3.connect(cache_folder() / "answers.sqlite") as connection:
            connection.execute("UPDATE answers SET value = 'spoilt'")
        connection.close()
        assert backend().classify(sentences(1))[0].label == "opinion"
        assert len(server.requests) == 2


class TestProbabilities:
    def test_from_log_probabilities(self, server: ChatServer, backend: Make) -> None:
        tokens = [token('{"label": "', 1.0), token("op", 0.6, fact=0.4), token('inion", "attributed": ', 1.0)]
        tokens += [token("false", 0.9, true=0.1), token("}", 1.0)]
        content = "".join(one["token"] for one in tokens)
        server.script(said(content, logprobs=as_logprobs(tokens)))
        (prediction,) = predict(sentences(1), backend(logprobs=True))
        assert server.requests[0].body["logprobs"] is True
        assert server.requests[0].body["top_logprobs"] == 20
        assert prediction.probs == pytest.approx({"factual_claim": 0.4, "opinion": 0.6, "prediction": 0, "rhetoric": 0})
        assert prediction.attributed is False
        assert prediction.attributed_prob == pytest.approx(0.1)

    def test_none_are_made_up(self, server: ChatServer, backend: Make) -> None:
        (prediction,) = predict(sentences(1), backend(logprobs=True))
        assert (prediction.label, prediction.probs, prediction.attributed_prob) == ("opinion", {}, None)

    def test_from_votes(self, server: ChatServer, backend: Make) -> None:
        server.script(says("opinion"), says("rhetoric", attributed=True), then=says("opinion"))
        (prediction,) = predict(sentences(1), backend(votes=4, temperature=0.7, seed=1, concurrency=1))
        assert prediction.probs == {"factual_claim": 0, "opinion": 0.75, "prediction": 0, "rhetoric": 0.25}
        assert prediction.attributed_prob == 0.25
        assert [one.body["seed"] for one in server.requests] == [1, 2, 3, 4]
        assert prediction.usage.requests == 4

    def test_a_vote_that_is_missing_is_the_only_one_asked_again(self, server: ChatServer, backend: Make) -> None:
        settings = {"votes": 3, "temperature": 0.7, "concurrency": 1}
        server.script(says("opinion"), fails(500), says("opinion"))
        (prediction,) = backend(**settings).classify(sentences(1))
        assert prediction.failure is not None
        (prediction,) = backend(**settings).classify(sentences(1))
        assert prediction.scores["opinion"] == 1
        assert len(server.requests) == 4


NONE = Failure("invalid_response", "prose")


@pytest.mark.parametrize(
    ("labels", "failures", "label"),
    [
        (["opinion", "opinion"], [NONE], "opinion"),
        (["opinion"], [NONE], None),
        (["opinion"], [NONE, NONE], None),
        (["opinion"] * 4, [Failure("timeout", "late")], None),
        ([], [NONE], None),
    ],
)
def test_votes_that_name_no_label(labels: list[str], failures: list[Failure], label: str | None) -> None:
    prediction = vote([Answer(name) for name in labels], failures, load_labels(), usage=Usage())
    assert (prediction.failure is None) == (label is not None)
    assert max(prediction.scores, key=lambda name: prediction.scores[name], default=None) == label


def test_the_reason_of_a_label_that_won(server: ChatServer, backend: Make) -> None:
    def because(label: str) -> Any:
        return said(json.dumps({"rationale": f"because {label}", "label": label, "attributed": False}))

    server.script(because("rhetoric"), then=because("opinion"))
    (prediction,) = backend(rationale=True, votes=3, temperature=1, concurrency=1).classify(sentences(1))
    assert prediction.rationale == "because opinion"


def test_inside_a_running_loop_as_in_a_notebook(server: ChatServer, backend: Make) -> None:
    async def notebook() -> Any:
        return backend().classify(sentences(2))

    assert [one.label for one in asyncio.run(notebook())] == ["opinion", "opinion"]


def test_the_same_sentence_twice_is_one_request(server: ChatServer, backend: Make) -> None:
    first, second = backend().classify(sentences(2, text="Twice."))
    assert first.label == second.label == "opinion"
    assert len(server.requests) == 1
    assert first.usage.requests + second.usage.requests == 1


def test_nothing_to_ask(server: ChatServer, backend: Make) -> None:
    assert backend().classify([]) == []
    assert not server.requests


def test_a_missing_key_is_told_before_anything_is_read() -> None:
    config = ChatConfig(kind="chat", base_url="http://127.0.0.1/v1", model="m", api_key_env="NO_SUCH_KEY")
    with pytest.raises(ConfigError, match="NO_SUCH_KEY"):
        ChatBackend(config, load_labels())


def test_without_the_sdk_one_is_told_what_to_install() -> None:
    script = """
import sys
sys.modules["openai"] = None
from toolkit.backends.chat.backend import ChatBackend
from toolkit.backends.chat_config import ChatConfig
from toolkit.errors import MissingExtraError
from toolkit.labels import load_labels
from toolkit.records import Sentence
config = ChatConfig(kind="chat", base_url="http://127.0.0.1/v1", model="m")
assert "POST" in ChatBackend.preview(config, load_labels(), Sentence("d", 0, 1, "A"))
try:
    ChatBackend(config, load_labels())
except MissingExtraError as error:
    print(error.hint)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Run: pip install 'claimkit[chat]'"


@pytest.mark.parametrize("said", ["sk-a/b+c", r"sk-a\/b+c"])
def test_a_key_that_a_server_says_back_is_hidden_however_it_is_written(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-a/b+c")
    assert Key("MY_KEY").hide(f'{{"why": "{said}"}}') == '{"why": "[key]"}'
