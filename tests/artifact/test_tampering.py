"""What is not exactly what was written is refused, with the file's name."""

from __future__ import annotations

import contextlib
import json
import shutil

import forging
import pytest
from forging import arrow_file, load
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spine import SCHEMA, preprocess, table

import taurus_beam as tb
from taurus_beam.artifact.content import artifact_files, checked_artifact
from taurus_beam.artifact.encoding import encode_graph
from taurus_beam.errors import ArtifactError
from taurus_beam.graph.trace import trace

FN = tb.fit(table(400), preprocess)
FILES = artifact_files(FN.graph, FN.provenance)
NAMES = sorted(FILES)


def forged(changes, manifest_changes=None):
    return forging.forged(FILES, changes, manifest_changes)


def with_graph(change):
    """The files of an artifact whose graph was changed by somebody who mended the checksums."""
    document = json.loads(FILES["graph.json"])
    change(document)
    return forged({"graph.json": json.dumps(document).encode()})


def test_the_forger_of_these_tests_knows_the_format():
    assert forged({}) == FILES
    graph, manifest, record = load(FILES)
    assert manifest["digest"] == FN.digest
    assert record == FN.provenance
    assert list(graph.outputs) == list(FN.graph.outputs)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_one_byte_changed_anywhere_is_noticed(data):
    name = data.draw(st.sampled_from(NAMES))
    position = data.draw(st.integers(0, len(FILES[name]) - 1))
    flipped = bytearray(FILES[name])
    flipped[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ArtifactError, match=name):
        load({**FILES, name: bytes(flipped)})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("keep", [0, 1, 0.5, -1])
def test_a_file_that_is_cut_off_is_noticed(name, keep):
    length = int(len(FILES[name]) * keep) if isinstance(keep, float) else keep
    with pytest.raises(ArtifactError, match=name):
        load({**FILES, name: FILES[name][:length]})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", [b" ", b"\n", b"\0"])
def test_a_file_with_more_in_it_is_noticed(name, more):
    with pytest.raises(ArtifactError, match=name):
        load({**FILES, name: FILES[name] + more})


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(tmp_path, name):
    FN.save(tmp_path / "fn")
    (tmp_path / "fn" / name).unlink()
    with pytest.raises(ArtifactError, match=f"(?s){name}.*fix:"):
        tb.load(tmp_path / "fn")


def test_a_folder_in_place_of_a_file_is_named(tmp_path):
    FN.save(tmp_path / "fn")
    (tmp_path / "fn" / "graph.json").unlink()
    (tmp_path / "fn" / "graph.json").mkdir()
    with pytest.raises(ArtifactError, match=r"lacks graph\.json"):
        tb.load(tmp_path / "fn")


@pytest.mark.parametrize("path", ["nothing/there", "", "s3:/", "nosuch://bucket/fn"])
def test_no_artifact_at_all(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArtifactError, match=r"(?s)There is no artifact at .*expected: a folder"):
        tb.load(path)


def test_provenance_of_another_run_of_another_function_is_refused():
    other = tb.fit({"x": [1.0]}, lambda inputs: {"y": inputs["x"]})
    theirs = artifact_files(other.graph, other.provenance)["provenance.json"]
    with pytest.raises(ArtifactError, match=r"provenance\.json .* tells of another artifact"):
        load({**FILES, "provenance.json": theirs})


def test_two_artifacts_mixed_are_refused(tmp_path):
    other = tb.fit(table(400, seed=9), preprocess)
    FN.save(tmp_path / "one")
    other.save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "assets" / "s.arrow", tmp_path / "one" / "assets")
    with pytest.raises(ArtifactError, match=r"assets/s\.arrow of the artifact .*is not what"):
        tb.load(tmp_path / "one")


@pytest.mark.parametrize("version", [0, 2, 99, "1", None, True, 1.0])
def test_another_format_version_is_refused(version):
    with pytest.raises(
        ArtifactError, match=r"(?s)format version .*expected: a version from 1 to 1"
    ):
        load(forged({}, {"format_version": version}))


@pytest.mark.parametrize(
    "name",
    [
        "../outside.json",
        "/etc/passwd",
        "assets/../../outside",
        "assets//x",
        "..",
        "",
        "C:\\x",
        "assets/.hidden",
        "file://x",
        "graph.json\n",
    ],
)
def test_no_name_leads_out_of_the_folder(name):
    files = json.loads(FILES["manifest.json"])["files"]
    files[name] = files["graph.json"]
    asked = []

    def read(wanted):
        asked.append(wanted)
        return forged({}, {"files": files})[wanted]

    with pytest.raises(ArtifactError, match="names a file outside it"):
        checked_artifact(read, "memory")
    assert asked == ["manifest.json"]


