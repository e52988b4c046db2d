"""The exception tree. Whatever the user can put right is a `ToolkitError`; anything else is a bug.

ToolkitError                 printed as one sentence and a hint, exit code 2, no traceback
├── ConfigError              a config, label set or prompt that cannot be used
│   └── UnknownNameError     a name that is not registered, with the nearest ones
├── InputError               a corpus file or folder that cannot be read
├── OutputError              a place that cannot be written, or holds something else
├── ModelError               model files that are missing, changed or of the wrong kind
├── ServerError              a server that cannot be reached, or that refuses the key, the address or the model
└── MissingExtraError        an optional dependency that is not installed
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ToolkitError(Exception):
    """Something the user can put right.

    Args:
        message: One sentence that says what is wrong and where.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(ToolkitError):
    """A config, label set or prompt cannot be used."""


class UnknownNameError(ConfigError):
    """A name that is not registered.

    Args:
        what: What kind of thing was asked for, in the singular ("backend").
        name: The name as given.
        available: The names that exist.
        hint: Replaces the list of available names.
    """

    def __init__(self, what: str, name: str, available: Iterable[str], *, hint: str = "") -> None:
        names = sorted(available)
        near = difflib.get_close_matches(name, names, n=3)
        guess = f" Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"Unknown {what} {name!r}.{guess}", hint=hint or f"Available: {', '.join(names)}.")


class InputError(ToolkitError):
    """A corpus file or folder cannot be read."""


class OutputError(ToolkitError):
    """The output cannot be written, or already holds something else."""


class ModelError(ToolkitError):
    """Model files are missing, changed or of the wrong kind."""


class ServerError(ToolkitError):
    """A server cannot be reached, or refuses the key, the address or the model."""


class MissingExtraError(ToolkitError):
    """An optional dependency is not installed.

    Args:
        package: The missing module.
        extra: The extra of claimkit that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed.", hint=f"Run: pip install 'claimkit[{extra}]'")
