"""The worlds flows are told in."""

from __future__ import annotations

import pytest

from tests.flows import world as worlds


@pytest.fixture
def world(db: None) -> worlds.World:
    """The small world; everything is rolled back after the story."""
    return worlds.build()


@pytest.fixture
def real_world(world_db: object) -> worlds.World:
    """The small world in a database of its own, for stories that commit."""
    return worlds.build()
