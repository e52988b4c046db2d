"""`claimkit annotate` and `evaluate` with a chat server: no row lost, none invented, no key anywhere."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer, Received, chat_server, fails, resets, said, says, sends, stops_short
from support import Outcome

KEY = "sk-quitesecret-0123456789"
ROWS = 500


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as chat:
        yield chat


@pytest.fixture
def folder(tmp_path: Path, server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MY_KEY", KEY)
    configure(tmp_path, server)
    return tmp_path


def configure(folder: Path, server: ChatServer, **settings: object) -> None:
    values = {"kind": "chat", "base_url": server.url, "model": "tiny", "retries": 0, "timeout": 5, **settings}
    (folder / "chat.yaml").write_text("".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items()))


def corpus(folder: Path, count: int) -> None:
    lines = [json.dumps({"text": f"Sentence {number}."}) for number in range(count)]
    (folder / "in.jsonl").write_text("\n".join(lines))


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_budget_stops_cleanly_and_the_next_run_goes_on(
    folder: Path, server: ChatServer, claimkit: Callable[..., Outcome]
) -> None:
    corpus(folder, ROWS)
    configure(folder, server, budget={"max_requests": 50})
    command = ("annotate", "in.jsonl", "-o", "out.jsonl", "--backend", "chat.yaml")
    for run in (1, 2):
        outcome = claimkit(*command)
        assert outcome.code == 0, outcome.err
        assert len(server.requests) == 50 * run
        left = ROWS - 50 * run
        assert f"{left} are left: the budget of this run is used up. The same command goes on with them." in outcome.err
        assert "Failed:" not in outcome.err
        labels = [row["label"] for row in rows(folder / "out.jsonl")]
        assert labels == ["opinion"] * 50 * run + [None] * left
    # A larger budget is no other run.
    configure(folder, server, budget={"max_requests": 1000})
    outcome = claimkit(*command)
    assert len(server.requests) == len(set(server.sentences)) == ROWS
    assert "are left" not in outcome.err
    assert {row["label"] for row in rows(folder / "out.jsonl")} == {"opinion"}


def test_no_row_is_lost_and_none_invented(folder: Path, server: ChatServer, claimkit: Callable[..., Outcome]) -> None:
    corpus(folder, 40)
    faults = [fails(500), fails(429), resets(), stops_short(b"{"), sends(b"{"), said("prose"), said(""), says("joke")]
    bad = dict(zip((f"Sentence {number}." for number in range(0, 40, 5)), faults, strict=True))
    server.react = lambda asked: bad.get(asked.sentence, says("prediction"))
    command = ("annotate", "in.jsonl", "-o", "out.csv", "--backend", "chat.yaml")
    assert claimkit(*command).code == 1
    assert claimkit(*command, "--max-failure-rate", "0.5").code == 0
    server.requests.clear()
    server.script(says("rhetoric"))
    outcome = claimkit(*command)
    assert outcome.code == 0, outcome.err
    assert sorted(server.sentences) == sorted(bad)
    assert "32 kept from an earlier run" in outcome.err
    lines = (folder / "out.csv").read_text().splitlines()[1:]
    assert len(lines) == 40
    assert [number for number, line in enumerate(lines) if ",rhetoric," in line] == list(range(0, 40, 5))


def test_the_reason_is_a_column(folder: Path, server: ChatServer, claimkit: Callable[..., Outcome]) -> None:
    corpus(folder, 2)
    configure(folder, server, rationale=True)
    answer = json.dumps({"rationale": "It judges.", "label": "opinion", "attributed": False})
    server.script(said(answer), then=fails(500))
    for name in ("out.jsonl", "run"):
        claimkit("annotate", "in.jsonl", "-o", name, "--backend", "chat.yaml", "--max-failure-rate", "1")
    assert sorted(str(row["rationale"]) for row in rows(folder / "out.jsonl")) == ["It judges.", "None"]
    assert claimkit("report", "run", "-o", "page.html").code == 0


class TestDryRun:
    def test_shows_the_request_and_sends_nothing(
        self, folder: Path, server: ChatServer, claimkit: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        corpus(folder, 3)
        configure(folder, server, api_key_env="MY_KEY")
        for key in (KEY, None):
            monkeypatch.setenv("MY_KEY", KEY) if key else monkeypatch.delenv("MY_KEY")
            outcome = claimkit("annotate", "in.jsonl", "-o", "out.jsonl", "--backend", "chat.yaml", "--dry-run")
            assert outcome.code == 0, outcome.err
            head, _, body = outcome.out.partition("\n\n")
            assert head.splitlines()[0] == f"POST {server.url}/chat/completions"
            assert "Authorization: Bearer (the value of MY_KEY)" in head
            assert "Sentence 0." in json.loads(body)["messages"][-1]["content"]
            assert KEY not in outcome.out + outcome.err
        assert not server.requests
        assert not (folder / "out.jsonl").exists()

    def test_is_what_is_sent_then(self, folder: Path, server: ChatServer, claimkit: Callable[..., Outcome]) -> None:
        corpus(folder, 1)
        shown = claimkit("annotate", "in.jsonl", "--backend", "chat.yaml", "--dry-run").out.partition("\n\n")[2]
        claimkit("annotate", "in.jsonl", "-o", "out.jsonl", "--backend", "chat.yaml")
        assert json.loads(shown) == server.requests[0].body

    def test_of_a_backend_that_sends_nothing(self, folder: Path, claimkit: Callable[..., Outcome]) -> None:
        corpus(folder, 1)
        outcome = claimkit("annotate", "in.jsonl", "--dry-run")
        assert outcome.out == "The backend 'embedded' sends nothing anywhere.\n"

    def test_without_a_sentence(self, folder: Path, refused: Callable[..., str]) -> None:
        (folder / "bare.md").write_text("# A heading\n")
        assert "no sentence" in refused("annotate", "bare.md", "--backend", "chat.yaml", "--dry-run")


class TestKeys:
    def echo(self, asked: Received) -> object:
        """What a careless server does: it says the key back, wherever it can."""
        header = asked.headers["authorization"]
        number = int(asked.sentence.removeprefix("Sentence ").removesuffix("."))
        return [
            said(header),
            fails(500, header),
            fails(400, f"bad header {header}", code=header),
            sends(header.encode(), status=503),
            says("opinion", model=header),
            said(json.dumps({"rationale": header, "label": "opinion", "attributed": False})),
            said(None, refusal=header),
            sends(json.dumps({"error": header}).encode()),
        ][number % 8]

    def test_are_nowhere_in_what_is_written(
        self,
        folder: Path,
        server: ChatServer,
        claimkit: Callable[..., Outcome],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        corpus(folder, 16)
        configure(folder, server, api_key_env="MY_KEY", rationale=True)
        server.react = self.echo
        said = ""
        for output in ("run", "out.jsonl", "out.csv"):
            outcome = claimkit("annotate", "in.jsonl", "-o", output, "--backend", "chat.yaml")
            said += outcome.out + outcome.err
        assert claimkit("report", "run", "-o", "page.html").code == 0
        assert claimkit("validate", "chat.yaml").code == 0
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert "Bearer [key]" in (folder / "out.jsonl").read_text()
        self.search(folder, said + caplog.text)

    def test_are_not_in_an_error_that_ends_the_run(
        self, folder: Path, server: ChatServer, refused: Callable[..., str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        corpus(folder, 2)
        configure(folder, server, api_key_env="MY_KEY")
        server.script(fails(401, f"Incorrect API key provided: {KEY}."))
        message = refused("annotate", "in.jsonl", "-o", "out.jsonl", "--backend", "chat.yaml")
        assert "Incorrect API key provided: [key]." in message
        assert "Check the value of MY_KEY." in message
        self.search(folder, message + caplog.text)

    def test_that_are_missing_are_told(
        self, folder: Path, server: ChatServer, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        corpus(folder, 2)
        configure(folder, server, api_key_env="MY_KEY")
        monkeypatch.delenv("MY_KEY")
        assert "MY_KEY" in refused("annotate", "in.jsonl", "-o", "out.jsonl", "--backend", "chat.yaml")
        assert not (folder / "out.jsonl.manifest.json").exists()

    def search(self, folder: Path, said: str) -> None:
        secrets = (KEY.encode(), base64.b64encode(KEY.encode()).rstrip(b"="))
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert len(files) > 2
        for content in (*(path.read_bytes() for path in files), said.encode()):
            assert not any(secret in content for secret in secrets)


def test_evaluate(folder: Path, server: ChatServer, claimkit: Callable[..., Outcome]) -> None:
    gold = [{"id": n, "doc": f"d{n % 4}", "text": f"Sentence {n}.", "label": "opinion"} for n in range(12)]
    gold += [{"id": n, "doc": f"d{n % 4}", "text": f"Sentence {n}.", "label": "prediction"} for n in range(12, 20)]
    (folder / "g.jsonl").write_text("\n".join(json.dumps(row) for row in gold))
    (folder / "e.yaml").write_text("name: e\ngold: [g.jsonl]\nbackends: [chat.yaml, majority]\n")
    outcome = claimkit("evaluate", "e.yaml", "-o", "results")
    assert outcome.code == 0, outcome.err
    answers = rows(folder / "results" / "predictions" / "g" / "chat.jsonl")
    assert len(answers) == len(server.requests) == 20
