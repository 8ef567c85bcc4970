"""Work in another thread: in order, one piece at a time, and no failure is lost."""

from __future__ import annotations

import threading

import pytest

from taurus_beam.graph.threads import THREADS_VARIABLE
from taurus_beam.io.formats.behind import Behind


def test_the_caller_goes_on_while_a_piece_is_worked_on(monkeypatch):
    monkeypatch.setenv(THREADS_VARIABLE, "2")
    may_end, behind, done = threading.Event(), Behind(), []
    behind.start(lambda: may_end.wait(10) and done.append("first"))
    assert not done
    may_end.set()
    behind.start(lambda: done.append("second"))
    behind.wait()
    assert done == ["first", "second"]


def test_with_one_thread_it_is_done_at_once(monkeypatch):
    monkeypatch.setenv(THREADS_VARIABLE, "1")
    behind, where = Behind(), []
    behind.start(lambda: where.append(threading.current_thread()))
    assert where == [threading.current_thread()]


@pytest.mark.parametrize("asks", ["wait", "start"])
def test_what_failed_is_raised_once(monkeypatch, asks):
    monkeypatch.setenv(THREADS_VARIABLE, "2")
    behind, done = Behind(), []

    def fail():
        raise OSError("full")

    behind.start(fail)
    with pytest.raises(OSError, match="full"):
        behind.wait() if asks == "wait" else behind.start(lambda: done.append(1))
    assert not done
    behind.wait()
