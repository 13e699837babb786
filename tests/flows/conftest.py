"""The worlds flows are told in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import Server
from django.db import connections

from daoda.config import database
from daoda.kit import clock
from tests.flows import town as towns
from tests.flows import world as worlds


@pytest.fixture
def world(db: None) -> worlds.World:
    """The small world; everything is rolled back after the story."""
    return worlds.build()


@pytest.fixture
def real_world(world_db: object) -> worlds.World:
    """The small world in a database of its own, for stories that commit."""
    return worlds.build()


@pytest.fixture(scope="module")
def town(
    server: Server,
    template: str,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[towns.Town]:
    """A town for all stories of a module: real clock, real processes, one database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    own = server.create(f"{template}_{worker}_town", template=template)
    before = dict(connections["default"].settings_dict)
    with django_db_blocker.unblock():
        database.point_at(own.url)
        try:
            with towns.opened(own, tmp_path_factory.mktemp("town"), built_now()) as town:
                yield town
        finally:
            connections.close_all()
            connections["default"].settings_dict.update(before)
            server.drop(own.name)


@pytest.fixture(scope="module")
def play() -> Iterator[Callable[[str], towns.Played]]:
    """``play("epay")``: a simulated channel, closed after the module."""
    opened: list[towns.Played] = []

    def _play(code: str) -> towns.Played:
        opened.append(towns.Played(code))
        return opened[-1]

    yield _play
    for played in opened:
        played.close()


def built_now() -> worlds.World:
    return worlds.build(clock.now())
