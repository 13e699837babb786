from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "daoda.delivery.risk"
    label = "risk"
