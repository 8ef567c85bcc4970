"""What ``taurus-beam lineage`` is asked about: a file, an artifact, a digest, or a served answer.

A thing is known by its content, so a copy of a file is the file. Of content that the store has not
met, its path is looked up: what was last read or written there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from taurus_beam.errors import DataError
from taurus_beam.lineage.identity import absolute, file_digest, manifest_digest

if TYPE_CHECKING:
    from taurus_beam.lineage import Artifact, LineageStore

__all__ = ["Roots", "roots"]

_SERVING = "_serving"
_DIGEST = re.compile(r"(sha256:|listing:)?[0-9a-fA-F]{4,64}")


@dataclass(frozen=True)
class Roots:
    """Where to begin.

    Attributes:
        artifacts: What was asked about, or answered.
        answer: What is known of a served answer, where it was one.
        note: What to tell beside.
        requests: The records of the request that was asked about, each with the file of the log
            that it is in, or nothing.
    """

    artifacts: tuple[Artifact, ...]
    answer: str = ""
    note: str = ""
    requests: tuple[tuple[dict[str, Any], str], ...] = ()


def roots(store: LineageStore, asked: str, request: str | None) -> Roots:
    """The artifacts that words of the command line mean.

    Args:
        store: Where artifacts are known.
        asked: A path, a URL, the beginning of a digest, or a record of a request log as JSON.
        request: The id of a request in a request log, which `asked` names then.

    Raises:
        DataError: If it means nothing, or several things, that the store knows.
    """
    if asked.lstrip().startswith("{"):
        record = _record(asked)
        if "pipeline" in record:
            return _requested(store, [(record, "")])
        return _answered(store, [record], asked)
    if request is not None:
        return _requested(store, _records(asked, request))
    if _is_request_log(asked):
        return _answered(store, _logged(asked), asked)
    if os.path.exists(asked) or "://" in asked:
        return _at(store, asked)
    if _DIGEST.fullmatch(asked):
        found = store.artifacts_of_digest(asked)
        if len(found) > 1:
            raise DataError(
                f"Several digests begin with {asked!r}.",
                where=store.shown,
                expected="one of: " + ", ".join(each.digest for each in found[:5]),
            )
        if found:
            return Roots(tuple(found))
    gone = store.artifact_at(absolute(asked))
    if gone is None:
        raise _unknown(store, asked)
    return Roots((gone,), note=f"{asked} is gone; this is what was there last.")


def _at(store: LineageStore, path: str) -> Roots:
    uri = absolute(path)
    digest = None
    if "://" not in uri:
        digest = manifest_digest(uri) if os.path.isdir(uri) else file_digest(uri)
    if digest is not None:
        found = store.artifacts_of_digest(digest)
        if found:
            return Roots(tuple(found))
    known = store.artifact_at(uri)
    if known is None:
        raise _unknown(store, path)
    is_other = digest is not None and known.digest.startswith("sha256:")
    note = f"{path} has changed since; this is what was there last." if is_other else ""
    return Roots((known,), note=note)


def _is_request_log(path: str) -> bool:
    if not (path.endswith(".parquet") and os.path.isfile(path)):
        return False
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return _SERVING in pq.read_schema(path).names
    except (OSError, pa.ArrowException):
        return False


def _logged(file: str) -> list[dict[str, Any]]:
    """What a file of the request log says of its rows.

    Raises:
        DataError: If it is empty.
    """
    import pyarrow.parquet as pq

    found = pq.read_table(file, columns=[_SERVING], partitioning=None)[_SERVING].to_pylist()
    if not found:
        raise DataError("The log is empty.", where=file)
    return list(found)


def _records(path: str, request: str) -> list[tuple[dict[str, Any], str]]:
    """The records of a request in a file or folder of the request log, with their files.

    Raises:
        DataError: If it is not there.
    """
    from taurus_beam.rest.request_records import log_files, logged_records

    files = log_files(path)
    found = [(record, file) for file in files for record in logged_records(file, request)]
    if not found:
        raise DataError(
            f"There is no request {request!r} in the log.",
            where=path,
            fix="A log holds a sample of the requests: taurus-beam requests list tells which.",
        )
    return found


def _record(text: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except ValueError as problem:
        raise DataError(f"This is no JSON: {problem}", where=text[:80]) from problem
    found = record.get(_SERVING, record)
    return found if isinstance(found, dict) else {}


def _requested(store: LineageStore, records: list[tuple[dict[str, Any], str]]) -> Roots:
    try:
        artifacts = _of_digests(store, [record["pipeline"]["digest"] for record, _ in records])
        record = records[0][0]
        told = f"request {record['id']}, answered by {record['model']} {record['version']}"
    except (KeyError, TypeError) as problem:
        raise DataError(
            f"The record lacks {problem}.", expected="a line of `taurus-beam requests list --json`"
        ) from problem
    return Roots(artifacts, told, requests=tuple(records))


def _answered(store: LineageStore, rows: Sequence[dict[str, Any]], where: str) -> Roots:
    digests = [row["digest"] for row in rows if isinstance(row.get("digest"), str)]
    if not digests:
        raise DataError(
            "The record does not say which artifact answered.",
            where=where[:80],
            expected="a digest in its _serving",
            fix="Logs of earlier versions have none. Ask about the artifact that was served.",
        )
    artifacts = _of_digests(store, digests)
    requests = {str(row.get("request_id")): row for row in rows}
    if len(requests) > 1:
        return Roots(artifacts, f"{len(requests):,} requests of {where}")
    [(request, row)] = requests.items()
    model = f"{row.get('model')} {row.get('version')}"
    return Roots(artifacts, f"request {request}, answered by {model}")


def _of_digests(store: LineageStore, digests: Sequence[str]) -> tuple[Artifact, ...]:
    found: list[Artifact] = []
    for digest in dict.fromkeys(digests):
        known = store.artifacts_of_digest(digest)
        if not known:
            raise _unknown(store, digest)
        found += known
    return tuple(found)


def _unknown(store: LineageStore, asked: str) -> DataError:
    return DataError(
        f"The lineage store knows nothing of {asked}.",
        where=store.shown,
        expected="what a recorded command has read or written: a path, a digest, a request",
        fix="taurus-beam runs lists what was recorded; --lineage names another store.",
    )
