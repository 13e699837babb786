from daoda.records.accounts.tests.world import lamp, pine, wei

__all__ = ["lamp", "pine", "wei"]
