"""The house rules of scripts/house.py find what they are there to find."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import polib
import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
Write = Callable[[str, str], Path]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The rules, looking at a checkout of our own."""
    monkeypatch.setattr(sys, "path", [str(SCRIPTS), *sys.path])
    rules = import_module("house")

    def files(*, suffixes: set[str] | None = None) -> Iterator[Path]:
        for path in sorted(tmp_path.rglob("*.*")):
            if suffixes is None or path.suffix in suffixes:
                yield path

    monkeypatch.setattr(rules, "ROOT", tmp_path)
    monkeypatch.setattr(rules, "SOURCE", tmp_path / "src" / "daoda")
    monkeypatch.setattr(rules, "PACKAGE_EXTRAS", {})
    monkeypatch.setattr(rules, "source_files", files)
    return rules


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def test_a_function_over_its_budget_is_found(house: Any, write: Write) -> None:
    write("src/daoda/kit/a.py", "def long():\n" + "    x = 1\n" * 69)
    assert list(house.budgets()) == []
    write("src/daoda/kit/a.py", "def long():\n" + "    x = 1\n" * 70)
    assert list(house.budgets()) == [
        "src/daoda/kit/a.py:1: long has 71 lines, the budget is 70",
    ]


def test_a_module_over_its_budget_is_found_and_a_migration_is_not(house: Any, write: Write) -> None:
    write("src/daoda/trade/orders/models.py", "\n" * 401)
    write("src/daoda/trade/orders/migrations/0001.py", "\n" * 401)
    assert list(house.budgets()) == [
        "src/daoda/trade/orders/models.py:1: 401 lines, the budget is 400",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "from django.db import models",
        "import psycopg",
        "from daoda.trade.orders import actions",
        "from daoda.kit import clock",
        "at = datetime.now(UTC)",
        "day = date.today()",
    ],
)
def test_what_a_rule_may_not_use_is_found(house: Any, write: Write, line: str) -> None:
    write("src/daoda/trade/orders/rules.py", "from daoda.trade.orders import states\n")
    assert list(house.purity()) == []
    write("src/daoda/trade/orders/rules.py", f"{line}\n")
    assert len(list(house.purity())) == 1
    write("src/daoda/trade/orders/rules/prices.py", f"{line}\n")
    assert len(list(house.purity())) == 2


def test_a_stranger_in_a_package_is_found(house: Any, write: Write) -> None:
    write("src/daoda/trade/orders/__init__.py", '"""Orders."""')
    write("src/daoda/trade/orders/actions/placing.py", "")
    assert list(house.shape()) == []
    write("src/daoda/trade/orders/utils.py", "")
    assert list(house.shape()) == [
        "src/daoda/trade/orders/utils.py: not a name a package may hold",
    ]


@pytest.mark.parametrize("words", ["请耐心等待", "Your order is pending.", "Please be patient"])
def test_empty_comfort_is_found(house: Any, write: Write, words: str) -> None:
    write("src/daoda/doors/web/templates/a.html", '<p class="is-pending-item">by 18:05</p>')
    assert list(house.vocabulary()) == []
    write("src/daoda/doors/web/templates/a.html", f"<p>{words}</p>")
    assert len(list(house.vocabulary())) == 1


def test_a_registry_is_found(house: Any, write: Write) -> None:
    write("README.md", "see https://example.org/docs and the work/ folder")
    assert list(house.hosts()) == []
    write("README.md", "pip install --index" + "-url https://" + "registry.example.org/simple")
    assert len(list(house.hosts())) == 1


def test_a_stale_or_missing_translation_is_found(house: Any, write: Write) -> None:
    source = write(
        "src/daoda/locale/zh_Hans/LC_MESSAGES/django.po",
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Pay"\nmsgstr "付款"\n',
    )
    assert [said.partition(": ")[2] for said in house.messages()] == ["not compiled"]
    polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))
    assert list(house.messages()) == []
    source.write_text(source.read_text("utf-8").replace("付款", "支付"), encoding="utf-8")
    assert len(list(house.messages())) == 1
    source.write_text(source.read_text("utf-8") + '\nmsgid "Find"\nmsgstr ""\n', encoding="utf-8")
    assert len(list(house.messages())) == 2


def test_a_text_nobody_translated_is_found(house: Any, write: Write) -> None:
    source = write(
        "src/daoda/locale/zh_Hans/LC_MESSAGES/django.po",
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Pay"\nmsgstr "付款"\n\n'
        'msgid "one code"\nmsgid_plural "%(count)s codes"\nmsgstr[0] "%(count)s 个"\n',
    )
    polib.pofile(str(source)).save_as_mofile(str(source.with_suffix(".mo")))
    write("src/daoda/doors/web/buyer/views.py", '_("Pay")\nngettext("one code", "%(n)s", 2)\n')
    assert list(house.messages()) == []
    write("src/daoda/doors/web/buyer/views.py", '_("Pay")\n_("Find")\n')
    write("src/daoda/doors/web/templates/a.html", "\n{% translate \"It is 'here'\" %}")
    assert {said.partition(": ")[0] for said in house.messages()} == {
        "src/daoda/doors/web/buyer/views.py:2",
        "src/daoda/doors/web/templates/a.html:2",
    }
