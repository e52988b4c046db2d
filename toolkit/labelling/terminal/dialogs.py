"""What opens over the sentence: the guideline, and the line for a note."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Markdown


class GuidelineScreen(ModalScreen[None]):
    """The guideline, to be scrolled and closed again.

    Args:
        text: Markdown.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f1,escape,q", "dismiss", "Close")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """The text and the keys."""
        with VerticalScroll(id="guideline"):
            yield Markdown(self._text, open_links=False)
        yield Footer()

    def on_mount(self) -> None:
        """Arrow keys scroll at once."""
        self.query_one("#guideline").focus()


class NoteScreen(ModalScreen[str | None]):
    """One line to write on; gives None when it was left with Escape.

    Args:
        note: What is there already.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave as it was")]

    def __init__(self, note: str) -> None:
        super().__init__()
        self._note = note

    def compose(self) -> ComposeResult:
        """The line and the keys."""
        yield Input(self._note, placeholder="A note on this sentence; Enter keeps it", id="note-input")
        yield Footer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps the note."""
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Escape leaves it as it was."""
        self.dismiss(None)
