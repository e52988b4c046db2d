"""Answers of local models on disk, across runs: a corpus that has grown, or a new threshold, costs only what is new.

What a language model answers is kept by its own backend. Of a sentence only a hash is kept, beside its scores before
calibration; what failed is never kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import struct
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from toolkit.annotate.manifest import package_version
from toolkit.backends.base import Backend
from toolkit.backends.config import ModelBase
from toolkit.backends.identity import answer_settings
from toolkit.backends.prompt_config import PromptedBase
from toolkit.backends.store import AnswerStore
from toolkit.errors import OutputError
from toolkit.models.parts import cache_folder
from toolkit.records import Prediction, Sentence, Usage
from toolkit.runtime.processor import library_version

_log = logging.getLogger(__name__)

LIMIT = 4 << 30
"""Most bytes of the answers of one model: about thirty million sentences."""

UNUSED = 90 * 24 * 3600
"""Seconds after which a file that no run has used is removed: most are of a version or a model that is no more."""

OURS = re.compile(r"[0-9a-f]{32}\.sqlite(\.damaged)?")
"""What our own files are called; whatever else is in their folder is somebody else's."""

PATIENCE = 10.0
"""Seconds to wait for another process before going on without."""

CODE = ("backends", "models", "runtime")
"""The rooms whose code answers are made by."""

LIBRARIES = ("gliclass", "numpy", "onnxruntime", "tokenizers", "torch", "transformers")
"""What they are computed with."""


