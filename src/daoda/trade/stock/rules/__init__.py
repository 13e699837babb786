"""The shelf's decisions, as pure functions on plain values."""

from daoda.trade.stock.rules.allotment import Need as Need
from daoda.trade.stock.rules.allotment import allot as allot
from daoda.trade.stock.rules.content import IMPORT_BYTES_MAX as IMPORT_BYTES_MAX
from daoda.trade.stock.rules.content import IMPORT_LINES_MAX as IMPORT_LINES_MAX
from daoda.trade.stock.rules.content import LINE_CHARS_MAX as LINE_CHARS_MAX
from daoda.trade.stock.rules.content import BadLine as BadLine
from daoda.trade.stock.rules.parsing import GoodLine as GoodLine
from daoda.trade.stock.rules.parsing import Layout as Layout
from daoda.trade.stock.rules.parsing import Parsed as Parsed
from daoda.trade.stock.rules.parsing import parse_codes as parse_codes
from daoda.trade.stock.rules.parsing import read_layout as read_layout
from daoda.trade.stock.rules.shape import PAIR as PAIR
from daoda.trade.stock.rules.shape import Code as Code
from daoda.trade.stock.rules.shape import split_code as split_code
