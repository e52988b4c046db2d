from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Outcome

from toolkit.cli.main import main


@pytest.fixture(autouse=True)
def _no_terminal_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def claimkit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """The command line in this process, through the same door as the installed command."""

    def run(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["claimkit", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit:
            code = int(exit.code or 0)
        out, err = capsys.readouterr()
        return Outcome(code, out, " ".join(err.split()))

    return run


@pytest.fixture
def refused(claimkit: Callable[..., Outcome]) -> Callable[..., str]:
    """A command line that must end as a user error; gives what was said."""

    def run(*arguments: str | Path) -> str:
        outcome = claimkit(*arguments)
        assert outcome.code == 2, outcome.err
        assert outcome.out == ""
        assert outcome.err.startswith("Error: ")
        assert "Hint: " in outcome.err
        assert "Traceback" not in outcome.err
        return outcome.err

    return run
