"""Reading promises: the rules and stories of dates, and whether anything waits without one."""

from daoda.records.promises.queries.dates import (
    Judged,
    PastPromise,
    ShopRules,
    has_ended,
    judged_since,
    rules_of,
    story,
)
from daoda.records.promises.queries.undated import Looked, look, look_in_shop

__all__ = [
    "Judged",
    "Looked",
    "PastPromise",
    "ShopRules",
    "has_ended",
    "judged_since",
    "look",
    "look_in_shop",
    "rules_of",
    "story",
]
