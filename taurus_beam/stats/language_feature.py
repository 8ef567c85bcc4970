"""What a schema says of natural-language features, and the vocabularies that it names.

Reads schemas and vocabulary files; no data.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.fs
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.feature_column import FeaturePath
from taurus_beam.stats.schema_facts import leaves
from taurus_beam.stats.tfrecord import read_records

__all__ = ["LanguageFeature", "Token", "load_vocabulary"]

Token: TypeAlias = int | str


@dataclass(frozen=True)
class LanguageFeature:
    """A feature with a ``natural_language_domain``: its tokens are words or numbers of words.

    Attributes:
        path: Where it is.
        vocabulary_file: The file of its vocabulary: word n is that of number n, from 0.
        excluded: Tokens that coverage does not look at.
        unknown: Words that stand for what is not in the vocabulary.
        tokens: Tokens to tell statistics of, in the order of the schema.
        not_in_length: Tokens that do not count for the length of a sequence.
    """

    path: FeaturePath
    vocabulary_file: str | None = None
    excluded: frozenset[Token] = frozenset()
    unknown: frozenset[str] = frozenset()
    tokens: tuple[Token, ...] = ()
    not_in_length: frozenset[Token] = frozenset()

    @staticmethod
    def all_of(
        schema: schema_pb2.Schema, vocab_paths: Mapping[str, str] | None
    ) -> tuple[LanguageFeature, ...]:
        """The features of a schema of which there are natural-language statistics.

        These are leaves with a ``natural_language_domain`` that names a vocabulary or tokens. TFDV
        wants a vocabulary or tokens of coverage, and tells no statistics of the tokens under
        ``token_constraints`` alone, so that validation cannot check them.

        Args:
            schema: The schema.
            vocab_paths: Files by the names that the schema gives vocabularies.

        Raises:
            TraceError: A vocabulary has no file.
        """
        found = (
            _language_feature(path, leaf.natural_language_domain, vocab_paths or {})
            for path, leaf in leaves((), schema.feature)
            if leaf.WhichOneof("domain_info") == "natural_language_domain"
        )
        return tuple(one for one in found if one != LanguageFeature(one.path))

    def vocabulary(self) -> Sequence[str] | None:
        """The words by number; None without a vocabulary."""
        return None if self.vocabulary_file is None else load_vocabulary(self.vocabulary_file)

    def words_of(self, numbers: Any) -> Any:
        """Arrow strings: the word of each number, null where the vocabulary has none."""
        words = self.vocabulary()
        if words is None:
            return pa.nulls(len(numbers), pa.string())
        known = (numbers >= 0) & (numbers < len(words))
        places = pa.array(np.where(known, numbers, 0).astype(np.int64), mask=~known)
        return _word_array(self.vocabulary_file or "").take(places)

    def numbers_of(self, words: Any) -> Any:
        """Arrow int64: the number of each word, null where the vocabulary has none."""
        if self.vocabulary_file is None:
            return pa.nulls(len(words), pa.int64())
        numbers = _numbers(self.vocabulary_file)
        return pa.array([numbers.get(word) for word in words.to_pylist()], pa.int64())


@functools.lru_cache(maxsize=16)
def load_vocabulary(path: str) -> Sequence[str]:
    """The words of a vocabulary file, in their order.

    Args:
        path: A text file with a word in each line, or a TFRecord file whose name ends in
            ``tfrecord`` or ``tfrecord.gz``; a local path, or a URI that Arrow knows. White space
            around words is cut off.

    Raises:
        DataError: The file cannot be read or is no UTF-8.
    """
    try:
        if "://" in path:
            system, inside = pyarrow.fs.FileSystem.from_uri(path)
        else:
            system, inside = pyarrow.fs.LocalFileSystem(), path
        with system.open_input_file(inside) as file:
            content = file.read()
        if path.endswith(("tfrecord.gz", "tfrecord")):
            return tuple(record.decode().strip() for record in read_records(content, path))
        *lines, last = content.decode().split("\n")
        return tuple(line.strip() for line in (*lines, *([last] if last else [])))
    except (OSError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise DataError(
            f"The vocabulary {path!r} cannot be read: {error}.",
            expected="a text file of one word a line, or TFRecord",
            fix="Correct vocab_paths.",
        ) from error


@functools.lru_cache(maxsize=16)
def _numbers(path: str) -> dict[str, int]:
    return {word: number for number, word in enumerate(load_vocabulary(path))}


@functools.lru_cache(maxsize=16)
def _word_array(path: str) -> Any:
    return pa.array(load_vocabulary(path), pa.string())


def _language_feature(
    path: FeaturePath, domain: Any, vocab_paths: Mapping[str, str]
) -> LanguageFeature:
    file = None
    if domain.vocabulary:
        file = vocab_paths.get(domain.vocabulary)
        if file is None:
            raise TraceError(
                f"Vocabulary {domain.vocabulary!r} of feature {'.'.join(path)!r} has no file.",
                fix=f"StatsOptions(vocab_paths={{{domain.vocabulary!r}: path}})",
            )
    coverage, length = domain.coverage, domain.sequence_length_constraints
    constraints = domain.token_constraints
    tokens = (getattr(one, one.WhichOneof("value") or "string_value") for one in constraints)
    return LanguageFeature(
        path,
        file,
        frozenset([*coverage.excluded_string_tokens, *coverage.excluded_int_tokens]),
        frozenset(coverage.oov_string_tokens),
        tuple(dict.fromkeys(tokens)),
        frozenset([*length.excluded_string_value, *length.excluded_int_value]),
    )
