"""An artifact by somebody who means harm runs no code, stays in its folder and in its memory.

Checksums fit in all of these: whoever can write the files can write the checksums.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from forging import arrow_file, forged, load, written
from limited_use import used

import taurus_beam as tb
from taurus_beam.artifact.bounds import DOCUMENT_BYTES, ROW_ELEMENTS
from taurus_beam.artifact.content import artifact_files
from taurus_beam.errors import ArtifactError, DataError, EngineError
from taurus_beam.serving import TransformFn

FN = tb.fit(
    {"s": ["a", "b", "b"]}, lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"], top_k=2)}
)
FILES = artifact_files(FN.graph, FN.provenance)
TERMS = "assets/s.arrow"
BIG = 10**12


def node(op: str, *inputs: int, **attributes: Any) -> dict[str, Any]:
    return {
        "op": op,
        "version": 1,
        "attributes": attributes,
        "inputs": list(inputs),
        "at": ["f.py", 1, ""],
    }


def column(name: str, dtype: str, *shape: int | None) -> dict[str, Any]:
    return node("input", column=name, column_type={"column": [dtype, list(shape)]})


def constant(dtype: str, *elements: Any, shape: tuple[int, ...] = (), **more: Any) -> Any:
    return node("constant", type=[dtype, list(shape)], **(more or {"elements": list(elements)}))


def artifact(*nodes: dict[str, Any], output: str = "y", **assets: bytes) -> dict[str, bytes]:
    """Files of an artifact with these nodes, of which the last is the output."""
    document = {"nodes": nodes, "outputs": [[output, len(nodes) - 1]]}
    graph = json.dumps({"format_version": 1, **document}).encode()
    changes = {f"assets/{name}.arrow": content for name, content in assets.items()}
    return forged(FILES, {"graph.json": graph, **changes})


TEXT, TOKENS, IDS = column("x", "string"), column("x", "string", None), column("x", "int64", None)


def chain(first: dict[str, Any], op: str, length: int, times: int, **attributes: Any) -> Any:
    """Nodes that are each made of the one before it, given several times."""
    return [first, *(node(op, *[i] * times, **attributes) for i in range(length))]


def doubled(length: int) -> Any:
    again = {"pattern": "(?s).+", "replacement": r"\g<0>\g<0>"}
    return chain(TEXT, "regex_replace", length, 1, **again)


# The folder


@pytest.mark.parametrize("name", ["graph.json", "manifest.json", TERMS])
def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str):
    folder = written(tmp_path / "fn", FILES)
    (tmp_path / "outside").write_bytes(FILES[name])
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "outside")
    with pytest.raises(ArtifactError, match=rf"{name} .* is a link that leads out of it"):
        tb.load(folder)


def test_a_folder_of_assets_that_is_elsewhere_is_refused(tmp_path: Path):
    folder = written(tmp_path / "fn", FILES)
    (folder / "assets").rename(tmp_path / "fn-assets")
    (folder / "assets").symlink_to(tmp_path / "fn-assets")
    with pytest.raises(ArtifactError, match="is a link that leads out of it"):
        tb.load(folder)


def test_links_to_the_artifact_and_within_it_are_taken(tmp_path: Path):
    folder = written(tmp_path / "data" / "fn", FILES)
    (folder / "graph.json").rename(folder / "real.json")
    (folder / "graph.json").symlink_to("real.json")
    (tmp_path / "link").symlink_to(folder)
    assert tb.load(tmp_path / "link").digest == FN.digest


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/random"])
def test_a_device_without_an_end_is_not_read(tmp_path: Path, device: str):
    folder = written(tmp_path, FILES)
    (folder / "graph.json").unlink()
    (folder / "graph.json").symlink_to(device)
    with pytest.raises(ArtifactError, match="leads out of it"):
        tb.load(folder)


@pytest.mark.parametrize("name", ["manifest.json", "graph.json", TERMS])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str):
    folder = written(tmp_path, FILES)
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(ArtifactError, match="is no regular file"):
        tb.load(folder)


@pytest.mark.parametrize("name", ["manifest.json", "provenance.json"])
def test_a_sparse_file_of_a_terabyte_is_not_read(tmp_path: Path, name: str):
    folder = written(tmp_path, FILES)
    os.truncate(folder / name, 1 << 40)
    with pytest.raises(ArtifactError, match=rf"{name} .* is too large: 1,099,511,627,776 bytes"):
        tb.load(folder)


def test_names_that_differ_in_case_are_the_files_that_were_sealed(tmp_path: Path):
    files = {**FILES, "Graph.json": b"{}"}
    folder = written(tmp_path, forged(files, {}))
    assert tb.load(folder).row({"s": "b"}) == {"id": 0}


# Code


HOSTILE = [
    "y': __import__('os').system('touch pwned'), 'z",
    "'\n    raise SystemExit\n'",
    '"""',
    "{0}",
    "\\",
    "\x00\r\u2028\u202e",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_never_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.chdir(tmp_path)
    files = artifact(
        node("input", column=name, column_type={"column": ["string", []]}),
        constant("string", name),
        node("fill_null", 0, 1),
        output=name,
    )
    fn = tb.load(written(tmp_path / "fn", files))
    assert fn.row({name: None}) == {name: name}
    assert fn.transform(pa.table({name: ["v", None]})).to_pydict() == {name: ["v", name]}
    assert fn.describe()
    assert [entry.name for entry in tmp_path.iterdir()] == ["fn"]


