"""``python -m daoda.proving.bench [delivery] [--orders N] [--rounds N] [--json FILE]``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from daoda.proving.bench import delivery, place


def main() -> None:
    """Measure, print a table, and write the figures beside it if asked."""
    parser = argparse.ArgumentParser(prog="daoda.proving.bench")
    parser.add_argument("item", nargs="?", default="delivery", choices=["delivery"])
    parser.add_argument("--orders", type=int, default=20_000, help="orders a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    asked = parser.parse_args()
    print("Setting up a database of its own ...", flush=True)
    with place.scratch() as where:
        conditions = place.conditions(where)
        print(f"Delivering {asked.rounds} x {asked.orders:,} orders ...", flush=True)
        found = delivery.measure(where, orders=asked.orders, rounds=asked.rounds)
    print(_table(conditions, found))
    if asked.json:
        asked.json.write_text(json.dumps({"conditions": conditions, "delivery": found}, indent=1))


def _table(conditions: dict[str, str], found: dict[str, Any]) -> str:
    lines = [
        "",
        "conditions: " + ", ".join(f"{name} {value}" for name, value in conditions.items()),
        f"delivery, paid to delivered: {found['rounds']} rounds of {found['orders']:,} orders, "
        f"{found['connections']} connections, batches of {found['batch_rows']:,}",
        "",
        "| orders/s | " + " | ".join(f"round {n + 1}" for n in range(found["rounds"])) + " |",
        "|---|" + "---:|" * found["rounds"],
        "| Daoda | " + " | ".join(f"{value:,}" for value in found["ours_per_s"]) + " |",
        "| floor: same rows, no logic | "
        + " | ".join(f"{value:,}" for value in found["floor_per_s"])
        + " |",
        "",
        f"median of the ratios, Daoda to floor: {found['ratio_median']:.0%}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
