from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "daoda.records.promises"
    label = "promises"
