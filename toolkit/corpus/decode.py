"""Bytes to text: encodings."""

from __future__ import annotations

import codecs
import io
import re
from typing import IO, TYPE_CHECKING, Any, cast

from toolkit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = 1 << 20
"""Bytes that are looked at to tell the encoding of a file that is read as a stream."""

CHUNK = 1 << 14

FEW = 16
"""With fewer bytes than this that are not ASCII, nothing can be told from their statistics."""

BINARY = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\x7fELF")
"""How files begin that are often taken for text: PDF, office documents and zip, images, compressed data, programs."""

MARK = "claimkit-mark"
"""Name of the error handler that puts one lone surrogate in the place of bytes that do not decode."""

_SURROGATE = re.compile("[\ud800-\udfff]")

NAMES_ONLY = ("idna", "punycode")
"""What Python has among its encodings and is for the names of hosts, not for texts."""

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def require_encoding(encoding: str) -> None:
    """Check that there is a text encoding of this name.

    Raises:
        InputError: There is none.
    """
    try:
        if codecs.lookup(encoding).name not in NAMES_ONLY:
            b"a".decode(encoding)
            return
    except UnicodeDecodeError:
        return  # it exists, one byte is just too short for it
    except (LookupError, ValueError):
        pass
    raise InputError(f"There is no encoding called {encoding!r}.", hint="For example utf-8, cp1252 or utf-16.")


def decode(data: bytes, name: str, *, encoding: str | None = None, errors: str = "strict") -> str:
    """Decode a whole text: by byte order mark, else as UTF-8, else by detection.

    Args:
        data: The bytes.
        name: What to call the file in errors.
        encoding: Use this one and no other.
        errors: What to do about bytes that do not decode, as `bytes.decode` has it.

    Raises:
        InputError: Binary data, or text in an encoding that cannot be told.
    """
    if encoding:
        require_encoding(encoding)
    found = encoding or detect(data, name)
    try:
        text = data.decode(found, errors)
    except UnicodeError as error:
        raise _invalid(name, found, error) from error
    if "\0" in text:
        raise _binary(f"{name} has NUL bytes in it")
    return text.removeprefix("\ufeff")


def _invalid(name: str, encoding: str, error: UnicodeError) -> InputError:
    reason = getattr(error, "reason", error)
    return InputError(f"{name} is not valid {encoding}: {reason}.", hint="Name the encoding with --encoding.")


def _binary(what: str) -> InputError:
    return InputError(f"{what}, so it is not a text file.", hint="Convert it to UTF-8 text first.")


def detect(data: bytes, name: str, *, whole: bool = True) -> str:
    """Tell the encoding of a text.

    A few NUL bytes pass here: in a table they are the fault of a row, not of the file.

    Args:
        data: The text, or its beginning.
        name: What to call the file in errors.
        whole: Whether it is all of the text; else a character may be cut at its end.

    Raises:
        InputError: It looks binary, or no encoding fits.
    """
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return encoding
    if data.startswith(BINARY):
        raise _binary(f"{name} is a PDF, archive, image or program")
    if data.count(0) * 5 > len(data):
        raise _binary(f"{name} has NUL bytes in it")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, whole)
    except UnicodeDecodeError:
        return _guess(data, name)
    return "utf-8"


def _guess(data: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    sample = data[:SAMPLE]
    printable = sum(byte >= 32 or byte in b"\t\n\r\f\0" for byte in sample) / len(sample)
    if printable >= 0.98:
        if _mostly_utf8(sample):
            return "utf-8"
        if _is_western(sample):
            if _fits(data, "cp1252"):
                return "cp1252"
            if sum(byte >= 128 for byte in sample) < FEW:
                return "utf-8"
        best = from_bytes(sample).best()
        if best is not None:
            return best.encoding
    raise InputError(
        f"The encoding of {name} cannot be told: it is not UTF-8, and no other fits.",
        hint="Name the encoding with --encoding, or convert the file to UTF-8.",
    )


def _mostly_utf8(data: bytes) -> bool:
    """Whether it is UTF-8 with a damaged place in it: better to fail that place than to misread all the rest."""
    text = data.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    good = sum(character > "\x7f" for character in text) - faults
    return good > 0 and good * 2 >= faults  # in other encodings next to nothing is UTF-8 by chance


def _is_western(data: bytes) -> bool:
    """Whether it reads as Windows-1252 (Latin-1 and the quotation marks and dashes that such files nearly always have).

    General detection takes short Western texts for anything. In them, other than in Cyrillic, Greek or Asian texts,
    most letters are ASCII.
    """
    ascii_letters = sum(65 <= byte <= 90 or 97 <= byte <= 122 for byte in data)
    return sum(byte >= 128 for byte in data) * 3 <= ascii_letters


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


class _Rejoined(io.RawIOBase):
    """A stream again from its start, of which the beginning is read at once to look at.

    Damage further on in that beginning is raised where it is reached, so that what stands before it can be read.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._rest = cast("io.BufferedReader", stream)
        start = stream.tell() if stream.seekable() else None
        self._fault: Exception | None = None
        self.head = b""
        try:
            while len(self.head) < SAMPLE and (some := self._rest.read1(SAMPLE)):
                self.head += some
        except Exception as error:  # whatever the decompression raises
            if not self.head:
                raise
            self._fault = error
        self._left = memoryview(self.head)
        if start is not None:  # go back, so that the position of the stream tells how much of it is done
            stream.seek(start)
            self._left, self._fault = memoryview(b""), None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left and self._fault:
            raise self._fault
        data = self._left[: len(buffer)] or self._rest.read1(len(buffer))
        self._left = self._left[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def text_lines(stream: IO[bytes], name: str, *, encoding: str | None = None) -> Iterator[str]:
    """Lines of a stream, line ends kept; bytes that do not decode become lone surrogates, for the reader to notice.

    Raises:
        InputError: As `detect`; or nothing can be told in the encoding, such as UTF-16 without its byte order mark.
    """
    if encoding:
        require_encoding(encoding)
    joined = _Rejoined(stream)
    found = encoding or detect(joined.head, name, whole=len(joined.head) < SAMPLE)
    buffered = io.BufferedReader(joined, CHUNK)
    lines = io.TextIOWrapper(buffered, encoding=found, errors=MARK, newline="")
    try:
        yield next(lines, "").removeprefix("\ufeff")
        yield from lines
    except UnicodeError as error:
        raise _invalid(name, found, error) from error


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(MARK, _mark)


def has_undecodable(text: str) -> bool:
    """Whether bytes in it did not decode, or it holds half of a surrogate pair, which is no character."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def encodable(text: str) -> str:
    """A text without lone surrogates, which no output could hold."""
    return _SURROGATE.sub("\ufffd", text) if has_undecodable(text) else text
