"""What the pickled parts of a job graph bring along, found without running any of it.

A function that workers can import travels as its name; anything else travels whole. This file reads
the names out of the pickles, so that a dry run can say what workers must have installed.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import pickletools
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apache_beam.portability import common_urns, python_urns
from apache_beam.portability.api import beam_runner_api_pb2 as api

__all__ = ["Shipped", "packages_of", "shipped"]

_PAR_DO = common_urns.primitives.PAR_DO.urn
_COMBINES = {
    common_urns.composites.COMBINE_PER_KEY.urn,
    common_urns.composites.COMBINE_GLOBALLY.urn,
    common_urns.combine_components.COMBINE_PER_KEY_PRECOMBINE.urn,
    common_urns.combine_components.COMBINE_PER_KEY_MERGE_ACCUMULATORS.urn,
    common_urns.combine_components.COMBINE_PER_KEY_EXTRACT_OUTPUTS.urn,
    common_urns.combine_components.COMBINE_GROUPED_VALUES.urn,
}
_BY_NAME = "subimport"


@dataclass(frozen=True)
class Shipped:
    """The function of one step.

    Attributes:
        step: The step's full name.
        nbytes: How large it is in the graph: pickled, compressed and in letters.
        packages: The top-level packages that workers import to unpickle it.
    """

    step: str
    nbytes: int
    packages: frozenset[str]


def shipped(graph: api.Pipeline) -> list[Shipped]:
    """The functions of all steps, the largest first.

    Example:
        >>> shipped(api.Pipeline())
        []
    """
    found = [
        Shipped(step.unique_name, len(function.payload), packages_of(function.payload))
        for step in graph.components.transforms.values()
        for function in _functions(step.spec)
    ]
    return sorted(found, key=lambda each: (-each.nbytes, each.step))


def packages_of(payload: bytes) -> frozenset[str]:
    """The top-level packages, other than Python's own, that a pickle of Beam's names.

    Args:
        payload: What Beam's pickler wrote; of anything else, nothing is known.

    Example:
        >>> import numpy as np
        >>> from apache_beam.internal import pickler
        >>> sorted(packages_of(pickler.dumps([np.mean, len])))
        ['numpy']
    """
    named = {module.partition(".")[0] for module in _modules(_unpacked(payload))}
    return frozenset(named - sys.stdlib_module_names - {"__main__"})


def _functions(spec: api.FunctionSpec) -> Iterator[api.FunctionSpec]:
    if spec.urn == _PAR_DO:
        yield api.ParDoPayload.FromString(spec.payload).do_fn
    elif spec.urn in _COMBINES:
        yield api.CombinePayload.FromString(spec.payload).combine_fn
    elif spec.urn == python_urns.PICKLED_TRANSFORM:
        yield spec


def _unpacked(payload: bytes) -> bytes:
    """A pickle as Beam compresses it; nothing where it is none."""
    try:
        packed = base64.b64decode(payload, validate=True)
    except binascii.Error:
        return b""
    try:
        return bz2.decompress(packed) if packed.startswith(b"BZh") else zlib.decompress(packed)
    except (OSError, ValueError, zlib.error):
        return b""


def _modules(pickled: bytes) -> Iterator[str]:
    """The modules that a pickle names, and those that cloudpickle would import for it."""
    memo: list[Any] = []
    pushed: list[Any] = ["", ""]
    imports_next = False
    steps: Any = pickletools.genops(pickled) if pickled else ()
    for code, argument, _ in steps:
        if "UNICODE" in code.name:
            pushed.append(argument)
        elif code.name == "MEMOIZE":
            memo.append(pushed[-1])
            continue
        elif code.name in ("BINGET", "LONG_BINGET"):
            pushed.append(memo[argument])
        elif code.name == "STACK_GLOBAL":
            module, name = pushed[-2:]
            yield str(module)
            pushed.append(_Imports() if name == _BY_NAME else None)
            imports_next = name == _BY_NAME
            continue
        else:
            pushed.append(None)
            continue
        if isinstance(pushed[-1], _Imports):
            imports_next = True
        elif imports_next and isinstance(pushed[-1], str):
            yield pushed[-1]
            imports_next = False


class _Imports:
    """Stands in the memo for the function that imports the module named next."""
