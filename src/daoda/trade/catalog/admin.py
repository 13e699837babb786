from django.contrib import admin

from daoda.records.shops.admin import ShownOnly
from daoda.trade.catalog.models import Category, Coupon, PriceStep, Product, Variant


@admin.register(Category)
class CategoryAdmin(ShownOnly):
    list_display = ["title", "slug", "rank"]


@admin.register(Product)
class ProductAdmin(ShownOnly):
    list_display = ["title", "slug", "kind", "category", "published", "rank"]
    list_filter = ["kind", "published"]
    search_fields = ["title", "slug"]
    list_select_related = ["category"]


@admin.register(Variant)
class VariantAdmin(ShownOnly):
    list_display = ["title", "product", "price_fen", "published", "rank"]
    list_filter = ["published"]
    search_fields = ["title", "product__title"]
    list_select_related = ["product"]


@admin.register(PriceStep)
class PriceStepAdmin(ShownOnly):
    list_display = ["variant", "min_quantity", "unit_price_fen"]
    list_select_related = ["variant"]


@admin.register(Coupon)
class CouponAdmin(ShownOnly):
    list_display = ["code", "kind", "value", "used", "uses_max", "withdrawn", "ends_at"]
    list_filter = ["kind", "withdrawn"]
    search_fields = ["code"]
