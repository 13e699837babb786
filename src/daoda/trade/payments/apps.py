from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "daoda.trade.payments"
    label = "payments"
