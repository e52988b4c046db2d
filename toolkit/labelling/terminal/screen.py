"""The one screen of `claimkit label` and `claimkit adjudicate`: a sentence in its document, and keys to answer with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, ProgressBar, Static

from toolkit.errors import ToolkitError
from toolkit.labelling.items import Item
from toolkit.labelling.session import Session
from toolkit.labelling.terminal.dialogs import GuidelineScreen, NoteScreen
from toolkit.labelling.terminal.text import answer_words, flowing, one_line, progress_words, suggestion_words, visible

QUOTE = 80
"""Letters of the sentence that was answered last."""


class Said(NamedTuple):
    """One annotator's answer, as the adjudicator sees it."""

    who: str
    label: str | None
    attributed: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """What stands on the screen beside the sentence.

    Attributes:
        title: Who labels what.
        keys: Key to label.
        meanings: Label to what it means, in a few words.
        flag: What the flag means; empty where it is not asked.
        guideline: Markdown, for F1.
        said: Item to the annotators' answers; for the adjudicator.
        reasons: Item to why it is to be ruled on.
    """

    title: str
    keys: Mapping[str, str]
    meanings: Mapping[str, str]
    flag: str
    guideline: str
    said: Mapping[str, Sequence[Said]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


class LabelScreen(Screen[None]):
    """Shows what the session is at, and tells it which key was pressed.

    Args:
        session: What happens.
        wording: What stands beside it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "guideline", "Guideline"),
        Binding("a", "attributed", "Attributed"),
        Binding("s", "skip", "Skip"),
        Binding("u", "undo", "Undo"),
        Binding("n", "note", "Note"),
        Binding("q", "leave", "Quit"),
        Binding("left", "move(-1)", "Back"),
        Binding("right", "move(1)", "On"),
        Binding("g", "go_on", "First open"),
        Binding("r", "revisit", "Skipped again"),
        Binding("up", "scroll(-2)", show=False),
        Binding("down", "scroll(2)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("ctrl+c", "leave", show=False),
    ]

    def __init__(self, session: Session, wording: Wording) -> None:
        super().__init__()
        self.session = session
        self.wording = wording
        self.failure: ToolkitError | None = None
        """Why the answers could not be kept; the screen closes then."""

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        with Horizontal(id="top"):
            yield Static(Text(visible(self.wording.title)), id="title")
            yield Static(id="progress")
        yield ProgressBar(total=len(self.session.items), show_percentage=False, show_eta=False, id="bar")
        yield Static(id="place")
        with VerticalScroll(id="document", can_focus=False):
            for part in ("before", "sentence", "after"):
                yield Static(id=part)
        for part in ("said", "choices", "note", "suggestion", "last"):
            yield Static(id=part)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show the first sentence."""
        self.refresh_all()

    def on_resize(self) -> None:
        """Keep the sentence in sight."""
        self.call_after_refresh(self._into_sight)

    def on_key(self, event: events.Key) -> None:
        """A key of a label answers with it."""
        label = self.wording.keys.get(event.character or "")
        if label is not None:
            event.stop()
            self._do(lambda: self.session.label(label))

    def action_attributed(self) -> None:
        """Turn the flag."""
        self._do(self.session.toggle_attributed)

    def action_skip(self) -> None:
        """Leave the sentence out."""
        self._do(self.session.skip)

    def action_undo(self) -> None:
        """Take the last answer back."""
        self._do(self.session.undo, otherwise="There is nothing to undo.")

    def action_move(self, step: int) -> None:
        """Look further on or back."""
        self._do(lambda: self.session.move(step))

    def action_go_on(self) -> None:
        """To the first sentence without an answer."""
        self._do(self.session.go_on)

    def action_revisit(self) -> None:
        """Ask again about what was skipped."""
        self._do(self.session.revisit_skipped, otherwise="Nothing was skipped.")

    def action_scroll(self, lines: int) -> None:
        """Read more of the document."""
        self.query_one("#document").scroll_relative(y=lines, animate=False)

    def action_guideline(self) -> None:
        """Show the guideline."""
        self.app.push_screen(GuidelineScreen(self.wording.guideline))

    def action_note(self) -> None:
        """Write a note."""
        if self.session.current is not None:
            self.app.push_screen(NoteScreen(self.session.note), self._noted)

    def action_leave(self) -> None:
        """Close; everything is kept already."""
        self.app.exit()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now are not offered."""
        if action == "attributed":
            return self.session.flag
        if action == "revisit":
            return self.session.progress.skipped > 0
        return True

    def _noted(self, note: str | None) -> None:
        if note is not None:
            self._do(lambda: self.session.set_note(note))

    def _do(self, what: Callable[[], object], *, otherwise: str = "") -> None:
        """Tell the session; ``otherwise`` is said where it did nothing."""
        try:
            done = what()
        except ToolkitError as error:  # a full disk, say: better closed than going on with nothing kept
            self.failure = error
            self.app.exit()
            return
        if otherwise and not done:
            self.notify(otherwise, timeout=2)
        self.refresh_all()

    def refresh_all(self) -> None:
        """Show what the session is at now."""
        session = self.session
        progress = session.progress
        self.query_one("#progress", Static).update(progress_words(progress))
        self.query_one("#bar", ProgressBar).update(progress=progress.labelled + progress.skipped)
        item = session.current
        if item is None:
            self._show_end()
        else:
            self._show_item(item)
        self._show_last()
        self.refresh_bindings()
        self.call_after_refresh(self._into_sight)

    def _show_item(self, item: Item) -> None:
        title = item.columns.get("title")
        self._put("place", Text(" · ".join(one_line(str(one), 80) for one in (item.doc, title) if one)))
        self._put("before", Text(flowing(item.before).strip("\n")))
        self._put("sentence", Text(flowing(item.text)))
        self._put("after", Text(flowing(item.after).strip("\n")))
        self._put("said", self._said(item))
        self._put("choices", self._choices())
        self._put("note", Text(f"n  {one_line(self.session.note, 200)}") if self.session.note else Text())
        self._put("suggestion", self._suggestion(item))

    def _show_end(self) -> None:
        progress = self.session.progress
        for part in ("place", "before", "after", "said", "choices", "note", "suggestion"):
            self._put(part, Text())
        end = Text(f"That was all: {progress.labelled} labelled, {progress.skipped} skipped. Everything is saved.\n\n")
        end.append("q leaves, u takes the last answer back, ← looks at earlier ones", style="not bold")
        end.append(", r asks again about what was skipped." if progress.skipped else ".", style="not bold")
        self._put("sentence", end)

    def _said(self, item: Item) -> Text:
        text = Text()
        if reason := self.wording.reasons.get(item.id):
            text.append(f"Here {reason}." if reason.startswith("they") else f"Here, {reason}.", style="bold")
        for one in self.wording.said.get(item.id, ()):
            text.append(f"\n{visible(one.who)}  ", style="dim")
            text.append("no label" if one.label is None else answer_words(one.label, one.attributed))
            text.append(f"  {one_line(one.note, 300)}" if one.note else "", style="italic dim")
        return text

    def _choices(self) -> Text:
        given = self.session.answer.label if self.session.answer else None
        width = max(len(name) for name in (*self.wording.meanings, "attributed"))
        text = Text()
        for key, label in self.wording.keys.items():
            mark = "●" if label == given else " "
            text.append(f"{mark} {key}  ", style="bold")
            text.append(f"{label:<{width}}", style="bold" if label == given else "")
            text.append(f"  {self.wording.meanings[label]}\n", style="dim")
        if self.session.flag:
            text.append("  a  ", style="bold")
            text.append(f"{'attributed':<{width}}", style="bold reverse" if self.session.attributed else "")
            text.append(
                "  yes" if self.session.attributed else "  no ", style="bold" if self.session.attributed else ""
            )
            text.append(f"  {self.wording.flag}", style="dim")
        text.rstrip()
        return text

    def _suggestion(self, item: Item) -> Text:
        if item.suggestion is None:
            return Text()
        if not self.session.is_revealed:
            return Text("The model's suggestion is hidden until you have answered.", style="dim")
        return Text(f"The model says {suggestion_words(item.suggestion)}.")

    def _show_last(self) -> None:
        last = self.query_one("#last", Static)
        last.set_class(False, "differs")
        if self.session.last is None:
            self._put("last", Text())
            return
        item, answer = self.session.last
        text = Text(f"Before: {answer_words(answer.label, answer.attributed)}")
        if item.suggestion is not None and answer.label is not None:
            same = item.suggestion.label == answer.label
            said = suggestion_words(item.suggestion)
            text.append("; the model too" if same else f"; the model says {said} (u goes back)")
            last.set_class(not same, "differs")
        text.append(f"  “{one_line(item.text, QUOTE)}”", style="dim")
        self._put("last", text)

    def _put(self, part: str, text: Text) -> None:
        widget = self.query_one(f"#{part}", Static)
        widget.update(text)
        widget.set_class(not text.plain, "empty")

    def _into_sight(self) -> None:
        document = self.query_one("#document", VerticalScroll)
        document.scroll_to_center(self.query_one("#sentence"), animate=False)
