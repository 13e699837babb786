from daoda.doors.api.tests.world import card, lamp, pine, till, topup

__all__ = ["card", "lamp", "pine", "till", "topup"]
