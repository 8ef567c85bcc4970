"""Applying a frozen function to batches in every form people have them."""

from __future__ import annotations

import math
import pickle
import threading

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from spine import preprocess, row_set, table

import taurus_beam as tb
from taurus_beam.errors import ArtifactError, DataError

DATA = table(1000)


def function(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {
        "share": inputs["x"] / tb.max(inputs["x"]),
        "id": tb.compute_and_apply_vocabulary(inputs["s"]),
        "double": inputs["n"] * 2,
        "vector": tb.one_hot(inputs["n"], 3),
    }


@pytest.fixture(scope="module")
def fn():
    schema = pa.schema({"x": pa.float64(), "s": pa.string(), "n": pa.int32()})
    data = pa.table({"x": [1.0, 8.0], "s": ["a", "b"], "n": [0, 1]}, schema)
    return tb.fit(data, function)


BATCH = pa.record_batch(
    {"x": [4.0, None], "s": ["b", None], "n": pa.array([2, 1], pa.int32()), "more": [None, "text"]}
)
ROWS = [
    {"share": 0.5, "id": 0, "double": 4, "vector": [0.0, 0.0, 1.0]},
    {"share": None, "id": None, "double": 2, "vector": [0.0, 1.0, 0.0]},
]


def test_a_record_batch_gives_one(fn):
    result = fn.transform(BATCH)
    assert isinstance(result, pa.RecordBatch)
    assert result.schema == fn.output_arrow_schema
    assert result.to_pylist() == ROWS


def test_a_table_gives_one_whatever_its_chunks(fn):
    whole = pa.Table.from_batches([BATCH.slice(0, 1), BATCH, BATCH.slice(1)])
    result = fn.transform(whole)
    assert isinstance(result, pa.Table)
    assert result.to_pylist() == [ROWS[0], *ROWS, ROWS[1]]


def test_a_table_larger_than_a_batch_gives_the_same():
    frozen = tb.fit(DATA, preprocess)
    large = pa.concat_tables([DATA] * 150).combine_chunks()
    expected = frozen.transform(DATA)
    result = frozen.transform(large)
    assert len(result) == 150 * len(DATA)
    for start in (0, 65_000, 149_000):
        part = result.slice(start, 1000)
        assert row_set(part.to_batches()) == row_set(expected.to_batches())


def test_a_data_frame_keeps_its_index_and_nan_is_missing(fn):
    frame = pd.DataFrame(
        {"x": [4.0, math.nan], "s": ["b", None], "n": [2, 1], "more": [1, 2]}, index=["p", "q"]
    )
    result = fn.transform(frame)
    assert list(result.index) == ["p", "q"]
    assert list(result.columns) == ["share", "id", "double", "vector"]
    assert result["share"].isna().tolist() == [False, True]
    assert result["share"]["p"] == 0.5
    assert result["id"]["p"] == 0
    assert math.isnan(result["id"]["q"])
    assert [list(v) for v in result["vector"]] == [row["vector"] for row in ROWS]


@pytest.mark.parametrize(
    "index", [pd.RangeIndex(5, 7), pd.MultiIndex.from_tuples([(1, 2), (3, 4)])]
)
def test_any_index_is_kept(fn, index):
    frame = pd.DataFrame({"x": [4.0, 8.0], "s": ["b", "a"], "n": [2, 1]}, index=index)
    assert fn.transform(frame).index.equals(index)


def test_pandas_types_of_its_own_are_taken(fn):
    frame = pd.DataFrame(
        {
            "x": pd.array([4, None], "Int64"),
            "s": pd.Categorical(["b", None]),
            "n": pd.array([2, 1], "int8"),
        }
    )
    result = fn.transform(frame)
    assert result["share"].tolist()[0] == 0.5
    assert result["id"].tolist()[0] == 0


def test_a_dict_of_arrays_gives_numpy_arrays(fn):
    result = fn.transform({"x": np.array([4.0, np.nan]), "s": ["b", "z"], "n": (2, 1)})
    assert isinstance(result["share"], np.ndarray)
    np.testing.assert_array_equal(result["share"], [0.5, np.nan])
    np.testing.assert_array_equal(result["id"], [0, -1])
    np.testing.assert_array_equal(result["vector"], [[0, 0, 1], [0, 1, 0]])


def test_masked_arrays_and_matrices_are_columns():
    vectors = np.array([[1.0, 2.0], [3.0, 4.0]])
    masked = np.ma.masked_array([1.0, 99.0], [False, True])

    def sums(inputs):
        return {"sum": inputs["v"] + tb.fill_null(inputs["m"], 10.0)}

    result, _ = tb.fit_transform({"v": vectors, "m": masked}, sums)
    np.testing.assert_array_equal(result["sum"], [[2, 3], [13, 14]])


def test_whatever_has_an_arrow_stream_gives_a_table(fn):
    class Stream:
        def __arrow_c_stream__(self, requested_schema=None):
            return pa.Table.from_batches([BATCH]).__arrow_c_stream__(requested_schema)

    assert fn.transform(Stream()).to_pylist() == ROWS


def test_no_rows_give_no_rows_of_the_right_types(fn):
    for data in (BATCH.slice(0, 0), pa.Table.from_batches([], BATCH.schema)):
        result = fn.transform(data)
        assert result.num_rows == 0
        assert result.schema == fn.output_arrow_schema
    frame = pd.DataFrame({"x": pd.array([], float), "s": pd.array([], str), "n": []})
    assert fn.transform(frame).shape == (0, 4)
    assert fn.transform({"x": [], "s": [], "n": []})["vector"].shape == (0, 3)


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("column", ["x", "s", "n"])
def test_a_missing_column_is_named(fn, column, empty):
    data = BATCH.drop_columns([column]).slice(0, 0 if empty else 2)
    found = ", ".join(data.schema.names)
    for form in (data, pa.Table.from_batches([data]), data.to_pandas()):
        with pytest.raises(DataError, match=rf"(?s)Column '{column}' is missing.*found: {found}"):
            fn.transform(form)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("x", pa.array([4, None])),
        ("x", pa.array([4, None], pa.uint8())),
        ("x", pa.array([4, None], pa.float32())),
        ("x", pa.array([4.0, None], pa.float16())),
        ("s", pa.array(["b", None], pa.large_string())),
        ("s", pa.array(["b", None], pa.string_view())),
        ("s", pa.array(["b", None]).dictionary_encode()),
        ("n", pa.array([2, 1], pa.int64())),
        ("n", pa.array([2, 1], pa.uint64())),
        ("n", pa.array([2.0, 1.0])),
        ("n", pa.array([2, 1], pa.int32()).dictionary_encode()),
    ],
    ids=lambda value: str(getattr(value, "type", value)),
)
def test_another_type_of_the_same_values_is_taken(fn, column, values):
    position = BATCH.schema.get_field_index(column)
    assert fn.transform(BATCH.set_column(position, column, values)).to_pylist() == ROWS


