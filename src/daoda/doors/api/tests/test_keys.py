from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from daoda.doors.api import keys
from daoda.doors.api.tests.world import BOSS, Program, token
from daoda.doors.api.urls import api
from daoda.kit import clock
from daoda.records.accounts import actions as accounts
from daoda.records.accounts.models import ApiKey
from daoda.records.accounts.roles import Scope
from daoda.records.shops.models import Shop

OPERATIONS = [
    (method.upper(), path.removeprefix("/api/v1"), operation)
    for path, methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    for method, operation in methods.items()
]
KEYED = [(method, path) for method, path, operation in OPERATIONS if operation.get("security")]
NOBODY = "0" * 32


def ask(program: Program, method: str, path: str) -> Any:
    filled = path.format(
        order_id=NOBODY,
        import_id=NOBODY,
        supplier_id=NOBODY,
        variant_id=NOBODY,
        refund_id=NOBODY,
        rehearsal_id=NOBODY,
        slug="none",
        code="none",
    )
    if method == "GET":
        return program.get(filled)
    send = program.put if method == "PUT" else program.post
    return send(filled, {}, once="once-0001")


def test_only_the_explanations_need_no_key() -> None:
    assert {path for _, path, _ in OPERATIONS} - {path for _, path in KEYED} == {"/problems/{code}"}


@pytest.mark.parametrize(("method", "path"), KEYED)
@pytest.mark.parametrize("shown", [None, "", "daoda_00000000_x", "x" * 5000])
def test_nothing_opens_without_a_key(lamp: Shop, method: str, path: str, shown: str | None) -> None:
    answer = ask(Program(lamp, shown), method, path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize(("method", "path"), KEYED)
def test_every_operation_wants_its_one_scope(lamp: Shop, method: str, path: str) -> None:
    opened_by = [
        scope
        for scope in Scope
        if ask(Program(lamp, token(lamp, scope)), method, path).status_code != 403
    ]
    assert len(opened_by) == 1
    everything_else = [scope for scope in Scope if scope not in opened_by]
    refused = ask(Program(lamp, token(lamp, *everything_else)), method, path)
    assert refused.status_code == 403
    assert refused.json()["code"] == "missing_scope"
    assert refused.json()["detail"] == opened_by[0].value


def test_a_key_is_good_at_its_own_shop_only(lamp: Shop, pine: Shop) -> None:
    key = token(lamp)
    assert Program(lamp, key).get("/products").status_code == 200
    assert Program(pine, key).get("/products").status_code == 401


def test_revoked_and_expired_keys_open_nothing(lamp: Shop) -> None:
    key = token(lamp)
    row = ApiKey.everywhere.get()
    ApiKey.everywhere.update(expires_at=clock.now() - timedelta(seconds=1))
    assert Program(lamp, key).get("/products").status_code == 401
    ApiKey.everywhere.update(expires_at=clock.now() + timedelta(days=1))
    assert Program(lamp, key).get("/products").status_code == 200
    accounts.revoke(key=row, actor=BOSS, now=clock.now())
    assert Program(lamp, key).get("/products").status_code == 401


def test_the_day_of_the_last_use_is_known(lamp: Shop, till: Program) -> None:
    till.get("/products")
    assert ApiKey.everywhere.get().last_used_on == clock.now().date()


def test_a_key_may_ask_so_often_and_is_told(
    lamp: Shop, till: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "REQUESTS", 3)
    told = [till.get("/products").headers["RateLimit-Remaining"] for _ in range(3)]
    assert told == ["2", "1", "0"]
    refused = till.get("/products")
    assert refused.status_code == 429
    assert refused.json()["code"] == "too_many_requests"
    assert 0 < int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["RateLimit-Limit"] == "3"
    other = Program(lamp, token(lamp))
    assert other.get("/products").status_code == 200


def test_who_tries_keys_is_stopped_and_a_good_key_is_not(
    lamp: Shop, till: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BAD_KEYS", 2)
    thief = Program(lamp, "daoda_00000000_guess")
    assert [thief.get("/products").status_code for _ in range(3)] == [401, 401, 429]
    assert till.get("/products").status_code == 200
