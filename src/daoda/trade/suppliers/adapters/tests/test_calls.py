"""Every request of every supplier: made, signed, whole, and refused where it must be."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from daoda.kit.configs import ConfigProblem
from daoda.kit.http import Call
from daoda.trade.suppliers.adapters import registry
from daoda.trade.suppliers.adapters.base import CannotBuy
from daoda.trade.suppliers.adapters.recipes import reading
from daoda.trade.suppliers.adapters.tests import world
from daoda.trade.suppliers.adapters.tests.world import NOW, NUMBER

ONLY = {"lsxd": {"topup"}}


def sent(call: Call) -> dict[str, Any]:
    kind = call.headers.get("content-type", "")
    if "json" in kind:
        found: dict[str, Any] = json.loads(call.body or b"{}")
        return found
    if "multipart" in kind:
        return {"raw": call.body.decode()}
    return {name: values[0] for name, values in parse_qs(call.body.decode()).items()}


@pytest.mark.parametrize("name", world.NAMES)
@pytest.mark.parametrize("kind", ["card", "topup"])
def test_a_purchase_bears_our_number_and_never_our_secret(name: str, kind: str) -> None:
    made = world.everybody()[name]
    fields = {"account": "13800000000"} if kind == "topup" else {}
    bought = world.purchase(kind=kind, fields=fields)
    if kind not in ONLY.get(name, {kind}):
        with pytest.raises(CannotBuy):
            made.create(purchase=bought, now=NOW)
        return
    call = made.create(purchase=bought, now=NOW)
    assert call.url.startswith("https://b.example")
    assert NUMBER in str(sent(call))
    assert ("13800000000" in str(sent(call))) == (kind == "topup")
    for shown in (call.url, str(call.headers), call.body.decode()):
        assert world.SECRET not in shown
    assert world.SECRET not in repr(made)
    assert "13800000000" not in made.mask(raw=call.body)


@pytest.mark.parametrize("name", world.NAMES)
def test_questions_are_asked_and_bear_a_number(name: str) -> None:
    made = world.everybody()[name]
    query = made.query(purchase=world.purchase(), now=NOW)
    by_ours = made.capability.query_by == "ours"
    assert (NUMBER if by_ours else "/orders/101") in query.url + str(sent(query))
    assert made.balance(now=NOW).method in {"GET", "POST"}


@pytest.mark.parametrize("name", world.NAMES)
@pytest.mark.parametrize(
    "wrong",
    [{"number": ""}, {"goods": ""}, {"quantity": 0}, {"cost_max_fen": 0}, {"currency": "USD"}],
)
def test_what_must_be_refused_is_never_sent(name: str, wrong: dict[str, Any]) -> None:
    """kasushou's guard against repeats is off for an empty number: none is ever empty."""
    with pytest.raises(CannotBuy):
        world.everybody()[name].create(purchase=world.purchase(**wrong), now=NOW)


def test_a_number_is_sent_once_where_repeats_are_not_recognised() -> None:
    again = world.purchase(sent_before=True)
    with pytest.raises(CannotBuy):
        world.everybody()["xinghai"].create(purchase=again, now=NOW)
    world.everybody()["dujiao-next"].create(purchase=again, now=NOW)


def test_a_word_recipes_do_not_know_refuses_the_whole() -> None:
    good = registry.shipped()["xinghai"]
    rule = {"when": {"code": "1"}, "status": "failed"}
    for place, word, value in (
        ((), "eval", "1"), (("sign",), "digset", "md5"), (("query",), "else", "failed"),
        (("notice", "sign"), "text", [{"characters": True}]),
        (("create",), "rules", [{"when": {}, "status": "failed"}]),
        (("create",), "rules", [{**rule, "status": "gone"}]),
        (("create",), "rules", [{**rule, "when": {"a b": "1"}}]),
        (("create", "card"), "path", "https://elsewhere.example/"),
        (("create", "card"), "path", "/{setting.app_secret_}"),
        (("create", "card", "body"), "x", "{__class__}"),
        (("sign",), "text", [{"text": "nothing of ours"}]),
    ):  # fmt: skip
        document: dict[str, Any] = json.loads(json.dumps(good))
        inside = document
        for step in place:
            inside = inside[step]
        inside[word] = value
        with pytest.raises(ConfigProblem):
            reading.read(document)
    reading.read(good)
