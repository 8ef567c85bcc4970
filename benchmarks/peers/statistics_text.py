"""Statistics written by hand, as text of protos: short to read, and the same for TFDV and us."""

from __future__ import annotations

from collections.abc import Iterable

INF = float("inf")
NAN = float("nan")


def datasets(*sets: str) -> str:
    return " ".join(f"datasets {{ {each} }}" for each in sets)


def dataset(*features: str, examples: int = 10, weighted: float = 0, name: str = "") -> str:
    head = f'name: "{name}" ' if name else ""
    head += f"num_examples: {examples} "
    head += f"weighted_num_examples: {weighted:g} " if weighted else ""
    return head + " ".join(f"features {{ {each} }}" for each in features)


def common(
    present: int = 10,
    missing: int = 0,
    lengths: tuple[int, int] = (1, 1),
    total: int | None = None,
    weighted: tuple[float, float, float] | None = None,
    levels: Iterable[tuple[int, int, int]] = (),
) -> str:
    """Counts: of examples, of values; by weight (present, missing, values); by level of nesting
    (missing, shortest, longest)."""
    shortest, longest = lengths
    text = (
        f"num_non_missing: {present} num_missing: {missing} min_num_values: {shortest} "
        f"max_num_values: {longest} tot_num_values: {present if total is None else total}"
    )
    if weighted:
        there, lacking, values = weighted
        text += (
            f" weighted_common_stats {{ num_non_missing: {there:g} num_missing: {lacking:g} "
            f"tot_num_values: {values:g} }}"
        )
    for lacking, low, high in levels:
        text += (
            f" presence_and_valency_stats {{ num_missing: {lacking} min_num_values: {low} "
            f"max_num_values: {high} }}"
        )
    return f"common_stats {{ {text} }}"


def path(*steps: str) -> str:
    return "path { " + " ".join(f'step: "{step}"' for step in steps) + " }"


def numbers(
    name: str,
    low: float = 0,
    high: float = 0,
    *,
    kind: str = "INT",
    counts: str = "",
    histograms: str = "",
    more: str = "",
) -> str:
    return (
        f"{path(*name.split('/'))} type: {kind} num_stats {{ {counts or common()} min: {low!r} "
        f"max: {high!r} {histograms} }} {more}"
    )


def histogram(*buckets: tuple[float, float, float], kind: str = "STANDARD", nan: int = 0) -> str:
    inside = " ".join(
        f"buckets {{ low_value: {low!r} high_value: {high!r} sample_count: {count:g} }}"
        for low, high, count in buckets
    )
    return f"histograms {{ type: {kind} num_nan: {nan} {inside} }}"


def strings(
    name: str,
    values: dict[str, float] | None = None,
    *,
    kind: str = "STRING",
    counts: str = "",
    unique: int | None = None,
    invalid: int = 0,
    weighted: dict[str, float] | None = None,
    more: str = "",
) -> str:
    """Values are written as in a proto's text, with its escapes."""
    found = values or {}
    text = (
        f"{counts or common()} unique: {len(found) if unique is None else unique} "
        f"invalid_utf8_count: {invalid} {ranks(found)}"
    )
    if weighted is not None:
        text += f" weighted_string_stats {{ {ranks(weighted)} }}"
    return f"{path(*name.split('/'))} type: {kind} string_stats {{ {text} }} {more}"


def ranks(values: dict[str, float]) -> str:
    inside = " ".join(
        f'buckets {{ label: "{value}" sample_count: {count:g} }}' for value, count in values.items()
    )
    return f"rank_histogram {{ {inside} }}"


def raw_bytes(name: str, largest: int = 0, *, more: str = "") -> str:
    return (
        f"{path(name)} type: BYTES bytes_stats {{ {common()} max_num_bytes: {largest} "
        f"max_num_bytes_int: {largest} }} {more}"
    )


def struct(name: str, *, counts: str = "") -> str:
    return f"{path(*name.split('/'))} type: STRUCT struct_stats {{ {counts or common()} }}"


def custom_only(name: str, *stats: str) -> str:
    return f"{path(*name.split('/'))} " + " ".join(stats)


def custom(name: str, value: float | str | dict[str, float]) -> str:
    if isinstance(value, dict):
        return f'custom_stats {{ name: "{name}" {ranks(value)} }}'
    if isinstance(value, str):
        return f'custom_stats {{ name: "{name}" str: "{value}" }}'
    return f'custom_stats {{ name: "{name}" num: {value:g} }}'


def language(fields: str) -> str:
    kind = "type.googleapis.com/tensorflow.metadata.v0.NaturalLanguageStatistics"
    return f'custom_stats {{ name: "nl_statistics" any {{ [{kind}] {{ {fields} }} }} }}'
