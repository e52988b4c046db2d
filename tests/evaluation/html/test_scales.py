"""Axes hold what is drawn on them, and their ticks are round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.evaluation.html.scales import UNIT, Axis, Plane, axis_around

FINITE = st.floats(min_value=-1e6, max_value=1e6).map(lambda value: round(value, 6))


@given(st.lists(FINITE, max_size=5))
def test_an_axis_holds_zero_and_all_values(values: list[float]) -> None:
    axis = axis_around(values)
    assert all(axis.low <= value <= axis.high for value in [0.0, *values])
    assert axis.ticks[0] == axis.low < axis.high == axis.ticks[-1]
    assert 2 <= len(axis.ticks) <= 9


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([], UNIT.ticks),
        ([73.2], (0.0, 20.0, 40.0, 60.0, 80.0)),
        ([-3.0, 31.0], (-10.0, 0.0, 10.0, 20.0, 30.0, 40.0)),
        ([0.16], (0.0, 0.05, 0.1, 0.15, 0.2)),
    ],
)
def test_ticks_are_round(values: list[float], ticks: tuple[float, ...]) -> None:
    assert axis_around(values).ticks == ticks


def test_places_are_in_per_cent_and_stay_on_the_axis() -> None:
    assert [UNIT.at(value) for value in (-1.0, 0.0, 0.25, 1.0, 2.0)] == [0.0, 0.0, 25.0, 100.0, 100.0]


def test_labels_have_a_true_minus_and_no_zeros_at_the_end() -> None:
    axis = Axis(-10.0, 0.5, ())
    assert [axis.label(tick) for tick in (-10.0, 0.0, 0.2)] == ["−10", "0", "0.2"]


def test_a_plane_has_its_origin_at_the_bottom_left() -> None:
    plane = Plane()
    assert (plane.x(0.0), plane.y(0.0)) == (plane.left, plane.bottom)
    assert (plane.x(1.0), plane.y(1.0)) == (plane.right, plane.top)
    assert plane.line([0, 1], [0, 1]) == f"M{plane.left} {plane.bottom}L{plane.right} {plane.top}"
