"""What is wrong with the parts of a schema that are not features: domains, sparse and weighted
features, tensors, constraints of the dataset.

Each says which part it is, where it stands, and its fault; telling people is for
`taurus_beam.validation.schema_check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from taurus_beam.validation.feature_constraints import Fault
from taurus_beam.validation.lifecycle import is_retired
from taurus_beam.validation.paths import Path, from_proto, serialize
from taurus_beam.validation.schema_words import meant
from taurus_beam.validation.text_positions import Place

__all__ = ["DEEPEST", "absent", "live_names", "part_faults", "sparse_faults"]

# A proto may nest 100 messages, and a struct within a struct takes two.
DEEPEST = 45

PartFault = tuple[str, Place, Fault]


def part_faults(schema: Any, known: Collection[Path]) -> Iterator[PartFault]:
    """Name, place and fault of each part that is wrong.

    Args:
        schema: A `Schema`.
        known: The paths of its features.
    """
    yield from _weighted(schema, known)
    yield from _string_domains(schema)
    yield from _derived_cycles(schema)
    yield from _tensors(schema)
    yield from _dataset(schema)


def absent(field: tuple[str, ...], kind: str, name: str, known: Iterable[str]) -> Fault:
    """A name that stands for nothing."""
    near = meant(name, known)
    fix = f"Did you mean {near!r}?" if near else f"Add the {kind}, or remove this."
    return Fault(field, f"There is no {kind} {name!r} in the schema.", fix)


def live_names(container: Any) -> Counter[str]:
    """How often each name is in use among the features, sparse and weighted ones of a container."""
    weighted = getattr(container, "weighted_feature", ())
    every = (*container.feature, *container.sparse_feature, *weighted)
    return Counter(each.name for each in every if not is_retired(each))


def sparse_faults(sparse: Any, names: Counter[str]) -> Iterator[Fault]:
    """What is wrong with a sparse feature among features of these names."""
    if not sparse.name:
        yield Fault((), "There is no name.", "Add name:.")
    elif names[sparse.name] > 1 and not is_retired(sparse):
        yield Fault(("name",), "There are several of that name.", "Rename or remove one.")
    if not sparse.index_feature:
        yield Fault((), "There is no index feature.", "Add index_feature { name: ... }.")
    for index, feature in enumerate(sparse.index_feature):
        if not names[feature.name]:
            yield absent((f"index_feature[{index}]", "name"), "feature", feature.name, names)
    if not names[sparse.value_feature.name]:
        yield absent(("value_feature", "name"), "feature", sparse.value_feature.name, names)


def _used_domains(features: Iterable[Any], depth: int = 0) -> Iterator[str]:
    for feature in features:
        if feature.HasField("domain"):
            yield feature.domain
        if depth < DEEPEST:
            yield from _used_domains(feature.struct_domain.feature, depth + 1)


def _circular(sources: Mapping[Path, set[Path]]) -> set[Path]:
    """The features that are derived in a circle (or from one circle for another)."""
    left = {path: {s for s in own if s in sources} for path, own in sources.items()}
    for _ in range(2):  # first those without sources go, then those that nothing is derived from
        users: dict[Path, set[Path]] = {path: set() for path in left}
        for path, own in left.items():
            for source in own:
                users[source].add(path)
        free = [path for path, own in left.items() if not own]
        while free:
            gone = free.pop()
            del left[gone]
            for user in users[gone]:
                left[user].discard(gone)
                if not left[user]:
                    free.append(user)
        left = {path: {u for u in users[path] if u in left} for path in left}
    return set(left)


def _columns(representation: Any) -> Iterator[tuple[str, str]]:
    kind = str(representation.WhichOneof("kind"))
    tensor: Any = getattr(representation, kind, None)
    if kind in ("dense_tensor", "varlen_sparse_tensor"):
        yield kind, tensor.column_name
    elif kind == "sparse_tensor":
        yield from ((kind, name) for name in tensor.index_column_names)
        yield kind, tensor.value_column_name
    elif kind == "ragged_tensor":
        yield from ((kind, step) for step in tensor.feature_path.step[:1])


def _weighted(schema: Any, known: Collection[Path]) -> Iterator[PartFault]:
    """Weighted features of features that are not there."""
    names, told = live_names(schema), sorted(map(serialize, known))
    for index, weighted in enumerate(schema.weighted_feature):
        faults = [
            absent((field,), "feature", serialize(from_proto(getattr(weighted, field))), told)
            for field in ("feature", "weight_feature")
            if from_proto(getattr(weighted, field)) not in known
        ]
        if names[weighted.name] > 1 and not is_retired(weighted):
            faults.append(
                Fault(("name",), "There are several of that name.", "Rename or remove one.")
            )
        for fault in faults:
            yield weighted.name, (("weighted_feature", index),), fault


def _string_domains(schema: Any) -> Iterator[PartFault]:
    """String domains that stand twice, are empty, or are of no feature."""
    used = set(_used_domains(schema.feature))
    count = Counter(domain.name for domain in schema.string_domain)
    for index, domain in enumerate(schema.string_domain):
        faults = []
        if not domain.name:
            faults.append(Fault((), "There is no name.", "Add name:."))
        elif count[domain.name] > 1:
            fix = "Rename or remove one; the first is used."
            faults.append(Fault(("name",), "There are several of that name.", fix))
        elif domain.name not in used:
            faults.append(
                Fault((), "No feature has this domain.", f'Add domain: "{domain.name}".', False)
            )
        if domain.name in used and not domain.value:
            faults.append(
                Fault((), "The domain has no value, so every value is an anomaly.", "Add some.")
            )
        twice = sorted(value for value, n in Counter(domain.value).items() if n > 1)
        if twice:
            what = f"{twice[0]!r} stands there several times."
            faults.append(Fault(("value",), what, "Remove all but one.", False))
        for fault in faults:
            name = f"string_domain {domain.name}".rstrip()
            yield name, (("string_domain", index),), fault


def _derived_cycles(schema: Any) -> Iterator[PartFault]:
    """Features derived from each other in a circle."""
    sources: dict[Path, set[Path]] = {
        (feature.name,): {from_proto(p)[:1] for p in feature.validation_derived_source.source_path}
        for feature in schema.feature
    }
    circular = _circular(sources)
    for index, feature in enumerate(schema.feature):
        if (feature.name,) in circular:
            field = ("validation_derived_source", "source_path")
            fault = Fault(
                field,
                "The feature is derived from itself, by way of others.",
                "Break the cycle.",
            )
            yield serialize((feature.name,)), (("feature", index),), fault


def _tensors(schema: Any) -> Iterator[PartFault]:
    """Tensor representations of columns that are not there."""
    names = [feature.name for feature in schema.feature]
    for group in schema.tensor_representation_group.values():
        for tensor, representation in sorted(group.tensor_representation.items()):
            for field, column in _columns(representation):
                if column not in names:
                    fault = absent((field,), "feature", column, names)
                    yield f"tensor {tensor}", (("tensor_representation_group", 0),), fault


def _dataset(schema: Any) -> Iterator[PartFault]:
    """Empty ranges of numbers of examples, and environments that stand twice."""
    constraints = schema.dataset_constraints
    place: Place = (("dataset_constraints", 0),)
    least, most = constraints.min_examples_count, constraints.max_examples_count
    if constraints.HasField("max_examples_count") and least > most:
        what = f"No number of examples is from {least} to {most}."
        fault = Fault(("max_examples_count",), what, "Exchange them, or widen the range.")
        yield "dataset_constraints", place, fault
    for name in ("num_examples_drift_comparator", "num_examples_version_comparator"):
        bounds = getattr(constraints, name)
        low, high = bounds.min_fraction_threshold, bounds.max_fraction_threshold
        if bounds.HasField("max_fraction_threshold") and low > high:
            fault = Fault(
                (name, "max_fraction_threshold"),
                f"No ratio is from {low:g} to {high:g}.",
                "Exchange them, or widen the range.",
            )
            yield "dataset_constraints", place, fault
    for name, times in Counter(schema.default_environment).items():
        if times > 1:
            fault = Fault((), f"{name} stands there {times} times.", "Remove all but one.", False)
            yield "default_environment", (("default_environment", 0),), fault
