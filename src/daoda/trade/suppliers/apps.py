from django.apps import AppConfig


class SuppliersConfig(AppConfig):
    name = "daoda.trade.suppliers"
    label = "suppliers"