@pytest.mark.parametrize(
    "manifest",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"format": NaN}',
        b'{"format": Infinity}',
        b'{"format": "taurus_beam.transform_fn", "format": "x"}',
        b'{"format_version": ' + b"9" * 5000 + b"}",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"format": "\\ud800"}',
        b'{"format": "\xed\xa0\x80"}',
        b'{"format": "taurus_beam.transform_fn", "format_version": 1, "files": 1e999}',
        '{"format": 1}'.encode("utf-16"),
        b"\x80\x04K\x01.",
        b"{}",
    ],
)
def test_a_manifest_that_is_none_is_refused(manifest):
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        load({**FILES, "manifest.json": manifest})


@pytest.mark.parametrize(
    "files",
    [None, [], {}, {"graph.json": 3}, {"graph.json": {"bytes": "1", "sha256": ""}}, {"a": {}}],
)
def test_a_manifest_without_a_list_of_files_is_refused(files):
    with pytest.raises(ArtifactError, match=r"manifest\.json"):
        load(forged({}, {"files": files}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["nodes"][0].update(op="os.system"), r"'os\.system' .* is not installed"),
        (lambda d: d["nodes"][0].update(version=7), "needed in version 7; installed is 1"),
        (lambda d: d["nodes"][0].update(op=["input"]), "damaged"),
        (lambda d: d["nodes"][0].update(attributes=[]), "damaged"),
        (lambda d: d["nodes"][0]["attributes"].update(more=1), "damaged"),
        (lambda d: d["nodes"][-1].update(inputs=[10**9]), "does not come before"),
        (lambda d: d["nodes"][-1].update(inputs=[-1]), "does not come before"),
        (lambda d: d["nodes"][-1].update(inputs=[len(d["nodes"]) - 1]), "does not come before"),
        (lambda d: d["outputs"].append(["again", -1]), "does not come before"),
        (lambda d: d["outputs"].append(["again", True]), "does not come before"),
        (lambda d: d["outputs"].append(d["outputs"][0]), "two outputs have one name"),
        (lambda d: d["outputs"].append([7, 0]), "output 7"),
        (lambda d: d.update(outputs={}), "no output"),
        (lambda d: d.update(monitors=[["m", 0]]), "monitor 'm'"),
        (lambda d: d.update(monitors=[["", 0]]), "monitor ''"),
        (lambda d: d.update(monitors=[["m", 99]]), "does not come before"),
        (lambda d: d.update(monitors=7), "damaged"),
        (lambda d: d.pop("outputs"), "damaged"),
        (lambda d: d.pop("nodes"), "damaged"),
        (lambda d: d.update(nodes=7), "damaged"),
    ],
)
def test_a_graph_that_was_forged_is_refused(change, message):
    with pytest.raises(ArtifactError, match=rf"(?s){message}.*where: +memory/graph\.json"):
        load(with_graph(change))


def test_a_graph_that_was_never_frozen_is_refused():
    document, assets = encode_graph(trace(preprocess, SCHEMA))
    files = forged({"graph.json": json.dumps(document).encode(), **assets})
    with pytest.raises(ArtifactError, match=r"not frozen: '\w+' has no value"):
        load(files)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ARROW1\0\0",
        b"\x80\x04K\x01.",
        arrow_file(term=["a"]),
        arrow_file(term=["a"], count=[1]),
        arrow_file(term=[["a"]] * 20, count=[1] * 20),
        arrow_file(term=["a"] * 19 + [None], count=[1] * 20),
        arrow_file(term=["a"] * 20, count=["1"] * 20),
    ],
    ids=["nothing", "magic", "pickle", "one column", "too few", "lists", "missing", "no counts"],
)
def test_an_asset_that_was_forged_is_refused(content):
    with pytest.raises(ArtifactError, match="damaged"):
        load(forged({"assets/s.arrow": content}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def places(value, path=()):
    """Paths to every value in a JSON document."""
    yield path
    inner = enumerate(value) if isinstance(value, list) else ()
    for key, child in value.items() if isinstance(value, dict) else inner:
        yield from places(child, (*path, key))


PLACES = list(places(json.loads(FILES["graph.json"])))[1:]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(PLACES), value=JSON)
def test_whatever_stands_in_a_graph_it_loads_or_is_refused(place, value):
    document = json.loads(FILES["graph.json"])
    parent = document
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    files = forged({"graph.json": json.dumps(document).encode()})
    with contextlib.suppress(ArtifactError):
        assert load(files)[0].outputs
