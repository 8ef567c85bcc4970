"""Statistics by hand for every anomaly that TFDV can find, with what it says of them.

The texts were written down from its documentation and sources, and are held against what it
answered when it was asked (``python -m benchmarks.peers.record_anomalies``).
"""

from __future__ import annotations

from benchmarks.peers.anomalies import (
    comparators,
    composed,
    declarations,
    form,
    language,
    presence,
    valency,
    values,
)
from benchmarks.peers.anomalies.case import AnomalyCase

__all__ = ["CASES", "AnomalyCase"]

CASES = [
    *presence.CASES,
    *valency.CASES,
    *declarations.CASES,
    *values.CASES,
    *language.CASES,
    *composed.CASES,
    *comparators.CASES,
    *form.CASES,
]