@pytest.mark.parametrize(
    "op",
    ["os.system", "taurus_beam.cli", "builtins.eval", "__import__", "subprocess.run", "input "],
)
def test_an_operation_is_no_path_to_python(op: str):
    with pytest.raises(ArtifactError, match=r"Unknown operation|is not installed"):
        load(artifact(TEXT, node(op, 0)))


@pytest.mark.parametrize(
    "content", [b"\x80\x04cos\nsystem\n", b"\x93NUMPY\x01\x00v\x00{'descr': '|O'}"]
)
def test_pickles_and_object_arrays_are_no_assets(content: bytes):
    files = artifact(constant("string", asset="assets/c.arrow", shape=(3,)), c=content)
    with pytest.raises(ArtifactError, match="it is no Arrow file"):
        load(files)


# Memory and time when it is loaded


def declared(length: int) -> bytes:
    """An Arrow file whose batch says that it has so many elements."""
    content = arrow_file(elements=pa.array(range(777), pa.int64()))
    assert content.count(struct.pack("<q", 777)) >= 2  # of the batch and of its column
    return content.replace(struct.pack("<q", 777), struct.pack("<q", length))


MILLION = pa.array([0], pa.int64()).take(pa.array([0] * 1_000_000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (declared(BIG), "damaged"),
        (declared(2**62), "damaged"),
        (arrow_file("lz4", elements=MILLION), "buffers are compressed"),
        (arrow_file("zstd", elements=MILLION), "buffers are compressed"),
        (arrow_file(elements=pa.nulls(10**9)), "elements of null|No operation|cannot be known"),
        (
            arrow_file(elements=pa.RunEndEncodedArray.from_arrays(pa.array([2**30]), [7])),
            "No operation takes values",
        ),
        (
            arrow_file(elements=pa.DictionaryArray.from_arrays([0] * 9, pa.array([1]))),
            "message of another kind",
        ),
        (
            arrow_file(elements=pa.FixedSizeListArray.from_arrays(pa.nulls(2**20), 2**20)),
            "No operation takes values",
        ),
        (arrow_file(elements=["text"]), "elements of string"),
    ],
    ids=["10^12", "2^62", "lz4", "zstd", "nulls", "runs", "dictionary", "vectors", "text"],
)
def test_an_asset_is_not_larger_than_its_file(tmp_path: Path, content: bytes, message: str):
    files = artifact(constant("int64", asset="assets/c.arrow", shape=(777,)), c=content)
    with pytest.raises(ArtifactError, match=message):
        load(files)


@pytest.mark.parametrize(
    "nodes",
    [
        [column("x", "double", BIG)],
        [column("x", "double", ROW_ELEMENTS + 1)],
        [column("x", "double", -1)],
        [column("x", "double", None, None)],
        [column("x", "double", 2, 3)],
        [column(".".join("a" * 100_000), "double")],
        [constant("double", shape=(BIG, 0))],
        [constant("double", shape=(0, BIG))],
        [constant("double", 1.0, shape=(-1, -1))],
        [column("x", "int64"), node("one_hot", 0, depth=BIG, dtype="float")],
        [column("x", "int64"), node("one_hot", 0, depth=2**31 - 1, dtype="float")],
        [IDS, node("multi_hot", 0, depth=BIG, dtype="float")],
        [IDS, constant("int64", 0), node("to_dense", 0, 1, width=BIG)],
        chain(column("x", "double", 8), "concat", 40, 2),
        [column("x", "int64"), node("one_hot", 0, depth=2**20, dtype="float"),
         node("concat", *[1] * 17)],
        [TEXT, node("regex_replace", 0, pattern="()" * 500, replacement="x", more=1)],
        [TEXT, node("regex_replace", 0, pattern="(" * 100_000, replacement="")],
        [TEXT, node("tokenize", 0, pattern="(?:" * 100_000)],
    ],
)  # fmt: skip
def test_what_no_row_can_hold_is_refused_when_it_is_loaded(nodes: Any):
    with pytest.raises(ArtifactError):
        load(artifact(*nodes))


def test_a_pattern_is_not_searched_when_it_is_loaded():
    # Even the empty string would take 10^18 steps.
    pattern = "(?:" * 6 + "(a|)" + "){1000}" * 6 + "$"
    files = artifact(TEXT, node("regex_replace", 0, pattern=pattern, replacement=r"\1"))
    assert load(files)[0].outputs


def test_a_document_is_not_larger_than_it_may_be():
    with pytest.raises(ArtifactError, match=r"graph\.json .* is too large"):
        load(forged(FILES, {"graph.json": b" " * (DOCUMENT_BYTES + 1)}))


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path):
    table = pa.table({"x": pa.array([1], pa.int64())})
    fn = tb.fit(table, lambda i: {"y": tb.one_hot(i["x"], ROW_ELEMENTS + 1)})
    with pytest.raises(ArtifactError, match=r"(?s)that of 'one_hot'.*at most 16,777,216"):
        fn.save(tmp_path / "fn")


