"""Hashing strings into buckets: `hash_strings`, and the hash functions to choose from.

``murmur3`` is the default because stock ONNX Runtime computes the same
(``com.microsoft.MurmurHash3``); ``farmhash64`` gives TensorFlow's and TFT's buckets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.literal import integer_argument
from taurus_beam.graph.operation import Domain, RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ValueType, is_text
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise

__all__ = ["HASHES", "check_hash", "hash_function", "hash_strings"]


def hash_strings(x: Column, num_buckets: int, hash: str = "murmur3") -> Column:
    """Hash each string into one of ``num_buckets`` buckets.

    Args:
        x: String or binary column (hashed as UTF-8): scalars, vectors or ragged lists.
        num_buckets: How many buckets, at least 1.
        hash: ``"murmur3"`` (MurmurHash3 x86 32, seed 0) or ``"farmhash64"`` (Fingerprint64,
            the buckets of ``tft.hash_strings``).

    Returns:
        int64, 0 … ``num_buckets - 1``. Missing stays missing; the empty string has a bucket.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a", "b", "", None]})
        >>> fn = lambda i: {"h": tb.hash_strings(i["s"], 10, hash="farmhash64")}
        >>> tb.fit_transform(table, fn)[0]["h"].to_pylist()
        [9, 2, 3, None]
    """
    num_buckets = integer_argument("num_buckets", num_buckets, least=1)
    return apply(HashStrings(num_buckets, check_hash(hash)), x)


def _murmur3() -> Callable[[Any], int]:
    import mmh3

    def murmur3(value: Any) -> int:
        return mmh3.hash(value, 0, signed=False)

    return murmur3


def _farmhash64() -> Callable[[Any], int]:
    import farmhash

    return farmhash.fingerprint64  # type: ignore[no-any-return]  # an untyped extension module


HASHES: dict[str, Callable[[], Callable[[Any], int]]] = {
    "murmur3": _murmur3,
    "farmhash64": _farmhash64,
}


def check_hash(name: str) -> str:
    """The name of a hash function, known to exist."""
    if name not in HASHES:
        raise TraceError(f"Unknown hash {name!r}.", expected=" or ".join(map(repr, HASHES)))
    return name


def hash_function(name: str) -> Callable[[Any], int]:
    """The function from one string or bytes to an unsigned integer."""
    return HASHES[name]()


@operation
@dataclass(frozen=True)
class HashStrings(Elementwise):
    """The hash of each string, modulo the number of buckets."""

    name = "hash_strings"
    num_buckets: int
    hash: str

    def result(self, *dtypes: Any) -> Any:
        if not is_text(dtypes[0]):
            raise TraceError(
                f"'hash_strings' takes strings, not {dtypes[0]}.",
                fix="Cast it first: tb.cast(x, pa.string()).",
            )
        return pa.int64()

    def domain(self, *types: ValueType) -> Domain:
        return Domain(0, self.num_buckets - 1)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        bucket = self.scalar(*dtypes)

        def run(x: Text) -> np.ndarray[Any, Any]:
            distinct = [bucket(value) for value in x.distinct.to_pylist()]
            return np.array(distinct or [0], np.int64).take(x.codes)

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        compute, buckets = hash_function(self.hash), self.num_buckets
        return lambda x: compute(x) % buckets
