"""What is wrong with single rows: findings by feature, and the list of reasons of each row.

A finding holds the rows of one batch that share a reason; nothing here decides what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.validation.paths import Path, serialize

__all__ = ["REASONS", "RowFinding", "RowFindings", "Rows"]

Rows: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]

REASONS = pa.list_(
    pa.struct(
        [
            ("path", pa.string()),
            ("type", pa.string()),
            ("short_description", pa.string()),
            ("description", pa.string()),
        ]
    )
)
"""The Arrow type of the reasons of a row: a list of ``{path, type, short_description,
description}``, ``type`` being a name of ``AnomalyInfo.Type``."""


@dataclass(frozen=True, eq=False)
class RowFinding:
    """One reason why some rows of a batch do not fit the schema.

    Attributes:
        path: The feature.
        type: A value of ``AnomalyInfo.Type``.
        short: The title, TFDV's ``short_description``.
        rows: The rows it applies to, ascending, each once.
        description: What was found: one text for all of these rows, or an Arrow array of one each.
    """

    path: Path
    type: int
    short: str
    rows: Rows
    description: Any

    @property
    def type_name(self) -> str:
        """The name of its type, such as ``INT_TYPE_BIG_INT``."""
        return str(anomalies_pb2.AnomalyInfo.Type.Name(self.type))

    def descriptions(self) -> Any:
        """One text for each of its rows, as Arrow strings."""
        if isinstance(self.description, str):
            return pa.repeat(pa.scalar(self.description), len(self.rows))
        return self.description


@dataclass(frozen=True, eq=False)
class RowFindings:
    """All findings of a batch, in the order of the schema and of the checks.

    Attributes:
        num_rows: How many rows the batch has.
        findings: The findings, none without rows.
    """

    num_rows: int
    findings: Sequence[RowFinding]

    @cached_property
    def rejected(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Shape ``(num_rows,)``: True where a row has a reason."""
        mask = np.zeros(self.num_rows, np.bool_)
        for finding in self.findings:
            mask[finding.rows] = True
        return mask

    def reasons(self) -> Any:
        """The reasons of the rejected rows, in the order of rows: an array of type `REASONS`."""
        findings = self.findings
        if not findings:
            return pa.array([], REASONS)
        sizes = [len(finding.rows) for finding in findings]
        rows = np.concatenate([finding.rows for finding in findings])
        order = pa.array(np.argsort(rows, kind="stable"))
        of = pa.array(np.repeat(np.arange(len(findings)), sizes)).take(order)
        texts = pa.chunked_array([finding.descriptions() for finding in findings], pa.string())
        entries = pa.StructArray.from_arrays(
            [
                pa.array([serialize(finding.path) for finding in findings]).take(of),
                pa.array([finding.type_name for finding in findings]).take(of),
                pa.array([finding.short for finding in findings]).take(of),
                texts.combine_chunks().take(order),
            ],
            fields=list(REASONS.value_type),
        )
        counts = np.bincount(rows, minlength=self.num_rows)[self.rejected]
        offsets = pa.array(np.append(0, np.cumsum(counts)), pa.int32())
        return pa.ListArray.from_arrays(offsets, entries, type=REASONS)
