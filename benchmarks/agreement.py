"""Times mean nothing unless the outputs agree: compares a contender's with those found by hand.

Where definitions are the same, outputs must be: z-scores and 0–1 within a few units in the last
place, buckets and ids exactly. Where they differ (see the files of the peers) the check is what
still must hold: ids name the same terms under other numbers, and a bucket is the next one at most.
Quantiles found in one pass may be off by their rank error, one row in a hundred a boundary.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MOVED = 0.09
# What is fitted on sketches; ONNX Runtime runs what taurus_beam has fitted.
SKETCHED = ("taurus", "ONNX Runtime", "TFT")
# Peers that compute in 32 bits.
SINGLE = ("TFT",)
# Peers whose vocabulary has another order.
OTHER_IDS = ("scikit-learn", "feature-engine", "ibis-ml")
# Peers that interpolate quantiles, or put a value on a boundary into the bucket below.
OTHER_BUCKETS = ("feature-engine", "ibis-ml")


def compare(expected: pa.Table, actual: pa.Table, contender: str) -> None:
    """Raises AssertionError naming the first column that disagrees."""
    tolerance = 1e-4 if contender.startswith(SINGLE) else 1e-12
    for name in expected.column_names:
        # A row that misses the value is right however a peer marks it.
        present = expected[name].is_valid()
        ours = expected[name].filter(present).to_numpy()
        theirs = pc.cast(actual[name].filter(present), expected[name].type).to_numpy()
        if name.endswith(("_z", "_01")):
            check(np.allclose(ours, theirs, rtol=tolerance, atol=tolerance), name)
        elif name.endswith("_bucket"):
            check_buckets(ours, theirs, name, contender, imputed=expected[name].null_count > 0)
        elif contender.startswith(OTHER_IDS):
            pairs = np.unique(np.stack([ours, theirs]), axis=1)
            check(all(len(np.unique(side)) == len(side) for side in pairs), name)
        else:
            check(np.array_equal(ours, theirs), name)


def check_buckets(
    ours: npt.NDArray[np.int64],
    theirs: npt.NDArray[np.int64],
    name: str,
    contender: str,
    imputed: bool,
) -> None:
    if contender.startswith(OTHER_BUCKETS):
        check(np.abs(ours - theirs).max(initial=0) <= 1, name)
    elif contender.startswith(SKETCHED) or (contender.startswith("scikit-learn") and imputed):
        check((ours != theirs).mean() <= MOVED, name)
    else:
        check(np.array_equal(ours, theirs), name)


def check(holds: bool | np.bool_, name: str) -> None:
    if not holds:
        raise AssertionError(name)
