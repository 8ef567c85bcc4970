"""How the elements of a job graph travel: which coders its PCollections have.

What goes between workers should be rows as Arrow IPC and grouping keys that have one form each; a
coder that pickles whatever it gets is slow and ties the job to one version of everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apache_beam.coders.coders import CloudpickleCoder, DillCoder, PickleCoder
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2 as api
from apache_beam.runners.pipeline_context import PipelineContext

from taurus_beam.io.coder import RecordBatchCoder

__all__ = ["Coders", "coders_of"]

_GROUPING = common_urns.primitives.GROUP_BY_KEY.urn


@dataclass(frozen=True)
class Coders:
    """The coders of a job graph, by what matters of them.

    Attributes:
        batches: How many PCollections of record batches travel as Arrow IPC.
        pickling: The steps that give elements to be pickled.
        groupings: How many steps group by key.
        unstable: Those of them whose keys have no deterministic form.
        shuffled: Those of them that send record batches through the shuffle.
    """

    batches: int
    pickling: tuple[str, ...]
    groupings: int
    unstable: tuple[str, ...]
    shuffled: tuple[str, ...]


def coders_of(graph: api.Pipeline) -> Coders:
    """Looks at the coders of all PCollections.

    Example:
        >>> coders_of(api.Pipeline()).groupings
        0
    """
    parts = graph.components
    known = PipelineContext(parts).coders
    of_collection = {
        name: known.get_by_id(collection.coder_id)
        for name, collection in parts.pcollections.items()
    }
    maker = {
        name: step.unique_name
        for step in parts.transforms.values()
        if not step.subtransforms
        for name in step.outputs.values()
    }
    grouped = [
        (step.unique_name, of_collection[name])
        for step in parts.transforms.values()
        if step.spec.urn == _GROUPING
        for name in step.inputs.values()
    ]
    return Coders(
        batches=sum(_has(coder, RecordBatchCoder) for coder in of_collection.values()),
        pickling=_sorted(
            maker.get(name, name)
            for name, coder in of_collection.items()
            if _has(coder, (PickleCoder, DillCoder, CloudpickleCoder))
        ),
        groupings=len(grouped),
        unstable=_sorted(
            step for step, coder in grouped if not coder.key_coder().is_deterministic()
        ),
        shuffled=_sorted(step for step, coder in grouped if _has(coder, RecordBatchCoder)),
    )


def _sorted(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))


def _has(coder: Any, kind: Any) -> bool:
    """Whether a coder, or one within it, is of a kind."""
    return isinstance(coder, kind) or any(
        _has(each, kind) for each in coder._get_component_coders()
    )
