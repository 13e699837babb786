"""Drills: what they plan, what they ask and find, and one of them from its command to its verdict.

The day itself is told here without processes: the same sale, notices, loops and questions.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic
from types import SimpleNamespace
from typing import cast

import psycopg
import pytest
from conftest import Database
from django.db import connection, transaction
from django.test import Client

import daoda
from daoda.config import worker
from daoda.kit import clock, faults, sql
from daoda.proving.drills import (
    __main__ as command,
)
from daoda.proving.drills import (
    catalogue,
    disk,
    judging,
    killing,
    listening,
    network,
    page,
    telling,
)
from daoda.proving.drills import sale as sales
from daoda.proving.drills.gateway import Gateway
from daoda.proving.drills.sale import Sale
from daoda.proving.drills.traffic import API_KEY, Answered, Traffic, api_orders, notice
from daoda.proving.drills.watching import Watch
from daoda.trade.payments import actions as payments
from daoda.trade.payments.adapters.base import Notice
from daoda.trade.payments.models import Channel
from tests.flows.test_checker import UNGUARDED

ORDERS = 40
ROUNDS = 4
API_ORDERS = 3
LATER = timedelta(seconds=35)  # whoever has not paid by then is asked about

# The check that fails, and how.
PLANTED = [
    ("settled", "DELETE FROM payments_notice WHERE state = 'settled'"),
    ("settled", "UPDATE payments_notice SET state = 'received', owner = 'x'"
                " WHERE state = 'settled'"),
    ("settled", "UPDATE payments_receipt SET trade_no = (SELECT min(trade_no)"
                " FROM payments_receipt)"),
    ("strangers", "UPDATE payments_notice SET event_key = event_key || '?'"
                  " WHERE state = 'settled'"),
    ("ordered", "DELETE FROM orders_order WHERE source LIKE 'api:%'"),
    ("ordered", "UPDATE orders_order SET source = 'api:twice' WHERE state = 'delivered'"),
    ("delivered", "UPDATE orders_order SET state = 'paid', owner = 'x'"
                  " WHERE state = 'delivered'"),
    ("delivered", "DELETE FROM fulfilment_deliveredcode WHERE position = 1"),
    ("delivered", "UPDATE orders_order SET state = 'expired' WHERE state = 'in_hand'"),
    ("shelf", "DELETE FROM stock_code WHERE place = 'shelf'"),
    ("shelf", "UPDATE stock_level SET available = available + 1"),
    ("codes", "UPDATE stock_code SET fingerprint = 'same'"),
    ("fen", "UPDATE payments_receipt SET amount_fen = amount_fen + 1"),
    ("fen", "UPDATE orders_order SET promised_at = NULL WHERE state = 'in_hand'"),
    ("fen", "DELETE FROM fulfilment_delivery"),
    ("fen", "UPDATE payments_refund SET state = 'owed', promised_at = NULL, owner = 'x'"),
    ("ledger", "UPDATE ledger_transfer SET credit_id = gen_random_uuid()"),
    ("promises", "UPDATE orders_order SET promise_id = gen_random_uuid() WHERE state = 'in_hand'"),
    ("promises", "DELETE FROM promises_promise"),
    ("journal", "DELETE FROM drill_heard WHERE kind = 'order.paid'"),
    ("journal", "INSERT INTO drill_heard SELECT * FROM drill_heard WHERE kind = 'order.paid'"),
    ("journal", "UPDATE journal_fact SET data = '{\"altered\": true}' WHERE kind = 'order.paid'"),
    ("given back", "UPDATE payments_refund SET amount_fen = amount_fen + 1"),
    ("given back", "DELETE FROM payments_refund"),
    ("laws", "UPDATE orders_order SET paid_at = NULL WHERE state = 'delivered'"),
]  # fmt: skip

_RECEIPTS_TWICE = """
DO $$
DECLARE guard record;
BEGIN
    FOR guard IN SELECT conname FROM pg_constraint
        WHERE contype = 'u' AND conrelid = 'payments_receipt'::regclass
    LOOP
        EXECUTE format('ALTER TABLE payments_receipt DROP CONSTRAINT %I', guard.conname);
    END LOOP;
END $$
"""


@dataclass
class Day:
    """A drill's day that is over, and whoever was outside."""

    sale: Sale
    traffic: SimpleNamespace
    gateway: Gateway
    passed: set[str]

    def broken(self, connection: psycopg.Connection) -> set[str]:
        """The checks that do not hold."""
        checks = [
            *judging._asked(connection, self.sale, cast("Traffic", self.traffic)),
            judging._promises(connection),
            *judging._subscribers(connection),
            judging._given_back(connection, self.gateway),
            judging._laws(connection),
        ]
        return {check.name for check in checks if not check.held}


