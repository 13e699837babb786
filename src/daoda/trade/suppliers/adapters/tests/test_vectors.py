"""The vectors: every signature, cipher and state of every supplier we speak to."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from daoda.kit.http import Answer, NoAnswer
from daoda.trade.suppliers.adapters import dujiao_next, kasushou
from daoda.trade.suppliers.adapters.base import Notice, Reading, SupplierAdapter
from daoda.trade.suppliers.adapters.recipes import ciphers
from daoda.trade.suppliers.adapters.recipes.document import Sign
from daoda.trade.suppliers.adapters.recipes.speaking import Speaker
from daoda.trade.suppliers.adapters.tests import world
from daoda.trade.suppliers.adapters.tests.world import NOW

Vectors = Callable[[str], Any]
# The name of the secret in the settings of each recipe.
SECRET = {
    "kayixin": "secret", "kakayun": "key", "xingquanyi": "key", "fulu": "secret",
    "julangyun": "token", "xinghai": "app_secret", "lsxd": "key", "youkayun": "key",
}  # fmt: skip


def speaker(case: dict[str, Any]) -> Speaker:
    name = case["supplier"]
    more = {SECRET[name]: case["key"]}
    if name == "kayixin" and "headers" in case:
        more["app_id"] = case["headers"]["X-APP-ID"]
    made = world.an_adapter(name, **more)
    assert isinstance(made, Speaker)
    return made


def signed_by(made: Speaker, sign: Sign, case: dict[str, Any]) -> tuple[str, str]:
    headers = case.get("headers", {})
    params = dict(case.get("params", {}))
    given = {f"setting.{name}": value for name, value in made.config.items()}
    given |= {"body": case.get("body", ""), "now_s": headers.get("X-Timestamp", "")}
    # Numbers of a JSON body keep their digits; a form holds texts alone.
    body = json.loads(json.dumps(params), parse_int=_digits)
    body |= case.get("unsigned_params", {})
    text = ciphers.source(sign, given=given, body=body, headers=headers)
    return text, ciphers.digest(sign, text, given)


def _digits(text: str) -> str:
    from daoda.trade.suppliers.adapters.wire import Digits

    return Digits(text)


def test_every_signature_of_a_recipe(vectors: Vectors) -> None:
    seen = set()
    for case in vectors("supplier_signatures")["cases"]:
        if case["kind"] != "sign" or case["supplier"] not in SECRET:
            continue
        made = speaker(case)
        plan = made.recipe.notice
        sign = made.recipe.sign
        if case["direction"] == "notify" and plan and plan.sign:
            sign = plan.sign
        text, digest = signed_by(made, sign, case)
        assert text == case["string_to_sign"], case["id"]
        assert digest == case["expected_sign"], case["id"]
        seen.add(case["supplier"])
    assert seen == set(SECRET)


def test_every_cipher(vectors: Vectors) -> None:
    seen = set()
    for case in vectors("supplier_signatures")["cases"]:
        if case["kind"] != "cipher":
            continue
        made = speaker(case)
        given = {f"setting.{name}": value for name, value in made.config.items()}
        assert made.recipe.cards is not None
        assert made.recipe.cards.cipher is not None
        found = ciphers.decrypt(made.recipe.cards.cipher, case["ciphertext"], given)
        assert found == case["expected_plaintext"], case["id"]
        seen.add(case["supplier"])
    assert seen == {"kayixin", "xinghai", "julangyun"}


def test_signatures_in_code(vectors: Vectors) -> None:
    seen = set()
    for case in vectors("supplier_signatures")["cases"]:
        if case["supplier"] == "dujiao-next":
            found = dujiao_next.sign(
                case["key"], method=case["method"], path=case["path"],
                second=str(case["timestamp"]), body=case["body"].encode(),
            )  # fmt: skip
        elif case["supplier"] == "kasushou" and case["direction"] == "request":
            found = kasushou.sign(case["headers"]["Timestamp"], case["body"], case["key"])
        elif case["supplier"] == "kasushou":
            found = kasushou.sign_notice({**case["params"], **case["unsigned_params"]}, case["key"])
        else:
            continue
        assert found == case["expected_sign"], case["id"]
        seen.add(case["id"])
    assert len(seen) == 7


def test_no_supplier_of_the_vectors_is_forgotten(vectors: Vectors) -> None:
    for file in ("supplier_signatures", "supplier_states"):
        named = {case["supplier"] for case in vectors(file)["cases"]}
        assert named - world.NOT_SPOKEN <= set(world.NAMES)


def test_cards_of_a_forged_notice_are_left_out(vectors: Vectors) -> None:
    """Outside the signature somebody else may have written them: they are fetched by query."""
    for case in vectors("supplier_signatures")["cases"]:
        if case["direction"] != "notify" or "unsigned_params" not in case:
            continue
        if case["supplier"] not in {"kasushou", "xingquanyi"}:
            continue
        fields = {**case["params"], **case["unsigned_params"], "sign": case["expected_sign"]}
        form = {n: v if isinstance(v, str) else json.dumps(v) for n, v in fields.items()}
        made = world.an_adapter(case["supplier"], key=case["key"])
        notice = Notice("POST", {}, "", urlencode(form).encode())
        told = made.read_notice(notice=notice, now=NOW)
        assert told.verdict == "genuine", case["id"]
        assert told.number == "V20261122-0001"
        assert told.reading is not None
        assert told.reading.status == "succeeded"
        assert told.reading.cards == ()
        assert told.reading.cards_missing
        forged = notice.body.replace(b"V20261122", b"V20261123")
        told = made.read_notice(notice=replace(notice, body=forged), now=NOW)
        assert told.verdict == "forged"


def meaning(made: SupplierAdapter, case: dict[str, Any]) -> str:
    """What a case comes to, with what the caller adds: how old the purchase is."""
    purchase = world.purchase(
        "V1",
        kind=case.get("goods_kind", "topup"),
        sent_before=case.get("own_number_used_before", False),
        quantity=1,
    )
    answer: Answer | NoAnswer
    if "transport" in case:
        answer = NoAnswer(case["transport"])
    else:
        body = case["body_text"] if "body_text" in case else json.dumps(case["body"])
        answer = Answer(case.get("http_status", 200), {}, body.encode())
    read: Callable[..., Reading] = {"create": made.read_create, "query": made.read_query}[
        case["context"]
    ]
    reading = read(purchase=purchase, answer=answer, now=datetime(2026, 11, 22, tzinfo=UTC))
    if reading.status == "absent":
        after_s = made.capability.absent_is_failed_after_s
        failed = after_s is not None and case.get("age_seconds", 0) >= after_s
        return "failed" if failed else "unknown"
    return reading.status


def test_every_state(vectors: Vectors) -> None:
    seen = set()
    for case in vectors("supplier_states")["cases"]:
        if case["supplier"] in world.NOT_SPOKEN:
            continue
        found = meaning(world.everybody()[case["supplier"]], case)
        assert found in {case["maps_to"], *case["also_ok"]}, (case["id"], found)
        assert found not in case["must_not"], case["id"]
        seen.add(case["supplier"])
    assert seen == set(world.NAMES)


def test_every_listed_state_has_a_meaning_or_wants_somebody(vectors: Vectors) -> None:
    """States a document lists are read; a state it does not list is never final."""
    facts = {one["supplier"]: one for one in vectors("supplier_states")["suppliers"]}
    for name, made in world.everybody().items():
        if not isinstance(made, Speaker):
            continue
        listed = {state["code"] for state in facts[name]["states"]}
        used = {
            value
            for rule in made.recipe.query_rules
            for path, values in rule.when.items()
            if path.rpartition(".")[2] in {"status", "state", "orderStatus", "order_state"}
            for value in values
        }
        assert used <= listed, name
        assert not listed - used - {"501", "50"}, name


def test_the_callback_answers(vectors: Vectors) -> None:
    for fact in vectors("supplier_states")["suppliers"]:
        wanted = fact["callback"]["answer"]
        if fact["supplier"] in world.NOT_SPOKEN or wanted is None:
            continue
        reply = world.everybody()[fact["supplier"]].answer(accepted=True)
        body = reply.body.decode()
        if body.startswith("{"):
            assert (
                json.loads(body).items()
                >= {
                    name: value
                    for name, value in json.loads(wanted).items()
                    if name in {"code", "ok"}
                }.items()
            )
        else:
            assert body == wanted
