from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "daoda.trade.stock"
    label = "stock"
