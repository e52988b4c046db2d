from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from chat_server import ChatServer, chat_server

from toolkit.backends.chat.backend import ChatBackend
from toolkit.backends.chat_config import ChatConfig
from toolkit.labels import load_labels


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as chat:
        yield chat


def make_config(server: ChatServer, **settings: Any) -> ChatConfig:
    defaults = {"kind": "chat", "name": "c", "base_url": server.url, "model": "tiny", "retries": 0, "timeout": 5}
    return ChatConfig.model_validate({**defaults, **settings})


@pytest.fixture
def backend(server: ChatServer) -> Any:
    """Makes backends that ask the server."""

    def make(**settings: Any) -> ChatBackend:
        return ChatBackend(make_config(server, **settings), load_labels())

    return make
