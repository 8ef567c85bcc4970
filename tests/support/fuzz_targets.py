"""What is fuzzed: readers of bytes that others wrote, each of which may only refuse them.

A target takes any bytes. It makes of them an input that comes far, mostly by small changes to a
real one, hands it to the reader, and lets every error through that is not the package's own.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from forging import forged, load
from rest_features import ALL, all_kinds, json_rows, leaves, stream
from rest_tensors import tensors

import taurus_beam as tb
from taurus_beam.errors import TaurusError
from taurus_beam.rest import Settings
from taurus_beam.rest.model import Model
from taurus_beam.rest.protocols import ARROW, JSON, Call, answer_rows, answer_tensors
from taurus_beam.rest.refusals import RequestError
from taurus_beam.serving import TransformFn

GOLDEN = Path(__file__).parents[1] / "golden" / "0.1.0"
WORDS: list[Any] = [
    None, True, False, 0, 1, -1, 2, 255, 2**31, -(2**63), 2**64, 10**12, 0.5, -0.0, 1e308, "", "a",
    "x" * 300, "float", "int64", "string", "binary", "timestamp[us, tz=UTC]", "null", "uint64",
    "murmur3", "(?P<n>a)*", "\\1", "\x00", "\ud800", [], {}, [[]], [None], [1, 2], ["a", "b"],
    {"float": "nan"}, {"bytes": "zz"}, {"bytes": "00ff"}, {"column": ["double", [2]]},
    {"column": ["string", [None]]}, {"column": ["float", [1, 2]]}, {"column": []},
]  # fmt: skip


class Choices:
    """Decisions made from bytes: the same bytes, the same decisions; then always the first."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, below: int) -> int:
        """A number from 0 on."""
        size = max((below - 1).bit_length() + 7, 8) // 8
        taken = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(taken, "little") % below

    def one(self, options: Any) -> Any:
        """One of a sequence."""
        return options[self.number(len(options))]


def changed_document(document: Any, choices: Choices) -> Any:
    """A JSON document, some of its values replaced by others, by its own, or gone."""
    document = {"": json.loads(json.dumps(document))}
    for _ in range(1 + choices.number(3)):
        parent, key = document, ""
        while isinstance(parent[key], dict | list) and parent[key] and choices.number(8):
            parent = parent[key]
            key = choices.one(list(parent) if isinstance(parent, dict) else range(len(parent)))
        what = choices.number(8)
        if what == 0 and parent is not document:
            del parent[key]
        elif what == 1 and isinstance(parent, list):
            parent[key] = deepcopy(choices.one(parent))
        elif what == 2 and isinstance(parent[key], int):
            parent[key] += choices.number(5) - 2
        else:
            parent[key] = deepcopy(choices.one(WORDS))
    return document[""]


def changed_bytes(content: bytes, choices: Choices) -> bytes:
    """Bytes, some of them replaced, cut off or doubled."""
    changed = bytearray(content)
    for _ in range(1 + choices.number(4)):
        at, what = choices.number(max(len(changed), 1)), choices.number(16)
        if what == 0:
            del changed[at:]
        elif what == 1:
            changed[at:at] = changed[at : at + choices.number(64)]
        else:
            value = choices.one([0, 1, 2, 0x7F, 0x80, 0xFF]) if what < 8 else choices.number(256)
            changed[at : at + 1] = bytes([value])
    return bytes(changed)


def artifact(data: bytes) -> None:
    """Loads an artifact with other contents whose checksums fit, and applies it."""
    choices = Choices(data)
    files = choices.one([_golden("operations"), _golden("keys"), _small()])
    names = [name for name in files if name not in ("manifest.json", "provenance.json")]
    name = "graph.json" if choices.number(4) else choices.one(names)
    if name == "graph.json":
        content = json.dumps(changed_document(json.loads(files[name]), choices)).encode()
    else:
        content = changed_bytes(files[name], choices)
    with suppress(TaurusError):
        fn = TransformFn(load(forged(files, {name: content}))[0])
        for use in (fn.describe, lambda: fn.row_source, lambda: fn.output_schema):
            with suppress(TaurusError):
                use()
        batch = _batch(fn.graph.input_columns, choices)
        with suppress(TaurusError):
            fn.transform(batch)
        if not any("." in name for name in batch.schema.names):
            for row in batch.to_pylist():
                with suppress(TaurusError):
                    fn.row(row)


def manifest(data: bytes) -> None:
    """Loads an artifact with another manifest and provenance."""
    choices, files = Choices(data), _small()
    name = choices.one(["manifest.json", "provenance.json"])
    document = changed_document(json.loads(files[name]), choices)
    changes = document if isinstance(document, dict) else {}
    with suppress(TaurusError):
        if name == "manifest.json" and choices.number(2):
            load(forged(files, {}, {k: v for k, v in changes.items() if k != "sha256"}))
        else:
            load({**files, name: json.dumps(document).encode()})


