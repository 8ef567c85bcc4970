"""Random statistics and schemas, small and near each other, so that about half of what a schema
says is broken. What TFDV finds in them is recorded, as for the cases by hand.

Left out is what we do on purpose otherwise (see ``docs/validation.md``), and what TFDV dies of.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from benchmarks.peers.anomalies.case import AnomalyCase
from benchmarks.peers.statistics_text import (
    common,
    dataset,
    datasets,
    histogram,
    numbers,
    raw_bytes,
    strings,
    struct,
)

T = TypeVar("T")
WORDS = ("a", "b", "true", "1", "-2", "7.5", "nan", "x y", "é")
OVERRIDDEN = ("SCHEMA_NEW_COLUMN", "FEATURE_TYPE_LOW_FRACTION_PRESENT", "INT_TYPE_BIG_INT")


class World:
    """What a random case is drawn from."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.examples = self.pick((1, 4, 10))
        self.weighted = self.chance(0.2)
        self.kinds = {
            name: self.pick(("INT", "FLOAT", "STRING", "INT", "STRING", "BYTES", "STRUCT"))
            for name in ("x", "y")
        }

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, values: Sequence[T]) -> T:
        return self.random.choice(values)

    def whole(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    # Statistics

    def statistics(self) -> str:
        kept = [name for name in self.kinds if self.chance(0.9)]
        features = [each for name in kept for each in self.feature(name)]
        weight = 2.5 * self.examples if self.weighted else 0
        return datasets(dataset(*features, examples=self.examples, weighted=weight))

    def feature(self, name: str) -> list[str]:
        kind = self.kinds[name] if self.chance(0.95) else self.pick(("INT", "FLOAT", "STRING"))
        if kind == "STRUCT":
            return [struct(name, counts=self.counts(flat=True)), self.number(f"{name}/f", "INT")]
        if kind == "BYTES":
            return [raw_bytes(name, self.whole(0, 9))] if not self.weighted else []
        if kind == "STRING":
            return [self.string(name)]
        return [self.number(name, kind)]

    def counts(self, flat: bool = False) -> str:
        present = self.whole(0, self.examples) if self.chance(0.5) else self.examples
        shortest = self.whole(0, 2)
        levels = ()
        if not flat and not self.weighted and self.chance(0.2):
            levels = tuple((self.whole(0, 1), self.whole(0, 2), 2) for _ in range(2))
        return common(
            present,
            self.examples - present,
            (shortest, shortest + self.whole(0, 1)),
            weighted=(
                (2.5 * present, 2.5 * (self.examples - present), 3.0 * present)
                if self.weighted
                else None
            ),
            levels=levels,
        )

    def number(self, name: str, kind: str) -> str:
        low = self.pick((0, 0, 1, -3, 2)) + (0.5 if kind == "FLOAT" and self.chance(0.3) else 0)
        high = low + self.pick((0, 1, 5))
        middle = (low + high) / 2
        made = histogram(
            (float(low), middle, self.whole(0, 4)),
            (middle, float(high), self.whole(1, 4)),
            kind=self.pick(("STANDARD", "QUANTILES")),
            nan=self.whole(0, 1) if kind == "FLOAT" else 0,
        )
        return numbers(name, low, high, kind=kind, counts=self.counts(), histograms=made)

    def string(self, name: str) -> str:
        values = self.random.sample(WORDS, self.whole(0, 4))
        counted = {value: float(self.whole(1, 5)) for value in values}
        return strings(
            name,
            counted,
            counts=self.counts(),
            invalid=1 if self.chance(0.1) else 0,
            weighted={v: 1.5 * n for v, n in counted.items()} if self.weighted else None,
        )

    # Schema

    def schema(self) -> str:
        features = [self.declared(name) for name in self.kinds if self.chance(0.9)]
        domains = "".join(
            f'string_domain {{ name: "{name}" {self.values()} }} ' for name in ("shared", "other")
        )
        environments = 'default_environment: "E" default_environment: "F" '
        return environments + domains + "".join(features) + self.constraints()

    def declared(self, name: str) -> str:
        kind = self.kinds[name]
        inside = ""
        if kind == "STRUCT":
            field = self.body("INT", "f")
            inside = f"struct_domain {{ {field} }}" if self.chance(0.8) else ""
        return self.body(kind, name, inside)

    def body(self, kind: str, name: str, domain: str = "") -> str:
        type_ = {"STRING": "BYTES"}.get(kind, kind)
        text = f'name: "{name}" type: {type_} '
        text += domain if kind == "STRUCT" else self.domain(kind)
        if self.chance(0.5):
            text += f"presence {{ min_count: {self.whole(0, 5)} "
            text += f"min_fraction: {self.pick((0.0, 0.5, 1.0, 0.75, 1.5))} }} "
        text += self.valency()
        if self.chance(0.1):
            text += f"unique_constraints {{ min: {self.whole(0, 2)} max: {self.whole(1, 3)} }} "
        for comparator in ("drift_comparator", "skew_comparator"):
            if self.chance(0.4):
                text += f"{comparator} {{ {self.thresholds(kind)} }} "
        if self.chance(0.05):
            text += f"lifecycle_stage: {self.pick(('BETA', 'DEPRECATED', 'PLANNED'))} "
        for membership in ("in_environment", "not_in_environment"):
            if self.chance(0.15):
                text += f'{membership}: "{self.pick("EF")}" '
        return f"feature {{ {text} }} "

    def valency(self) -> str:
        low, high = self.whole(0, 2), self.whole(0, 2)
        level = f"value_count {{ min: {low} max: {high} }} "
        return self.pick(
            (
                "",
                "",
                level,
                f"value_counts {{ {level * 2} }} ",
                f"shape {{ dim {{ size: {self.whole(0, 2)} }} }} ",
            )
        )

    def domain(self, kind: str) -> str:
        bounds = f"min: {self.whole(-3, 1)} max: {self.whole(1, 6)} "
        ints, floats = f"int_domain {{ {bounds} }} ", f"float_domain {{ {bounds} {self.bans()} }} "
        mass = "distribution_constraints { min_domain_mass: 0.5 } " if self.chance(0.2) else ""
        if kind == "INT":
            return self.pick(("", ints, ints, "bool_domain { } ", "time_domain { } ")) + mass
        if kind == "FLOAT":
            return self.pick(("", floats, floats, "bool_domain { } ", ints)) + mass
        if kind == "BYTES":
            return self.pick(
                ("", "image_domain { max_image_byte_size: 4 } ", ints, "url_domain {}")
            )
        named = f'domain: "{self.pick(("shared", "other"))}" '
        inline = f"string_domain {{ {self.values()} }} "
        strict = 'bool_domain { true_value: "true" false_value: "1" } '
        return self.pick((named, named, inline, inline, ints, floats, strict, "")) + mass

    def bans(self) -> str:
        return "disallow_nan: true disallow_inf: true" if self.chance(0.5) else ""

    def values(self) -> str:
        return " ".join(f'value: "{v}"' for v in self.random.sample(WORDS, self.whole(1, 6)))

    def thresholds(self, kind: str) -> str:
        limit = self.pick((0.0, 0.05, 0.2, 0.5))
        norms = ["infinity_norm", "normalized_abs_difference"]
        if kind != "FLOAT":
            # TFDV leaves NaN out of the divergence where it has to split buckets.
            norms.append("jensen_shannon_divergence")
        text = " ".join(f"{n} {{ threshold: {limit} }}" for n in norms if self.chance(0.6))
        source = f"source {{ type: {self.pick(('DEFAULT', 'QUANTILES', 'STANDARD'))} }}"
        return text.replace("divergence {", f"divergence {{ {source}")

    def constraints(self) -> str:
        if self.chance(0.7):
            return ""
        least, most = self.whole(1, 6), self.whole(3, 9)
        ratio = "min_fraction_threshold: 0.9 max_fraction_threshold: 1.5"
        return (
            f"dataset_constraints {{ min_examples_count: {least} max_examples_count: {most} "
            f"num_examples_drift_comparator {{ {ratio} }} }}"
        )


def perturbed(seed: int) -> AnomalyCase:
    world = World(seed)
    statistics = world.statistics()
    schema = world.schema()
    others = []
    for _ in ("previous", "serving"):
        world.examples = world.pick((1, 4, 10))
        others.append(world.statistics() if world.chance(0.6) else None)
    return AnomalyCase(
        f"perturbed {seed}",
        statistics,
        schema,
        environment=world.pick((None, None, "E", "F")),
        previous=others[0],
        serving=others[1],
        warn_of_new=world.chance(0.1),
        severities=tuple(
            (kind, world.pick(("WARNING", "UNKNOWN"))) for kind in OVERRIDDEN if world.chance(0.1)
        ),
    )


PERTURBED = [perturbed(seed) for seed in range(160)]
