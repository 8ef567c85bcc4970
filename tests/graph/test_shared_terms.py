"""Terms of a whole column: known while they are held, and no longer."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.graph.shared_terms import SharedTerms
from taurus_beam.graph.text import Text

COLUMN = pa.chunked_array([["a", None, "b"], ["c", "a"]]).dictionary_encode()


def test_a_dictionary_is_known_while_it_is_held() -> None:
    held = SharedTerms(COLUMN.chunk(0).dictionary)
    assert SharedTerms.of(COLUMN.chunk(1).dictionary) is held
    assert SharedTerms.of(pa.array(["a", "b", "c"])) is None
    assert SharedTerms.of(COLUMN.chunk(0).dictionary.slice(1)) is None
    del held
    assert SharedTerms.of(COLUMN.chunk(0).dictionary) is None


def test_a_dictionary_of_other_strings_or_another_type_is_not_taken_for_it() -> None:
    """Arrow changes the case of ASCII over the same offsets, and casts to binary copy nothing."""
    held = SharedTerms(COLUMN.chunk(0).dictionary)
    assert SharedTerms.of(pc.ascii_upper(held.dictionary)) is None
    assert SharedTerms.of(held.dictionary.cast(pa.binary())) is None


def test_a_batch_tells_where_its_strings_stand_among_those_of_the_column() -> None:
    first, second = (Text(chunk) for chunk in COLUMN.chunks)
    assert first.shared is None
    held = SharedTerms(COLUMN.chunk(0).dictionary)
    shared = first.shared
    assert shared is not None
    assert shared[0] is held
    assert shared[1].tolist() == [0, 0, 1]  # what is missing has the first place
    # Its own terms are still those that occur in it.
    assert second.distinct.to_pylist() == ["c", "a"]
    assert Text(pa.array(["a"])).shared is None


def test_what_was_made_is_made_once() -> None:
    held, made = SharedTerms(COLUMN.chunk(0).dictionary), []
    for _ in range(2):
        assert held.remembered("key", lambda: made.append(1) or len(made)) == 1
    held.remember("other", 7)
    assert held.remembered("other", lambda: 8) == 7
