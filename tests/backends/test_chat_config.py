from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from toolkit.backends.chat_config import ChatConfig

BASE = {"kind": "chat", "base_url": "http://127.0.0.1:8000/v1", "model": "m"}
KEY = "sk-verysecretkey"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"base_url": "127.0.0.1:8000"}, "begins with http"),
        ({"base_url": "http://"}, "begins with http"),
        ({"base_url": "http://[::1"}, "not an address"),
        ({"base_url": f"https://me:{KEY}@api.example.org/v1"}, "keys come from the environment"),
        ({"base_url": f"https://api.example.org/v1?key={KEY}"}, "keys come from the environment"),
        ({"api_key_env": KEY}, "never the key itself"),
        ({"votes": 3}, "votes need a temperature above 0"),
        ({"votes": 3, "temperature": 1, "logprobs": True}, "not from both"),
        ({"budget": {"max_cost": 1}}, "a budget in money needs prices"),
        ({"extra_body": {"messages": [], "n": 2}}, "messages, n cannot be set here"),
    ],
)
def test_what_cannot_work_is_told(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as error:
        ChatConfig.model_validate({**BASE, **settings})
    assert all(KEY not in fault["msg"] for fault in error.value.errors())


def test_an_address_is_the_same_with_a_stroke_at_its_end() -> None:
    assert ChatConfig.model_validate({**BASE, "base_url": "http://h/v1/"}).base_url == "http://h/v1"


def test_votes_may_leave_the_temperature_to_the_server() -> None:
    assert ChatConfig.model_validate({**BASE, "votes": 3, "temperature": None}).votes == 3
