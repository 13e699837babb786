from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "daoda.trade.catalog"
    label = "catalog"
