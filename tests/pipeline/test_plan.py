"""A plan gives the same nodes wherever they are asked for, remembered or decoded anew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from applications import Application
from fitting import ANALYSES
from fitting import graph_of as traced

import taurus_beam as tb
from taurus_beam.graph.trace import trace
from taurus_beam.pipeline.plan import decode_values, encode_plan, encode_values, graph_of, phase_of

SCHEMA = pa.schema({"x": pa.float64()})


def plan_of(number: int) -> str:
    return encode_plan(trace(lambda i: {"y": tb.min(i["x"]) + number}, SCHEMA))


def test_a_plan_that_was_forgotten_is_one_graph_again(tmp_path):
    plan = plan_of(0)
    for _ in range(2):
        phase = phase_of(plan, 0)
        states = [accumulator.zero() for accumulator in phase.accumulators]
        text = encode_values(plan, phase.values(states), str(tmp_path))
        assert set(decode_values(plan, (text,))) <= set(graph_of(plan).nodes)
        for other in range(1, 40):  # more than are remembered
            graph_of(plan_of(other))


def test_threads_share_one_graph():
    plans = [plan_of(number) for number in range(50, 54)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(graph_of, plans * 8))
    assert len(set(map(id, found))) == len(plans)


@pytest.mark.parametrize("application", ANALYSES, ids=str)
def test_what_is_sent_of_an_analysis_can_be_read(application: Application) -> None:
    graph = traced(application)
    assert [node.type for node in graph_of(encode_plan(graph)).nodes] == [
        node.type for node in graph.nodes
    ]
