"""What components find: plain values, which are told to callbacks and written down as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["Distance", "Finding", "Severity"]


class Severity(str, Enum):
    """How bad a finding is; an ERROR stops a stage before anything is made of the data."""

    WARNING = "WARNING"
    ERROR = "ERROR"

    def reaches(self, other: Severity) -> bool:
        """Whether it is as bad as another one, or worse.

        Example:
            >>> Severity.ERROR.reaches(Severity.WARNING), Severity.WARNING.reaches(Severity.ERROR)
            (True, False)
        """
        return self is Severity.ERROR or other is Severity.WARNING


@dataclass(frozen=True)
class Finding:
    """Something that a component says of data.

    Attributes:
        message: What was found, in a sentence.
        severity: How bad it is.
        column: The column, or the path of a feature, its steps joined by dots; None for the data
            as a whole.
        kind: For an anomaly, the name of its ``AnomalyInfo.Type``; else empty.
        short: For an anomaly, its title.
        path: For an anomaly, the steps of the feature; none for the data as a whole.
        component: What found it; the controller fills this in, and the next.
        data: The name of the data; of a comparison both, as "production/train".

    Example:
        >>> Finding("No flights of carrier UA.", column="carrier").severity.value
        'ERROR'
    """

    message: str
    severity: Severity = Severity.ERROR
    column: str | None = None
    kind: str = ""
    short: str = ""
    path: tuple[str, ...] = ()
    component: str = ""
    data: str = ""

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        known = {"severity": self.severity.value, "path": list(self.path)}
        return {**dataclasses.asdict(self), **known}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Finding:
        """The finding that `record` wrote down."""
        known = {"severity": Severity(record["severity"]), "path": tuple(record["path"])}
        return cls(**{**record, **known})


@dataclass(frozen=True)
class Distance:
    """How far the data are from those they were compared with, in one feature.

    Attributes:
        path: The steps of the feature.
        measure: Its name, such as JENSEN_SHANNON_DIVERGENCE.
        distance: The figure.
        threshold: The largest one that is no finding.
    """

    path: tuple[str, ...]
    measure: str
    distance: float
    threshold: float

    @property
    def exceeded(self) -> bool:
        """Whether it is above the threshold."""
        return self.distance > self.threshold

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {**dataclasses.asdict(self), "path": list(self.path), "exceeded": self.exceeded}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Distance:
        """The distance that `record` wrote down."""
        fields = {name: value for name, value in record.items() if name != "exceeded"}
        # What JSON has no number for is written as a text.
        numbers = {name: float(record[name]) for name in ("distance", "threshold")}
        return cls(**{**fields, **numbers, "path": tuple(record["path"])})
