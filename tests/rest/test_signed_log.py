"""The signed request log: what anybody can verify, and that nothing can be changed unseen."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rest_features import ALL, PLAIN, dumped, json_rows
from rest_server import serving

from taurus_beam.errors import DataError
from taurus_beam.rest import LogSettings, Repository, Settings
from taurus_beam.rest.log_verification import LogVerification, verify_log
from taurus_beam.rest.record_signing import signing_key, verifying_key
from taurus_beam.rest.request_records import log_files, logged_records


def openssl(*words: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, **options)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("key", "other"):
        openssl("genpkey", "-algorithm", "ed25519", "-out", folder / f"{name}.pem")
        openssl("pkey", "-in", folder / f"{name}.pem", "-pubout", "-out", folder / f"{name}.pub")
    openssl("genpkey", "-algorithm", "RSA", "-out", folder / "rsa.pem")
    return folder


@pytest.fixture
def log(paths: Any, keys: Path, tmp_path: Path) -> Path:
    """The log of three requests, two of them of one id, with rows of all types."""
    key = signing_key(str(keys / "key.pem"))
    settings = Settings(log=LogSettings(str(tmp_path / "log"), share=1.0, key=key))
    with serving(Repository.of({"all": paths["all"]}), settings) as client:
        for request, rows in (("a", json_rows(ALL)), ("b", json_rows(ALL)[:1]), ("b", [])):
            rows = rows or json_rows(ALL)[1:3]
            headers = {"x-request-id": request}
            answer = client.post("/v1/models/all:transform", content=dumped(rows), headers=headers)
            assert answer.status_code == 200, answer.text
    return tmp_path / "log"


def verified(log: Path, keys: Path) -> LogVerification:
    return verify_log(log_files(str(log)), verifying_key(str(keys / "key.pub")))


def faults(log: Path, keys: Path) -> list[tuple[str | None, str]]:
    return [(fault.id, fault.fault) for fault in verified(log, keys).faults]


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(log: Path) -> tuple[Path, Path]:
    [rows] = log.rglob("*.parquet")
    [signatures] = log.rglob("*.jws.jsonl")
    assert signatures.name.partition(".")[0] == rows.name.partition(".")[0]
    return rows, signatures


def test_a_log_is_as_it_was_signed(log: Path, keys: Path) -> None:
    found = verified(log, keys)
    assert (found.valid, found.files, found.requests) == (True, 1, 3)
    records = logged_records(str(parts(log)[0]))
    assert [(each["id"], each["rows"]) for each in records] == [("a", 7), ("b", 1), ("b", 2)]
    assert not [path for path in log.rglob("*") if path.name.startswith(".")]


def test_openssl_verifies_a_record_and_python_finds_its_digests(
    paths: Any, keys: Path, tmp_path: Path
) -> None:
    key = signing_key(str(keys / "key.pem"))
    settings = Settings(log=LogSettings(str(tmp_path / "log"), share=1.0, key=key))
    with serving(Repository.of({"m": paths["plain"]}), settings) as client:
        client.post("/v1/models/m:transform", content=dumped(json_rows(PLAIN)))
    rows, signatures = parts(tmp_path / "log")
    [line] = signatures.read_text().splitlines()
    jws = json.loads(line)
    (tmp_path / "signed").write_text(f"{jws['protected']}.{jws['payload']}")
    (tmp_path / "signature").write_bytes(decoded(jws["signature"]))
    openssl(
        *("pkeyutl", "-verify", "-pubin", "-inkey", keys / "key.pub", "-rawin"),
        *("-in", tmp_path / "signed", "-sigfile", tmp_path / "signature"),
    )
    header, record = json.loads(decoded(jws["protected"])), json.loads(decoded(jws["payload"]))
    assert header["alg"] == "EdDSA"
    der = openssl("pkey", "-pubin", "-in", keys / "key.pub", "-outform", "DER").stdout
    assert header["kid"] == f"sha256:{hashlib.sha256(der).hexdigest()}"
    manifest = json.loads((Path(paths["plain"]) / "manifest.json").read_text())
    assert record["pipeline"]["digest"] == f"sha256:{manifest['digest']}"
    assert record == logged_records(str(rows))[0]

    table = pq.read_table(rows, partitioning=None)
    data = table.drop_columns(["_serving", "_outputs"]).to_pylist()
    assert record["data"]["digest"] == sha256(whole(data))


def whole(value: Any) -> Any:
    """Python data whose JSON is canonical, where no float is tiny."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if isinstance(value, int) and abs(value) >= 2**53:
        return str(value)
    if isinstance(value, list):
        return [whole(each) for each in value]
    return {name: whole(each) for name, each in value.items()} if isinstance(value, dict) else value