@pytest.fixture
def day(world_db, monkeypatch) -> Iterator[Day]:
    """All that is told on a small day, done by the loops of the worker; every point it passed."""
    passed: set[str] = set()
    monkeypatch.setattr(faults, "point", passed.add)
    gateway = Gateway()
    gateway.start()
    try:
        sale = sales.open_sale(orders=ORDERS, dice=Random(1), gateway=gateway.url)
        listening.join(world_db.owner_url)
        answered = {told.key: _tell(sale, told) for told in sale.told if not told.forger}
        answered |= _order(sale)
        _work()
        sales.bring_what_is_lacking(sale)
        _work()
        for name in (listening.LIVE, listening.AFTER):
            while listening.hear(name, clock.now()):
                pass
        traffic = SimpleNamespace(answered=answered, left=0, sendings=len(answered))
        yield Day(sale, traffic, gateway, passed)
    finally:
        gateway.stop()


def _tell(sale: Sale, told: sales.Told) -> Answered:
    now = clock.now()
    channel = Channel.everywhere.get(pk=sale.channel_id)
    headers, raw = notice(sale, told).make()
    prepared = payments.prepare(
        shop_id=sale.shop_id, channel_id=sale.channel_id, adapter=payments.adapter_of(channel),
        notice=Notice("POST", headers, "", raw), now=now,
    )  # fmt: skip
    statements = sql.load("daoda.trade.payments")
    sql.count(statements.store_notices, payments.columns([prepared], now))
    return Answered(monotonic(), 200, b"")


def _order(sale: Sale) -> dict[str, Answered]:
    program, answered = Client(SERVER_NAME="127.0.0.1"), {}
    for errand in api_orders(sale, API_ORDERS):
        headers, body = errand.make()
        answer = program.post(
            errand.path, body, content_type="application/json",
            headers={name: value for name, value in headers.items() if name != "content-type"},
        )  # fmt: skip
        assert errand.accepted(answer.status_code, answer.content), answer.content
        assert errand.key.startswith(API_KEY)
        answered[errand.key] = Answered(monotonic(), answer.status_code, answer.content)
    return answered


def _work() -> None:
    for _ in range(ROUNDS):
        for loop in worker.loops():
            loop.run_once(clock.now() + LATER)


def test_every_fault_point_of_the_source_is_known_to_the_drill_and_passed_on_its_day(day):
    named = _named_in_source()
    elsewhere = {name for name in named if name.startswith(killing.ELSEWHERE)}
    assert named - day.passed == elsewhere
    tests = Path(__file__).parent.glob("test_*crashes.py")
    killed = "".join(path.read_text("utf-8") for path in tests)
    assert not {name for name in elsewhere if f'"{name}"' not in killed}
    assert {point.name for point in killing.find_points()} == named
    assert not payments.accepted(_forged(day.sale))


def _named_in_source() -> set[str]:
    return {
        ast.literal_eval(node.args[0])
        for path in Path(daoda.__path__[0]).rglob("*.py")
        if not {"tests", "proving"} & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "faults.point"
    }


def test_each_planted_corruption_is_found_and_nothing_before_it(day, world_db):
    with psycopg.connect(world_db.superuser_url) as superuser:
        assert day.broken(superuser) == set()
    missed = []
    for check, planted in PLANTED:
        with psycopg.connect(world_db.superuser_url) as superuser:
            superuser.execute(UNGUARDED)
            superuser.execute(_RECEIPTS_TWICE)
            planting = superuser.execute(planted.encode())
            assert planting.rowcount > 0, f"nothing was planted: {planted}"
            if check not in day.broken(superuser):
                missed.append((check, planted))
            superuser.rollback()
    assert missed == []
    _watched(world_db)


def _watched(world_db: Database) -> None:
    """What is undated for a moment only is seen as well."""
    watch = Watch(world_db.url)
    with psycopg.connect(world_db.superuser_url) as superuser:
        watch._look(superuser)
        assert watch.check().held
        superuser.execute(UNGUARDED)
        superuser.execute("DELETE FROM promises_promise")
        watch._look(superuser)
        superuser.rollback()
        watch._look(superuser)
    assert not watch.check().held


