"""Keeps test splits out of what is fitted or shown: by name, by content, and row by row, before any model loads."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from toolkit import resources
from toolkit.errors import InputError

LONG = 6
"""Words from which on a text stands in two splits by copying and not by chance ("Thank you.")."""

_TEST_NAME = re.compile(r"(?:^|[^a-z])tests?(?:[^a-z]|$)")
CALIBRATE = "Calibrate on the dev split, so that figures on the test split stay honest."
"""The advice of a calibration."""


class Guard:
    """Knows the shipped test splits and those beside the given files.

    Args:
        files: What a config names.
        hint: The advice of whoever asks.
    """

    def __init__(self, files: Iterable[Path], *, hint: str = CALIBRATE) -> None:
        self._hint = hint
        self._digests: dict[str, Path] = {}
        self._texts: dict[str, str] = {}
        for split in _test_splits(files):
            data = split.read_bytes()
            self._digests[hashlib.sha256(data).hexdigest()] = split
            for name, text in _sentences(data):
                if len(text.split()) >= LONG:
                    self._texts[words_of(text)] = f"{name} of {split}"

    def check_file(self, file: Path) -> None:
        """Check a file by its name, by what it links to, and by its bytes.

        Raises:
            InputError: It is a test split.
        """
        target = file.resolve()
        if _TEST_NAME.search(file.stem.lower()):
            raise InputError(f"{file} is a test split by its name.", hint=self._hint)
        if _TEST_NAME.search(target.stem.lower()):
            raise InputError(f"{file} is a link to the test split {target}.", hint=self._hint)
        same = self._digests.get(hashlib.sha256(file.read_bytes()).hexdigest()) if file.is_file() else None
        if same is not None:
            raise InputError(f"{file} has the same content as the test split {same}.", hint=self._hint)

    def check_texts(self, texts: Iterable[tuple[str, str]], *, where: str) -> None:
        """Check sentences, given as id and text.

        Args:
            texts: The sentences.
            where: The file that they are from.

        Raises:
            InputError: One of them stands in a test split.
        """
        for name, text in texts:
            place = self._texts.get(words_of(text))
            if place is not None:
                raise InputError(f"The sentence {name} of {where} is in a test split too, as {place}.", hint=self._hint)


def _test_splits(files: Iterable[Path]) -> Iterator[Path]:
    """The test splits in the folders of files and of what they link to, and those that come with claimkit."""
    folders = {folder for file in files for folder in (file.parent, file.resolve().parent)}
    shipped = (resources.data_root() / "eval").glob("*/test.jsonl")
    yield from (path for path in sorted({folder / "test.jsonl" for folder in folders} | {*shipped}) if path.is_file())


def _sentences(data: bytes) -> Iterator[tuple[str, str]]:
    """Id and text of each line that has them; it may be a split of any label set."""
    for line in data.decode("utf-8", "replace").split("\n"):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("text"), str):
            yield str(row.get("id")), row["text"]


def words_of(text: str) -> str:
    """The words of a text, however their letters are put together; its marks where it has no word."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", folded)) or text.strip()
