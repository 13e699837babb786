from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from daoda.records.accounts import actions as accounts
from daoda.records.accounts import queries
from daoda.records.accounts.models import RecoveryCode, SecondFactor, Staff
from daoda.records.accounts.tests.world import NOON, app_code, enrol, facts_about

LATER = NOON + timedelta(minutes=5)


def test_the_secret_is_the_same_until_the_app_has_shown_its_first_code(wei: Staff) -> None:
    begun = accounts.begin_enrolment(staff=wei, issuer="Lamp & Co", now=NOON)
    again = accounts.begin_enrolment(staff=wei, issuer="Lamp & Co", now=LATER)
    assert begun == again
    assert not queries.has_second_factor(wei)
    parts = urlsplit(begun.uri)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Lamp%20%26%20Co%3Awei")
    assert parse_qs(parts.query) == {
        "secret": [begun.secret],
        "issuer": ["Lamp & Co"],
        "period": ["30"],
    }


def test_the_secret_is_sealed_in_the_database_and_in_reprs(wei: Staff) -> None:
    begun = accounts.begin_enrolment(staff=wei, issuer="Lamp", now=NOON)
    assert begun.secret not in repr(begun)
    factor = SecondFactor.everywhere.get(staff=wei)
    assert begun.secret.encode() not in bytes(factor.sealed_secret)


def test_enrolling_ends_with_the_right_code_and_ten_recovery_codes(wei: Staff) -> None:
    accounts.begin_enrolment(staff=wei, issuer="Lamp", now=NOON)
    right = app_code(wei, NOON)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    assert accounts.confirm_enrolment(staff=wei, code=wrong, now=NOON) is None
    codes = accounts.confirm_enrolment(staff=wei, code=right, now=NOON)
    assert codes is not None
    assert len(set(codes)) == 10
    assert queries.has_second_factor(wei)
    assert "second_factor.enrolled" in facts_about(wei.pk)
    with pytest.raises(accounts.AlreadyEnrolled):
        accounts.begin_enrolment(staff=wei, issuer="Lamp", now=NOON)


def test_a_code_opens_the_door_once(wei: Staff) -> None:
    enrol(wei)
    code = app_code(wei, LATER)
    assert accounts.verify_code(staff=wei, code=code, now=LATER)
    assert not accounts.verify_code(staff=wei, code=code, now=LATER)


def test_a_code_older_than_one_used_opens_nothing(wei: Staff) -> None:
    enrol(wei)
    older, newer = app_code(wei, LATER, -1), app_code(wei, LATER)
    assert accounts.verify_code(staff=wei, code=newer, now=LATER)
    assert not accounts.verify_code(staff=wei, code=older, now=LATER)


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_phones_clock_may_be_one_step_off(wei: Staff, steps: int, opens: bool) -> None:
    enrol(wei)
    code = app_code(wei, LATER, steps)
    assert accounts.verify_code(staff=wei, code=code, now=LATER) is opens


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "\0"])
def test_what_is_no_code_opens_nothing(wei: Staff, typed: str) -> None:
    enrol(wei)
    assert not accounts.verify_code(staff=wei, code=typed, now=LATER)
    assert not accounts.use_recovery_code(staff=wei, code=typed, now=LATER)


def test_an_app_not_enrolled_opens_nothing(wei: Staff) -> None:
    accounts.begin_enrolment(staff=wei, issuer="Lamp", now=NOON)
    assert not accounts.verify_code(staff=wei, code=app_code(wei, NOON), now=NOON)


def test_a_recovery_code_works_once_however_it_is_typed(wei: Staff) -> None:
    code = enrol(wei)[0]
    typed = f" {code.lower().replace('-', ' ')} "
    assert accounts.use_recovery_code(staff=wei, code=typed, now=LATER)
    assert not accounts.use_recovery_code(staff=wei, code=code, now=LATER)
    assert queries.recovery_codes_left(wei) == 9
    assert "recovery_code.used" in facts_about(wei.pk)


def test_recovery_codes_are_kept_as_hashes(wei: Staff) -> None:
    code = enrol(wei)[0]
    kept = [bytes(row.fingerprint) for row in RecoveryCode.everywhere.all()]
    assert all(code.replace("-", "").encode() not in fingerprint for fingerprint in kept)


def test_new_recovery_codes_replace_the_old(wei: Staff) -> None:
    old = enrol(wei)
    new = accounts.renew_recovery_codes(staff=wei, now=LATER)
    assert not accounts.use_recovery_code(staff=wei, code=old[0], now=LATER)
    assert accounts.use_recovery_code(staff=wei, code=new[0], now=LATER)
    assert "recovery_codes.renewed" in facts_about(wei.pk)


def test_a_reset_ends_sessions_and_asks_for_a_new_app(wei: Staff) -> None:
    codes = enrol(wei)
    before = wei.get_session_auth_hash()
    assert accounts.reset_second_factor(staff=wei, actor="staff:boss", now=LATER)
    assert not accounts.reset_second_factor(staff=wei, actor="staff:boss", now=LATER)
    wei.refresh_from_db()
    assert wei.get_session_auth_hash() != before
    assert not queries.has_second_factor(wei)
    assert not accounts.use_recovery_code(staff=wei, code=codes[0], now=LATER)
    assert "second_factor.reset" in facts_about(wei.pk)
