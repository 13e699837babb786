from django.apps import AppConfig


class CompensationConfig(AppConfig):
    name = "daoda.care.compensation"
    label = "compensation"
