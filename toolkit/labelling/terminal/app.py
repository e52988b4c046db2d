"""The Textual application around the screen."""

from __future__ import annotations

import sys

from textual.app import App

from toolkit.errors import InputError
from toolkit.labelling.session import Session
from toolkit.labelling.terminal.screen import LabelScreen, Wording


class LabelApp(App[None]):
    """`claimkit label` and `claimkit adjudicate`.

    Args:
        session: What happens.
        wording: What stands on the screen.
    """

    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "claimkit"

    def __init__(self, session: Session, wording: Wording) -> None:
        super().__init__()
        self.label_screen = LabelScreen(session, wording)

    def on_mount(self) -> None:
        """Begin."""
        self.push_screen(self.label_screen)


def require_terminal() -> None:
    """Fail where there is nobody to press a key.

    Raises:
        InputError: Standard input or output is not a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("Labelling needs a terminal.", hint="Run the command by itself, without pipes.")


def run_app(session: Session, wording: Wording) -> None:
    """Label until the user leaves.

    Raises:
        OutputError: An answer could not be kept.
    """
    app = LabelApp(session, wording)
    app.run()
    if app.label_screen.failure is not None:
        raise app.label_screen.failure
