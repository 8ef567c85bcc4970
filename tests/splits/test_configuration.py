"""A splitter is data: it comes back from JSON as it was, and what is no splitter is refused."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

import taurus_beam as tb

SPLITTERS = [
    tb.SplitByHash({"train": 0.8, "test": 0.2}, key=("a", "b"), seed=3, missing="drop"),
    tb.SplitByTime("t", {"train": 0.8, "test": 0.2}, gap=dt.timedelta(hours=1)),
    tb.SplitByTime("t", until={"train": dt.datetime(2026, 1, 1), "test": None}),
    tb.SplitByStratum({"train": 0.8, "test": 0.2}, "label"),
    tb.SplitByGroup({"train": 0.8, "test": 0.2}, "user", stratum="label"),
    tb.KFold(5, key="id"),
    tb.StratifiedKFold(5, "label", key="id"),
    tb.GroupKFold(5, "user"),
    tb.SampleRate(1.0, rates={"no": 0.1}, stratum="label"),
    tb.SampleSize(100, weight="w", key="id"),
]


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda each: each.kind)
def test_json_and_back(splitter: Any) -> None:
    document = json.loads(json.dumps(tb.splitter_to_json(splitter)))
    assert tb.splitter_from_json(document) == splitter


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "kind None"),
        ({"kind": "magic"}, "kind 'magic'"),
        ({"kind": "k_fold"}, "needs 'folds'"),
        ({"kind": "k_fold", "folds": 3, "size": 1}, "has no 'size'"),
        ({"kind": "k_fold", "folds": "3"}, "folds is '3'"),
    ],
)
def test_what_is_no_splitter(document: Any, said: str) -> None:
    with pytest.raises(tb.EngineError, match=said):
        tb.splitter_from_json(document)


def test_json_itself_is_no_splitter() -> None:
    with pytest.raises(tb.EngineError, match="A dict is no splitter"):
        tb.split_table({"x": [1]}, {"kind": "k_fold", "folds": 3})
