"""Play one supplier: ``python -m daoda.proving.simulators.suppliers --dialect kasushou``."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

from aiohttp import web

from daoda.proving.simulators.running import load_keys, write_keys
from daoda.proving.simulators.suppliers.desk import Desk
from daoda.proving.simulators.suppliers.dialects import DIALECTS
from daoda.proving.simulators.suppliers.warehouse import Warehouse


def main() -> None:
    asked = _parser().parse_args()
    dialect = DIALECTS[asked.dialect]
    keys = load_keys(asked.keys, lambda: {"supplier": dialect.new_keys()})
    listening = socket.create_server((asked.host, asked.port), backlog=8192)
    keys["supplier"]["gateway"] = f"http://{asked.host}:{listening.getsockname()[1]}"
    if asked.keys:
        write_keys(asked.keys, keys)
    warehouse = Warehouse(
        seed=asked.seed, price_fen=asked.price_fen, takes_s=asked.takes_s, cards=not asked.topup
    )
    desk = Desk(dialect(keys["supplier"]), warehouse, time_scale=asked.time_scale)
    print(f"{asked.dialect} listens on {keys['supplier']['gateway']}", flush=True)
    web.run_app(desk.app(), sock=listening, print=None, access_log=None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="suppliers", description="Play a supplier.")
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="dujiao_next")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; 0 takes a free one")
    parser.add_argument("--keys", type=Path, help="JSON file of keys, made when missing")
    parser.add_argument("--seed", type=int, default=0, help="what chance is drawn from")
    parser.add_argument("--price-fen", type=int, default=100, help="what one piece costs")
    parser.add_argument("--takes-s", type=float, default=1.0, help="seconds until an order is done")
    parser.add_argument("--topup", action="store_true", help="accounts are topped up, no cards")
    parser.add_argument(
        "--time-scale", type=float, default=1.0, help="0.01 makes held answers and repeats shorter"
    )
    return parser


if __name__ == "__main__":
    main()
