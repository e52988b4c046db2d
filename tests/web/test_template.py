"""What all pages share."""

from __future__ import annotations

import pytest

from toolkit.web.template import environment, text, writable


@pytest.mark.parametrize("package", ["toolkit.exchange", "toolkit.evaluation.html"])
def test_pages_stand_on_the_shared_style(package: str) -> None:
    css = str(environment(package, "page").globals["css"])
    assert css.startswith("/* Shared by every page")
    assert css.index("color-scheme: light dark") < css.index(".masthead")


def test_text_keeps_what_a_parser_would_change() -> None:
    assert text("a\r<b>\0&") == "a&#13;&lt;b&gt;\ufffd&amp;"


def test_a_lone_surrogate_becomes_writable() -> None:
    assert writable("\ud800x") == "?x"
