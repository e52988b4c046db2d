from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from batch_server import BatchServer, Line, good
from chat_server import ChatServer, fails
from sentences import sentences

from toolkit.backends.chat.backend import ChatBackend
from toolkit.errors import ServerError

Make = Callable[..., ChatBackend]
QUICK = {"mode": "batch", "poll_seconds": 0.01}


@pytest.fixture
def batches(server: ChatServer) -> BatchServer:
    api = BatchServer()
    server.react = api
    return api


def sentence_of(request: Line) -> str:
    content: str = request["body"]["messages"][-1]["content"]
    return content


def test_answers_are_joined_by_their_ids(batches: BatchServer, backend: Make) -> None:
    def answer(request: Line) -> Line:
        line: Any = good(request)
        label = "prediction" if "Sentence 1." in sentence_of(request) else "opinion"
        content = json.dumps({"label": label, "attributed": False})
        line["response"]["body"]["choices"][0]["message"]["content"] = content
        return dict(line)

    batches.answer = answer
    predictions = backend(**QUICK).classify(sentences(3))
    assert [one.label for one in predictions] == ["opinion", "prediction", "opinion"]
    (batch,) = batches.batches.values()
    assert (batch["endpoint"], batch["completion_window"]) == ("/v1/chat/completions", "24h")
    lines = [json.loads(line) for line in batches.files["file-0"].splitlines()]
    assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}
    assert len({line["custom_id"] for line in lines}) == 3
    assert sum(one.usage.requests for one in predictions) == 3


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_an_answer_with_another_line_separator_is_one_line(batches: BatchServer, backend: Make, mark: str) -> None:
    def answer(request: Line) -> Line:
        line: Any = good(request)
        content = json.dumps({"rationale": f"So{mark}so.", "label": "opinion", "attributed": False}, ensure_ascii=False)
        line["response"]["body"]["choices"][0]["message"]["content"] = content
        return dict(line)

    batches.answer = answer
    (prediction,) = backend(**QUICK, rationale=True).classify(sentences(1))
    assert (prediction.failure, prediction.rationale) == (None, f"So{mark}so.")


def test_what_failed_in_a_batch_goes_into_the_next(batches: BatchServer, backend: Make) -> None:
    def answer(request: Line) -> Line | None:
        name = request["custom_id"]
        if "Sentence 0." in sentence_of(request):
            return {"custom_id": name, "response": None, "error": {"code": "batch_expired", "message": "too late"}}
        if "Sentence 1." in sentence_of(request):
            body = {"error": {"message": "oops", "code": None}}
            return {"custom_id": name, "response": {"status_code": 500, "body": body}, "error": None}
        return None if "Sentence 2." in sentence_of(request) else good(request)

    batches.answer, batches.ends = answer, "expired"
    predictions = backend(**QUICK).classify(sentences(4))
    assert [one.failure.message if one.failure else one.label for one in predictions] == [
        "the batch has no answer to this: too late",
        "HTTP 500: oops",
        "the batch is expired and has no answer to this",
        "opinion",
    ]
    batches.answer, batches.ends = good, "completed"
    predictions = backend(**QUICK).classify(sentences(4))
    assert [one.label for one in predictions] == ["opinion"] * 4
    assert len(batches.batches) == 2
    assert len(batches.files["file-1"].splitlines()) == 3


def test_a_batch_that_is_turned_down(batches: BatchServer, backend: Make) -> None:
    batches.ends, batches.errors = "failed", {"object": "list", "data": [{"message": "the model is not for batches"}]}
    batches.answer = lambda _: None
    (prediction,) = backend(**QUICK).classify(sentences(1))
    assert prediction.failure is not None
    assert "the batch is failed" in prediction.failure.message
    assert "the model is not for batches" in prediction.failure.message


def test_a_run_that_was_stopped_picks_its_batch_up(batches: BatchServer, server: ChatServer, backend: Make) -> None:
    server.react = lambda asked: fails(500) if "/batches/" in asked.path else batches(asked)
    with pytest.raises(ServerError, match="HTTP 500") as error:
        backend(**QUICK).classify(sentences(3))
    assert "the same command goes on" in error.value.hint
    server.react = batches
    predictions = backend(**QUICK).classify(sentences(5))
    assert [one.label for one in predictions] == ["opinion"] * 5
    assert [len(batches.files[name].splitlines()) for name in ("file-0", "file-1")] == [3, 2]
    assert len(batches.batches) == 2


@pytest.mark.parametrize("made", [True, False])
def test_a_run_that_was_stopped_while_it_submitted(
    batches: BatchServer, server: ChatServer, backend: Make, made: bool
) -> None:
    """The batch was made and its id never came, or it was not made."""

    def react(asked: Any) -> Any:
        if asked.method == "POST" and asked.path == "/v1/batches":
            if made:
                batches(asked)
            return fails(500)
        return batches(asked)

    server.react = react
    with pytest.raises(ServerError):
        backend(**QUICK).classify(sentences(3))
    server.react = batches
    assert [one.label for one in backend(**QUICK).classify(sentences(3))] == ["opinion"] * 3
    assert len(batches.batches) == 1


def test_a_batch_that_is_gone_is_submitted_again(batches: BatchServer, server: ChatServer, backend: Make) -> None:
    server.react = lambda asked: fails(500) if "/batches/" in asked.path else batches(asked)
    with pytest.raises(ServerError):
        backend(**QUICK).classify(sentences(2))
    server.react = batches
    batches.batches.clear()
    assert {one.failure.message for one in backend(**QUICK).classify(sentences(2)) if one.failure} == {
        "the server no longer has the batch"
    }
    assert [one.label for one in backend(**QUICK).classify(sentences(2))] == ["opinion"] * 2


def test_the_budget_counts_what_is_in_the_batches(batches: BatchServer, backend: Make) -> None:
    predictions = backend(**QUICK, budget={"max_requests": 4}).classify(sentences(6))
    assert [one.failure.kind if one.failure else one.label for one in predictions] == ["opinion"] * 4 + ["budget"] * 2
    assert len(batches.files["file-0"].splitlines()) == 4


def test_answers_are_kept(batches: BatchServer, server: ChatServer, backend: Make) -> None:
    backend(**QUICK).classify(sentences(3))
    server.requests.clear()
    assert sum(one.usage.cached for one in backend(**QUICK).classify(sentences(3))) == 3
    assert not server.requests
