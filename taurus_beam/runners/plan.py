"""What would be submitted: the job graph of a pipeline for its runner, made but not run.

For Dataflow also the request that creates the job. Nothing is staged, uploaded or started; building
the pipeline reads the schemas of files and looks whether its outputs exist, as a run would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import (
    GoogleCloudOptions,
    PipelineOptions,
    SetupOptions,
    StandardOptions,
    TestOptions,
    TypeOptions,
)
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.runners.pipeline_utils import group_by_key_input_visitor
from apache_beam.runners.portability.portable_runner import PortableRunner
from apache_beam.transforms import environments
from google.protobuf import text_format

from taurus_beam.errors import EngineError
from taurus_beam.io import Progress
from taurus_beam.pipeline.files import write_file
from taurus_beam.runners.failures import meaning
from taurus_beam.runners.job_graph import ANYWHERE, DATAFLOW, Finding, checked
from taurus_beam.runners.profiles import Profile
from taurus_beam.runners.run import Outcome

__all__ = ["Plan", "Planner", "plan"]


@dataclass(frozen=True)
class Plan:
    """A job that was made ready and not run.

    Attributes:
        graph: The job graph that the engine would get.
        findings: What the checks of it found.
        request: The request that would create the job on Dataflow, but for the staged files.
    """

    graph: api.Pipeline
    findings: tuple[Finding, ...]
    request: Mapping[str, Any] | None = None

    def write(self, path: str) -> None:
        """Writes the graph: ``.pbtxt`` as text, any other name in binary form.

        Raises:
            EngineError: If it cannot be written.
        """
        text = path.endswith(".pbtxt")
        content = text_format.MessageToString(self.graph) if text else None
        write_file(path, content.encode() if content else self.graph.SerializeToString())


@dataclass
class Planner:
    """Takes the place of `run`: plans what it is given, and keeps the plan.

    Attributes:
        profile: The runner.
        paths: Where the job reads and writes.
        made: The plan, once it is made.
    """

    profile: Profile
    paths: Sequence[str] = ()
    made: Plan | None = field(default=None, init=False)

    def __call__(self, build: Callable[[Any], None], options: PipelineOptions) -> Outcome:
        """Plans a pipeline; its outcome is that of a run that did nothing."""
        self.made = plan(build, options, self.profile, self.paths)
        return Outcome(Progress(0, 0, 0), {})


def plan(
    build: Callable[[Any], None],
    options: PipelineOptions,
    profile: Profile,
    paths: Sequence[str] = (),
) -> Plan:
    """Make a job ready for its runner, and check it.

    Args:
        build: Applies the transforms to the pipeline.
        options: From `pipeline_options`.
        profile: The runner.
        paths: Where the job reads and writes.

    Raises:
        TaurusError: The pipeline cannot be built, or the runner's part of Beam is not installed.

    Example:
        >>> from taurus_beam.runners.options import pipeline_options
        >>> from taurus_beam.runners.profiles import profile
        >>> build = lambda pipeline: pipeline | beam.Create([1])
        >>> made = plan(build, pipeline_options(profile()), profile())
        >>> made.findings[0]
        Finding(subject='workers', told='threads of this process', fix=None)
    """
    runner = str(options.view_as(StandardOptions).runner)
    on_dataflow = runner.rpartition(".")[2].lower() in ("dataflow", "dataflowrunner")
    # Beam asks nothing of the cloud where it knows that this is a dry run.
    options.view_as(TestOptions).dry_run = on_dataflow
    try:
        pipeline = beam.Pipeline(options=options)
        build(pipeline)
        if on_dataflow:
            return _on_dataflow(pipeline, paths)
        graph = _portable(pipeline, options, profile)
        return Plan(graph, tuple(checked(graph, ANYWHERE, paths)))
    except ImportError as failure:
        raise EngineError(
            f"{runner} needs a package that is not installed: {failure}",
            fix="pip install 'taurus-beam[dataflow]'" if on_dataflow else "Install it.",
        ) from failure
    except Exception as failure:
        error = meaning(failure, runner)
        if error is failure:
            raise
        raise error from failure


def _portable(pipeline: Any, options: PipelineOptions, profile: Profile) -> api.Pipeline:
    """What a job server gets: as `PipelineRunner.run_pipeline` does it, up to running it."""
    strict = not options.view_as(TypeOptions).allow_non_deterministic_key_coders
    pipeline.visit(group_by_key_input_visitor(strict))
    options.view_as(SetupOptions).sdk_location = "container"
    environment = (
        environments.EmbeddedPythonEnvironment.default()
        if profile.in_process
        else pipeline.runner.default_environment(options)
    )
    graph = pipeline.to_runner_api(default_environment=environment)
    return PortableRunner._optimize_pipeline(graph, options)


def _on_dataflow(pipeline: Any, paths: Sequence[str]) -> Plan:
    job = pipeline.run().job
    request = _request(job)
    findings = [
        *checked(job.proto_pipeline, DATAFLOW, paths),
        *_asked(request, job.google_cloud_options),
    ]
    return Plan(job.proto_pipeline, tuple(findings), request)


def _request(job: Any) -> dict[str, Any]:
    """The request as Beam would send it, without what staging adds."""
    from apache_beam.runners.dataflow.internal import apiclient

    staging = job.google_cloud_options.staging_location
    job.proto.environment = apiclient.Environment(
        packages=[],
        options=job.options,
        environment_version=apiclient._FNAPI_ENVIRONMENT_MAJOR_VERSION,
        proto_pipeline_staged_url=f"{staging}/pipeline.pb",
        proto_pipeline=job.proto_pipeline,
        pipeline_proto_hash="",
    ).proto
    form: dict[str, Any] = json.loads(
        type(job.proto).to_json(job.proto, use_integers_for_enums=False)
    )
    return form


def _asked(request: Mapping[str, Any], cloud: GoogleCloudOptions) -> Iterator[Finding]:
    """What the request asks of the service: where it runs, on which machines, and how many."""
    pool = request["environment"]["workerPools"][0]
    scaling = pool["autoscalingSettings"]
    fixed = scaling["algorithm"] == "AUTOSCALING_ALGORITHM_NONE"
    first = pool["numWorkers"] or "the service's choice of"
    most = scaling["maxNumWorkers"] or "as many as the service takes"
    yield Finding("job", f"{request['name']} in {cloud.project}, {cloud.region}")
    yield Finding("staging", str(cloud.staging_location))
    yield Finding(
        "machines",
        f"{pool['machineType'] or 'the default type'}, disk "
        + (f"{pool['diskSizeGb']} GB" if pool["diskSizeGb"] else "of the default size"),
    )
    yield Finding("scaling", f"{first} workers" + ("" if fixed else f", at most {most}"))