def test_a_column_of_type_null_is_all_missing(fn):
    result = fn.transform(BATCH.set_column(0, "x", pa.nulls(2)))
    assert result["share"].to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("x", ["4.0", None], r"Column 'x' has type string"),
        ("x", [True, None], r"Column 'x' has type bool"),
        ("x", [[4.0], None], r"Column 'x' has type list"),
        ("x", [2**53 + 1, 0], r"Column 'x' has values that double cannot hold"),
        ("s", [1, 2], r"Column 's' has type int64"),
        ("s", [b"b", None], r"Column 's' has type binary"),
        ("n", [1.5, 1.0], r"Column 'n' has values that int32 cannot hold"),
        ("n", [math.nan, 1.0], r"Column 'n' has values that int32 cannot hold"),
        ("n", [2**31, 1], r"Column 'n' has values that int32 cannot hold"),
        ("n", ["2", "1"], r"Column 'n' has type string"),
    ],
)
def test_another_type_of_other_values_is_refused(fn, column, values, message):
    position = BATCH.schema.get_field_index(column)
    with pytest.raises(DataError, match=rf"(?s){message}.*expected: .*fix:"):
        fn.transform(BATCH.set_column(position, column, pa.array(values)))


def test_a_column_that_is_there_twice_is_refused_if_it_is_read(fn):
    doubled = pa.RecordBatch.from_arrays([*BATCH.columns, BATCH["s"]], [*BATCH.schema.names, "s"])
    with pytest.raises(DataError, match="Column 's' occurs 2 times"):
        fn.transform(doubled)
    unread = pa.RecordBatch.from_arrays(
        [*BATCH.columns, BATCH["more"]], [*BATCH.schema.names, "more"]
    )
    assert fn.transform(unread).to_pylist() == ROWS
    frame = BATCH.to_pandas()
    with pytest.raises(DataError, match=r"(?s)cannot be taken as columns.*s"):
        fn.transform(pd.concat([frame, frame[["s"]]], axis=1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1.0, 2.0], "A list is no batch of columns"),
        (None, "A NoneType is no batch of columns"),
        (np.zeros((2, 3)), "A ndarray is no batch of columns"),
        ({"x": 4.0, "s": "b", "n": 2}, r"(?s)Column 'x' cannot be taken.*TransformFn\.row"),
        ({"x": [4.0], "s": ["b"], "n": [1, 2]}, "cannot be taken as columns"),
        ({"x": ["4", 5.0], "s": ["b"], "n": [1]}, "Column 'x' cannot be taken as an array"),
        ({"x": np.zeros((2, 2, 2)), "s": ["b"], "n": [1]}, "Column 'x' cannot be taken"),
    ],
)
def test_what_is_no_batch_is_refused(fn, data, message):
    with pytest.raises(DataError, match=message):
        fn.transform(data)


