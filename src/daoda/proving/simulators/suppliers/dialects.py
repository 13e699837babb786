"""The dialects that are played, by the code of the adapter that speaks to them."""

from __future__ import annotations

from daoda.proving.simulators.suppliers.dujiao_next import DujiaoNextDialect
from daoda.proving.simulators.suppliers.kasushou import KasushouDialect

DIALECTS: dict[str, type[DujiaoNextDialect] | type[KasushouDialect]] = {
    "dujiao_next": DujiaoNextDialect,
    "kasushou": KasushouDialect,
}
