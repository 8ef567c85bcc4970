from __future__ import annotations

import pytest
from tensorflow_metadata.proto.v0 import path_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.report.names import shown, steps_of


class FeaturePath:
    """As TFDV's: its steps are a method."""

    def steps(self) -> tuple[str, ...]:
        return ("trip", "fare")


@pytest.mark.parametrize(
    ("named", "steps"),
    [
        ("a.b", ("a.b",)),
        (["trip", "fare"], ("trip", "fare")),
        (path_pb2.Path(step=["trip", "fare"]), ("trip", "fare")),
        (FeaturePath(), ("trip", "fare")),
        (statistics_pb2.FeatureNameStatistics(name="old"), ("old",)),
        (statistics_pb2.FeatureNameStatistics(path={"step": ["a", "b"]}), ("a", "b")),
        # A path read from a file may hold bytes that are no text.
        (path_pb2.Path.FromString(b"\n\x02\xffx"), ("\\xffx",)),
    ],
)
def test_a_feature_is_named_in_many_ways(named: object, steps: tuple[str, ...]) -> None:
    assert steps_of(named) == steps


def test_what_names_no_feature_is_refused() -> None:
    with pytest.raises(DataError, match="3 names no feature"):
        steps_of(3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x00\n\x7f", "␀␊␡"),
        (b"caf\xe9", "caf\\xe9"),
        ("half \ud83d pair", "half \\ud83d pair"),
        ("مرحبا 🛫", "مرحبا 🛫"),
    ],
)
def test_any_text_can_be_written_and_seen(text: str | bytes, expected: str) -> None:
    assert shown(text) == expected
    assert shown(text).encode()
