from django.apps import AppConfig


class ShopsConfig(AppConfig):
    name = "daoda.records.shops"
    label = "shops"
