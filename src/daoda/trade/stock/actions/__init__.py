"""The verbs of the shelf: everything that changes it."""

from daoda.trade.stock.actions.buying import Bought, Twin, acceptable, add_bought, twins
from daoda.trade.stock.actions.importing import pass_import_dates, work_on_import
from daoda.trade.stock.actions.imports import (
    ImportKeyReused,
    ImportRefused,
    abandon_import,
    begin_import,
    confirm_import,
)
from daoda.trade.stock.actions.levels import (
    release,
    release_many,
    reserve,
    reserve_many,
    set_low_threshold,
    warn_low,
)
from daoda.trade.stock.actions.removing import (
    end_quarantine,
    give_back,
    pass_inspection_dates,
    quarantine,
    void,
    void_expired,
)
from daoda.trade.stock.actions.sealing import reveal, reveal_many, rotate
from daoda.trade.stock.actions.taking import LostCodes, take
from daoda.trade.stock.rules import Layout, Need

__all__ = [
    "Bought",
    "ImportKeyReused",
    "ImportRefused",
    "Layout",
    "LostCodes",
    "Need",
    "Twin",
    "abandon_import",
    "acceptable",
    "add_bought",
    "begin_import",
    "confirm_import",
    "end_quarantine",
    "give_back",
    "pass_import_dates",
    "pass_inspection_dates",
    "quarantine",
    "release",
    "release_many",
    "reserve",
    "reserve_many",
    "reveal",
    "reveal_many",
    "rotate",
    "set_low_threshold",
    "take",
    "twins",
    "void",
    "void_expired",
    "warn_low",
    "work_on_import",
]
