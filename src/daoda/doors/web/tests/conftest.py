from daoda.doors.web.staff.tests.world import lamp

__all__ = ["lamp"]
