"""Making the copy: a server of its own, the shop's rows, made-up codes, a sandbox channel."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg

from daoda.config.postgres import APP_ROLE, OWNER_ROLE, Cluster
from daoda.proving.drills.place import DATABASE, make_ready
from daoda.proving.drills.place import copy as copy_folder
from daoda.proving.simulation.blueprint import Blueprint

PREFIX = "daoda-rehearsal-"
ACTOR = "machine:rehearsal"
CHANNEL = {"merchant": "rehearsal", "key": "r" * 48, "gateway": "http://127.0.0.1:1"}
IMPORT_CODES_MAX = 100_000
_FRESH_S = 60.0


@contextmanager
def folder() -> Iterator[Path]:
    """A folder to be thrown away; what killed runs have left is thrown away first."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _remove_if_left(left)
    made = Path(tempfile.mkdtemp(prefix=PREFIX))
    made.chmod(0o711)  # as root, the server runs as another user and must get in
    with (made / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _remove_if_left(left: Path) -> None:
    try:
        if time.time() - left.stat().st_mtime < _FRESH_S:
            return
        with (left / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
    except OSError:
        return  # in use, somebody else's, or gone already


@contextmanager
def installed(data: Path, prepared: Path | None = None) -> Iterator[str]:
    """Set up Django on a fast, forgetful server in this folder; yields its superuser's address.

    Nothing of it outlives this process, however that ends, so nothing needs to survive a power
    cut. ``prepared`` is the data folder of an idle installation to be copied instead of made.
    """
    if prepared is not None:
        copy_folder(prepared, data)
    cluster = Cluster(data, durable=False, leashed=True, say=lambda words: None)
    try:
        cluster.start()
        make_ready(data, cluster.url(APP_ROLE, DATABASE), cluster.url(OWNER_ROLE, DATABASE))
        yield cluster.url("postgres", DATABASE)
    finally:
        from django.db import connections

        connections.close_all()
        cluster.stop()


def build(blueprint: Blueprint, *, codes: Mapping[uuid.UUID, int], now: datetime) -> None:
    """Put the blueprint's rows into the copy, and as many made-up codes on each shelf."""
    from django.core import serializers
    from django.db import transaction

    from daoda.kit import insert_only
    from daoda.records.shops.models import scope
    from daoda.trade.payments import actions as payments

    insert_only.make_partitions(now)
    with transaction.atomic():
        for found in serializers.deserialize("json", json.dumps(blueprint.rows)):
            row = found.object
            manager = getattr(type(row), "everywhere", type(row)._default_manager)
            manager.bulk_create([row])
    with scope(blueprint.shop_id):
        for code in blueprint.channels:
            payments.configure(
                shop_id=blueprint.shop_id, code=code, adapter="sandbox", title=code,
                config=CHANNEL, actor=ACTOR, now=now,
            )  # fmt: skip
        for variant_id, count in codes.items():
            bring_in(blueprint.shop_id, variant_id, count, now=now)


def bring_in(shop_id: uuid.UUID, variant_id: uuid.UUID, count: int, *, now: datetime) -> None:
    """So many made-up codes for a shelf, by the way real ones come."""
    from daoda.trade.stock import actions as stock

    while count > 0:
        size = min(count, IMPORT_CODES_MAX)
        content = "\n".join(f"MADE-UP-{uuid.uuid4().hex}" for _ in range(size)).encode()
        stock.begin_import(
            shop_id=shop_id, variant_id=variant_id, content=content, layout=stock.Layout(),
            mode="all_or_nothing", actor=ACTOR, now=now,
        )  # fmt: skip
        while stock.work_on_import(now=now):
            pass
        count -= size


def analyze(superuser_url: str) -> None:
    """Tell the planner what the tables hold: this server has nobody who does it by itself."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
