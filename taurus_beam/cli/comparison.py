"""What differs between two artifacts, as plain data.

Two artifacts are the same if they take, give and compute the same: the lines of the source, the
versions and the data they were made with are compared too, but do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.cli.facts import domains, place, text_of
from taurus_beam.cli.open_artifact import Artifact
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.node import Node
from taurus_beam.graph.types import ColumnType
from taurus_beam.serving.describe import describe_node

__all__ = ["compared"]


def compared(a: Artifact, b: Artifact) -> dict[str, Any]:
    """What ``taurus-beam diff --json`` prints; ``same`` says whether they compute the same."""
    outputs = _mappings(_outputs(a), _outputs(b))
    what: dict[str, Any] = {
        "inputs": _mappings(_inputs(a), _inputs(b)),
        "outputs": {**outputs, "reordered": _is_reordered(list(_outputs(a)), list(_outputs(b)))},
        "monitors": _mappings(_monitors(a), _monitors(b)),
        "computation": _computation(a, b),
        "vocabularies": _vocabularies(a.fn.vocabularies, b.fn.vocabularies),
    }
    nothing = not any(
        any(section.values()) if isinstance(section, dict) else section for section in what.values()
    )
    return {
        "a": a.path,
        "b": b.path,
        "same": nothing,
        "identical": a.manifest["digest"] == b.manifest["digest"],
        **what,
        "versions": _mappings(_versions(a), _versions(b)),
        "provenance": _mappings(_provenance(a), _provenance(b)),
    }


def _mappings(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "added": {name: b[name] for name in b if name not in a},
        "removed": {name: a[name] for name in a if name not in b},
        "changed": {name: [a[name], b[name]] for name in a if name in b and a[name] != b[name]},
    }


def _is_reordered(a: list[str], b: list[str]) -> bool:
    return [name for name in a if name in b] != [name for name in b if name in a]


def _inputs(artifact: Artifact) -> dict[str, str]:
    return {name: str(each) for name, each in artifact.fn.graph.input_columns.items()}


def _outputs(artifact: Artifact) -> dict[str, str]:
    domain = domains(artifact)
    return {
        name: str(node.type) + (f" {domain[name][0]} … {domain[name][1]}" if name in domain else "")
        for name, node in artifact.fn.graph.outputs.items()
    }


def _monitors(artifact: Artifact) -> dict[str, str]:
    # What a monitor watches is compared with the rest of the computation.
    return dict.fromkeys(artifact.fn.graph.monitors, "watched")


def _versions(artifact: Artifact) -> dict[str, Any]:
    ran = artifact.provenance.get("run", {}).get("versions", {})
    return {"format": artifact.manifest["format_version"], **artifact.manifest["versions"], **ran}


def _provenance(artifact: Artifact) -> dict[str, Any]:
    function, data, run = (artifact.provenance.get(p) or {} for p in ("function", "data", "run"))
    source = data.get("source") or {}
    return {
        "function": function.get("place"),
        "function sha256": function.get("sha256"),
        "rows": data.get("rows"),
        "files": [file["name"] for file in source.get("files", [])],
        "files sha256": source.get("sha256"),
        "runner": run.get("runner"),
        "passes": run.get("passes"),
        "finished": run.get("finished"),
    }


def _computation(a: Artifact, b: Artifact) -> list[dict[str, Any]]:
    """The nodes that differ below outputs and monitors of the same name, each pair once."""
    found: dict[tuple[Node, Node], dict[str, Any]] = {}
    roots, others = _roots(a), _roots(b)
    for name, node in roots.items():
        if name in others:
            for pair, difference in _differences(node, others[name]):
                found.setdefault(pair, {"outputs": [], **difference})["outputs"].append(name)
    return list(found.values())


def _roots(artifact: Artifact) -> dict[str, Node]:
    graph = artifact.fn.graph
    return {**graph.outputs, **{f"monitor {name}": n for name, n in graph.monitors.items()}}


def _differences(a: Node, b: Node) -> Iterator[tuple[tuple[Node, Node], dict[str, Any]]]:
    """Walks two graphs side by side; where the operations differ, what is below is not compared."""
    waiting: list[tuple[Node, Node, str]] = [(a, b, "the output")]
    seen = set()
    while waiting:
        one, other, role = waiting.pop()
        if (one, other) in seen:
            continue
        seen.add((one, other))
        if _is_constant(one) and _is_constant(other):
            difference = _constants(one, other)
        elif _is_same_operation(one, other):
            difference = None
            below = zip(one.inputs, other.inputs, strict=True)
            waiting += [
                (i, j, f"{one.operation.name}, argument {number}")
                for number, (i, j) in reversed(list(enumerate(below, start=1)))
            ]
        else:
            difference = {"a": _text(one), "b": _text(other)}
        if difference is not None:
            places = {"a_at": place(one), "b_at": place(other), "code": one.location.code}
            yield (one, other), {"role": role, **places, **difference}


def _is_constant(node: Node) -> bool:
    return isinstance(node.operation, Constant)


def _is_same_operation(a: Node, b: Node) -> bool:
    return a.operation.key() == b.operation.key() and len(a.inputs) == len(b.inputs)


def _constants(a: Node, b: Node) -> dict[str, Any] | None:
    one, other = a.operation, b.operation
    assert isinstance(one, Constant)
    assert isinstance(other, Constant)
    if isinstance(one.value, Vocabulary) and isinstance(other.value, Vocabulary):
        # What is in them is compared under their names.
        if one.value.name == other.value.name:
            return None
    elif one.key() == other.key():
        return None
    elif not isinstance(one.value, Vocabulary) and not isinstance(other.value, Vocabulary):
        return {"a": _elements(one), "b": _elements(other)}
    return {"a": str(one), "b": str(other)}


def _elements(constant: Constant) -> Any:
    """A constant as JSON can hold it: a number, a text, or a list of them."""
    elements = [
        each if each is None or isinstance(each, (bool, int, str)) else _number_or_text(each)
        for each in constant.value.to_pylist()
    ]
    assert isinstance(constant.value_type, ColumnType)
    return elements[0] if constant.value_type.is_scalar else elements


def _number_or_text(value: Any) -> Any:
    is_finite = isinstance(value, float) and abs(value) < float("inf")
    return value if is_finite else text_of(value)


def _text(node: Node) -> str:
    """A node and what is right below it, as one would write it."""
    if not node.inputs:
        return describe_node(node, {})
    below = ", ".join(_name(each) for each in node.inputs)
    alone = describe_node(node, dict.fromkeys(node.inputs, 0))
    return f"{alone[: alone.rindex('(')]}({below})"


def _name(node: Node) -> str:
    return describe_node(node, {}) if not node.inputs else f"{node.operation.name}(…)"


def _vocabularies(
    a: Mapping[str, Vocabulary], b: Mapping[str, Vocabulary]
) -> dict[str, dict[str, Any]]:
    found: dict[str, Any] = {
        "added": {name: len(b[name]) for name in b if name not in a},
        "removed": {name: len(a[name]) for name in a if name not in b},
        "changed": {},
    }
    for name in a:
        if name in b and a[name].digest != b[name].digest:
            found["changed"][name] = _terms(a[name], b[name])
    return found


def _terms(a: Vocabulary, b: Vocabulary) -> dict[str, Any]:
    one, other = (v.terms.cast(pa.binary()) for v in (a, b))
    in_b = pc.index_in(one, other)
    added = other.filter(pc.is_null(pc.index_in(other, one)))
    own = pa.array(range(len(one)), pa.int32())
    moved = pc.fill_null(pc.not_equal(in_b, own), False)
    kept = pc.is_valid(in_b)
    recounted = pc.not_equal(a.counts.filter(kept), b.counts.take(in_b.filter(kept)))
    return {
        "sizes": [len(a), len(b)],
        "types": [str(a.terms.type), str(b.terms.type)],
        "added": [text_of(term) for term in added.to_pylist()],
        "removed": [text_of(term) for term in one.filter(pc.is_null(in_b)).to_pylist()],
        "moved": [
            [text_of(term), i, j]
            for term, i, j in zip(
                one.filter(moved).to_pylist(),
                own.filter(moved).to_pylist(),
                in_b.filter(moved).to_pylist(),
                strict=True,
            )
        ],
        "recounted": pc.sum(recounted).as_py() or 0,
    }
