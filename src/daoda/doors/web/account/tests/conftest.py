"""Everyone here meets the lamp shop; Li has an account there."""

from daoda.doors.web.account.tests.world import hers, li
from daoda.doors.web.buyer.tests.world import browser, lamp

__all__ = ["browser", "hers", "lamp", "li"]