def arrow_body(data: bytes) -> None:
    """Answers an Arrow stream."""
    with suppress(RequestError):
        answer_rows(_model(), _call(changed_bytes(_stream(), Choices(data)), ARROW))


def rows_body(data: bytes) -> None:
    """Answers rows of JSON."""
    document = changed_document(json_rows(ALL)[:3], Choices(data))
    with suppress(RequestError):
        answer_rows(_model(), _call(json.dumps(document).encode(), JSON))


def tensors_body(data: bytes) -> None:
    """Answers tensors of the Open Inference Protocol."""
    document = {"inputs": tensors(leaves(ALL)), "parameters": {"nulls": "mask"}}
    with suppress(RequestError):
        body = json.dumps(changed_document(document, Choices(data))).encode()
        answer_tensors(_model(), _call(body, JSON))


def schema_text(data: bytes) -> None:
    """Reads a schema file, looks for what is wrong with it, and writes it."""
    choices = Choices(data)
    content = changed_bytes(_schema(), choices) if choices.number(4) else data[1:]
    with tempfile.NamedTemporaryFile(suffix=".pbtxt") as file, suppress(TaurusError):
        file.write(content)
        file.flush()
        schema = tb.load_schema_text(file.name)
        tb.check_schema(schema)


def statistics(data: bytes) -> None:
    """Reads a file of statistics in each of its forms, and infers a schema from it."""
    choices = Choices(data)
    ending = choices.one([".pb", ".tfrecord", ".pbtxt"])
    content = changed_bytes(_statistics(ending), choices) if choices.number(4) else data[2:]
    with tempfile.NamedTemporaryFile(suffix=ending) as file, suppress(TaurusError):
        file.write(content)
        file.flush()
        tb.infer_schema(tb.load_statistics(file.name))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        artifact, manifest, arrow_body, rows_body, tensors_body, schema_text, statistics
    )
}  # fmt: skip


@lru_cache
def _golden(name: str) -> dict[str, bytes]:
    folder = GOLDEN / name / "transform_fn"
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@lru_cache
def _small() -> dict[str, bytes]:
    """A few nodes, so that a change often meets the same one twice."""
    from taurus_beam.artifact.content import artifact_files

    fn = tb.fit(
        {"s": ["a", "b c", None], "x": [1.0, 2.0, 3.0]},
        lambda i: {
            "ids": tb.compute_and_apply_vocabulary(
                tb.split(tb.regex_replace(i["s"], "(b)", r"\1"))
            ),
            "one": tb.one_hot(tb.bucketize(i["x"], 2), 2),
            "dense": tb.to_dense(tb.ngrams(tb.split(i["s"]), (1, 2), " "), 2, ""),
        },
    )
    return artifact_files(fn.graph, {})


@lru_cache
def _model() -> Model:
    return Model("m", "1", tb.fit(ALL, all_kinds)).warm()


@lru_cache
def _stream() -> bytes:
    return stream(*ALL.to_batches())


def _call(body: bytes, kind: str) -> Call:
    return Call(body, kind, JSON, "id", Settings())


@lru_cache
def _schema() -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".pbtxt") as file:
        tb.write_schema_text(tb.infer_schema(tb.statistics(ALL)), file.name)
        return Path(file.name).read_bytes()


@lru_cache
def _statistics(ending: str) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=ending) as file:
        tb.write_statistics(tb.statistics(ALL), file.name)
        return Path(file.name).read_bytes()


def _batch(columns: Mapping[str, Any], choices: Choices) -> pa.RecordBatch:
    """A few rows of some columns: missing values, and numbers and strings of any kind."""
    rows = choices.number(3)
    arrays = [_array(kind.to_arrow(), rows, choices) for kind in columns.values()]
    return pa.RecordBatch.from_arrays(arrays, list(columns))


def _array(kind: Any, rows: int, choices: Choices) -> Any:
    texts = [None, "", "a", "b c", "0", "nan", "é\u0130", "2024-02-29"]
    numbers = [None, 0, 1, 2, 7, 100]
    element = kind.value_type if pa.types.is_nested(kind) else kind
    some = texts if pa.types.is_string(element) else numbers

    def values(count: int) -> list[Any]:
        return [choices.one(some) for _ in range(count)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if pa.types.is_fixed_size_list(kind):
                made = [values(kind.list_size) for _ in range(rows if kind.list_size < 99 else 0)]
                return pa.array([*made, *[None] * (rows - len(made))], kind)
            if pa.types.is_nested(kind):
                return pa.array([values(choices.number(3)) for _ in range(rows)], kind)
            return pa.array(values(rows), element)
        except (pa.ArrowException, ValueError, TypeError):
            return pa.nulls(rows, kind)
