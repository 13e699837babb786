from daoda.doors.web.staff.tests.world import browser, lamp, pine, wei

__all__ = ["browser", "lamp", "pine", "wei"]
