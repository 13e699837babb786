from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "daoda.records.journal"
    label = "journal"
