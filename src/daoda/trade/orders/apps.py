from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "daoda.trade.orders"
    label = "orders"
