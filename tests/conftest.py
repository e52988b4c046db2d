from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from support import Outcome

from toolkit.cli.main import main
from toolkit.models.parts import cache_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

settings.register_profile("claimkit", deadline=None)  # no test judges by a clock
settings.load_profile("claimkit")

CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True, scope="session")
def _answers_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache folder in which models that were put together are found, and answers of other sessions are not."""
    own = tmp_path_factory.mktemp("cache")
    usual = cache_folder()
    for entry in usual.iterdir() if usual.is_dir() else ():
        if entry.is_dir() and entry.name not in {"annotations", "onnx", "picked"}:
            (own / entry.name).symlink_to(entry)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMKIT_CACHE", str(own))
        yield


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Tests are skipped where there is none, or no playwright to drive it."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no browser: none of chromium, chromium-browser, google-chrome is on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api", reason="no browser driver: playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def open_file(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page in a window of its own; at the end of the test nothing may have gone wrong in it."""
    problems: list[str] = []
    requests: list[str] = []
    allowed: set[str] = set()
    contexts = []

    def dismiss(dialog: Dialog) -> None:
        problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open_file(path: Path, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("dialog", dismiss)
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        allowed.update((path.as_uri(), "data:,"))
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert problems == []
    assert set(requests) <= allowed
