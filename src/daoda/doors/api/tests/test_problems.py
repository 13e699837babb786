from __future__ import annotations

import re
from typing import Any

import pytest

from daoda.doors.api.tests.world import Program, wanted
from daoda.doors.api.urls import api
from daoda.records.shops.models import Shop
from daoda.trade.catalog import queries as catalog
from daoda.trade.catalog.models import Variant

MEMBERS = {"type", "title", "status", "detail", "instance", "code"}


OPERATIONS = [
    operation
    for methods in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].values()
    for operation in methods.values()
]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one["operationId"])
def test_every_operation_is_described(operation: dict[str, Any]) -> None:
    assert operation["operationId"] == operation["operationId"].lower()
    assert operation["summary"]
    assert operation["description"]
    failures = {status for status in operation["responses"] if int(status) >= 400}
    assert failures
    for status in failures:
        assert set(operation["responses"][status]["content"]) == {"application/problem+json"}
    for content in operation.get("requestBody", {"content": {}})["content"].values():
        assert "example" in content or "$ref" in content["schema"]


def is_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body) >= MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"/api/v1/problems/{code}"


@pytest.mark.parametrize("path", ["/", "/nothing", "/orders/", "/orders/x/y/z", "/%00", "/docs/x"])
def test_where_nothing_is(till: Program, path: str) -> None:
    is_problem(till.get(path), 404, "not_found")


def test_a_method_an_address_does_not_know(till: Program) -> None:
    answer = till.delete("/api/v1/orders")
    is_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 10_000, b'"\\ud800"', b"nan"])
def test_what_is_not_json(till: Program, card: Variant, body: bytes) -> None:
    answer = till._client.post(
        "/api/v1/orders",
        body,
        content_type="application/json",
        headers={"Idempotency-Key": "order-0001"},
    )
    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_what_is_too_large(till: Program, card: Variant) -> None:
    body = wanted(card, contact="x" * 70_000)
    is_problem(till.post("/orders", body, once="order-0001"), 413, "too_large")


def test_a_failure_of_ours_is_a_problem_and_tells_nothing(
    till: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("a secret inside")

    monkeypatch.setattr(catalog, "shelf", fail)
    answer = till.get("/products")
    is_problem(answer, 500, "internal")
    assert b"secret" not in answer.content


def test_what_was_sent_does_not_come_back(till: Program, card: Variant) -> None:
    answer = till.post("/orders", wanted(card, password="\0hunter2"), once="order-0001")
    assert answer.status_code == 422
    assert b"hunter2" not in answer.content


def test_problems_speak_the_readers_language(lamp: Shop) -> None:
    answer = Program(lamp, None).get("/nothing")
    assert answer.json()["title"] == "There is nothing here."


def test_the_docs_page_has_its_assets_from_here(lamp: Shop) -> None:
    page = Program(lamp, None).get("/docs").content.decode()
    assert re.search(r'"/static/ninja/swagger-ui-bundle\.[0-9a-f]{12}\.js"', page)
    assert "//cdn" not in page
    assert "<script>" not in page
