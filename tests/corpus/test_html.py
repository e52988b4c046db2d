from __future__ import annotations

from pathlib import Path

import pytest
from support import texts

from toolkit.corpus.html import declared_encoding
from toolkit.errors import InputError

PAGE = """<html><head><title>T</title><meta charset="{}"></head><body><article>
<p>The mayor said \u201cit\u2019s closed\u201d \u2013 the bridge was shut on Monday because of the storm,
in the caf\u00e9.</p>
</article></body></html>"""


def page(folder: Path, encoding: str, text: str = PAGE, extra: bytes = b"") -> Path:
    path = folder / "a.html"
    path.write_bytes(text.format(encoding).encode("cp1252").replace(b"storm", b"storm" + extra))
    return path


LABELS = ["iso-8859-1", "ISO8859-1", "latin1", "us-ascii", "windows-1252"]
UNDEFINED = b"\x81\x8d\x8f\x90\x9d"


@pytest.mark.parametrize(
    ("label", "extra"),
    [*((label, extra) for label in LABELS for extra in (b"", UNDEFINED)), ("utf-16", b""), ("hex", b"")],
)
def test_quotation_marks_of_pages_that_declare_less_than_they_have(tmp_path: Path, label: str, extra: bytes) -> None:
    [text] = texts(page(tmp_path, label, extra=extra))
    assert "\u201cit\u2019s closed\u201d \u2013 the bridge" in text
    assert "caf\u00e9" in text


def test_encoding_that_is_asked_for_stays_strict(tmp_path: Path) -> None:
    path = page(tmp_path, "latin1", extra=b"\x81")
    with pytest.raises(InputError, match="not valid cp1252"):
        texts(path, encoding="cp1252")
    assert "\u201c" not in texts(path, encoding="latin1")[0]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("windows-1251", "cp1251"),
        ("iso-8859-9", "cp1254"),
        ("utf-32-le", None),
        ("UTF-16BE", None),
        ("punycode", None),
        ("none", None),
    ],
)
def test_declared_encodings(label: str, expected: str | None) -> None:
    assert declared_encoding(f'<meta charset="{label}">'.encode() + b"\xe9") == expected


def test_page_in_utf8_is_that_whatever_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(PAGE.format("iso-8859-1").encode())
    assert "\u201cit\u2019s closed\u201d" in texts(path)[0]
