"""Statistics, drift and transforms of streams in windows, on the runners that play a TestStream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing import test_stream
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.trigger import (
    AccumulationMode,
    AfterCount,
    AfterWatermark,
    Repeatedly,
)
from apache_beam.transforms.window import (
    FixedWindows,
    GlobalWindow,
    GlobalWindows,
    SlidingWindows,
    TimestampedValue,
)

import taurus_beam as tb
from taurus_beam.errors import EngineError
from taurus_beam.pipeline.windows import _Combine
from taurus_beam.stats.dataset import DatasetStatistics

RUNNER = "BundleBasedDirectRunner"
TIMES = [1, 5, 9, 12, 13, 41]
"""When the batches happened, in seconds; in 20 … 40 nothing did."""


def batch(number: int) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "x": pa.array([float(number), None, number * 0.1]),
            "s": ["north" if number % 2 else "south", "east", f"t{number}"],
        }
    )


def table(*numbers: int) -> pa.Table:
    return pa.Table.from_batches([batch(number) for number in numbers])


def stream(*late: tuple[int, int]) -> Any:
    """Each batch by its own, the watermark behind it; then late ones: time and number."""
    test = test_stream.TestStream()
    for number, time in enumerate(TIMES):
        test.add_elements([TimestampedValue(batch(number), time)]).advance_watermark_to(time)
    for time, number in late:
        test.add_elements([TimestampedValue(batch(number), time)])
    return test.advance_watermark_to_infinity()


def played(test: Any, windows: Any, what: Callable[[Any], Any], wanted: list[Any]) -> None:
    def placed(found: Any, window: Any = beam.DoFn.WindowParam) -> Any:
        start = "all" if isinstance(window, GlobalWindow) else int(window.start)
        return start, found.SerializeToString(deterministic=True)

    def check(found: list[Any]) -> None:
        assert sorted(found, key=repr) == sorted(
            ((start, proto.SerializeToString(deterministic=True)) for start, proto in wanted),
            key=repr,
        )

    options = PipelineOptions(["--streaming"])
    with beam.Pipeline(runner=RUNNER, options=options) as pipeline:
        found = what(pipeline | test | "Windows" >> windows) | "Placed" >> beam.Map(placed)
        assert_that(found | "Everywhere" >> beam.WindowInto(GlobalWindows()), check)


def statistics(data: Any) -> Any:
    return data | tb.GenerateStatisticsPerWindow()


def test_fixed_windows_have_the_statistics_of_their_rows_and_empty_ones_none() -> None:
    wanted = [(0, table(0, 1, 2)), (10, table(3, 4)), (40, table(5))]
    played(
        stream(),
        beam.WindowInto(FixedWindows(10)),
        statistics,
        [(start, tb.statistics(rows)) for start, rows in wanted],
    )


def test_a_row_counts_in_each_of_its_sliding_windows() -> None:
    wanted = [
        *[(-10, table(0, 1, 2)), (0, table(0, 1, 2, 3, 4)), (10, table(3, 4))],
        *[(30, table(5)), (40, table(5))],
    ]
    played(
        stream(),
        beam.WindowInto(SlidingWindows(20, 10)),
        statistics,
        [(start, tb.statistics(rows)) for start, rows in wanted],
    )


@pytest.mark.parametrize("accumulates", [True, False])
def test_late_rows_fire_again_and_count_once(accumulates: bool) -> None:
    mode = AccumulationMode.ACCUMULATING if accumulates else AccumulationMode.DISCARDING
    again = table(0, 1, 2, 7) if accumulates else table(7)
    wanted = [(0, table(0, 1, 2)), (0, again), (10, table(3, 4)), (40, table(5))]
    played(
        stream((3, 7)),
        beam.WindowInto(
            FixedWindows(10),
            trigger=AfterWatermark(late=AfterCount(1)),
            accumulation_mode=mode,
            allowed_lateness=100,
        ),
        statistics,
        [(start, tb.statistics(rows)) for start, rows in wanted],
    )


def test_rows_later_than_allowed_are_left_out() -> None:
    wanted = [(0, table(0, 1, 2)), (10, table(3, 4)), (40, table(5))]
    played(
        stream((3, 7)),
        beam.WindowInto(FixedWindows(10), allowed_lateness=0),
        statistics,
        [(start, tb.statistics(rows)) for start, rows in wanted],
    )


def test_a_trigger_that_fires_early_accumulates_to_the_statistics_of_all_rows() -> None:
    wanted = [("all", tb.statistics(table(*range(n)))) for n in (2, 4, 6)]
    played(
        stream(),
        beam.WindowInto(
            GlobalWindows(),
            trigger=Repeatedly(AfterCount(2)),
            accumulation_mode=AccumulationMode.ACCUMULATING,
        ),
        statistics,
        wanted,
    )


def test_windows_merged_are_the_bounded_data() -> None:
    combine = _Combine(DatasetStatistics(tb.StatsOptions()))
    windows = []
    for numbers in ((0, 1, 2), (3, 4), (5,)):
        state: Any = combine.create_accumulator()
        for number in numbers:
            state = combine.add_input(state, batch(number))
        windows.append(combine.compact(state))
    merged = combine.compact(combine.merge_accumulators(windows[1:]))
    whole = combine.merge_accumulators([merged, windows[0]])
    assert combine.extract_output(whole) == tb.statistics(table(*range(6)))


def test_drift_from_the_training_data_shows_in_the_windows_that_have_it() -> None:
    training = tb.statistics(
        pa.table({"s": ["east"] * 10 + ["south"] * 6 + [f"t{i}" for i in range(6)]})
    )
    schema = tb.infer_schema(training)
    [feature] = schema.feature
    feature.ClearField("domain")
    del schema.string_domain[:]
    feature.drift_comparator.infinity_norm.threshold = 0.25

    def drift(data: Any) -> Any:
        only = data | "Select" >> beam.Map(lambda b: b.select(["s"]))
        return statistics(only) | tb.DetectDrift(training, schema)

    rows = [(0, table(0, 1, 2)), (10, table(3, 4)), (40, table(5))]
    wanted = [
        (
            start,
            tb.validate_statistics(
                tb.statistics(t.select(["s"])), schema, previous_statistics=training
            ),
        )
        for start, t in rows
    ]
    assert ["s" in anomalies.anomaly_info for _, anomalies in wanted] == [False, False, True]
    played(stream(), beam.WindowInto(FixedWindows(10)), drift, wanted)


def test_transformed_data_and_violations_stay_in_their_windows(tmp_path: Any) -> None:
    def preprocess(inputs: Any) -> dict[str, Any]:
        return {"y": tb.monitor_range(inputs["x"] * 2, min=0, max=7)}

    tb.fit(table(*range(6)), preprocess).save(f"{tmp_path}/fn")
    with beam.Pipeline(runner=RUNNER, options=PipelineOptions(["--streaming"])) as pipeline:
        data = pipeline | stream() | beam.Map(lambda b: b).with_output_types(pa.RecordBatch)
        data |= beam.WindowInto(FixedWindows(10))
        artifact = pipeline | tb.ReadTransformFn(f"{tmp_path}/fn")
        both = (data, artifact) | tb.TransformDataset(with_violations=True)
        # Of 4 and 5 the first row is more than 7 when it is doubled.
        wanted = [[(0, 3)] * 3 + [(10, 3)] * 2 + [(40, 3)], [(10, 1), (40, 1)]]
        for label, found, rows in zip(("outputs", "violations"), both, wanted, strict=True):
            assert not found.is_bounded
            placed = found | f"{label} placed" >> beam.Map(
                lambda b, window=beam.DoFn.WindowParam: (int(window.start), b.num_rows)
            )
            everywhere = placed | f"{label} everywhere" >> beam.WindowInto(GlobalWindows())
            assert_that(everywhere, equal_to(rows), label=label)


def test_bounded_statistics_of_a_stream_name_the_other_transform() -> None:
    data = beam.Pipeline(runner=RUNNER) | stream()
    with pytest.raises(EngineError, match="GenerateStatisticsPerWindow"):
        data | tb.GenerateStatistics()


def test_dicts_are_taken_with_a_schema() -> None:
    rows = [TimestampedValue({"x": float(x)}, x) for x in (1, 2, 61)]
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        data = pipeline | beam.Create(rows) | "Minutes" >> beam.WindowInto(FixedWindows(60))
        schema = pa.schema({"x": pa.float64()})
        found = data | tb.GenerateStatisticsPerWindow(schema=schema)
        numbers = found | "Rows" >> beam.Map(lambda stats: stats.datasets[0].num_examples)
        assert_that(numbers | "All" >> beam.WindowInto(GlobalWindows()), equal_to([2, 1]))
