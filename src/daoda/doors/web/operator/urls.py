"""The addresses of the desk, under ``/desk/``. Acts are nouns one creates."""

from __future__ import annotations

from django.urls import path

from daoda.doors.web.operator.views import (
    channels,
    dates,
    money,
    order_acts,
    orders,
    products,
    risk,
    shelves,
    shop,
    stock,
    today,
    variants,
)

app_name = "desk"
urlpatterns = [
    path("", today.page, name="today"),
    path("orders", orders.page, name="orders"),
    path("orders/<uuid:order_id>", orders.order, name="order"),
    path("orders/<uuid:order_id>/hold", order_acts.hold, name="hold"),
    path("orders/<uuid:order_id>/release", order_acts.release, name="release"),
    path("orders/<uuid:order_id>/cancellation", order_acts.cancellation, name="cancellation"),
    path("orders/<uuid:order_id>/delivery", order_acts.delivery, name="delivery"),
    path("orders/<uuid:order_id>/refund", order_acts.refund, name="order_refund"),
    path("orders/<uuid:order_id>/answers", order_acts.answers, name="answers"),
    path("orders/<uuid:order_id>/codes/<int:position>/reveal", order_acts.reveal, name="reveal"),
    path("money", money.page, name="money"),
    path("refunds/<uuid:refund_id>", money.refund, name="refund"),
    path("refunds/<uuid:refund_id>/confirmation", money.confirmation, name="refund_confirmation"),
    path("notices", money.notices, name="notices"),
    path("notices/<uuid:notice_id>", money.notice, name="notice"),
    path("notices/<uuid:notice_id>/finding", money.finding, name="finding"),
    path("notices/<uuid:notice_id>/voucher", money.voucher, name="voucher"),
    path("stock", stock.page, name="stock"),
    path("stock/<uuid:variant_id>", stock.of_variant, name="stock_of"),
    path("stock/<uuid:variant_id>/threshold", stock.threshold, name="threshold"),
    path("quarantines/<uuid:quarantine_id>/verdict", stock.verdict, name="verdict"),
    path("imports", stock.imports, name="imports"),
    path("imports/new", stock.new_import, name="new_import"),
    path("imports/<uuid:import_id>", stock.one_import, name="import"),
    path("imports/<uuid:import_id>/confirmation", stock.confirmation, name="confirmation"),
    path("imports/<uuid:import_id>/abandonment", stock.abandonment, name="abandonment"),
    path("products", products.page, name="products"),
    path("products/new", products.new_product, name="new_product"),
    path("products/<uuid:product_id>", products.product, name="product"),
    path("products/<uuid:product_id>/details", products.details, name="details"),
    path("products/<uuid:product_id>/fields", products.fields, name="fields"),
    path("products/<uuid:product_id>/picture", products.picture, name="picture"),
    path("products/<uuid:product_id>/publication", products.publication, name="publication"),
    path("products/<uuid:product_id>/withdrawal", products.withdrawal, name="withdrawal"),
    path("products/<uuid:product_id>/variants/new", variants.new_variant, name="new_variant"),
    path("products/<uuid:product_id>/dates/<slug:node>", dates.dates, name="dates"),
    path("products/<uuid:product_id>/dates/<slug:node>/preview", dates.preview, name="preview"),
    path("variants/<uuid:variant_id>", variants.variant, name="variant"),
    path(
        "variants/<uuid:variant_id>/publication", variants.publication, name="variant_publication"
    ),
    path("variants/<uuid:variant_id>/withdrawal", variants.withdrawal, name="variant_withdrawal"),
    path("categories", shelves.categories, name="categories"),
    path("categories/new", shelves.new_category, name="new_category"),
    path("categories/<uuid:category_id>", shelves.category, name="category"),
    path("coupons", shelves.coupons, name="coupons"),
    path("coupons/new", shelves.new_coupon, name="new_coupon"),
    path(
        "coupons/<uuid:coupon_id>/withdrawal", shelves.coupon_withdrawal, name="coupon_withdrawal"
    ),
    path("channels", channels.page, name="channels"),
    path("channels/new/<slug:adapter>", channels.new_channel, name="new_channel"),
    path("channels/<uuid:channel_id>", channels.channel, name="channel"),
    path("channels/<uuid:channel_id>/offer", channels.offer, name="offer"),
    path("channels/<uuid:channel_id>/pause", channels.pause, name="pause"),
    path("risk", risk.page, name="risk"),
    path("risk/rules/new", risk.new_rule, name="new_risk_rule"),
    path("risk/rules/<uuid:rule_id>/ending", risk.ending, name="risk_ending"),
    path("shop", shop.shop, name="shop"),
    path("shop/logo", shop.logo, name="logo"),
]
