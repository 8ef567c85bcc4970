"""What TFT and taurus_beam are both asked, by family."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.peers.case import Case
from benchmarks.peers.cases import (
    analyzers,
    buckets,
    flights,
    keys,
    lists,
    planes,
    scaling,
    terms,
    text,
    weather,
)

FAMILIES: dict[str, Sequence[Case]] = {
    "analyzers": analyzers.CASES,
    "buckets": buckets.CASES,
    "keys": keys.CASES,
    "lists": lists.CASES,
    "scaling": scaling.CASES,
    "terms": terms.CASES,
    "text": text.CASES,
    "flights": flights.CASES,
    "planes": planes.CASES,
    "weather": weather.CASES,
}
