from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apache_beam as beam
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from apache_beam.coders import registry
from apache_beam.coders.coders import PickleCoder
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.transforms import environments

import taurus_beam as tb
from taurus_beam.errors import EngineError
from taurus_beam.runners.job_graph import (
    ANYWHERE,
    DATAFLOW,
    Demands,
    Finding,
    checked,
    refuse_wrong,
)

OFFICIAL = "apache/beam_python3.11_sdk:2.77.0"
Build = Callable[[Any], Any]


class Opaque:
    pass


registry.register_coder(Opaque, PickleCoder)


def graph_of(
    build: Build, environment: environments.Environment | None = None, *words: str
) -> api.Pipeline:
    pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner", *words]))
    build(pipeline)
    return pipeline.to_runner_api(default_environment=environment)


def numbers(pipeline: Any) -> Any:
    return pipeline | beam.Create([1, 2], reshuffle=False)


def found(graph: api.Pipeline, subject: str, demands: Demands = ANYWHERE) -> Finding:
    [finding] = [each for each in checked(graph, demands) if each.subject == subject]
    return finding


@pytest.mark.parametrize(
    ("image", "staged", "right"),
    [
        (OFFICIAL, [], False),
        (f"docker.io/{OFFICIAL}", [], False),
        ("gcr.io/cloud-dataflow/v1beta3/beam_python3.11_sdk:2.77.0", [], False),
        (OFFICIAL, ["pickled_main_session", "submission_environment_dependencies.txt"], False),
        (OFFICIAL, ["taurus_beam-0.1.0-py3-none-any.whl"], True),
        ("europe-docker.pkg.dev/p/images/taurus-beam:0.1.0", [], True),
    ],
)
def test_a_container_has_taurus_beam_or_gets_it(image: str, staged: list[str], right: bool) -> None:
    artifacts = [
        api.ArtifactInformation(
            role_urn="beam:artifact:role:staging_to:v1",
            role_payload=api.ArtifactStagingToRolePayload(staged_name=name).SerializeToString(),
        )
        for name in staged
    ]
    environment = environments.DockerEnvironment.from_container_image(image, artifacts=artifacts)

    finding = found(graph_of(numbers, environment), "workers")

    assert image in finding.told
    assert (finding.fix is None) == right


def test_dataflow_takes_containers_only() -> None:
    environment = environments.ExternalEnvironment("localhost:15000")
    graph = graph_of(numbers, environment)

    assert found(graph, "workers", ANYWHERE).fix is None
    assert found(graph, "workers", DATAFLOW).fix == "Leave --environment_type out."


def test_a_graph_may_be_as_large_as_the_engine_takes() -> None:
    graph = graph_of(numbers)
    size = graph.ByteSize()

    assert found(graph, "steps", Demands(graph_bytes=size)).fix is None
    finding = found(graph, "steps", Demands(graph_bytes=size - 1))
    assert finding.fix
    assert f"{size:,} bytes of {size - 1:,}" in finding.told


def test_a_function_that_holds_data_is_wrong() -> None:
    held = np.random.default_rng(0).bytes(300_000)
    graph = graph_of(lambda p: numbers(p) | "Held" >> beam.Map(lambda x: x + len(held)))

    finding = found(graph, "functions")

    assert "(step Held)" in finding.told
    assert finding.fix


def test_packages_that_workers_need_besides_ours() -> None:
    graph = graph_of(lambda p: numbers(p) | beam.Map(pd.isna) | "Sqrt" >> beam.Map(np.sqrt))

    assert found(graph, "packages").told == "workers also import pandas"


def test_keys_need_one_form_each() -> None:
    def keyed(by: Any) -> Build:
        pairs = beam.Map(lambda x: (x, x)).with_output_types(tuple[by, int])
        return lambda p: numbers(p) | pairs | "Group" >> beam.GroupByKey()

    assert found(graph_of(keyed(int)), "coders").fix is None
    assert "1 groupings, none of rows" in found(graph_of(keyed(int)), "coders").told
    # Beam itself refuses such keys, unless it is told not to.
    graph = graph_of(keyed(Any), None, "--allow_non_deterministic_key_coders")
    finding = found(graph, "coders")
    assert "keys of step Group" in finding.told
    assert finding.fix


def test_pickled_elements_are_wrong() -> None:
    opaque = beam.Map(lambda x: Opaque()).with_output_types(Opaque)
    finding = found(graph_of(lambda p: numbers(p) | "Opaque" >> opaque), "coders")

    assert finding.told == "elements of step Opaque are pickled"
    assert finding.fix


def test_rows_travel_as_arrow_and_a_shuffle_of_them_is_told() -> None:
    batch = pa.record_batch({"x": [1, 2]})

    def build(pipeline: Any) -> Any:
        batches = pipeline | beam.Create([batch], reshuffle=False).with_output_types(pa.RecordBatch)
        keys = beam.Map(lambda b: (1, b)).with_output_types(tuple[int, pa.RecordBatch])
        return batches | keys | beam.GroupByKey()

    told = found(graph_of(build), "coders").told
    assert "rows as Arrow IPC; 1 groupings, 1 of rows" in told


def test_combiners_whole_and_split() -> None:
    graph = graph_of(lambda p: numbers(p) | beam.CombineGlobally(sum).without_defaults())

    assert found(graph, "combiners").told == "1 for the engine to split"
    split = PortableRunner._optimize_pipeline(graph, PipelineOptions([]))
    assert found(split, "combiners").told == "1 add up on each worker before the shuffle"


def test_paths_of_this_machine_are_wrong_for_containers() -> None:
    paths = ["gs://bucket/in", "out/fn"]
    [anywhere] = [f for f in checked(api.Pipeline(), ANYWHERE, paths) if f.subject == "paths"]
    [containers] = [f for f in checked(api.Pipeline(), DATAFLOW, paths) if f.subject == "paths"]

    assert anywhere.fix is None
    assert containers.told == "out/fn on this machine, which workers do not see"
    assert containers.fix


def test_all_that_is_wrong_is_told_in_one_error() -> None:
    refuse_wrong([Finding("steps", "3 steps")], "X")
    findings = [
        Finding("a", "bad", "Mend a."),
        Finding("b", "good"),
        Finding("c", "ill", "Heal c."),
    ]

    with pytest.raises(EngineError) as caught:
        refuse_wrong(findings, "FlinkRunner")

    assert caught.value.what == "FlinkRunner could not run this job: a: bad; c: ill"
    assert caught.value.fix == "Mend a. Heal c."


@pytest.mark.parametrize("rows", [10, 3000])
def test_our_graphs_hold_nothing_of_the_data(rows: int, tmp_path: Any) -> None:
    import pyarrow.parquet as pq
    from spine import preprocess, table

    pq.write_table(table(rows), tmp_path / "data.parquet")
    source = tb.io.Source(str(tmp_path / "data.parquet"))

    def build(pipeline: Any) -> Any:
        data, fn = pipeline | tb.AnalyzeAndTransformDataset(
            preprocess, source=source, temp_dir=str(tmp_path)
        )
        return data, fn

    graph = graph_of(build, environments.DockerEnvironment.from_container_image("me/tb:1"))

    assert not [finding for finding in checked(graph, DATAFLOW) if finding.fix]
    assert graph.ByteSize() < 400_000
    assert max(len(t.spec.payload) for t in graph.components.transforms.values()) < 20_000
