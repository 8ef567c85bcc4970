from __future__ import annotations

import tempfile
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.lineage import Artifact, EventType, Execution, LineageStore, Use, down, up

NUMBERS = st.integers(0, 7)
RUNS = st.lists(st.tuples(st.sets(NUMBERS, max_size=3), st.sets(NUMBERS, max_size=3)), max_size=6)


@pytest.fixture(scope="module")
def store() -> LineageStore:
    return LineageStore(f"{tempfile.mkdtemp()}/lineage.sqlite")


graphs = count()


@settings(max_examples=40, deadline=None)
@given(RUNS)
def test_up_and_down_are_inverse_and_find_all_there_is(
    store: LineageStore, runs: list[tuple[set[int], set[int]]]
) -> None:
    graph = next(graphs)

    def use(number: int) -> Use:
        return Use(Artifact("Data", f"sha256:{graph}-{number}"), "x")

    for i, (read, written) in enumerate(runs):
        run = store.begin(Execution("step", f"{graph}-{i}"))
        store.record(run, EventType.INPUT, map(use, read))
        store.record(run, EventType.OUTPUT, map(use, written))
    known = {a.digest: a.id or 0 for a in store.artifacts_of_digest(f"{graph}-")}

    ups = {n: up(store, [n]).artifacts.keys() for n in known.values()}
    downs = {n: down(store, [n]).artifacts.keys() for n in known.values()}

    assert all((b in ups[a]) == (a in downs[b]) for a in ups for b in ups)
    # The same, found by joining until nothing is new.
    made_from = {a: {a} for a in known}
    for _ in known:
        for read, written in runs:
            for out in written:
                for each in read:
                    made_from[f"sha256:{graph}-{out}"] |= made_from[f"sha256:{graph}-{each}"]
    assert {a: {known[b] for b in found} for a, found in made_from.items()} == {
        a: set(ups[n]) for a, n in known.items()
    }


def test_a_run_that_wrote_an_artifact_stands_with_all_that_it_read(store: LineageStore) -> None:
    uses = {name: Use(Artifact("Data", f"sha256:chain-{name}"), name) for name in "abcd"}
    for i, (read, written) in enumerate((("a", "b"), ("bc", "d"))):
        run = store.begin(Execution("step", f"chain-{i}"))
        store.record(run, EventType.INPUT, [uses[name] for name in read])
        store.record(run, EventType.OUTPUT, [uses[name] for name in written])
    [last] = store.artifacts_of_digest("chain-d")
    found = up(store, [last.id or 0])
    assert {a.digest[-1] for a in found.artifacts.values()} == set("abcd")
    assert {e.name for e in found.executions.values()} == {"chain-0", "chain-1"}
    assert sorted(e.key for e in found.events) == ["a", "b", "b", "c", "d"]
