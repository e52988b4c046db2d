"""The page of an evaluation as text: what it says, what it leaves out, what it escapes."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from results_folder import write_results, wrong
from support import ROOT, Outcome

from toolkit.errors import InputError
from toolkit.evaluation import page
from toolkit.evaluation.load import load_results

SECTIONS = [
    "overview",
    "leaderboard",
    "pairs",
    "labels",
    "confusion",
    "calibration",
    "abstaining",
    "cascades",
    "slices",
    "robustness",
    "health",
    "speed",
    "errors",
    "stamp",
]


class Reader(HTMLParser):
    """Collects what the tests ask about: elements, and all text outside of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")
        if tag == "style":
            self.styles.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside == "style":
            self.styles[-1] += data
        else:
            self.text += data


def read(folder: Path) -> Reader:
    return Reader(page.write(folder).read_text(encoding="utf-8"))


def sections(reader: Reader) -> list[str | None]:
    return [attributes.get("id") for tag, attributes in reader.elements if tag == "section"]


def change(folder: Path, **changes: Any) -> Path:
    path = folder / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return folder


def test_everything_that_is_in_the_results_has_its_section(tmp_path: Path) -> None:
    reader = read(write_results(tmp_path))
    assert sections(reader) == SECTIONS
    skip, *links = [str(attributes["href"]) for tag, attributes in reader.elements if tag == "a"]
    assert skip == "#overview"
    assert links[: len(SECTIONS)] == [f"#{name}" for name in SECTIONS]
    assert {link[1:] for link in links} <= {attributes.get("id") for _, attributes in reader.elements}


def test_results_of_format_1_have_a_page_of_what_they_hold() -> None:
    reader = Reader(page.render(load_results(ROOT / "tests" / "old_results" / "v1")))
    assert set(sections(reader)) >= {"overview", "leaderboard", "labels", "confusion", "stamp"}
    assert set(sections(reader)).isdisjoint({"pairs", "calibration", "abstaining", "robustness", "health", "errors"})
    assert "cues scores highest on " in reader.text


def test_what_is_missing_is_left_out(tmp_path: Path) -> None:
    folder = write_results(tmp_path, gold=["news"])
    results = json.loads((folder / "results.json").read_text())
    for result in results["results"]:
        result |= {"reliability": [], "risk_coverage": None, "thresholds": [], "attributed": None, "covered": None}
        result["slices"] = {"minimum": 0, "groups": [], "worst": None, "words": ""}
        result["speed"] = dict.fromkeys(result["speed"])
    left = sections(read(change(folder, results=results["results"], robustness=[], comparisons=[])))
    gone = {"pairs", "calibration", "abstaining", "slices", "robustness", "speed"}
    assert left == [name for name in SECTIONS if name not in gone]


def test_without_the_rows_there_is_no_error_browser(tmp_path: Path) -> None:
    folder = write_results(tmp_path)
    for path in (folder / "gold").iterdir():
        path.unlink()
    assert "errors" not in sections(read(folder))


def test_predictions_of_other_rows_are_refused(tmp_path: Path) -> None:
    folder = write_results(tmp_path)
    path = folder / "predictions" / "news" / "fair.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(InputError, match="The predictions of fair are not of the gold rows"):
        page.write(folder)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        page.write(tmp_path)


def test_the_policy_allows_the_script_and_the_style_of_the_page_alone(tmp_path: Path) -> None:
    reader = read(write_results(tmp_path))
    policy = next(str(a["content"]) for tag, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy")
    for source in (reader.styles[0], reader.scripts[-1]):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not any("style" in attributes or "onclick" in attributes for _, attributes in reader.elements)
    assert not re.search(r"https?://", "".join(reader.styles + reader.scripts[1:]))


def test_every_wrong_row_is_there_once_for_each_backend(tmp_path: Path) -> None:
    data = json.loads(read(write_results(tmp_path, gold=["news"])).scripts[0])
    (news,) = data["sets"]
    by_backend = {
        name: sorted(int(news["rows"][row][0].split("-")[1]) for row, backend, *_ in news["wrong"] if backend == at)
        for at, name in enumerate(data["backends"])
    }
    assert by_backend == {name: sorted({*wrong(name), *([10, 20] if name == "good" else [])}) for name in by_backend}
    kinds = {news["rows"][one[0]][0]: one[2:4] for one in news["wrong"] if data["backends"][one[1]] == "good"}
    assert kinds["news-10"] == [1, -1]
    assert kinds["news-20"] == [2, -1]


def test_text_that_was_not_kept_is_nowhere(tmp_path: Path) -> None:
    text = page.write(write_results(tmp_path, keep_text=False)).read_text(encoding="utf-8")
    assert "says something" not in text
    assert "news-1" in text


HOSTILE = "</script><script>alert(1)</script><!-- ]]> <img src=x onerror=alert(1)> \u202edrow\u202c & \"'\u2028\0"


def test_hostile_text_and_names_make_no_element(tmp_path: Path) -> None:
    plain = read(write_results(tmp_path / "plain"))
    name = "<b>x</b><script>alert(1)</script>"
    folder = write_results(tmp_path / "hostile", texts=[HOSTILE] * 40, name=name)
    results = json.loads((folder / "results.json").read_text())
    for gold in results["gold"]:
        gold["health"]["near"][0]["other"] = HOSTILE
        gold["benchmark"] = {"source": HOSTILE}
    reader = read(change(folder, gold=results["gold"], description=HOSTILE))
    assert len(reader.scripts) == len(plain.scripts)
    assert {tag for tag, _ in reader.elements} == {tag for tag, _ in plain.elements}
    assert f"{name} – evaluation" in reader.text
    texts = {row[2] for one in json.loads(reader.scripts[0])["sets"] for row in one["rows"]}
    assert texts == {HOSTILE}


def test_signs_that_turn_the_order_of_text_are_named(tmp_path: Path) -> None:
    html = page.write(write_results(tmp_path, texts=[HOSTILE] * 40)).read_text(encoding="utf-8")
    assert '<span class="sign">U+202E</span>drow<span class="sign">U+202C</span>' in html


def test_a_lone_surrogate_does_not_stop_the_page(tmp_path: Path) -> None:
    folder = write_results(tmp_path, texts=["\ud800 alone"])
    assert page.write(folder).is_file()


def test_twenty_thousand_rows_are_a_page_of_some_megabytes(tmp_path: Path) -> None:
    path = page.write(write_results(tmp_path, gold=["news"], rows=20_000))
    assert path.stat().st_size < 8_000_000


def test_the_command_takes_results_as_it_takes_runs(tmp_path: Path, claimkit: Callable[..., Outcome]) -> None:
    folder = write_results(tmp_path / "results")
    for source in (folder, folder / "results.json"):
        target = tmp_path / f"{source.name}.html"
        outcome = claimkit("report", source, "-o", target, "--title", "Spring trial")
        assert (outcome.code, outcome.out) == (0, "")
        assert "<title>Spring trial – evaluation</title>" in target.read_text(encoding="utf-8")
