"""What the templates ask for: results in the order of the page, the files beside them, and how figures are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup

from toolkit.evaluation.folder import read_rows
from toolkit.evaluation.html import words
from toolkit.evaluation.html.errors import as_script, wrong_rows
from toolkit.evaluation.html.findings import KINDS, Finding, findings
from toolkit.evaluation.html.scales import UNIT, Axis, Plane, axis_around
from toolkit.evaluation.schema import FORMAT, Comparison, GoldFacts, Match, Result, Results, Robustness
from toolkit.web.template import text

_COLOURS = 12  # as in base.css
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069]")


class View:
    """Results as the page shows them.

    Args:
        results: What ``results.json`` holds.
        folder: Where it was; rows are read from there when they are asked for, and there are none without it.
    """

    def __init__(self, results: Results, folder: Path | None) -> None:
        self.results = results
        self.gold: list[GoldFacts] = results["gold"]
        self.backends = words.best_first(results)
        self.verdict = words.verdict(results)
        self._folder = folder

    @cached_property
    def findings(self) -> list[Finding]:
        """The sentences of the first screen."""
        return findings(self.results) if self.results["results"] else []

    def colour(self, backend: str) -> str:
        """Class of a backend's colour, the same everywhere on the page."""
        return f"c{self.backends.index(backend) % _COLOURS}"

    def of(self, gold: str) -> list[Result]:
        """Results on a gold set, the best first."""
        order = [name for name, _ in words.ranked(self.results, gold)]
        own = [one for one in self.results["results"] if one["gold"] == gold]
        return sorted(own, key=lambda one: order.index(one["backend"]))

    def any(self, *path: str) -> bool:
        """Whether one of the results or more has something under these keys."""
        return any(_dig(result, path) not in (None, [], {}) for result in self.results["results"])

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Ids and short names of the sections that there are."""
        every = {
            "overview": ("Overview", True),
            "leaderboard": ("Leaderboard", True),
            "pairs": ("Pairs", self.results["comparisons"]),
            "labels": ("Labels", True),
            "confusion": ("Confusion", True),
            "calibration": ("Calibration", self.any("reliability")),
            "abstaining": ("Abstaining", self.any("risk_coverage") or self.any("thresholds")),
            "cascades": ("Cascades", self.any("cascade")),
            "slices": ("Slices", self.any("slices", "groups")),
            "robustness": ("Robustness", self.results["robustness"]),
            "health": ("Gold sets", self.health_known),
            "speed": ("Speed", self.any("speed", "sentences_per_second")),
            "errors": ("Wrong rows", self.errors),
            "stamp": ("Stamp", True),
        }
        return [(name, title) for name, (title, there) in every.items() if there]

    def tied(self, gold: str) -> set[str]:
        """Backends on a gold set that a paired test cannot tell from the best."""
        best = self.of(gold)[0]["backend"]
        pairs = [words.lead(one) for one in self.pairs(gold) if best in (one["a"], one["b"])]
        return {name for one in pairs if not one.certain for name in (one.ahead, one.behind)} - {best}

    def pairs(self, gold: str) -> list[Comparison]:
        """Comparisons on a gold set."""
        return [one for one in self.results["comparisons"] if one["gold"] == gold]

    def leads(self, gold: str) -> list[words.Lead]:
        """The same from the better side, the widest lead first."""
        return sorted(map(words.lead, self.pairs(gold)), key=lambda one: -(one.difference or 0.0))

    @cached_property
    def difference_axis(self) -> Axis:
        """One axis for all comparisons, in points of macro-F1."""
        ends = [end for one in map(words.lead, self.results["comparisons"]) for end in (one.interval or ())]
        return axis_around(100 * end for end in ends)

    def risk_plane(self, gold: str) -> Plane:
        """Where the risk-coverage curves of a gold set are drawn."""
        curves = [one["risk_coverage"] for one in self.of(gold)]
        return Plane(up=axis_around(risk for curve in curves if curve for risk in curve["risk"]))

    def robustness(self, gold: str) -> list[Robustness]:
        """Robustness on a gold set, in the order of the page."""
        own = [one for one in self.results["robustness"] if one["gold"] == gold]
        return sorted(own, key=lambda one: self.backends.index(one["backend"]))

    @property
    def kinds(self) -> list[str]:
        """Kinds of robustness that were asked of one backend or more."""
        return list(dict.fromkeys(kind["kind"] for one in self.results["robustness"] for kind in one["kinds"]))

    @property
    def wishes(self) -> list[float]:
        """Shares of right answers that thresholds were looked for."""
        return sorted({row["wanted"] for result in self.results["results"] for row in result["thresholds"]})

    def people(self, gold: GoldFacts) -> list[dict[str, Any]]:
        """Annotators against the gold, where that could be measured."""
        annotators = gold["health"]["annotators"]
        return [one for one in annotators["people"] if one["macro_f1"]["value"]] if annotators else []

    @cached_property
    def asked(self) -> bool:
        """Whether a server was asked, or a cascade passed something on."""
        keys = ("requests", "cached", "output_tokens", "escalated")
        return any(_dig(result, ("speed", key)) for result in self.results["results"] for key in keys)

    @property
    def health_known(self) -> bool:
        """Results of format 1 say nothing about the health of their gold sets."""
        return self.results.get("read_from", FORMAT) >= FORMAT

    def duplicates(self, gold: GoldFacts) -> list[tuple[str, Match]]:
        """Every row of a gold set that stands somewhere else too, and as what."""
        health = gold["health"]
        kinds = {
            "exact duplicate": health["exact"],
            "near duplicate": health["near"],
            "in training text": health["leakage"],
            "example of a prompt": health["few_shot"],
        }
        return [(kind, match) for kind, matches in kinds.items() for match in matches]

    @cached_property
    def _gold_rows(self) -> dict[str, list[dict[str, Any]]]:
        rows = {gold["name"]: self._rows(gold["rows"]) for gold in self.gold}
        return {name: own for name, own in rows.items() if own}

    def _rows(self, path: str) -> list[dict[str, Any]]:
        """Lines of a file of the folder; none where it is not there."""
        place = self._folder and self._folder / path
        return read_rows(place) if place and place.is_file() else []

    def text_of(self, gold: str, row: str) -> str | None:
        """Text of a gold row, where it was kept."""
        return self._texts.get((gold, row))

    @cached_property
    def _texts(self) -> dict[tuple[str, str], str]:
        rows = ((name, row) for name, rows in self._gold_rows.items() for row in rows)
        return {(name, row["id"]): row["text"] for name, row in rows if row.get("text")}

    @cached_property
    def errors(self) -> Markup | None:
        """Every wrong row, as the error browser reads it; None where the gold rows are not on disk."""
        sets = []
        for gold in self.gold:
            answers = {one["backend"]: own for one in self.of(gold["name"]) if (own := self._rows(one["predictions"]))}
            if answers and gold["name"] in self._gold_rows:
                classes = gold["scheme"]["classes"]
                found = wrong_rows(self._gold_rows[gold["name"]], answers, classes, self.backends)
                sets.append({"name": gold["name"], "classes": classes, "answered": len(answers), **found})
        return as_script({"backends": self.backends, "sets": sets}) if sets else None


def _dig(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _shown(value: str) -> Markup:
    """Text of a corpus; signs that would turn the order of what follows are shown by name."""
    parts = _INVISIBLE.split(value)
    signs = [f'<span class="sign">U+{ord(sign):04X}</span>' for sign in _INVISIBLE.findall(value)]
    pieces = [text(parts[0]), *(Markup(sign) + text(part) for sign, part in zip(signs, parts[1:], strict=True))]
    return Markup("").join(pieces)


HELPERS: Mapping[str, Any] = {
    "UNIT": UNIT,
    "plain_plane": Plane(),
    "KINDS": KINDS,
    "several": words.several,
    "points": words.points,
    "shown": _shown,
}
"""What the templates call."""
