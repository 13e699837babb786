"""Every role × permission, decided here a second time and by hand: changing the table means
changing this one too, and somebody reads both."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from daoda.records.accounts import queries
from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import ROLE_MAY, Permission, Role

LETTERS = {
    "o": Role.OPERATOR,
    "a": Role.AGENT,
    "e": Role.EXPERT,
    "f": Role.FINANCE,
    "t": Role.TECHNICAL,
    "s": Role.SUPPLIER_RELATIONS,
    "r": Role.REVIEWER,
    "u": Role.AUDITOR,
}
DECIDED = {
    Permission.TODAY_SEE: "oaeftsru",
    Permission.ORDERS_READ: "oaeftsru",
    Permission.ORDERS_CANCEL: "oae",
    Permission.ORDERS_HOLD: "oaer",
    Permission.ORDERS_RELEASE: "or",
    Permission.ORDERS_DELIVER: "oes",
    Permission.CONTACTS_READ: "oaer",
    Permission.PERSONS_ERASE: "o",
    Permission.CODES_REVEAL: "oe",
    Permission.STOCK_READ: "oaetsru",
    Permission.STOCK_IMPORT: "os",
    Permission.STOCK_REMOVE: "os",
    Permission.CATALOG_READ: "oaeftsru",
    Permission.CATALOG_EDIT: "o",
    Permission.CHANNELS_READ: "oftu",
    Permission.CHANNELS_EDIT: "ot",
    Permission.NOTICES_READ: "oeftru",
    Permission.NOTICES_MATCH: "oft",
    Permission.NOTICES_VOUCH: "of",
    Permission.MONEY_READ: "ofu",
    Permission.REFUNDS_OWE: "oer",
    Permission.REFUNDS_PAY: "of",
    Permission.PROMISES_READ: "oaeftsru",
    Permission.PROMISE_RULES_EDIT: "o",
    Permission.JOURNAL_READ: "oaeftru",
    Permission.COMPENSATION_READ: "oefru",
    Permission.COMPENSATION_EDIT: "o",
    Permission.COMPENSATION_APPROVE: "oer",
    Permission.RISK_READ: "oru",
    Permission.RISK_EDIT: "o",
    Permission.SUPPLIERS_READ: "oftsu",
    Permission.SUPPLIERS_EDIT: "os",
    Permission.STAFF_READ: "ou",
    Permission.STAFF_MANAGE: "o",
    Permission.API_KEYS_MANAGE: "ot",
    Permission.SHOP_EDIT: "o",
    Permission.RECORDS_READ: "otu",
    Permission.REHEARSALS_RUN: "ot",
}
READS = {Permission.TODAY_SEE} | {p for p in Permission if p.value.endswith(".read")}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_was_decided_and_no_more(role: Role, permission: Permission) -> None:
    decided = role in {LETTERS[letter] for letter in DECIDED[permission]}
    assert queries.may(Staff(role=role.value), permission) is decided


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("nobody", [None, AnonymousUser(), "operator"])
def test_nobody_may_nothing(nobody: object, permission: Permission) -> None:
    assert not queries.may(nobody, permission)


@pytest.mark.parametrize("permission", Permission)
def test_someone_switched_off_may_nothing(permission: Permission) -> None:
    assert not queries.may(Staff(role=Role.OPERATOR.value, is_active=False), permission)


def test_the_auditor_changes_nothing() -> None:
    assert ROLE_MAY[Role.AUDITOR] <= READS


def test_who_grants_refunds_does_not_pay_them_out() -> None:
    for role in set(Role) - {Role.OPERATOR}:
        assert not {Permission.REFUNDS_OWE, Permission.REFUNDS_PAY} <= ROLE_MAY[role]


def test_the_admin_is_for_looking_and_for_three_roles() -> None:
    for role in Role:
        staff = Staff(role=role.value)
        looks = Permission.RECORDS_READ in ROLE_MAY[role]
        assert staff.has_perm("stock.view_code") is looks
        assert not staff.has_perm("stock.change_code")
        assert not staff.has_perm("stock.delete_code")
