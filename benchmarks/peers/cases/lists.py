"""Lists within a row: sparse, ragged and dense."""

from __future__ import annotations

import taurus_beam as tb
from benchmarks.peers.case import Case, Difference

CASES = [
    Case(
        "distinct tokens",
        "tokens",
        "d=tft.deduplicate_tensor_per_row(i['s'])",
        lambda i: {"d": tb.deduplicate_per_row(i["s"])},
    ),
    Case(
        "distinct integers of vectors",
        "repeats",
        "d=tft.deduplicate_tensor_per_row(i['x'])",
        lambda i: {"d": tb.deduplicate_per_row(i["x"])},
    ),
    Case(
        "places in segments",
        "segments",
        "p=tf.map_fn(tft.segment_indices, i['x'], fn_output_signature=tf.int64)",
        lambda i: {"p": tb.segment_indices(i["x"])},
    ),
    Difference(
        "places in falling segments",
        "falling segments",
        "p=tf.map_fn(tft.segment_indices, i['x'], fn_output_signature=tf.int64)",
        lambda i: {"p": tb.segment_indices(i["x"])},
        reason="A segment is a run of equal neighbours; TFT fails where ids fall.",
        expected={"p": [[0, 0, 0]]},
        error="segment ids are not increasing",
    ),
    Difference(
        "lists longer than the vector",
        "ids",
        "v=tft.sparse_tensor_to_dense_with_shape(i['x'], [None, 2])",
        lambda i: {"v": tb.to_dense(i["x"], 2)},
        reason="A row that is too long is cut; TFT fails.",
        expected={"v": [[0, 1], [5, 2], [3, 0], [0, 0], [3, 0]]},
        error="out of bounds",
    ),
    Case(
        "lists to vectors",
        "tokens",
        "v=tft.sparse_tensor_to_dense_with_shape(i['s'], [None, 6], '-')",
        lambda i: {"v": tb.to_dense(i["s"], 6, "-")},
    ),
    Case(
        "lists of integers to vectors",
        "ids",
        "v=tft.sparse_tensor_to_dense_with_shape(i['x'], [None, 4])",
        lambda i: {"v": tb.to_dense(i["x"], 4)},
    ),
    Case(
        "left aligned",
        "repeats",
        "v=tft.sparse_tensor_left_align(tf.sparse.from_dense(i['x']))",
        lambda i: {"v": tb.to_ragged(i["x"], pad_value=0)},
    ),
]
