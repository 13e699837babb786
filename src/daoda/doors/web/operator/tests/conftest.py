from daoda.doors.web.operator.tests.world import operator, world
from daoda.doors.web.staff.tests.world import lamp, pine

__all__ = ["lamp", "operator", "pine", "world"]
