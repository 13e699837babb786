"""``daoda import-codes``: bring a file of codes on the shelf of a variant.

The same import as the page's and the API's: nothing comes in before everything is checked, bad
lines are told by number, and the same file for the same variant is brought in once. Runs beside
a worker or without one.
"""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daoda.config import installation

if TYPE_CHECKING:
    from daoda.trade.catalog.models import Variant
    from daoda.trade.stock.models import Import

ACTOR = "machine:import_codes"
SHOWN_LINES_MAX = 20
LOOK_EVERY_S = 0.3
MODES = {"all-or-nothing": "all_or_nothing", "skip-bad": "skip_bad", "ask": "ask"}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the list of codes; - reads standard input")
    parser.add_argument("--shop", default="", help="slug of the shop, where there are several")
    parser.add_argument("--product", default="", help="slug of the product")
    parser.add_argument("--variant", default="", help="id of the variant, or its title")
    parser.add_argument(
        "--mode",
        choices=sorted(MODES),
        default="all-or-nothing",
        help="what to do with bad lines: bring in nothing (usual), skip them, or ask",
    )
    parser.add_argument(
        "--layout",
        choices=["auto", "lines", "split", "csv"],
        default="auto",
        help="one code a line, card and secret with a separator, or CSV with headers",
    )
    parser.add_argument("--separator", default="", help="between card and secret: --separator=----")
    parser.add_argument(
        "--columns", default="", help="of separated lines: card,secret,expires_on,ignore in order"
    )
    parser.add_argument("--key", default="", help="another key brings the same file in again")


def run(options: argparse.Namespace) -> int:
    """0 when the codes are on the shelf, 1 when none of them is."""
    content = _read(options.file)
    with installation.opened():
        from daoda.config import django_ready

        django_ready()
        started = time.monotonic()
        row = _begin(options, content)
        row = _work(row)
        if row.state == "ready":
            row = _work(_asked(row))
        return _say_end(row, time.monotonic() - started)


def _read(file: str) -> bytes:
    from daoda.trade.stock.rules.content import IMPORT_BYTES_MAX

    try:
        if file == "-":
            return sys.stdin.buffer.read(IMPORT_BYTES_MAX + 1)
        with Path(file).open("rb") as opened:
            return opened.read(IMPORT_BYTES_MAX + 1)
    except OSError as problem:
        raise installation.CannotGoOn(f"{file}: {problem.strerror}") from None


def _begin(options: argparse.Namespace, content: bytes) -> Import:
    from daoda.kit import clock
    from daoda.trade.stock import actions as stock
    from daoda.trade.stock.rules import read_layout

    variant = _variant(options)
    columns = [column.strip() for column in options.columns.split(",") if column.strip()]
    layout = {"kind": options.layout, "separator": options.separator, "columns": columns}
    try:
        return stock.begin_import(
            shop_id=variant.shop_id,
            variant_id=variant.id,
            content=content,
            layout=read_layout(layout),
            mode=MODES[options.mode],
            actor=ACTOR,
            now=clock.now(),
            source=Path(options.file).name,
            key=options.key,
        )
    except stock.ImportKeyReused:
        raise installation.CannotGoOn("another list was brought in under this key") from None
    except ValueError as problem:
        raise installation.CannotGoOn(f"this cannot be imported: {problem}") from None


def _variant(options: argparse.Namespace) -> Variant:
    from daoda.trade.catalog.models import Variant

    found = Variant.everywhere.select_related("product", "shop").filter(product__kind="code")
    if options.shop:
        found = found.filter(shop__slug=options.shop)
    if options.product:
        found = found.filter(product__slug=options.product)
    if options.variant:
        try:
            found = found.filter(pk=uuid.UUID(options.variant))
        except ValueError:
            found = found.filter(title=options.variant)
    choices: list[Variant] = list(found.order_by("shop_id", "product_id")[:SHOWN_LINES_MAX])
    if len(choices) != 1:
        raise installation.CannotGoOn(_which(choices))
    return choices[0]


def _which(choices: Sequence[Variant]) -> str:
    if not choices:
        return "there is no such variant of codes"
    lines = [f"  --variant {one.id}  {one.product.title}, {one.title}" for one in choices]
    return "say which variant:\n" + "\n".join(lines)


def _work(row: Import) -> Import:
    """Work on the import until it ends or waits for an answer, and say how far it is."""
    from daoda.kit import clock
    from daoda.trade.stock import actions as stock
    from daoda.trade.stock.models import Import

    said = -1
    while row.state not in ("imported", "refused", "ready"):
        if not stock.work_on_import(now=clock.now(), import_id=row.id):
            time.sleep(LOOK_EVERY_S)  # a worker is at it
        row.refresh_from_db(from_queryset=Import.everywhere.all())
        if row.lines_done != said:
            said = row.lines_done
            print(f"{said} of {row.lines_total} lines", flush=True)
    return row


def _asked(row: Import) -> Import:
    """Ask whether the good lines come in without the bad, and do as told."""
    from daoda.kit import clock
    from daoda.trade.stock import actions as stock
    from daoda.trade.stock.models import Import

    _say_report(row.report)
    print(f"Bring in the {row.report['good']} good lines without the {row.bad_lines} bad? [y/N] ")
    wanted = sys.stdin.readline().strip().lower() in ("y", "yes")
    decide = stock.confirm_import if wanted else stock.abandon_import
    decide(import_id=row.id, actor=ACTOR, now=clock.now())
    row.refresh_from_db(from_queryset=Import.everywhere.all())
    return row


def _say_report(report: dict[str, Any]) -> None:
    for line, code, other in report.get("lines", [])[:SHOWN_LINES_MAX]:
        print(f"  line {line}: {code}" + (f" (as line {other})" if other else ""))
    for code, count in sorted(report.get("counts", {}).items()):
        print(f"  {count} lines: {code}")


def _say_end(row: Import, took_s: float) -> int:
    if row.state != "imported":
        if row.refusal != "abandoned":
            _say_report(row.report)
        print(f"nothing was brought in: {row.refusal}", file=sys.stderr)
        return 1
    if row.mode != "ask":
        _say_report(row.report)
    rate = row.lines_total / max(took_s, 0.001)
    print(
        f"{row.imported} codes on the shelf, {row.bad_lines} bad lines left out; "
        f"{row.lines_total} lines in {took_s:.1f} s ({rate:,.0f} a second)"
    )
    return 0