def sha256(rows: Any) -> str:
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def changed(table: pa.Table, column: str, row: int, value: Any) -> pa.Table:
    values = table[column].to_pylist()
    values[row] = {**values[row], **value} if isinstance(value, dict) else value
    at = table.column_names.index(column)
    return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.types[at]))


@pytest.mark.parametrize(
    ("row", "value", "id", "told"),
    [
        (3, {"version": "2"}, "a", "number of rows"),
        (3, {"row": 7}, "a", "number of rows"),
        (7, {"digest": "sha256:" + "0" * 64}, "b", "artifact's digest"),
        (7, {"model": "other"}, "b", "model"),
    ],
)
def test_a_changed_record_is_found_by_its_id(
    log: Path, keys: Path, row: int, value: Any, id: str, told: str
) -> None:
    rows, _ = parts(log)
    pq.write_table(changed(pq.read_table(rows, partitioning=None), "_serving", row, value), rows)
    [fault, *more] = verified(log, keys).faults
    assert (fault.id, fault.fault) == (id, "changed")
    assert told in fault.what
    # A row within a request stands alone then.
    assert {(each.id, each.fault) for each in more} <= {("a", "unsigned")}


def test_any_changed_value_is_found(log: Path, keys: Path) -> None:
    rows, _ = parts(log)
    table = pq.read_table(rows, partitioning=None)
    for name in table.column_names[:-2]:
        others = [each for each in table[name].to_pylist() if each != table[name][7].as_py()]
        pq.write_table(changed(table, name, 7, others[0]), rows)
        [fault] = verified(log, keys).faults
        assert (fault.id, fault.what) == ("b", "Not as signed: its data."), name
    for name in table["_outputs"].type.names:
        was = table["_outputs"][7].as_py()[name]
        others = [each[name] for each in table["_outputs"].to_pylist() if each[name] != was]
        pq.write_table(changed(table, "_outputs", 7, {name: others[0]}), rows)
        [fault] = verified(log, keys).faults
        assert (fault.id, fault.what) == ("b", "Not as signed: its answer."), name


def test_what_was_added_and_taken_away_is_found(log: Path, keys: Path) -> None:
    rows, signatures = parts(log)
    table = pq.read_table(rows, partitioning=None)
    pq.write_table(table.slice(0, 8), rows)
    assert faults(log, keys) == [("b", "missing")]
    pq.write_table(table.slice(0, 6), rows)
    assert faults(log, keys) == [("a", "changed"), ("b", "missing"), ("b", "missing")]
    pq.write_table(table, rows)
    lines = signatures.read_text().splitlines(keepends=True)
    signatures.write_text(lines[1])
    assert faults(log, keys) == [("a", "unsigned"), ("b", "unsigned")]
    forged = json.loads(lines[0]) | {"payload": json.loads(lines[1])["payload"]}
    signatures.write_text(json.dumps(forged) + "\nno JSON\n" + "".join(lines))
    assert faults(log, keys) == [(None, "forged"), (None, "forged")]
    rows.write_bytes(b"damaged")
    assert (None, "changed") in faults(log, keys)


def test_what_cannot_be_decided_is_told(log: Path, keys: Path) -> None:
    files = log_files(str(log))
    with pytest.raises(DataError, match="not signed by this key"):
        verify_log(files, verifying_key(str(keys / "other.pub")))
    for path in log.rglob("*.jws.jsonl"):
        path.unlink()
    with pytest.raises(DataError, match="is not signed"):
        verify_log(files, verifying_key(str(keys / "key.pem")))
    for name in ("rsa.pem", "none.pem", "key.pub"):
        with pytest.raises(DataError, match="key cannot be used"):
            signing_key(str(keys / name))
    with pytest.raises(DataError, match="no files"):
        log_files(str(keys))
