"""Checks of a job graph: what an engine would refuse, or its workers stumble over, found before.

The graph is Beam's pipeline proto, as the engine would get it. Each check gives one finding, right
or wrong; nothing is run, and nothing is asked over a network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apache_beam.portability import common_urns, python_urns
from apache_beam.portability.api import beam_runner_api_pb2 as api

from taurus_beam.errors import EngineError
from taurus_beam.io.files import is_local
from taurus_beam.runners.graph_coders import Coders, coders_of
from taurus_beam.runners.shipped_code import Shipped, packages_of, shipped

__all__ = ["ANYWHERE", "DATAFLOW", "Demands", "Finding", "checked", "refuse_wrong"]

_OFFICIAL = ("apache/beam_python", "gcr.io/cloud-dataflow/", "gcr.io/apache-beam-testing/")
_NOT_CODE = (
    "pickled_main_session",
    "submission_environment_dependencies.txt",
    "extra_packages.txt",
)
# What comes with taurus_beam, by the names that it is imported by.
_INSTALLED = frozenset(("apache_beam", "taurus_beam", "numpy", "pyarrow", "tensorflow_metadata"))
_INSTALLED |= {"google", "fastavro", "google_crc32c", "mmh3", "farmhash", "siphashc"}
_COMBINE = common_urns.composites.COMBINE_PER_KEY.urn
_PRE_COMBINE = common_urns.combine_components.COMBINE_PER_KEY_PRECOMBINE.urn


@dataclass(frozen=True)
class Demands:
    """What an engine wants of a job graph.

    Attributes:
        graph_bytes: How large it may be; None where there is no known limit.
        function_bytes: How large one step's function may be. Ours are some kilobytes; more means
            that data went into a function.
        containers: Workers run in containers only, and see no file of this machine.
    """

    graph_bytes: int | None = None
    function_bytes: int = 256_000
    containers: bool = False


ANYWHERE = Demands()
DATAFLOW = Demands(graph_bytes=10_000_000, containers=True)
"""The size is from https://cloud.google.com/dataflow/docs/request-quotas, as of 2026."""


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        subject: What was looked at, in one word or two.
        told: What was found.
        fix: What to do about it; None where it is right.
    """

    subject: str
    told: str
    fix: str | None = None


def checked(
    graph: api.Pipeline, demands: Demands = ANYWHERE, paths: Sequence[str] = ()
) -> list[Finding]:
    """What there is to say of a job graph.

    Args:
        graph: As the engine would get it.
        demands: What that engine wants.
        paths: Where the job reads and writes.

    Returns:
        A finding for each check, in one order.

    Example:
        >>> for finding in checked(api.Pipeline()):
        ...     print(f"{finding.subject}: {finding.told}")
        steps: 0 steps, 0 bytes
        functions: none
        coders: 0 collections of rows as Arrow IPC; 0 groupings, none of rows
        combiners: none
    """
    functions = shipped(graph)
    return [
        *_environments(graph, demands),
        _size(graph, demands),
        _functions(functions, demands),
        *_packages(graph, functions),
        _coders(coders_of(graph)),
        _combiners(graph),
        *_paths(paths, demands),
    ]


def refuse_wrong(findings: Sequence[Finding], runner: str) -> None:
    """Raises what is wrong, all of it in one error.

    Raises:
        EngineError: If something is.
    """
    wrong = [(finding, finding.fix) for finding in findings if finding.fix]
    if wrong:
        raise EngineError(
            f"{runner} could not run this job: "
            + "; ".join(f"{finding.subject}: {finding.told}" for finding, _ in wrong),
            fix=" ".join(fix for _, fix in wrong),
        )


def _environments(graph: api.Pipeline, demands: Demands) -> Iterator[Finding]:
    for environment in graph.components.environments.values():
        if environment.urn == common_urns.environments.DOCKER.urn:
            yield _container(environment)
        elif environment.urn in (
            python_urns.EMBEDDED_PYTHON,
            python_urns.EMBEDDED_PYTHON_GRPC,
            python_urns.EMBEDDED_PYTHON_LOOPBACK,
        ):
            yield Finding("workers", "threads of this process")
        elif demands.containers:
            yield Finding(
                "workers",
                f"environment {environment.urn}, where containers are needed",
                "Leave --environment_type out.",
            )
        else:
            yield Finding("workers", f"environment {environment.urn}")


def _container(environment: api.Environment) -> Finding:
    image = api.DockerPayload.FromString(environment.payload).container_image
    staged = [name for name in _staged(environment) if name not in _NOT_CODE]
    told = f"container {image}" + (f", with {', '.join(staged)}" if staged else "")
    if image.removeprefix("docker.io/").startswith(_OFFICIAL) and not staged:
        return Finding(
            "workers",
            f"{told}, which has no taurus_beam",
            "Give an image that has it (--sdk_container_image, or --environment_config where "
            "--environment_type is DOCKER), or send it along: --extra_package=taurus_beam.whl, or "
            "--requirements_file.",
        )
    return Finding("workers", told)


def _staged(environment: api.Environment) -> Iterator[str]:
    for artifact in environment.dependencies:
        if artifact.role_urn == common_urns.artifact_roles.STAGING_TO.urn:
            role = api.ArtifactStagingToRolePayload.FromString(artifact.role_payload)
            yield role.staged_name


def _size(graph: api.Pipeline, demands: Demands) -> Finding:
    size, steps = graph.ByteSize(), len(graph.components.transforms)
    told = f"{steps:,} steps, {size:,} bytes"
    if demands.graph_bytes is None:
        return Finding("steps", told)
    told += f" of {demands.graph_bytes:,} allowed"
    if size <= demands.graph_bytes:
        return Finding("steps", told)
    return Finding("steps", told, "Split the function's outputs over several jobs.")


def _functions(functions: Sequence[Shipped], demands: Demands) -> Finding:
    if not functions:
        return Finding("functions", "none")
    largest = functions[0]
    told = f"{len(functions):,}, the largest {largest.nbytes:,} bytes (step {largest.step})"
    if largest.nbytes <= demands.function_bytes:
        return Finding("functions", told)
    return Finding(
        "functions",
        f"{told}, more than {demands.function_bytes:,}",
        "Have that step read its data from a file on the workers; do not close over them.",
    )


def _packages(graph: api.Pipeline, functions: Sequence[Shipped]) -> Iterator[Finding]:
    coders = (packages_of(each.spec.payload) for each in graph.components.coders.values())
    named = frozenset[str]().union(*coders, *(each.packages for each in functions))
    if named - _INSTALLED:
        yield Finding("packages", f"workers also import {', '.join(sorted(named - _INSTALLED))}")


def _coders(coders: Coders) -> Finding:
    if coders.pickling:
        return Finding(
            "coders",
            f"elements of step {coders.pickling[0]} are pickled",
            "Give that step a type hint.",
        )
    if coders.unstable:
        return Finding(
            "coders",
            f"the keys of step {coders.unstable[0]} have no deterministic form",
            "Give the keys of that step a type hint such as tuple[str, int].",
        )
    shuffled = f"{len(coders.shuffled)} of rows" if coders.shuffled else "none of rows"
    return Finding(
        "coders",
        f"{coders.batches} collections of rows as Arrow IPC; "
        f"{coders.groupings} groupings, {shuffled}",
    )


def _combiners(graph: api.Pipeline) -> Finding:
    """Dataflow gets whole combiners and splits them itself; job servers get them in parts."""
    steps = graph.components.transforms.values()
    split = sum(step.spec.urn == _PRE_COMBINE for step in steps)
    whole = sum(step.spec.urn == _COMBINE for step in steps)
    if split:
        return Finding("combiners", f"{split} add up on each worker before the shuffle")
    return Finding("combiners", f"{whole} for the engine to split" if whole else "none")


def _paths(paths: Sequence[str], demands: Demands) -> Iterator[Finding]:
    local = [path for path in paths if is_local(path)]
    if local and demands.containers:
        yield Finding(
            "paths",
            f"{', '.join(local)} on this machine, which workers do not see",
            "Put data and results where workers reach them, such as gs://bucket/folder.",
        )
    elif paths:
        yield Finding("paths", f"{', '.join(paths)}")
