"""What must hold between all rows, as tables of laws: a sentence, and what breaks it in SQL.

Each statement answers rows of (which thing, what is wrong with it); no row means the law holds.
``%(shop_id)s`` NULL asks about all shops.
"""

from __future__ import annotations

from typing import NamedTuple


class Law(NamedTuple):
    """``words`` is what must hold; ``broken`` finds what does not hold to it."""

    name: str
    words: str
    broken: str
