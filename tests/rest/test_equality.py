"""Any rows, by any way in and out: the same as the function gives, bit for bit."""

from __future__ import annotations

import pyarrow as pa
import pytest
from arrow_columns import values
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_features import ALL, ARROW, PLAIN, dumped, from_json, json_rows, leaves, same, stream
from rest_tensors import table_of, tensors

TABLES = {"plain": PLAIN, "all": ALL}


def rows_of(schema):
    """Rows of any values; structs are there, and their fields may be missing."""
    columns = {
        f.name: st.fixed_dictionaries({"km": values(pa.float64())})
        if f.name == "trip"
        else values(f.type)
        for f in schema
    }
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=12)


@pytest.mark.parametrize("name", ["plain", "all"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_every_way_gives_what_the_function_gives(client, functions, name, data):
    schema = TABLES[name].schema
    table = pa.Table.from_pylist(data.draw(rows_of(schema)), schema)
    expected = functions[name].transform(table)
    url = f"/v1/models/{name}:transform"

    answer = client.post(url, content=dumped(json_rows(table)))
    assert answer.status_code == 200, answer.text
    assert same(from_json(answer.json(), expected.schema), expected)

    headers = {"content-type": ARROW}
    answer = client.post(url, content=stream(*table.to_batches()), headers=headers)
    assert same(pa.ipc.open_stream(answer.content).read_all(), expected)

    # Tensors have no missing vectors apart from vectors of missing elements.
    pairs = [
        pair if pair and any(v is not None for v in pair) else None
        for pair in table["pair"].to_pylist()
    ]
    at = table.schema.get_field_index("pair")
    table = table.set_column(at, schema.field("pair"), pa.array(pairs, schema.field("pair").type))
    expected = functions[name].transform(table)
    for masked in (False, True):
        nulls = "mask" if masked else "null"
        body = {"inputs": tensors(leaves(table), masked), "parameters": {"nulls": nulls}}
        answer = client.post(f"/v2/models/{name}/infer", content=dumped(body))
        assert answer.status_code == 200, answer.text
        found = table_of(answer.json()["outputs"], expected.schema)
        assert same(with_missing_vectors(found), expected)


def with_missing_vectors(table):
    for index, field in enumerate(table.schema):
        if pa.types.is_fixed_size_list(field.type):
            rows = [
                v if any(e is not None for e in v) else None for v in table[field.name].to_pylist()
            ]
            table = table.set_column(index, field, pa.array(rows, field.type))
    return table
