"""The page of a run beside displaCy's page of the same spans, both in headless Chromium.

Run it from a checkout with the extra ``dev``: python bench/page.py [sentences]

Load is from the start of the navigation until the first picture with text is drawn and the page answers; all is until
the last sentence is in the page. A change is from a click until the next picture is drawn: for claimkit the filter of
the page, for displaCy, whose page has none, the shortest script that takes the colour from what is not of the label.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spacy import displacy

from toolkit.exchange.page import AnnotatedDocument, LabelView, render_page
from toolkit.records import Annotation, Sentence

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LABELS = ("factual_claim", "opinion", "prediction", "rhetoric")
TURNS = 3
DRAWN = "await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"
CLICK = f"""async () => {{
  const start = performance.now();
  document.querySelector(".chip:nth-child(1)").click();
  {DRAWN};
  return performance.now() - start;
}}"""
DIM = f"""async () => {{
  const start = performance.now();
  for (const mark of document.querySelectorAll("mark"))
    mark.style.background = mark.lastElementChild.textContent.trim() === "opinion" ? "#ddd" : "none";
  {DRAWN};
  return performance.now() - start;
}}"""
READY = f"async () => {{ {DRAWN}; return performance.now() }}"


def text_of(sentences: int) -> tuple[str, list[tuple[int, int, str]]]:
    """A text of sentences of 8 to 30 words, four to a paragraph, with their spans and labels in turn."""
    text, spans = "", []
    for index in range(sentences):
        words = " ".join(
            ("council", "river", "price", "water", "season")[(index + word) % 5] for word in range(8 + index % 23)
        )
        start = len(text)
        text += f"{words.capitalize()}."
        spans.append((start, len(text), LABELS[index % 4]))
        text += "\n\n" if index % 4 == 3 else " "
    return text, spans


def pages(sentences: int) -> Mapping[str, str]:
    """The same spans by claimkit and by displaCy."""
    text, spans = text_of(sentences)
    probs = dict.fromkeys(LABELS, 0.25)
    units = [
        Annotation(
            Sentence("text", start, end, text[start:end]), "bench", "r", label=label, probs=probs, attributed=False
        )
        for start, end, label in spans
    ]
    own = render_page(
        [AnnotatedDocument("text", text, units)], [LabelView(name, "") for name in LABELS], title="", facts={}
    )
    entities = [{"start": start, "end": end, "label": label} for start, end, label in spans]
    other = displacy.render({"text": text, "ents": entities, "title": None}, style="ent", manual=True, page=True)
    return {"claimkit": own, "displaCy": other}


def measure(browser: Browser, path: Path, change: str, sentences: int) -> dict[str, float]:
    """Milliseconds of one opening of a page."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector("mark", state="attached")
    loaded = page.evaluate(READY)
    page.wait_for_function(f"() => document.querySelectorAll('mark').length >= {sentences}", polling=20)
    everything = page.evaluate("() => performance.now()")
    page.wait_for_timeout(300)
    changed = page.evaluate(change)
    page.close()
    return {"load": loaded, "all": everything, "change": changed}


def main() -> None:
    """Prints medians and ratios."""
    from playwright.sync_api import sync_playwright

    sentences = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        paths: dict[str, Path] = {}
        found: dict[str, list[dict[str, float]]] = {}
        for name, html in pages(sentences).items():
            paths[name] = Path(folder, f"{name}.html")
            paths[name].write_text(html, encoding="utf-8", newline="")
        for turn in range(TURNS + 1):
            for name, path in paths.items():
                figures = measure(browser, path, CLICK if name == "claimkit" else DIM, sentences)
                if turn:  # the first one warms the browser up
                    found.setdefault(name, []).append(figures)
        browser.close()
        sizes = {name: path.stat().st_size / 1e6 for name, path in paths.items()}
    print(f"{sentences:,} sentences, medians of {TURNS} turns in ms")
    print(f"{'':10} {'MB':>6} {'load':>7} {'all':>7} {'change':>7}")
    medians = {
        name: {key: sorted(one[key] for one in turns)[TURNS // 2] for key in turns[0]} for name, turns in found.items()
    }
    for name, figures in medians.items():
        print(f"{name:10} {sizes[name]:6.1f} " + " ".join(f"{value:7.0f}" for value in figures.values()))
    ratios = [medians["displaCy"][key] / medians["claimkit"][key] for key in ("load", "all", "change")]
    print(
        f"{'times less':10} {sizes['displaCy'] / sizes['claimkit']:6.1f} "
        + " ".join(f"{ratio:7.1f}" for ratio in ratios)
    )


if __name__ == "__main__":
    main()
