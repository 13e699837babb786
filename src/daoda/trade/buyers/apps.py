from django.apps import AppConfig


class BuyersConfig(AppConfig):
    name = "daoda.trade.buyers"
    label = "buyers"
