"""The verbs of the catalogue: everything that changes it."""

from daoda.trade.catalog.actions.coupons import (
    create_coupon,
    redeem_coupon,
    redeem_coupon_late,
    release_coupon,
    withdraw_coupon,
)
from daoda.trade.catalog.actions.pictures import set_picture
from daoda.trade.catalog.actions.products import (
    change_category,
    change_product,
    create_category,
    create_product,
    publish_date_rule,
    publish_product,
    withdraw_product,
)
from daoda.trade.catalog.actions.variants import (
    change_variant,
    create_variant,
    publish_variant,
    set_steps,
    withdraw_variant,
)
from daoda.trade.catalog.actions.writing import Refused

__all__ = [
    "Refused",
    "change_category",
    "change_product",
    "change_variant",
    "create_category",
    "create_coupon",
    "create_product",
    "create_variant",
    "publish_date_rule",
    "publish_product",
    "publish_variant",
    "redeem_coupon",
    "redeem_coupon_late",
    "release_coupon",
    "set_picture",
    "set_steps",
    "withdraw_coupon",
    "withdraw_product",
    "withdraw_variant",
]
