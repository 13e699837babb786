from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from daoda.records.accounts import actions as accounts
from daoda.records.accounts.backends import StaffOfShop, lockout_name
from daoda.records.accounts.models import Staff
from daoda.records.accounts.roles import Role
from daoda.records.accounts.tests.world import NOON, facts_about, join
from daoda.records.journal.models import Fact
from daoda.records.shops.models import Shop, scope


def sign_in(shop: Shop, login: str, password: str, now: datetime = NOON) -> Staff | None:
    request = RequestFactory().post("/staff/login")
    request.shop = shop  # type: ignore[attr-defined]  # as ShopOfHost does
    return StaffOfShop().authenticate(request, username=login, password=password, now=now)


def test_an_invitation_opens_the_door_once_and_for_a_week(lamp: Shop) -> None:
    invited = accounts.invite(
        shop_id=lamp.pk, login=" WEI ", name="Wei", role=Role.AGENT, actor="staff:x", now=NOON
    )
    assert sign_in(lamp, "wei", invited.one_time_password) == invited.staff
    assert invited.staff.must_change_password
    late = NOON + timedelta(days=7)
    assert sign_in(lamp, "wei", invited.one_time_password, now=late) is None
    assert facts_about(invited.staff.pk) == {"staff.invited"}


def test_the_one_time_password_does_not_show_in_a_repr(lamp: Shop) -> None:
    invited = accounts.invite(
        shop_id=lamp.pk, login="wei", name="Wei", role=Role.AGENT, actor="staff:x", now=NOON
    )
    assert invited.one_time_password not in repr(invited)


def test_a_login_name_is_one_persons_within_a_shop_only(lamp: Shop, pine: Shop) -> None:
    here = join(lamp, "wei", Role.AGENT)
    there = join(pine, "wei", Role.AGENT)
    assert here.pk != there.pk
    with pytest.raises(accounts.LoginTaken):
        join(lamp, "Wei", Role.EXPERT)


def test_work_numbers_are_given_in_turn(lamp: Shop, pine: Shop) -> None:
    assert [join(lamp, name, Role.AGENT).work_number for name in ("a", "b")] == [1001, 1002]
    assert join(pine, "a", Role.AGENT).work_number == 1001


def test_a_password_is_good_at_ones_own_shop_only(wei: Staff, lamp: Shop, pine: Shop) -> None:
    assert sign_in(lamp, "WEI", "correct horse") == wei
    assert sign_in(pine, "wei", "correct horse") is None
    assert sign_in(lamp, "wei", "wrong horse") is None
    assert sign_in(lamp, "nobody", "correct horse") is None


def test_no_shop_no_sign_in(wei: Staff) -> None:
    request = RequestFactory().post("/staff/login")
    assert StaffOfShop().authenticate(request, username="wei", password="correct horse") is None


def test_a_new_password_ends_every_session(wei: Staff) -> None:
    before = wei.get_session_auth_hash()
    accounts.set_password(staff=wei, password="another horse", now=NOON)
    wei.refresh_from_db()
    assert wei.get_session_auth_hash() != before
    assert wei.check_password("another horse")
    assert "staff.password_set" in facts_about(wei.pk)


def test_a_forgotten_password_is_replaced_by_a_one_time_password(wei: Staff, lamp: Shop) -> None:
    one_time = accounts.reset_password(staff=wei, actor="staff:boss", now=NOON)
    assert sign_in(lamp, "wei", "correct horse") is None
    assert sign_in(lamp, "wei", one_time) == wei
    wei.refresh_from_db()
    assert wei.must_change_password
    assert "staff.password_reset" in facts_about(wei.pk)


def test_a_role_changes_at_once_and_is_a_fact(wei: Staff, lamp: Shop) -> None:
    li = join(lamp, "li", Role.AGENT)
    assert accounts.change_role(staff=li, role=Role.FINANCE, actor=wei.actor, now=NOON)
    assert not accounts.change_role(staff=li, role=Role.FINANCE, actor=wei.actor, now=NOON)
    fact = Fact.everywhere.get(subject_id=li.pk, kind="staff.role_changed")
    assert fact.data == {"before": "agent", "role": "finance"}
    assert fact.actor == wei.actor


def test_the_last_operator_stays(wei: Staff, lamp: Shop, pine: Shop) -> None:
    join(pine, "other", Role.OPERATOR)
    with pytest.raises(accounts.LastOperator):
        accounts.change_role(staff=wei, role=Role.AGENT, actor=wei.actor, now=NOON)
    with pytest.raises(accounts.LastOperator):
        accounts.switch_off(staff=wei, actor=wei.actor, now=NOON)
    join(lamp, "li", Role.OPERATOR)
    assert accounts.switch_off(staff=wei, actor=wei.actor, now=NOON)


def test_someone_switched_off_has_no_session_and_no_door(wei: Staff, lamp: Shop) -> None:
    join(lamp, "li", Role.OPERATOR)
    before = wei.get_session_auth_hash()
    assert accounts.switch_off(staff=wei, actor="staff:li", now=NOON)
    assert not accounts.switch_off(staff=wei, actor="staff:li", now=NOON)
    assert sign_in(lamp, "wei", "correct horse") is None
    assert StaffOfShop().get_user(wei.pk) is None
    assert accounts.switch_on(staff=wei, actor="staff:li", now=NOON)
    back = StaffOfShop().get_user(wei.pk)
    assert back is not None
    assert back.get_session_auth_hash() != before
    assert {"staff.switched_off", "staff.switched_on"} <= facts_about(wei.pk)


def test_signing_in_and_out_are_facts(wei: Staff) -> None:
    accounts.record_sign_in(staff=wei, second_factor="totp", now=NOON)
    accounts.record_sign_out(staff=wei, now=NOON)
    wei.refresh_from_db()
    assert wei.last_signed_in_at == NOON
    assert {"staff.signed_in", "staff.signed_out"} <= facts_about(wei.pk)


def test_what_was_typed_as_a_login_name_is_kept_nowhere(lamp: Shop) -> None:
    typed = "my-secret-password"
    until = NOON + timedelta(minutes=15)
    accounts.record_lockout(shop_id=lamp.pk, login=typed, step="password", until=until, now=NOON)
    fact = Fact.everywhere.get(kind="staff.locked_out")
    assert (fact.subject, fact.subject_id) == ("shop", lamp.pk)
    assert typed not in str(fact.data)
    request = RequestFactory().post("/staff/login")
    request.shop = lamp  # type: ignore[attr-defined]  # as ShopOfHost does
    counted_as = lockout_name(request, {"username": typed})
    assert typed not in counted_as
    assert counted_as == lockout_name(request, {"username": typed.upper()})


def test_the_database_refuses_a_role_that_is_not_there(wei: Staff) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.everywhere.filter(pk=wei.pk).update(role="superuser")


def test_the_database_refuses_a_one_time_password_that_need_not_be_changed(wei: Staff) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.everywhere.filter(pk=wei.pk).update(one_time_until=NOON)


def test_staff_are_seen_in_their_shop_only(wei: Staff, lamp: Shop, pine: Shop) -> None:
    with scope(pine.pk):
        assert not Staff.objects.exists()
    with scope(lamp.pk):
        assert list(Staff.objects.all()) == [wei]
