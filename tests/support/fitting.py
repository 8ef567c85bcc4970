"""Samples traced and fitted once for all law tests, and their results with every bit in view."""

from __future__ import annotations

import functools
from typing import Any

import pyarrow as pa
from applications import APPLICATIONS, Application
from arrow_columns import bits, corners

import taurus_beam as tb
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.node import Graph
from taurus_beam.graph.trace import trace


@functools.cache
def corner_table(types: tuple[Any, ...]) -> pa.Table:
    return corners(types)


@functools.cache
def graph_of(application: Application) -> Graph:
    return trace(application.preprocess, application.schema)


@functools.cache
def fitted(application: Application) -> tb.TransformFn:
    """The application fitted on the corners of its types."""
    return tb.fit(corner_table(application.types), application.preprocess)


def analyzers_of(application: Application) -> dict[str, Analyzer]:
    """The analyzers that an application uses, by name."""
    operations = [node.operation for node in graph_of(application).nodes]
    return {o.name: o for o in operations if isinstance(o, Analyzer)}


def by_batch(fn: tb.TransformFn, table: pa.Table) -> list[Any]:
    return [bits(list(row.values())) for row in fn.transform(table).to_pylist()]


def by_row(fn: tb.TransformFn, table: pa.Table) -> list[Any]:
    return [bits(list(fn.row(row).values())) for row in table.to_pylist()]


ANALYSES = [a for a in APPLICATIONS if analyzers_of(a)]
