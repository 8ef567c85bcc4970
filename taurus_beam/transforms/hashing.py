"""Hashing strings into buckets: `hash_strings`, and the hash functions to choose from.

``murmur3`` is the default because stock ONNX Runtime computes the same
(``com.microsoft.MurmurHash3``); ``farmhash64`` gives TensorFlow's and TFT's buckets.
"""

from __future__ import annotations

import abc
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError, TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.literal import integer_argument
from taurus_beam.graph.operation import Domain, RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ValueType, is_text
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise
from taurus_beam.transforms.lists import whole_number

__all__ = ["HASHES", "check_hash", "hash_function", "hash_strings"]


def hash_strings(
    x: Column, num_buckets: int, hash: str | None = None, key: Sequence[int] | None = None
) -> Column:
    """Hash each string into one of ``num_buckets`` buckets.

    Args:
        x: String or binary column (hashed as UTF-8): scalars, vectors or ragged lists.
        num_buckets: How many buckets, at least 1.
        hash: ``"murmur3"`` (MurmurHash3 x86 32, seed 0), the default without a key, or
            ``"farmhash64"`` (Fingerprint64, the buckets of ``tft.hash_strings``).
        key: Two integers of 64 bits, kept secret from whoever chooses the strings, for
            SipHash-2-4: nobody can then make strings that meet in one bucket. The buckets of
            ``tft.hash_strings(..., key=key)``. The key is part of the artifact.

    Returns:
        int64, 0 … ``num_buckets - 1``. Missing stays missing; the empty string has a bucket.

    Raises:
        TraceError: For another type, an unknown hash, or both a hash and a key.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a", "b", "", None]})
        >>> fn = lambda i: {"h": tb.hash_strings(i["s"], 10, hash="farmhash64"),
        ...                 "k": tb.hash_strings(i["s"], 1000, key=(123, 456))}
        >>> out, _ = tb.fit_transform(table, fn)
        >>> out["h"].to_pylist(), out["k"].to_pylist()
        ([9, 2, 3, None], [228, 992, 214, None])
    """
    num_buckets = integer_argument("num_buckets", num_buckets, least=1)
    if key is None:
        return apply(HashStrings(num_buckets, check_hash("murmur3" if hash is None else hash)), x)
    if hash is not None:
        raise TraceError(
            f"hash is {hash!r}, and a key is given.",
            fix="Give one of them: with a key the hash is SipHash-2-4.",
        )
    return apply(HashStringsWithKey(num_buckets, _pair(key)), x)


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


def murmur3_in_onnx(build: Any, x: Any, name: str) -> Any:
    """The hash of each string of a tensor, by ONNX Runtime's own operator.

    Raises:
        EngineError: For another hash than murmur3.
    """
    if name != "murmur3":
        raise EngineError(
            f"ONNX Runtime computes no {name}.", fix='Use the default hash: hash="murmur3".'
        )
    hashed = build.op("MurmurHash3", x, dtype=np.uint32, domain="com.microsoft", seed=0, positive=1)
    return hashed.taken_as(np.dtype(np.uint32)).astype(np.int64)


def _siphash(key: tuple[int, int]) -> Callable[[Any], int]:
    import siphashc

    packed, digest = struct.pack("<QQ", *key), siphashc.siphash
    return lambda value: digest(packed, value)


def _pair(key: Any) -> Any:
    return tuple(key) if isinstance(key, Sequence) else key


class _Hashing(Elementwise, abc.ABC):
    """Strings to buckets by a hash function."""

    num_buckets: int

    @abc.abstractmethod
    def function(self) -> Callable[[Any], int]:
        """The function from one string or bytes to an unsigned integer."""

    def result(self, *dtypes: Any) -> Any:
        whole_number("num_buckets", self.num_buckets, least=1)
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
        compute, buckets = self.function(), self.num_buckets
        return lambda x: compute(x) % buckets


@operation
@dataclass(frozen=True)
class HashStrings(_Hashing):
    """The hash of each string, modulo the number of buckets."""

    name = "hash_strings"
    num_buckets: int
    hash: str

    def function(self) -> Callable[[Any], int]:
        return hash_function(self.hash)

    def onnx_kernel(self, *dtypes: Any) -> ArrayKernel:
        return lambda x: murmur3_in_onnx(x.build, x, self.hash) % self.num_buckets


@operation
@dataclass(frozen=True)
class HashStringsWithKey(_Hashing):
    """SipHash-2-4 (Aumasson and Bernstein, 2012) of each string, modulo the number of buckets."""

    name = "hash_strings_with_key"
    no_onnx = "ONNX Runtime computes no SipHash"
    num_buckets: int
    secret: tuple[int, int]

    def result(self, *dtypes: Any) -> Any:
        halves = self.secret if isinstance(self.secret, tuple) else ()
        if len(halves) != 2 or not all(type(h) is int and 0 <= h < 1 << 64 for h in halves):
            raise TraceError(
                f"key is {self.secret!r}.", expected="two integers from 0 to 2**64 - 1, as (a, b)"
            )
        return super().result(*dtypes)

    def function(self) -> Callable[[Any], int]:
        return _siphash(self.secret)
