"""``daoda import-codes`` as people call it: a process, a file, words and a status."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from daoda.kit import clock
from daoda.records.shops import actions as shops
from daoda.trade.catalog import actions as catalog
from daoda.trade.catalog.models import Variant
from daoda.trade.stock import actions as stock
from daoda.trade.stock.actions import importing
from daoda.trade.stock.models import Code, Level

pytestmark = pytest.mark.committed
ME = "staff:1"
LINES = 100_000


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def variant(now: datetime) -> Variant:
    shop = shops.create(slug="corner", name="街角", hosts=[], now=now)
    product = catalog.create_product(
        shop_id=shop.id, kind="code", slug="steam", title="Steam", actor=ME, now=now
    )
    return catalog.create_variant(
        product_id=product.id, title="100", price_fen=1, actor=ME, now=now
    )


def call(
    environment: dict[str, str], *words: str, said: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "daoda.config.cli", "import-codes", *words],
        env=environment,
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_file_comes_on_the_shelf_once(
    variant: Variant, process_env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("C1----s1\nC2----s2\n", encoding="utf-8")
    for _ in range(2):
        done = call(process_env, str(file), "--product", "steam")
        assert done.returncode == 0, done.stderr
        assert "2 codes on the shelf, 0 bad lines left out; 2 lines in" in done.stdout
    assert Level.everywhere.get(pk=variant.pk).available == 2


def test_bad_lines_are_told_and_nothing_comes_in(
    variant: Variant, process_env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("a\nb\na\n", encoding="utf-8")
    done = call(process_env, str(file))
    assert done.returncode == 1
    assert "line 3: twice (as line 1)" in done.stdout
    assert "nothing was brought in: bad_lines" in done.stderr
    assert not Code.everywhere.exists()


@pytest.mark.parametrize(("answer", "codes"), [("y\n", 2), ("n\n", 0), ("", 0)])
def test_asked_about_bad_lines_a_person_decides(
    variant: Variant, process_env: dict[str, str], tmp_path: Path, answer: str, codes: int
) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("a\nb\na\n", encoding="utf-8")
    done = call(process_env, str(file), "--mode", "ask", said=answer)
    assert done.returncode == (0 if codes else 1), done.stderr
    assert "Bring in the 2 good lines without the 1 bad?" in done.stdout
    assert Code.everywhere.count() == codes


def test_what_cannot_be_done_is_said_in_words(
    variant: Variant, process_env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("a", encoding="utf-8")
    for words, told in (
        ((str(tmp_path / "nowhere"),), "No such file"),
        ((str(file), "--product", "nothing"), "no such variant"),
        ((str(file), "--layout=csv", "--separator=----"), "cannot be imported: separator"),
        (("/dev/null",), "cannot be imported: empty"),
    ):
        done = call(process_env, *words)
        assert done.returncode == 1
        assert told in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("point", ["import.before_stretch_commit", "import.before_commit"])
def test_killed_between_two_steps_it_brings_nothing_in_and_later_everything_once(
    variant: Variant, process_env: dict[str, str], tmp_path: Path, now: datetime, point: str
) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("a\nb\nc\n", encoding="utf-8")
    killed = call(process_env | {"DAODA_FAULT": f"{point}:1"}, str(file))
    assert killed.returncode == -signal.SIGKILL
    assert not Code.everywhere.exists()
    lease_over = now + 2 * importing.LEASE
    while stock.work_on_import(now=lease_over):
        pass
    assert Level.everywhere.get(pk=variant.pk).available == Code.everywhere.count() == 3
    assert call(process_env, str(file)).returncode == 0
    assert Code.everywhere.count() == 3


@pytest.mark.slow
def test_a_hundred_thousand_lines(
    variant: Variant, process_env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "codes.txt"
    with file.open("w", encoding="utf-8") as out:
        out.writelines(f"CARD{n:08d}----{n * 7919:020d}\n" for n in range(LINES))
    done = call(process_env, str(file))
    assert done.returncode == 0, done.stderr
    print(done.stdout.splitlines()[-1])
    assert f"{LINES} codes on the shelf" in done.stdout
    assert Level.everywhere.get(pk=variant.pk).available == LINES
