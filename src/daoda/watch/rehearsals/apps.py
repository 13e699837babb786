from django.apps import AppConfig


class RehearsalsConfig(AppConfig):
    name = "daoda.watch.rehearsals"
    label = "rehearsals"
