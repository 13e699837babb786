"""``python -m daoda.proving.bench [delivery intake] [--orders N] [--json FILE]``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from daoda.proving.bench import place

ITEMS = ("delivery", "intake")


def main() -> None:
    """Measure, print a table per item, and write the figures to a file if asked."""
    parser = argparse.ArgumentParser(prog="daoda.proving.bench")
    parser.add_argument("items", nargs="*", choices=ITEMS, help="what to measure (all)")
    parser.add_argument("--orders", type=int, default=20_000, help="orders, or notices, a round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of delivery")
    parser.add_argument("--steady-s", type=int, default=20, help="seconds at half the intake")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    asked = parser.parse_args()
    figures: dict[str, Any] = {}
    for item in asked.items or ITEMS:
        print(f"\n{item}: setting up a database of its own ...", flush=True)
        with place.scratch() as where:
            conditions = place.conditions(where)
            figures[item] = {"conditions": conditions, **_measure(item, where, asked)}
        print("conditions: " + ", ".join(f"{name} {value}" for name, value in conditions.items()))
        print(_delivery(figures[item]) if item == "delivery" else _intake(figures[item]))
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _measure(item: str, where: place.Place, asked: argparse.Namespace) -> dict[str, Any]:
    # Imported here: they need a Django that is set up, which is set up on this very database.
    from daoda.proving.bench import delivery, intake

    if item == "delivery":
        return delivery.measure(where, orders=asked.orders, rounds=asked.rounds)
    return intake.measure(where, notices=asked.orders, steady_s=asked.steady_s)


def _delivery(found: dict[str, Any]) -> str:
    rounds = range(found["rounds"])
    return "\n".join(
        [
            f"paid to delivered: {found['rounds']} rounds of {found['orders']:,} orders, "
            f"{found['connections']} connections, batches of {found['batch_rows']:,}",
            "",
            "| orders/s | " + " | ".join(f"round {n + 1}" for n in rounds) + " |",
            "|---|" + "---:|" * found["rounds"],
            _row("Daoda", found["ours_per_s"]),
            _row("floor: same rows, no logic", found["floor_per_s"]),
            "",
            f"median of the ratios, Daoda to floor: {found['ratio_median']:.0%}",
        ]
    )


def _intake(found: dict[str, Any]) -> str:
    return "\n".join(
        [
            f"{found['notices']:,} signed notices over HTTP, {found['connections']} connections, "
            "one web process, one worker, load from the same machine",
            "",
            "| figure | value |",
            "|---|---:|",
            f"| notices answered a second, each stored before | {found['answered_per_s']:,} |",
            f"| all answered after | {found['answered_all_s']} s |",
            f"| all delivered after | {found['delivered_all_s']} s |",
            f"| refused | {found['refused']} |",
            f"| answer at {found['steady_per_s']:,}/s for {found['steady_s']} s, p50 "
            f"| {found['steady_p50_ms']} ms |",
            f"| the same, p99 | {found['steady_p99_ms']} ms |",
        ]
    )


def _row(name: str, values: list[int]) -> str:
    return f"| {name} | " + " | ".join(f"{value:,}" for value in values) + " |"


if __name__ == "__main__":
    main()
