from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    name = "daoda.delivery.fulfilment"
    label = "fulfilment"
