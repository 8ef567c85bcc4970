"""Gathering in threads: the same state for any number of them, and which failure is told."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.serving.gathered import gathered


def _joined(lists):
    return [element for one in lists for element in one]


@settings(max_examples=25, deadline=None)
@given(numbers=st.lists(st.integers()), threads=st.integers(1, 5))
def test_any_number_of_threads_gathers_the_same(numbers, threads):
    found = gathered(iter(numbers), list, lambda s, n: [*s, n], _joined, threads)
    assert sorted(found) == sorted(numbers)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_first_batch_that_fails_is_told_of(threads):
    last_has_failed = threading.Event()

    def add(state, number):
        if number == 3:
            if threads > 1:
                last_has_failed.wait(5)
            raise ValueError("three")
        if number == 4:
            last_has_failed.set()
            raise ValueError("four")
        return state + number

    with pytest.raises(ValueError, match="three"):
        gathered(range(9), int, add, sum, threads)


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_that_fail_are_told_of(threads):
    def batches():
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        gathered(batches(), int, int.__add__, sum, threads)


def test_no_batch_is_asked_for_by_two_threads_at_once():
    asked = threading.Lock()

    def batches():
        for number in range(200):
            assert asked.acquire(blocking=False)
            asked.release()
            yield number

    assert gathered(batches(), int, int.__add__, sum, 4) == sum(range(200))
