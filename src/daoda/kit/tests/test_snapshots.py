"""A cursor that stops early still knows exactly what it has told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daoda.kit.snapshots import Snapshot, advance


def told(cursor: Snapshot, xid: int) -> bool:
    return xid < cursor.xmax and xid not in cursor.running


@st.composite
def histories(draw):
    """Transactions that commit in any order, read now and then in batches of any size."""
    xids = list(range(10, 10 + draw(st.integers(1, 30))))
    order = draw(st.permutations(xids))
    reads = draw(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 6)), max_size=40))
    return xids, order, reads


@given(histories())
def test_every_transaction_is_told_exactly_once_in_whatever_order_they_commit(history):
    xids, order, reads = history
    cursor, heard, committed, started = Snapshot(10, frozenset()), [], [], 0
    commits = iter(order)
    for commit_now, batch in [*reads, (len(xids), 10**6), (0, 10**6)]:
        for _ in range(commit_now):
            xid = next(commits, None)
            if xid is None:
                break
            committed.append(xid)
            started = max(started, xid - 9)
        top = 10 + started
        seen = Snapshot(top, frozenset(x for x in xids if x < top and x not in committed))
        untold = sorted(xid for xid in committed if not told(cursor, xid))
        taken = untold[:batch]
        if not taken:
            continue
        heard += taken
        cut = taken[-1] if len(untold) >= batch else None
        cursor = advance(cursor, seen, cut)
    assert sorted(heard) == xids
    assert len(set(heard)) == len(heard)


@given(st.integers(1, 10**6), st.frozensets(st.integers(1, 10**6), max_size=5))
def test_a_snapshot_is_written_as_postgresql_writes_it(xmax, running):
    below = frozenset(xid for xid in running if xid < xmax)
    snapshot = Snapshot(xmax, below)
    assert Snapshot.parse(str(snapshot)) == snapshot
