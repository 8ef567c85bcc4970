"""Hashes of rows without a key: what they were in the first version, they stay."""

from __future__ import annotations

import math
from collections import Counter

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.splits.keys import content_hashes, identities, stratum_codes, stratum_texts

ROWS = pa.record_batch(
    {
        "a": ["x", None, "é"],
        "n": [1, 2, None],
        "f": [0.5, math.nan, None],
        "l": [[1, 2], [], None],
        "d": pa.array([0, None, 20_000], pa.date32()),
    }
)


def test_splits_without_a_key_stay_what_they_were() -> None:
    hashes = [7007806320442343475, 17240475935655526537, 1141307391230651216]
    assert content_hashes(ROWS).tolist() == hashes
    equal = content_hashes(pa.record_batch({"a": ["x", "x"]}))
    assert identities(equal).tolist() == [772920629550229532, 4861832758245846769]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([0.0, -0.0, math.nan])))
)
@settings(max_examples=40, deadline=None)
def test_codes_mean_the_texts(rows: list[tuple[str | None, float]]) -> None:
    batch = pa.record_batch(
        {
            "s": pa.array([s for s, _ in rows], pa.string()),
            "f": pa.array([f for _, f in rows], pa.float64()),
        }
    )
    wanted = stratum_texts(batch, ("s", "f")).to_pylist()
    texts, codes = stratum_codes(batch, ("s", "f"))
    assert [texts[code] for code in codes] == wanted
    assert Counter(texts) == Counter(set(wanted))
