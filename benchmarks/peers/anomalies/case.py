"""A question to TFDV about statistics and a schema, and the same question to taurus_beam."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Reason = tuple[str, str, str]


@dataclass(frozen=True)
class AnomalyCase:
    """Statistics and a schema, as text of protos.

    Attributes:
        name: Its name, unique.
        statistics: A DatasetFeatureStatisticsList.
        schema: A Schema.
        environment: The environment of the data.
        previous: Statistics of earlier data.
        serving: Statistics of the data at serving.
        previous_version: Statistics of an earlier version of the data.
        needed: Paths of the needed features.
        warn_of_new: Whether new features are warnings.
        severities: Severities by type of anomaly.
        reasons: What is to be found: type, title and text of every reason, in order; the data set's
            after the features', those in order of their keys. None: whatever TFDV finds.
        differs: Why TFDV finds something else, if it does.
    """

    name: str
    statistics: str
    schema: str
    environment: str | None = None
    previous: str | None = None
    serving: str | None = None
    previous_version: str | None = None
    needed: tuple[tuple[str, ...], ...] | None = None
    warn_of_new: bool = False
    severities: tuple[tuple[str, str], ...] = ()
    reasons: tuple[Reason, ...] | None = None
    differs: str = ""

    def question(self) -> dict[str, Any]:
        """What TFDV is asked, as JSON has it; what is not given is left out."""
        fields = asdict(self)
        for answer in ("reasons", "differs"):
            del fields[answer]
        given = {n: value for n, value in fields.items() if value not in (None, (), False)}
        for name in ("needed", "severities"):
            if name in given:
                given[name] = [list(pair) for pair in given[name]]
        return given
