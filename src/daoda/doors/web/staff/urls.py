"""The addresses of the staff entrance, under ``/staff/``."""

from __future__ import annotations

from django.urls import path

from daoda.doors.web.staff.views import account, entrance, keys, people

app_name = "staff"
urlpatterns = [
    path("login", entrance.login, name="login"),
    path("second-factor", entrance.second_factor, name="second_factor"),
    path("enrolment", entrance.enrolment, name="enrolment"),
    path("new-password", entrance.new_password, name="new_password"),
    path("sign-out", entrance.sign_out, name="sign_out"),
    path("me", account.me, name="me"),
    path("me/password", account.password, name="password"),
    path("me/recovery-codes", account.recovery_codes, name="recovery_codes"),
    path("people", people.people, name="people"),
    path("people/invitation", people.invitation, name="invitation"),
    path("people/<uuid:staff_id>", people.person, name="person"),
    path("people/<uuid:staff_id>/role", people.role, name="role"),
    path("people/<uuid:staff_id>/password", people.password, name="person_password"),
    path("people/<uuid:staff_id>/second-factor", people.second_factor, name="person_factor"),
    path("people/<uuid:staff_id>/switch", people.switch, name="switch"),
    path("keys", keys.keys, name="keys"),
    path("keys/new", keys.new_key, name="new_key"),
    path("keys/<uuid:key_id>/revocation", keys.revocation, name="revocation"),
]
