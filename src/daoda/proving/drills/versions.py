"""Two versions side by side while the tables change under both.

The next version is this one, copied, with a column more in the tables everything goes through; its
migrations run while the old workers work, and its workers write the new column.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import daoda
from daoda.proving.drills.stage import Stage

MIGRATED_S_MAX = 120.0
COLUMN = "drilled"
_FIELD = f"""

from django.db import models as _models

{{model}}.add_to_class("{COLUMN}", _models.CharField(max_length=10, db_default=""))
"""
_MIGRATION = f"""
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("{{label}}", "{{before}}")]
    operations = [migrations.AddField(
        "{{model}}", "{COLUMN}", models.CharField(max_length=10, db_default="")
    )]
"""
_MOVE = re.compile(r"(UPDATE orders_order o\s+SET )")
_MOVED = f"SELECT count(*) FROM orders_order WHERE {COLUMN} = 'next'"  # noqa: S608
_HELD = """
SELECT (SELECT count(*) FROM orders_order WHERE state = 'held')
     + (SELECT count(*) FROM payments_notice WHERE outcome = 'failed')
"""


@dataclass(frozen=True)
class Changed:
    """A table that has a column more in the next version."""

    package: str
    label: str
    model: str


CHANGED = (
    Changed("trade/orders", "orders", "Order"),
    Changed("trade/payments", "payments", "Notice"),
    Changed("trade/stock", "stock", "Code"),
    Changed("records/journal", "journal", "Fact"),
)


def side_by_side(stage: Stage) -> None:
    """The next version's worker comes too early, then the migration, then everybody else."""
    source = make_next(stage.where.data / "next")
    house, day_s = stage.house, stage.day_s
    stage.open_doors(workers=1)
    stage.begin_day()
    house.pause(day_s / 4)
    stage.does("a worker of the next version comes before its tables")
    house.keep("early", "worker", PYTHONPATH=str(source))
    house.pause(day_s / 4)
    stage.fault("migrate to the next version")
    migrated = house.loose(
        "migrate", "--quiet", PYTHONPATH=str(source), DATABASE_OWNER_URL=stage.where.owner_url
    )
    seconds = house.until("migrated", lambda: migrated.poll() is not None, s_max=MIGRATED_S_MAX)
    words = f"four tables changed in {seconds:.1f} s while the old version worked"
    stage.check("migrated", migrated.returncode == 0, words)
    stage.does("a worker of the next version beside the old one, then its web")
    house.keep("next", "worker", PYTHONPATH=str(source))
    house.pause(day_s / 4)
    house.dismiss("web")
    house.keep("web", "web", PYTHONPATH=str(source))
    stage.come_to_rest()
    moved, orders = stage.ask(_MOVED), stage.ask("SELECT count(*) FROM orders_order")
    words = f"{moved} of {orders} orders were last moved by the next version, the others not"
    stage.check("versions", 0 < moved < orders, words)
    held = stage.ask(_HELD)
    stage.check("unharmed", held == 0, f"{held} orders and notices were given up for the version")


def make_next(folder: Path) -> Path:
    """The source of the next version; the folder to look for it in."""
    ignored = shutil.ignore_patterns("tests", "__pycache__", "proving")
    package = folder / "daoda"
    shutil.copytree(daoda.__path__[0], package, ignore=ignored)
    for changed in CHANGED:
        _add_column(package / changed.package, changed)
    statements = package / "trade/orders/statements.sql"
    text, times = _MOVE.subn(rf"\1{COLUMN} = 'next', ", statements.read_text(encoding="utf-8"))
    assert times, "the next version moves orders as this one does"
    statements.write_text(text, encoding="utf-8")
    return folder


def _add_column(folder: Path, changed: Changed) -> None:
    with (folder / "models.py").open("a", encoding="utf-8") as models:
        models.write(_FIELD.format(model=changed.model))
    before = max(path.stem for path in (folder / "migrations").glob("[0-9]*.py"))
    text = _MIGRATION.format(label=changed.label, before=before, model=changed.model.lower())
    (folder / "migrations" / "9999_drill.py").write_text(text, encoding="utf-8")
