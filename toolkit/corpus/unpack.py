"""Files opened for reading, .gz and .zst decompressed on the way; damage is noticed."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from toolkit.errors import InputError

COMPRESSIONS = (".gz", ".zst")

BUFFER = 1 << 20


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
            if path.suffix.lower() == ".gz":
                with gzip.open(raw) as stream:
                    yield cast("IO[bytes]", stream), raw
            elif path.suffix.lower() == ".zst":
                with io.BufferedReader(_ZstdStream(raw), BUFFER) as stream:
                    yield stream, raw
            else:
                yield raw, raw
    except FileNotFoundError:
        raise InputError(f"The input {path} does not exist.", hint="Check the path.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise InputError(
            f"{path} cannot be decompressed: {error}.", hint=f"The file is damaged or not {path.suffix}."
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", hint="Check its permissions.") from error


class _ZstdStream(io.RawIOBase):
    """Decompressed frames, one after another; unlike zstandard's own reader it notices that the last one is cut off."""

    def __init__(self, raw: IO[bytes]) -> None:
        import zstandard

        self._raw = raw
        self._new_frame = zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj
        self._frame: Any = None
        self._compressed = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            data = self._compressed or self._raw.read(1 << 14)
            if not data:
                if self._frame is not None:
                    raise EOFError("it ends in the middle")
                return 0
            if self._frame is None:
                self._frame = self._new_frame()
            self._ready = memoryview(self._frame.decompress(data))
            self._compressed = self._frame.unused_data if self._frame.eof else b""
            self._frame = None if self._frame.eof else self._frame
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size
