"""The documentation of the result format and its types say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import is_typeddict

import pytest

from toolkit.evaluation import schema

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "results.md").read_text(encoding="utf-8")
TYPES = {name: value for name, value in vars(schema).items() if is_typeddict(value)}


@pytest.mark.parametrize("name", TYPES)
def test_every_key_is_documented(name: str) -> None:
    words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", PAGE))))
    assert set(TYPES[name].__annotations__) - words == set()


def test_the_page_is_about_this_format() -> None:
    assert f"**format {schema.FORMAT}**" in PAGE
