from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "daoda.doors.api"
    label = "api"