class Recalling:
    """A backend whose answers are kept on disk, and looked for there first.

    Args:
        backend: Who answers what is not there.
        store: Where answers are kept.

    Attributes:
        recalled: How many answers were there.
    """

    def __init__(self, backend: Backend, store: AnswerStore[bytes]) -> None:
        self.backend = backend
        self.config = backend.config
        self.labels = backend.labels
        self.store = store
        self.recalled = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def identity(self) -> dict[str, Any]:
        """That of the backend."""
        return self.backend.identity()

    def classify(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Answer; see `toolkit.backends.base.Backend`."""
        keys = [key_of(sentence) for sentence in sentences]
        there = self.look_up(keys)
        self.recalled += sum(key in there for key in keys)
        asked = [place for place, key in enumerate(keys) if key not in there]
        if not asked:
            return [there[key] for key in keys]
        answers = dict(zip(asked, self.backend.classify([sentences[place] for place in asked]), strict=True))
        packed = {keys[place]: pack(keys[place], answer, self._names) for place, answer in answers.items()}
        # All of them at once: after a kill a window is there or not, and the rest is asked as if there had been none.
        self.store.put_all({key: value for key, value in packed.items() if value is not None})
        return [answers[place] if place in answers else there[key] for place, key in enumerate(keys)]

    def look_up(self, keys: Sequence[bytes]) -> dict[bytes, Prediction]:
        """The answers that are there, by `key_of` their sentence."""
        try:
            return {key: unpack(key, value, self._names) for key, value in self.store.get(keys).items()}
        except ValueError:
            self.store.set_aside()
            return {}

    @property
    def _names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(self.labels.names), tuple(flag.name for flag in self.labels.flags)


def key_of(sentence: Sentence) -> bytes:
    """Sixteen bytes that stand for everything that a backend sees of a sentence."""
    context = "" if sentence.context is None else f"\0{sentence.context}"
    return hashlib.blake2b((sentence.text + context).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def pack(key: bytes, answer: Prediction, names: tuple[tuple[str, ...], tuple[str, ...]]) -> bytes | None:
    """An answer as bytes, to the last bit; None for one that is not to be kept.

    Args:
        key: Of the sentence.
        answer: Scores and flags as the backend gave them.
        names: Of the labels and the flags.
    """
    labels, flags = names
    plain = Prediction(scores=answer.scores, flags=answer.flags, usage=answer.usage)
    usage = Usage(tokens=answer.usage.tokens, truncated=answer.usage.truncated)
    if answer != plain or answer.usage != usage or tuple(answer.scores) != labels:
        return None  # a failure, or something that there is no place for here
    if answer.flags and tuple(answer.flags) != flags:
        return None
    numbers = [*answer.scores.values(), *answer.flags.values()]
    body = struct.pack(f"<{len(numbers)}dII", *numbers, usage.tokens, usage.truncated)
    return body + struct.pack("<I", zlib.crc32(key + body))


def unpack(key: bytes, value: bytes, names: tuple[tuple[str, ...], tuple[str, ...]]) -> Prediction:
    """The answer that `pack` was given.

    Raises:
        ValueError: The bytes have been damaged.
    """
    labels, flags = names
    if not isinstance(value, bytes):  # a damaged file may say that it is a text
        raise ValueError("damaged")
    body, total = value[:-4], value[-4:]
    count = (len(body) - 8) // 8
    if count not in {len(labels), len(labels) + len(flags)} or struct.pack("<I", zlib.crc32(key + body)) != total:
        raise ValueError("damaged")
    *numbers, tokens, truncated = struct.unpack(f"<{count}dII", body)
    own = numbers[len(labels) :]
    return Prediction(
        scores=dict(zip(labels, numbers, strict=False)),
        flags=dict(zip(flags, own, strict=True)) if own else {},
        usage=Usage(tokens=tokens, truncated=truncated),
    )


def worth_it(backend: Backend, wanted: bool | None) -> bool:
    """Whether the answers of a backend are kept here; by default those of models.

    Args:
        backend: One that answers by itself.
        wanted: What the user says; None leaves it to the kind.
    """
    if isinstance(backend.config, PromptedBase):  # it keeps them itself, as its config says
        return False
    # Rules and word counts answer sooner than they are looked up.
    return isinstance(backend.config, ModelBase) if wanted is None else wanted


@contextmanager
def recalling(
    backend: Backend, *, wanted: bool | None = None, only_look: bool = False
) -> Iterator[tuple[Backend, list[Recalling]]]:
    """A backend with a memory, for the length of a run.

    Args:
        backend: Any; of one made of others it is the members that remember.
        wanted: Whether answers are kept and looked for; None does so for models.
        only_look: Whether no file may be made or removed, for one who asks what is there and nothing else.

    Yields:
        What to ask in its place, and those of its parts that remember.
    """
    found: list[Recalling] = []
    with ExitStack() as undo:
        yield _remembering(backend, wanted, found, undo, only_look=only_look), found


def _remembering(
    backend: Backend, wanted: bool | None, found: list[Recalling], undo: ExitStack, *, only_look: bool
) -> Backend:
    members = getattr(getattr(backend, "members", None), "backends", None)
    if members is not None:
        undo.callback(members.__setitem__, slice(None), list(members))
        members[:] = [_remembering(member, wanted, found, undo, only_look=only_look) for member in members]
        return backend
    if wanted is False or not worth_it(backend, wanted):
        return backend
    path = cache_folder() / "annotations" / f"{_fingerprint(_decides(backend))}.sqlite"
    if only_look and not path.exists():
        return backend
    try:
        store: AnswerStore[bytes] = AnswerStore(path, check=False, safe=False, limit=LIMIT, patience=PATIENCE)
    except OutputError as error:
        _log.warning("%s Going on without it.", error.message)
        return backend
    undo.callback(store.close)
    if not only_look:
        _sweep(path)
    found.append(Recalling(backend, store))
    return found[-1]


def _sweep(used: Path) -> None:
    """Remove those of our files beside one in use that no run has used for long."""
    with suppress(OSError):
        os.utime(used)
        for file in used.parent.iterdir():
            if file.name != used.name and OURS.fullmatch(file.name) and file.stat().st_mtime < time.time() - UNUSED:
                file.unlink()
                for suffix in ("-wal", "-shm"):  # SQLite's, which are there after a kill
                    file.with_name(file.name + suffix).unlink(missing_ok=True)


def _decides(backend: Backend) -> dict[str, Any]:
    """Everything beside the sentence that can change an answer, before calibration."""
    return {
        "claimkit": package_version(),
        "code": _code(),
        "libraries": {name: library_version(name) for name in LIBRARIES},
        "config": {name: value for name, value in answer_settings(backend.config).items() if name != "calibration"},
        "labels": backend.labels.fingerprint,
        "model": backend.identity(),
    }


def _fingerprint(settings: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:32]


@cache
def _code() -> str:
    """Hash of our own code: in a checkout it changes while the version does not."""
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for file in sorted(file for room in CODE for file in (root / room).rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
