"""Times mean nothing unless the outputs agree: compares each peer with the work done by hand.

Where definitions are the same, outputs must be: z-scores and 0–1 within a few units in the last
place, buckets and ids exactly. Where they differ (see ``sklearn_peer``) the check is what still
must hold: ids name the same terms under other numbers, buckets of imputed columns move for few
rows. Quantiles found in one pass may be off by their rank error, one row in a hundred a boundary.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import by_hand, data

MOVED = 0.09


def check(peers: Sequence[str]) -> None:
    """Raises AssertionError naming the first column that disagrees."""
    table = data.table(1)
    expected = by_hand.in_memory(table)
    if "taurus" in peers:
        from benchmarks import taurus_peer

        compare(expected, taurus_peer.in_memory(table), same_ids=True)
    if "scikit-learn" in peers:
        from benchmarks import sklearn_peer

        matrix = sklearn_peer.in_memory(sklearn_peer.native(table))
        outputs = pa.table(list(matrix.T), names=list(sklearn_peer.OUTPUTS))
        compare(expected, outputs, same_ids=False)


def compare(expected: pa.Table, actual: pa.Table, *, same_ids: bool) -> None:
    for name in expected.column_names:
        # A row that misses the value is right however a peer marks it.
        present = expected[name].is_valid()
        ours = expected[name].filter(present).to_numpy()
        theirs = pc.cast(actual[name].filter(present), expected[name].type).to_numpy()
        if name.endswith(("_z", "_01")):
            assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-12), name
        elif name.endswith("_bucket"):
            column = name.removesuffix("_bucket")
            allowed = MOVED if same_ids or expected[name].null_count else 0.0
            assert (ours != theirs).mean() <= allowed, column
        elif same_ids:
            assert np.array_equal(ours, theirs), name
        else:
            pairs = np.unique(np.stack([ours, theirs]), axis=1)
            assert all(len(np.unique(side)) == len(side) for side in pairs), name


if __name__ == "__main__":
    check(sys.argv[1:])
    print("outputs agree:", ", ".join(["by hand", *sys.argv[1:]]), file=sys.stderr)
