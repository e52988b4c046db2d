"""What all pages share."""

from __future__ import annotations

import importlib.resources
import json
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.exchange.page import SCRIPTS, STYLES
from toolkit.web.template import environment, script_data, text, writable


@pytest.mark.parametrize(
    "page",
    [
        environment("toolkit.exchange", styles=["page/frame.css"], scripts=["page/dom.js"]),
        environment("toolkit.evaluation.html", "page"),
    ],
    ids=["documents", "evaluation"],
)
def test_pages_stand_on_the_shared_style(page: jinja2.Environment) -> None:
    css = str(page.globals["css"])
    assert css.startswith("/* Shared by every page")
    assert css.index("color-scheme: light dark") < css.index(".masthead")


def test_every_part_of_the_page_is_put_into_it() -> None:
    folder = importlib.resources.files("toolkit.exchange").joinpath("templates", "page")
    parts = {f"{name}.css" for name in STYLES} | {f"{name}.js" for name in SCRIPTS}
    assert {file.name for file in folder.iterdir()} == parts


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda some: st.lists(some) | st.dictionaries(st.text(), some))
)
def test_data_in_a_script_comes_back_and_has_no_markup(value: Any) -> None:
    written = script_data(value)
    assert not set(written) & set("<>&\u2028\u2029\0")
    assert json.loads(written) == json.loads(json.dumps(value).replace(r"\u0000", r"\ufffd"))


@pytest.mark.parametrize("character", ["\0", chr(0xD83D), chr(0xDE00)])
def test_what_has_no_place_in_a_page_is_replaced_one_for_one(character: str) -> None:
    assert json.loads(script_data({f"a{character}": [f"{character}b"]})) == {"a\ufffd": ["\ufffdb"]}


def test_text_keeps_what_a_parser_would_change() -> None:
    assert text("a\r<b>\0&") == "a&#13;&lt;b&gt;\ufffd&amp;"


def test_a_lone_surrogate_becomes_writable() -> None:
    assert writable("\ud800x") == "?x"
