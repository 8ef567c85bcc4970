"""Joining statistics of parts; cases were run through TFDV 1.16 where it does not fail."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.stats.merge import merge_statistics


def parsed(text: str) -> Any:
    return text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            [
                'datasets{name:"x" num_examples:3 features{path{step:"a"} num_stats{mean:2}}}',
                'datasets{name:"x" num_examples:3 features{path{step:"b"} type:STRING}}',
            ],
            'datasets{name:"x" num_examples:3 features{path{step:"a"} num_stats{mean:2}}'
            ' features{path{step:"b"} type:STRING}}',
        ),
        (
            [
                'datasets{name:"x" num_examples:3 features{path{step:"a"} num_stats{mean:2}}}',
                'datasets{name:"x" num_examples:3 features{path{step:"a"} '
                'custom_stats{name:"q" num:1}} '
                'cross_features{path_x{step:"a"} path_y{step:"b"}}}',
            ],
            'datasets{name:"x" num_examples:3 features{path{step:"a"} num_stats{mean:2} '
            'custom_stats{name:"q" num:1}} cross_features{path_x{step:"a"} path_y{step:"b"}}}',
        ),
        (
            ['datasets{name:"x" num_examples:3}', 'datasets{name:"y" num_examples:4}'],
            'datasets{name:"x" num_examples:3} datasets{name:"y" num_examples:4}',
        ),
        (['datasets{features{name:"a"}}'] * 2, 'datasets{features{name:"a"}}'),
        (["", ""], "datasets{}"),
        ([], "datasets{}"),
    ],
)
def test_parts_become_one(parts: list[str], expected: str) -> None:
    assert merge_statistics(map(parsed, parts)) == parsed(expected)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            ["datasets{num_examples:3}", "datasets{num_examples:4}"],
            "different num_examples: 3 and 4",
        ),
        (
            [
                'datasets{features{path{step:"a"} num_stats{}}}',
                'datasets{features{path{step:"a"} type:STRING string_stats{}}}',
            ],
            "Feature 'a' is INT in one part and STRING in another",
        ),
    ],
)
def test_parts_that_cannot_be_of_the_same_rows_are_refused(parts: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        merge_statistics(map(parsed, parts))
