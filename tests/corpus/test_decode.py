from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from toolkit.corpus.decode import SAMPLE, decode, detect, encodable, has_undecodable, text_lines
from toolkit.corpus.unpack import open_bytes
from toolkit.errors import InputError

FRENCH = "Le café est fermé. À bientôt, dit-il. Le maire n’a pas répondu.\n"
CYRILLIC = "Цены упадут в следующем году. Мэр сказал, что дорога закрыта. Никто не знает почему.\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "Naïve — “yes” 🎉"),
        ("utf-8-sig", "Naïve — “yes”"),
        ("utf-16", "Naïve — “yes” 🎉"),
        ("utf-32", "Naïve"),
        ("cp1252", FRENCH),
        ("cp1252", "It’s over."),
        ("latin-1", "caf\xe9"),
        ("latin-1", "Das Straßenfest fällt aus.\n"),
        ("cp1251", CYRILLIC),
        ("shift_jis", "来年は物価が下がるでしょう。市長は道路が閉鎖されていると述べた。"),
    ],
)
def test_encoding_is_told_from_the_bytes(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), "x.txt") == text


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-8-sig"])
def test_named_encoding_drops_the_mark(encoding: str) -> None:
    assert decode("\ufeffYes.".encode(), "x", encoding=encoding) == "Yes."
    assert list(text_lines(io.BytesIO("\ufeffYes.\n".encode()), "x", encoding=encoding)) == ["Yes.\n"]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [(b"\xff\xfe\xfa", "utf-8"), (b"caf\xe9", "ascii"), (b"abc", "utf-16")],
)
def test_wrong_encoding_is_said(data: bytes, encoding: str) -> None:
    with pytest.raises(InputError, match=f"x is not valid {encoding}") as caught:
        decode(data, "x", encoding=encoding)
    assert "--encoding" in caught.value.hint


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_lines_without_the_byte_order_mark_that_their_encoding_needs(encoding: str) -> None:
    data = "text\nOne.\n".encode(f"{encoding}-le")
    with pytest.raises(InputError, match=f"x is not valid {encoding}: .*BOM") as caught:
        list(text_lines(io.BytesIO(data), "x", encoding=encoding))
    assert "--encoding" in caught.value.hint
    assert list(text_lines(io.BytesIO(data), "x", encoding=f"{encoding}-le")) == ["text\n", "One.\n"]


@pytest.mark.parametrize("name", ["utf-99", "hex", "a\0b", "undefined", "idna", "punycode", "Puny_Code"])
def test_encoding_that_does_not_exist(name: str) -> None:
    with pytest.raises(InputError, match="There is no encoding called"):
        decode(b"a", "x", encoding=name)
    with pytest.raises(InputError, match="There is no encoding called"):
        list(text_lines(io.BytesIO(b"a"), "x", encoding=name))


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"%PDF-1.7\nsome text",
        b"PK\x03\x04word/document.xml",
        bytes(range(256)) * 40,
        b"\x80\x81\x01\x02\x03\x04",
        "no mark".encode("utf-16-le"),
    ],
)
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(InputError, match=r"not a text file|cannot be told"):
        decode(data, "x.txt")


def test_one_nul_byte_makes_a_document_unreadable_and_a_table_not() -> None:
    data = b"One line.\nAnother li\0ne.\nA third line.\n"
    with pytest.raises(InputError, match="NUL"):
        decode(data, "x.txt")
    assert detect(data, "x.csv") == "utf-8"


def test_damaged_utf8_is_not_read_as_something_else() -> None:
    data = "Çok güzel, très bien.\n".encode() * 3 + b"bad \xff byte\n"
    with pytest.raises(InputError, match="not valid utf-8"):
        decode(data, "x")
    lines = list(text_lines(io.BytesIO(data), "x"))
    assert lines[0] == "Çok güzel, très bien.\n"
    assert [has_undecodable(line) for line in lines] == [False, False, False, True]


def test_utf16_with_a_broken_unit_marks_its_line_alone() -> None:
    data = "One.\nTwo.\n".encode("utf-16") + b"\x00\xd8" + "x\nThree.\n".encode("utf-16-le")
    lines = list(text_lines(io.BytesIO(data), "x"))
    assert lines[:2] == ["One.\n", "Two.\n"]
    assert has_undecodable(lines[2])
    assert lines[-1] == "Three.\n"


def test_encoding_of_a_stream_is_told_by_more_than_its_first_buffer(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"plain text\n" * 5000 + FRENCH.encode("cp1252"))
    with open_bytes(path) as (stream, _):
        assert list(text_lines(stream, "x"))[-1] == FRENCH


def test_character_across_the_end_of_the_sample() -> None:
    data = b"a" * (SAMPLE - 1) + "é\nend".encode()
    assert list(text_lines(io.BytesIO(data), "x"))[-1] == "end"


@given(st.text().filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_utf8_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode(), "x", encoding="utf-8") == text
    assert "".join(text_lines(io.BytesIO(text.encode()), "x", encoding="utf-8")) == text


def test_lone_surrogates_are_replaced() -> None:
    assert encodable("a\ud800b\udcff") == "a\ufffdb\ufffd"
    assert encodable("é🎉") == "é🎉"


def packed(suffix: str, data: bytes) -> bytes:
    return gzip.compress(data) if suffix == ".gz" else zstandard.ZstdCompressor(write_checksum=True).compress(data)


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".GZ"])
def test_compressed_files_of_several_parts(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.txt{suffix}"
    path.write_bytes(packed(suffix.lower(), b"one " * 40_000) + packed(suffix.lower(), b"two"))
    with open_bytes(path) as (stream, _):
        assert stream.read() == b"one " * 40_000 + b"two"


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "not compressed"])
def test_damaged_compression_is_noticed(tmp_path: Path, suffix: str, damage: str) -> None:
    data = packed(suffix, b"".join(b"%d words\n" % number for number in range(3000)))
    broken = {"cut": data[:-9], "flipped": data[:60] + b"\xff\x00\xff" + data[63:], "not compressed": b"plain text"}
    path = tmp_path / f"x.txt{suffix}"
    path.write_bytes(broken[damage])
    with pytest.raises(InputError, match="cannot be decompressed"), open_bytes(path) as (stream, _):
        stream.read()


def test_missing_and_forbidden_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"), open_bytes(tmp_path / "none.txt"):
        pass
    with pytest.raises(InputError, match="cannot be read: Is a directory"), open_bytes(tmp_path):
        pass
