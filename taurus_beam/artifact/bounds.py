"""How large what an artifact describes may be, whatever stands in it.

An artifact of a few bytes could ask for vectors of any length or for documents that fill the
memory when they are read; what is beyond these bounds is refused when it is loaded, and when it
would be written. What a batch of rows may take is bounded in `taurus_beam.graph.budget`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from typing import Any

from taurus_beam.errors import ArtifactError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import Node
from taurus_beam.graph.types import ColumnType, ValueType

__all__ = ["DOCUMENT_BYTES", "ROW_ELEMENTS", "check_document", "check_shape", "check_widths"]

DOCUMENT_BYTES = 1 << 26
"""The most bytes of a JSON document; in memory it may take twenty times as many."""

ROW_ELEMENTS = 1 << 24
"""So many elements may the vectors of all nodes have together, for one row."""


def check_document(content: Sized, what: str) -> None:
    """Refuse a JSON document that is too large to be read.

    Raises:
        ArtifactError: If it has more than `DOCUMENT_BYTES`.
    """
    if len(content) > DOCUMENT_BYTES:
        raise ArtifactError(
            f"{what} is too large: {len(content):,} bytes.",
            expected=f"at most {DOCUMENT_BYTES:,} bytes",
            fix="Split the function into several artifacts.",
        )


def check_shape(operation: Any, value_type: ValueType, per_row: bool) -> None:
    """Refuse a node whose type no column and no value of all the data has.

    Raises:
        ValueError: Saying what is wrong with it.
    """
    if not isinstance(value_type, ColumnType):
        return
    shape, is_constant = value_type.shape, isinstance(operation, Constant)
    known = [size for size in shape if size is not None]
    # How many a list has depends on the row, and how many keys an analyzer finds, on the data.
    fixed = shape if is_constant and len(shape) == 2 else shape[1:]
    if len(shape) > (1 if per_row else 2) or None in fixed:
        raise ValueError(f"a node has shape {shape}")
    if any(type(size) is not int or size < 0 for size in known):
        raise ValueError(f"a node has shape {shape}")
    # The elements of a constant are counted where they are read, if there are any.
    if max(known, default=0) > ROW_ELEMENTS and (0 in known or not is_constant):
        raise ValueError(f"a node has vectors of {max(known):,} elements")


def check_widths(nodes: Iterable[Node]) -> None:
    """Refuse a graph whose vectors are too long to be computed for a single row.

    Raises:
        ArtifactError: If they have more than `ROW_ELEMENTS` together, naming the longest.
    """
    widths = {node: _width(node) for node in nodes}
    if sum(widths.values()) > ROW_ELEMENTS:
        longest = max(widths, key=widths.__getitem__)
        raise ArtifactError(
            f"The vectors of one row have {sum(widths.values()):,} elements together, "
            f"{widths[longest]:,} of them that of {longest.operation.called!r}.",
            expected=f"at most {ROW_ELEMENTS:,}",
            fix="Give ids and their weights instead of long vectors, or hash to fewer buckets.",
        )


def _width(node: Node) -> int:
    if isinstance(node.operation, Constant) or not isinstance(node.type, ColumnType):
        return 0
    return node.type.shape[0] or 0 if node.type.shape else 0
