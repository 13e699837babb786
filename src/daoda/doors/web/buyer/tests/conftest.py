"""Everyone here meets the lamp shop."""

from daoda.doors.web.buyer.tests.world import browser, lamp

__all__ = ["browser", "lamp"]