def _forged(sale: Sale) -> payments.NewNotice:
    told = next(told for told in sale.told if told.forger)
    headers, raw = notice(sale, told).make()
    channel = Channel.everywhere.get(pk=sale.channel_id)
    return payments.prepare(
        shop_id=sale.shop_id, channel_id=sale.channel_id, adapter=payments.adapter_of(channel),
        notice=Notice("POST", headers, "", raw), now=clock.now(),
    )  # fmt: skip


def test_the_same_seed_makes_the_same_day(db):
    def told(seed: int) -> list[tuple[int | str, int, int]]:
        with transaction.atomic():
            sale = sales.open_sale(orders=ORDERS, dice=Random(seed), gateway="http://127.0.0.1:1")
            numbers = sorted({one.number for one in sale.told})
            transaction.set_rollback(True)
        # Numbers of ours are made in the order of time, whatever they are.
        return [(numbers.index(one.number), one.amount_fen, one.forger) for one in sale.told]

    assert told(7) == told(7) != told(8)
    kills = [list(killing.plan(Random(seed), day_s=9.0)) for seed in (7, 7, 8)]
    assert kills[0] == kills[1] != kills[2]
    connection.check_constraints()


def test_what_a_machine_cannot_do_is_said_and_counts_as_not_tried(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "takes root" in network.cannot()
    assert "takes root" in disk.cannot()
    monkeypatch.setattr(sys, "argv", ["drill", "cutoff", f"--results={tmp_path}"])
    assert command.main() == telling.NOT_HERE
    assert "not tried on this machine: a network of its own" in capsys.readouterr().out


def test_the_summary_says_of_each_how_it_ended(tmp_path, capsys):
    target = tmp_path / "kill-3.json"
    target.write_text(json.dumps({"words": "", "seconds": 9.5, "figures": {"silence_s": 1.25}}))
    none = tmp_path / "none"
    outcomes = [
        telling.read(target, drill="kill", seed=3, status=telling.HELD, seconds=9.5),
        telling.read(none, drill="cutoff", seed=3, status=telling.NOT_HERE, seconds=0.1),
        telling.read(none, drill="crash", seed=3, status=telling.BROKEN, seconds=70.0),
    ]
    telling.summarize(outcomes, tmp_path, orders=ORDERS)
    said = capsys.readouterr().out
    assert "1.2 s  all holds" in said
    assert "not tried here: this machine cannot do it" in said
    assert "BROKEN: not brought to its end" in said
    summary = json.loads((tmp_path / telling.SUMMARY).read_text("utf-8"))
    assert [one["status"] for one in summary["drills"]] == [0, 3, 1]


def test_the_page_shows_the_newest_result_of_every_drill_there_is(tmp_path):
    for seed, words in ((1, "fen broken"), (2, "")):
        result = {"drill": "kill", "seed": seed, "orders": 1000, "words": words,
                  "figures": {"silence_s": 3.0}}  # fmt: skip
        (tmp_path / f"kill-{seed}.json").write_text(json.dumps(result))
        os.utime(tmp_path / f"kill-{seed}.json", (seed, seed))
    shown = tmp_path / "page.md"
    shown.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    page.write(shown, tmp_path)
    text = shown.read_text("utf-8")
    assert text.startswith("before")
    assert text.endswith("after\n")
    assert "\nold\n" not in text
    assert "| all holds | 3.0 s | 1,000 | 2 |" in text
    ours = (Path(__file__).parents[2] / "docs/operating/drills.md").read_text("utf-8")
    for drill in catalogue.DRILLS:
        assert f"| `{drill.name}` | {drill.words} |" in ours


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_the_command_lists_the_drills(words):
    done = _drill(*words)
    assert done.returncode == 0, done.stderr
    for drill in catalogue.DRILLS:
        assert f"  {drill.name} " in done.stdout
        assert drill.words in done.stdout


@pytest.mark.slow
def test_a_drill_from_its_command_to_its_verdict(tmp_path):
    done = _drill("kill", "--seed=5", f"--orders={ORDERS}", f"--results={tmp_path}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verdict: all holds" in done.stdout
    result = json.loads((tmp_path / "kill-5.json").read_text("utf-8"))
    assert result["held"]
    assert {words.split(" ")[0] for _, words in result["did"]} == {"kill"}
    assert {"settled", "fen", "codes", "journal", "laws"} <= {
        check["name"] for check in result["checks"]
    }


def _drill(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "daoda.config.cli", "drill", *words],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
