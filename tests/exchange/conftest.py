from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from exchange.paging import LABELS, Open, write

from toolkit.exchange.page import AnnotatedDocument, LabelView

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def open_page(open_file: Open, tmp_path: Path) -> Open:
    """Opens documents in a window of their own."""

    def open_page(*documents: AnnotatedDocument, labels: list[LabelView] = LABELS, **options: Any) -> Page:
        return open_file(write(tmp_path / "page.html", *documents, labels=labels), **options)

    return open_page
