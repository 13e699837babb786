from django.apps import AppConfig


class PersonsConfig(AppConfig):
    name = "daoda.records.persons"
    label = "persons"
