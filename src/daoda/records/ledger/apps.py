from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "daoda.records.ledger"
    label = "ledger"
