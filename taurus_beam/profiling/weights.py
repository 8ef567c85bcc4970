"""Rows and bytes of each kind of work, from what its function is given and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from taurus_beam.graph.values import Values

__all__ = ["WEIGHTS"]

Weight: TypeAlias = Callable[[Sequence[Any], Any], tuple[int, int, int]]
"""Rows, bytes in, bytes out."""


def _columns(arguments: Sequence[Any]) -> int:
    return sum(each.nbytes for each in arguments if isinstance(each, Values))


def _intake(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    return arguments[0].num_rows, 0, made.nbytes


def _operation(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    return arguments[0], _columns(arguments), made.nbytes


def _add(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    rows = max((each.rows for each in arguments if isinstance(each, Values)), default=0)
    return rows, _columns(arguments), 0


def _gather(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    batch = arguments[1].batch
    return batch.num_rows, batch.nbytes, 0


def _output(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    return len(made), arguments[0].nbytes, made.nbytes


def _send(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    return 0, 0, len(made)


def _send_shards(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    return 0, 0, sum(_sent_bytes(content) for _, content in made)


def _merge(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    return 0, sum(map(len, arguments[1])), len(made)


def _merge_shards(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    return 0, 0, _sent_bytes(made)


def _sent_bytes(content: Any) -> int:
    """What travels itself; what lies in a file does not travel."""
    return len(content) if isinstance(content, bytes) else 0


def _nothing(arguments: Sequence[Any], made: Any) -> tuple[int, int, int]:
    return 0, 0, 0


WEIGHTS: Mapping[str, Weight] = {
    "intake": _intake,
    "operation": _operation,
    "add": _add,
    "gather": _gather,
    "output": _output,
    "send": _send,
    "send shards": _send_shards,
    "merge": _merge,
    "merge shards": _merge_shards,
    "result": _nothing,
}
"""By the kind of the work."""
