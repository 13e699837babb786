"""What the worker does for persons."""

from __future__ import annotations

from daoda.kit import rotation
from daoda.kit.loops import Loop
from daoda.records.persons import actions as persons

LOOPS = (Loop("persons.rotate", rotation.KeyRotation(persons.rotate).run_once, rotation.EVERY_S),)
