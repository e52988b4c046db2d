"""From figures to places on the screen: axes and planes.

The drawings are SVG elements in the templates, not images of a plotting library: so they follow the reader's day or
night colours, their text stays text at the size of the page, and fifty of them weigh a few hundred kilobytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STEPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of numbers.

    Attributes:
        low: Its left or lower end.
        high: Its other end.
        ticks: Where it is labelled.
    """

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The place of a value in per cent of the length; what lies outside is put on the edge."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def label(self, tick: float) -> str:
        """A tick as text, with a true minus."""
        return f"{tick:.10g}".replace("-", "−")


UNIT = Axis(0.0, 1.0, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
"""Shares and scores are always shown from 0 to 1: a small difference shall look small."""


def axis_around(values: Iterable[float]) -> Axis:
    """An axis with round ends that holds all values and zero."""
    known = [0.0, *values]
    low, high = min(known), max(known)
    if low == high:
        return UNIT
    unit = 10 ** math.ceil(math.log10(high - low))
    step = next(unit * part for part in _STEPS if (high - low) / (unit * part) <= 6)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple(round(number * step, 10) for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


@dataclass(frozen=True, slots=True)
class Plane:
    """A drawing with two axes, in units of its own.

    Attributes:
        across: The axis from left to right.
        up: The axis from bottom to top.
    """

    across: Axis = UNIT
    up: Axis = UNIT

    width = 320
    height = 264
    left = 46
    right = 304
    top = 10
    bottom = 226

    def x(self, value: float) -> float:
        """Where a value is from the left."""
        return round(self.left + self.across.at(value) / 100 * (self.right - self.left), 1)

    def y(self, value: float) -> float:
        """Where a value is from the top."""
        return round(self.bottom - self.up.at(value) / 100 * (self.bottom - self.top), 1)

    def line(self, xs: Sequence[float], ys: Sequence[float]) -> str:
        """The ``d`` of a path through points."""
        return "M" + "L".join(f"{self.x(x):g} {self.y(y):g}" for x, y in zip(xs, ys, strict=True))
