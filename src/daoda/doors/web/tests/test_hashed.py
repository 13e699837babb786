"""Styles and scripts have the hash of their content in their names, and are kept for ever."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from daoda.doors.web import hashed
from daoda.doors.web.staff.tests.world import walked_in
from daoda.records.accounts.roles import Role
from daoda.records.shops.models import Shop

CSS = "daoda/daoda.css"
ADDRESS = re.compile(r'"(/static/[^"]+)"')
NAMED = re.compile(r"/static/\S+\.[0-9a-f]{12}\.(css|js|svg|png)")


def body(browser: Client, address: str) -> bytes:
    return b"".join(browser.get(address).streaming_content)  # type: ignore[attr-defined]  # a file


@pytest.mark.parametrize("page", ["/", "/desk/", "/api/v1/docs"])
def test_what_a_page_loads_is_kept_for_ever(lamp: Shop, page: str) -> None:
    browser = walked_in(lamp, "wei", Role.OPERATOR)
    loaded = set(ADDRESS.findall(browser.get(page).content.decode()))
    assert len(loaded) >= 2
    for address in loaded:
        assert NAMED.fullmatch(address), address
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert answer["Cache-Control"] == "max-age=315360000, public, immutable", address


def test_the_name_is_of_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.css"
    monkeypatch.setattr(finders, "find", lambda name: str(file))
    names = []
    for text in ("a {}", "b {}", "a {}"):
        file.write_text(text)
        hashed.hashed.cache_clear()
        names.append(hashed.hashed("daoda/a.css"))
    hashed.hashed.cache_clear()
    assert names[0] == names[2] != names[1]
    assert names[0].startswith("daoda/a.")


def test_a_page_of_another_version_gets_the_file_as_it_is_and_asks_again_soon(lamp: Shop) -> None:
    browser = Client(HTTP_HOST="lamp.example")
    now = staticfiles_storage.url(CSS)
    earlier = re.sub(r"[0-9a-f]{12}", "0" * 12, now)
    for address in (earlier, f"/static/{CSS}"):
        assert body(browser, address) == body(browser, now)
        assert browser.get(address)["Cache-Control"] == "max-age=60, public"
    for nothing in ("/static/daoda/none.css", f"/static/daoda/none.{'0' * 12}.css"):
        assert browser.get(nothing).status_code == 404


def test_a_file_nobody_has_keeps_its_name_and_breaks_no_page() -> None:
    assert staticfiles_storage.url("daoda/none.css") == "/static/daoda/none.css"


def test_where_files_change_names_stay(settings: Settings) -> None:
    settings.DEBUG = True
    assert staticfiles_storage.url(CSS) == f"/static/{CSS}"


def test_collected_for_a_server_in_front_the_files_have_the_names_of_the_pages(
    settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    address = staticfiles_storage.url(CSS)
    call_command("collectstatic", interactive=False, verbosity=0)
    file = tmp_path / address.removeprefix("/static/")
    assert file.read_bytes() == (tmp_path / CSS).read_bytes()
