"""Something that follows the transform, such as a model: clients see what it gives."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from rest_features import ARROW, PLAIN, dumped, json_rows, leaves, stream
from rest_server import metrics, serving
from rest_tensors import tensors

import taurus_beam as tb
from taurus_beam.rest import Repository


class Linear:
    """A model of one weight."""

    schema = pa.schema({"score": pa.float64()})

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def __call__(self, features: pa.RecordBatch) -> pa.RecordBatch:
        scores = pc.multiply(features["count"].cast(pa.float64()), self.weight)
        return pa.RecordBatch.from_arrays([scores], schema=self.schema)


class Halved:
    """What opens it, and remembers for what."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, str, str]] = []

    def stamp(self, name: str, path: str) -> None:
        return None

    def open(self, name: str, path: str, fn: tb.TransformFn) -> Linear:
        self.opened.append((name, path, fn.digest))
        return Linear(0.5)


def test_the_model_behind_the_transform_answers(paths, functions):
    heads = Halved()
    repository = Repository(lambda: {("m", "1"): paths["plain"]}, heads)
    counts = functions["plain"].transform(PLAIN)["count"].to_pylist()
    expected = [None if count is None else 0.5 * count for count in counts]
    with serving(repository) as client:
        url = "/v1/models/m:transform"
        answer = client.post(url, content=dumped(json_rows(PLAIN)))
        assert answer.json() == [{"score": score} for score in expected]
        body, headers = stream(*PLAIN.to_batches()), {"content-type": ARROW}
        answer = client.post(url, content=body, headers=headers)
        assert pa.ipc.open_stream(answer.content).read_all()["score"].to_pylist() == expected
        answer = client.post("/v2/models/m/infer", json={"inputs": tensors(leaves(PLAIN))})
        assert answer.json()["outputs"][0]["data"] == expected
        outputs = client.get("/v2/models/m").json()["outputs"]
        assert [each["name"] for each in outputs] == ["score"]
        unknown = 'taurus_out_of_vocabulary_total{model="m",output="zone_id",version="1"}'
        assert metrics(client)[unknown] > 0
    assert heads.opened == [("m", paths["plain"], functions["plain"].digest)]
