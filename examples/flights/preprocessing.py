"""What is computed from a flight, for training and for serving alike.

Written once and traced once: the Beam pipeline analyzes the data and freezes this function into
an artifact, and from then on the artifact is all that anybody needs. A flight is seen as it is
when it leaves the gate: its departure delay is known, its arrival is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

import taurus_beam as tb

MINUTES_A_DAY = 24 * 60


def preprocessing_fn(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Raw columns of a flight → its key, its label and the features of a model."""
    return {**key_and_label(inputs), **times(inputs), **numbers(inputs), **categories(inputs)}


def key_and_label(inputs: Mapping[str, Any]) -> dict[str, Any]:
    number = tb.cast(inputs["flight"], pa.string())
    key = inputs["carrier"] + number + "@" + inputs["time_hour"]
    return {
        "key": key,
        # The same flight is in the same fold wherever and whenever this is computed.
        "fold": tb.hash_strings(key, 10),
        # Missing for flights that never arrived, and when serving.
        "late": tb.where(inputs["arr_delay"] > 15, 1, 0),
    }


def times(inputs: Mapping[str, Any]) -> dict[str, Any]:
    departure = minutes_of_day(inputs["sched_dep_time"])
    arrival = minutes_of_day(inputs["sched_arr_time"])
    angle = departure * (2 * np.pi / MINUTES_A_DAY)
    return {
        "hour": departure // 60,
        "minute": departure % 60,
        # On a circle 23:59 is next to 00:00.
        "time_sin": np.sin(angle),
        "time_cos": np.cos(angle),
        "planned_bucket": tb.bucketize((arrival - departure) % MINUTES_A_DAY, 10),
    }


def numbers(inputs: Mapping[str, Any]) -> dict[str, Any]:
    distance, delay = inputs["distance"], inputs["dep_delay"]
    # An analyzer of another analyzer's result: the data are read in two passes.
    delay_log = np.log1p(delay - tb.min(delay))
    return {
        "distance_01": tb.scale_to_0_1(distance),
        "distance_log_z": tb.scale_to_z_score(np.log1p(distance)),
        "delay_log_z": tb.fill_null(tb.scale_to_z_score(delay_log), 0.0),
        "delay_bucket": tb.bucketize(delay, 20),
        "delay_unknown": tb.is_null(delay),
    }


def categories(inputs: Mapping[str, Any]) -> dict[str, Any]:
    route = inputs["origin"] + "-" + inputs["dest"]
    plane = tb.fill_null(inputs["tailnum"], "unknown")
    return {
        "carrier_id": tb.compute_and_apply_vocabulary(inputs["carrier"], num_oov_buckets=1),
        "origin_id": tb.compute_and_apply_vocabulary(inputs["origin"], num_oov_buckets=1),
        "dest_id": tb.compute_and_apply_vocabulary(inputs["dest"], num_oov_buckets=4),
        # The planes seen most often have ids of their own; the others share 32.
        "plane_id": tb.compute_and_apply_vocabulary(
            plane, top_k=200, frequency_threshold=20, num_oov_buckets=32, vocab_filename="plane"
        ),
        "route_bucket": tb.hash_strings(route, 128),
    }


def minutes_of_day(hhmm: Any) -> Any:
    """517 is 5:17; 2400 is midnight, as 0 is."""
    return (hhmm // 100 * 60 + hhmm % 100) % MINUTES_A_DAY