def test_work_grows_with_the_nodes_and_not_with_their_square(tmp_path: Path):
    files = artifact(*chain(column("x", "double"), "negative", 5_000, 1))
    found = used(written(tmp_path, files), {"x": 1.5})
    assert [found[way] for way in ("load", "row", "batch")] == ["done"] * 3


# Memory when it is applied


@pytest.mark.parametrize(
    ("nodes", "value", "rows"),
    [
        (doubled(60), "text", 1),
        (doubled(21), "text" * 8, 100),
        ([TEXT, node("regex_replace", 0, pattern="", replacement="x" * 10**6)], "y" * 10**5, 1),
        ([TEXT, node("regex_replace", 0, pattern=r"\w", replacement="x" * 10**6)], "y" * 10**5, 1),
        ([TEXT, node("regex_replace", 0, pattern="(?s)(?=(.*))", replacement=r"\1" * 50)],
         "y" * 10**5, 1),
        (chain(TOKENS, "ngrams", 60, 1, least=2, greatest=2, separator=""), ["ab"] * 100, 1),
        (chain(TOKENS, "ngrams", 8, 1, least=1, greatest=BIG, separator=" "), ["ab"] * 200, 1),
        (chain(IDS, "cross", 9, 2, num_buckets=9, hash="murmur3", separator=""), [1] * 9, 1),
        ([IDS, node("cross", *[0] * 64, num_buckets=9, hash="murmur3", separator="")], [1] * 2, 1),
        ([IDS, node("cross", *[0] * 16, num_buckets=9, hash="murmur3", separator="")], [1] * 16, 1),
    ],
    ids=["doubled", "doubled in rows", "put in between", "put for each",
         "what follows", "pairs of pairs", "all sequences", "squares", "overflow of int64",
         "2^64"],
)  # fmt: skip
def test_what_grows_beyond_all_bounds_is_refused(tmp_path: Path, nodes: Any, value: Any, rows: int):
    found = used(written(tmp_path, artifact(*nodes)), {"x": value}, rows)
    assert found["load"] == "done"
    assert found["row"].startswith("DataError") or rows > 1
    assert found["batch"].startswith("DataError")


@pytest.mark.parametrize(
    ("nodes", "value", "rows"),
    [
        ([column("x", "int64"), node("one_hot", 0, depth=2**24, dtype="double")], 1, 100),
        ([IDS, node("multi_hot", 0, depth=2**24, dtype="double")], [1], 100),
        ([column("x", "double", None), constant("double", 0.0),
          node("to_dense", 0, 1, width=2**24)], [1.0], 100),
        ([TEXT, constant("string", "x" * 10**7), node("fill_null", 0, 1)], None, 10_000),
    ],
    ids=["one_hot", "multi_hot", "to_dense", "fill_null"],
)  # fmt: skip
def test_a_batch_that_takes_too_much_is_refused(tmp_path: Path, nodes: Any, value: Any, rows: int):
    found = used(written(tmp_path, artifact(*nodes)), {"x": value}, rows)
    assert (found["load"], found["row"]) == ("done", "done")
    assert found["batch"].startswith("DataError")


def copies(length: int) -> Any:
    """A string that was doubled, and as many copies of it, all needed at the end."""
    upper = [node("change_case", 3, to="upper") for _ in range(length)]
    last = node("cross", *range(4, 4 + length), num_buckets=9, hash="murmur3", separator="")
    return [*doubled(3), *upper, last]


def test_a_row_has_one_budget_for_all_its_text(monkeypatch: pytest.MonkeyPatch):
    graph = load(artifact(*copies(20)))[0]
    assert TransformFn(graph).row({"x": "text"})["y"] in range(9)
    monkeypatch.setattr("taurus_beam.serving.row.ROW_BUDGET", 500)
    with pytest.raises(DataError, match=r"^'?change_case.*: the values of the row take"):
        TransformFn(graph).row({"x": "text"})


def test_a_batch_has_one_budget_for_all_its_columns(monkeypatch: pytest.MonkeyPatch):
    graph = load(artifact(*copies(20)))[0]
    batch = pa.record_batch({"x": ["text"] * 10})
    monkeypatch.setenv("TAURUS_BEAM_BATCH_BYTES", "100000")
    assert len(TransformFn(graph).transform(batch)) == 10
    monkeypatch.setenv("TAURUS_BEAM_BATCH_BYTES", "4000")
    with pytest.raises(DataError, match=r"change_case.*the columns of the batch take 4,\d+ bytes"):
        TransformFn(graph).transform(batch)
    monkeypatch.setenv("TAURUS_BEAM_BATCH_BYTES", "much")
    with pytest.raises(EngineError, match="TAURUS_BEAM_BATCH_BYTES is 'much'"):
        TransformFn(graph).transform(batch)