def test_a_pickle_of_it_holds_data_and_works(fn):
    fn.transform(BATCH)
    fn.row({"x": 1.0, "s": "a", "n": 1})
    copied = pickle.loads(pickle.dumps(fn))
    assert copied.digest == fn.digest
    assert copied.provenance == fn.provenance
    assert copied.transform(BATCH).to_pylist() == ROWS
    assert copied.row({"x": 4.0, "s": "b", "n": 2}) == ROWS[0]


def test_a_pickle_that_was_changed_is_refused(fn):
    content = pickle.dumps(fn)
    with pytest.raises(ArtifactError, match=r"assets/s\.arrow of the artifact of a pickled"):
        pickle.loads(content.replace(b"ARROW1", b"ARROW2", 1))


def test_threads_share_it():
    frozen = pickle.loads(pickle.dumps(tb.fit(DATA, preprocess)))
    batches = DATA.to_batches(max_chunksize=100)
    expected = row_set(tb.fit_transform(DATA, preprocess)[0].to_batches())
    rows = DATA.select(["x", "n", "s"]).slice(0, 50).to_pylist()
    start, failures = threading.Barrier(8), []

    def work(number):
        try:
            start.wait()
            # Half of them compile the batch kernels first, half the row path.
            found = [frozen.row(row) for row in rows] if number % 2 else None
            result = row_set([frozen.transform(batch) for batch in batches])
            assert result == expected
            found = found or [frozen.row(row) for row in rows]
            assert all(repr(row) in expected for row in found)
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_vocabularies_are_found_by_asset_and_by_output(fn):
    assert fn.vocabulary("s").terms.to_pylist() == ["b", "a"]
    assert fn.vocabulary("id") is fn.vocabulary("s")
    assert list(fn.vocabularies) == ["s"]
    assert fn.vocabulary("s").ids == {"b": 0, "a": 1}
    for name in ("share", "nothing"):
        with pytest.raises(ArtifactError, match=f"(?s)no vocabulary '{name}'.*one of: s"):
            fn.vocabulary(name)


def test_it_describes_itself(fn):
    text = fn.describe()
    lines = text.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == ["inputs", "nodes", "outputs"]
    assert "  s: string" in lines
    assert "vocabulary 's' of 2" in text
    for name in fn.output_arrow_schema.names:
        assert any(line.startswith(f"  {name} = %") for line in lines)
    assert repr(fn).startswith("<TransformFn of 3 inputs and 4 outputs, ")
    assert tb.fit(pa.table({"x": [8.0]}), lambda i: {"y": i["x"]}).describe() != text


def test_what_it_takes_and_gives_is_known(fn):
    assert fn.input_arrow_schema == pa.schema(
        {"x": pa.float64(), "s": pa.string(), "n": pa.int32()}
    )
    assert fn.output_arrow_schema == pa.schema(
        {
            "share": pa.float64(),
            "id": pa.int64(),
            "double": pa.int32(),
            "vector": pa.list_(pa.float32(), 3),
        }
    )
