"""Whether a signed request log is what was signed: request by request, naming what was changed.

What is verified is each request that is there, and that each signed one is. A whole file that was
taken away with its signatures leaves nothing to be seen.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from taurus_beam.errors import DataError
from taurus_beam.rest.record_signing import SIGNATURES, ForgedError, VerifyingKey
from taurus_beam.rest.request_records import logged_records

__all__ = ["Fault", "LogVerification", "verify_log"]

_TOLD = {
    "time": "time",
    "model": "model",
    "version": "version",
    "pipeline": "artifact's digest",
    "rows": "number of rows",
    "data": "data",
    "answer": "answer",
}


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was signed.

    Attributes:
        id: The request; None where it cannot be told.
        file: The file of the log.
        fault: "changed", "unsigned" (in the log, never signed), "missing" (signed, not in the
            log) or "forged" (a signature that is none).
        what: What is wrong, in a sentence.
    """

    id: str | None
    file: str
    fault: str
    what: str


@dataclass(frozen=True)
class LogVerification:
    """What `verify_log` found.

    Attributes:
        files: How many files there are.
        requests: How many requests are in them.
        key: The key's id.
        faults: What is wrong.
    """

    files: int
    requests: int
    key: str
    faults: tuple[Fault, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify_log(files: Sequence[str], key: VerifyingKey) -> LogVerification:
    """Compare files of a request log with the signatures beside them.

    Args:
        files: Parquet files of the log.
        key: The public key of the server that wrote them.

    Raises:
        DataError: None is signed, or all are by another key.
    """
    faults: list[Fault] = []
    requests = signed = 0
    for file in files:
        records, lines = _logged(file, faults), _signatures(file)
        good = list(_signed(lines, file, key, faults))
        faults += _compared(records, good, file)
        requests, signed = requests + len(records), signed + len(good)
    if not signed:
        _refuse(files, key, faults)
    return LogVerification(len(files), requests, key.id, tuple(faults))


def _logged(file: str, faults: list[Fault]) -> list[dict[str, Any]]:
    try:
        return logged_records(file)
    except DataError as problem:
        faults.append(Fault(None, file, "changed", problem.what))
        return []


def _signatures(file: str) -> list[str]:
    try:
        with open(file.removesuffix(".parquet") + SIGNATURES, encoding="utf-8") as lines:
            return lines.read().splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as problem:
        raise DataError(f"The signatures cannot be read: {problem}", where=file) from problem


def _signed(
    lines: list[str], file: str, key: VerifyingKey, faults: list[Fault]
) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        found = _record_or_reason(line, key)
        if isinstance(found, str):
            faults.append(Fault(None, file, "forged", f"Signature {number}: {found}"))
        else:
            yield found


def _record_or_reason(line: str, key: VerifyingKey) -> dict[str, Any] | str:
    try:
        return key.record(line)
    except ForgedError as problem:
        return str(problem)


def _compared(
    logged: list[dict[str, Any]], signed: list[dict[str, Any]], file: str
) -> Iterator[Fault]:
    waiting: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for record in signed:
        waiting[record.get("id")].append(record)
    for record in logged:
        known = waiting[record["id"]]
        if record in known:
            known.remove(record)
        elif known:
            changed = _changes(record, known.pop(0))
            yield Fault(record["id"], file, "changed", f"Not as signed: its {changed}.")
        else:
            yield Fault(record["id"], file, "unsigned", "It was never signed.")
    for request, left in waiting.items():
        for _ in left:
            yield Fault(request, file, "missing", "It was signed, and is not in the log.")


def _changes(logged: dict[str, Any], signed: dict[str, Any]) -> str:
    return ", ".join(told for name, told in _TOLD.items() if logged[name] != signed.get(name))


def _refuse(files: Sequence[str], key: VerifyingKey, faults: list[Fault]) -> None:
    where = os.path.commonpath([os.path.dirname(file) or "." for file in files])
    forged = [fault for fault in faults if fault.fault == "forged"]
    if not forged:
        raise DataError(
            "The request log is not signed.",
            where=where,
            expected=f"files *{SIGNATURES} beside those of the log",
            fix="Sign it from now on: taurus-beam serve --log DIR --sign-log KEY.pem",
        )
    if all("another key" in fault.what for fault in forged):
        raise DataError(
            f"The request log is not signed by this key. {forged[0].what}",
            where=where,
            expected=f"signatures by {key.id}",
            fix="Name the public key of the server that wrote the log.",
        )
