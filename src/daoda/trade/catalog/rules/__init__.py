"""The catalog's decisions, as pure functions on plain values."""

from daoda.trade.catalog.rules.fields import Field as Field
from daoda.trade.catalog.rules.fields import FieldError as FieldError
from daoda.trade.catalog.rules.fields import Problem as Problem
from daoda.trade.catalog.rules.fields import check_fields as check_fields
from daoda.trade.catalog.rules.fields import echo as echo
from daoda.trade.catalog.rules.fields import read_fields as read_fields
from daoda.trade.catalog.rules.prices import COUPON_CODE_CHARS_MAX as COUPON_CODE_CHARS_MAX
from daoda.trade.catalog.rules.prices import PRICE_FEN_MAX as PRICE_FEN_MAX
from daoda.trade.catalog.rules.prices import QUANTITY_MAX as QUANTITY_MAX
from daoda.trade.catalog.rules.prices import CouponTerms as CouponTerms
from daoda.trade.catalog.rules.prices import Quote as Quote
from daoda.trade.catalog.rules.prices import Step as Step
from daoda.trade.catalog.rules.prices import coupon_refusal as coupon_refusal
from daoda.trade.catalog.rules.prices import normalize_coupon_code as normalize_coupon_code
from daoda.trade.catalog.rules.prices import price as price
from daoda.trade.catalog.rules.prices import steps_problem as steps_problem
from daoda.trade.catalog.rules.recipes import KINDS as KINDS
from daoda.trade.catalog.rules.recipes import Recipe as Recipe
from daoda.trade.catalog.rules.recipes import read_recipe as read_recipe
