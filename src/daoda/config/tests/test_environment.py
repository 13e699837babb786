"""What a DATABASE_URL may say, and that it reaches every connection of ours."""

from __future__ import annotations

import pytest
from django.db import connection

from daoda.config.environment import BadSetting, django_database, read
from daoda.kit import aio

TWO = "postgresql://shop:p%40ss@one:5432,two:5433/daoda?target_session_attrs=read-write"


def test_several_servers_are_kept_in_their_order() -> None:
    said = django_database(TWO)
    assert (said["HOST"], said["PORT"]) == ("one,two", "5432,5433")
    assert (said["NAME"], said["USER"], said["PASSWORD"]) == ("daoda", "shop", "p@ss")


def test_sockets_of_this_machine_are_named_by_their_folders() -> None:
    said = django_database("postgresql://shop@/daoda?host=%2Frun%2Fa,%2Frun%2Fb&port=5432,5432")
    assert (said["HOST"], said["PORT"]) == ("/run/a,/run/b", "5432,5432")


def test_what_the_address_says_wins_over_our_habits() -> None:
    said = django_database("postgresql://shop@one/daoda?connect_timeout=30&sslmode=require")
    options = said["OPTIONS"]
    assert isinstance(options, dict)
    assert (options["connect_timeout"], options["sslmode"]) == ("30", "require")
    assert options["tcp_user_timeout"] == 10_000, "a server cut off is not waited for for hours"


def test_doors_and_listeners_are_told_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in django_database(TWO).items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    told = aio.connection_settings()
    assert told["host"] == "one,two"
    assert told["target_session_attrs"] == "read-write"
    assert "prepare_threshold" not in told, "that is Django's and no server's"


@pytest.mark.parametrize(
    "url", ["mysql://one/daoda", "postgresql://one/daoda?no_such_setting=1", "postgresql://[::1/x"]
)
def test_an_address_we_cannot_use_is_refused_in_words(url: str) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL"):
        django_database(url)


def test_threads_for_pages_are_a_setting_like_the_others() -> None:
    assert read({}).page_threads == 8
    assert read({"DAODA_PAGE_THREADS": "3"}).page_threads == 3
    for nonsense in ("0", "many"):
        with pytest.raises(BadSetting, match="DAODA_PAGE_THREADS"):
            read({"DAODA_PAGE_THREADS": nonsense})
