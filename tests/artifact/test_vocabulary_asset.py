"""Vocabularies in artifacts: canonical, mapped from their file, checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.artifact.constant_encoding import decode_constant, encode_constant
from taurus_beam.errors import ArtifactError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.vocabulary import INDEXED_FROM, Vocabulary

LARGE = (1 << 20) + 5


def large_terms(dtype: Any = None) -> Any:
    return pa.array([f"t{i}" for i in range(LARGE)], dtype or pa.string())


def files_of(vocabulary: Vocabulary) -> tuple[dict[str, Any], dict[str, bytes]]:
    assets: dict[str, bytes] = {}
    return encode_constant(Constant.of_vocabulary(vocabulary), assets), assets


def test_the_layout_in_memory_leaves_no_trace_in_the_files() -> None:
    counts = pa.array(np.arange(LARGE)[::-1].copy())
    terms = large_terms()
    longer = pa.concat_arrays([pa.array(["other"]), terms, pa.array(["another"])])
    layouts = [
        terms,
        large_terms(pa.large_string()),
        pa.chunked_array([terms[:1000], terms[1000:]]),
        longer.slice(1, LARGE),
    ]
    written = [files_of(Vocabulary("v", layout, counts)) for layout in layouts]
    assert written[1:] == written[:-1]
    attributes, assets = written[0]
    assert sorted(assets) == ["assets/v.arrow", "assets/v.lookup.arrow"]
    again = decode_constant(attributes, assets.__getitem__)
    assert files_of(again.value) == written[0]
    assert again.value.terms.equals(pa.chunked_array([terms[: 1 << 20], terms[1 << 20 :]]))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = pa.table({"s": [f"t{i}" for i in range(INDEXED_FROM)]})
    path = tmp_path_factory.mktemp("artifact") / "fn"
    tb.fit(table, lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"])}).save(str(path))
    return path


def test_a_large_vocabulary_comes_with_its_lookup_table(saved: Path) -> None:
    fn = tb.load(str(saved))
    names = sorted(str(f.relative_to(saved)) for f in (saved / "assets").iterdir())
    assert names == ["assets/s.arrow", "assets/s.lookup.arrow"]
    # Of equal counts, the greatest string comes first.
    expected = sorted((f"t{i}" for i in range(INDEXED_FROM)), reverse=True)
    asked = [*expected[5:300], "unknown"]
    ids = [*range(5, 300), -1]
    assert fn.transform(pa.table({"s": asked}))["id"].to_pylist() == ids
    assert [fn.row({"s": value})["id"] for value in asked] == ids
    assert fn.vocabulary_size_by_name("id") == INDEXED_FROM
    assert fn.vocabulary_by_name("s") == expected


@pytest.mark.parametrize("name", ["s.arrow", "s.lookup.arrow"])
def test_a_changed_byte_is_found(saved: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "fn"
    for file in saved.rglob("*"):
        if file.is_file():
            target = copy / file.relative_to(saved)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    asset = bytearray((copy / "assets" / name).read_bytes())
    asset[len(asset) // 2] ^= 1
    (copy / "assets" / name).write_bytes(asset)
    with pytest.raises(ArtifactError, match=rf"{name}.*sha256 differs"):
        tb.load(str(copy))


def test_what_does_not_fit_its_terms_is_refused() -> None:
    uncounted = Vocabulary("v", pa.array(["a"]), pa.nulls(1, pa.int64()))
    attributes, assets = files_of(uncounted)
    with pytest.raises(ValueError, match="has 1 terms"):
        decode_constant(attributes, assets.__getitem__)
    attributes, assets = files_of(Vocabulary("v", pa.array(["a"]), pa.array([1])))
    others = pa.array(range(INDEXED_FROM))
    assets["assets/v.lookup.arrow"] = files_of(Vocabulary("v", others, others))[1][
        "assets/v.lookup.arrow"
    ]
    with pytest.raises(ValueError, match="does not fit its 1 terms"):
        decode_constant({**attributes, "lookup": "assets/v.lookup.arrow"}, assets.__getitem__)


def test_no_two_assets_have_one_name(tmp_path: Path) -> None:
    cuts = [float(i) for i in range(400)]
    names = ["a", "a.terms", "a.lookup", "a.lookup.terms", "constant_0", "constant_0.elements"]

    def preprocess(inputs: Any) -> Any:
        found = {"bucket": tb.apply_buckets(inputs["x"], cuts)}
        for k, name in enumerate(names):
            found[name] = tb.compute_and_apply_vocabulary(
                inputs["s"], vocab_filename=name, reserved_tokens=[str(k)]
            )
        return found

    fn = tb.fit(pa.table({"x": [1.5, 500.0], "s": ["a", "b"]}), preprocess)
    fn.save(str(tmp_path / "fn"))
    manifest = json.loads((tmp_path / "fn" / "manifest.json").read_text())
    assets = [name for name in manifest["files"] if name.startswith("assets/")]
    assert len(assets) == len(names) + 1
    assert all(name.endswith(".arrow") for name in assets)
    loaded = tb.load(str(tmp_path / "fn"))
    assert loaded.row({"x": 2.5, "s": "a"})["bucket"] == 3
    for k, name in enumerate(names):
        assert loaded.vocabulary_by_name(name) == [str(k), "b", "a"]
