"""Whatever a server does, a sentence gets its answer or a failure of the right kind, and nothing gets stuck."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from chat_server import (
    ChatServer,
    Reaction,
    completion,
    drips,
    fails,
    resets,
    said,
    says,
    sends,
    stops_short,
    waits,
)
from sentences import sentences

from toolkit.backends.chat.backend import ChatBackend
from toolkit.errors import ServerError

Make = Callable[..., ChatBackend]
GOOD = json.dumps(completion('{"label": "opinion", "attributed": true}')).encode()

FAULTS: dict[str, tuple[Reaction, str, str]] = {
    "server error": (fails(500, "oops"), "backend_error", "HTTP 500: oops"),
    "gateway timeout": (fails(504, "slow"), "timeout", "HTTP 504: slow"),
    "too many requests": (fails(429, "slow down"), "backend_error", "HTTP 429: slow down"),
    "redirect": (fails(302, "there", headers={"Location": "http://127.0.0.1:9/"}), "backend_error", "HTTP 302"),
    "no JSON in an error": (sends(b"<html>Bad gateway</html>", status=502), "backend_error", "Bad gateway"),
    "prompt too long": (
        fails(400, "maximum context length is 512 tokens", code="context_length_exceeded"),
        "too_long",
        "512 tokens",
    ),
    "content filter in an error": (fails(400, "filtered", code="content_filter"), "refused", "filtered"),
    "content filter": (said("", finish_reason="content_filter"), "refused", "content filter"),
    "refusal": (said(None, refusal="I cannot help with that."), "refused", "I cannot help"),
    "hangs": (waits(3, says("opinion")), "timeout", "no answer within 0.4 s"),
    "drips": (drips(0.05), "timeout", "no answer within 0.4 s"),
    "stops short": (stops_short(GOOD), "backend_error", "the connection failed"),
    "reset": (resets(), "backend_error", "the connection failed"),
    "truncated JSON": (sends(GOOD[:-20]), "invalid_response", "not a chat completion"),
    "another kind of JSON": (sends(b'{"answer": "opinion"}'), "invalid_response", "choices: Field required"),
    "no choices": (sends(b'{"model": "tiny", "choices": []}'), "invalid_response", "choices"),
    "no body": (sends(b""), "invalid_response", "not a chat completion"),
    "not UTF-8": (sends(b"\xff\xfe\x00"), "invalid_response", "not a chat completion"),
    "a page": (sends(b"<html>Welcome</html>", headers={"Content-Type": "text/html"}), "invalid_response", "not a chat"),
    "empty": (said(""), "invalid_response", "the answer is empty"),
    "null": (said(None), "invalid_response", "the answer is empty"),
    "prose": (said("This is an opinion."), "invalid_response", "not one of the labels: 'This is an opinion.'"),
    "two labels": (said("opinion, prediction"), "invalid_response", "not one of the labels"),
    "list of labels": (said('{"label": ["opinion", "rhetoric"]}'), "invalid_response", "does not name one label"),
    "label off the list": (said('{"label": "joke", "attributed": true}'), "invalid_response", "'joke'"),
    "cut off": (said('{"label": "opi', finish_reason="length"), "invalid_response", "raise max_output_tokens"),
    "wrong model": (says("opinion", model="other"), "invalid_response", "by the model 'other'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_failure_of_its_kind(server: ChatServer, backend: Make, fault: str) -> None:
    reaction, kind, message = FAULTS[fault]
    server.script(reaction)
    (prediction,) = backend(timeout=0.4).classify(sentences(1))
    assert prediction.failure is not None
    assert prediction.failure.kind == kind
    assert message in prediction.failure.message
    assert prediction.label is None
    assert not prediction.scores
    assert prediction.usage.requests == len(server.requests) == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_fault_of_one_sentence(server: ChatServer, backend: Make, fault: str) -> None:
    server.react = lambda asked: FAULTS[fault][0] if asked.sentence == "Sentence 2." else says("prediction")
    predictions = backend(timeout=0.4).classify(sentences(5))
    assert [one.label for one in predictions] == ["prediction", "prediction", None, "prediction", "prediction"]


@pytest.mark.parametrize("fault", FAULTS)
def test_what_failed_is_asked_again_and_nothing_else(server: ChatServer, backend: Make, fault: str) -> None:
    server.react = lambda asked: FAULTS[fault][0] if asked.sentence == "Sentence 1." else says("prediction")
    backend(timeout=0.4).classify(sentences(3))
    server.requests.clear()
    server.script(says("rhetoric"))
    predictions = backend().classify(sentences(3))
    assert [one.label for one in predictions] == ["prediction", "rhetoric", "prediction"]
    assert server.sentences == ["Sentence 1."]
    assert [one.usage.cached for one in predictions] == [1, 0, 1]


@pytest.mark.parametrize(
    "fault", ["server error", "too many requests", "hangs", "drips", "stops short", "reset", "gateway timeout"]
)
def test_what_may_pass_is_tried_again(server: ChatServer, backend: Make, fault: str) -> None:
    server.script(FAULTS[fault][0], says("opinion"))
    (prediction,) = backend(timeout=0.4, retries=1).classify(sentences(1))
    assert prediction.label == "opinion"
    assert prediction.usage.requests == 2


def test_retry_after_is_waited_for_by_everybody(server: ChatServer, backend: Make) -> None:
    server.script(fails(429, headers={"Retry-After": "1"}), then=says("opinion"))
    predictions = backend(retries=1, structured="text", concurrency=1).classify(sentences(2))
    assert [one.label for one in predictions] == ["opinion", "opinion"]
    assert server.requests[1].when - server.requests[0].when >= 1


def test_nobody_is_sent_while_the_server_wants_quiet(server: ChatServer, backend: Make) -> None:
    server.script(fails(429, headers={"Retry-After": "1"}), then=says("opinion"))
    asking = backend(retries=0)
    assert asking.classify(sentences(1))[0].failure is not None
    begin = time.monotonic()
    assert asking.classify(sentences(1))[0].label == "opinion"
    assert time.monotonic() - begin > 0.5


@pytest.mark.parametrize(("status", "said"), [(401, "refuses access"), (403, "refuses access"), (404, "does not know")])
def test_what_is_wrong_for_all_stops_the_run(server: ChatServer, backend: Make, status: int, said: str) -> None:
    server.script(fails(status, "no such thing"))
    with pytest.raises(ServerError, match=f"{said}.*{status}.*no such thing"):
        backend(concurrency=1).classify(sentences(20))
    assert len(server.requests) == 1


def test_a_server_that_is_not_there(server: ChatServer, backend: Make) -> None:
    asking = backend(base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ServerError, match=r"http://127\.0\.0\.1:9/v1 cannot be reached") as error:
        asking.classify(sentences(3))
    assert error.value.hint == "Is it running?"


def test_what_came_before_the_run_was_stopped_is_kept(server: ChatServer, backend: Make) -> None:
    server.script(says("opinion"), says("opinion"), fails(401))
    with pytest.raises(ServerError):
        backend(concurrency=1).classify(sentences(4))
    server.script(says("rhetoric"))
    labels = [one.label for one in backend().classify(sentences(4))]
    assert labels == ["opinion", "opinion", "rhetoric", "rhetoric"]


def test_a_sentence_that_utf_8_has_no_bytes_for(server: ChatServer, backend: Make) -> None:
    (prediction,) = backend().classify(sentences(1, text="A half \ud83d of a pair."))
    assert prediction.label == "opinion"
    assert "A half � of a pair." in server.sentences


def test_usage_is_counted_for_answers_that_are_no_good(server: ChatServer, backend: Make) -> None:
    server.script(said("maybe", usage=(80, 7)))
    (prediction,) = backend(prices={"input": 1.0, "output": 10.0}).classify(sentences(1))
    assert (prediction.usage.tokens, prediction.usage.output_tokens) == (80, 7)
    assert prediction.usage.cost == pytest.approx((80 + 70) / 1e6)


def test_usage_that_is_nonsense_is_no_answer(server: ChatServer, backend: Make) -> None:
    body: dict[str, Any] = completion('{"label": "opinion", "attributed": true}') | {"usage": {"prompt_tokens": -5}}
    server.script(sends(json.dumps(body).encode()))
    (prediction,) = backend().classify(sentences(1))
    assert prediction.failure is not None
    assert prediction.failure.kind == "invalid_response"


@pytest.mark.parametrize("fault", ["reset", "hangs"])
def test_a_server_that_goes_away_stops_the_run(server: ChatServer, backend: Make, fault: str) -> None:
    server.script(says("opinion"), says("opinion"), then=FAULTS[fault][0])
    with pytest.raises(ServerError, match="has stopped answering: 16 requests in a row") as error:
        backend(timeout=0.1, concurrency=1).classify(sentences(60))
    assert "What was answered is kept" in str(error.value.hint)
    assert len(server.requests) == 2 + 16
    server.requests.clear()
    server.script(then=says("rhetoric"))
    labels = [one.label for one in backend().classify(sentences(60))]
    assert labels == ["opinion"] * 2 + ["rhetoric"] * 58
    assert len(server.requests) == 58


def test_a_server_that_answers_now_and_then_is_not_gone(server: ChatServer, backend: Make) -> None:
    server.react = lambda asked: says("opinion") if asked.sentence.endswith("0.") else resets()
    predictions = backend(concurrency=1).classify(sentences(40))
    assert [one.failure is None for one in predictions] == [number % 10 == 0 for number in range(40)]


def test_what_is_under_way_when_a_run_is_stopped_is_kept(server: ChatServer, backend: Make) -> None:
    slow, refused = waits(0.5, says("opinion")), fails(401, "no more")
    server.react = lambda asked: refused if asked.sentence == "Sentence 3." else slow
    with pytest.raises(ServerError, match="no more"):
        backend(concurrency=4, structured="text").classify(sentences(30))
    assert len(server.requests) == 4
    server.requests.clear()
    server.script(then=says("rhetoric"))
    labels = [one.label for one in backend(structured="text").classify(sentences(30))]
    assert labels == ["opinion"] * 3 + ["rhetoric"] * 27
    assert len(server.requests) == 27
