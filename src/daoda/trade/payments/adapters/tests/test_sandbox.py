"""The simulated channel's protocol, as strict as a good vendor's."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from daoda.kit.configs import ConfigProblem
from daoda.kit.http import Answer, NoAnswer
from daoda.trade.payments.adapters import sandbox
from daoda.trade.payments.adapters.base import Notice, Reading, Trouble
from daoda.trade.payments.adapters.tests import world
from daoda.trade.payments.adapters.tests.world import NOW, NUMBER, START, a_sandbox


def test_a_notice_is_read() -> None:
    assert a_sandbox().read(notice=world.sandbox_notice(), now=NOW) == Reading(
        verdict="genuine",
        event_key="ev-1",
        detail="the channel says paid",
        out_number=NUMBER,
        trade_no="sb-1",
        amount_fen=1990,
        currency="CNY",
        status="paid",
        paid_at=NOW,
        payer="test***8000",
    )


def test_the_previous_key_still_counts_and_a_strange_one_does_not() -> None:
    old = world.sandbox_notice(key=world.OLD_SANDBOX_KEY)
    assert a_sandbox().read(notice=old, now=NOW).verdict == "genuine"
    strange = world.sandbox_notice(key="s" * 40)
    assert a_sandbox().read(notice=strange, now=NOW).verdict == "forged"


@pytest.mark.parametrize(("age_s", "verdict"), [(300, "genuine"), (-300, "genuine")])
def test_five_minutes_either_way_are_allowed(age_s: int, verdict: str) -> None:
    notice = world.sandbox_notice()
    at = NOW + timedelta(seconds=age_s)
    assert a_sandbox().read(notice=notice, now=at).verdict == verdict


@pytest.mark.parametrize("age_s", [301, -301])
def test_older_or_from_the_future_is_refused_with_its_age(age_s: int) -> None:
    at = NOW + timedelta(seconds=age_s)
    reading = a_sandbox().read(notice=world.sandbox_notice(), now=at)
    assert reading.verdict == "forged"
    assert f"{age_s} s ago" in reading.detail


@pytest.mark.parametrize("header", sandbox.HEADERS)
def test_changing_or_losing_any_signed_part_makes_it_forged(header: str) -> None:
    notice = world.sandbox_notice()
    value = notice.headers[header]
    last = "1" if value[-1] == "0" else "0"
    for headers in (
        {**notice.headers, header: value[:-1] + last},
        {**notice.headers, header: ""},
    ):
        changed = Notice("POST", headers, "", notice.body)
        assert a_sandbox().read(notice=changed, now=NOW).verdict == "forged"
    body = notice.body.replace(b"1990", b"1991")
    other = Notice("POST", notice.headers, "", body)
    assert a_sandbox().read(notice=other, now=NOW).verdict == "forged"


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "answer"},
        {"event": ""},
        {"event": "x" * 65},
        {"amount_fen": 19.9},
        {"amount_fen": "1990"},
        {"amount_fen": True},
        {"amount_fen": 0},
        {"amount_fen": 10**30},
        {"currency": "yuan"},
        {"trade_no": ""},
        {"number": 7},
        {"payer": "\x00"},
        {"payer": ["x"]},
    ],
)
def test_signed_nonsense_is_unreadable(changed: dict[str, object]) -> None:
    reading = a_sandbox().read(notice=world.sandbox_notice(changed), now=NOW)
    assert reading.verdict == "unreadable"


def test_other_currency_and_merchant_are_told_not_hidden() -> None:
    dollars = a_sandbox().read(notice=world.sandbox_notice({"currency": "USD"}), now=NOW)
    assert (dollars.verdict, dollars.currency) == ("genuine", "USD")
    other = a_sandbox().read(notice=world.sandbox_notice({"merchant": "other"}), now=NOW)
    assert other.verdict == "wrong_merchant"


def test_a_probe_is_refused() -> None:
    notice = world.sandbox_notice()
    headers = {**notice.headers, sandbox.HEADERS[2]: sandbox.PROBE + "1"}
    reading = a_sandbox().read(notice=Notice("POST", headers, "", notice.body), now=NOW)
    assert reading.verdict == "probe"
    assert a_sandbox().answer(accepted=False).status == 400


def answer_of(**changed: object) -> Answer:
    fields = {"kind": "answer", "about": "query", **world.sandbox_fields(kind="answer"), **changed}
    body = json.dumps(fields).encode()
    headers = {name.title(): value for name, value in world.sealed(body).items()}
    return Answer(200, headers, body)


def test_a_signed_answer_is_read() -> None:
    reading = a_sandbox().read_query(number=NUMBER, answer=answer_of(), now=NOW)
    assert isinstance(reading, Reading)
    assert (reading.status, reading.amount_fen) == ("paid", 1990)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (answer_of(number="f" * 32), "unknown"),
        (answer_of(about="close"), "unknown"),
        (answer_of(kind="notice"), "unknown"),
        (answer_of(merchant="other"), "unknown"),
        (Answer(200, {}, answer_of().body), "unknown"),
        (Answer(401, {}, b""), "person"),
        (NoAnswer("closed"), "unknown"),
    ],
)
def test_troubles_have_names(answer: Answer | NoAnswer, kind: str) -> None:
    trouble = a_sandbox().read_query(number=NUMBER, answer=answer, now=NOW)
    assert isinstance(trouble, Trouble)
    assert trouble.kind == kind


def test_an_answer_cannot_be_played_back_as_a_notice() -> None:
    answer = answer_of()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    replayed = Notice("POST", headers, "", answer.body)
    assert a_sandbox().read(notice=replayed, now=NOW).verdict == "unreadable"


def test_the_page_is_signed() -> None:
    page = a_sandbox().start(start=START, now=NOW)
    fields = dict(parse_qsl(urlsplit(page.url).query))
    made = sandbox.sign(
        world.SANDBOX_KEY, fields["timestamp"], fields["nonce"], fields["order"].encode()
    )
    assert fields["signature"] == made
    assert json.loads(fields["order"])["amount_fen"] == 1990


def test_keys_are_long_and_never_shown() -> None:
    with pytest.raises(ConfigProblem):
        sandbox.Config.parse(world.SANDBOX_CONFIG | {"key": "short"})
    assert world.SANDBOX_KEY not in repr(a_sandbox())
    assert world.OLD_SANDBOX_KEY not in repr(a_sandbox())
