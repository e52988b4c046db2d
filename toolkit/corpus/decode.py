"""Bytes to text: decompression and encodings."""

from __future__ import annotations

import codecs
import gzip
import io
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from toolkit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = 1 << 20
"""Bytes that are looked at to tell the encoding of a file that is read as a stream."""

COMPRESSIONS = (".gz", ".zst")

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@contextmanager
def open_bytes(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Open a file for reading and decompress .gz and .zst.

    Yields:
        The decompressed stream, and the raw file, whose position tells how much of the file is done.

    Raises:
        InputError: The file is missing, may not be read, or its compressed data is broken.
    """
    import zstandard

    try:
        with path.open("rb") as raw:
            if path.suffix == ".gz":
                with gzip.open(raw) as stream:
                    yield cast("IO[bytes]", stream), raw
            elif path.suffix == ".zst":
                with zstandard.open(raw, "rb") as stream:
                    yield stream, raw
            else:
                yield raw, raw
    except FileNotFoundError:
        raise InputError(f"The input {path} does not exist.", hint="Check the path.") from None
    except (gzip.BadGzipFile, EOFError, zstandard.ZstdError) as error:
        raise InputError(
            f"{path} cannot be decompressed: {error}.", hint=f"The file is damaged or not {path.suffix}."
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", hint="Check its permissions.") from error


def decode(data: bytes, name: str, *, encoding: str | None = None) -> str:
    """Decode a whole text: by byte order mark, else as UTF-8, else by detection.

    Args:
        data: The bytes.
        name: What to call the file in errors.
        encoding: Use this one and no other.

    Raises:
        InputError: Binary data, or text in an encoding that cannot be told.
    """
    found = encoding or detect(data, name)
    try:
        text = data.decode(found)
    except (UnicodeDecodeError, LookupError) as error:
        raise InputError(
            f"{name} is not valid {found}: {getattr(error, 'reason', error)}.",
            hint="Name the encoding with --encoding.",
        ) from error
    if "\0" in text:
        raise InputError(
            f"{name} has NUL bytes in it, so it is not a text file.", hint="Convert it to UTF-8 text first."
        )
    return text


def detect(data: bytes, name: str) -> str:
    """Tell the encoding of a text, or of the beginning of one.

    Raises:
        InputError: It looks binary, or no encoding fits.
    """
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return encoding
    if b"\0" in data:
        raise InputError(
            f"{name} has NUL bytes in it, so it is not a text file.", hint="Convert it to UTF-8 text first."
        )
    try:
        # Incremental, so that a character cut at the end of a sample is no fault.
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return _guess(data, name)
    return "utf-8"


def _guess(data: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:SAMPLE]).best()
    printable = sum(byte >= 32 or byte in b"\t\n\r\f" for byte in data[:SAMPLE]) / min(len(data), SAMPLE)
    if best is None or printable < 0.98:
        raise InputError(
            f"The encoding of {name} cannot be told: it is not UTF-8, and no other fits.",
            hint="Name the encoding with --encoding, or convert the file to UTF-8.",
        )
    # Windows-1252 is Latin-1 plus the quotation marks and dashes that such files nearly always have.
    return "cp1252" if best.encoding in {"latin_1", "cp1250", "cp1252"} and _fits(data, "cp1252") else best.encoding


def _fits(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def text_lines(stream: IO[bytes], name: str, *, encoding: str | None = None) -> Iterator[str]:
    """Lines of a stream, line ends kept; bytes that do not decode become lone surrogates, for the reader to notice.

    Raises:
        InputError: As `detect`.
    """
    buffered = io.BufferedReader(stream, SAMPLE) if not isinstance(stream, io.BufferedReader) else stream  # type: ignore[type-var]
    head = buffered.peek(SAMPLE)[:SAMPLE]
    found = encoding or detect(head, name)
    try:
        codecs.lookup(found)
    except LookupError:
        raise InputError(
            f"There is no encoding called {found!r}.", hint="For example utf-8, cp1252 or utf-16."
        ) from None
    found = "utf-8-sig" if found == "utf-8" else found
    yield from io.TextIOWrapper(buffered, encoding=found, errors="surrogateescape", newline="")


def has_undecodable(text: str) -> bool:
    """Whether bytes in it did not decode."""
    return any("\udc80" <= character <= "\udcff" for character in text) if not text.isascii() else False
